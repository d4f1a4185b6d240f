use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::normal::{Arrival, NINE_OF_TEN, remaining};
use super::{Plan, Stage, order};
use crate::domain::Timestamp;
use crate::runbook::action::Action;

/// How long actions have taken here before: what runs have journaled.
pub type History = BTreeMap<Action, Vec<Duration>>;

/// What nobody has measured takes up to this much longer, nine times of ten.
const MARGIN: f64 = 0.35;
/// From this many runs on, their own spread is believed: of ten, these and the next, one is the longest.
pub const RUNS_BELIEVED: usize = 9;

/// How far a stage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    Waiting,
    /// Since then, and not over yet.
    Begun(Timestamp),
    Over(Timestamp),
}

/// When everything will be over, if people take no time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Forecast {
    pub at: Timestamp,
    /// When users are proven to be served again: the last client-eye proof, or the end where there is none. The recovery clock stops here.
    pub proven: Span,
    /// When the last stage is over.
    pub over: Span,
    /// The stages that the proof waits for, one after the other; making any of them quicker makes the whole quicker.
    pub critical: Vec<String>,
    /// In the order of the plan.
    pub stages: Vec<StageForecast>,
}

/// At the median and at the ninetieth percentile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Span {
    pub p50: Timestamp,
    pub p90: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StageForecast {
    pub id: String,
    pub begins: Span,
    pub ends: Span,
    /// From how many runs; 0: from what the runbook expects.
    pub runs: usize,
}

/// Median and ninetieth percentile of a stage by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Takes {
    pub p50: Duration,
    pub p90: Duration,
    pub runs: usize,
}

impl Takes {
    #[must_use]
    pub fn of(stage: &Stage, history: &History) -> Self {
        let mut seen = history.get(&stage.action).cloned().unwrap_or_default();
        seen.sort();
        let p50 = middle(&seen).unwrap_or(stage.expect);
        let longest = seen.last().copied().unwrap_or_default();
        let usual = p50.mul_f64(1.0 + MARGIN).max(longest);
        let p90 = if seen.len() < RUNS_BELIEVED { usual } else { nine_of_ten(&seen).unwrap_or(usual) };
        Self { p50, p90, runs: seen.len() }
    }
}

fn middle(sorted: &[Duration]) -> Option<Duration> {
    #[expect(clippy::cast_precision_loss, reason = "a handful of runs")]
    let place = sorted.len().checked_sub(1)? as f64 * 0.5;
    at_place(sorted, place)
}

/// What the next stays under nine times of ten. It falls into any of the gaps between those seen, and beyond either end, with the same chance:
/// so it is the place among one more than there are.
fn nine_of_ten(sorted: &[Duration]) -> Option<Duration> {
    #[expect(clippy::cast_precision_loss, reason = "a handful of runs")]
    let place = (sorted.len() + 1) as f64 * 0.9 - 1.0;
    at_place(sorted, place)
}

fn at_place(sorted: &[Duration], place: f64) -> Option<Duration> {
    let last = sorted.len().checked_sub(1)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a handful of runs")]
    let below = place.max(0.0).floor() as usize;
    let (low, high) = (*sorted.get(below.min(last))?, *sorted.get((below + 1).min(last))?);
    Some(low + high.saturating_sub(low).mul_f64(place.max(0.0).fract()))
}

