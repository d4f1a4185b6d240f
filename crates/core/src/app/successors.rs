//! Until somebody writes into drlab.toml what a run has left, the console looks at that one: the one that is written there has been put aside,
//! however loudly RDS says that it takes writes.

use std::sync::Arc;
use std::time::Duration;

use super::index::Index;
use super::message::Effect;
use super::model::Model;
use super::observe::note;
use super::succession::Successor;
use super::timeline::{Class, Event};
use crate::config::Site;
use crate::domain::{Timestamp, Verdict, masked_excerpt};

/// For how long it is looked for what nobody has seen yet, and how soon that is asked for again.
const AWAITED: Duration = Duration::from_secs(30);
const ASKED: Duration = Duration::from_secs(20);

/// Characters of an event.
const WIDEST: usize = 200;

#[derive(Clone, Debug, Default)]
pub(super) struct Successors {
    /// Journals tell of them, and nobody has seen them yet.
    told: Vec<Successor>,
    asked: Option<Timestamp>,
    /// It was said that nobody sees them.
    missed: bool,
    /// They are looked at.
    taken: Vec<Successor>,
    /// The run of this console whose own have been taken: what is gone again after that is not taken a second time.
    left_by: Option<String>,
}

/// The journals are known.
pub(super) fn told(model: &mut Model) {
    let told = Successor::told_of(&model.config, &model.past);
    let successors = &mut model.workings.successors;
    (successors.told, successors.asked) = (told, None);
}

/// Takes those that are there, and has the others looked for. One that is not there any more succeeds nobody: what the configuration names
/// may have got its name back, or the lab be at its beginning again.
pub(super) fn look(model: &mut Model, effects: &mut Vec<Effect>) {
    let gone = |taken: &&Successor| !is_under_way(model, taken.workload) && is_there(model, taken, &[]) == Some(false);
    for Successor { workload, site, .. } in model.workings.successors.taken.iter().filter(gone).cloned().collect::<Vec<_>>() {
        let written = model.config.workloads.get(workload).and_then(|one| one.database.as_ref()?.replaced.get(site).clone());
        model.workings.successors.taken.retain(|taken| (taken.workload, taken.site) != (workload, site));
        if let Some(written) = written {
            put(model, Successor { workload, site, id: written }, "is not there any more; looked at is", effects);
        }
    }
    let mut unseen = Vec::new();
    let told = std::mem::take(&mut model.workings.successors.told);
    for successor in &told {
        match is_there(model, successor, &told) {
            _ if is_under_way(model, successor.workload) => model.workings.successors.told.push(successor.clone()),
            Some(true) => succeed(model, successor.clone(), effects),
            Some(false) => {}
            None => {
                unseen.extend(successor.subject(&model.config));
                model.workings.successors.told.push(successor.clone());
            }
        }
    }
    let due = model.workings.successors.asked.is_none_or(|asked| model.clock.now.since(asked) >= ASKED);
    if !unseen.is_empty() && due {
        let asked_before = model.workings.successors.asked.replace(model.clock.now).is_some();
        if asked_before && !std::mem::replace(&mut model.workings.successors.missed, true) {
            miss(model);
        }
        effects.push(Effect::Await { subjects: unseen, until: model.clock.now + AWAITED });
    }
}

/// The run of this console is over: whatever it has made to stay is there, unless somebody has seen that it is not.
pub(super) fn left(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(running) = model.running.as_ref().filter(|running| running.run.finished.is_some()) else { return };
    let Some(workload) = model.config.workloads.iter().position(|one| one.name == running.run.declared.workload) else { return };
    // Where drlab.toml names something else than the run has found named, somebody knows better.
    let found = |site| running.workload.as_ref().and_then(|found| Some(found.database.as_ref()?.sites.get(site).clone()));
    let named = |site| model.config.workloads[workload].database.as_ref().map(|named| named.sites.get(site).clone());
    let renamed: Vec<_> = running.run.renamed().into_iter().filter(|made| found(made.site) == named(made.site)).collect();
    let run = running.run.declared.run.clone();
    if model.workings.successors.left_by.replace(run.clone()) == Some(run) {
        return;
    }
    for made in renamed {
        let successor = Successor { workload, site: made.site, id: made.to };
        if is_there(model, &successor, &[]) != Some(false) {
            // What an earlier run has left there has been put aside as well, whoever has still to see it.
            model.workings.successors.told.retain(|told| (told.workload, told.site) != (workload, successor.site));
            succeed(model, successor, effects);
        }
    }
}

fn succeed(model: &mut Model, successor: Successor, effects: &mut Vec<Effect>) {
    let named = model.config.workloads.get(successor.workload).and_then(|one| one.database.as_ref());
    if named.is_some_and(|named| *named.sites.get(successor.site) != successor.id) {
        // One for each place: whoever was put there before has been put aside as well.
        let taken = &mut model.workings.successors.taken;
        taken.retain(|taken| (taken.workload, taken.site) != (successor.workload, successor.site));
        taken.push(successor.clone());
        put(model, successor, "has been put aside by a run; looked at is", effects);
    }
}

/// From now on this one is looked at and acted on.
fn put(model: &mut Model, successor: Successor, says: &str, effects: &mut Vec<Effect>) {
    let Some(before) = successor.named(&model.config).cloned() else { return };
    let config = Arc::make_mut(&mut model.config);
    successor.take_place(config);
    let Successor { workload, site, id } = successor;
    model.workings.index = Arc::new(Index::of(config));
    effects.push(Effect::Plan(Arc::clone(&model.config)));
    model.present_picture().dirty.insert(workload);
    tell(model, (workload, site), Verdict::Degraded, &format!("{before} {says} {id}"));
}

/// Whoever goes on by what drlab.toml names must know that a journal says otherwise.
fn miss(model: &mut Model) {
    for Successor { workload, site, id } in model.workings.successors.told.clone() {
        let Some(named) = (Successor { workload, site, id: id.clone() }).named(&model.config).cloned() else { continue };
        let text = format!("a run has put {named} aside for {id}, which nobody can see now; looked at is {named}");
        tell(model, (workload, site), Verdict::Unknown, &text);
    }
}

fn tell(model: &mut Model, (workload, site): (usize, Site), verdict: Verdict, text: &str) {
    let event = Event {
        at: model.clock.now,
        workload: Some(workload),
        also: Vec::new(),
        place: Some(site.into()),
        class: Class::Change,
        verdict,
        what: "db".to_owned(),
        text: masked_excerpt(text, WIDEST),
        subject: None,
        kin: None,
    };
    note(model, event);
}

fn is_there(model: &Model, successor: &Successor, told: &[Successor]) -> Option<bool> {
    successor.is_there(&model.config, told, &model.current().snapshot, model.clock.now)
}

/// What a run works with does not change under its hands.
fn is_under_way(model: &Model, workload: usize) -> bool {
    let running = model.running.as_ref().filter(|running| running.is_live());
    running.is_some_and(|running| model.config.workloads.get(workload).is_some_and(|one| one.name == running.run.declared.workload))
}
