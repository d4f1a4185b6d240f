//! Backup and maintenance windows, in UTC as RDS tells them.

use drlab_core::domain::Timestamp;

/// `hh24:mi-hh24:mi`, every day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DailyWindow {
    /// Minutes after midnight.
    pub start: u16,
    pub minutes: u16,
}

const DAY: u16 = 24 * 60;

impl DailyWindow {
    /// At least half an hour, as RDS demands.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (from, to) = text.split_once('-')?;
        let (start, end) = (minute_of_day(from)?, minute_of_day(to)?);
        let minutes = (end + DAY - start) % DAY;
        (minutes >= 30).then_some(Self { start, minutes })
    }

    /// The window that contains or comes before `now`: the instant it opened.
    pub(super) fn opened(self, now: Timestamp) -> Timestamp {
        let day = now.secs().div_euclid(86_400) * 86_400;
        let today = Timestamp::from_secs(day + i64::from(self.start) * 60);
        if today <= now { today } else { Timestamp::from_secs(today.secs() - 86_400) }
    }

    pub(super) fn closes(self, opened: Timestamp) -> Timestamp {
        Timestamp::from_secs(opened.secs() + i64::from(self.minutes) * 60)
    }
}

impl std::fmt::Display for DailyWindow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let end = (self.start + self.minutes) % DAY;
        write!(f, "{:02}:{:02}-{:02}:{:02}", self.start / 60, self.start % 60, end / 60, end % 60)
    }
}

fn minute_of_day(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

/// Whether `now` is the minute at which a window such as `sun:05:00-sun:05:30` opens.
pub(super) fn maintenance_opens(window: &str, now: Timestamp) -> bool {
    const DAYS: [&str; 7] = ["thu", "fri", "sat", "sun", "mon", "tue", "wed"];
    let Some((day, time)) = window.split_once('-').and_then(|(from, _)| from.split_once(':')) else { return false };
    let today = usize::try_from(now.secs().div_euclid(86_400).rem_euclid(7)).ok().and_then(|index| DAYS.get(index));
    today == Some(&day) && minute_of_day(time).is_some_and(|start| i64::from(start) * 60 == now.secs().rem_euclid(86_400))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_wrap_around_midnight() {
        let window = DailyWindow::parse("23:45-00:15").unwrap();
        assert_eq!(window.to_string(), "23:45-00:15");
        let after_midnight = Timestamp::parse("2026-01-02T00:05:00Z").unwrap();
        assert_eq!(window.opened(after_midnight), Timestamp::parse("2026-01-01T23:45:00Z").unwrap());
        assert_eq!(window.closes(window.opened(after_midnight)), Timestamp::parse("2026-01-02T00:15:00Z").unwrap());
        assert_eq!(DailyWindow::parse("03:00-03:10"), None);
        assert_eq!(DailyWindow::parse("25:00-26:00"), None);
    }

    #[test]
    fn maintenance_opens_on_its_weekday_only() {
        let sunday = Timestamp::parse("2026-01-04T05:00:00Z").unwrap();
        assert!(maintenance_opens("sun:05:00-sun:05:30", sunday));
        assert!(!maintenance_opens("mon:05:00-mon:05:30", sunday));
        assert!(!maintenance_opens("sun:05:01-sun:05:30", sunday));
    }
}
