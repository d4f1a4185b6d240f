//! How long a failover takes, against how long it must: four systems, in an outage of the primary and in the dark.
//!
//! What was achieved is counted from the outage to the proof that users are served by the standby, by the lab's clock. What must be is worked
//! out from what the lab did, by dependencies that are written down in `path.rs` and not in the runbook. Beside them: the same by hand, with a
//! waiter's thirty seconds after each step, and by a runbook whose steps wait for one another. People take no time in any of them: cards are
//! answered at once, and the run is declared at the moment at which the evidence suffices. The clock is paused, so that every machine tells
//! the same figures. `cargo bench --bench failover`; `DRLAB_BENCH_STORY=1` tells where the time went, and `DRLAB_BENCH_TOPOLOGY=pilot` asks
//! for one system only.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a bench that cannot go on says so by panicking")]

use std::time::Duration;

use drlab_core::domain::Timestamp;
use drlab_core::runbook::BUILT_IN;

#[path = "../tests/it/failover/bridge.rs"]
#[expect(dead_code, reason = "the drills use all of it")]
mod bridge;
#[path = "failover/by_hand.rs"]
mod by_hand;
#[path = "shared/lab.rs"]
#[expect(dead_code, reason = "the tests use all of it")]
mod lab;
#[path = "../tests/it/failover/path.rs"]
mod path;
#[path = "../tests/it/failover/serialised.rs"]
mod serialised;
#[path = "../tests/it/lab/drills/steps.rs"]
#[expect(dead_code, reason = "the lab's own drills use all of it")]
mod steps;
#[path = "../tests/it/failover/story.rs"]
mod story;
#[path = "shared/told.rs"]
mod told;
#[path = "../tests/it/failover/witness.rs"]
#[expect(dead_code, reason = "the drills use all of it")]
mod witness;

use bridge::{Called, Habits, Outcome, carry_out};
use lab::rig::{Rig, START, paused};
use path::{Path, shortest};
use told::{figure, told};

/// Two minutes after the lab began, as the scenarios have it.
const OUTAGE: Duration = Duration::from_secs(120);
const PATIENCE: Duration = Duration::from_secs(3600);
/// Whatever may be lost is agreed to.
const HABITS: Habits = Habits { overrides: &["database.loss.bounded"], ..Habits::STEADY };
/// Who starts tasks only after the source has stopped cannot see any more what ran there; nor can whoever never saw it.
const KNOWING: Habits = Habits { overrides: &["database.loss.bounded", "target.image"], ..Habits::STEADY };
const BUDGET: f64 = 1.03;

fn main() {
    if told::only_built() {
        return;
    }
    told::head();
    for scenario in ["primary-outage", "dark-region"] {
        let only = std::env::var("DRLAB_BENCH_TOPOLOGY").ok();
        for topology in
            ["tier2", "pilot", "platform", "payments"].into_iter().filter(|topology| only.as_deref().is_none_or(|only| only == *topology))
        {
            compare(topology, scenario);
        }
    }
}

/// One failover, and how long it took.
struct Run {
    path: Path,
    declared: Duration,
    /// A write arrived at the standby, past the record.
    written: Duration,
    took: Duration,
    outcome: Outcome,
}

fn outage() -> Timestamp {
    START + OUTAGE
}

fn run(topology: &str, scenario: &str, own: Option<&str>) -> Run {
    paused(async {
        let rig = Rig::playing(topology, Some(scenario));
        let habits = if own.is_some() || scenario == "dark-region" { KNOWING } else { HABITS };
        let called = Called { watched: true, habits, own, until: Some("client-eye"), ..Called::plain("unplanned_failover") };
        let outcome = carry_out(&rig, called, PATIENCE).await;
        if std::env::var("DRLAB_BENCH_STORY").is_ok() {
            println!("{}", outcome.story(outage()));
        }
        let proven = outcome.run.memory.done.get("client-eye").copied();
        let took = proven.unwrap_or_else(|| panic!("{topology} in {scenario}: {}", outcome.story(outage()))).since(outage());
        let served = outcome.witness.served_since("standby").unwrap().since(outage());
        assert!(served <= took, "{topology} in {scenario}: proven after {took:?}, served after {served:?}");
        let declared = outcome.run.memory.declared_at.since(outage());
        let written = outcome.run.memory.done["write"].since(outage());
        Run { path: shortest(&rig, outage(), &outcome.witness), declared, written, took, outcome }
    })
}

fn compare(topology: &str, scenario: &str) {
    let ours = run(topology, scenario, None);
    let at = |what: &str| format!("{topology}, {scenario}: {what}");
    println!();
    let shortest = ours.path.total();
    told(&at("from the outage to the proof"), ours.took.as_secs_f64(), shortest.as_secs_f64() * BUDGET, "s");
    figure(&at("the shortest that it could have been"), shortest.as_secs_f64(), "s");
    for (leg, lasted) in &ours.path.legs {
        figure(&format!("    {leg}"), lasted.as_secs_f64(), "s");
    }
    ratio(&at("ratio"), &ours);
    figure(&at("the evidence sufficed after"), ours.declared.as_secs_f64(), "s");
    let runbook = BUILT_IN.iter().find(|(name, _)| *name == "unplanned_failover").map(|(_, text)| *text).unwrap();
    let slow = run(topology, scenario, Some(&serialised::serialised(runbook)));
    figure(&at("by a runbook whose steps wait for one another"), slow.took.as_secs_f64(), "s");
    ratio(&at("its ratio"), &slow);
    // When users follow is also a matter of luck: a resolver's answer expires when it will, and may expire sooner for who comes later.
    let (one, other) = (until_a_write(&ours), until_a_write(&slow));
    told(&at("ratio until a write arrives"), one, BUDGET, "");
    told(&at("the same where steps wait for one another"), other, BUDGET, "");
    assert!(other > one, "{topology} in {scenario}: a runbook without parallel steps must score worse: {other:.3} for {one:.3}");
    if scenario == "primary-outage" {
        let by_hand = paused(async {
            let rig = Rig::playing(topology, Some(scenario));
            by_hand::failover(&rig, ours.outcome.run.memory.declared_at).await.since(outage())
        });
        figure(&at("by hand, with waiters"), by_hand.as_secs_f64(), "s");
        figure(&at("its ratio"), by_hand.as_secs_f64() / shortest.as_secs_f64(), "");
    }
}

fn until_a_write(run: &Run) -> f64 {
    run.written.as_secs_f64() / run.path.written().as_secs_f64()
}

fn over(run: &Run) -> f64 {
    run.took.as_secs_f64() / run.path.total().as_secs_f64()
}

fn ratio(what: &str, run: &Run) {
    told(what, over(run), BUDGET, "");
}
