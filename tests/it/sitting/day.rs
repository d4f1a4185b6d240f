//! A bad day and how it is looked at: what the console must say by when, what it must never say, and that it never contradicts the truth.

use std::fmt::Write as _;
use std::time::Duration;

use drlab_core::assess::{Assessment, Whereabouts};
use drlab_core::config::Site;
use drlab_core::domain::{Verdict, human_duration, parse_duration};
use serde_json::Value;

use super::seat::{SIZE, Seat};

/// How often the screen is held against the truth.
const LOOK: Duration = Duration::from_secs(5);
/// What looks from outside take to be sure: three in a row, and the time in between.
const PATIENCE: Duration = Duration::from_secs(60);
/// The smallest screen the console is built for.
const SMALL: (u16, u16) = (80, 24);

/// One row of the table.
pub(crate) struct Day {
    pub(crate) scenario: &'static str,
    pub(crate) topology: &'static str,
    /// Something that somebody does at the standby besides the scenario.
    pub(crate) deed: Option<(&'static str, Deed)>,
    pub(crate) moments: &'static [Moment],
    /// What is on no screen of that day.
    pub(crate) never: &'static [&'static str],
}

pub(crate) enum Deed {
    /// Somebody promotes the replica, elsewhere.
    Promotes,
}

/// What must be there by a time.
pub(crate) struct Moment {
    by: &'static str,
    /// In the line beneath the title, at 120 columns and at 80.
    banner: &'static str,
    /// In what is said on the screen, or behind it.
    told: &'static [&'static str],
}

pub(crate) const fn by(by: &'static str, banner: &'static str, told: &'static [&'static str]) -> Moment {
    Moment { by, banner, told }
}

impl Day {
    /// Lives through it.
    pub(crate) fn spend(&self) {
        Seat::at(self.topology, Some(self.scenario), async |seat| {
            let mut watch = Honesty::default();
            let end = self.moments.iter().map(|moment| time(moment.by)).max().unwrap_or_default();
            while seat.elapsed() < end {
                seat.wait_until(seat.elapsed() + LOOK).await;
                if let Some((at, deed)) = &self.deed
                    && seat.elapsed() >= time(at)
                    && seat.elapsed() < time(at) + LOOK
                {
                    deed.is_done(seat).await;
                }
                self.look(seat);
                watch.look(seat);
            }
        });
    }

    fn look(&self, seat: &mut Seat) {
        let now = seat.elapsed();
        let told = told(seat.assessment());
        for never in self.never {
            assert!(!told.contains(never), "at {}: “{never}”\n{told}\n{}", human_duration(now), seat.text());
        }
        for moment in self.moments.iter().filter(|moment| time(moment.by) <= now && now < time(moment.by) + LOOK) {
            // Readiness and events say it as the dashboard does.
            for screen in ["3", "4", "1"] {
                seat.press(screen);
                let banner = seat.screen()[1].clone();
                assert!(banner.contains(moment.banner), "by {}: “{}”\n{told}\n{}", moment.by, moment.banner, seat.text());
            }
            seat.resize(SMALL);
            let small = seat.text();
            seat.resize(SIZE);
            assert!(small.contains(moment.banner), "by {} at 80×24: “{}”\n{small}", moment.by, moment.banner);
            leads_on(seat.assessment(), &small);
            let events: Vec<_> = seat.model.events.events.iter().map(|event| format!("event {}: {}", event.what, event.text)).collect();
            for wanted in moment.told {
                let there = told.contains(wanted) || events.iter().any(|event| event.contains(wanted));
                assert!(there, "by {}: “{wanted}”\n{told}\n{events:#?}\n{}", moment.by, seat.text());
            }
        }
    }
}

/// Even on a small screen: whether it is impaired, what to press about it, and no promise of what cannot be done.
fn leads_on(assessment: &Assessment, small: &str) {
    let last = small.lines().last().unwrap_or_default();
    assert!(small.contains("IMPAIRED?"), "{small}");
    // Without credentials nothing can be done here but to get some, and the banner says so.
    let usable = assessment.component("credentials").is_some_and(|row| row.verdict != Verdict::Critical);
    if usable && (assessment.impairment.impaired == Some(true) || assessment.active == Whereabouts::Both) {
        assert!(small.contains("A arm  r runbooks") && last.trim_start().starts_with("A arm  r runbooks"), "{small}");
    }
    let impossible = assessment.active == Whereabouts::Both;
    assert_eq!(small.contains("no failover while both sites write"), impossible, "{small}");
    assert!(!(impossible || assessment.readiness.ready() == Some(false)) || !small.contains("safe start"), "{small}");
}

