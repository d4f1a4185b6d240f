//! Seeded drills: a number decides the system, the runbook, what breaks and when, what befalls single calls, what people do, and where the
//! console is killed; the whole program below the screen runs through it on a paused clock, and what holds always (`laws`) is held against the
//! lab's ground truth, its log of requests and the journal.
//!
//! `DRLAB_DRILLS=5000 cargo test --test it seeded` runs any number of them, `DRLAB_DRILLS_FROM` begins elsewhere, and `DRLAB_DRILL=17` repeats
//! one and tells its story.

mod carry;
mod dice;
mod draw;
mod drill;
mod laws;
mod mischief;
mod operator;
mod sentinel;
mod sweep;

/// Parts, so that the cores of a machine share them.
const PARTS: u64 = 4;

#[test]
fn seeded_drills_of_the_first_quarter() {
    sweep::part(0, PARTS);
}

#[test]
fn seeded_drills_of_the_second_quarter() {
    sweep::part(1, PARTS);
}

#[test]
fn seeded_drills_of_the_third_quarter() {
    sweep::part(2, PARTS);
}

#[test]
fn seeded_drills_of_the_last_quarter() {
    sweep::part(3, PARTS);
}
