//! Whoever sits before the console in a drill. Consent, acknowledgements and going on after a pause are the bridge's; here is what comes
//! between: pauses, aborts, steps left out, another try, the switch of the runbook, and the end of the process.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use drlab_core::domain::Timestamp;
use drlab_core::run::{Mode, Order, Phase, Stance};

use super::drill::{Crash, Deed, Drill, When};
use crate::failover::bridge::{Interrupt, Outcome};
use crate::failover::paths::switching::to_unplanned;

/// Whoever was not heard, or is told what is the case again and again, does not say the same four times a second.
const AGAIN: Duration = Duration::from_secs(3);

/// Why somebody is gone.
#[derive(Clone, Debug)]
pub(super) enum Gone {
    Crashed(Crash),
    /// What they wanted to see has been seen.
    Satisfied,
}

/// The same person through all sittings.
pub(super) struct Operator<'d> {
    drill: &'d Drill,
    declared: Timestamp,
    outage: Option<Timestamp>,
    mind: RefCell<Mind>,
}

#[derive(Default)]
struct Mind {
    deeds: Vec<(Duration, Deed)>,
    crashes: Vec<Crash>,
    looks_at: Timestamp,
    goes_on_at: Option<Timestamp>,
    aborted_for: Option<Duration>,
    tries: BTreeMap<String, u32>,
    gone: Option<Gone>,
}

impl<'d> Operator<'d> {
    pub(super) fn of(drill: &'d Drill, declared: Timestamp, outage: Option<Timestamp>) -> Self {
        let mind = Mind { deeds: drill.people.deeds.clone(), crashes: drill.crashes.clone(), ..Mind::default() };
        Self { drill, declared, outage, mind: RefCell::new(mind) }
    }

    /// Why the last sitting was left, if it was by them.
    pub(super) fn gone(&self) -> Option<Gone> {
        self.mind.borrow_mut().gone.take()
    }

    /// For how long nobody goes on with what was aborted.
    pub(super) fn aborted_for(&self) -> Duration {
        self.mind.borrow_mut().aborted_for.take().unwrap_or_default()
    }

    /// What they do now that they see this; `None` where they do whatever is asked of them.
    pub(super) fn sees(&self, outcome: &Outcome, now: Timestamp) -> Option<Interrupt> {
        let mut mind = self.mind.borrow_mut();
        let elapsed = now.since(self.declared);
        if let Some(interrupt) = self.leaves(&mut mind, outcome, elapsed) {
            return Some(interrupt);
        }
        if let Some(at) = mind.deeds.iter().position(|(at, _)| *at <= elapsed) {
            let (_, deed) = mind.deeds.remove(at);
            if let Some(order) = self.order(&mut mind, deed, outcome, now) {
                return Some(Interrupt::Say(order));
            }
        }
        if let Some(until) = mind.goes_on_at {
            if now < until {
                return Some(Interrupt::Wait);
            }
            mind.goes_on_at = None;
            return Some(Interrupt::Say(Order::Resume));
        }
        if now < mind.looks_at {
            return Some(Interrupt::Wait);
        }
        let waits = outcome.desk.stances.values().any(|stance| matches!(stance, Stance::Asking { .. }));
        let owes = outcome.run.owed().next().is_some();
        let failed = self.after_a_failure(&mut mind, outcome);
        let least = if waits || owes || failed.is_some() { AGAIN } else { Duration::ZERO };
        mind.looks_at = now + self.drill.people.pace.max(least);
        failed.map(Interrupt::Say)
    }

    fn leaves(&self, mind: &mut Mind, outcome: &Outcome, elapsed: Duration) -> Option<Interrupt> {
        let due = |crash: &Crash| match crash.when {
            When::Records(many) => outcome.records.len() >= many,
            When::Asked(many) => outcome.run.memory.past.len() >= many,
            When::Elapsed(long) => elapsed >= long,
        };
        if let Some(at) = mind.crashes.iter().position(due) {
            let crash = mind.crashes.remove(at);
            let after = crash.after;
            mind.gone = Some(Gone::Crashed(crash));
            return Some(Interrupt::Kill(after));
        }
        let seen = self.drill.until.is_some_and(|stage| outcome.run.memory.done.contains_key(stage));
        seen.then(|| {
            mind.gone = Some(Gone::Satisfied);
            Interrupt::Kill(Duration::ZERO)
        })
    }

    fn order(&self, mind: &mut Mind, deed: Deed, outcome: &Outcome, now: Timestamp) -> Option<Order> {
        let reason = || "the drill has it so".to_owned();
        match deed {
            Deed::Pause(lasting) => {
                mind.goes_on_at = Some(now + lasting);
                Some(Order::Pause { reason: reason() })
            }
            Deed::Abort(lasting) => {
                mind.aborted_for = Some(lasting);
                Some(Order::Abort { reason: reason() })
            }
            Deed::Skip(luck) => {
                let ready = outcome.run.plan.stages.iter().filter(|stage| {
                    let phase = outcome.run.state(&stage.id).map(|state| &state.phase);
                    matches!(phase, Some(Phase::Ready | Phase::Failed { .. } | Phase::Owed { .. }))
                });
                let ready: Vec<_> = ready.collect();
                let stage = ready.get(usize::try_from(luck).unwrap_or_default().checked_rem(ready.len())?)?;
                Some(Order::Skip { stage: stage.id.clone(), reason: reason() })
            }
            Deed::Switch => Some(to_unplanned(self.outage.filter(|outage| *outage <= now))),
        }
    }

    /// It is tried again so often, and then left out, or left alone.
    fn after_a_failure(&self, mind: &mut Mind, outcome: &Outcome) -> Option<Order> {
        if !matches!(outcome.run.mode, Mode::Paused { .. }) {
            return None;
        }
        let is_failed = |stage: &&drlab_core::runbook::Stage| {
            matches!(outcome.run.state(&stage.id).map(|state| &state.phase), Some(Phase::Failed { .. }))
        };
        let stage = &outcome.run.plan.stages.iter().find(is_failed)?.id;
        let tried = mind.tries.entry(stage.clone()).or_default();
        *tried += 1;
        if *tried <= self.drill.people.tries {
            return Some(Order::Retry { stage: stage.clone() });
        }
        self.drill.people.leaves_out.then(|| Order::Skip { stage: stage.clone(), reason: "it does not work".to_owned() })
    }
}
