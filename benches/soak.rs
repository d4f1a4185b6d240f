//! A day of watching, with something broken every ten minutes, and a run that cannot end: what is held in memory and on disk, hour by hour, on a
//! paused clock. It fails when either grows. `cargo bench --bench soak`; `DRLAB_BENCH_HOURS` says how long it is (24 unless given),
//! `DRLAB_BENCH_TOPOLOGY` what is watched (tier2).

#![expect(clippy::unwrap_used, clippy::panic, reason = "a bench that cannot go on says so by panicking")]

use std::time::{Duration, Instant};

#[path = "shared/lab.rs"]
#[expect(dead_code, reason = "the tests use all of it")]
mod lab;
#[path = "../tests/it/luck.rs"]
mod luck;
#[path = "shared/screens.rs"]
#[expect(dead_code, reason = "the tests use all of it")]
mod screens;
#[path = "shared/sitting.rs"]
#[expect(dead_code, reason = "the tests use all of it")]
mod sitting;
#[path = "shared/told.rs"]
#[expect(dead_code, reason = "the other benches use all of it")]
mod told;

use luck::told;
use sitting::hands::{arm, begin, decide};
use sitting::seat::Seat;
use sitting::soak::{HEAD, Hour, size_of, steady, watch};

const HOUR: Duration = Duration::from_secs(3_600);

/// What the lab's world may grow by in an hour: its writers write, its buckets keep versions, and its record of what truly happened is long.
const OF_THE_WORLD: i64 = 1 << 20;

/// What a run may write in an hour in which it can do nothing but try again: its journal's bytes.
const AN_HOUR: u64 = 64 << 10;

fn main() {
    if told::only_built() {
        return;
    }
    let topology = std::env::var("DRLAB_BENCH_TOPOLOGY").unwrap_or_else(|_| "tier2".to_owned());
    let count = u32::try_from(told("DRLAB_BENCH_HOURS", 24)).unwrap();
    a_day(&topology, count);
    endless(count.min(6));
}

fn a_day(topology: &str, count: u32) {
    println!("{topology}, watched for {count} hours, something broken every ten minutes\n{HEAD}   resident KB");
    let (began, mut hours) = (Instant::now(), Vec::new());
    watch(topology, count, 60, |hour| {
        println!("{hour}{:>14}", resident());
        hours.push(hour);
    });
    steady(&hours);
    // Metrics are kept for three hours; requests and visits by the ten thousand, which takes longer.
    flat(&hours, (hours.len() * 2).div_ceil(3));
    println!("in {:.0} s\n", began.elapsed().as_secs_f64());
}

/// What holds of memory after the first `warm` hours, in which everything that is bounded becomes full: then nothing has room to grow.
fn flat(hours: &[Hour], warm: usize) {
    let most = hours[..warm].iter().map(|hour| hour.held).max().unwrap();
    // It is not the same that is kept: one fault has more to say than another.
    let allowed = most + most / 20 + (512 << 10);
    for pair in hours[warm - 1..].windows(2) {
        let (held, grown, hour) = (pair[1].held, pair[1].world - pair[0].world, pair[1].hour);
        assert!(held <= allowed, "{held} bytes are held after {hour} hours, and {most} after {warm}");
        assert!(grown <= OF_THE_WORLD, "the world has grown by {grown} bytes in hour {hour}");
    }
}

/// The primary stays dark: its fence is owed, and tried again and again while somebody has the console open.
fn endless(count: u32) {
    println!("a run with a fence that is owed, in the dark for {count} hours\nhour  journal bytes  lines");
    Seat::at("tier2", Some("dark-region"), async |seat| {
        seat.wait(Duration::from_secs(180)).await;
        arm(seat).await;
        begin(seat).await;
        for _ in 0..700 {
            seat.wait(Duration::from_secs(5)).await;
            decide(seat).await;
            if seat.model.running.as_ref().unwrap().run.finished.is_some() {
                break;
            }
        }
        let owed = |seat: &Seat| seat.model.running.as_ref().unwrap().run.owed().count();
        assert_eq!(owed(seat), 1, "{}", seat.text());
        let mut before = size_of(&seat.state);
        for hour in 1..=count {
            seat.wait(HOUR).await;
            let now = size_of(&seat.state);
            println!("{hour:>4}{now:>15}{:>7}", lines(seat));
            assert!(now - before <= AN_HOUR, "{} bytes in an hour", now - before);
            before = now;
        }
        assert_eq!(owed(seat), 1, "it is dark, and nothing else is said");
    });
}

fn lines(seat: &Seat) -> usize {
    let runs = std::fs::read_dir(seat.state.join("runs")).unwrap();
    runs.map(|run| std::fs::read_to_string(run.unwrap().path().join("journal.jsonl")).unwrap().lines().count()).sum()
}

/// Of the whole process, the lab included; 0 where the machine has no `/proc`.
fn resident() -> u64 {
    let told = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = told.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}
