//! What the clock on the operator's wall is ahead of UTC, and what that is called there.

use drlab_core::domain::Timestamp;
use jiff::tz::TimeZone;

/// Seconds east of UTC, and the zone's name: `CET`, `AEDT`, or `local` where it has none.
pub(super) fn at(now: Timestamp) -> (i32, String) {
    let Ok(instant) = jiff::Timestamp::from_second(now.secs()) else { return (0, "UTC".to_owned()) };
    named(&TimeZone::system(), instant)
}

fn named(zone: &TimeZone, instant: jiff::Timestamp) -> (i32, String) {
    let here = zone.to_offset_info(instant);
    // Many zones are called by their offset, which is no name.
    let name = here.abbreviation();
    let name = if name.chars().all(|letter| letter.is_ascii_uppercase()) { name } else { "local" };
    (here.offset().seconds(), name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_called_by_its_name_where_it_has_one() {
        let winter = jiff::Timestamp::from_second(1_700_000_000).unwrap();
        let sydney = TimeZone::posix("AEST-10AEDT,M10.1.0,M4.1.0/3").unwrap();
        assert_eq!(named(&sydney, winter), (39_600, "AEDT".to_owned()));
        let numbered = TimeZone::posix("<+0545>-5:45").unwrap();
        assert_eq!(named(&numbered, winter), (20_700, "local".to_owned()));
    }
}
