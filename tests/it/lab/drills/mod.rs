//! Whole failovers by the SDK, on a paused clock, with an ocean's latency on every call: what is done (`steps`), and for each topology what
//! came of it, by the ground truth and by the time it took.

mod payments;
mod pilot;
mod platform;
mod steady;
pub(super) mod steps;
pub(super) mod tier2;

use std::time::Duration;

use drlab_lab::world::Span;
use serde_json::Value;
use tokio::time::Instant;

use super::rig::LOOK;

/// How long something took, and what came of it.
pub(super) async fn timed<T>(work: impl Future<Output = T>) -> (T, Duration) {
    let began = Instant::now();
    let done = work.await;
    (done, began.elapsed())
}

/// A step takes what its stretches take, and a little: the world moves in whole seconds, and whoever waits looks only now and then.
pub(super) fn assert_within(took: Duration, stretches: &[Span]) {
    let least: Duration = stretches.iter().map(|span| span.least).sum();
    let most: Duration = stretches.iter().map(|span| span.most + Duration::from_secs(2)).sum();
    assert!(took >= least && took <= most + LOOK * 2, "{took:?} is not within {least:?} to {most:?}");
}

/// How many rows a site's database holds.
pub(super) fn rows(site: &Value) -> u64 {
    site["database"]["rows"].as_u64().unwrap()
}
