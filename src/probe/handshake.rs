//! Whether this is a lab, asked of every endpoint in use: the screen says LAB only after each of them has answered as the same one.
//!
//! It lives with the eye because it is one more client that asks an address for a page, with the same bounds.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use drlab_core::config::Config;
use drlab_core::domain::Timestamp;
use futures_util::future::join_all;
use serde_json::Value;
use tokio::time::Instant;

use super::answer::Got;
use super::names::Names;
use super::plain;
use super::target::Target;
use crate::clock::WorldClock;

/// How long an endpoint may take, on the wall: a lab is near.
const PATIENCE: Duration = Duration::from_secs(1);

/// A speed beyond these is no lab's.
const SPEEDS: std::ops::RangeInclusive<f64> = 0.01..=10_000.0;

/// What is at the other end, and whose time holds.
#[derive(Clone, Debug)]
pub enum Session {
    /// AWS itself: no endpoint is configured.
    Live(WorldClock),
    /// One and the same lab at every endpoint.
    Lab { clock: WorldClock, instance: String },
    /// Neither is proven, so it is to be treated as live; `why` names what stands against the lab. Where nothing but silence does, time is
    /// the lab's all the same: a dark region does not say hello.
    Elsewhere { clock: WorldClock, only_silence: bool, why: Vec<String> },
}

impl Session {
    #[must_use]
    pub const fn clock(&self) -> WorldClock {
        match self {
            Self::Live(clock) | Self::Lab { clock, .. } | Self::Elsewhere { clock, .. } => *clock,
        }
    }

    /// Runs here are a lab's, as those were that are found in it before one of its regions went dark and does not say hello. That is no word for
    /// the screen, which says LAB only of what has said so everywhere.
    #[must_use]
    pub const fn rehearses(&self) -> bool {
        matches!(self, Self::Lab { .. } | Self::Elsewhere { only_silence: true, .. })
    }
}

/// What a lab says of itself, and how long it took to say it.
#[derive(Clone, Debug)]
struct Hello {
    instance: String,
    clock: WorldClock,
    took: Duration,
}

/// Why an endpoint is not shown to be a lab.
#[derive(Clone, Debug, PartialEq, Eq)]
enum No {
    /// It says nothing, which even a lab may do.
    Silent(String),
    /// It is something else.
    Stranger(String),
}

impl fmt::Display for No {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Silent(why) | Self::Stranger(why)) = self;
        f.write_str(why)
    }
}

/// Asks every endpoint that the configuration uses, all at once.
pub async fn handshake(config: &Config) -> Session {
    if config.endpoints.is_empty() {
        return Session::Live(WorldClock::wall());
    }
    let names = Names::default();
    let urls = in_use(config);
    let asked = urls.iter().map(async |(url, called)| match url {
        Some(url) => hello(url, &names).await.map_err(|no| no.of(&format!("{} ({url})", called.join(", ")))),
        None => Err(No::Stranger(format!("{} has no endpoint of its own: that is AWS", called.join(", ")))),
    });
    judge(join_all(asked).await)
}

/// Every URL once, with what it stands for; `None` for what is asked of AWS itself.
fn in_use(config: &Config) -> BTreeMap<Option<String>, Vec<String>> {
    let endpoints = &config.endpoints;
    let regions = config.regions().into_iter().map(|region| (endpoints.regions.get(&region).cloned(), region.to_string()));
    let route53 =
        config.workloads.iter().any(|workload| workload.dns.is_some()).then(|| (endpoints.route53.clone(), "Route 53".to_owned()));
    let proxy = endpoints.proxy.clone().map(|url| (Some(url), "the proxy".to_owned()));
    let mut urls: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for (url, called) in regions.chain(route53).chain(proxy) {
        urls.entry(url).or_default().push(called);
    }
    urls
}

fn judge(answers: Vec<Result<Hello, No>>) -> Session {
    let (mut hellos, mut nos) = (Vec::<Hello>::new(), Vec::new());
    for answer in answers {
        match answer {
            Ok(hello) => hellos.push(hello),
            Err(no) => nos.push(no),
        }
    }
    // The quickest answer tells the time best.
    hellos.sort_by_key(|hello| hello.took);
    let Some(first) = hellos.first().cloned() else {
        return Session::Elsewhere { clock: WorldClock::wall(), only_silence: false, why: told(&nos) };
    };
    if hellos.iter().any(|hello| hello.instance != first.instance) {
        nos.push(No::Stranger("not every endpoint is the same lab".to_owned()));
    }
    if nos.is_empty() {
        return Session::Lab { clock: first.clock, instance: first.instance };
    }
    let only_silence = nos.iter().all(|no| matches!(no, No::Silent(_)));
    Session::Elsewhere { clock: if only_silence { first.clock } else { WorldClock::wall() }, only_silence, why: told(&nos) }
}

fn told(nos: &[No]) -> Vec<String> {
    nos.iter().map(No::to_string).collect()
}

