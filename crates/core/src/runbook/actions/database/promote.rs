use std::time::Duration;

use super::super::asked::AROUND;
use super::super::judging::{Judged, accepted, concluded, stuck, word};
use super::protection::put_aside;
use super::whose::{database_id, instance, is_broken, last_instance};
use super::{only, whose};
use crate::config::{DatabaseKind, Workload};
use crate::domain::fact::Instance;
use crate::domain::{Change, Subject, What, human_duration};
use crate::runbook::{About, Confirm, Deed, Guard, Part, RunSite, Scene, Standing, Undo};

/// The target's replica becomes a database of its own.
#[derive(Debug)]
pub(in crate::runbook) struct Promote;

impl Deed for Promote {
    fn about(&self) -> About {
        About {
            makes_true: "The target's database is nobody's replica and takes writes.",
            turns: ("the other site's replica", "takes writes"),
            proof: "It names no source any more, and is available again after its reboot.",
            undo: Undo::Never("replication ends here; the way back is a new replica of it, which takes hours for big data"),
            guards: &[Guard::TargetPromotable, Guard::TargetFollows, Guard::LossBounded, Guard::AutomationQuiet],
            site: RunSite::Target,
            confirm: Confirm::Type,
            expect: Duration::from_secs(300),
            timeout: Duration::from_secs(1200),
            may_fail: false,
            parameters: &[],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        only(workload, DatabaseKind::RdsReplica, "an Aurora cluster is not promoted: it is switched or failed over to")
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        whose::database_subject(scene, scene.site()).into_iter().collect()
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        concluded(judge(scene))
    }

    fn foreseen(&self, scene: &Scene<'_>) -> Vec<Change> {
        let follows = last_instance(scene, scene.site()).is_none_or(Instance::is_replica);
        database_id(scene, scene.site()).filter(|_| follows).map(|id| change(scene, id)).into_iter().collect()
    }

    fn ways(&self) -> Vec<String> {
        vec![AROUND.to_owned(), "give the replica up, and restore the newest backup in its region: db_restore".to_owned()]
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        let before = last_instance(scene, scene.site()).map_or("unknown".to_owned(), |found| match found.replica_of.as_deref() {
            Some(of) => format!("a replica of {}, {}", name_of(of), word(&found.status)),
            None => format!("nobody's replica, {}", word(&found.status)),
        });
        (before, "takes writes".to_owned())
    }
}

/// Another region's instance is named by its ARN.
fn name_of(source: &str) -> String {
    word(source.rsplit(':').next().unwrap_or(source))
}

fn change(scene: &Scene<'_>, id: &str) -> Change {
    Change::new(scene.region(), What::PromoteReplica { instance: id.to_owned() })
}

fn judge(scene: &Scene<'_>) -> Judged {
    let found = instance(scene, scene.site())?;
    let (id, status) = (word(&found.id), word(&found.status));
    if is_broken(&found.status) {
        return Ok(stuck(format!("{id} is {status}"), ["restore from a backup"]));
    }
    if !found.is_replica() {
        // RDS may forget the source before the reboot: only what is up again takes writes.
        let shows = format!("{id} is nobody's replica, and {status}");
        return Ok(if found.is_writable() { Standing::proven(shows) } else { Standing::Working { says: shows, share: Some(0.9) } });
    }
    // Also while somebody else's promotion is under way: theirs is as good as ours.
    Ok(match found.status.as_str() {
        "available" => {
            let change = change(scene, &found.id);
            match accepted(scene, |past| past.change == change) {
                // A 200 is no promotion.
                Some((at, _)) => Standing::working(format!(
                    "AWS accepted the promotion {} ago, and it has not happened: {id} is {status}, and still a replica of {}",
                    human_duration(scene.now.since(at)),
                    found.replica_of.as_deref().map(name_of).unwrap_or_default()
                )),
                None => Standing::Needs { changes: vec![change], keep: put_aside(scene) },
            }
        }
        "backing-up" => Standing::working("backing up: a promotion is refused until that ends"),
        "modifying" => Standing::Working { says: "modifying: it still names its source".to_owned(), share: Some(0.4) },
        "rebooting" => Standing::Working { says: "rebooting: it still names its source".to_owned(), share: Some(0.8) },
        _ => Standing::working(format!("it is {status}, and must be available")),
    })
}
