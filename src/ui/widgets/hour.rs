//! Where a minute of the last hour stands in a picture of it: what has a scale at its left stands below and above others that have one, minute
//! by minute.

use std::ops::Range;

/// What every picture shows, in minutes.
pub(super) const HOUR: usize = 60;

/// Columns for a scale, or for the name of what is shown.
pub(super) const MARGIN: u16 = 9;

/// Columns of the hour beside its margin: as many for each minute, where there is one for each, or some would look longer than others.
pub(super) fn across(room: u16) -> u16 {
    let columns = room.saturating_sub(MARGIN);
    u16::try_from(usize::from(columns) / HOUR * HOUR).ok().filter(|whole| *whole > 0).unwrap_or(columns)
}

/// The minutes that a column shows, the oldest being 0. Where columns are scarce, several share one; where there are more of them, a minute has
/// several.
pub(super) fn minutes_of(column: usize, columns: usize) -> Range<usize> {
    let from = column * HOUR / columns;
    from..((column + 1) * HOUR / columns).max(from + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_minute_has_as_many_columns_where_there_is_one_for_each() {
        assert_eq!([0, 21, 68, 69, 76, 128, 196].map(across), [0, 12, 59, 60, 60, 60, 180]);
        assert_eq!([0, 1, 2, 179].map(|column| minutes_of(column, 180)), [0..1, 0..1, 0..1, 59..60]);
        assert_eq!([0, 1, 11].map(|column| minutes_of(column, 12)), [0..5, 5..10, 55..60]);
    }
}
