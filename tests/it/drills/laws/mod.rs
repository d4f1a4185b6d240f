//! What holds in every drill, whatever befalls it: by the lab's ground truth, its log of requests, and the journal.

mod aborts;
mod alarmed;
mod consent;
mod ends;
mod figures;
mod guards;
mod intended;
mod ready;
mod twice;
mod uncrashed;
mod watching;
mod writers;

use std::time::Duration;

use drlab_core::domain::Timestamp;
use drlab_core::run::Record;

use super::carry::Told;

pub(super) use uncrashed::ends_as_if_it_had_not_crashed;

/// What is wrong with a drill, in a sentence.
pub(super) type Verdict = Result<(), String>;

/// What it is called, and whether it holds.
pub(super) type Law = (&'static str, fn(&Told) -> Verdict);

pub(super) const LAWS: &[Law] = &[
    ("no second writer by us", writers::adds_no_second_writer),
    ("a split is alarmed", alarmed::a_split_is_told_at_once),
    ("every change was intended", intended::every_change_was_written_down_before),
    ("nothing is done twice", twice::nothing_takes_effect_twice),
    ("guards rest on what is known", guards::no_guard_rests_on_what_is_not_known),
    ("what a guard says is so", guards::what_a_guard_says_is_so),
    ("nothing is asked for past a guard", guards::nothing_is_asked_for_past_a_guard),
    ("what cannot be undone was agreed to", consent::what_cannot_be_undone_was_agreed_to),
    ("an abort can be taken up", aborts::what_is_aborted_stands_still_and_can_be_taken_up),
    ("the recovery time is so", figures::the_recovery_time_is_so),
    ("no more is lost than was stated", figures::no_more_is_lost_than_was_stated),
    ("ready means ready", ready::what_was_called_ready_succeeds),
    ("watching changes nothing", watching::watching_changes_nothing),
    ("it ends or says why not", ends::it_ends_or_says_what_it_waits_for),
];

/// Since the lab began: as the story has it.
fn since(at: Timestamp) -> f64 {
    at.since(crate::lab::rig::START).as_secs_f64()
}

/// Whether somebody has gone past one of these guards with a reason, before that.
fn overridden(told: &Told, guards: &[&str], before: Timestamp) -> bool {
    told.lines
        .iter()
        .any(|(at, record)| *at <= before && matches!(record, Record::Overridden { guard, .. } if guards.contains(&guard.as_str())))
}

/// Whether something on this day shows the console other than what is so: nobody is to be blamed for what they could not see.
fn lied_to(told: &Told) -> bool {
    told.drill.troubles.iter().any(|trouble| trouble.fault.starts_with("liar-"))
}

/// An answer that is on its way when nobody waits for it any more has arrived by then.
const ON_THE_WAY: Duration = Duration::from_secs(4);
