use super::Verdict;
use crate::drills::carry::{End, Told};
use crate::drills::drill::Sort;

/// “Ready” is a promise: where the console has said just before the outage that a failover would succeed, and nothing but the outage has gone
/// wrong since, it succeeds.
pub(in crate::drills) fn what_was_called_ready_succeeds(told: &Told) -> Verdict {
    let promised = told.drill.sort == Sort::Plain && told.ready == Some(true);
    if !promised || told.end == End::Satisfied {
        return Ok(());
    }
    Err(format!("it was called ready, and ended so: {:?}", told.end))
}
