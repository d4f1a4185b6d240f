//! What is to be done next. A pure function of what has happened (`Run`), what is known (`Snapshot`) and the time; it is asked again after each
//! record is written, until it has nothing more to say.

use std::collections::BTreeMap;

use super::desk::{Desk, Stance};
use super::ending::{ending, proven_at};
use super::forecast;
use super::notices;
use super::record::{Guarded, RUNBOOK, Record};
use super::rules::Rules;
use super::send::{Sendable, sendable};
use super::state::{Mode, Phase, Run, StageState};
use super::stop;
use crate::config::Workload;
use crate::domain::{Change, Receipt, Snapshot, Subject, Timestamp, human_duration};
use crate::runbook::{Certainty, Confirm, History, Kind, OnFail, Past, Scene, Stage, Standing};

/// What the engine asks of whoever runs it.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Durable before anything after it is done.
    Write(Record),
    /// The intent has been written.
    Call { nth: u32, change: Change },
    /// These are waited for: nothing read before `since` will do.
    Watch { subjects: Vec<Subject>, since: Timestamp },
}

/// What a decision rests on.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    pub workload: &'a Workload,
    pub snapshot: &'a Snapshot,
    pub rules: &'a dyn Rules,
    /// How long things took in earlier runs.
    pub history: &'a History,
    pub now: Timestamp,
}

/// The next commands, in their order. An empty answer holds until something changes.
pub fn decide(run: &Run, at: Circumstances<'_>, desk: &mut Desk) -> Vec<Command> {
    let meant = run.memory.meant(run.plan.kind, at.workload);
    let mut turn = Turn { run, at, meant: &meant, desk, commands: Vec::new(), intents: 0 };
    turn.desk.begin(at.now);
    for stage in &run.plan.stages {
        let Some(state) = run.stages.get(&stage.id) else { continue };
        turn.stage(stage, state);
    }
    turn.notices();
    turn.foresee();
    turn.end();
    turn.commands
}

struct Turn<'a, 'd> {
    run: &'a Run,
    at: Circumstances<'a>,
    /// The workload as this run has made it.
    meant: &'a Workload,
    desk: &'d mut Desk,
    commands: Vec<Command>,
    /// Intents in this turn, which are not in the run's memory yet.
    intents: u32,
}

