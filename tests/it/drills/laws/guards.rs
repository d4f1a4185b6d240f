use std::collections::BTreeMap;
use std::time::Duration;

use drlab_core::run::{Guarded, Record, Run};

use super::{Verdict, lied_to, since};
use crate::drills::carry::Told;
use crate::drills::drill::Trouble;
use crate::failover::witness::Moment;

/// A value counts while it is younger than three looks; a look takes seconds, and somebody on the way may answer what was so some seconds ago.
const KNOWN: Duration = Duration::from_secs(75);

/// A guard that holds would hold as well if everything were forgotten that is too old to count, or was looked at before its step's turn came:
/// what is unknown or stale never lets anybody pass.
pub(in crate::drills) fn no_guard_rests_on_what_is_not_known(told: &Told) -> Verdict {
    match told.seen.leaning.first() {
        Some(first) => Err(format!("{} guards lean on what is not known: {first}", told.seen.leaning.len())),
        None => Ok(()),
    }
}

/// Of what a guard says the lab knows better: at some moment in which it could have been seen it was so.
pub(in crate::drills) fn what_a_guard_says_is_so(told: &Told) -> Verdict {
    let Some(run) = told.run.as_ref().filter(|_| !lied_to(told)) else { return Ok(()) };
    let (source, target) = (run.plan.source.word(), run.plan.source.other().word());
    for (at, record) in &told.lines {
        let Record::Guarded { stage, guards } = record else { continue };
        let around = || told.witness.moments.iter().filter(|moment| moment.at + KNOWN >= *at && moment.at <= *at + Duration::from_secs(2));
        for held in guards.iter().filter(|held| held.holds == Some(true)) {
            let is_so: &dyn Fn(&Moment) -> bool = match held.guard.as_str() {
                "database.target.writable" => {
                    &|moment| moment.writers.iter().any(|site| site == target) || moment.takers.iter().any(|made| takes_writes(held, made))
                }
                "source.fenced" if !held.why.contains("acknowledged") => {
                    &|moment| moment.running.iter().all(|(service, tasks)| !service.starts_with(source) || *tasks == 0)
                }
                "database.not-split" if !held.why.contains("fenced") => {
                    &|moment| moment.writers.len() < 2 || replica(held).is_some_and(|made| !moment.takers.contains(made))
                }
                "source.impaired" => &|moment| !moment.serves(source),
                "source.well" => &|moment| moment.writes_at(source) || (by_word(held) && nothing_but_the_database(told, run, moment)),
                _ => continue,
            };
            if around().next().is_some() && !around().any(is_so) {
                return Err(format!("{} for {stage} at {:.1}: “{}”, and it was not so", held.guard, since(*at), held.why));
            }
        }
    }
    Ok(())
}

/// That the database takes writes is told by RDS alone.
fn by_word(held: &Guarded) -> bool {
    held.why.contains("takes writes, as RDS says")
}

/// Nothing is wrong at that moment but that the database's process is gone while RDS calls it available, behind a health check that does not
/// ask it. Only a write can tell, and the step behind the guard makes one.
fn nothing_but_the_database(told: &Told, run: &Run, moment: &Moment) -> bool {
    let (source, target) = (run.plan.source.word(), run.plan.source.other().word());
    let now = moment.at.since(crate::lab::rig::START);
    let lasts = |trouble: &&Trouble| (trouble.from..trouble.from + trouble.lasting).contains(&now);
    // What names no site may well be wrong here.
    let mut here = told.drill.troubles.iter().filter(lasts).filter(|trouble| !trouble.fault.contains(target)).peekable();
    let down = format!("database-down:{source}");
    let staffed = moment.running.iter().any(|(service, tasks)| service.starts_with(source) && *tasks > 0);
    staffed && moment.landing == source && here.peek().is_some() && here.all(|trouble| trouble.fault == down)
}

/// A database that was made since, by a restore or for the way home, is no site's yet: the guard names it.
fn takes_writes(held: &Guarded, made: &str) -> bool {
    held.why.strip_prefix(made).is_some_and(|rest| rest.starts_with(" takes writes"))
}

fn replica(held: &Guarded) -> Option<&str> {
    held.why.strip_prefix("the target takes no writes: ")?.strip_suffix(" is a replica")
}

/// Nothing is asked for by a step one of whose guards does not hold, or cannot be told, unless somebody has gone past it with a reason.
pub(in crate::drills) fn nothing_is_asked_for_past_a_guard(told: &Told) -> Verdict {
    let Some(run) = &told.run else { return Ok(()) };
    let mut held: BTreeMap<&str, &Vec<Guarded>> = BTreeMap::new();
    let mut past: Vec<(&str, &str)> = Vec::new();
    let switched = told.lines.iter().any(|(_, record)| matches!(record, Record::Switched(_)));
    for (at, record) in &told.lines {
        match record {
            Record::Guarded { stage, guards } => drop(held.insert(stage, guards)),
            Record::Overridden { stage, guard, .. } => past.push((stage, guard)),
            Record::Switched(_) => held.clear(),
            Record::Intent { stage, change, .. } => {
                let planned = run.plan.stages.iter().find(|planned| planned.id == *stage);
                let guarded = planned.is_some_and(|planned| !planned.guards.is_empty());
                let Some(guards) = held.get(stage.as_str()) else {
                    if guarded && !switched {
                        return Err(format!("{stage} asks for {change} at {:.1}, and its guards were never asked", since(*at)));
                    }
                    continue;
                };
                let open = guards.iter().find(|one| one.holds != Some(true) && !past.contains(&(stage.as_str(), one.guard.as_str())));
                if let Some(open) = open {
                    return Err(format!("{stage} asks for {change} at {:.1} past {}: {}", since(*at), open.guard, open.why));
                }
            }
            _ => {}
        }
    }
    Ok(())
}