impl No {
    /// The same, of something with a name.
    fn of(self, name: &str) -> Self {
        match self {
            Self::Silent(why) => Self::Silent(format!("{name}: {why}")),
            Self::Stranger(why) => Self::Stranger(format!("{name}: {why}")),
        }
    }
}

/// `GET /_lab/hello`.
async fn hello(url: &str, names: &Names) -> Result<Hello, No> {
    let stranger = |why: &str| No::Stranger(why.to_owned());
    // A lab has no certificate, and what has one is not asked such a thing.
    let at = Target::parse(url).filter(|at| !at.secure).ok_or_else(|| stranger("no lab listens at such a URL"))?;
    let begun = Instant::now();
    let deadline = begun + PATIENCE;
    let authority = at.authority();
    let to = names.address(&at.host_port(), deadline).await.map_err(|trouble| No::Silent(trouble.text))?;
    let stream = plain::connect(to, deadline).await.map_err(|error| No::Silent(error.to_string()))?;
    let got = plain::get(stream, "/_lab/hello", &authority, deadline).await.map_err(|trouble| No::Silent(trouble.text))?;
    let took = begun.elapsed();
    let body = match got {
        Got::Answered { status: 200, body } => body,
        Got::Answered { status, .. } => return Err(stranger(&format!("answers {status}, and is no lab"))),
        Got::Nothing { problem, .. } => return Err(No::Silent(problem)),
    };
    read(&body, took).ok_or_else(|| stranger("answers, and is no lab"))
}

/// What the answer says; its time was true somewhere on its way, so half of the way is added.
fn read(body: &[u8], took: Duration) -> Option<Hello> {
    let said: Value = serde_json::from_slice(body).ok()?;
    let world = Timestamp::parse(said.get("world")?.as_str()?)?;
    let speed = said.get("speed")?.as_f64().filter(|speed| SPEEDS.contains(speed))?;
    let instance = said.get("instance")?.as_str().filter(|name| !name.is_empty())?.to_owned();
    Some(Hello { instance, clock: WorldClock::new(world + (took / 2).mul_f64(speed), speed), took })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(instance: &str, speed: f64, millis: u64) -> Result<Hello, No> {
        let body = format!(r#"{{"world":"2026-11-20T09:00:00.000Z","speed":{speed},"instance":"{instance}"}}"#);
        Ok(read(body.as_bytes(), Duration::from_millis(millis)).unwrap())
    }

    const NINE: Timestamp = Timestamp::from_secs(1_795_165_200);

    #[tokio::test(start_paused = true)]
    async fn the_clock_is_the_labs_as_of_mid_flight() {
        let Session::Lab { clock, instance } = judge(vec![hello("a", 20.0, 400), hello("a", 20.0, 100)]) else { panic!() };
        // Half of the quicker answer's way, at twenty times the wall's speed.
        assert_eq!((clock.now().since(NINE), clock.speed(), instance.as_str()), (Duration::from_secs(1), 20.0, "a"));
        tokio::time::advance(Duration::from_secs(3)).await;
        assert_eq!(clock.now().since(NINE), Duration::from_secs(61));
    }

    #[tokio::test(start_paused = true)]
    async fn two_labs_are_no_lab_and_neither_is_one_stranger() {
        let stranger = || Err(No::Stranger("somebody".to_owned()));
        for answers in [vec![hello("a", 20.0, 1), hello("b", 20.0, 1)], vec![hello("a", 20.0, 1), stranger()], vec![stranger()]] {
            let session = judge(answers);
            assert!(matches!(&session, Session::Elsewhere { why, .. } if why.len() == 1), "{session:?}");
            assert!(!session.rehearses(), "{session:?}");
            assert!((session.clock().speed() - 1.0).abs() < f64::EPSILON);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn silence_leaves_the_time_and_the_runs_but_not_the_word() {
        let silent = || Err(No::Silent("dark".to_owned()));
        let session = judge(vec![hello("a", 20.0, 1), silent()]);
        assert!(matches!(session, Session::Elsewhere { .. }) && session.rehearses() && session.clock().speed() > 19.0, "{session:?}");
        // Where nobody says hello, nobody has said that it is a lab.
        let session = judge(vec![silent(), silent()]);
        assert!(!session.rehearses(), "{session:?}");
    }

    #[test]
    fn what_is_no_hello_is_not_taken_for_one() {
        for body in [
            "",
            "[]",
            "{}",
            r#"{"world":"soon","speed":1,"instance":"a"}"#,
            r#"{"world":"2026-11-20T09:00:00Z","speed":0,"instance":"a"}"#,
            r#"{"world":"2026-11-20T09:00:00Z","speed":-3,"instance":"a"}"#,
            r#"{"world":"2026-11-20T09:00:00Z","speed":1e300,"instance":"a"}"#,
            r#"{"world":"2026-11-20T09:00:00Z","speed":1,"instance":""}"#,
        ] {
            assert!(read(body.as_bytes(), Duration::ZERO).is_none(), "{body}");
        }
    }
}