impl<'a> Turn<'a, '_> {
    fn write(&mut self, record: Record) {
        self.commands.push(Command::Write(record));
    }

    const fn is_going(&self) -> bool {
        matches!(self.run.mode, Mode::Going)
    }

    fn stance(&mut self, stage: &Stage, stance: Stance) {
        self.desk.stances.insert(stage.id.clone(), stance);
    }

    fn stage(&mut self, stage: &'a Stage, state: &'a StageState) {
        match &state.phase {
            Phase::Waiting if self.is_going() && stage.needs.iter().all(|need| self.run.is_settled(need)) => {
                self.write(Record::Ready { stage: stage.id.clone() });
            }
            Phase::Ready if !self.run.is_over() => self.look(stage, state),
            // An obligation outlives the run that it comes from.
            Phase::Owed { .. } if !matches!(self.run.mode, Mode::Aborted { .. }) => self.look(stage, state),
            Phase::Failed { why, .. } if self.is_going() => self.failed(stage, state, why),
            _ => {}
        }
    }

    /// Looks where a stage stands, and does what follows.
    fn look(&mut self, stage: &'a Stage, state: &'a StageState) {
        let scene = self.scene(stage, state);
        let standing = self.at.rules.stand(&scene);
        self.watch(&scene, &standing);
        if let Some((_, past)) = self.run.in_the_air(&stage.id) {
            return self.stance(stage, Stance::InTheAir { what: past.change.to_string() });
        }
        if !matches!(standing, Standing::Holding { .. }) {
            self.desk.lose(&stage.id);
        }
        match standing {
            Standing::Done { shows, certainty } => self.done(stage, shows, certainty),
            Standing::Holding { shows, as_of, times, apart } => {
                let held = self.desk.hold(&stage.id, as_of, apart);
                if held >= times {
                    self.done(stage, shows, Certainty::Proven);
                } else {
                    self.wait(stage, state, Stance::Holding { shows, times: held, of: times });
                }
            }
            Standing::Needs { changes, keep } => self.needs(stage, state, &scene, &changes, keep),
            Standing::Working { says, share } => self.wait(stage, state, Stance::Working { says, share }),
            Standing::Asks { whom } => self.person(stage, state, whom),
            Standing::Looking { what } => self.wait(stage, state, Stance::Looking { what }),
            Standing::Blind { why } => self.wait(stage, state, Stance::Blind { why }),
            Standing::Stuck { why, ways } => self.fail(stage, state, why, ways),
            Standing::Owed { why } => {
                if !matches!(state.phase, Phase::Owed { .. }) {
                    self.write(Record::Owed { stage: stage.id.clone(), why: why.clone() });
                }
                self.stance(stage, Stance::Blind { why });
            }
        }
    }

    /// What was asked for is followed by itself: its guards had their say before, and what they look at shares what AWS allows.
    fn watch(&mut self, scene: &Scene<'_>, standing: &Standing) {
        let followed = scene.past().next().is_some() && matches!(standing, Standing::Working { .. } | Standing::Holding { .. });
        let guarded = if followed { Vec::new() } else { self.at.rules.guarded(scene) };
        let mut subjects = self.at.rules.subjects(scene);
        subjects.extend(guarded);
        subjects.sort();
        subjects.dedup();
        if !subjects.is_empty() {
            self.commands.push(Command::Watch { subjects, since: scene.since });
        }
    }

    fn scene(&self, stage: &'a Stage, state: &StageState) -> Scene<'a> {
        let run = self.run;
        // A question changes nothing: what is seen after it was asked is not seen too early.
        let counts = |past: &'a Past| match &past.answer {
            _ if past.change.is_its_own_proof() => Some(past.asked_at),
            answer => answer.as_ref().map(|(at, _)| *at),
        };
        let settled = run.memory.past.iter().filter(|past| past.stage == stage.id).filter_map(counts);
        Scene {
            workload: self.meant,
            configured: self.at.workload,
            kind: run.plan.kind,
            source: run.plan.source,
            stage,
            snapshot: self.at.snapshot,
            now: self.at.now,
            since: settled.chain(state.ready_at).max().unwrap_or(state.since),
            memory: &run.memory,
        }
    }

    fn done(&mut self, stage: &Stage, shows: String, certainty: Certainty) {
        let most = if stage.action.rests_on_a_word() { Certainty::Told } else { Certainty::Proven };
        self.write(Record::Done { stage: stage.id.clone(), shows, certainty: certainty.min(most) });
    }

    /// Time passes; too much of it is a failure. What is owed has all the time in the world.
    fn wait(&mut self, stage: &Stage, state: &StageState, stance: Stance) {
        // What is asked again and again begins nothing, be it a question or what was accepted long ago and is not to be seen.
        let past = &self.run.memory.past;
        let accepted = |past: &Past| matches!(past.answer, Some((_, Receipt::Accepted { .. })));
        let is_repeat = |nth: usize, one: &Past| {
            past[..nth].iter().any(|earlier| earlier.stage == one.stage && earlier.change == one.change && accepted(earlier))
        };
        let begins = |(nth, one): &(usize, &Past)| one.stage == stage.id && !one.change.is_its_own_proof() && !is_repeat(*nth, one);
        let begun = past.iter().enumerate().rev().find(begins).map(|(_, past)| past.asked_at);
        // Nor does time count in which nobody looked, because nobody was there or the machine slept; or in which it was for people to say.
        let looked_since = self.run.resumed_at.max(self.desk.awake_since()).max(self.desk.left_to_people(&stage.id));
        let since = begun.max(state.ready_at).max(looked_since).unwrap_or(state.since);
        if matches!(state.phase, Phase::Ready) && self.is_going() && self.at.now.since(since) > stage.timeout {
            let why = format!("not so within {}: {}", human_duration(stage.timeout), stance.says());
            return self.fail(stage, state, why, self.at.rules.ways(stage));
        }
        self.stance(stage, stance);
    }

    fn fail(&mut self, stage: &Stage, state: &StageState, why: String, ways: Vec<String>) {
        // What is owed is tried on; that it does not work yet is no news.
        if matches!(state.phase, Phase::Owed { .. }) {
            self.stance(stage, Stance::Blind { why });
        } else {
            self.write(Record::Failed { stage: stage.id.clone(), why, ways });
        }
    }

    /// A person must say. Where the runbook goes on without the step it does not wait for somebody to find out whether it arrived.
    fn person(&mut self, stage: &Stage, state: &StageState, whom: String) {
        let last = self.run.memory.past.iter().rfind(|past| past.stage == stage.id);
        let lost = last.is_some_and(|past| matches!(past.answer, Some((_, Receipt::Unknown { .. }))));
        if lost && stage.on_fail == OnFail::Continue {
            return self.fail(stage, state, whom, Vec::new());
        }
        self.stance(stage, Stance::Asking { whom });
    }

    fn failed(&mut self, stage: &Stage, state: &StageState, why: &str) {
        match stage.on_fail {
            OnFail::Retry(_) | OnFail::Pause if state.again.is_some() => {
                let who = state.again.clone().unwrap_or_default();
                self.write(Record::Retried { stage: stage.id.clone(), who });
            }
            OnFail::Retry(times) if state.retries < times => {
                self.write(Record::Retried { stage: stage.id.clone(), who: RUNBOOK.to_owned() });
            }
            OnFail::Continue => {
                // The leave before the debt: whoever dies between the two leaves a failure, for which the same follows. A debt without its leave
                // would be one that a person has to see.
                if state.acknowledged.is_none() {
                    let note = format!("{why}; the runbook goes on without it");
                    self.write(Record::Acknowledged { stage: stage.id.clone(), note, who: RUNBOOK.to_owned() });
                }
                self.write(Record::Owed { stage: stage.id.clone(), why: why.to_owned() });
            }
            OnFail::Retry(_) | OnFail::Pause => self.write(Record::Paused { why: format!("{} failed: {why}", stage.id), who: None }),
        }
    }

    /// Something is to be changed: the one place from which a change is asked for.
    fn needs(&mut self, stage: &'a Stage, state: &'a StageState, scene: &Scene<'a>, changes: &[Change], keep: BTreeMap<String, String>) {
        let owed = matches!(state.phase, Phase::Owed { .. });
        let may_ask = self.is_going() || (owed && matches!(self.run.mode, Mode::Finished));
        if !may_ask {
            return self.stance(stage, Stance::Idle);
        }
        let mut next: Vec<&Change> = Vec::new();
        let mut asked = 0;
        for change in changes {
            // One after the other, but for questions: their answers belong to one moment.
            if !next.iter().all(|before| before.is_its_own_proof() && change.is_its_own_proof()) {
                break;
            }
            match sendable(self.run, &stage.id, state, change, self.at.now) {
                Sendable::Now => next.push(change),
                _ if !next.is_empty() => {}
                Sendable::Accepted(times) => asked = asked.max(times),
                Sendable::After(until, why) => return self.wait(stage, state, Stance::BackingOff { why, until }),
                Sendable::Ask(whom) => {
                    return self.person(stage, state, format!("nobody knows whether it was done: {whom}"));
                }
                Sendable::Never(why) => return self.fail(stage, state, why, Vec::new()),
            }
        }
        let Some(change) = next.first() else {
            let says = match asked {
                0 | 1 => "AWS has accepted it; it is not to be seen yet".to_owned(),
                times => format!("AWS has accepted it {times} times; it is not to be seen yet"),
            };
            return self.wait(stage, state, Stance::Working { says, share: None });
        };
        let Some(guards) = self.guards_hold(stage, state, scene) else { return };
        // Before the card, so that what is late already is not asked about once more behind it.
        if self.is_going()
            && change.is_irreversible()
            && let Some(why) = stop::reason(self.run, stage, self.at)
        {
            return self.write(Record::Paused { why, who: None });
        }
        if self.run.confirm(stage) != Confirm::None && state.approved_by.is_none() {
            return self.stance(stage, Stance::Confirming);
        }
        // What they said when they were last heard, and not when they last changed their mind.
        if guards != state.guards && answers(&guards) == answers(&state.guards) {
            self.write(Record::Guarded { stage: stage.id.clone(), guards });
        }
        let restores = self.run.plan.kind == Kind::Restore && change.restores_a_database();
        if change.gives_up_writes() || restores {
            let loss = self.at.rules.loss(scene);
            self.write(Record::Stated { loss_seconds: loss.seconds, objects: loss.objects, told: loss.told });
        }
        self.stance(stage, Stance::InTheAir { what: change.to_string() });
        for change in next {
            self.ask(stage.id.clone(), change.clone(), keep.clone());
        }
    }

    fn ask(&mut self, stage: String, change: Change, keep: BTreeMap<String, String>) {
        let nth = u32::try_from(self.run.memory.past.len()).unwrap_or(u32::MAX).saturating_add(self.intents);
        self.intents += 1;
        self.write(Record::Intent { stage, nth, change: change.clone(), keep });
        self.commands.push(Command::Call { nth, change });
    }

    /// Whoever does not look is told. That holds while the run is paused: it is what they are told of.
    fn notices(&mut self) {
        if !self.run.is_over() {
            for (notice, change) in notices::due(self.run, self.at.workload, self.at.now) {
                self.ask(notice, change, BTreeMap::new());
            }
        }
    }

    /// Whether it is still in time, as long as anybody waits for it.
    fn foresee(&mut self) {
        let waited_for = self.run.plan.kind.moves_users() && !self.run.is_over() && proven_at(self.run).is_none();
        if waited_for && let Some(record) = forecast::turned(self.run, self.at.workload, self.at.history, self.at.now) {
            self.write(record);
        }
    }

    /// Evaluated now, on what has been read since. Written down when the answer is new. `None`: one of them does not hold, and nobody went past.
    fn guards_hold(&mut self, stage: &Stage, state: &StageState, scene: &Scene<'_>) -> Option<Vec<Guarded>> {
        let guards: Vec<_> = stage.guards.iter().map(|guard| self.at.rules.guard(*guard, scene)).collect();
        if answers(&guards) != answers(&state.guards) {
            self.write(Record::Guarded { stage: stage.id.clone(), guards: guards.clone() });
        }
        let open = |guarded: &&Guarded| guarded.holds != Some(true) && !state.overridden.contains_key(&guarded.guard);
        let held: Vec<_> = guards.iter().filter(open).cloned().collect();
        if held.is_empty() {
            return Some(guards);
        }
        self.stance(stage, Stance::Held { guards: held });
        None
    }

    fn end(&mut self) {
        // Only when nothing else is to be written: the ending rests on what is.
        let quiet = !self.commands.iter().any(|command| matches!(command, Command::Write(_)));
        if quiet && self.is_going() && self.run.plan.stages.iter().all(|stage| self.run.is_settled(&stage.id)) {
            let finished = ending(self.run, self.at.workload);
            self.write(Record::Finished(Box::new(finished)));
        }
    }
}

fn answers(guards: &[Guarded]) -> Vec<Option<bool>> {
    guards.iter().map(|guarded| guarded.holds).collect()
}

impl Stance {
    /// In words.
    #[must_use]
    pub fn says(&self) -> String {
        match self {
            Self::Looking { what } => format!("waiting for a fresh look at {what}"),
            Self::Blind { why } => why.clone(),
            Self::Held { guards } => {
                let guards: Vec<_> = guards.iter().map(|guarded| format!("{}: {}", guarded.guard, guarded.why)).collect();
                format!("held by {}", guards.join("; "))
            }
            Self::Confirming => "waiting for consent".to_owned(),
            Self::Asking { whom } => whom.clone(),
            Self::InTheAir { what } => format!("asked: {what}"),
            Self::Working { says, .. } => says.clone(),
            Self::Holding { shows, times, of } => format!("{shows} ({times} of {of} in a row)"),
            Self::BackingOff { why, .. } => format!("trying again soon: {why}"),
            Self::Idle => "the run is not going".to_owned(),
        }
    }
}
