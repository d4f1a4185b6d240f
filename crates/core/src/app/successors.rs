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
use crate::domain::{Seen, Subject, Timestamp, Verdict};

/// For how long it is looked for what nobody has seen yet, and how soon that is asked for again.
const AWAITED: Duration = Duration::from_secs(30);
const ASKED: Duration = Duration::from_secs(20);

/// A database that an earlier run has left in the place of the configured one, if it is still there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Successor {
    workload: usize,
    site: Site,
    id: String,
}

/// Those that journals tell of and nobody has looked for yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Successors {
    told: Vec<Successor>,
    asked: Option<Timestamp>,
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
    model.workings.successors = Successors { told, asked: None };
}

/// Takes those that are there, and has the others looked for. One that is not there any more succeeds nobody: what the configuration names
/// may have got its name back.
pub(super) fn look(model: &mut Model, effects: &mut Vec<Effect>) {
    let mut unseen = Vec::new();
    for successor in std::mem::take(&mut model.workings.successors.told) {
        let Some(subject) = subject(model, &successor) else { continue };
        match model.current().snapshot.get(&subject).map_or(Seen::Unknown(None), |seen| seen.see::<Instance>(model.clock.now)) {
            _ if is_under_way(model, successor.workload) => model.workings.successors.told.push(successor),
            Seen::Now(..) | Seen::Stale(..) => succeed(model, successor, effects),
            Seen::Missing(_) => {}
            Seen::Unknown(_) => {
                unseen.push(subject);
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

/// The run of this console is over: whatever it has made to stay is there.
pub(super) fn left(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(running) = model.running.as_ref().filter(|running| running.run.finished.is_some()) else { return };
    let Some(workload) = model.config.workloads.iter().position(|one| one.name == running.run.declared.workload) else { return };
    for made in running.run.renamed() {
        succeed(model, Successor { workload, site: made.site, id: made.to }, effects);
    }
}

fn succeed(model: &mut Model, Successor { workload, site, id }: Successor, effects: &mut Vec<Effect>) {
    let database = |model: &Model| model.config.workloads.get(workload).and_then(|one| one.database.clone());
    let Some(mut changed) = database(model).filter(|database| *database.sites.get(site) != id) else { return };
    let before = changed.sites.get(site).clone();
    changed.replace(site, &id);
    let config = Arc::make_mut(&mut model.config);
    config.workloads[workload].database = Some(changed);
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
        what: "drlab.toml".to_owned(),
        text: format!("names {before}; looked at is {id}, which a run has put in its place"),
        subject: None,
        kin: None,
    };
    note(model, event);
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
