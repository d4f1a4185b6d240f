//! The database whose place at the target the run has given to another: it goes on taking writes as if it were somebody's, and what is written
//! there nobody will read. It was cleared of whoever wrote when its place was given away; a database that was down then had nobody, and proved
//! nothing.

use super::Held;
use crate::assess::rules::{Measured, steady};
use crate::domain::fact::{Instance, Series};
use crate::domain::{Measure, Subject, Timestamp};
use crate::runbook::action::Action;
use crate::runbook::scene::{Fresh, Scene};

/// It, and its connections; nothing where the target's database is the one that the configuration names.
pub(super) fn subjects(scene: &Scene<'_>) -> Vec<Subject> {
    aside(scene).map(|(instance, connections)| vec![instance, connections]).unwrap_or_default()
}

fn aside(scene: &Scene<'_>) -> Option<(Subject, Subject)> {
    let (before, now) = (scene.configured.database.as_ref()?, scene.database()?);
    let target = scene.target();
    (before.sites.get(target) != now.sites.get(target)).then(|| {
        let of = scene.configured;
        (of.database_subject(before, target), of.database_metric(before, target, Measure::Connections))
    })
}

/// Whether nobody has been connected to it since it was cleared; not even somebody who has left again. Of whom a person has said that they do
/// not write, that is believed.
pub(super) fn quiet(scene: &Scene<'_>) -> Held {
    let Some((instance, connections)) = aside(scene) else { return Held::yes("no database has been put aside") };
    if let Some(others) = connected(scene) {
        return match vouched(scene) {
            Some(note) => Held::yes(format!("{others}; as was said when it was cleared: {note}")),
            None => Held::no(format!("{others}: what is written there nobody will read; stop them, and fetch what they wrote")),
        };
    }
    let snapshot = scene.fresh(std::slice::from_ref(&connections));
    if let Measured::Now(_) = steady(scene.look(&snapshot), &connections) {
        return Held::yes(format!("nobody is connected to {}", instance.name));
    }
    match scene.see::<Instance>(&instance) {
        Fresh::Missing => Held::yes(format!("{} does not exist any more", instance.name)),
        Fresh::Is(found, _) if found.is_replica() || matches!(found.status.as_str(), "stopped" | "deleting") => {
            Held::yes(format!("{} takes no writes", instance.name))
        }
        _ => Held::unknown(format!("whether anybody is connected to {}, which was put aside, is not known", instance.name)),
    }
}

/// Who has been connected to it since. What they wrote is not in the database that took its place.
pub(super) fn connected(scene: &Scene<'_>) -> Option<String> {
    let (instance, connections) = aside(scene)?;
    let since = cleared_at(scene).unwrap_or(scene.memory.declared_at);
    // However old: it is no less true for that.
    let series = scene.snapshot.see::<Series>(&connections, scene.now).last()?;
    let point = series.points.iter().rfind(|point| point.at >= since && point.value > 0.0)?;
    Some(format!("{:.0} connections to {}, which was put aside, in the minute from {}", point.value, instance.name, point.at))
}

/// When nobody was left who would have written there.
pub(super) fn cleared_at(scene: &Scene<'_>) -> Option<Timestamp> {
    scene.done(Action::ServiceStop, scene.target())
}

fn vouched<'a>(scene: &Scene<'a>) -> Option<&'a str> {
    let said = |stage: &str| scene.memory.said.get(stage).filter(|_| scene.memory.inferred.contains(stage));
    scene.stages(Action::ServiceStop, scene.target()).find_map(said).map(String::as_str)
}
