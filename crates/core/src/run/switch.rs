//! From planned to unplanned while it runs: the source dies, and what nothing was to be lost by becomes what may lose the last writes.

use std::collections::BTreeMap;

use super::record::Switched;
use super::state::{Mode, Phase, Run, StageState};
use crate::domain::{Change, Receipt, Timestamp, What, excerpt};
use crate::runbook::{Action, Kind, Past, Plan, Stage};

impl Run {
    /// Why this plan cannot take the place of the one in force, if it cannot.
    pub fn may_switch(&self, plan: &Plan) -> Result<(), String> {
        if !matches!(self.plan.kind, Kind::Planned | Kind::Failback) {
            return Err("only a planned failover can become an unplanned one".to_owned());
        }
        if plan.kind != Kind::Unplanned {
            return Err(format!("{} is no runbook for an unplanned failover", excerpt(&plan.runbook, 60)));
        }
        match self.mode {
            Mode::Finished => Err("the run is finished".to_owned()),
            Mode::Aborted { .. } => Err("the run is aborted: resume it first".to_owned()),
            Mode::Going | Mode::Paused { .. } => Ok(()),
        }
    }

    /// What follows from going on by another plan, in sentences: said before anybody does, and written down with it.
    #[must_use]
    pub fn consequences(&self, plan: &Plan) -> Vec<String> {
        let source = self.plan.source;
        let done = |action, site| {
            let mut of = self.plan.stages.iter().filter(|stage| stage.action == action && stage.site == site).peekable();
            of.peek().is_some() && of.all(|stage| matches!(self.stages.get(&stage.id).map(|state| &state.phase), Some(Phase::Done { .. })))
        };
        let asked = |which: fn(&Change) -> bool| self.memory.past.iter().any(|past| which(&past.change));
        let kept = self.kept(plan).into_iter().filter(|id| self.stages.get(*id).is_some_and(|state| stays(&state.phase))).count();
        let mut told = vec![format!("{kept} steps stay done")];
        told.push(match self.stopped_at() {
            Some(at) => format!("the {source} stays stopped: users have waited since {at}"),
            None => format!("the {source} has not been stopped: what it still takes may be lost"),
        });
        told.push(if done(Action::DatabaseProveCaughtUp, source.other()) {
            "its last write was seen at the target".to_owned()
        } else {
            "nobody waits any more until its last write is at the target: the last writes may be lost, and how many is said before the \
             point of no return"
                .to_owned()
        });
        if done(Action::DnsPin, source) {
            told.push(format!("the record stays pinned to the {source} until it is flipped: health checks turn nobody before that"));
        }
        if asked(|change| matches!(change.what, What::PromoteReplica { .. } | What::SwitchoverGlobal { .. })) {
            told.push("the target's database has been told to take over already".to_owned());
        }
        let left: Vec<&str> = self.plan.stages.iter().filter(|stage| !self.is_settled(&stage.id)).map(|stage| stage.id.as_str()).collect();
        let left: Vec<&str> = left.into_iter().filter(|id| !plan.stages.iter().any(|stage| stage.id == *id)).collect();
        if !left.is_empty() {
            told.push(format!("left out: {}", left.join(", ")));
        }
        told.push("every consent is asked for anew".to_owned());
        told
    }

    /// When the source was first told to stop: users of a planned move are served until then.
    #[must_use]
    pub fn stopped_at(&self) -> Option<Timestamp> {
        let fence = |stage: &str| self.memory.stages.get(stage) == Some(&(Action::ServiceStop, self.plan.source));
        // What nobody has answered may have been the first to notice that the source is gone.
        let told = |past: &&Past| {
            matches!(past.change.what, What::ScaleService { desired: 0, .. }) || matches!(past.answer, Some((_, Receipt::Unknown { .. })))
        };
        let stop = self.memory.past.iter().filter(|past| fence(&past.stage)).find(told);
        stop.map(|past| past.asked_at)
    }

    /// The stages of another plan that do what those of the same name did in this one.
    fn kept<'p>(&self, plan: &'p Plan) -> Vec<&'p str> {
        let same = |stage: &&Stage| {
            let before = self.plan.stages.iter().find(|before| before.id == stage.id);
            before.is_some_and(|before| before.action == stage.action && before.site == stage.site && before.part == stage.part)
        };
        plan.stages.iter().filter(same).map(|stage| stage.id.as_str()).collect()
    }

    /// The steps of another runbook. What is done of the same name stays done; everything else is looked at anew, and consented to anew: what
    /// somebody agreed to while nothing was to be lost is no consent to losing something.
    pub(super) fn switch(&mut self, at: Timestamp, switched: &Switched, plan: Option<Plan>) {
        let Some(plan) = plan else { return };
        let kept: Vec<String> = self.kept(&plan).into_iter().map(ToOwned::to_owned).collect();
        let mut stages = BTreeMap::new();
        for stage in &plan.stages {
            let before = if kept.contains(&stage.id) { self.stages.remove(&stage.id) } else { None };
            let state = match before {
                Some(before) if stays(&before.phase) => before,
                // What it has asked for counts on: nothing is asked for twice because the book has changed.
                Some(before) => StageState { since: at, ready_at: before.ready_at, ..StageState::default() },
                None => StageState { since: at, ..StageState::default() },
            };
            stages.insert(stage.id.clone(), state);
        }
        self.memory.stages = plan.stages.iter().map(|stage| (stage.id.clone(), (stage.action, stage.site))).collect();
        self.memory.outage_at = self.memory.outage_at.or(switched.outage_at);
        (self.stages, self.plan) = (stages, plan);
        // What it was paused for belongs to the steps that are left behind.
        (self.mode, self.resumed_at, self.switched_at) = (Mode::Going, Some(at), Some(at));
    }
}

/// Whether nobody needs to look at it again.
const fn stays(phase: &Phase) -> bool {
    matches!(phase, Phase::Done { .. } | Phase::Skipped { .. } | Phase::Owed { .. })
}
