//! What is done to Application Auto Scaling, which sets the count of tasks by itself.

pub(super) mod bounds;
pub(super) mod suspension;

#[cfg(test)]
mod tests;

use super::judging::{Judged, service, services};
use crate::config::Workload;
use crate::domain::fact::Bounds;
use crate::domain::{Cause, Kind, Subject};
use crate::runbook::{Fresh, Part, Scene, Standing};

fn parts(workload: &Workload) -> Result<Vec<Part>, String> {
    services(workload, |service| service.autoscaled, "no service is autoscaled")
}

fn subject(scene: &Scene<'_>) -> Option<Subject> {
    service(scene).ok().map(|service| scene.workload.service_subject(Kind::Bounds, service, scene.site()))
}

/// The bounds; `None` where the scaler does not know the service.
fn bounds<'a>(scene: &Scene<'a>) -> Result<Option<&'a Bounds>, Standing> {
    let Some(subject) = subject(scene) else { return Err(Standing::stuck("this stage is of no service")) };
    match scene.see::<Bounds>(&subject) {
        Fresh::Missing => Ok(None),
        // An endpoint that has no such service will not have it in a minute.
        Fresh::Failing(failing) if failing.trouble.cause == Cause::Unintelligible => {
            Err(Standing::stuck(format!("{subject}: {}", failing.trouble.text)))
        }
        seen => seen.or_wait(&subject).map(Some),
    }
}

fn concluded(judged: Judged) -> Standing {
    super::judging::concluded(judged)
}
