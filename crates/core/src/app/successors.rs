//! A run that is over has left a database of a name of its own, which drlab.toml does not know until somebody writes it there. Until then that
//! one is looked at: the one that is written there has been put aside, however loudly RDS says that it takes writes.

use std::sync::Arc;
use std::time::Duration;

use super::index::Index;
use super::message::Effect;
use super::model::Model;
use super::observe::note;
use super::timeline::{Class, Event};
use crate::config::Site;
use crate::domain::fact::Instance;
use crate::domain::{Seen, Subject, Timestamp, Verdict, masked_excerpt};

/// For how long it is looked for what nobody has seen yet, and how soon that is asked for again.
const AWAITED: Duration = Duration::from_secs(30);
const ASKED: Duration = Duration::from_secs(20);

/// Characters of an event.
const WIDEST: usize = 200;

/// A database that an earlier run has left in the place of the configured one, if it is still there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Successor {
    workload: usize,
    site: Site,
    id: String,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Successors {
    /// Journals tell of them, and nobody has seen them yet.
    told: Vec<Successor>,
    asked: Option<Timestamp>,
    /// They are looked at.
    taken: Vec<Successor>,
}

/// Follows from run to run what has taken the place of what the configuration names. Where that names something else than a run has found
/// named, somebody knows better.
pub(super) fn told(model: &mut Model) {
    let mut told = Vec::new();
    for (number, workload) in model.config.workloads.iter().enumerate() {
        let Some(database) = &workload.database else { continue };
        for (site, named) in database.sites.iter() {
            let mut now = named;
            for past in model.past.iter().rev().filter(|past| past.workload == workload.name) {
                let from = past.named.as_ref().map(|named| named.get(site));
                let made = past.renamed.iter().find(|made| made.site == site);
                now = made.filter(|_| from == Some(now)).map_or(now, |made| &made.to);
            }
            if now != named {
                told.push(Successor { workload: number, site, id: now.clone() });
            }
        }
    }
    let taken = std::mem::take(&mut model.workings.successors.taken);
    model.workings.successors = Successors { told, asked: None, taken };
}

/// Takes those that are there, and has the others looked for. One that is not there any more succeeds nobody: what the configuration names
/// may have got its name back, or the lab be at its beginning again.
pub(super) fn look(model: &mut Model, effects: &mut Vec<Effect>) {
    let gone = |taken: &&Successor| !is_under_way(model, taken.workload) && matches!(seen(model, taken), Some(Seen::Missing(_)));
    for Successor { workload, site, .. } in model.workings.successors.taken.iter().filter(gone).cloned().collect::<Vec<_>>() {
        let written = model.config.workloads.get(workload).and_then(|one| one.database.as_ref()?.replaced.get(site).clone());
        model.workings.successors.taken.retain(|taken| (taken.workload, taken.site) != (workload, site));
        if let Some(written) = written {
            put(model, Successor { workload, site, id: written }, "is not there any more; looked at is", effects);
        }
    }
    let mut unseen = Vec::new();
    for successor in std::mem::take(&mut model.workings.successors.told) {
        match seen(model, &successor) {
            _ if is_under_way(model, successor.workload) => model.workings.successors.told.push(successor),
            Some(Seen::Now(..) | Seen::Stale(..)) => succeed(model, successor, effects),
            None | Some(Seen::Missing(_)) => {}
            Some(Seen::Unknown(_)) => {
                unseen.extend(subject(model, &successor));
                model.workings.successors.told.push(successor);
            }
        }
    }
    let due = model.workings.successors.asked.is_none_or(|asked| model.clock.now.since(asked) >= ASKED);
    if !unseen.is_empty() && due {
        model.workings.successors.asked = Some(model.clock.now);
        effects.push(Effect::Await { subjects: unseen, until: model.clock.now + AWAITED });
    }
}

/// The run of this console is over: whatever it has made to stay is there, as long as nobody sees that it is not.
pub(super) fn left(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(running) = model.running.as_ref().filter(|running| running.run.finished.is_some()) else { return };
    let Some(workload) = model.config.workloads.iter().position(|one| one.name == running.run.declared.workload) else { return };
    for made in running.run.renamed() {
        let successor = Successor { workload, site: made.site, id: made.to };
        if !matches!(seen(model, &successor), Some(Seen::Missing(_))) {
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
fn put(model: &mut Model, Successor { workload, site, id }: Successor, says: &str, effects: &mut Vec<Effect>) {
    let config = Arc::make_mut(&mut model.config);
    let Some(database) = config.workloads.get_mut(workload).and_then(|one| one.database.as_mut()) else { return };
    let before = database.sites.get(site).clone();
    database.replace(site, &id);
    model.workings.index = Arc::new(Index::of(config));
    effects.push(Effect::Plan(Arc::clone(&model.config)));
    model.present_picture().dirty.insert(workload);
    let event = Event {
        at: model.clock.now,
        workload: Some(workload),
        also: Vec::new(),
        place: Some(site.into()),
        class: Class::Change,
        verdict: Verdict::Degraded,
        what: "db".to_owned(),
        text: masked_excerpt(&format!("{before} {says} {id}"), WIDEST),
        subject: None,
        kin: None,
    };
    note(model, event);
}

fn seen<'m>(model: &'m Model, successor: &Successor) -> Option<Seen<'m, Instance>> {
    let subject = subject(model, successor)?;
    Some(model.current().snapshot.get(&subject).map_or(Seen::Unknown(None), |seen| seen.see(model.clock.now)))
}

fn subject(model: &Model, successor: &Successor) -> Option<Subject> {
    let workload = model.config.workloads.get(successor.workload)?;
    let mut database = workload.database.clone()?;
    database.replace(successor.site, &successor.id);
    Some(workload.database_subject(&database, successor.site))
}

/// What a run works with does not change under its hands.
fn is_under_way(model: &Model, workload: usize) -> bool {
    let running = model.running.as_ref().filter(|running| running.is_live());
    running.is_some_and(|running| model.config.workloads.get(workload).is_some_and(|one| one.name == running.run.declared.workload))
}
