//! When a run without a screen is over although it is not finished: when nothing in it moves any more without a person.

use std::collections::BTreeMap;
use std::time::Duration;

use drlab_core::domain::Timestamp;
use drlab_core::run::{Desk, Guarded, Mode, Phase, Run, Stance};
use drlab_core::runbook::Stage;

use super::consent::Consent;

/// A guard that says no may say yes after the next look or two. World time.
const SETTLED: Duration = Duration::from_secs(30);
/// What cannot be told now may be told soon; it is not waited for all night.
const UNTOLD: Duration = Duration::from_secs(300);

/// Why nothing moves any more.
#[derive(Clone, Debug, PartialEq)]
pub enum Halt {
    /// Stages that are held, each by these guards.
    Guard(Vec<(String, Vec<Guarded>)>),
    /// People who must say something, for each stage.
    Waiting(Vec<(String, Wait)>),
    /// The engine asks whether to go on although the objective will be missed.
    Late(String),
    Failed {
        stage: String,
        why: String,
        ways: Vec<String>,
    },
}

/// What a stage waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wait {
    Approval,
    /// A deed or a word, told here.
    Deed(String),
    /// What cannot be done now is to be acknowledged, so that the rest can go on.
    Owed(String),
}

/// Since when nothing has moved, and since when somebody has been waited for.
#[derive(Clone, Debug, Default)]
pub(super) struct Quiet {
    still: Option<Timestamp>,
    waiting: Option<Timestamp>,
    /// Since when none of the guards that hold a stage has been unable to say.
    refused: Option<Timestamp>,
    /// Guards that held a stage when they were last asked: between two answers lies a look, which moves nothing.
    held: BTreeMap<String, Vec<Guarded>>,
}

impl Quiet {
    pub(super) fn look(&mut self, run: &Run, desk: &Desk, consent: &Consent, now: Timestamp) -> Option<Halt> {
        // Notices among it: whoever is told that the run needs somebody is told before nobody is here any more.
        let in_the_air = run.memory.past.iter().any(|past| past.answer.is_none())
            || desk.stances.values().any(|stance| matches!(stance, Stance::InTheAir { .. }));
        match &run.mode {
            Mode::Finished | Mode::Aborted { .. } => return None,
            Mode::Paused { .. } if in_the_air => return None,
            Mode::Paused { .. } if consent.all && super::consent::is_late(run) => return None,
            Mode::Paused { why } => return Some(Halt::failed(run).unwrap_or_else(|| Halt::Late(why.clone()))),
            Mode::Going => {}
        }
        self.remember(desk);
        let moving = in_the_air || run.plan.stages.iter().any(|stage| self.moves(run, desk, consent, stage));
        let since = |at: &mut Option<Timestamp>, so: bool| {
            *at = so.then(|| at.unwrap_or(now));
            at.map(|at| now.since(at))
        };
        let still = since(&mut self.still, !moving);
        let waits: Vec<_> = run
            .plan
            .stages
            .iter()
            .filter(|stage| desk.stances.get(&stage.id).is_none_or(|stance| !consent.answers(run, stage, stance)))
            .filter_map(|stage| Some((stage.id.clone(), wait(run, desk, consent, stage)?)))
            .collect();
        let waiting = since(&mut self.waiting, !waits.is_empty());
        if in_the_air {
            return None;
        }
        // Somebody is needed, whatever else goes on meanwhile; what is owed now may be possible after the next look.
        let owed_only = waits.iter().all(|(_, wait)| matches!(wait, Wait::Owed(_)));
        if waiting.is_some_and(|waiting| waiting >= SETTLED || (still.is_some() && !owed_only)) {
            return Some(Halt::Waiting(waits));
        }
        let told = still.is_some() && self.held.values().flatten().all(|guarded| guarded.holds.is_some());
        let refused = since(&mut self.refused, told && !self.held.is_empty());
        // A no is believed once it has stood for a while; what was waited for before, because nobody could say, is no part of that.
        if self.held.is_empty() || (refused.is_none_or(|long| long < SETTLED) && still.is_none_or(|still| still < UNTOLD)) {
            return None;
        }
        Some(Halt::Guard(self.held.clone().into_iter().collect()))
    }

