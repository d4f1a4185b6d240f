//! What watching costs and how soon it knows, against a lab in this process on a paused clock: the same figures on every machine.
//!
//! The full picture with 150 ms a call; calls a minute, the busiest region's and the busiest service's; dollars an hour. For one workload,
//! for twenty and for two hundred of them. `cargo bench --bench watch`.

#![expect(clippy::unwrap_used, reason = "a bench that cannot go on says so by panicking")]

use std::collections::BTreeMap;
use std::time::Duration;

use drlab_core::asking;
use drlab_core::domain::{Kind, Observation, Subject};
use drlab_lab::inproc::InProcess;
use drlab_lab::wire::Log;

#[path = "shared/fleet.rs"]
mod fleet;
#[path = "shared/post.rs"]
mod post;
#[path = "shared/told.rs"]
mod told;

use post::{Post, START};
use told::{figure, told};

/// Everything has been asked once, and what is priced by the minute has been asked for five times.
const WARM: Duration = Duration::from_secs(300);
/// Long enough for what is asked every five minutes.
const MEASURED: Duration = Duration::from_secs(600);

fn main() {
    if told::only_built() {
        return;
    }
    told::head();
    picture("one workload", 1);
    picture("twenty workloads", 20);
    for workloads in [1, 20, 200] {
        cost(workloads);
    }
}

/// Until everything that is asked for is known; a client's look takes as long as the application does, on top of its calls.
fn picture(name: &str, workloads: usize) {
    Post::at(fleet::config(workloads), async |post| {
        let (mut told_by_aws, mut seen) = (None, None);
        while seen.is_none() {
            post.listen(Duration::from_millis(5)).await;
            let (since, unknown) = (post.clock.now().since(START), unknown(post));
            assert!(since < Duration::from_secs(120), "unknown: {unknown:?}");
            if unknown.iter().all(|subject| subject.kind == Kind::Sight) {
                told_by_aws.get_or_insert(since);
            }
            seen = unknown.is_empty().then_some(since);
        }
        let calls = |took: Option<Duration>| took.unwrap().as_secs_f64() / InProcess::FAR.as_secs_f64();
        // The budget is one workload's; a fleet's opening is paced by AWS's limits.
        if workloads == 1 {
            told(&format!("all of both regions at 150 ms a call, {name}"), calls(told_by_aws), 2.5, "calls");
        } else {
            figure(&format!("all of all regions at 150 ms a call, {name}"), calls(told_by_aws), "calls");
        }
        figure(&format!("the same, with what clients see, {name}"), calls(seen), "calls");
    });
}

/// What is asked for and not known.
fn unknown(post: &Post) -> Vec<Subject> {
    let asked = asking::questions(&post.config, &post.known).into_iter().flat_map(|question| question.subjects());
    asked.filter(|subject| post.known.get(subject).is_none_or(|observation| observation.known.is_none())).collect()
}

/// What the lab was asked, by region, service and second.
#[derive(Default)]
struct Asked {
    seconds: BTreeMap<(String, String), BTreeMap<i64, u32>>,
}

impl Asked {
    fn gather(&mut self, log: &mut Log) {
        for entry in log.entries() {
            // Its own limit, and the strictest of all.
            let service = if entry.operation == "GetHealthCheckStatus" { "checkers" } else { entry.service.as_str() };
            *self.seconds.entry((entry.region.clone(), service.to_owned())).or_default().entry(entry.at.secs()).or_default() += 1;
        }
        log.clear();
    }

    fn total(&self) -> u32 {
        self.seconds.values().flat_map(BTreeMap::values).sum()
    }

    /// The region that was asked most.
    fn busiest(&self) -> (String, u32) {
        let mut regions = BTreeMap::<&str, u32>::new();
        for ((region, _), seconds) in &self.seconds {
            *regions.entry(region).or_default() += seconds.values().sum::<u32>();
        }
        regions.into_iter().map(|(region, calls)| (region.to_owned(), calls)).max_by_key(|(_, calls)| *calls).unwrap()
    }

    /// Of each service its busiest region, in calls a second over the whole time, and in its worst second.
    fn services(&self, time: Duration) -> BTreeMap<&str, (f64, u32)> {
        let mut services = BTreeMap::<&str, (f64, u32)>::new();
        for ((_, service), seconds) in &self.seconds {
            let rate = f64::from(seconds.values().sum::<u32>()) / time.as_secs_f64();
            let worst = seconds.values().copied().max().unwrap_or(0);
            let known = services.entry(service).or_default();
            *known = (known.0.max(rate), known.1.max(worst));
        }
        services
    }
}

/// AWS's limits a second and account, per region: sustained, where they are published or operators report them.
const LIMITS: [(&str, f64); 6] =
    [("rds", 1.0), ("ecs", 20.0), ("elasticloadbalancing", 10.0), ("monitoring", 9.0), ("route53", 1.0), ("checkers", 1.0)];

fn cost(workloads: usize) {
    Post::at(fleet::config(workloads), async |post| {
        let mut asked = Asked::default();
        gather(post, &mut asked, WARM).await;
        let opening = std::mem::take(&mut asked);
        gather(post, &mut asked, MEASURED).await;

        let minutes = MEASURED.as_secs_f64() / 60.0;
        let regions = post.config.regions().len() + 1;
        let (busiest, most) = asked.busiest();
        println!("\n{workloads} workloads, {} of {} asked for are unknown", unknown(post).len(), post.known.len());
        figure("calls a minute", f64::from(asked.total()) / minutes, "");
        figure(&format!("calls a minute and region, of {regions}"), f64::from(asked.total()) / minutes / regions as f64, "");
        figure(&format!("calls a minute of the busiest region, {busiest}"), f64::from(most) / minutes, "");
        let meter = post.meter.told();
        told("dollars an hour and workload", meter.dollars_per_hour / workloads as f64, 0.05, "$");
        figure("dollars an hour", meter.dollars_per_hour, "$");
        let (opened, steady) = (opening.services(WARM), asked.services(MEASURED));
        for (service, limit) in LIMITS {
            let (rate, worst) = steady.get(service).copied().unwrap_or_default();
            let (_, first) = opened.get(service).copied().unwrap_or_default();
            told(&format!("{service} calls a second, busiest region (worst {worst}, opening {first})"), rate, limit, "");
        }
        let throttled = |known: &&Observation| known.failing.as_ref().is_some_and(|failing| failing.trouble.text.contains("throttled"));
        figure("throttled now", post.known.iter().filter(throttled).count() as f64, "");
        let (mut stale, mut all) = (BTreeMap::<Kind, usize>::new(), 0);
        for known in post.known.iter() {
            all += 1;
            // A series that has no points, because there is nothing to count, is as young as the asking.
            let asked = known.known.as_ref().map(|known| post.clock.now().since(known.begun));
            let young = known.subject.kind == Kind::Metric && asked.is_some_and(|asked| asked <= known.stale_after());
            if known.is_stale(post.clock.now()) && !young {
                *stale.entry(known.subject.kind).or_default() += 1;
            }
        }
        figure(&format!("stale now, of {all}: {stale:?}"), stale.values().sum::<usize>() as f64, "");
    });
}

/// Listens for so long; the lab's log forgets, so it is read as one goes.
async fn gather(post: &mut Post, asked: &mut Asked, time: Duration) {
    let end = post.clock.now() + time;
    while post.clock.now() < end {
        post.listen(Duration::from_secs(5)).await;
        post.way.lab().log(|log| asked.gather(log));
    }
}
