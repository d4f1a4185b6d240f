use std::time::Duration;

use super::super::judging::{Judged, concluded, stuck, word};
use super::whose::{instance, is_broken, last_instance};
use super::{only, whose};
use crate::config::{DatabaseKind, Workload};
use crate::domain::Subject;
use crate::runbook::{About, Confirm, Deed, Part, RunSite, Scene, Standing, Undo};

/// No backup of the target is under way: it would refuse the promotion.
#[derive(Debug)]
pub(in crate::runbook) struct AwaitBackup;

impl Deed for AwaitBackup {
    fn about(&self) -> About {
        About {
            makes_true: "No backup of the target is under way.",
            turns: ("a backup is under way", "no backup under way"),
            proof: "Its status is available.",
            undo: Undo::Nothing,
            guards: &[],
            site: RunSite::Target,
            confirm: Confirm::None,
            expect: Duration::from_secs(2),
            timeout: Duration::from_secs(900),
            may_fail: false,
            parameters: &[],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        only(workload, DatabaseKind::RdsReplica, "a backup keeps no Aurora cluster from taking over")
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        whose::database_subject(scene, scene.site()).into_iter().collect()
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        concluded(judge(scene))
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        let status = last_instance(scene, scene.site()).map_or("unknown".to_owned(), |found| word(&found.status));
        (status, "no backup under way".to_owned())
    }
}

fn judge(scene: &Scene<'_>) -> Judged {
    let found = instance(scene, scene.site())?;
    let status = word(&found.status);
    Ok(match found.status.as_str() {
        "available" => Standing::proven("available"),
        // Somebody was faster: there is no promotion left to be refused.
        _ if !found.is_replica() && found.is_writable() => Standing::proven(format!("{status}, and nobody's replica")),
        broken if is_broken(broken) => stuck(format!("{} is {status}", word(&found.id)), ["restore from a backup"]),
        _ => Standing::working(status),
    })
}
