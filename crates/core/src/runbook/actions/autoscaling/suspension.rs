use std::time::Duration;

use super::super::judging::{Judged, here, last};
use super::{bounds, concluded, parts, subject};
use crate::config::Workload;
use crate::domain::fact::Bounds;
use crate::domain::{Change, Subject, What};
use crate::runbook::{About, Confirm, Deed, Part, RunSite, Scene, Standing, Undo};

/// The scaler leaves the count alone, or attends to it again.
#[derive(Debug)]
pub(in crate::runbook) struct Suspension {
    suspended: bool,
}

pub(in crate::runbook) static SUSPEND: Suspension = Suspension { suspended: true };
pub(in crate::runbook) static RESUME: Suspension = Suspension { suspended: false };

impl Deed for Suspension {
    fn about(&self) -> About {
        let (makes_true, turns, undo) = if self.suspended {
            ("The scaler leaves the count of tasks alone.", ("active", "suspended"), Undo::By("autoscaling.resume"))
        } else {
            ("The scaler attends to the count of tasks again.", ("suspended", "active"), Undo::By("autoscaling.suspend"))
        };
        About {
            makes_true,
            turns,
            proof: "All three of its suspensions (in, out, scheduled) read back.",
            undo,
            guards: &[],
            site: RunSite::Source,
            confirm: Confirm::None,
            expect: Duration::from_secs(3),
            timeout: Duration::from_secs(120),
            may_fail: true,
            parameters: &[],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        parts(workload)
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        subject(scene).into_iter().collect()
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        concluded(self.judge(scene))
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        let now = subject(scene).and_then(|subject| last::<Bounds>(scene, &subject));
        (now.map_or("unknown".to_owned(), says), if self.suspended { "suspended" } else { "active" }.to_owned())
    }
}

impl Suspension {
    fn judge(&self, scene: &Scene<'_>) -> Judged {
        let (_, at) = here(scene)?;
        let Some(now) = bounds(scene)? else {
            return Ok(Standing::proven("the scaler does not know this service: it sets no count"));
        };
        if switches(now).iter().all(|suspended| *suspended == self.suspended) {
            return Ok(Standing::proven(says(now)));
        }
        let what = What::SuspendScaling { cluster: at.cluster.clone(), service: at.service.clone(), suspended: self.suspended };
        Ok(Standing::needs([Change::new(scene.region(), what)]))
    }
}

const fn switches(now: &Bounds) -> [bool; 3] {
    [now.suspended_in, now.suspended_out, now.suspended_scheduled]
}

fn says(now: &Bounds) -> String {
    match switches(now).iter().filter(|suspended| **suspended).count() {
        0 => "active".to_owned(),
        3 => "suspended".to_owned(),
        _ => "suspended in part".to_owned(),
    }
}
