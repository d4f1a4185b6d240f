//! Seeded drills: a number decides the system, the runbook, what breaks and when, what befalls single calls, what people do, and where the
//! console is killed; the whole program below the screen runs through it on a paused clock, and what holds always (`laws`) is held against the
//! lab's ground truth, its log of requests and the journal.
//!
//! `DRLAB_DRILLS=5000 cargo test --test it seeded` runs any number of them, `DRLAB_DRILLS_FROM` begins elsewhere, and `DRLAB_DRILL=17` repeats
//! one and tells its story. With `DRLAB_PLAIN=1` nothing but an outage befalls any of them: that is for the forecast. With `DRLAB_RARE=1` all
//! are of the runbooks that are hardly ever drawn among the others.

mod carry;
mod dice;
mod draw;
mod drill;
mod foretold;
mod laws;
mod mischief;
mod operator;
mod sentinel;
mod sweep;

#[test]
fn seeded_drills() {
    sweep::seeded();
}

#[test]
fn rare_drills() {
    sweep::rare();
}
