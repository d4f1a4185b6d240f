use std::hash::{Hash, Hasher};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// All the luck in the world, drawn from one seed by the *name* of what it is for and not by the order of asking:
/// a dashboard that polls twice as often meets the same world.
#[derive(Clone, Copy, Debug)]
pub struct Chance {
    seed: u64,
}

/// A stretch of time that something takes at least and at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    pub least: Duration,
    pub most: Duration,
}

impl Span {
    #[must_use]
    pub const fn secs(least: u64, most: u64) -> Self {
        Self { least: Duration::from_secs(least), most: Duration::from_secs(most) }
    }
}

impl Chance {
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// 64 bits that depend on the seed and on `what` alone.
    pub fn bits(self, what: impl Hash) -> u64 {
        let mut hasher = Fnv(self.seed ^ 0xcbf2_9ce4_8422_2325);
        what.hash(&mut hasher);
        mix(hasher.finish())
    }

    /// From 0 (included) to 1 (excluded).
    pub fn unit(self, what: impl Hash) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits are what a double holds")]
        let high = (self.bits(what) >> 11) as f64;
        high / 9_007_199_254_740_992.0
    }

    pub fn between(self, what: impl Hash, span: Span) -> Duration {
        let width = span.most.saturating_sub(span.least);
        span.least + width.mul_f64(self.unit(what))
    }

    /// `digits` lower-case hexadecimal digits, for the identifiers AWS invents.
    pub fn hex(self, what: impl Hash, digits: usize) -> String {
        let mut text = String::with_capacity(digits + 16);
        let mut word = self.bits(what);
        while text.len() < digits {
            text.push_str(&format!("{word:016x}"));
            word = mix(word);
        }
        text.truncate(digits);
        text
    }

    /// A UUID, for request ids and the like.
    pub fn uuid(self, what: impl Hash) -> String {
        let hex = self.hex(what, 32);
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
    }
}

/// `SplitMix64`'s finaliser: neighbouring inputs give unrelated outputs.
const fn mix(mut word: u64) -> u64 {
    word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// FNV-1a. The standard library's hasher may change between releases, and with it every world.
struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luck_depends_on_the_name_and_the_seed_only() {
        let chance = Chance::new(7);
        assert_eq!(chance.bits(("promote", "db", 1)), chance.bits(("promote", "db", 1)));
        assert_ne!(chance.bits(("promote", "db", 1)), chance.bits(("promote", "db", 2)));
        assert_ne!(chance.bits("a"), Chance::new(8).bits("a"));
        assert_eq!(chance.uuid("a").len(), 36);
    }

    #[test]
    fn spans_are_filled_from_end_to_end() {
        let (chance, span) = (Chance::new(1), Span::secs(10, 20));
        let drawn: Vec<_> = (0..1000).map(|n| chance.between(n, span)).collect();
        assert!(drawn.iter().all(|d| (span.least..=span.most).contains(d)));
        assert!(drawn.iter().any(|d| d.as_secs_f64() < 10.5) && drawn.iter().any(|d| d.as_secs_f64() > 19.5));
    }
}
