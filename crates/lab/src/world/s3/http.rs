//! HTTP's own notations, as far as S3's headers and addresses use them: dates, byte ranges, percent signs.

use drlab_core::domain::Timestamp;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// The first of January 1970 was a Thursday.
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];

/// `Fri, 20 Nov 2026 11:02:31 GMT`
pub(super) fn date(instant: Timestamp) -> String {
    let text = instant.to_string();
    let part = |from: usize, until: usize| text.get(from..until).unwrap_or_default();
    let month = part(5, 7).parse::<usize>().ok().and_then(|nth| MONTHS.get(nth.checked_sub(1)?)).copied().unwrap_or_default();
    let weekday = usize::try_from(instant.secs().div_euclid(86_400).rem_euclid(7)).ok().and_then(|nth| WEEKDAYS.get(nth)).copied();
    format!("{}, {} {month} {} {} GMT", weekday.unwrap_or_default(), part(8, 10), part(0, 4), part(11, 19))
}

/// Reads what `date` writes.
pub(super) fn parse_date(text: &str) -> Option<Timestamp> {
    let (_, rest) = text.trim().split_once(", ")?;
    let parts: Vec<&str> = rest.split(' ').collect();
    let [day, month, year, time, "GMT"] = parts.as_slice() else { return None };
    let month = MONTHS.iter().position(|name| name == month)? + 1;
    Timestamp::parse(&format!("{year}-{month:02}-{day:0>2}T{time}Z"))
}

/// What a `Range` header asks of a body of some size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// No range, or one S3 does not serve and so answers in full.
    Whole,
    /// From the first byte (included) to the last (excluded).
    Bytes(u64, u64),
    Unsatisfiable,
}

pub(super) fn part(range: Option<&str>, size: u64) -> Part {
    let Some((from, until)) = range.and_then(|range| range.trim().strip_prefix("bytes=")).and_then(|range| range.split_once('-')) else {
        return Part::Whole;
    };
    match (from.trim().parse::<u64>(), until.trim().parse::<u64>()) {
        (Ok(first), Ok(last)) if last < first => Part::Whole,
        (Ok(first), _) if first >= size => Part::Unsatisfiable,
        (Ok(first), Ok(last)) => Part::Bytes(first, last.saturating_add(1).min(size)),
        (Ok(first), Err(_)) if until.trim().is_empty() => Part::Bytes(first, size),
        (Err(_), Ok(last)) if from.trim().is_empty() => {
            if last == 0 || size == 0 {
                Part::Unsatisfiable
            } else {
                Part::Bytes(size.saturating_sub(last), size)
            }
        }
        _ => Part::Whole,
    }
}

/// Percent-encodes a key the way `encoding-type=url` asks for: slashes stay.
pub(super) fn encode(key: &str) -> String {
    let mut text = String::with_capacity(key.len());
    for byte in key.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~/*".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// Undoes percent signs; `None` where they are broken or the result is not UTF-8.
pub(super) fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, others)) = rest.split_first() {
        rest = others;
        if *first == b'%' {
            let digits = std::str::from_utf8(others.get(..2)?).ok().filter(|digits| digits.bytes().all(|d| d.is_ascii_hexdigit()))?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = others.get(2..)?;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn dates_and_keys_survive_a_round_trip(secs in 0_i64..4_000_000_000, key in ".*") {
            let instant = Timestamp::from_secs(secs);
            prop_assert_eq!(parse_date(&date(instant)), Some(instant));
            prop_assert_eq!(decode(&encode(&key)), Some(key));
        }
    }

    #[test]
    fn dates_are_written_as_http_writes_them() {
        assert_eq!(date(Timestamp::from_millis(1_795_172_551_123)), "Fri, 20 Nov 2026 11:02:31 GMT");
        assert_eq!(parse_date("Fri, 32 Nov 2026 11:02:31 GMT"), None);
    }

    #[test]
    fn ranges_are_cut_to_what_is_there() {
        for (range, expected) in [
            (None, Part::Whole),
            (Some("bytes=0-0"), Part::Bytes(0, 1)),
            (Some("bytes=2-"), Part::Bytes(2, 10)),
            (Some("bytes=2-99"), Part::Bytes(2, 10)),
            (Some("bytes=-3"), Part::Bytes(7, 10)),
            (Some("bytes=-30"), Part::Bytes(0, 10)),
            (Some("bytes=10-"), Part::Unsatisfiable),
            (Some("bytes=-0"), Part::Unsatisfiable),
            (Some("bytes=5-2"), Part::Whole),
            (Some("bytes=1-2,4-5"), Part::Whole),
            (Some("lines=1-2"), Part::Whole),
        ] {
            assert_eq!(part(range, 10), expected, "{range:?}");
        }
    }
}
