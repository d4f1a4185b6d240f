//! DynamoDB's numbers: decimals of up to 38 significant digits. Doubles would lose what a lease's fencing number must keep.

use std::cmp::Ordering;
use std::fmt;

/// `mantissa × 10^exponent`, the mantissa without trailing zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Number {
    mantissa: i128,
    exponent: i32,
}

/// Why a text is no number, as DynamoDB words it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NotANumber(pub(super) String);

const DIGITS: u32 = 38;

impl Number {
    pub const ONE: Self = Self { mantissa: 1, exponent: 0 };

    pub(super) fn whole(value: usize) -> Self {
        Self { mantissa: i128::try_from(value).unwrap_or(i128::MAX), exponent: 0 }.trimmed()
    }

    pub(super) fn parse(text: &str) -> Result<Self, NotANumber> {
        let wrong = || NotANumber(format!("The parameter cannot be converted to a numeric value: {}", shown(text)));
        let (digits, exponent) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], text[at + 1..].parse::<i32>().map_err(|_| wrong())?),
            None => (text, 0),
        };
        let (negative, digits) = match digits.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, digits.strip_prefix('+').unwrap_or(digits)),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        if (whole.is_empty() && part.is_empty()) || !whole.bytes().chain(part.bytes()).all(|byte| byte.is_ascii_digit()) {
            return Err(wrong());
        }
        let joined: String = [whole, part].concat();
        let kept = joined.trim_start_matches('0');
        let significant = kept.trim_end_matches('0');
        if significant.is_empty() {
            return Ok(Self { mantissa: 0, exponent: 0 });
        }
        if significant.len() > DIGITS as usize {
            return Err(NotANumber("Attempting to store more than 38 significant digits in a Number".to_owned()));
        }
        let lost = i32::try_from(kept.len() - significant.len()).map_err(|_| wrong())?;
        let scale = i32::try_from(part.len()).map_err(|_| wrong())?;
        let mantissa: i128 = significant.parse().map_err(|_| wrong())?;
        let exponent = exponent.checked_add(lost).and_then(|sum| sum.checked_sub(scale)).ok_or_else(wrong)?;
        Self { mantissa: if negative { -mantissa } else { mantissa }, exponent }.within_bounds()
    }

    pub(super) fn plus(self, other: Self) -> Result<Self, NotANumber> {
        if self.mantissa == 0 {
            return Ok(other);
        }
        if other.mantissa == 0 {
            return Ok(self);
        }
        let (high, low) = if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        let gap = u32::try_from(high.exponent - low.exponent).unwrap_or(u32::MAX);
        let too_precise = || NotANumber("Number overflow. Attempting to store a number with more than 38 significant digits".to_owned());
        let lifted = 10_i128.checked_pow(gap).and_then(|power| high.mantissa.checked_mul(power)).ok_or_else(too_precise)?;
        let sum = Self { mantissa: lifted.checked_add(low.mantissa).ok_or_else(too_precise)?, exponent: low.exponent }.trimmed();
        if sum.digits() > DIGITS {
            return Err(too_precise());
        }
        sum.within_bounds()
    }

    pub(super) fn minus(self, other: Self) -> Result<Self, NotANumber> {
        self.plus(Self { mantissa: -other.mantissa, ..other })
    }

    fn digits(self) -> u32 {
        self.mantissa.unsigned_abs().checked_ilog10().map_or(1, |log| log + 1)
    }

    /// The power of ten of the first digit.
    fn magnitude(self) -> i64 {
        i64::from(self.exponent) + i64::from(self.digits()) - 1
    }

    fn trimmed(mut self) -> Self {
        if self.mantissa == 0 {
            return Self { mantissa: 0, exponent: 0 };
        }
        while self.mantissa % 10 == 0 {
            self.mantissa /= 10;
            self.exponent += 1;
        }
        self
    }

    fn within_bounds(self) -> Result<Self, NotANumber> {
        match self.magnitude() {
            _ if self.mantissa == 0 => Ok(self),
            126.. => Err(NotANumber("Number overflow. Attempting to store a number with magnitude larger than supported range".to_owned())),
            ..-130 => {
                Err(NotANumber("Number underflow. Attempting to store a number with magnitude smaller than supported range".to_owned()))
            }
            _ => Ok(self),
        }
    }

    /// The mantissa as 38 digits, so that two of one magnitude compare as integers.
    fn justified(self) -> i128 {
        let missing = DIGITS.saturating_sub(self.digits());
        self.mantissa.saturating_mul(10_i128.saturating_pow(missing))
    }
}

/// At most what fits an error message.
fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        let signs = self.mantissa.signum().cmp(&other.mantissa.signum());
        if signs != Ordering::Equal || self.mantissa == 0 {
            return signs;
        }
        let magnitudes = self.magnitude().cmp(&other.magnitude());
        let magnitudes = if self.mantissa < 0 { magnitudes.reverse() } else { magnitudes };
        magnitudes.then_with(|| self.justified().cmp(&other.justified()))
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Number {
    /// Plain notation, as DynamoDB answers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.mantissa < 0 {
            f.write_str("-")?;
        }
        let digits = self.mantissa.unsigned_abs().to_string();
        if self.exponent >= 0 {
            return write!(f, "{digits}{}", "0".repeat(usize::try_from(self.exponent).unwrap_or(0)));
        }
        let places = usize::try_from(-i64::from(self.exponent)).unwrap_or(0);
        match digits.len().checked_sub(places) {
            Some(whole) if whole > 0 => write!(f, "{}.{}", &digits[..whole], &digits[whole..]),
            _ => write!(f, "0.{}{digits}", "0".repeat(places - digits.len())),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_become_plain_notation() {
        for (text, plain) in [("1.50", "1.5"), ("-0", "0"), ("1e3", "1000"), ("0012.300", "12.3"), ("5E-4", "0.0005"), ("-.5", "-0.5")] {
            assert_eq!(Number::parse(text).unwrap().to_string(), plain);
        }
        for wrong in ["", "abc", "1.2.3", "--1", "1e", "0x1", "1e999", "123456789012345678901234567890123456789"] {
            assert!(Number::parse(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn integers_behave_as_integers(a in -1_000_000_000_000_i64..1_000_000_000_000, b in -1_000_000_000_000_i64..1_000_000_000_000) {
            let (x, y) = (Number::parse(&a.to_string()).unwrap(), Number::parse(&b.to_string()).unwrap());
            prop_assert_eq!(x.cmp(&y), a.cmp(&b));
            prop_assert_eq!(x.plus(y).unwrap().to_string(), (a + b).to_string());
            prop_assert_eq!(x.minus(y).unwrap().to_string(), (a - b).to_string());
        }

        #[test]
        fn order_agrees_with_doubles(a in -1000_i32..1000, b in -1000_i32..1000, p in -20_i32..20, q in -20_i32..20) {
            let (x, y) = (format!("{a}e{p}"), format!("{b}e{q}"));
            let (u, v): (f64, f64) = (x.parse().unwrap(), y.parse().unwrap());
            prop_assert_eq!(Number::parse(&x).unwrap().cmp(&Number::parse(&y).unwrap()), u.partial_cmp(&v).unwrap());
        }

        #[test]
        fn text_survives(text in "-?[0-9]{1,30}(\\.[0-9]{1,8})?(e-?[0-9]{1,2})?") {
            if let Ok(number) = Number::parse(&text) {
                prop_assert_eq!(Number::parse(&number.to_string()).unwrap(), number);
            }
        }

        #[test]
        fn nothing_panics(text in ".{0,50}") {
            let _ = Number::parse(&text);
        }
    }
}
