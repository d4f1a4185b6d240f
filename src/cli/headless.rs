//! What `run` and `resume` share: who it is, what the end is called, and its exit code.

use color_eyre::eyre::Result;
use drlab_core::run::{Ending, Finished, Run};
use drlab_core::runbook::Kind;

use super::Failure;
use super::telling::{Last, Telling};
use crate::shell::{Carried, End, Halt, NotBegun, Wait};

/// The name has been typed: that is what arms.
pub(super) fn confirmed(typed: &str, workload: &str) -> Result<()> {
    if typed == workload {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "--confirm {}: that is not the workload's name, and nothing was changed; it is {workload}",
        typed.escape_debug()
    ))
    .into())
}

/// The last words, and the exit code.
pub(super) fn over(carried: Result<Carried, NotBegun>, telling: &Telling) -> Result<u8> {
    let carried = match carried {
        Ok(carried) => carried,
        Err(NotBegun::Finished(run)) => {
            let Some(finished) = run.finished.clone() else { return Err(Failure::config("the journal does not say how it ended").into()) };
            telling.last(&run, &last(&run, &End::Finished(Box::new(finished.clone())), telling.beside()), Some(&finished));
            return Ok(code_of(&run, &finished));
        }
        Err(not) => {
            let text = format!("drlab-tui: {not}");
            return Err(match not {
                NotBegun::Blind(_) | NotBegun::NotArmed(_) => Failure::unreachable(text),
                NotBegun::NoSource(_) | NotBegun::Refused(_) => Failure::usage(text),
                NotBegun::Unreadable(_) => Failure::config(text),
                NotBegun::Held(_) => Failure::ended(9, text),
                NotBegun::Store(_) | NotBegun::Finished(_) => Failure::ended(5, text),
            }
            .into());
        }
    };
    let end = last(&carried.run, &carried.end, telling.beside());
    let finished = match &carried.end {
        End::Finished(finished) => Some(&**finished),
        _ => None,
    };
    telling.last(&carried.run, &end, finished);
    Ok(end.code)
}

/// Nothing is begun before somebody has consented to what is said here.
pub(super) fn asks(run: &Run, says: &str, telling: &Telling) -> u8 {
    let last = Last { code: 6, verdict: "awaiting-approval", says: says.to_owned() };
    telling.last(run, &last, None);
    last.code
}

/// Where the source may be lost while nothing was to be lost: the way that gives that up.
fn given_up(run: &Run, again: &str) -> String {
    if matches!(run.plan.kind, Kind::Planned | Kind::Failback) {
        format!(". If the {} is lost: {again} --switch unplanned_failover --reason TEXT says what would follow", run.plan.source)
    } else {
        String::new()
    }
}

/// Proven, and within the objectives where there are any for what the run was for: a missing figure never counts as met.
fn code_of(run: &Run, finished: &Finished) -> u8 {
    let measured = run.plan.kind.moves_users();
    match finished.verdict {
        Ending::Aborted => 10,
        Ending::Unproven => 5,
        Ending::Proven if !finished.owed.is_empty() => 7,
        Ending::Proven if finished.met == Some(false) || (measured && finished.met.is_none()) => 8,
        Ending::Proven => 0,
    }
}

/// What an aborted run has come to.
fn carried_short(run: &Run) -> String {
    run.cut_short(&|at| at.to_string()).map_or_else(|| "it was aborted".to_owned(), |told| told.join("; "))
}

/// What a script is told by the exit code of `run` and `resume`.
#[must_use]
pub fn exit_code(run: &Run, end: &End) -> u8 {
    last(run, end, "").code
}

/// `beside`: what a command needs beside the run's name.
fn last(run: &Run, end: &End, beside: &str) -> Last {
    let name = &run.declared.run;
    let again = format!("drlab-tui resume {name} --confirm {}{beside}", run.declared.workload);
    let (code, verdict, says) = match end {
        End::Finished(finished) => {
            let verdict = match finished.verdict {
                Ending::Proven => "proven",
                Ending::Unproven => "unproven",
                Ending::Aborted => "aborted",
            };
            (code_of(run, finished), verdict, finished.says())
        }
        End::Aborted => {
            let says = carried_short(run);
            (10, "aborted", format!("{says}. To take it up again: {again}"))
        }
        End::Interrupted(by) => (130, "interrupted", format!("interrupted by {by}; nothing is lost. To go on: {again}")),
        End::TakenOver(who) => (9, "taken-over", format!("{who} has taken the run over; nothing more is done here")),
        End::Broken(why) => (5, "failed", format!("{why}. To go on: {again}")),
        End::Halted(Halt::Failed { stage, why, ways }) => {
            let ways: String = ways.iter().map(|way| format!("; or {way}")).collect();
            (
                5,
                "failed",
                format!(
                    "{stage} has failed: {why}. To try again: {again}; to go on without it: {again} --skip {stage}=REASON{ways}{}",
                    given_up(run, &again)
                ),
            )
        }
        End::Halted(Halt::Late(why)) => (6, "awaiting-approval", format!("{why}. To go on: {again} --approve all")),
        End::Halted(Halt::Guard(held)) => {
            let held: Vec<_> = held
                .iter()
                .map(|(stage, guards)| {
                    let guards: Vec<_> = guards
                        .iter()
                        .map(|guarded| format!("{}. To go past it: {again} --override {}=REASON", guarded.says(), guarded.guard))
                        .collect();
                    format!("{stage} is held: {}", guards.join("; "))
                })
                .collect();
            (4, "stopped-at-guard", held.join(". ") + &given_up(run, &again))
        }
        End::Halted(Halt::Waiting(waits)) => {
            let waits: Vec<_> = waits
                .iter()
                .map(|(stage, wait)| match wait {
                    Wait::Approval => format!("{stage} waits for consent: {again} --approve {stage}"),
                    Wait::Deed(whom) => format!("{stage} asks: {whom}. When that is done: {again} --acknowledge {stage}"),
                    Wait::Owed(why) => format!("{stage} cannot be done now: {why}. To let it be owed: {again} --acknowledge {stage}"),
                })
                .collect();
            (6, "awaiting-approval", waits.join(". "))
        }
    };
    Last { code, verdict, says }
}
