use std::time::Duration;

use super::super::judging::{Judged, concluded, configured, last, stuck};
use super::cost::Backup;
use super::only;
use super::restore::{made, new_id, new_subject, points, seen, shape, up};
use crate::config::{Database, DatabaseKind, Site, Workload};
use crate::domain::change::BackupOf;
use crate::domain::fact::RestorePoint;
use crate::domain::{Change, Subject, Timestamp, What, human_duration};
use crate::runbook::{About, Confirm, Deed, Guard, Instant, Part, RunSite, Scene, Standing, Undo};

/// A new instance beside the old ones, as the database was at an instant.
#[derive(Debug)]
pub(in crate::runbook) struct RestorePointInTime;

const WHAT: &str = "rewound";
const LATEST: &str = "latest";
const WANTED: Instant = Instant { parameter: "at", or: Some(LATEST) };

impl Deed for RestorePointInTime {
    fn about(&self) -> About {
        About {
            makes_true: "A new instance is up, as the database was at an instant; nothing that was there is touched.",
            turns: ("how far its backups reach", "a new instance, as of the instant"),
            proof: "It is available.",
            undo: Undo::By("delete the new instance"),
            guards: &[Guard::RestorePoint],
            site: RunSite::Target,
            confirm: Confirm::Key,
            expect: Duration::from_secs(900),
            timeout: Duration::from_secs(7200),
            may_fail: false,
            parameters: &[(WANTED.parameter, "as of when, such as 2026-11-20T11:02:31Z; or latest, as far as backups reach")],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        only(workload, DatabaseKind::RdsReplica, super::restore::NO_CLUSTER)
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        let Ok(database) = configured(scene) else { return Vec::new() };
        let new = new_subject(scene, &new_id(scene, database, WHAT));
        points(scene, database).into_iter().map(|(_, subject)| subject).chain([new]).collect()
    }

    fn instant(&self) -> Option<Instant> {
        Some(WANTED)
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        concluded(judge(scene))
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        let Ok(database) = configured(scene) else { return Default::default() };
        let known = points(scene, database).into_iter().filter_map(|(of, subject)| Some((of, last::<RestorePoint>(scene, &subject)?)));
        let from = match reach(scene, database, known) {
            Some((_, Backup { at: until, .. })) => format!("backups reach to {until}, {} ago", human_duration(scene.now.since(until))),
            None => "no point in time known".to_owned(),
        };
        (from, format!("{} in {}", new_id(scene, database, WHAT), scene.region()))
    }
}

fn judge(scene: &Scene<'_>) -> Judged {
    let database = configured(scene)?;
    let id = new_id(scene, database, WHAT);
    if let Some(found) = made(scene, &id)? {
        let at = scene.past().rev().find_map(|past| match &past.change.what {
            What::RestorePointInTime { at, .. } => {
                Some(at.map_or("as of the latest instant there was".to_owned(), |at| format!("as of {at}")))
            }
            _ => None,
        });
        return Ok(up(scene, found, &at.unwrap_or_default()));
    }
    let (from, _, wanted) = chosen(scene, database)?;
    let what = What::RestorePointInTime { instance: id, from, at: wanted, shape: shape(scene, database)? };
    Ok(Standing::needs([Change::new(scene.region(), what)]))
}

/// What would be restored now.
pub(super) fn backup(scene: &Scene<'_>) -> Option<Backup> {
    chosen(scene, configured(scene).ok()?).ok().map(|(_, backup, _)| backup)
}

/// Out of which backups, what they hold by the instant that is wanted, and that instant; `None`: the latest.
fn chosen(scene: &Scene<'_>, database: &Database) -> Result<(BackupOf, Backup, Option<Timestamp>), Standing> {
    let wanted = wanted(scene)?;
    let seen = seen(scene, &points(scene, database))?;
    let Some((from, Backup { of, at: until })) = reach(scene, database, seen.into_iter()) else {
        return Err(stuck(
            format!(
                "no automated backups of the database are in {}: backups of another region's instance must be replicated here",
                scene.region()
            ),
            ["restore the newest snapshot instead, with database.restore-snapshot"],
        ));
    };
    if let Some(wanted) = wanted.filter(|wanted| *wanted > until) {
        return Err(stuck(format!("backups reach to {until}, and {wanted} is later"), ["name an earlier instant"]));
    }
    Ok((from, Backup { of, at: wanted.unwrap_or(until) }, wanted))
}

/// The backups in the stage's region that reach furthest. Those of the site's own instance are asked for by its name; those of the other
/// site's can be used only where they were replicated.
fn reach<'p>(scene: &Scene<'_>, database: &Database, points: impl Iterator<Item = (Site, &'p RestorePoint)>) -> Option<(BackupOf, Backup)> {
    let usable = points.filter_map(|(of, point)| {
        let from = match &point.replicated_backups {
            Some(arn) => BackupOf::Replicated(arn.clone()),
            None if of == scene.site() => BackupOf::Instance(database.sites.get(of).clone()),
            None => return None,
        };
        Some((from, Backup { of, at: point.point_in_time? }))
    });
    usable.max_by_key(|(_, backup)| backup.at)
}

/// `None`: the latest. A note that somebody leaves with the step is no instant.
fn wanted(scene: &Scene<'_>) -> Result<Option<Timestamp>, Standing> {
    match scene.with(WANTED.parameter) {
        None | Some(LATEST) => Ok(None),
        Some(text) => match Timestamp::parse(text) {
            Some(at) => Ok(Some(at)),
            None => Err(Standing::stuck("“at” is an instant, written as 2026-11-20T11:02:31Z")),
        },
    }
}
