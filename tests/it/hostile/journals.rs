//! What is found in the state directory: journals whose lines hold together and say anything, journals that do not, and leases.

use std::fs;
use std::path::Path;
use std::time::Duration;

use drlab_core::app::PastRun;
use drlab_core::domain::Timestamp;
use drlab_core::run::report::Report;
use drlab_core::run::{Record, replay};
use drlab_tui::store::{Holder, Lease, Line, Reading};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::judge::{Bounds, Came, Target, anywhere, judge};
use super::monsters;
use crate::failover::bridge::{Called, Habits, carry_out};
use crate::lab::rig::{Rig, paused};

/// A mistake of a journal is said in a line of a terminal or two, whatever the journal says.
const LONGEST: usize = 2_000;

/// The journal of a run that was carried out once; `DRLAB_UPDATE=1` carries it out again. Journals outlive the console that has written them.
fn carried_out() -> Vec<u8> {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/journal/unplanned.jsonl");
    if std::env::var_os("DRLAB_UPDATE").is_some() {
        fs::create_dir_all(kept.parent().unwrap()).unwrap();
        fs::write(&kept, carry_it_out()).unwrap();
    }
    fs::read(kept).unwrap()
}

fn carry_it_out() -> Vec<u8> {
    let records = paused(async {
        let rig = Rig::playing("tier2", Some("primary-outage"));
        let habits = Habits { overrides: &["database.loss.bounded"], ..Habits::STEADY };
        let called = Called { habits, watched: true, ..Called::plain("unplanned_failover") };
        let outcome = carry_out(&rig, called, Duration::from_secs(1_800)).await;
        let first = (outcome.run.memory.declared_at, Record::Declared(Box::new(outcome.run.declared.clone())));
        std::iter::once(first).chain(outcome.records).collect::<Vec<_>>()
    });
    assert!(records.len() > 50, "{} records", records.len());
    let lines = records.into_iter().map(|(at, record)| serde_json::to_vec(&Line { seq: 0, at, prev: String::new(), record }).unwrap());
    chained(&lines.collect::<Vec<_>>().join(&b'\n'))
}

/// Lines that follow from one another, whatever they say: somebody has taken pains.
fn chained(bytes: &[u8]) -> Vec<u8> {
    let mut chained = Vec::with_capacity(bytes.len());
    let mut before = String::new();
    for (seq, line) in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).enumerate() {
        let text = match serde_json::from_slice(line) {
            Ok(Value::Object(mut members)) => {
                members.insert("seq".to_owned(), seq.into());
                members.insert("prev".to_owned(), before.into());
                serde_json::to_vec(&members).unwrap()
            }
            _ => line.to_vec(),
        };
        before = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
        chained.extend_from_slice(&text);
        chained.push(b'\n');
    }
    chained
}

/// As far as it holds together, all that is ever made of a journal is made of it.
fn told(bytes: &[u8]) -> Came {
    let reading = Reading::of(bytes);
    assert!(reading.good as usize <= bytes.len());
    let records: Vec<_> = reading.lines.iter().map(|line| (line.at, line.record.clone())).collect();
    let broken = reading.broken.as_ref().map(ToString::to_string);
    let replayed = replay(records.iter().map(|(at, record)| (*at, record)), &|action| action.deed());
    match replayed {
        Ok((run, config)) => {
            let workload = config.workload(&run.declared.workload).unwrap();
            let report = Report::of(&run, workload, &records, &reading.hash, broken.as_deref());
            let steers = |text: &str| text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
            assert!(
                !steers(&report.markdown()) && !steers(&report.html()) && !steers(&report.badge()),
                "a report that steers the terminal"
            );
            drop(serde_json::to_string(&report).unwrap());
            drop(PastRun::of(&report));
        }
        Err(why) if broken.is_none() => return Came::Refused(why.to_string()),
        Err(_) => {}
    }
    broken.map_or(Came::Taken, Came::Refused)
}

#[test]
fn a_journal_is_told_as_far_as_it_holds_together() {
    let honest = carried_out();
    let first = honest.split_inclusive(|byte| *byte == b'\n').next().unwrap().to_vec();
    let mut all = monsters::of_json();
    all.extend([
        ("same-line".to_owned(), first.repeat(50)),
        (
            "unknown-record".to_owned(),
            format!("{{\"seq\":0,\"at\":\"2026-11-20T09:00:00Z\",\"prev\":\"\",\"record\":\"{}\\u001b[2J\"}}\n", "x".repeat(1 << 20))
                .into_bytes(),
        ),
        (
            "instant".to_owned(),
            format!("{{\"seq\":0,\"at\":\"{}\",\"prev\":\"\",\"record\":\"ready\",\"stage\":\"a\"}}\n", "9".repeat(1 << 20)).into_bytes(),
        ),
    ]);
    let bounds = Bounds { held: (96 << 20, 400), asked: (1 << 30, 8_000) };
    let target = |name, seeds, monsters, cases| Target { name, seeds, monsters, cases, bounds, longest: LONGEST, places: anywhere };
    judge(target("journal", vec![honest.clone()], all.clone(), 80), told);
    // The same by somebody who knows how the lines are chained: whatever they say, it is read.
    judge(target("chained", vec![honest], all, 120), |bytes| told(&chained(bytes)));
}

#[test]
fn a_lease_is_somebody_s_or_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lease.json");
    let holder = Holder { number: 3, who: "somebody@host".to_owned(), process: 4_711, since: Timestamp::from_secs(1_795_165_200) };
    let bounds = Bounds { held: (256 << 10, 16), asked: (1 << 20, 64) };
    let target = Target {
        name: "lease",
        seeds: vec![serde_json::to_vec(&holder).unwrap()],
        monsters: monsters::of_json(),
        cases: 500,
        bounds,
        longest: LONGEST,
        places: anywhere,
    };
    judge(target, |bytes| {
        fs::write(&path, bytes).unwrap();
        let read = Lease::holder(&path);
        if let Ok(Some(holder)) = &read {
            let _ = holder.is_alive();
            assert!(holder.who.chars().count() <= 2_000, "{} letters", holder.who.len());
            // Whoever takes it over goes on counting.
            let (mine, _) = Lease::take(&path, "tests", holder.since).unwrap();
            assert!(mine.mine().number >= holder.number);
        }
        Came::of(read)
    });
}
