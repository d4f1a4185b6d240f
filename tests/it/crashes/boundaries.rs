//! Every boundary, each with a lab of its own.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::death::{Left, Way, called, die};
use super::end::{World, proven};
use super::stage::{PLANNED, Play, UNPLANNED};
use crate::cli::said;

/// Labs at a time: two cores keep up with the worlds of as many.
const AT_ONCE: usize = 4;
/// So many of each way of dying are tried where nobody wants all of them.
const SAMPLE: usize = 3;
/// Bytes of a record that are still written. The shortest of them is longer.
const TORN: [u64; 3] = [0, 1, 90];

#[test]
fn an_unplanned_failover_survives_death_at_its_boundaries() {
    survives(UNPLANNED);
}

/// It waits for minutes of metrics and dies in the same places: only where boundaries are asked for.
#[test]
#[ignore = "takes minutes: cargo test --test it crashes -- --include-ignored"]
fn a_planned_failover_survives_death_at_its_boundaries() {
    survives(PLANNED);
}

#[test]
#[ignore = "takes minutes: cargo test --test it crashes -- --include-ignored"]
fn every_other_system_survives_death_at_its_boundaries() {
    for topology in ["pilot", "platform", "payments"] {
        survives(Play { topology, ..UNPLANNED });
        survives(Play { topology, ..PLANNED });
    }
}

fn survives(play: Play) {
    let (undisturbed, records) = undisturbed(play);
    let ways: Vec<_> = (0..records).flat_map(|record| [Way::After(record), Way::Before(record, TORN[record % TORN.len()])]).collect();
    let chosen = match std::env::var("DRLAB_CRASHES") {
        Ok(all) if all == "all" => ways,
        // The records of these numbers.
        Ok(some) => ways
            .chunks(2)
            .enumerate()
            .filter(|(record, _)| some.split(' ').any(|one| one == record.to_string()))
            .flat_map(|(_, two)| two.to_vec())
            .collect(),
        Err(_) => spread(&ways, SAMPLE),
    };
    let (next, table) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(way) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
                    // Said at once: a boundary that is not survived is the last of its worker's.
                    println!("{}: dying {way:?}", play.says());
                    let (left, world) = survived(play, *way);
                    println!("{}: {}", play.says(), row(*way, &left));
                    assert_eq!(world, undisturbed, "{way:?}, {left:?}");
                    table.lock().unwrap().push(left);
                }
            });
        }
    });
    let table = table.into_inner().unwrap();
    let dead = table.iter().filter(|left| left.signal.is_some()).count();
    println!("{}: {} deaths, {dead} of them before the end, at {} records", play.says(), table.len(), records);
    assert!(dead + 4 >= table.len(), "it ended before it could die, too often");
}

fn row(way: Way, left: &Left) -> String {
    format!("{way:?} survived: {}, {} records, the last “{}”, {} bytes torn", called(left.signal), left.records, left.last, left.torn)
}

/// So many of each way, from the first boundary to the last.
fn spread(ways: &[Way], sample: usize) -> Vec<Way> {
    let of = |before: bool| {
        let some: Vec<_> = ways.iter().filter(|way| matches!(way, Way::Before(..)) == before).copied().collect();
        // The two ways do not die at the same boundaries.
        let shift = usize::from(before) * some.len() / (2 * sample);
        (0..sample).map(move |nth| some[(nth * some.len() / sample + shift) % some.len()]).collect::<Vec<_>>()
    };
    [of(false), of(true)].concat()
}

/// How it ends when nobody dies, and how many records that takes.
fn undisturbed(play: Play) -> (World, usize) {
    let theatre = play.open();
    let (code, lines) = theatre.carried(&play.declared(), play.consent);
    let world = proven(&theatre, code, lines.last().unwrap());
    (world, lines.len())
}

/// Dies, is taken up, and ends.
fn survived(play: Play, way: Way) -> (Left, World) {
    let theatre = play.open();
    let left = die(&theatre, &play.declared(), play.consent, way);
    if left.records == 0 {
        // Nothing was declared, so nothing can be taken up, and nothing was done.
        let refused = theatre.command(&["resume"], &[]).output().unwrap();
        assert_eq!(refused.status.code(), Some(64), "{}", said(&refused));
        let (code, lines) = theatre.carried(&play.declared(), play.consent);
        return (left, proven(&theatre, code, lines.last().unwrap()));
    }
    // By its name: a run that is over is only told of.
    let (code, lines) = theatre.carried(&["resume", &theatre.latest()], play.consent);
    (left, proven(&theatre, code, lines.last().unwrap()))
}
