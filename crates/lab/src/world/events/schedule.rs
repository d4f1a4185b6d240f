//! `rate(…)` and `cron(…)`.

use std::time::Duration;

use drlab_core::domain::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Schedule {
    Rate(Duration),
    Cron(Box<Cron>),
}

/// AWS's six fields, in UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cron {
    minutes: Field,
    hours: Field,
    days: Days,
    months: Field,
    years: Field,
}

/// The values that fit, as bits from the field's least value on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Field {
    least: u32,
    bits: Bits,
}

/// Enough bits for the years 1970 to 2199.
type Bits = [u64; 4];

/// One of the two ways to say which days; the other is `?`.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Days {
    OfMonth(Field),
    /// `L`
    Last,
    /// `15W`: the weekday nearest to the 15th.
    NearestWeekday(u32),
    OfWeek(Field),
    /// `6L`: the month's last Friday (weekdays count from Sunday = 1).
    LastWeekday(u32),
    /// `6#3`: the third Friday.
    NthWeekday(u32, u32),
}

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

impl Schedule {
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Some(rate) = text.strip_prefix("rate(").and_then(|rest| rest.strip_suffix(')')) {
            let mut words = rate.split_whitespace();
            let (value, unit) = (words.next()?, words.next()?);
            let value: u64 = value.bytes().all(|byte| byte.is_ascii_digit()).then(|| value.parse().ok())??;
            let seconds = match (value, unit) {
                (1, "minute") | (2.., "minutes") => 60,
                (1, "hour") | (2.., "hours") => 3600,
                (1, "day") | (2.., "days") => 86_400,
                _ => return None,
            };
            return words.next().is_none().then(|| value.checked_mul(seconds)).flatten().map(Duration::from_secs).map(Self::Rate);
        }
        let cron = text.strip_prefix("cron(")?.strip_suffix(')')?;
        Cron::parse(cron).map(|cron| Self::Cron(Box::new(cron)))
    }

    /// Whether it fires at this second. A rate counts from the rule's creation.
    pub(super) fn fires(&self, created: Timestamp, now: Timestamp) -> bool {
        match self {
            Self::Rate(every) => {
                let since = now.secs() - created.secs();
                since > 0 && i64::try_from(every.as_secs()).is_ok_and(|every| since % every == 0)
            }
            Self::Cron(cron) => now == now.minute() && cron.fits(now),
        }
    }
}

impl Field {
    const fn empty(least: u32) -> Self {
        Self { least, bits: [0; 4] }
    }

    fn set(&mut self, value: u32) {
        let at = (value - self.least) as usize;
        if let Some(word) = self.bits.get_mut(at / 64) {
            *word |= 1 << (at % 64);
        }
    }

    fn has(&self, value: u32) -> bool {
        let Some(at) = value.checked_sub(self.least).map(|at| at as usize) else { return false };
        self.bits.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    /// `*`, `5`, `1-5`, `0/15`, `1-20/5`, `MON-FRI`, and lists of those.
    fn parse(text: &str, least: u32, most: u32, names: &[&str]) -> Option<Self> {
        let mut field = Self::empty(least);
        let value = |word: &str| number(word, least, most, names);
        for part in text.split(',') {
            let (range, step) = match part.split_once('/') {
                Some((range, step)) => (range, Some(number(step, 1, most, &[])?)),
                None => (part, None),
            };
            let (from, to) = match range.split_once('-') {
                _ if range == "*" => (least, most),
                Some((from, to)) => (value(from)?, value(to)?),
                None if step.is_some() => (value(range)?, most),
                None => (value(range)?, value(range)?),
            };
            // A range of weekdays may run over the end of the week.
            let wrapped = from > to;
            if wrapped && names != WEEKDAYS {
                return None;
            }
            let span = if wrapped { to + (most - least + 1) - from } else { to - from };
            for offset in (0..=span).step_by(step.unwrap_or(1) as usize) {
                let value = from + offset;
                field.set(if value > most { value - (most - least + 1) } else { value });
            }
        }
        Some(field)
    }
}

fn number(word: &str, least: u32, most: u32, names: &[&str]) -> Option<u32> {
    let named = || names.iter().position(|name| name.eq_ignore_ascii_case(word)).and_then(|at| u32::try_from(at).ok()).map(|at| at + least);
    let plain = || word.bytes().all(|byte| byte.is_ascii_digit()).then(|| word.parse().ok()).flatten();
    plain().or_else(named).filter(|value| (least..=most).contains(value))
}

impl Cron {
    fn parse(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, of_month, months, of_week, years] = fields.as_slice() else { return None };
        let days = match (*of_month, *of_week) {
            (of_month, "?") => Days::of_month(of_month)?,
            ("?", of_week) => Days::of_week(of_week)?,
            _ => return None,
        };
        Some(Self {
            minutes: Field::parse(minutes, 0, 59, &[])?,
            hours: Field::parse(hours, 0, 23, &[])?,
            days,
            months: Field::parse(months, 1, 12, &MONTHS)?,
            years: Field::parse(years, 1970, 2199, &[])?,
        })
    }

