use std::time::Duration;

use super::super::judging::{Judged, concluded, configured, last, stuck, word};
use super::naming::named;
use super::only;
use super::restore::{made, new_id, new_subject, of, or_none};
use super::whose::{database_id, database_subject, instance, to_be_arn};
use crate::assess::rules::is_called;
use crate::config::{Database, DatabaseKind, Rebuild, Workload};
use crate::domain::change::Aim;
use crate::domain::fact::{Instance, RestorePoint};
use crate::domain::{Change, Region, Subject, What};
use crate::runbook::{About, Confirm, Deed, Part, RunSite, Scene, Standing, Undo};

/// The stage's site has a replica of the other again. What is there keeps its name and its rows: it may hold the only copy of writes that were
/// lost in the failover.
#[derive(Debug)]
pub(in crate::runbook) struct RebuildReplica;

const WHAT: &str = "replica";

impl Deed for RebuildReplica {
    fn about(&self) -> About {
        About {
            makes_true: "The site has a new replica of the database that takes writes, and the old one is saved in a manual snapshot.",
            turns: ("nothing replicates the writer's database here", "a new replica of it"),
            proof: "The new instance is available and replicates; the snapshot is available.",
            undo: Undo::By("delete the new instance"),
            // That the old database is saved is no guard here, but the first half of the deed: a guard would forbid the saving too.
            guards: &[],
            site: RunSite::Target,
            confirm: Confirm::Key,
            expect: Duration::from_secs(1800),
            timeout: Duration::from_secs(43_200),
            may_fail: false,
            parameters: &[],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        only(workload, DatabaseKind::RdsReplica, "an old Aurora primary follows again by itself, once its region answers")
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        let Ok(database) = configured(scene) else { return Vec::new() };
        [
            scene.workload.database_subject(database, scene.site()),
            scene.workload.restore_subject(database, scene.site(), scene.site()),
            new_subject(scene, &new_id(scene, database, WHAT)),
        ]
        .into_iter()
        .chain(database_subject(scene, scene.site().other()))
        .collect()
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        concluded(judge(scene))
    }

    fn foreseen(&self, scene: &Scene<'_>) -> Vec<Change> {
        to_be_made(scene).into_iter().collect()
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        let Ok(database) = configured(scene) else { return Default::default() };
        let site = scene.site();
        let after = format!("{} replicates {}", new_id(scene, database, WHAT), word(database_id(scene, site.other()).unwrap_or_default()));
        (format!("{} replicates nothing", word(database.sites.get(site))), after)
    }
}

fn judge(scene: &Scene<'_>) -> Judged {
    let database = configured(scene)?;
    let source = database_id(scene, scene.site().other()).unwrap_or_default();
    let old: Option<&Instance> = or_none(scene, &scene.workload.database_subject(database, scene.site()))?;
    // Nobody's deed is needed where it was never promoted away from, or where it was rebuilt and written down.
    if let Some(old) = old.filter(|old| follows(old, source)) {
        return Ok(replicates(scene, database, old, source));
    }
    let id = new_id(scene, database, WHAT);
    if let Some(new) = made(scene, &id)? {
        return Ok(replicates(scene, database, new, source));
    }
    if let Some(old) = old
        && let Some(standing) = save(scene, database, old)?
    {
        return Ok(standing);
    }
    create(scene, database, source, id)
}

fn follows(found: &Instance, source: &str) -> bool {
    found.replica_of.as_deref().is_some_and(|of| is_called(of, source))
}

fn replicates(scene: &Scene<'_>, database: &Database, found: &Instance, source: &str) -> Standing {
    let (id, status) = (word(&found.id), word(&found.status));
    if found.status != "available" && found.status != "backing-up" {
        return Standing::working(format!("{id} is {status}"));
    }
    if !follows(found, source) {
        return Standing::stuck(format!("{id} is {status}, and no replica of {}", word(source)));
    }
    match found.replication.as_deref() {
        Some(state) if state != "replicating" => Standing::working(format!("{id} is up, replication is {}", word(state))),
        _ if found.id == *database.sites.get(scene.site()) => Standing::proven(format!("{id} replicates {}", word(source))),
        _ => Standing::proven(format!(
            "{id} replicates {}; write it into drlab.toml: [workload.database] {} = \"{id}\"",
            word(source),
            scene.site()
        )),
    }
}

/// The manual snapshot of what is there, first; nothing once that is available.
fn save(scene: &Scene<'_>, database: &Database, old: &Instance) -> Result<Option<Standing>, Standing> {
    let subject = scene.workload.restore_subject(database, scene.site(), scene.site());
    let points: Option<&RestorePoint> = or_none(scene, &subject)?;
    let snapshot = named(&old.id, "saved", &scene.memory.run);
    match points.and_then(|points| points.manual(&snapshot)).map(|found| found.status.as_str()) {
        Some("available") => Ok(None),
        Some("failed") => Ok(Some(stuck(format!("the snapshot {snapshot} failed"), ["make a manual snapshot of it, then retry"]))),
        Some(status) => Ok(Some(Standing::working(format!("the snapshot {snapshot} is {}", word(status))))),
        // A snapshot is refused in any other state.
        None if !matches!(old.status.as_str(), "available" | "stopped" | "storage-full") => {
            Ok(Some(Standing::working(format!("{} is {}, and must be available to be saved", word(&old.id), word(&old.status)))))
        }
        None => {
            let what = What::SnapshotInstance { instance: old.id.clone(), snapshot };
            Ok(Some(Standing::needs([Change::new(scene.region(), what)])))
        }
    }
}

fn create(scene: &Scene<'_>, database: &Database, source: &str, id: String) -> Judged {
    let site = scene.site();
    let found = instance(scene, site.other())?;
    if !found.is_writable() {
        return Ok(Standing::working(format!("{} takes no writes: it is {}", word(source), word(&found.status))));
    }
    if found.backup_retention_days < 1 {
        return Ok(stuck(
            format!("{} keeps no backups: RDS makes no replica of it", word(source)),
            ["turn its backups on with database.protect, then retry"],
        ));
    }
    let Some(rebuild) = database.rebuild.get(site) else {
        return Ok(stuck(
            "nothing says what the new replica is made with",
            [format!("write [workload.database.rebuild] {site} into drlab.toml")],
        ));
    };
    if found.arn.is_empty() {
        return Ok(Standing::stuck(format!("RDS names no ARN of {}", word(source))));
    }
    let change = replica(scene, id.clone(), found.arn.clone(), rebuild);
    if (found.encrypted || rebuild.kms_key.is_some()) && wants_a_signed_url(scene.region()) {
        return Ok(by_hand(scene, &id, &change));
    }
    Ok(Standing::needs([change]))
}

fn replica(scene: &Scene<'_>, instance: String, source_arn: String, rebuild: &Rebuild) -> Change {
    let source_region = scene.workload.region(scene.site().other()).clone();
    Change::new(scene.region(), What::CreateReplica { instance, source_arn, source_region, shape: of(rebuild) })
}

/// Once the old one is saved, and the other site's takes writes and keeps backups. Nothing where the old one follows as it is; and nothing where
/// AWS wants a signed URL, for the command for that is told when it is known what is encrypted.
fn to_be_made(scene: &Scene<'_>) -> Option<Change> {
    let (site, database) = (scene.site(), configured(scene).ok()?);
    let source = database_id(scene, site.other())?;
    let old: Option<&Instance> = last(scene, &scene.configured.database_subject(database, site));
    if wants_a_signed_url(scene.region()) || old.is_some_and(|old| follows(old, source)) {
        return None;
    }
    let arn = to_be_arn(scene, site.other()).filter(|arn| !arn.is_empty())?;
    Some(replica(scene, new_id(scene, database, WHAT), arn, database.rebuild.get(site).as_ref()?))
}

/// Between regions of GovCloud, or of China, RDS makes an encrypted replica only for a request that carries a presigned URL of the source's
/// region; everywhere else it ignores one. The AWS CLI signs it; the SDK that this console is built on does not.
fn wants_a_signed_url(region: &Region) -> bool {
    ["us-gov-", "cn-"].iter().any(|partition| region.as_str().starts_with(partition))
}

/// Said before anything is asked for in vain, with what to do instead.
fn by_hand(scene: &Scene<'_>, id: &str, change: &Change) -> Standing {
    let command = change.cli(&Aim::default()).lines().map(str::trim).collect::<Vec<_>>().join(" ");
    stuck(
        "an encrypted replica in another region is asked for with a presigned URL, which this console does not make",
        [
            format!("make it with the AWS CLI, which does: {command}"),
            format!("then write [workload.database] {} = \"{id}\" into drlab.toml, and begin the failback anew", scene.site()),
        ],
    )
}
