//! Reasons to stop before the next irreversible step and ask.

use super::begun::will_begin;
use super::decide::Circumstances;
use super::forecast::outlook;
use super::state::Run;
use crate::domain::fact::Alarm;
use crate::domain::{Kind as Seen, Subject, human_duration};
use crate::runbook::Stage;

/// Why a person should say once more that this is what they want; `None` if there is no reason, or they have.
pub(super) fn reason(run: &Run, stage: &Stage, at: Circumstances<'_>) -> Option<String> {
    // Without figures that move, so that one answer holds; whoever goes on at the first such step is not asked again at the next.
    let asked = |why: &String| run.answered.iter().any(|answered| answered.contains(why));
    // All at once: each question costs whoever waits another minute.
    let why: Vec<_> = [late(run, at), alarmed(run, at)].into_iter().flatten().filter(|why| !asked(why)).collect();
    (!why.is_empty()).then(|| format!("{}, and {} cannot be undone: go on, wait, or abort", why.join("; "), stage.id))
}

fn late(run: &Run, at: Circumstances<'_>) -> Option<String> {
    if !run.plan.kind.moves_users() {
        return None;
    }
    let outlook = outlook(run, at.history, at.now);
    let p50 = outlook.proven.p50;
    let deadline = will_begin(run, at.workload, &outlook) + at.workload.objectives.rto;
    let objective = human_duration(at.workload.objectives.rto);
    (p50 > deadline).then(|| format!("the objective of {objective} will be missed anyway"))
}

/// What has begun to ring where the run leads. What rang before was known to whoever declared it, and at the source something is wrong anyway.
fn alarmed(run: &Run, at: Circumstances<'_>) -> Option<String> {
    let region = at.workload.region(run.plan.source.other());
    let here = at.workload.alarms.iter().filter(|alarm| alarm.region == *region);
    let rings = |name: &&str| {
        let seen = at.snapshot.see::<Alarm>(&Subject::new(Seen::Alarm, region, name), at.now);
        seen.last().is_some_and(|alarm| alarm.state == "ALARM" && alarm.since.is_some_and(|since| since >= run.memory.declared_at))
    };
    let ringing: Vec<_> = here.map(|alarm| alarm.name.as_str()).filter(rings).collect();
    (!ringing.is_empty()).then(|| format!("since it was declared there is an alarm in {region}: {}", ringing.join(", ")))
}
