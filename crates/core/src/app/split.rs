//! After a promotion two databases may take writes: whether anybody writes to the old one is watched as long as the run is on the screen.

use super::model::Model;
use super::stakes::in_scene;
use crate::domain::Verdict;
use crate::run::Phase;
use crate::runbook::{Action, seen_to_be_one};

/// What the watch sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitWatch {
    /// Unknown is never well.
    pub verdict: Verdict,
    pub says: String,
}

/// Whether the sites write at once, from the moment on at which the target has been made to take writes; `None` before that, and where there
/// is no database.
#[must_use]
pub fn split_watch(model: &Model) -> Option<SplitWatch> {
    let running = model.run_here()?;
    let promotes = |action| matches!(action, Action::DatabasePromote | Action::DatabaseFailover | Action::DatabaseSwitchover);
    let done = |id: &str| matches!(running.run.state(id).map(|state| &state.phase), Some(Phase::Done { .. }));
    let stage = running.run.plan.stages.iter().find(|stage| promotes(stage.action) && done(&stage.id))?;
    let held = in_scene(model, running, stage, |scene| scene.workload.database.as_ref().map(|_| seen_to_be_one(scene)))??;
    let verdict = match held.holds {
        Some(true) => Verdict::Healthy,
        Some(false) => Verdict::Critical,
        None => Verdict::Unknown,
    };
    Some(SplitWatch { verdict, says: held.why })
}
