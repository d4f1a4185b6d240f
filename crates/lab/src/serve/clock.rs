//! World time from wall time. The wall is tokio's clock, so that a paused runtime pauses the world with it.

use std::time::Duration;

use drlab_core::domain::Timestamp;
use tokio::time::Instant;

/// How world time runs: from an instant on, at a speed.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: Instant,
    started: Timestamp,
    speed: f64,
}

impl Clock {
    /// Beyond these the world would stand still, or could not keep up.
    const SPEEDS: std::ops::RangeInclusive<f64> = 0.01..=10_000.0;

    /// A clock that shows `started` now. What is no speed is taken for 1.
    #[must_use]
    pub fn new(started: Timestamp, speed: f64) -> Self {
        let speed = if speed.is_nan() { 1.0 } else { speed.clamp(*Self::SPEEDS.start(), *Self::SPEEDS.end()) };
        Self { origin: Instant::now(), started, speed }
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.started + self.origin.elapsed().mul_f64(self.speed)
    }

    #[must_use]
    pub const fn speed(&self) -> f64 {
        self.speed
    }

    /// How long a stretch of world time lasts on the wall.
    #[must_use]
    pub fn wall(&self, world: Duration) -> Duration {
        world.div_f64(self.speed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn world_time_runs_at_its_speed() {
        let clock = Clock::new(Timestamp::from_secs(100), 20.0);
        tokio::time::advance(Duration::from_millis(1500)).await;
        assert_eq!(clock.now(), Timestamp::from_secs(130));
        assert_eq!(clock.wall(Duration::from_secs(2)), Duration::from_millis(100));
        assert!(Clock::new(Timestamp::default(), 0.0).speed() > 0.0);
        assert_eq!(Clock::new(Timestamp::default(), f64::NAN).speed().to_bits(), 1f64.to_bits());
    }
}
