//! World time: what ages, cadence and windows are counted in. It runs at the lab's speed against the lab, and at one against AWS.

use std::time::Duration;

use drlab_core::domain::Timestamp;
use tokio::time::Instant;

/// Tells world time from tokio's clock, which tests may pause. Cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct WorldClock {
    anchor: Instant,
    world: Timestamp,
    speed: f64,
}

impl WorldClock {
    /// It is `world` now, and a second of the wall is `speed` seconds of the world.
    #[must_use]
    pub fn new(world: Timestamp, speed: f64) -> Self {
        Self { anchor: Instant::now(), world, speed }
    }

    /// The wall's own time, at its own speed: what holds against AWS.
    #[must_use]
    pub fn wall() -> Self {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Self::new(Timestamp::from_secs(0) + since, 1.0)
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.world + self.anchor.elapsed().mul_f64(self.speed)
    }

    #[must_use]
    pub const fn speed(&self) -> f64 {
        self.speed
    }

    /// How long a stretch of world time takes on the wall.
    #[must_use]
    pub fn on_the_wall(&self, world: Duration) -> Duration {
        world.div_f64(self.speed)
    }

    /// Sleeps for a stretch of world time.
    pub async fn sleep(&self, world: Duration) {
        tokio::time::sleep(self.on_the_wall(world)).await;
    }
}
