use super::model::Model;
use super::panels::shown_workloads;
use crate::assess::assess;
use crate::domain::Timestamp;

/// Workloads with news that are assessed in one go; the rest have their turn a moment later.
const AT_ONCE: usize = 8;
/// Workloads nobody looks at whose ages are counted each second.
const IN_TURN: usize = 4;

/// Time moves on: what has news is assessed anew, and each second what is looked at grows older.
pub(super) fn tick(model: &mut Model, now: Timestamp) {
    model.clock.now = now;
    if model.notice.as_ref().is_some_and(|notice| notice.until <= now) {
        model.notice = None;
    }
    let attended = model.attended();
    let second = now.secs();
    let due = model.workings.counted != Some(second);
    model.workings.counted = Some(second);
    let all = model.config.workloads.len();
    let turn = model.workings.turn;
    let dirty = model.present_picture().dirty.clone();

    let mut wanted: Vec<usize> = attended.iter().copied().filter(|one| due || dirty.contains(one)).collect();
    wanted.extend(dirty.iter().copied().filter(|one| !attended.contains(one)).take(AT_ONCE));
    if due && all > 0 {
        wanted.extend((0..IN_TURN.min(all)).map(|n| (turn + n) % all));
        model.workings.turn = (turn + IN_TURN) % all;
    }
    wanted.sort_unstable();
    wanted.dedup();

    let under_cursor = shown_workloads(model).get(model.cursors.workloads).copied();
    let config = std::sync::Arc::clone(&model.config);
    let picture = model.present_picture();
    for one in wanted {
        picture.dirty.remove(&one);
        if let (Some(workload), Some(assessment)) = (config.workloads.get(one), picture.assessments.get_mut(one)) {
            *assessment = assess(workload, &picture.snapshot, now);
        }
    }
    if model.cursors.workloads > 0 {
        follow(model, under_cursor);
    }
}

/// The list is in the order of how well they are, so rows change places: a cursor stays on its workload, unless it is at the top, where it
/// stays with the worst.
fn follow(model: &mut Model, workload: Option<usize>) {
    let row = workload.and_then(|workload| shown_workloads(model).iter().position(|shown| *shown == workload));
    model.cursors.workloads = row.unwrap_or(model.cursors.workloads);
}
