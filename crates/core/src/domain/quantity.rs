use std::time::Duration;

use super::duration::human_duration;

/// A figure and its unit, as one says it: minutes, where thousands of milliseconds are meant, and megabytes for millions of bytes. Every
/// figure of a metric is told by this, or the same one would be two in two places.
#[must_use]
pub fn quantity(value: f64, unit: &str) -> [String; 2] {
    let long = |seconds: f64| Duration::try_from_secs_f64(seconds).ok();
    match unit {
        "" => [figure(value), String::new()],
        "B" if value >= 0.0 => bytes(value),
        // Less than nothing is a word for what is broken, and no length of time.
        "s" | "ms" => match long(if unit == "ms" { value / 1000.0 } else { value }) {
            Some(long) => [latency(long), String::new()],
            None => [figure(value), format!(" {unit}")],
        },
        _ => [figure(value), format!(" {unit}")],
    }
}

/// How long something takes or lags behind: below a second to the millisecond.
#[must_use]
pub fn latency(long: Duration) -> String {
    match long.as_millis() {
        0 if long.is_zero() => "0s".to_owned(),
        0 => "<1ms".to_owned(),
        millis @ 1..1_000 => format!("{millis}ms"),
        _ => human_duration(long),
    }
}

fn bytes(count: f64) -> [String; 2] {
    let mut left = count;
    for unit in [" B", " kB", " MB", " GB"] {
        if left < 1000.0 {
            return [if unit == " B" || left >= 100.0 { format!("{left:.0}") } else { format!("{left:.1}") }, unit.to_owned()];
        }
        left /= 1000.0;
    }
    [format!("{left:.1}"), " TB".to_owned()]
}

/// A figure in at most six columns.
fn figure(value: f64) -> String {
    let size = value.abs();
    match () {
        () if size >= 1e9 => format!("{:.1}G", value / 1e9),
        () if size >= 1e6 => format!("{:.1}M", value / 1e6),
        () if size >= 1e4 => format!("{:.1}k", value / 1e3),
        () if size >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
        () if size >= 1.0 => format!("{value:.1}"),
        () => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_told_as_one_says_it() {
        for (value, unit, told) in [
            (80_300.0, "ms", "1m20s"),
            (1_500.0, "ms", "1.5s"),
            (300.0, "ms", "300ms"),
            (0.899, "s", "899ms"),
            (0.0, "s", "0s"),
            (0.0004, "s", "<1ms"),
            (12.5, "s", "12s"),
            (400.0, "s", "6m40s"),
            (-1.0, "s", "-1 s"),
            (23.0, "%", "23 %"),
            (0.25, "%", "0.250 %"),
            (41.0, "", "41"),
            (12_345.0, "", "12.3k"),
            (283_400.0, "B", "283 kB"),
            (12_340.0, "B", "12.3 kB"),
            (999.0, "B", "999 B"),
            (4e9, "B", "4.0 GB"),
            (7e15, "B", "7000.0 TB"),
            (-1.0, "B", "-1 B"),
        ] {
            assert_eq!(quantity(value, unit).concat(), told);
        }
        assert_eq!(quantity(f64::NAN, "s").concat(), "NaN s");
        assert_eq!(quantity(f64::INFINITY, "B").concat(), "inf TB");
    }
}
