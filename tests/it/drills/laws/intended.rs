use drlab_core::domain::Receipt;
use drlab_core::domain::change::Again;

use super::{ON_THE_WAY, Verdict, since};
use crate::drills::carry::Told;
use crate::failover::witness::{OBJECTS, is_of_objects, operation};

/// What is not on the disk has not been decided: every request that changes something, or tries to, falls between the intent that was written
/// down for it and the word about what came of it; and every intent is one request at most, however often the way delivers it.
pub(in crate::drills) fn every_change_was_written_down_before(told: &Told) -> Verdict {
    let Some(run) = &told.run else { return Ok(()) };
    let mut used = vec![None; run.memory.past.len()];
    for asked in told.witness.asked.iter().filter(|asked| told.run_began() <= asked.at) {
        if OBJECTS.contains(&asked.operation.as_str()) {
            let meant = run.memory.past.iter().any(|past| past.asked_at <= asked.at && is_of_objects(&past.change.what));
            if !meant {
                return Err(format!("{} at {:.1}, and nobody had meant objects", asked.operation, since(asked.at)));
            }
            continue;
        }
        let fits = |nth: usize| {
            let past = &run.memory.past[nth];
            let in_time = past.asked_at <= asked.at
                && past.answer.as_ref().is_none_or(|(at, receipt)| {
                    let slack = if matches!(receipt, Receipt::Unknown { .. }) { ON_THE_WAY } else { std::time::Duration::ZERO };
                    asked.at <= *at + slack
                });
            let same = operation(&past.change.what) == Some(asked.operation.as_str());
            let here = past.change.region.as_str() == asked.region || asked.service == "route53";
            in_time && same && here
        };
        // What is delivered twice is one call.
        let known = (0..used.len()).find(|nth| used[*nth].as_deref() == Some(asked.invocation.as_str()));
        // A replication that is turned round is read at one side and written at both.
        let wide = |nth: usize| operation(&run.memory.past[nth].change.what) == Some("PutBucketReplication");
        // Of several that it may be meant by, one that is still open; of those one that was answered, for what nobody has answered need never
        // have arrived; and of those the one that is over first: the others can still have one of their own.
        let answered = |nth: &usize| {
            let answer = run.memory.past[*nth].answer.as_ref();
            let over = answer.map_or(told.over, |(at, _)| *at);
            let unheard = answer.is_none_or(|(_, receipt)| matches!(receipt, Receipt::Unknown { .. }));
            (over < asked.at, unheard, over)
        };
        let free = (0..used.len()).filter(|nth| fits(*nth) && (used[*nth].is_none() || wide(*nth))).min_by_key(answered);
        match known.or(free) {
            Some(nth) => used[nth] = Some(asked.invocation.clone()),
            None => {
                let (what, at) = (&asked.operation, since(asked.at));
                return Err(format!("{what} in {} at {at:.1} ({}), and no intent for it is open", asked.region, asked.status));
            }
        }
    }
    // What AWS has said to a request was said to a request.
    for (past, used) in run.memory.past.iter().zip(&used) {
        let answered =
            matches!(&past.answer, Some((_, Receipt::Accepted { told })) if told.get("status").is_none_or(|status| status != "unchanged"));
        let counted = operation(&past.change.what).is_some() && past.change.again() != Again::Harmless;
        if answered && counted && used.is_none() && past.asked_at >= told.run_began() {
            return Err(format!("{} {} was accepted, and nobody asked for it", past.stage, past.change));
        }
    }
    Ok(())
}
