use std::time::Duration;

use drlab_core::app::{Clock, Look, Model};
use drlab_core::assess::Assessment;
use drlab_core::config::Workload;
use drlab_core::domain::{Timestamp, Verdict};
use drlab_core::keymap::Action;
use ratatui::style::Style;
use ratatui::text::Span;

use super::glyphs::{ASCII, Glyphs, UNICODE};
use super::text;
use super::theme::Paint;

/// What everything is drawn with: the model, the theme's styles, the characters, and the instant that ages are counted to.
pub(super) struct Ink<'m> {
    pub model: &'m Model,
    pub paint: Paint,
    pub glyphs: &'static Glyphs,
    /// A frozen picture is as old as it was when it was frozen.
    pub now: Timestamp,
}

impl<'m> Ink<'m> {
    pub(super) fn new(model: &'m Model) -> Self {
        let Look { theme, ascii } = model.look;
        let now = model.frozen.as_ref().map_or(model.clock.now, |frozen| frozen.since);
        Self { model, paint: Paint::of(theme), glyphs: if ascii { &ASCII } else { &UNICODE }, now }
    }

    /// Rows grow older by two seconds at a time, all of them at once: every other second a quiet screen stands still, and a slow line has
    /// half as much to carry.
    pub(super) fn now_for_ages(&self) -> Timestamp {
        let second = self.now.secs();
        Timestamp::from_secs(second + 1 - second.rem_euclid(2))
    }

    /// The workload looked at, and what is concluded of it.
    pub(super) fn looked_at(&self) -> Option<(&'m Workload, Option<&'m Assessment>)> {
        let workload = self.model.config.workloads.get(self.model.workload)?;
        Some((workload, self.model.picture.assessments.get(self.model.workload)))
    }

    /// The only way for a text that is not ours onto the screen.
    pub(super) fn say(&self, text: &str) -> String {
        text::said(text, self.glyphs)
    }

    /// The same of what is told of a run or of how things stand: a day is written where it is another than today.
    pub(super) fn tell(&self, text: &str) -> String {
        let today = self.now.to_string();
        text::short_instants(&self.say(text), today.get(..11).unwrap_or(&today))
    }

    pub(super) fn mark(&self, verdict: Verdict) -> Span<'static> {
        Span::styled(self.glyphs.mark(verdict), self.paint.mark(verdict))
    }

    /// How something that was checked is marked.
    pub(super) fn check(&self, ok: Option<bool>, required: bool) -> Span<'static> {
        Span::styled(self.glyphs.check(ok, required), self.paint.mark(check_verdict(ok, required)))
    }

    pub(super) fn quiet(&self, text: impl Into<String>) -> Span<'static> {
        Span::styled(text.into(), self.paint.quiet)
    }

    pub(super) fn strong(&self, text: impl Into<String>) -> Span<'static> {
        Span::styled(text.into(), self.paint.strong)
    }

    pub(super) fn plain(&self, text: impl Into<String>) -> Span<'static> {
        Span::styled(text.into(), Style::new())
    }

    /// The first key that does this, as help writes it.
    pub(super) fn key_of(&self, action: Action) -> Option<String> {
        let binding = self.model.keymap.bindings.iter().find(|binding| binding.action == action)?;
        binding.on.first().map(ToString::to_string)
    }
}

/// A required check that fails is critical, an advisory one a warning.
pub(super) const fn check_verdict(ok: Option<bool>, required: bool) -> Verdict {
    match (ok, required) {
        (Some(true), _) => Verdict::Healthy,
        (Some(false), true) => Verdict::Critical,
        (Some(false), false) => Verdict::Degraded,
        (None, _) => Verdict::Unknown,
    }
}

/// An age in one unit, so that it always fits four columns: `4s`, `59m`, `23h`, `12d`.
pub(super) fn age(age: Duration) -> String {
    let seconds = age.as_secs();
    match seconds {
        0..=99 => format!("{seconds}s"),
        100..=5_999 => format!("{}m", seconds / 60),
        6_000..=359_999 => format!("{}h", seconds / 3600),
        _ => format!("{}d", (seconds / 86_400).min(999)),
    }
}

/// `11:02:31` in UTC.
pub(super) fn utc(instant: Timestamp) -> String {
    clock_text(instant.secs())
}

/// `22:02 AEDT`: where the operator is.
pub(super) fn local(clock: &Clock) -> String {
    let text = clock_text(clock.now.secs() + i64::from(clock.utc_offset_seconds));
    format!("{} {}", text.get(..5).unwrap_or_default(), if clock.zone.is_empty() { "local" } else { &clock.zone })
}

fn clock_text(seconds: i64) -> String {
    let of_day = seconds.rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", of_day / 3600, of_day / 60 % 60, of_day % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_fit_four_columns() {
        for (seconds, told) in [(0, "0s"), (99, "99s"), (100, "1m"), (5_999, "99m"), (6_000, "1h"), (359_999, "99h"), (u64::MAX, "999d")] {
            assert_eq!(age(Duration::from_secs(seconds)), told);
        }
    }

    #[test]
    fn clocks_tell_utc_and_where_one_is() {
        let now = Timestamp::parse("2026-11-20T23:02:31Z").unwrap();
        assert_eq!(utc(now), "23:02:31");
        let clock = Clock { now, utc_offset_seconds: 39_600, zone: "AEDT".to_owned() };
        assert_eq!(local(&clock), "10:02 AEDT");
    }
}
