use std::collections::BTreeSet;

use drlab_core::run::Record;
use drlab_core::runbook::{Confirm, Stage};

use super::{Verdict, since};
use crate::drills::carry::Told;

/// What cannot be undone is asked for behind somebody's word: at its own step, or at one before it whose name was typed.
pub(in crate::drills) fn what_cannot_be_undone_was_agreed_to(told: &Told) -> Verdict {
    let Some(run) = &told.run else { return Ok(()) };
    let never = |stage: &&Stage| stage.action.deed().about().for_good().is_some();
    let typed = |id: &str| run.plan.stages.iter().any(|stage| stage.id == id && stage.confirm == Confirm::Type);
    let mut approved = BTreeSet::new();
    for (at, record) in &told.lines {
        match record {
            Record::Approved { stage, .. } => drop(approved.insert(stage.as_str())),
            // Whoever switches to another runbook is asked everything anew.
            Record::Switched(_) => approved.clear(),
            Record::Intent { stage, change, .. } => {
                let Some(planned) = run.plan.stages.iter().filter(never).find(|planned| planned.id == *stage) else { continue };
                let agreed = approved.contains(planned.id.as_str()) || approved.iter().any(|id| typed(id));
                if !agreed {
                    return Err(format!("{stage} asks at {:.1} for {change}, and nobody has agreed to anything", since(*at)));
                }
            }
            _ => {}
        }
    }
    Ok(())
}
