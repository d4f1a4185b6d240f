//! The database of a site, as far as this run is concerned.

use super::super::judging::{configured, database, last, word};
use crate::assess::rules::serves;
use crate::config::{DatabaseKind, Site};
use crate::domain::fact::{Cluster, Instance};
use crate::domain::{Kind, Measure, Subject};
use crate::runbook::{Scene, Standing};

/// Its identifier.
#[must_use]
pub fn database_id<'a>(scene: &Scene<'a>, site: Site) -> Option<&'a str> {
    Some(scene.workload.database.as_ref()?.sites.get(site))
}

/// What that database is known as.
#[must_use]
pub fn database_subject(scene: &Scene<'_>, site: Site) -> Option<Subject> {
    let kind = match scene.workload.database.as_ref()?.kind {
        DatabaseKind::RdsReplica => Kind::Instance,
        DatabaseKind::AuroraGlobal => Kind::Cluster,
    };
    Some(Subject::new(kind, scene.workload.region(site), database_id(scene, site)?))
}

/// A metric of that database.
#[must_use]
pub fn database_metric(scene: &Scene<'_>, site: Site, measure: Measure) -> Option<Subject> {
    Some(Subject::metric(scene.workload.region(site), database_id(scene, site)?, measure.metric()))
}

/// The instance at a site, as it is now, and what it is called.
pub(super) fn instance<'a>(scene: &Scene<'a>, site: Site) -> Result<&'a Instance, Standing> {
    let subject = instance_subject(scene, site)?;
    scene.see(&subject).or_wait(&subject)
}

pub(super) fn instance_subject(scene: &Scene<'_>, site: Site) -> Result<Subject, Standing> {
    database_subject(scene, site).ok_or_else(|| Standing::stuck("the workload has no database"))
}

/// However old: for what is shown, and for wishes.
pub(super) fn last_instance<'a>(scene: &Scene<'a>, site: Site) -> Option<&'a Instance> {
    last(scene, &database_subject(scene, site)?)
}

pub(in crate::runbook::actions) fn endpoint_subject(scene: &Scene<'_>) -> Option<Subject> {
    database_subject(scene, scene.site())
}

/// Where the database of the stage's site takes writes. Until it does, there is nothing to be told to anybody.
pub(in crate::runbook::actions) fn endpoint(scene: &Scene<'_>) -> Result<(String, i32), Standing> {
    let not_yet = |id: &str, why: &str| Standing::working(format!("{} takes no writes yet: {}", word(id), word(why)));
    match database(scene)?.kind {
        DatabaseKind::RdsReplica => {
            let found = instance(scene, scene.site())?;
            if !found.is_writable() {
                return Err(not_yet(&found.id, if found.is_replica() { "it is a replica" } else { &found.status }));
            }
            address(found.endpoint.as_ref(), found.port, &found.engine)
        }
        DatabaseKind::AuroraGlobal => {
            let found = cluster(scene)?;
            if !serves(&found.status) || !super::global::is_writer(scene)? {
                return Err(not_yet(&found.id, "it is no writer"));
            }
            address(found.endpoint.as_ref(), found.port, &found.engine)
        }
    }
}

/// Where it will take writes, while it still takes none.
pub(in crate::runbook::actions) fn follower(scene: &Scene<'_>) -> Result<(String, i32), Standing> {
    let writes = |id: &str| Standing::stuck(format!("{} takes writes of its own: what is written there is lost on the way home", word(id)));
    match database(scene)?.kind {
        DatabaseKind::RdsReplica => {
            let found = instance(scene, scene.site())?;
            if found.is_writable() {
                return Err(writes(&found.id));
            }
            address(found.endpoint.as_ref(), found.port, &found.engine)
        }
        DatabaseKind::AuroraGlobal => {
            let found = cluster(scene)?;
            if super::global::is_writer(scene)? {
                return Err(writes(&found.id));
            }
            address(found.endpoint.as_ref(), found.port, &found.engine)
        }
    }
}

/// Where the database of the stage's site will take writes, for plans. Nobody knows that of one that is yet to be made: a word stands for it that
/// is no host's name.
pub(in crate::runbook::actions) fn to_be_endpoint(scene: &Scene<'_>) -> Option<(String, i32)> {
    let subject = database_subject(scene, scene.site())?;
    let seen = |subject: &Subject| match database(scene).ok()?.kind {
        DatabaseKind::RdsReplica => last::<Instance>(scene, subject).map(|found| (found.endpoint.as_ref(), found.port, &found.engine)),
        DatabaseKind::AuroraGlobal => last::<Cluster>(scene, subject).map(|found| (found.endpoint.as_ref(), found.port, &found.engine)),
    };
    if let Some((host, port, engine)) = seen(&subject) {
        return address(host, port, engine).ok();
    }
    let old = scene.configured.database_subject(configured(scene).ok()?, scene.site());
    let (_, port, engine) = seen(&old).filter(|_| old != subject)?;
    address(Some(&format!("ENDPOINT_OF_{}", subject.name)), port, engine).ok()
}

/// The ARN of the database of a site, for plans: of one that is yet to be made it differs from the old one's in its name alone.
pub(super) fn to_be_arn(scene: &Scene<'_>, site: Site) -> Option<String> {
    if let Some(found) = last_instance(scene, site) {
        return Some(found.arn.clone());
    }
    let old: &Instance = last(scene, &scene.configured.database_subject(configured(scene).ok()?, site))?;
    let (before, _) = old.arn.rsplit_once(':')?;
    Some(format!("{before}:{}", database_id(scene, site)?))
}

fn cluster<'a>(scene: &Scene<'a>) -> Result<&'a Cluster, Standing> {
    let subject = instance_subject(scene, scene.site())?;
    scene.see(&subject).or_wait(&subject)
}

fn address(host: Option<&String>, port: Option<i32>, engine: &str) -> Result<(String, i32), Standing> {
    let Some(host) = host else { return Err(Standing::stuck("RDS names no endpoint of the database")) };
    Ok((host.clone(), port.unwrap_or(if engine.contains("mysql") || engine.contains("maria") { 3306 } else { 5432 })))
}

/// Whether RDS says of itself that nothing comes of this by waiting.
pub(super) fn is_broken(status: &str) -> bool {
    matches!(
        status,
        "failed" | "stopped" | "stopping" | "storage-full" | "deleting" | "restore-error" | "inaccessible-encryption-credentials"
    ) || status.starts_with("incompatible-")
}
