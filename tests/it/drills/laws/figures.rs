use std::time::Duration;

use drlab_core::domain::Timestamp;
use drlab_core::run::{Record, begins, proven_at};
use drlab_core::runbook::Kind;
use serde_json::Value;

use super::{Verdict, lied_to, since};
use crate::drills::carry::Told;
use crate::drills::drill::{Declared, Sort};

/// The witness looks every two seconds, and everything is rounded by a call there and back.
const LOOK: Duration = Duration::from_secs(3);
/// Three rounds, five seconds apart.
const PROOF: Duration = Duration::from_secs(10);
/// One observation interval: a round that was begun before and is not finished yet comes first, and the look at the resolvers before that.
const INTERVAL: Duration = Duration::from_secs(10);
/// Between two looks of the client's eye, with the longest that it waits for an answer.
const EYE: Duration = Duration::from_secs(13);

/// The recovery clock starts when the primary failed and stops when users are served, neither sooner nor later than can be seen: what a report
/// says was achieved was achieved.
pub(in crate::drills) fn the_recovery_time_is_so(told: &Told) -> Verdict {
    let Some(run) = told.run.as_ref().filter(|_| !lied_to(told)) else { return Ok(()) };
    let moves = matches!(run.plan.kind, Kind::Planned | Kind::Unplanned | Kind::Failback);
    let Some(proven) = proven_at(run).filter(|_| moves) else { return Ok(()) };
    let target = run.plan.source.other().word();
    let workload = &told.rig.stage.config.workloads[0];
    if let Some(finished) = &run.finished
        && finished.rto != begins(run, workload).map(|begun| proven.since(begun))
    {
        return Err(format!(
            "the report says {:?}, and users were proven to be served {:?} after it began",
            finished.rto,
            begins(run, workload).map(|begun| proven.since(begun))
        ));
    }
    // Each of the three rounds has seen them served.
    let during = || told.witness.moments.iter().filter(|moment| moment.at + PROOF >= proven && moment.at <= proven);
    let unserved = during().filter(|moment| !moment.serves(target)).count();
    if unserved > 0 && unserved == during().count() {
        return Err(format!(
            "users were called served by the {target} at {:.1}, and they were not: {:?}",
            since(proven),
            during().next_back()
        ));
    }
    if told.drill.sort != Sort::Plain {
        return Ok(());
    }
    let arrived =
        told.witness.moments.iter().rev().skip_while(|moment| moment.at > proven).take_while(|moment| moment.serves(target)).last();
    let arrived = arrived.map_or(proven, |moment| moment.at);
    let turned = told.witness.given.values().map(|(at, _)| *at).filter(|at| *at <= proven).max().unwrap_or(arrived);
    let done = |stage: &str| run.memory.done.get(stage).copied().unwrap_or_default();
    let sure = arrived.max(turned).max(done("flip")).max(done("write"));
    if proven > sure + PROOF + INTERVAL + LOOK {
        return Err(format!("users were served for sure from {:.1}, and that was proven only at {:.1}", since(sure), since(proven)));
    }
    if let (Declared::Watched, Some(noticed)) = (told.drill.declared, told.noticed) {
        let outage = crate::lab::rig::START + told.drill.outage_at;
        if noticed + LOOK < outage || noticed > outage + EYE {
            return Err(format!("it began at {:.1}, and the clock starts at {:.1}", since(outage), since(noticed)));
        }
    }
    Ok(())
}

const PROMOTES: [&str; 3] = ["PromoteReadReplica", "FailoverGlobalCluster", "SwitchoverGlobalCluster"];

/// What is said to be lost before the point of no return is never less than what turns out to be lost of what was written until then.
pub(in crate::drills) fn no_more_is_lost_than_was_stated(told: &Told) -> Verdict {
    let Some(run) = &told.run else { return Ok(()) };
    // The last before anything was given up.
    let stated = told.lines.iter().rev().find_map(|(at, record)| match record {
        Record::Stated { loss_seconds, told, .. } => Some((*at, *loss_seconds, told.clone())),
        _ => None,
    });
    // Of a restore that nothing was said of, nothing was restored.
    if run.plan.kind == Kind::Restore && stated.is_none() {
        return Ok(());
    }
    let truth = told.rig.workload();
    let target = run.plan.source.other().word();
    let taken = told.witness.moments.last().is_some_and(|moment| moment.writers.iter().any(|writer| writer == target));
    if truth["landing"] != target || !taken {
        return Ok(());
    }
    let Some((at, seconds, words)) = stated else {
        // Where it was proven that everything has arrived, nothing is.
        let lost = lost_before(&truth, told.over);
        // What somebody else has promoted meanwhile was theirs to state.
        return if lost.is_zero() || !told.witness.asked.iter().any(|asked| PROMOTES.contains(&asked.operation.as_str())) {
            Ok(())
        } else {
            Err(format!("{lost:?} of writes are lost, and nothing was said"))
        };
    };
    let lost = lost_before(&truth, at);
    match seconds {
        // Said to be without a bound.
        None => Ok(()),
        Some(seconds) if Duration::from_secs_f64(seconds) + Duration::from_secs(1) > lost => Ok(()),
        Some(seconds) => Err(format!("{seconds:.1} s were said to be lost at most (“{words}”), and {lost:?} are")),
    }
}

/// From the first acknowledged row that is gone to the last, of those that were written before.
fn lost_before(truth: &Value, before: Timestamp) -> Duration {
    let at = |value: &Value| serde_json::from_value::<Timestamp>(value.clone()).unwrap();
    // Of a database that was made since the site knows nothing: what it lacks who really serves there is what is lost.
    let (writes, served) = (&truth["writes"], &truth["writes"]["served"]);
    let configured = truth["sites"].as_array().unwrap().iter().any(|site| site["database"]["id"] == served["database"]);
    let known = if served.is_null() || configured { writes } else { served };
    let gone = known["stretches"].as_array().unwrap().iter().map(|lost| (at(&lost["from"]), at(&lost["until"]).min(before)));
    let gone: Vec<_> = gone.filter(|(from, until)| from < until).collect();
    let (from, until) = (gone.iter().map(|(from, _)| *from).min(), gone.iter().map(|(_, until)| *until).max());
    from.zip(until).map_or(Duration::ZERO, |(from, until)| until.since(from))
}
