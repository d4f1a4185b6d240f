//! Files that people write: what is taken can be worked with, what is refused is refused at a place.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use drlab_core::app::{Look, Model, Theme};
use drlab_core::config::{Config, EXAMPLE, Site};
use drlab_core::domain::{Snapshot, Timestamp};
use drlab_core::keymap::{Keymap, KeymapFile};
use drlab_core::policy::Policy;
use drlab_core::runbook::{BUILT_IN, Plan, Runbook, shelf, unfold};
use drlab_core::{asking, assess};
use drlab_lab::builder::build;
use drlab_lab::control::Stage;
use drlab_lab::scenarios::{SCENARIOS, Script};
use drlab_lab::topologies::{self, TOPOLOGIES, Topology};
use drlab_lab::world::World;

use super::judge::{Bounds, Came, Target, in_a_file, judge};
use super::monsters;
use crate::lab::rig::START;

/// Every mistake of a file is said at once, twenty of them at length.
const LONGEST: usize = 40_000;

/// A tree of a file is larger than the file by what each of its values needs to say where it stands.
const OF_A_FILE: Bounds = Bounds { held: (2 << 20, 600), asked: (16 << 20, 4_000) };

fn corpus(folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(folder).join("valid");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|path| fs::read(path).unwrap()).collect()
}

fn texts<'t>(texts: impl IntoIterator<Item = &'t str>) -> Vec<Vec<u8>> {
    texts.into_iter().map(|text| text.as_bytes().to_vec()).collect()
}

fn file(name: &'static str, cases: u64, seeds: Vec<Vec<u8>>, row: &str) -> Target {
    Target { name, seeds, monsters: monsters::of_toml(row), cases, bounds: OF_A_FILE, longest: LONGEST, places: in_a_file }
}

/// Everything that is made of a configuration before anybody is asked anything.
fn use_config(config: Config) {
    let nothing = Snapshot::default();
    let planned = asking::questions(&config, &nothing);
    assert!(planned.iter().all(|question| !question.subjects().is_empty()));
    for workload in &config.workloads {
        drop(assess::assess(workload, &nothing, START));
        plans(workload.name.as_str(), &config);
    }
    drop(Policy::of(&config, true).markdown());
    let written = config.to_toml().unwrap();
    assert_eq!(topologies::parse("again", &written).unwrap(), config, "what was written is not what was read");
    let look = Look { theme: Theme::Terminal, ascii: false };
    drop(Model::new(Arc::new(config), Arc::new(Keymap::default()), look, (80, 24), START));
}

fn plans(workload: &str, config: &Config) {
    let workload = config.workload(workload).unwrap();
    for book in &shelf(&[], &|action| action.deed()).0 {
        for source in [Site::Primary, Site::Standby] {
            drop(unfold(book, workload, source, &|action| action.deed()));
        }
    }
}

#[test]
fn a_configuration_is_taken_whole_or_refused_at_a_place() {
    let seeds = corpus("config").into_iter().chain(texts([EXAMPLE, Topology::named("pilot").unwrap().text])).collect();
    let mut target = file("config", 500, seeds, "[[workload]]\nname = \"w\"\n");
    // What is taken is worked with.
    target.bounds = Bounds { held: (24 << 20, 600), asked: (160 << 20, 4_000) };
    judge(target, |bytes| {
        let read = topologies::parse("drlab.toml", bytes);
        let came = Came::of(read.as_ref().map_err(ToString::to_string));
        if let Ok(config) = read {
            use_config(config);
        }
        came
    });
}

/// A lab is built of what is taken, lives for a while, and says when it cannot be built.
#[test]
fn a_lab_is_built_of_whatever_is_taken() {
    let small = TOPOLOGIES.iter().filter(|topology| topology.name != "fleet").map(|topology| topology.text);
    let mut target = file("topology", 40, texts(small), "[[workload]]\nname = \"w\"\n");
    target.monsters.clear();
    target.bounds = Bounds { held: (96 << 20, 2_000), asked: (2 << 30, 20_000) };
    // What cannot be built is said of a workload.
    target.places = |refusal| in_a_file(refusal) || refusal.contains("workload “");
    judge(target, |bytes| {
        let config = match topologies::parse("drlab.toml", bytes) {
            Ok(config) => config,
            Err(error) => return Came::Refused(error.to_string()),
        };
        Came::of(build(&config, START).map(|mut world| live(&mut world, 90)))
    });
}

fn live(world: &mut World, seconds: u64) {
    let until = world.now() + std::time::Duration::from_secs(seconds);
    world.advance(until);
}

#[test]
fn a_scenario_is_taken_and_played_or_refused_at_a_place() {
    let config = Topology::named("tier2").unwrap().config().unwrap();
    let world = build(&config, START).unwrap();
    let mut target = file("scenario", 250, texts(SCENARIOS.iter().map(|scenario| scenario.text)), "[[step]]\nat = \"1m\"\n");
    target.bounds = Bounds { held: (64 << 20, 600), asked: (512 << 20, 8_000) };
    target.places = |refusal| in_a_file(refusal) || refusal.contains("scenario s ");
    judge(target, |bytes| {
        let script = match Script::parse("s.toml", "s", bytes) {
            Ok(script) => script,
            Err(error) => return Came::Refused(error.to_string()),
        };
        match script.cast(&config, None) {
            // Not every scenario can happen to every workload.
            Err(error) => Came::Refused(error.to_string()),
            Ok(scenario) => {
                let mut world = world.clone();
                scenario.write_into(&mut world);
                live(&mut world, 200);
                Came::Taken
            }
        }
    });
}

