//! What is made from a backup, beside everything that is there.

use super::super::judging::{last, stuck, word};
use super::naming::named;
use super::whose::is_broken;
use crate::config::{Database, Rebuild, Site};
use crate::domain::change::Shape;
use crate::domain::fact::{Instance, Observable, RestorePoint};
use crate::domain::{Change, Kind, Subject, What};
use crate::runbook::{Fresh, Scene, Standing};

/// A plan to restore one is refused.
pub(super) const NO_CLUSTER: &str = "an Aurora Global Database is not restored by the console: a restored cluster stands outside the global one, \
                                     without instances and under another name; restore it with aws rds restore-db-cluster-from-snapshot or \
                                     restore-db-cluster-to-point-in-time, add instances, and write it into drlab.toml";

pub(super) const BOTH: [Site; 2] = [Site::Primary, Site::Standby];

/// What the new instance is called.
pub(super) fn new_id(scene: &Scene<'_>, database: &Database, what: &str) -> String {
    named(database.sites.get(scene.site()), what, &scene.memory.run)
}

pub(super) fn new_subject(scene: &Scene<'_>, id: &str) -> Subject {
    Subject::new(Kind::Instance, scene.region(), id)
}

/// Restore points of both sites' databases in the stage's region: copies of the source's backups, or the target's own.
pub(super) fn points(scene: &Scene<'_>, database: &Database) -> Vec<(Site, Subject)> {
    BOTH.into_iter().map(|of| (of, scene.workload.restore_subject(database, of, scene.site()))).collect()
}

/// What there is to restore from. Not before everything has been looked at: the newest may be in what is not known yet.
pub(super) fn seen<'a>(scene: &Scene<'a>, points: &[(Site, Subject)]) -> Result<Vec<(Site, &'a RestorePoint)>, Standing> {
    let mut seen = Vec::new();
    for (of, subject) in points {
        if let Some(point) = or_none(scene, subject)? {
            seen.push((*of, point));
        }
    }
    Ok(seen)
}

/// That there is none is an answer.
pub(super) fn or_none<'a, T: Observable>(scene: &Scene<'a>, subject: &Subject) -> Result<Option<&'a T>, Standing> {
    match scene.see::<T>(subject) {
        Fresh::Missing => Ok(None),
        seen => seen.or_wait(subject).map(Some),
    }
}

/// The instance that this stage makes, as far as it is there.
pub(super) fn made<'a>(scene: &Scene<'a>, id: &str) -> Result<Option<&'a Instance>, Standing> {
    let Some(found) = or_none::<Instance>(scene, &new_subject(scene, id))? else { return Ok(None) };
    if !scene.past().any(|past| makes(&past.change, id)) {
        return Err(stuck(
            format!("{} exists, and was not made by this run: it is not touched", word(id)),
            ["look whose it is; a new run makes one of another name"],
        ));
    }
    if is_broken(&found.status) {
        return Err(stuck(format!("{} is {}", word(id), word(&found.status)), ["see its events, delete it, and retry"]));
    }
    Ok(Some(found))
}

fn makes(change: &Change, id: &str) -> bool {
    matches!(&change.what,
        What::CreateReplica { instance, .. } | What::RestoreSnapshot { instance, .. } | What::RestorePointInTime { instance, .. }
            if instance == id)
}

/// As the configuration has it, or like what there is at the site.
pub(super) fn shape(scene: &Scene<'_>, database: &Database) -> Result<Shape, Standing> {
    if let Some(rebuild) = database.rebuild.get(scene.site()) {
        return Ok(of(rebuild));
    }
    let seen = |site| Some((site, last::<Instance>(scene, &scene.workload.database_subject(database, site))?));
    let mut like = [scene.site(), scene.site().other()].into_iter().filter_map(seen);
    let Some((site, found)) = like.find(|(_, found)| !found.class.is_empty()) else {
        return Err(stuck(
            format!("nothing says what an instance in {} is made with", scene.region()),
            [format!("write [workload.database.rebuild] {} into drlab.toml", scene.site())],
        ));
    };
    // Groups are of one region alone.
    let parameter_group = found.parameter_group.clone().filter(|_| site == scene.site());
    Ok(Shape { class: found.class.clone(), parameter_group, ..Shape::default() })
}

pub(super) fn of(rebuild: &Rebuild) -> Shape {
    Shape {
        class: rebuild.class.clone(),
        subnet_group: rebuild.subnet_group.clone(),
        parameter_group: rebuild.parameter_group.clone(),
        security_groups: rebuild.security_groups.clone(),
        kms_key: rebuild.kms_key.clone(),
        multi_az: None,
    }
}

/// It is up: what it is called, and where to write that down.
pub(super) fn up(scene: &Scene<'_>, found: &Instance, from: &str) -> Standing {
    match found.status.as_str() {
        "available" => Standing::proven(format!("{} is available in {}, {from}", word(&found.id), scene.region())),
        status => Standing::working(format!("{} is {}", word(&found.id), word(status))),
    }
}
