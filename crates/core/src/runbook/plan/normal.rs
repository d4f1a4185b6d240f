//! Just enough of the normal distribution to say when things that are late independently of each other are all over.

use std::f64::consts::{PI, SQRT_2};

/// How many deviations above the middle nine of ten lie.
pub(super) const NINE_OF_TEN: f64 = 1.281_551_565_545;

fn density(z: f64) -> f64 {
    (-z * z / 2.0).exp() / (2.0 * PI).sqrt()
}

/// The share below `z`, to seven digits (Abramowitz and Stegun 7.1.26).
fn below(z: f64) -> f64 {
    let x = z.abs() / SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let tail = t * (0.254_829_592 + t * (-0.284_496_736 + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429)))) * (-x * x).exp();
    if z < 0.0 { tail / 2.0 } else { 1.0 - tail / 2.0 }
}

/// What is still to come of something of this middle and deviation that has taken `gone` already: middle and deviation.
pub(super) fn remaining(mean: f64, deviation: f64, gone: f64) -> (f64, f64) {
    let z = (gone - mean) / deviation;
    // The share above is too small to divide by; this is what the quotient goes to.
    let pull = if z > 4.0 { z + 1.0 / z - 2.0 / z.powi(3) } else { density(z) / (1.0 - below(z)) };
    let left = (mean + deviation * pull - gone).max(0.0);
    let share = (1.0 + z * pull - pull * pull).clamp(0.0, 1.0);
    (left, deviation * share.sqrt())
}

/// An instant that is not known exactly, as a sum of what it depends on: two that share a cause are late together.
#[derive(Clone, Debug, Default)]
pub(super) struct Arrival {
    pub(super) mean: f64,
    /// How far each stage's own deviation moves it.
    by: Vec<f64>,
    /// What is left over.
    own: f64,
}

impl Arrival {
    pub(super) fn known(causes: usize) -> Self {
        Self { mean: 0.0, by: vec![0.0; causes], own: 0.0 }
    }

    /// After something more that takes its time, and is the `cause`th thing to do so.
    pub(super) fn after(mut self, cause: usize, mean: f64, deviation: f64) -> Self {
        self.mean += mean;
        if let Some(by) = self.by.get_mut(cause) {
            *by += deviation;
        }
        self
    }

    fn shared(&self, other: &Self) -> f64 {
        self.by.iter().zip(&other.by).map(|(a, b)| a * b).sum()
    }

    fn variance(&self) -> f64 {
        self.shared(self) + self.own
    }

    pub(super) fn nine_of_ten(&self) -> f64 {
        self.mean + NINE_OF_TEN * self.variance().sqrt()
    }

    /// The later of two, by Clark's moments (1961).
    pub(super) fn later(self, other: Self) -> Self {
        let apart = (self.variance() + other.variance() - 2.0 * self.shared(&other)).max(0.0).sqrt();
        let ahead = self.mean - other.mean;
        if apart < 1e-9 {
            return if ahead >= 0.0 { self } else { other };
        }
        let z = ahead / apart;
        let (share, bump) = (below(z), apart * density(z));
        // Told from the other's middle, so that large instants do not swallow small deviations.
        let mean = ahead * share + bump;
        let square = (self.variance() + ahead * ahead) * share + other.variance() * (1.0 - share) + ahead * bump;
        let by: Vec<_> = self.by.iter().zip(&other.by).map(|(a, b)| share * a + (1.0 - share) * b).collect();
        let own = (square - mean * mean - by.iter().map(|by| by * by).sum::<f64>()).max(0.0);
        Self { mean: other.mean + mean, by, own }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alone(cause: usize, mean: f64, deviation: f64) -> Arrival {
        Arrival::known(4).after(cause, mean, deviation)
    }

    #[test]
    fn tables_agree() {
        for (z, share) in [(0.0, 0.5), (1.0, 0.841_345), (-1.96, 0.024_998), (NINE_OF_TEN, 0.9)] {
            assert!((below(z) - share).abs() < 1e-6, "{z}");
        }
    }

    #[test]
    fn the_later_of_two_alike_is_later_than_either() {
        // The larger of two standard normals lies 1/√π above the middle, with variance 1 - 1/π.
        let later = alone(0, 100.0, 1.0).later(alone(1, 100.0, 1.0));
        assert!((later.mean - (100.0 + 1.0 / PI.sqrt())).abs() < 1e-6);
        assert!((later.variance() - (1.0 - 1.0 / PI)).abs() < 1e-6);
    }

    #[test]
    fn what_shares_its_cause_is_not_late_twice() {
        let shared = alone(0, 50.0, 10.0);
        let later = shared.clone().after(1, 20.0, 0.0).later(shared.after(2, 20.0, 0.0));
        assert!((later.mean - 70.0).abs() < 1e-9 && (later.variance() - 100.0).abs() < 1e-6);
    }

    #[test]
    fn what_is_overdue_takes_a_little_longer_still() {
        let (mut before, deviation) = (f64::INFINITY, 10.0);
        for gone in [0.0, 50.0, 90.0, 100.0, 130.0, 200.0, 1_000.0] {
            let (left, spread) = remaining(100.0, deviation, gone);
            assert!(left > 0.0 && left < before && (0.0..=deviation).contains(&spread), "{gone}: {left} ± {spread}");
            before = left;
        }
        assert!((remaining(100.0, 10.0, 0.0).0 - 100.0).abs() < 1e-3);
    }
}