#[test]
fn a_runbook_is_taken_and_planned_or_refused_at_a_place() {
    let workloads: Vec<_> =
        TOPOLOGIES.iter().filter(|topology| topology.name != "fleet").map(|topology| topology.config().unwrap()).collect();
    let seeds = corpus("runbook").into_iter().chain(texts(BUILT_IN.iter().map(|(_, text)| *text))).collect();
    let mut target = file("runbook", 500, seeds, "[[step]]\nid = \"a\"\n");
    target.bounds = Bounds { held: (8 << 20, 600), asked: (64 << 20, 6_000) };
    judge(target, |bytes| {
        let read = Runbook::parse("mine", "mine.toml", bytes, &|action| action.deed());
        let came = Came::of(read.as_ref().map_err(ToString::to_string));
        if let Ok(book) = read {
            for (config, source) in workloads.iter().zip([Site::Primary, Site::Standby].into_iter().cycle()) {
                whole(&unfold(&book, &config.workloads[0], source, &|action| action.deed()));
            }
            let set = BTreeMap::from([("restore".to_owned(), "\u{1b}\"]\n[[step]]".to_owned())]);
            drop(book.with_set(&set, &|action| action.deed()));
        }
        came
    });
}

/// Every stage waits for earlier ones alone.
fn whole(plan: &Plan) {
    for (nth, stage) in plan.stages.iter().enumerate() {
        for need in &stage.needs {
            assert!(
                plan.stages[..nth].iter().any(|earlier| earlier.id == *need),
                "{} waits for {need}, which does not come before it",
                stage.id
            );
        }
    }
}

#[test]
fn a_keymap_is_taken_and_merged_or_refused_at_a_place() {
    let mut target = file("keymap", 600, corpus("keymap"), "[[key]]\non = [\"x\"]\ndo = \"quit\"\n");
    target.bounds = Bounds { held: (4 << 20, 1_200), asked: (32 << 20, 8_000) };
    // What goes together with itself and not with the rest is shown with both lines.
    target.places = |refusal| in_a_file(refusal) || refusal.contains("\n  keymap.toml:");
    let default = Keymap::default();
    judge(target, |bytes| {
        let file = match KeymapFile::parse("keymap.toml", bytes) {
            Ok(file) => file,
            Err(error) => return Came::Refused(error.to_string()),
        };
        match Keymap::merged(&default, &file) {
            // A conflict names both lines.
            Err(conflict) => Came::Refused(conflict.to_string()),
            Ok(keymap) => {
                drop(keymap.markdown());
                drop(keymap.help());
                Came::Taken
            }
        }
    });
}

/// What somebody throws at a lab that is running.
#[test]
fn what_is_injected_is_a_fault_or_is_refused() {
    let config = Topology::named("tier2").unwrap().config().unwrap();
    let stage = Stage { config, scenario: None };
    let world = stage.open(START).unwrap();
    let seeds = texts([
        r#"{"fault":"region-dark:primary","for":"5m"}"#,
        r#"{"fault":"api-slow:us-west-2","level":0.5}"#,
        r#"{"fault":"lag-storm","level":3}"#,
        r#"{"fault":"app-down:tier2/standby:app:x","for":"1h30m","level":1e3}"#,
    ]);
    let bounds = Bounds { held: (32 << 20, 400), asked: (256 << 20, 1_000) };
    let target =
        Target { name: "inject", seeds, monsters: monsters::of_json(), cases: 250, bounds, longest: 2_000, places: super::judge::anywhere };
    judge(target, |bytes| {
        let (mut world, mut log) = (world.clone(), drlab_lab::wire::Log::default());
        let answer = stage.answer(&mut world, &mut log, "POST", "/_lab/inject", bytes).unwrap();
        live(&mut world, 30);
        let said: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        match answer.status {
            200 => Came::Taken,
            400 => Came::Refused(said["error"].as_str().unwrap().to_owned()),
            status => panic!("answers {status}"),
        }
    });
}

/// What is in the folder of runbooks beside the built-in ones.
#[test]
fn a_shelf_of_anything_is_a_shelf() {
    let own: Vec<_> = monsters::of_toml("[[step]]\n").into_iter().map(|(called, bytes)| (format!("{called}.toml"), bytes)).collect();
    let (books, errors) = shelf(&own, &|action| action.deed());
    assert_eq!((books.len(), errors.len()), (BUILT_IN.len(), own.len()));
    assert!(errors.iter().all(|error| error.to_string().len() < LONGEST));
    assert!(Timestamp::parse("9".repeat(1 << 20).as_str()).is_none());
}