impl Deed {
    async fn is_done(&self, seat: &mut Seat) {
        let Self::Promotes = self;
        let database = seat.rig.stage.config.workloads[0].database.as_ref().unwrap().sites.standby.clone();
        let rig = seat.rig.clone();
        let promoting = tokio::spawn(async move { rig.standby().rds.promote_read_replica().db_instance_identifier(database).send().await });
        seat.wait(LOOK).await;
        promoting.await.unwrap().unwrap();
    }
}

/// What the truth has been like for a while.
#[derive(Default)]
struct Honesty {
    unserved: Duration,
    served: Duration,
    split: Duration,
}

impl Honesty {
    fn look(&mut self, seat: &Seat) {
        let sites = &seat.rig.workload()["sites"];
        let named = |name: &str| sites.as_array().unwrap().iter().find(|site| site["name"] == name).unwrap().clone();
        let (primary, standby) = (named("primary"), named("standby"));
        let writes = |site: &Value| site["writes"] == 200;
        let since = |so: bool, was: Duration| if so { was + LOOK } else { Duration::ZERO };
        self.served = since(writes(&primary), self.served);
        self.unserved = since(!writes(&primary) && !writes(&standby), self.unserved);
        let writable = |site: &Value| site["database"]["writable"] == true;
        self.split = since(writable(&primary) && writable(&standby), self.split);
        let assessment = seat.assessment();
        let fails = |what: &str| panic!("at {}: {what}\n{primary}\n{standby}\n{}", human_duration(seat.elapsed()), seat.text());
        if self.unserved > PATIENCE && assessment.verdict == Verdict::Healthy {
            fails("healthy, and nobody is served");
        }
        if self.split > PATIENCE && assessment.active != Whereabouts::Both {
            fails("not split, and both write");
        }
        if self.served > PATIENCE && assessment.impairment.impaired == Some(true) && assessment.impairment.site == Some(Site::Primary) {
            fails("impaired, and it serves");
        }
        for (site, view) in assessment.sites.iter() {
            let truth = if site == Site::Primary { &primary } else { &standby };
            if view.dark_since.is_some() && truth["dark"] != true {
                fails("dark, and its region answers");
            }
        }
        // As long as the standby follows, what is behind at most is never less than what is.
        let behind = standby["database"]["lag_s"].as_f64().filter(|_| !writable(&standby));
        if let (Some(behind), Some(bound)) = (behind, assessment.readiness.loss.database)
            && bound.as_secs_f64() + LOOK.as_secs_f64() < behind
        {
            fails("a bound that does not hold");
        }
    }
}

fn time(text: &str) -> Duration {
    parse_duration(text).unwrap()
}

/// Everything that is said of a workload, in lines.
fn told(assessment: &Assessment) -> String {
    let mut told = String::new();
    let at = |where_: &Whereabouts| match where_ {
        Whereabouts::Primary => "primary",
        Whereabouts::Standby => "standby",
        Whereabouts::Both => "both",
        Whereabouts::Neither(_) => "neither",
        Whereabouts::Unknown(_) => "unknown",
    };
    let yes = |answer: Option<bool>| match answer {
        Some(true) => "yes",
        Some(false) => "no",
        None => "cannot tell",
    };
    let headline = assessment.headline.as_ref().map_or("", |headline| headline.text.as_str());
    writeln!(told, "verdict {}\nheadline {headline}", assessment.verdict.word()).unwrap();
    writeln!(told, "active {}\nlanding {}", at(&assessment.active), at(&assessment.landing)).unwrap();
    writeln!(told, "impaired {}: {}", yes(assessment.impairment.impaired), assessment.impairment.why).unwrap();
    writeln!(told, "ready {}\nwould lose {}", yes(assessment.readiness.ready()), assessment.readiness.loss.told).unwrap();
    for check in &assessment.readiness.checks {
        writeln!(told, "check {} {}: {}", check.id, yes(check.ok), check.why).unwrap();
    }
    for row in assessment.components() {
        writeln!(told, "{} {}: {} · {}", row.id, row.verdict.word(), row.value, row.reason.as_deref().unwrap_or_default()).unwrap();
    }
    told
}