    fn remember(&mut self, desk: &Desk) {
        self.held.retain(|stage, _| matches!(desk.stances.get(stage), Some(Stance::Held { .. } | Stance::Looking { .. })));
        for (stage, stance) in &desk.stances {
            if let Stance::Held { guards } = stance {
                self.held.insert(stage.clone(), guards.clone());
            }
        }
    }

    /// Whether a stage gets on by itself, or by what was consented to.
    fn moves(&self, run: &Run, desk: &Desk, consent: &Consent, stage: &Stage) -> bool {
        let Some(state) = run.state(&stage.id) else { return false };
        match &state.phase {
            Phase::Waiting => stage.needs.iter().all(|need| run.is_settled(need)),
            Phase::Ready => desk.stances.get(&stage.id).is_none_or(|stance| match stance {
                Stance::Looking { .. } => !self.held.contains_key(&stage.id),
                stance => !stance.waits_for_people() || consent.answers(run, stage, stance),
            }),
            Phase::Owed { .. } => consent.can_acknowledge(run, stage),
            Phase::Failed { .. } => true,
            Phase::Done { .. } | Phase::Skipped { .. } => false,
        }
    }
}

impl Halt {
    /// What has failed of a run, if anything has.
    #[must_use]
    pub fn failed(run: &Run) -> Option<Self> {
        run.plan.stages.iter().find_map(|stage| match &run.state(&stage.id)?.phase {
            Phase::Failed { why, ways } => Some(Self::Failed { stage: stage.id.clone(), why: why.clone(), ways: ways.clone() }),
            _ => None,
        })
    }
}

