//! The workload as the run under way has made it. A failback goes to a replica of a new name; what the configuration names at that site has been
//! put aside, however loudly RDS says that it takes writes.

use std::borrow::Cow;

use super::model::Model;
use super::running::Running;
use crate::assess::rules::{Look, Roles, checks, forecast, impairment, loss};
use crate::assess::{Assessment, Readiness, assess};
use crate::config::Workload;
use crate::domain::Snapshot;

/// What a run is about to hand over to, as things stand now.
#[derive(Clone, Debug)]
pub struct Handover<'m> {
    pub workload: Cow<'m, Workload>,
    /// Its readiness is that of the way which the run leads.
    pub assessment: Assessment,
    /// What it rests on: the present, and never a picture that stands still.
    pub snapshot: &'m Snapshot,
}

/// Of the run that this console carries out, whichever workload is looked at.
#[must_use]
pub fn handover(model: &Model) -> Option<Handover<'_>> {
    let Running { run, workload, .. } = model.running.as_ref()?;
    let workload = run.memory.meant(run.plan.kind, workload.as_deref()?);
    let (snapshot, now) = (&model.current().snapshot, model.clock.now);
    let mut assessment = assess(&workload, snapshot, now);
    let look = Look { workload: &workload, snapshot, now };
    let roles = Roles::from(look, run.plan.source);
    // A row that is told of the other way says nothing of this one.
    if assessment.readiness.target != roles.target() {
        assessment.between.retain(|row| row.id != "replication/database");
    }
    let impairment = impairment(look, &roles);
    let forecast = forecast(look, &roles, &impairment);
    assessment.readiness = Readiness {
        target: roles.target(),
        checks: checks(look, &roles, &forecast, impairment.outage()),
        loss: loss(look, &roles, impairment.outage()),
        forecast,
        ..assessment.readiness
    };
    Some(Handover { workload, assessment, snapshot })
}

/// The workload as it is judged: what a run of it has made counts from the moment on at which it was asked for. Once the run is over, that is
/// what is configured.
pub(super) fn as_made<'w>(running: Option<&Running>, workload: &'w Workload) -> Cow<'w, Workload> {
    match running.filter(|running| running.is_live() && running.run.declared.workload == workload.name) {
        Some(Running { run, .. }) => run.memory.meant(run.plan.kind, workload),
        None => Cow::Borrowed(workload),
    }
}
