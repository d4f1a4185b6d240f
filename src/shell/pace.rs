//! When to draw: at once where somebody has pressed a key, else no more often than eyes can follow.

use std::time::Duration;

use tokio::time::Instant;

/// Thirty frames a second.
const FRAME: Duration = Duration::from_millis(33);

/// Frames for keys and frames for news are counted apart, so that news never makes a key wait; neither is drawn more than thirty times a
/// second.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    key: Lane,
    news: Lane,
}

#[derive(Clone, Copy, Debug, Default)]
struct Lane {
    wanted: bool,
    drawn: Option<Instant>,
}

impl Lane {
    fn due(&self, now: Instant) -> Option<Instant> {
        self.wanted.then(|| self.drawn.map_or(now, |drawn| drawn + FRAME))
    }
}

impl Pace {
    pub(super) const fn key(&mut self) {
        self.key.wanted = true;
    }

    pub(super) const fn news(&mut self) {
        self.news.wanted = true;
    }

    /// When the next frame is to be drawn; `None`: there is nothing new.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        match (self.key.due(now), self.news.due(now)) {
            (Some(key), Some(news)) => Some(key.min(news)),
            (one, other) => one.or(other),
        }
    }

    /// A frame shows everything there is.
    pub(super) const fn drawn(&mut self, now: Instant) {
        if self.key.wanted {
            self.key = Lane { wanted: false, drawn: Some(now) };
        }
        self.news = Lane { wanted: false, drawn: Some(now) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_key_is_drawn_at_once_however_much_news_there_is() {
        let mut pace = Pace::default();
        let mut now = Instant::now();
        assert_eq!(pace.due(now), None);
        for _ in 0..10 {
            pace.news();
            pace.drawn(now);
            pace.key();
            assert!(pace.due(now).is_some_and(|at| at <= now));
            pace.drawn(now);
            now += FRAME;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_storm_of_news_and_keys_stays_below_sixty_frames_a_second() {
        let mut pace = Pace::default();
        let start = Instant::now();
        let mut frames = 0;
        for millisecond in 0..1_000 {
            let now = start + Duration::from_millis(millisecond);
            pace.news();
            pace.key();
            if pace.due(now).is_some_and(|at| at <= now) {
                pace.drawn(now);
                frames += 1;
            }
        }
        assert!((28..=31).contains(&frames), "{frames}");
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_new_is_never_due() {
        let mut pace = Pace::default();
        let now = Instant::now();
        pace.news();
        pace.drawn(now);
        assert_eq!(pace.due(now + FRAME * 100), None);
        pace.news();
        assert_eq!(pace.due(now), Some(now + FRAME));
    }
}
