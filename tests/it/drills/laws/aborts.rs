use drlab_core::run::Record;

use super::{ON_THE_WAY, Verdict, since};
use crate::drills::carry::Told;

/// Whoever says stop gets it: nothing is asked for any more, except what is on its way. And whoever takes it up again finds a journal that goes
/// on: it says so, and what comes of it is held against everything else in here.
pub(in crate::drills) fn what_is_aborted_stands_still_and_can_be_taken_up(told: &Told) -> Verdict {
    for (from, to, records) in &told.aborts {
        let late = told.witness.asked.iter().find(|asked| asked.at > *from + ON_THE_WAY && asked.at <= *to);
        if let Some(late) = late {
            return Err(format!("aborted at {:.1}, and {} at {:.1}", since(*from), late.operation, since(late.at)));
        }
        let after = &told.lines[*records..];
        let taken_up = after.iter().any(|(_, record)| matches!(record, Record::Resumed { .. }));
        if !taken_up && told.over > *to {
            return Err(format!("aborted at {:.1} and taken up at {:.1}, and nobody wrote that it goes on", since(*from), since(*to)));
        }
    }
    Ok(())
}
