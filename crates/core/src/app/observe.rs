use std::sync::Arc;

use super::model::Model;
use super::panels::passes;
use super::telling::{Told, tell};
use super::timeline::{Class, Event, Timeline};
use crate::config::Place;
use crate::domain::{Observation, Subject, excerpt, mask_accounts};

/// News are read a few at a time: a fleet that opens, or wakes up, must not keep a key waiting.
const AT_A_TIME: usize = 8;

/// Takes in what has been learnt, as much of it as can be read at once; each `settle` reads on.
pub(super) fn observed(model: &mut Model, news: Vec<Arc<Observation>>) {
    model.workings.unread.extend(news);
    read(model);
}

/// The next few of the news: what has changed by them is told.
pub(super) fn read(model: &mut Model) {
    let index = Arc::clone(&model.workings.index);
    for _ in 0..AT_A_TIME {
        let Some(observation) = model.workings.unread.pop_front() else { return };
        let picture = model.present_picture();
        let before = picture.snapshot.put(Arc::clone(&observation));
        for concerned in index.concerned(&observation.subject) {
            picture.dirty.insert(concerned);
            if let Some(known) = picture.of_each.get_mut(concerned) {
                known.put(Arc::clone(&observation));
            }
        }
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
            // Nobody is behind by figures: they are not among all that the events show.
            let counts = event.class != Class::Figure;
            if frozen.held.note(event) && counts {
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
