use std::time::Duration;

use super::{Verdict, overridden, since};
use crate::drills::carry::Told;

/// What nobody can have missed: three looks at an instance, and the time they take.
const OBSERVED: Duration = Duration::from_secs(45);
const ASKED_PAST: &[&str] = &["source.impaired", "source.well", "source.fenced"];

/// Two databases that take writes are two histories, and one of them will be lost: nothing that we ask for makes a second one while the first
/// takes writes and serves its users where everybody can see it. Whoever goes past the guard that says so does it under their own name.
pub(in crate::drills) fn adds_no_second_writer(told: &Told) -> Verdict {
    let Some(run) = &told.run else { return Ok(()) };
    let source = run.plan.source.word();
    for request in told.witness.asked.iter().filter(|asked| asked.status < 400) {
        if !matches!(request.operation.as_str(), "PromoteReadReplica" | "FailoverGlobalCluster") {
            continue;
        }
        let mut before = told.witness.moments.iter().filter(|moment| moment.at <= request.at && moment.at + OBSERVED >= request.at);
        let all_along = before.all(|moment| moment.writes_at(source));
        if all_along && !overridden(told, ASKED_PAST, request.at) {
            let (at, long) = (since(request.at), OBSERVED.as_secs());
            return Err(format!(
                "{} at {at:.1} while the {source} has served and written for {long} s, and nobody overrode that",
                request.operation
            ));
        }
    }
    Ok(())
}