    fn fits(&self, now: Timestamp) -> bool {
        let date = Date::of(now);
        self.minutes.has(date.minute)
            && self.hours.has(date.hour)
            && self.months.has(date.month)
            && self.years.has(date.year)
            && self.days.fit(&date)
    }
}

impl Days {
    fn of_month(text: &str) -> Option<Self> {
        match text.strip_suffix('W') {
            _ if text == "L" => Some(Self::Last),
            Some(day) => number(day, 1, 31, &[]).map(Self::NearestWeekday),
            None => Field::parse(text, 1, 31, &[]).map(Self::OfMonth),
        }
    }

    fn of_week(text: &str) -> Option<Self> {
        if let Some((day, nth)) = text.split_once('#') {
            return Some(Self::NthWeekday(number(day, 1, 7, &WEEKDAYS)?, number(nth, 1, 5, &[])?));
        }
        match text.strip_suffix('L') {
            Some("") => Some(Self::OfWeek(Field::parse("7", 1, 7, &WEEKDAYS)?)),
            Some(day) => number(day, 1, 7, &WEEKDAYS).map(Self::LastWeekday),
            None => Field::parse(text, 1, 7, &WEEKDAYS).map(Self::OfWeek),
        }
    }

    fn fit(&self, date: &Date) -> bool {
        match self {
            Self::OfMonth(field) => field.has(date.day),
            Self::Last => date.day == date.length,
            Self::NearestWeekday(day) => date.day == date.nearest_weekday(*day),
            Self::OfWeek(field) => field.has(date.weekday),
            Self::LastWeekday(weekday) => date.weekday == *weekday && date.day + 7 > date.length,
            Self::NthWeekday(weekday, nth) => date.weekday == *weekday && date.day.div_ceil(7) == *nth,
        }
    }
}

/// A minute of the proleptic Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Date {
    year: u32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    /// From Sunday = 1.
    weekday: u32,
    /// Of the month, in days.
    length: u32,
}

impl Date {
    fn of(instant: Timestamp) -> Self {
        let minutes = u32::try_from(instant.secs().max(0) / 60).unwrap_or(u32::MAX);
        let days = minutes / 1440;
        let (mut year, mut rest) = (1970, days);
        while rest >= year_length(year) {
            rest -= year_length(year);
            year += 1;
        }
        let mut month = 1;
        while rest >= month_length(year, month) {
            rest -= month_length(year, month);
            month += 1;
        }
        Self {
            year,
            month,
            day: rest + 1,
            hour: minutes / 60 % 24,
            minute: minutes % 60,
            // The first day of 1970 was a Thursday.
            weekday: (days + 4) % 7 + 1,
            length: month_length(year, month),
        }
    }

    /// The Monday to Friday nearest to `day` without leaving the month.
    fn nearest_weekday(&self, day: u32) -> u32 {
        let day = day.min(self.length);
        let weekday = (self.weekday + 35 + day - self.day - 1) % 7 + 1;
        match weekday {
            1 if day == self.length => day - 2,
            1 => day + 1,
            7 if day == 1 => 3,
            7 => day - 1,
            _ => day,
        }
    }
}

const fn is_leap(year: u32) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn year_length(year: u32) -> u32 {
    if is_leap(year) { 366 } else { 365 }
}

