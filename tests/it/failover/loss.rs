//! What is said to be lost before the point of no return is never less than what turns out to be lost: by the lab's ledger, over many worlds.

use std::time::Duration;

use drlab_core::run::Record;
use drlab_lab::control::Stage;
use drlab_lab::scenarios::BuiltIn;

use super::bridge::{Called, Habits, carry_out};
use super::unplanned::lost;
use crate::lab::rig::{Rig, config, paused};

/// How many worlds are tried of each system, unless `DRLAB_SEEDS` says otherwise.
const SEEDS: u64 = 2;
const HABITS: Habits = Habits { overrides: &["database.loss.bounded", "target.image"], ..Habits::STEADY };

/// Seconds stated and seconds lost.
fn fails_over(topology: &str, scenario: &str, seed: u64) -> (Duration, Duration) {
    paused(async {
        let mut config = config(topology);
        config.lab.seed = seed;
        let script = BuiltIn::named(scenario).unwrap().script().unwrap().cast(&config, None).unwrap();
        let rig = Rig::on(Stage { config, scenario: Some(script) });
        let called = Called { watched: true, habits: HABITS, until: Some("client-eye"), ..Called::plain("unplanned_failover") };
        let outcome = carry_out(&rig, called, Duration::from_secs(3600)).await;
        let says = || format!("{topology}, seed {seed}, {scenario}");
        assert!(outcome.run.memory.done.contains_key("client-eye"), "{}: {:?}", says(), outcome.desk.stances);
        // The first: what was said before anything was given up.
        let stated = outcome.records.iter().find_map(|(_, record)| match record {
            Record::Stated { loss_seconds, .. } => Some(*loss_seconds),
            _ => None,
        });
        let stated = stated.flatten().unwrap_or_else(|| panic!("{}: nothing was stated", says()));
        (Duration::from_secs_f64(stated), lost(&rig.workload()))
    })
}

fn is_never_more_than_was_stated(topology: &str) {
    let told = |name, or| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(or);
    let (first, seeds) = (told("DRLAB_SEED", 0), told("DRLAB_SEEDS", SEEDS));
    for seed in first..first + seeds {
        let scenario = if seed % 2 == 0 { "primary-outage" } else { "dark-region" };
        let (stated, lost) = fails_over(topology, scenario, seed);
        println!("{topology:<10}{seed:>5} {scenario:<16} stated {:>8.1} s, lost {:>6.1} s", stated.as_secs_f64(), lost.as_secs_f64());
        assert!(stated >= lost, "{stated:?} stated and {lost:?} lost; the same again: DRLAB_SEED={seed} DRLAB_SEEDS=1 cargo test loss");
    }
}

#[test]
fn tier2_never_loses_more_than_was_stated() {
    is_never_more_than_was_stated("tier2");
}

#[test]
fn pilot_never_loses_more_than_was_stated() {
    is_never_more_than_was_stated("pilot");
}

#[test]
fn platform_never_loses_more_than_was_stated() {
    is_never_more_than_was_stated("platform");
}

#[test]
fn payments_never_loses_more_than_was_stated() {
    is_never_more_than_was_stated("payments");
}
