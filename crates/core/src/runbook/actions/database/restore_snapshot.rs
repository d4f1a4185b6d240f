use std::time::Duration;

use super::super::judging::{Judged, concluded, configured, last, stuck, word};
use super::cost::Backup;
use super::only;
use super::restore::{made, new_id, new_subject, points, seen, shape, up};
use crate::config::{Database, DatabaseKind, Workload};
use crate::domain::fact::RestorePoint;
use crate::domain::{Change, Subject, Timestamp, What, human_duration};
use crate::runbook::{About, Confirm, Deed, Guard, Part, RunSite, Scene, Standing, Undo};

/// A new instance beside the old ones, from the newest snapshot there is in its region.
#[derive(Debug)]
pub(in crate::runbook) struct RestoreSnapshot;

const WHAT: &str = "restored";

impl Deed for RestoreSnapshot {
    fn about(&self) -> About {
        About {
            makes_true: "A new instance is up, made from the newest snapshot in its region; nothing that was there is touched.",
            turns: ("the newest snapshot, and how old it is", "a new instance made from it"),
            proof: "It is available.",
            undo: Undo::By("delete the new instance"),
            guards: &[Guard::RestorePoint],
            site: RunSite::Target,
            confirm: Confirm::Key,
            expect: Duration::from_secs(720),
            timeout: Duration::from_secs(7200),
            may_fail: false,
            parameters: &[("snapshot", "the snapshot to restore; the newest one in the region where nothing is said")],
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

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        concluded(judge(scene))
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        let Ok(database) = configured(scene) else { return Default::default() };
        let known = points(scene, database).into_iter().filter_map(|(_, subject)| last::<RestorePoint>(scene, &subject));
        let newest = known.filter_map(|point| point.snapshot.as_ref()).max_by_key(|snapshot| snapshot.at);
        let from = newest.map_or("no snapshot known".to_owned(), |snapshot| told(scene, &snapshot.id, Some(snapshot.at)));
        (from, format!("{} in {}", new_id(scene, database, WHAT), scene.region()))
    }
}

fn judge(scene: &Scene<'_>) -> Judged {
    let database = configured(scene)?;
    let id = new_id(scene, database, WHAT);
    if let Some(found) = made(scene, &id)? {
        let from = scene.past().rev().find_map(|past| match &past.change.what {
            What::RestoreSnapshot { snapshot, .. } => Some(snapshot.as_str()),
            _ => None,
        });
        let at = from.and_then(|from| known(scene, database, from)).map(|backup| backup.at);
        return Ok(up(scene, found, &format!("from {}", told(scene, from.unwrap_or_default(), at))));
    }
    let (snapshot, _) = chosen(scene, database)?;
    let what = What::RestoreSnapshot { instance: id, snapshot, shape: shape(scene, database)? };
    Ok(Standing::needs([Change::new(scene.region(), what)]))
}

/// What the snapshot holds that would be restored now.
pub(super) fn backup(scene: &Scene<'_>) -> Option<Backup> {
    chosen(scene, configured(scene).ok()?).ok()?.1
}

/// By its name, and with what it holds as far as that is known.
fn chosen(scene: &Scene<'_>, database: &Database) -> Result<(String, Option<Backup>), Standing> {
    if let Some(wanted) = wanted(scene) {
        return Ok((wanted.to_owned(), known(scene, database, wanted)));
    }
    let points = seen(scene, &points(scene, database))?;
    let snapshots = points.iter().filter_map(|(of, point)| Some((*of, point.snapshot.as_ref()?)));
    let Some((of, newest)) = snapshots.max_by_key(|(_, snapshot)| (snapshot.at, &snapshot.id)) else {
        return Err(stuck(
            format!("there is no snapshot of the database in {}", scene.region()),
            ["copy one into the region, then retry", "abort, and begin anew with --set restore=instant, where backups reach here"],
        ));
    };
    Ok((newest.id.clone(), Some(Backup { of, at: newest.at })))
}

/// What a snapshot holds that was named; of an older one nobody may have heard.
fn known(scene: &Scene<'_>, database: &Database, id: &str) -> Option<Backup> {
    let points = points(scene, database).into_iter().filter_map(|(of, subject)| Some((of, last::<RestorePoint>(scene, &subject)?)));
    let mut snapshots = points.flat_map(|(of, point)| {
        let newest = point.snapshot.iter().map(|snapshot| (&snapshot.id, Some(snapshot.at)));
        let manual = point.manual.iter().map(|snapshot| (&snapshot.id, snapshot.at));
        newest.chain(manual).filter_map(move |(id, at)| Some((id, Backup { of, at: at? })))
    });
    snapshots.find_map(|(known, backup)| (known == id).then_some(backup))
}

/// The one that the runbook or a person named.
fn wanted<'a>(scene: &Scene<'a>) -> Option<&'a str> {
    let said = scene.memory.said.get(&scene.stage.id);
    said.or_else(|| scene.stage.with.get("snapshot")).map(|name| name.trim()).filter(|name| !name.is_empty() && *name != "newest")
}

fn told(scene: &Scene<'_>, id: &str, at: Option<Timestamp>) -> String {
    match at {
        Some(at) => format!("{}, {} old", word(id), human_duration(scene.now.since(at))),
        None => word(id),
    }
}
