use std::time::Duration;

use super::super::judging::concluded;
use super::{global, only};
use crate::config::{DatabaseKind, Workload};
use crate::domain::Subject;
use crate::runbook::{About, Confirm, Deed, Guard, Part, RunSite, Scene, Standing, Undo};

/// The target's cluster becomes the writer once it holds everything: AWS guarantees that nothing is lost.
#[derive(Debug)]
pub(in crate::runbook) struct Switchover;

impl Deed for Switchover {
    fn about(&self) -> About {
        About {
            makes_true: "The target's cluster takes writes, the source's follows it, and nothing is lost.",
            turns: ("the source's cluster writes", "the target's cluster writes"),
            proof: "The target's cluster is the global cluster's writer, no handover is under way, and an instance of it writes.",
            undo: Undo::By("a switchover the other way"),
            guards: &[Guard::TargetPromotable, Guard::AutomationQuiet],
            site: RunSite::Target,
            confirm: Confirm::Type,
            expect: Duration::from_secs(120),
            timeout: Duration::from_secs(900),
            may_fail: false,
            parameters: &[],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        only(workload, DatabaseKind::AuroraGlobal, "the database is no Aurora Global Database: its replica is promoted")
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        global::subjects(scene)
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        concluded(global::judge(scene, false))
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        global::before_after(scene)
    }
}