fn wait(run: &Run, desk: &Desk, consent: &Consent, stage: &Stage) -> Option<Wait> {
    let state = run.state(&stage.id)?;
    match (&state.phase, desk.stances.get(&stage.id)) {
        (Phase::Owed { why }, _) if state.acknowledged.is_none() && !consent.can_acknowledge(run, stage) => Some(Wait::Owed(why.clone())),
        (_, Some(Stance::Confirming)) => Some(Wait::Approval),
        (_, Some(Stance::Asking { whom })) => Some(Wait::Deed(whom.clone())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use drlab_core::config::{Config, EXAMPLE, Site};
    use drlab_core::domain::{Change, Receipt, Region, What};
    use drlab_core::run::{Declared, Record};
    use drlab_core::runbook::{shelf, unfold};

    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_secs(1_795_000_000) + Duration::from_secs(seconds)
    }

    /// A run whose first stages are done, with nothing but “fence” and “scale” open.
    fn run() -> Run {
        let config = Config::parse("example", EXAMPLE, &[]).unwrap();
        let (books, _) = shelf(&[], &|action| action.deed());
        let book = books.iter().find(|book| book.name == "unplanned_failover").unwrap();
        let workload = &config.workloads[0];
        let plan = unfold(book, workload, Site::Primary, &|action| action.deed());
        let declared = Declared {
            run: "r".to_owned(),
            version: String::new(),
            workload: workload.name.clone(),
            account: String::new(),
            runbook: book.name.clone(),
            runbook_text: String::new(),
            config_text: String::new(),
            source: Site::Primary,
            outage_at: None,
            reason: String::new(),
            who: String::new(),
            lab: true,
        };
        let mut run = Run::declared(at(0), declared, plan);
        let stages: Vec<_> = run.plan.stages.iter().map(|stage| stage.id.clone()).collect();
        for (n, stage) in stages.into_iter().enumerate() {
            let record = match n {
                0 => Record::Ready { stage },
                _ => Record::Skipped { stage, reason: "x".to_owned(), who: "x".to_owned() },
            };
            run.take(at(0), record, None);
        }
        run
    }

    fn desk(run: &Run, stance: Stance) -> Desk {
        let mut desk = Desk::default();
        desk.stances.insert(run.plan.stages[0].id.clone(), stance);
        desk
    }

    fn held(holds: Option<bool>) -> Stance {
        Stance::Held { guards: vec![Guarded { guard: "identity".to_owned(), holds, why: "so".to_owned() }] }
    }

    /// When it halts, looked at every second of ten minutes.
    fn halts(run: &Run, consent: &Consent, mut stance: impl FnMut(u64) -> Stance) -> Option<(u64, Halt)> {
        let mut quiet = Quiet::default();
        (0..600).find_map(|second| Some((second, quiet.look(run, &desk(run, stance(second)), consent, at(second))?)))
    }

    #[test]
    fn a_guard_that_says_no_is_believed_after_half_a_minute_and_one_that_cannot_say_after_five() {
        let run = run();
        let halted = halts(&run, &Consent::default(), |_| held(Some(false)));
        assert!(matches!(&halted, Some((30, Halt::Guard(held))) if held[0].1[0].guard == "identity"), "{halted:?}");
        assert!(matches!(halts(&run, &Consent::default(), |_| held(None)), Some((300, Halt::Guard(_)))));
        let flickers = |second| if second % 2 == 0 { held(Some(false)) } else { Stance::Looking { what: "x".to_owned() } };
        assert!(
            matches!(halts(&run, &Consent::default(), flickers), Some((30, Halt::Guard(_)))),
            "a look between two answers is no movement"
        );
    }

    #[test]
    fn a_no_that_follows_a_shrug_is_believed_no_sooner_than_any() {
        let run = run();
        let says = |second| held((second >= 100).then_some(false));
        assert!(matches!(halts(&run, &Consent::default(), says), Some((130, Halt::Guard(_)))));
        let wavers = |second| held((second % 20 < 10).then_some(false));
        assert!(matches!(halts(&run, &Consent::default(), wavers), Some((300, Halt::Guard(_)))), "nobody waits all night");
    }

    #[test]
    fn what_moves_is_waited_for_and_what_was_consented_to_is_no_reason_to_stop() {
        let run = run();
        assert_eq!(halts(&run, &Consent::default(), |_| Stance::Working { says: "x".to_owned(), share: None }), None);
        let consent = Consent { all: true, overrides: [("identity".to_owned(), "because".to_owned())].into(), ..Consent::default() };
        assert_eq!(halts(&run, &consent, |_| Stance::Confirming), None);
        assert_eq!(halts(&run, &consent, |_| held(Some(false))), None);
        assert!(matches!(consent.orders(&run, &desk(&run, held(None)))[..], [drlab_core::run::Order::Override { .. }]));
    }

    #[test]
    fn a_person_is_asked_for_at_once_where_nothing_else_moves() {
        let run = run();
        let halted = halts(&run, &Consent::default(), |_| Stance::Confirming);
        assert!(matches!(&halted, Some((0, Halt::Waiting(waits))) if waits[0].1 == Wait::Approval), "{halted:?}");
        let other = Consent { approved: ["promote".to_owned()].into(), ..Consent::default() };
        assert!(
            matches!(halts(&run, &other, |_| Stance::Confirming), Some((0, Halt::Waiting(_)))),
            "another step's consent is not this one's"
        );
    }

    #[test]
    fn nothing_ends_while_something_is_in_the_air() {
        let mut run = run();
        run.take(at(0), Record::Paused { why: "x".to_owned(), who: None }, None);
        assert_eq!(halts(&run, &Consent::default(), |_| Stance::InTheAir { what: "x".to_owned() }), None);
        assert!(matches!(halts(&run, &Consent::default(), |_| Stance::Idle), Some((0, Halt::Late(_)))));
    }

    #[test]
    fn whoever_is_told_of_a_pause_is_told_before_it_ends() {
        let mut run = run();
        run.take(at(0), Record::Paused { why: "x".to_owned(), who: None }, None);
        let what = What::Publish { topic: "t".to_owned(), subject: "s".to_owned(), message: "m".to_owned() };
        let change = Change::new(&Region::new("us-west-2"), what);
        run.take(at(0), Record::Intent { stage: "notice:0".to_owned(), nth: 0, change, keep: BTreeMap::new() }, None);
        assert_eq!(halts(&run, &Consent::default(), |_| Stance::Idle), None);
        run.take(at(1), Record::Answered { nth: 0, receipt: Receipt::Accepted { told: BTreeMap::new() } }, None);
        assert!(matches!(halts(&run, &Consent::default(), |_| Stance::Idle), Some((0, Halt::Late(_)))));
    }
}
