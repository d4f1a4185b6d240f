//! Sittings: what somebody sees who sits in front of the console while a lab goes on behind it.

mod day;
mod days;
mod failover;
pub(crate) mod hands;
mod laws;
mod leave;
mod monkey;
mod scenarios;
pub(crate) mod seat;
mod soak;
mod stream;
mod wall;

use std::time::Duration;

use seat::Seat;

#[test]
fn all_is_well_and_says_so_within_a_minute() {
    Seat::at("tier2", None, async |seat| {
        seat.wait(Duration::from_secs(60)).await;
        let text = seat.text();
        assert!(text.contains("healthy") || text.contains("HEALTHY"), "{text}");
    });
}
