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
    /// The wall's time is the world's. A machine that sleeps stops tokio's clock and not the world: what is signed with the time of falling
    /// asleep is refused, and what was read before it would look young.
    is_walls: bool,
}

impl WorldClock {
    /// It is `world` now, and a second of the wall is `speed` seconds of the world.
    #[must_use]
    pub fn new(world: Timestamp, speed: f64) -> Self {
        Self { anchor: Instant::now(), world, speed, is_walls: false }
    }

    /// The wall's own time, at its own speed: what holds against AWS.
    #[must_use]
    pub fn wall() -> Self {
        Self { is_walls: true, ..Self::new(on_the_wall_now(), 1.0) }
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        let counted = self.world + self.anchor.elapsed().mul_f64(self.speed);
        // Never back: whoever waits until an instant would wait for that long.
        if self.is_walls { counted.max(on_the_wall_now()) } else { counted }
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

fn on_the_wall_now() -> Timestamp {
    Timestamp::from_secs(0) + std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn a_machine_that_slept_knows_what_time_it_is() {
        let wall = on_the_wall_now();
        let slept = WorldClock { world: wall - HOUR, ..WorldClock::wall() };
        assert!(slept.now() >= wall);
        let of_a_lab = WorldClock::new(wall - HOUR, 1.0);
        assert!(of_a_lab.now() < wall, "a lab's time is its own");
    }

    #[test]
    fn a_clock_that_is_set_back_goes_on() {
        let ahead = on_the_wall_now() + HOUR;
        let set_back = WorldClock { world: ahead, ..WorldClock::wall() };
        assert!(set_back.now() >= ahead);
    }
}
