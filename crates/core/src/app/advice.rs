//! What to press next, for somebody who was asleep a minute ago.

use super::model::{Model, Screen};
use crate::assess::{Assessment, Whereabouts};
use crate::domain::Verdict;
use crate::keymap::Action;

/// The keys that lead on from what is wrong, the first one first; none where nothing is wrong, or nothing here could be done about it.
#[must_use]
pub fn advice(model: &Model) -> Vec<Action> {
    if model.run_here().is_some_and(|running| running.is_live()) {
        // What the run waits for is said there.
        return if model.screen == Screen::Run { Vec::new() } else { vec![Action::GoRun] };
    }
    let Some(assessment) = model.assessment() else { return Vec::new() };
    // Whoever cannot read AWS, or not the right one, changes nothing there.
    let unusable = |id: &str| assessment.component(id).is_some_and(|row| row.verdict == Verdict::Critical);
    if unusable("identity") || unusable("credentials") {
        return Vec::new();
    }
    let arm = model.armed().is_none().then_some(Action::Arm);
    let mut ways = Vec::new();
    if is_an_emergency(assessment) {
        ways.extend(arm);
        ways.push(Action::Runbooks);
    }
    if assessment.readiness.ready() != Some(true) && !assessment.readiness.checks.is_empty() && model.screen != Screen::Readiness {
        ways.push(Action::GoReadiness);
    }
    ways
}

/// Something that a runbook is there for.
fn is_an_emergency(assessment: &Assessment) -> bool {
    assessment.impairment.impaired == Some(true)
        || assessment.active == Whereabouts::Both
        || assessment.headline.as_ref().is_some_and(|headline| headline.verdict == Verdict::Critical)
}