const fn month_length(year: u32, month: u32) -> u32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    /// Every minute of `days` days from `from` on at which the expression fires.
    fn firings(expression: &str, from: &str, days: i64) -> Vec<String> {
        let schedule = Schedule::parse(expression).unwrap();
        let start = at(from);
        let minutes = (0..days * 1440).map(|minute| Timestamp::from_secs(start.secs() + minute * 60));
        minutes.filter(|now| schedule.fires(start, *now)).map(|now| now.to_string()[..16].to_owned()).collect()
    }

    #[test]
    fn cron_means_what_it_says() {
        assert_eq!(firings("cron(0 3 ? * SUN *)", "2026-01-01T00:00:00Z", 12), ["2026-01-04T03:00", "2026-01-11T03:00"]);
        assert_eq!(firings("cron(15 10 L * ? *)", "2026-02-01T00:00:00Z", 60), ["2026-02-28T10:15", "2026-03-31T10:15"]);
        assert_eq!(firings("cron(0 12 1W * ? *)", "2026-08-01T00:00:00Z", 31), ["2026-08-03T12:00"]);
        assert_eq!(firings("cron(0 12 15W * ? *)", "2026-11-01T00:00:00Z", 30), ["2026-11-16T12:00"]);
        assert_eq!(firings("cron(0 0 ? * 6#3 *)", "2026-01-01T00:00:00Z", 59), ["2026-01-16T00:00", "2026-02-20T00:00"]);
        assert_eq!(firings("cron(0 0 ? * FRIL 2026)", "2026-01-01T00:00:00Z", 59), ["2026-01-30T00:00", "2026-02-27T00:00"]);
        assert_eq!(firings("cron(0/20 8-9 1 1 ? *)", "2026-01-01T00:00:00Z", 5).len(), 6);
        assert_eq!(firings("cron(0 8 ? JAN SAT-MON *)", "2026-01-01T00:00:00Z", 7).len(), 3);
    }

    #[test]
    fn a_rate_counts_from_the_rules_creation() {
        let schedule = Schedule::parse("rate(5 minutes)").unwrap();
        let created = at("2026-01-01T00:00:07Z");
        assert!(!schedule.fires(created, created));
        assert!(schedule.fires(created, at("2026-01-01T00:05:07Z")));
        assert!(!schedule.fires(created, at("2026-01-01T00:05:00Z")));
    }

    #[test]
    fn what_aws_refuses_is_refused() {
        for wrong in [
            "rate(0 minutes)",
            "rate(1 minutes)",
            "rate(5 minute)",
            "rate(-5 minutes)",
            "rate(5 weeks)",
            "rate(5 minutes) ",
            "cron(0 3 * * * *)",
            "cron(0 3 ? * ? *)",
            "cron(60 3 ? * SUN *)",
            "cron(0 3 ? * SUN)",
            "cron(0 3 31-1 * ? *)",
            "at(2026-01-01T00:00:00)",
            "",
        ] {
            assert_eq!(Schedule::parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn dates_agree_with_rfc_3339(minute in 0_i64..(230 * 365 * 1440)) {
            let now = Timestamp::from_secs(minute * 60);
            let date = Date::of(now);
            let text = format!("{:04}-{:02}-{:02}T{:02}:{:02}:00.000Z", date.year, date.month, date.day, date.hour, date.minute);
            prop_assert_eq!(text, now.to_string());
        }

        #[test]
        fn a_rate_fires_once_a_period(value in 2_u64..500, offset in 0_i64..100_000) {
            let schedule = Schedule::parse(&format!("rate({value} minutes)")).unwrap();
            let created = Timestamp::from_secs(offset);
            let period = i64::try_from(value * 60).unwrap();
            let fired = (1..=period).filter(|second| schedule.fires(created, Timestamp::from_secs(offset + second))).count();
            prop_assert_eq!(fired, 1);
        }

        #[test]
        fn nothing_panics(text in "(rate|cron)?\\(?[0-9A-Z*?/,#LW -]{0,30}\\)?", minute in 0_i64..60_000_000) {
            if let Some(schedule) = Schedule::parse(&text) {
                schedule.fires(Timestamp::from_secs(0), Timestamp::from_secs(minute * 60));
            }
        }
    }
}
