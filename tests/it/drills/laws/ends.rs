use std::time::Duration;

use drlab_core::run::{Mode, Phase, Stance};
use drlab_tui::engine::Stopped;

use super::Verdict;
use crate::drills::carry::{End, Told};

/// Decisions come four times a second.
const SLACK: Duration = Duration::from_secs(5);
/// The longest that a request for one thing is waited for. Objects by the thousand take longer, and are asked for by nobody here.
const AN_ANSWER: Duration = Duration::from_secs(10);

/// A run ends, or it says what it waits for: people, the world, or an answer; and for the world it waits no longer than it said it would. A run
/// that is cut off in the middle waits for one of these; a console that stands still and does not say why has failed whoever sits before it.
pub(in crate::drills) fn it_ends_or_says_what_it_waits_for(told: &Told) -> Verdict {
    let Some(run) = &told.run else { return Ok(()) };
    match &told.end {
        End::Stopped(Stopped::Finished) | End::Satisfied | End::Watched => return Ok(()),
        End::Stopped(stopped) => return Err(format!("it stopped: {stopped}")),
        End::CutOff => {}
    }
    match &run.mode {
        Mode::Finished => return Ok(()),
        Mode::Aborted { reason } | Mode::Paused { why: reason } if !reason.is_empty() => return Ok(()),
        Mode::Aborted { .. } | Mode::Paused { .. } => return Err("it stands still and does not say why".to_owned()),
        Mode::Going => {}
    }
    // Whoever has only just come has not looked at everything.
    if told.left.since(told.sitting_since) < SLACK {
        return Ok(());
    }
    let mut waits = 0;
    for stage in &run.plan.stages {
        let state = &run.stages[&stage.id];
        let stance = told.desk.stances.get(&stage.id);
        match (&state.phase, stance) {
            (Phase::Ready, None) if told.left.since(state.since) > SLACK => {
                return Err(format!("{}'s turn has come, and nobody looks at it", stage.id));
            }
            (Phase::Ready, Some(stance)) => {
                waits += 1;
                if stance.says().is_empty() {
                    return Err(format!("{} waits and does not say for what", stage.id));
                }
                let begun = run.memory.past.iter().rev().find(|past| past.stage == stage.id).map(|past| past.asked_at);
                let attended = run.resumed_at.max(Some(told.sitting_since)).max(told.desk.left_to_people(&stage.id));
                let since = begun.max(state.ready_at).max(attended).unwrap_or(state.since);
                let waited = told.left.since(since);
                let most = if matches!(stance, Stance::InTheAir { .. }) { AN_ANSWER } else { stage.timeout };
                if !stance.waits_for_people() && waited > most + SLACK {
                    return Err(format!("{} waits for {waited:?}, and {most:?} is the most: {}", stage.id, stance.says()));
                }
            }
            (Phase::Owed { .. } | Phase::Failed { .. }, _) => waits += 1,
            _ => {}
        }
    }
    if waits == 0 && told.lines.last().is_some_and(|(at, _)| told.left.since(*at) > SLACK) {
        return Err("it is going, and no step waits for anything".to_owned());
    }
    Ok(())
}
