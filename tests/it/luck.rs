//! Luck that comes from a seed and from nothing else: the same seed, the same luck, on every machine.

use drlab_lab::world::Chance;

/// What luck there is, in order.
pub(crate) struct Luck {
    chance: Chance,
    drawn: u64,
}

impl Luck {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { chance: Chance::new(seed), drawn: 0 }
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.drawn += 1;
        self.chance.bits(self.drawn) % bound.max(1)
    }

    pub(crate) fn index(&mut self, bound: usize) -> usize {
        usize::try_from(self.below(bound as u64)).unwrap()
    }

    pub(crate) fn of<T: Clone>(&mut self, things: &[T]) -> T {
        things[self.index(things.len())].clone()
    }

    pub(crate) fn small(&mut self, bound: u16) -> u16 {
        u16::try_from(self.below(bound.into())).unwrap()
    }

    /// Once in so many times.
    pub(crate) fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}

/// A number that somebody has asked for in the environment.
pub(crate) fn told(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |told| told.parse().unwrap())
}
