use std::time::Duration;

use super::super::judging::{Judged, here, keep, last, service};
use super::super::service::{Load, TASKS, figure_name};
use super::{bounds, concluded, parts, subject};
use crate::config::Workload;
use crate::domain::fact::Bounds;
use crate::domain::{Change, Subject, What};
use crate::runbook::{About, Confirm, Deed, Part, RunSite, Scene, Standing, Undo};

/// The bounds let as many tasks run as the load takes, and do not let them be scaled in below that.
#[derive(Debug)]
pub(in crate::runbook) struct SetBounds;

impl Deed for SetBounds {
    fn about(&self) -> About {
        About {
            makes_true: "The scaler keeps at least as many tasks as the load takes.",
            turns: ("the bounds there are", "the bounds that the load takes"),
            proof: "Minimum and maximum read back.",
            undo: Undo::By("autoscaling.bounds with tasks = \"before\""),
            guards: &[],
            site: RunSite::Target,
            confirm: Confirm::None,
            expect: Duration::from_secs(3),
            timeout: Duration::from_secs(120),
            may_fail: true,
            parameters: &[TASKS],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        parts(workload)
    }

    fn refuses(&self, parameter: &str, value: &str) -> Option<String> {
        Load::refuses(parameter, value)
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        subject(scene).into_iter().collect()
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        concluded(judge(scene))
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        let (Ok(service), Ok(load), Some(subject)) = (service(scene), Load::of(scene), subject(scene)) else { return Default::default() };
        let now = last::<Bounds>(scene, &subject);
        let (min, max) = load.bounds(scene, service, now);
        (now.map_or("unknown".to_owned(), |now| format!("{}–{} tasks", now.min, now.max)), format!("{min}–{max} tasks"))
    }
}

fn judge(scene: &Scene<'_>) -> Judged {
    let (service, at) = here(scene)?;
    let load = Load::of(scene)?;
    let now = bounds(scene)?;
    let (min, max) = load.bounds(scene, service, now);
    if let Some(now) = now.filter(|now| (now.min, now.max) == (min, max)) {
        return Ok(Standing::proven(format!("{}–{} tasks", now.min, now.max)));
    }
    let aside = now.into_iter().flat_map(|now| [("min", now.min), ("max", now.max)]);
    let keep = keep(scene, aside.map(|(what, value)| (figure_name(scene.site(), service, what), value.to_string())));
    let what = What::SetBounds { cluster: at.cluster.clone(), service: at.service.clone(), min, max };
    Ok(Standing::Needs { changes: vec![Change::new(scene.region(), what)], keep })
}
