use super::model::Model;
use crate::assess::assess;
use crate::domain::Timestamp;

/// Workloads nobody looks at that are assessed each second, those with news first: a fleet must not keep a key waiting.
const AT_ONCE: usize = 16;
/// How many of them have their ages counted although there is no news.
const IN_TURN: usize = 4;

/// Time moves on: each second what is looked at grows older, and a few of the others in turn. One workload is assessed now; as long as the
/// model is behind, each `settle` assesses another, so that keys can come between.
pub(super) fn tick(model: &mut Model, now: Timestamp) {
    model.clock.now = now;
    if model.notice.as_ref().is_some_and(|notice| notice.until <= now) {
        model.notice = None;
    }
    let second = now.secs();
    if model.workings.counted.replace(second) != Some(second) {
        let (attended, all, turn) = (model.attended(), model.config.workloads.len(), model.workings.turn);
        model.workings.allowed = AT_ONCE;
        let in_turn = (0..IN_TURN.min(all)).map(|n| (turn + n) % all);
        model.present_picture().dirty.extend(attended.into_iter().chain(in_turn));
    }
    settle(model, now);
}

/// Assesses the next workload that waits for it, if any does.
pub(super) fn settle(model: &mut Model, now: Timestamp) {
    let attended = model.attended();
    let Some(one) = next(model, &attended) else { return };
    if !attended.contains(&one) {
        model.workings.allowed = model.workings.allowed.saturating_sub(1);
        model.workings.turn = one + 1;
    }
    let config = std::sync::Arc::clone(&model.config);
    let picture = model.present_picture();
    picture.dirty.remove(&one);
    if let (Some(workload), Some(assessment)) = (config.workloads.get(one), picture.assessments.get_mut(one)) {
        *assessment = assess(workload, &picture.snapshot, now);
    }
}

/// Who is looked at comes first; the others by turns, and no more of them than are allowed for now.
fn next(model: &Model, attended: &[usize]) -> Option<usize> {
    let dirty = &model.current().dirty;
    let (turn, allowed) = (model.workings.turn, model.workings.allowed > 0);
    let other = || dirty.range(turn..).next().or_else(|| dirty.first()).copied();
    attended.iter().copied().find(|one| dirty.contains(one)).or_else(|| if allowed { other() } else { None })
}

impl Model {
    /// Whether something has been learnt, or has grown older, that is not assessed yet and could be now.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        !self.current().dirty.is_empty() && next(self, &self.attended()).is_some()
    }
}
