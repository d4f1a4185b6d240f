//! Where all luck of a drill comes from: one number. What is drawn under one name is drawn whatever is drawn under another, so that a drill
//! can be repeated without its crashes and be the same in everything else.

use std::ops::RangeInclusive;
use std::time::Duration;

/// A stream of numbers.
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    /// The stream of this name.
    pub(super) fn of(seed: u64, name: &str) -> Self {
        let named = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let mut dice = Self(named ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        // Seeds that follow one another begin far apart.
        dice.next();
        dice
    }

    /// splitmix64.
    pub(super) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number of these, each as likely as the other.
    pub(super) const fn among(&mut self, range: RangeInclusive<u64>) -> u64 {
        *range.start() + self.next() % (*range.end() - *range.start() + 1)
    }

    /// So many times of a hundred.
    pub(super) const fn falls(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }

    pub(super) const fn seconds(&mut self, range: RangeInclusive<u64>) -> Duration {
        Duration::from_millis(self.among(*range.start() * 1000..=*range.end() * 1000))
    }

    pub(super) fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.next() % all.len() as u64).unwrap()].clone()
    }

    /// One of those, as likely as its weight says.
    pub(super) fn weighed<T: Clone>(&mut self, all: &[(u64, T)]) -> T {
        let mut drawn = self.next() % all.iter().map(|(weight, _)| weight).sum::<u64>();
        for (weight, one) in all {
            if drawn < *weight {
                return one.clone();
            }
            drawn -= weight;
        }
        all[0].1.clone()
    }
}

#[test]
fn a_seed_draws_the_same_whatever_else_is_drawn() {
    let drawn = |name| {
        let mut dice = Dice::of(7, name);
        (0..5).map(|_| dice.next()).collect::<Vec<_>>()
    };
    assert_eq!(drawn("crashes"), drawn("crashes"));
    assert_ne!(drawn("crashes"), drawn("people"));
    assert_ne!(Dice::of(7, "crashes").next(), Dice::of(8, "crashes").next());
    let mut dice = Dice::of(1, "bounds");
    assert!((0..1000).all(|_| (3..=5).contains(&dice.among(3..=5))));
}
