//! How often it was over by when that was forecast, of the drills in which nothing but the outage went wrong.
//!
//! A first run knows what the runbook expects of AWS anywhere, and is cautious. Whoever has rehearsed knows better: each drill is held against
//! what those with smaller seeds have taught, on the same system.

use std::fmt::Write as _;
use std::time::Duration;

use drlab_core::domain::Timestamp;
use drlab_core::run::{durations, proven_at};
use drlab_core::runbook::{Action, Forecast, History, Plan, Progress, RUNS_BELIEVED, forecast};

use super::carry::Told;
use super::drill::Sort;

/// Fewer say nothing of nine in ten.
const JUDGED: usize = 200;

/// What one drill has shown.
pub(super) struct Lesson {
    seed: u64,
    topology: &'static str,
    plan: Plan,
    declared: Timestamp,
    took: Duration,
    durations: Vec<(Action, Duration)>,
}

/// Of a drill in which nothing but the outage went wrong, and users were seen to arrive.
pub(super) fn lesson(told: &Told) -> Option<Lesson> {
    let run = told.run.as_ref().filter(|_| told.drill.sort == Sort::Plain)?;
    let declared = run.memory.declared_at;
    Some(Lesson {
        seed: told.drill.seed,
        topology: told.drill.topology,
        plan: run.plan.clone(),
        declared,
        took: proven_at(run)?.since(declared),
        durations: durations(run, told.lines.iter().map(|(at, record)| (*at, record))),
    })
}

/// How forecasts of one sort have kept.
#[derive(Default)]
struct Kept {
    of: usize,
    within: usize,
    took: Duration,
    p50: Duration,
    p90: Duration,
}

impl Kept {
    fn add(&mut self, lesson: &Lesson, history: &History) {
        let Forecast { proven, .. } = forecast(&lesson.plan, history, lesson.declared, &|_| Progress::Waiting);
        let (p50, p90) = (proven.p50.since(lesson.declared), proven.p90.since(lesson.declared));
        self.of += 1;
        self.within += usize::from(lesson.took <= p90);
        (self.took, self.p50, self.p90) = (self.took + lesson.took, self.p50 + p50, self.p90 + p90);
    }

    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    fn share(&self) -> f64 {
        100.0 * self.within as f64 / self.of.max(1) as f64
    }

    fn says(&self) -> String {
        let mean = |all: Duration| all.as_secs_f64() / f64::from(u32::try_from(self.of.max(1)).unwrap());
        let (took, p50, p90) = (mean(self.took), mean(self.p50), mean(self.p90));
        format!("{:.0} % of {} (took {took:.0} s, p50 {p50:.0} s, p90 {p90:.0} s on average)", self.share(), self.of)
    }
}

/// What was foretold of all of them: by the runbook alone, and by those before.
pub(super) struct Foretold {
    untaught: Kept,
    taught: Kept,
}

impl Foretold {
    pub(super) fn of(lessons: &mut [Lesson]) -> Self {
        lessons.sort_by_key(|lesson| (lesson.topology, lesson.seed));
        let (mut untaught, mut taught) = (Kept::default(), Kept::default());
        for same in lessons.chunk_by(|one, other| one.topology == other.topology) {
            let mut history = History::new();
            for (before, lesson) in same.iter().enumerate() {
                untaught.add(lesson, &History::new());
                if before >= RUNS_BELIEVED {
                    taught.add(lesson, &history);
                }
                for (action, took) in &lesson.durations {
                    history.entry(*action).or_default().push(*took);
                }
            }
        }
        Self { untaught, taught }
    }

    pub(super) fn says(&self) -> String {
        let mut told = format!("within the forecast's p90: {} of a first run", self.untaught.says());
        if self.taught.of > 0 {
            let _ = write!(told, ", {} of those that others had taught", self.taught.says());
        }
        told
    }

    /// Nine of ten, give or take what luck makes of so many.
    pub(super) fn judge(&self) {
        let share = self.taught.share();
        assert!(self.taught.of < JUDGED || (85.0..=95.0).contains(&share), "{}", self.says());
    }
}
