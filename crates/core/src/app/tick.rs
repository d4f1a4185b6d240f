use super::handover::as_made;
use super::model::Model;
use super::observe::{note, read};
use super::panels::shown_workloads;
use crate::assess::assess;
use crate::domain::Timestamp;

/// Workloads nobody looks at that are assessed each second, those with news first: a fleet must not keep a key waiting.
const AT_ONCE: usize = 16;
/// How many of them have their ages counted although there is no news.
const IN_TURN: usize = 4;

/// Time moves on: each second what is looked at grows older, and a few of the others in turn. One workload is assessed now; as long as the
/// model is behind, each `settle` goes on, so that keys can come between.
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
        for event in model.workings.troubles.over(now) {
            note(model, event);
        }
    }
    settle(model, now);
}

/// Reads on in the news, if there are any; else assesses the next workload that waits for it.
pub(super) fn settle(model: &mut Model, now: Timestamp) {
    if !model.workings.unread.is_empty() {
        return read(model);
    }
    // What is concluded now is shown as of now: at twenty times the speed nothing may be true after the clock beside it.
    model.clock.now = now;
    let attended = model.attended();
    let Some(one) = next(model, &attended) else { return };
    if !attended.contains(&one) {
        model.workings.allowed = model.workings.allowed.saturating_sub(1);
        model.workings.turn = one + 1;
    }
    let below_the_top = model.cursors.workloads > 0;
    let under_cursor = if below_the_top { shown_workloads(model).get(model.cursors.workloads).copied() } else { None };
    let config = std::sync::Arc::clone(&model.config);
    let mut standing = model.workings.standings.remove(&one).unwrap_or_default();
    let mut told = Vec::new();
    let workload = config.workloads.get(one).map(|workload| as_made(model.running.as_ref(), workload));
    let picture = model.present_picture();
    picture.dirty.remove(&one);
    let of_it = (workload.as_deref(), picture.of_each.get(one), picture.assessments.get_mut(one));
    if let (Some(workload), Some(known), Some(assessment)) = of_it {
        *assessment = assess(workload, known, now);
        told = standing.tell(one, workload, assessment);
        if let Some(trails) = picture.trails.get_mut(one) {
            trails.follow(assessment, known);
        }
    }
    model.workings.standings.insert(one, standing);
    told.into_iter().for_each(|event| note(model, event));
    if below_the_top {
        follow(model, under_cursor);
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
    /// Whether something has been learnt, or has grown older, that is not read or assessed yet and could be now.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        if !self.workings.unread.is_empty() {
            return true;
        }
        !self.current().dirty.is_empty() && next(self, &self.attended()).is_some()
    }
}

/// The list is in the order of how well they are, so rows change places: a cursor stays on its workload, unless it is at the top, where it
/// stays with the worst.
fn follow(model: &mut Model, workload: Option<usize>) {
    let row = workload.and_then(|workload| shown_workloads(model).iter().position(|shown| *shown == workload));
    model.cursors.workloads = row.unwrap_or(model.cursors.workloads);
}
