use std::collections::BTreeSet;
use std::sync::Arc;

use super::arming::Arming;
use super::index::Index;
use super::model::{Clock, Cursors, Filters, Look, Meter, Model, Notice, Picture, Screen, Session, SessionKind, Workings};
use super::moves::keep_in_bounds;
use super::panels::{panels, shown_workloads};
use super::timeline::Timeline;
use super::trail::{Trail, Trails};
use crate::assess::{Assessment, Component, assess};
use crate::config::{Config, Workload};
use crate::domain::{Snapshot, Timestamp, excerpt};
use crate::keymap::Keymap;

/// Letters of a notice: it is one line, whatever it repeats.
const NOTICE: usize = 400;

impl Model {
    /// The first picture: everything that is configured has its row, and nothing is known of it.
    #[must_use]
    pub fn new(config: Arc<Config>, keymap: Arc<Keymap>, look: Look, size: (u16, u16), now: Timestamp) -> Self {
        let snapshot = Snapshot::default();
        let assessments: Vec<_> = config.workloads.iter().map(|workload| assess(workload, &snapshot, now)).collect();
        let screen = if config.workloads.len() > 1 { Screen::Workloads } else { Screen::Dashboard };
        let workings = Workings { index: Arc::new(Index::of(&config)), touched: now, ..Workings::default() };
        let mut model = Self {
            config,
            keymap,
            session: Session::default(),
            clock: Clock { now, ..Clock::default() },
            picture: Picture {
                of_each: vec![snapshot.clone(); assessments.len()],
                trails: vec![Trails::default(); assessments.len()],
                snapshot,
                assessments,
                dirty: BTreeSet::new(),
            },
            frozen: None,
            workload: 0,
            screen,
            overlays: Vec::new(),
            cursors: Cursors::default(),
            filters: Filters::default(),
            typing_filter: false,
            events: Timeline::default(),
            notice: None,
            meter: Meter::default(),
            late: None,
            present: false,
            arming: Arming::default(),
            runbooks: Arc::default(),
            running: None,
            unfinished: Vec::new(),
            past: Arc::default(),
            histories: Arc::default(),
            look,
            size,
            workings,
        };
        keep_in_bounds(&mut model);
        model
    }

    /// The instant that the picture shows: now, or when it was frozen. Ages are counted to it.
    #[must_use]
    pub fn shown_at(&self) -> Timestamp {
        self.frozen.as_ref().map_or(self.clock.now, |frozen| frozen.since)
    }

    /// The workload looked at.
    #[must_use]
    pub fn looked_at(&self) -> Option<&Workload> {
        self.config.workloads.get(self.workload)
    }

    /// What the picture says of it.
    #[must_use]
    pub fn assessment(&self) -> Option<&Assessment> {
        self.picture.assessments.get(self.workload)
    }

    /// How one of its components has been.
    #[must_use]
    pub fn trail(&self, component: &str) -> Option<&Trail> {
        self.picture.trails.get(self.workload)?.of(component)
    }

    /// The component under the dashboard's cursor, if it is still there.
    #[must_use]
    pub fn under_cursor(&self) -> Option<&Component> {
        self.assessment()?.component(self.cursors.dashboard.as_ref()?)
    }

    /// The component meant by who has not moved yet: the worst, the first of them where several are equally bad.
    #[must_use]
    pub fn meant(&self) -> Option<&Component> {
        let worst = || panels(self).into_iter().flat_map(|(_, rows)| rows).rev().max_by_key(|row| row.verdict.weight());
        self.under_cursor().or_else(worst)
    }

    /// The workloads that somebody is looking at (indices): they are watched first.
    #[must_use]
    pub fn attended(&self) -> Vec<usize> {
        if self.screen != Screen::Workloads {
            return if self.config.workloads.is_empty() { Vec::new() } else { vec![self.workload] };
        }
        let rows = usize::from(self.size.1).clamp(8, 100);
        shown_workloads(self).into_iter().skip(self.cursors.workloads.saturating_sub(rows / 2)).take(rows).collect()
    }

    /// How much of the world's time goes by in this much of the operator's.
    pub(super) fn on_the_wall(&self, time: std::time::Duration) -> std::time::Duration {
        match self.session.kind {
            SessionKind::Lab { speed } if speed.is_finite() => time.mul_f64(speed.clamp(1.0, 1_000.0)),
            _ => time,
        }
    }

    /// One line at the bottom, for five seconds of the operator's time.
    pub(super) fn say(&mut self, text: impl Into<String>, bad: bool) {
        let until = self.clock.now + self.on_the_wall(std::time::Duration::from_secs(5));
        self.notice = Some(Notice { text: excerpt(&text.into(), NOTICE), bad, until });
    }

    /// The same, to look at.
    pub(super) fn current(&self) -> &Picture {
        self.frozen.as_ref().map_or(&self.picture, |frozen| &frozen.behind)
    }

    /// The picture that goes on, behind a frozen one or in front.
    pub(super) fn present_picture(&mut self) -> &mut Picture {
        match &mut self.frozen {
            Some(frozen) => &mut frozen.behind,
            None => &mut self.picture,
        }
    }
}
