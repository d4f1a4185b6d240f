use super::decision::{Awaits, decision};
use super::model::Model;
use super::running::Running;
use crate::domain::human_duration;
use crate::run::{Mode, begins};

/// Five lines for whoever is not in front of the screen.
pub(super) fn situation(model: &Model, running: &Running) -> String {
    let run = &running.run;
    let declared = &run.declared;
    let workload = running.workload.as_deref();
    let now = model.clock.now;
    let elapsed = workload.filter(|_| run.plan.kind.moves_users()).map_or_else(String::new, |workload| match begins(run, workload) {
        Some(begun) => format!(", {} of {}", human_duration(now.since(begun)), human_duration(workload.objectives.rto)),
        None => ", users are still served".to_owned(),
    });
    let settled = run.plan.stages.iter().filter(|stage| run.is_settled(&stage.id)).count();
    let current = running.current().and_then(|id| run.plan.stages.iter().find(|stage| stage.id == id));
    let mode = match &run.mode {
        Mode::Going => "going".to_owned(),
        Mode::Paused { why } => format!("paused: {why}"),
        Mode::Aborted { reason } => format!("aborted: {reason}"),
        Mode::Finished => "finished".to_owned(),
    };
    let waits = decision(model).map_or_else(
        || "nobody".to_owned(),
        |decision| {
            let stage = decision.stage.map(|stage| format!("{stage}: ")).unwrap_or_default();
            let what = match decision.awaits {
                Awaits::Paused(why) | Awaits::Failed { why, .. } | Awaits::Owed(why) => why.to_owned(),
                Awaits::Consent { .. } => "consent".to_owned(),
                Awaits::Deed(whom) => whom.to_owned(),
                Awaits::Held(guard) => guard.why.clone(),
            };
            format!("{stage}{what}")
        },
    );
    let source = workload.map(|workload| format!(" from {}", workload.region(declared.source))).unwrap_or_default();
    let comes = run.cut_short(&|at| at.to_string()).map(|told| told.join("; ")).unwrap_or_else(|| match running.proven_at() {
        Some(at) => format!("users were proven to be served by the {} at {at}", declared.source.other()),
        None => format!("expected to be proven at {} (p90 {})", running.outlook.proven.p50, running.outlook.proven.p90),
    });
    format!(
        "{}: {}{source}\n{mode}{elapsed}\n{settled} of {} steps, now: {}\nwaits for: {waits}\n{comes}",
        declared.workload,
        run.plan.title,
        run.plan.stages.len(),
        current.map_or("nothing", |stage| stage.title.as_str()),
    )
}
