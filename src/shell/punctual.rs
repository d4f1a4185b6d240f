//! Whether this process comes to its own hours. One that is starved calls others silent that have answered long ago.

use std::time::Duration;

/// Ticks for which lateness is remembered: what was missed meanwhile is told for a while after it.
const REMEMBERED: u8 = 15;
/// On the wall, less than this is anybody's scheduler.
const NOTICED: Duration = Duration::from_millis(400);
/// In the world, less than this costs no call its answer.
const COSTS: Duration = Duration::from_secs(2);

#[derive(Debug, Default)]
pub(super) struct Punctuality {
    worst: Option<Duration>,
    ticks: u8,
}

impl Punctuality {
    /// Takes note of by how much the clock's own tick was late on the wall; gives back what has changed about what is to be said, in world time.
    pub(super) fn tick(&mut self, late: Duration, speed: f64) -> Option<Option<Duration>> {
        let world = late.mul_f64(speed);
        if late >= NOTICED && world >= COSTS {
            self.ticks = REMEMBERED;
            if self.worst.is_none_or(|worst| world > worst) {
                self.worst = Some(world);
                return Some(self.worst);
            }
            return None;
        }
        self.ticks = self.ticks.saturating_sub(1);
        (self.ticks == 0 && self.worst.take().is_some()).then_some(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_starved_process_says_so_until_it_has_been_punctual_for_a_while() {
        let mut own = Punctuality::default();
        let (little, much) = (Duration::from_millis(20), Duration::from_millis(500));
        assert_eq!(own.tick(little, 20.0), None);
        assert_eq!(own.tick(much, 1.0), None, "no call misses its answer by that");
        assert_eq!(own.tick(much, 20.0), Some(Some(Duration::from_secs(10))));
        assert_eq!(own.tick(much, 20.0), None, "it has been said");
        let told: Vec<_> = (0..20).filter_map(|_| own.tick(little, 20.0)).collect();
        assert_eq!(told, [None]);
    }
}
