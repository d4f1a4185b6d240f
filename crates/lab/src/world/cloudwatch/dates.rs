//! Dates in the three ways in which alarms write them.

use drlab_core::domain::Timestamp;

/// `2026-01-01T00:00:00.000+0000`
pub(super) fn zoned(instant: Timestamp) -> String {
    instant.to_string().replace('Z', "+0000")
}

/// `31/12/26 23:59:00`
pub(super) fn short(instant: Timestamp) -> String {
    let text = instant.to_string();
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    format!("{}/{}/{} {}", part(8, 10), part(5, 7), part(2, 4), part(11, 19))
}

/// `Thursday 31 December, 2026 23:59:00 UTC`
pub(super) fn long(instant: Timestamp) -> String {
    // The epoch was a Thursday.
    const DAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];
    const MONTHS: [&str; 12] =
        ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
    let text = instant.to_string();
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let day = usize::try_from(instant.secs().div_euclid(86_400).rem_euclid(7)).unwrap_or_default();
    let month = part(5, 7).parse::<usize>().unwrap_or(1);
    format!("{} {} {}, {} {} UTC", DAYS[day % 7], part(8, 10), MONTHS[(month + 11) % 12], part(0, 4), part(11, 19))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_aws_writes_them() {
        let instant = Timestamp::parse("2026-12-31T23:59:00Z").unwrap();
        assert_eq!(zoned(instant), "2026-12-31T23:59:00.000+0000");
        assert_eq!(short(instant), "31/12/26 23:59:00");
        assert_eq!(long(instant), "Thursday 31 December, 2026 23:59:00 UTC");
    }
}
