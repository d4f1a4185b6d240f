use std::sync::Arc;

use super::model::Model;
use super::panels::passes;
use super::telling::{Told, tell};
use super::timeline::{Event, Timeline};
use crate::config::Place;
use crate::domain::{Observation, Subject, excerpt, mask_accounts};

/// Takes in what has been learnt, and tells what has changed.
pub(super) fn observed(model: &mut Model, news: Vec<Arc<Observation>>) {
    let index = Arc::clone(&model.workings.index);
    for observation in news {
        let picture = model.present_picture();
        let before = picture.snapshot.put(Arc::clone(&observation));
        picture.dirty.extend(index.concerned(&observation.subject));
        let owners = index.owners(&observation.subject);
        let failing = before.as_ref().and_then(|before| before.failing.as_ref());
        if let Some(event) = model.workings.troubles.learn(failing, &observation, owners) {
            note(model, event);
        }
        let owner = match owners {
            [only] => Some(only),
            _ => None,
        };
        let told = tell(before.as_deref(), &observation, owner.is_some_and(|owner| owner.rests));
        if told.is_empty() {
            continue;
        }
        // What several workloads share is called the same by all of them, as a rule.
        let label = owners.first().map_or_else(|| observation.subject.kind.to_string(), |owner| owner.label.clone());
        for told in told {
            note(model, event(told, owner.map(|owner| owner.workload), owner.and_then(|owner| owner.place), &label, &observation.subject));
        }
    }
}

fn event(told: Told, workload: Option<usize>, place: Option<Place>, label: &str, subject: &Subject) -> Event {
    let Told { at, class, verdict, text } = told;
    let what = excerpt(&mask_accounts(label), 60);
    let (subject, also, kin) = (Some(subject.clone()), Vec::new(), None);
    Event { at, workload, also, place, class, verdict, what, text, subject, kin }
}

/// While the picture stands still, so does the timeline; what happens meanwhile is counted and kept.
pub(super) fn note(model: &mut Model, event: Event) {
    match &mut model.frozen {
        Some(frozen) => {
            if frozen.held.note(event) {
                frozen.missed += 1;
            }
        }
        None => {
            note_below_cursor(model, event);
        }
    }
}

/// A cursor that does not follow the newest stays on its event.
fn note_below_cursor(model: &mut Model, event: Event) {
    let shown = passes(model, &event);
    let Model { events, cursors, .. } = model;
    let newest = events.events.front().is_none_or(|newest| newest.at <= event.at);
    if events.note(event) && shown && newest && cursors.events > 0 {
        cursors.events += 1;
    }
}

/// What was held back while the picture stood still takes its place.
pub(super) fn release(model: &mut Model, held: Timeline) {
    model.events.dropped += held.dropped;
    model.events.figures_dropped += held.figures_dropped;
    for event in held.events.into_iter().rev() {
        note_below_cursor(model, event);
    }
}