/// When each stage begins and ends, from what is over, what is under way and what is still to come. Stages are late independently of each
/// other; those that wait for several wait for the latest, and that is later than the latest of the medians.
#[must_use]
pub fn forecast(plan: &Plan, history: &History, now: Timestamp, progress: &dyn Fn(&Stage) -> Progress) -> Forecast {
    let causes = plan.stages.len();
    let before = order::before(plan);
    let at = |seconds: f64| now + Duration::from_secs_f64(seconds.max(0.0));
    let span = |arrival: &Arrival| Span { p50: at(arrival.mean), p90: at(arrival.nine_of_ten()) };
    let mut ends: Vec<Arrival> = Vec::with_capacity(causes);
    let mut stages = Vec::with_capacity(causes);
    for (cause, stage) in plan.stages.iter().enumerate() {
        let takes = Takes::of(stage, history);
        let mean = takes.p50.as_secs_f64();
        // Nothing is exactly as long as it is expected to be.
        let deviation = (takes.p90.saturating_sub(takes.p50).as_secs_f64() / NINE_OF_TEN).max(mean / 50.0).max(0.01);
        let needed: Vec<_> = (0..ends.len()).filter(|n| plan.stages.get(*n).is_some_and(|other| stage.needs.contains(&other.id))).collect();
        let ready = last_of(&latest(&needed, &ends, &before), causes);
        let (begins, end) = match progress(stage) {
            Progress::Over(over) => (Span { p50: over, p90: over }, Arrival::known(causes)),
            Progress::Begun(begun) => {
                let (left, spread) = remaining(mean, deviation, now.since(begun).as_secs_f64());
                (Span { p50: begun, p90: begun }, Arrival::known(causes).after(cause, left, spread))
            }
            Progress::Waiting => (span(&ready), ready.after(cause, mean, deviation)),
        };
        let over = match progress(stage) {
            Progress::Over(over) => Span { p50: over, p90: over },
            Progress::Begun(_) | Progress::Waiting => span(&end),
        };
        stages.push(StageForecast { id: stage.id.clone(), begins, ends: over, runs: takes.runs });
        ends.push(end);
    }
    let proven = last_of(&latest(&goals(plan), &ends, &before), causes);
    // From the proof on, so that the whole is never told to be over before it: of what is nearly the same, each order gives a little less.
    let all: Vec<_> = (0..causes).collect();
    Forecast {
        at: now,
        over: span(&latest(&all, &ends, &before).into_iter().fold(proven.clone(), Arrival::later)),
        proven: span(&proven),
        critical: critical(plan, &stages),
        stages,
    }
}

/// Those of several ends that may be the latest. What must be over before another of them is earlier for certain.
fn latest(which: &[usize], ends: &[Arrival], before: &[Vec<bool>]) -> Vec<Arrival> {
    let implied = |n: &usize| which.iter().any(|other| before.get(*other).and_then(|before| before.get(*n)) == Some(&true));
    which.iter().filter(|n| !implied(n)).filter_map(|n| ends.get(*n).cloned()).collect()
}

fn last_of(ends: &[Arrival], causes: usize) -> Arrival {
    ends.iter().cloned().reduce(Arrival::later).unwrap_or_else(|| Arrival::known(causes))
}

/// What the recovery clock waits for, by its place in the plan.
fn goals(plan: &Plan) -> Vec<usize> {
    let any = plan.stages.iter().any(|stage| stage.action == Action::ProbeClientEye);
    let goal = |(_, stage): &(usize, &Stage)| !any || stage.action == Action::ProbeClientEye;
    plan.stages.iter().enumerate().filter(goal).map(|(n, _)| n).collect()
}

/// From the goal that ends last, back along whatever ends last before it.
fn critical(plan: &Plan, stages: &[StageForecast]) -> Vec<String> {
    let end = |id: &str| stages.iter().find(|stage| stage.id == id).map(|stage| stage.ends.p50);
    // Of several that end together the first is taken: the same plan has the same chain.
    let last = |ids: Vec<&str>| ids.into_iter().rev().max_by_key(|id| end(id)).map(str::to_owned);
    let mut chain: Vec<String> = Vec::new();
    let mut next = last(goals(plan).into_iter().filter_map(|n| plan.stages.get(n)).map(|stage| stage.id.as_str()).collect());
    while let Some(id) = next {
        let stage = plan.stages.iter().find(|stage| stage.id == id);
        next = stage.and_then(|stage| last(stage.needs.iter().map(String::as_str).collect()));
        chain.push(id);
    }
    chain.reverse();
    chain
}
