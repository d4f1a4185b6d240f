mod lines;
mod restoring;
mod sending;
mod switching;
mod teaching;
mod telling;
mod waiting;
mod world;

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use self::world::{Luck, START, Story, plan};
use super::{Circumstances, Command, Desk, Ending, Guarded, Loss, Mode, Phase, Record, Rules, Stance, decide};
use crate::config::{Config, Workload};
use crate::domain::change::Again;
use crate::domain::{Change, Receipt, Region, Snapshot, Subject, What};
use crate::runbook::{Action, Certainty, Confirm, Guard, History, OnFail, Scene, Standing};

fn workload() -> Workload {
    let text = include_str!("../../../../lab/src/topologies/pilot.toml");
    // The rules of these tests look at nothing of it but the objectives.
    let text = &text[..text.find("[lab]").unwrap()];
    Config::parse("pilot.toml", text, &[]).unwrap().workloads.remove(0)
}

/// Plays until it is finished; crashes and orders by lot.
fn played(seed: u64, faults: bool, crashes: bool) -> Story {
    let mut luck = Luck(seed);
    let mut story = Story::new(plan(&mut luck), workload(), faults, &mut luck);
    for _ in 0..40_000 {
        story.second(&mut luck);
        if story.run.mode == Mode::Finished {
            return story;
        }
        if crashes && luck.one_in(25) {
            story.crash();
        }
        if luck.one_in(5) {
            story.agree();
        }
    }
    panic!("seed {seed}: it neither ends nor says why: {:#?}\n{:#?}", story.run.stages, story.desk);
}

fn law(story: &Story) {
    let mut intents = 0;
    for (_, record) in &story.journal {
        if let Record::Intent { nth, .. } = record {
            assert_eq!(*nth, intents, "intents are counted without a gap");
            intents += 1;
        }
    }
    notices(story);
    let world = story.world.borrow();
    for stage in &story.run.plan.stages {
        let change = self::world::change(&stage.id, stage.action);
        let effects = world.effects.get(&stage.id).copied().unwrap_or(0);
        let asked_again =
            story.journal.iter().filter(|(_, record)| matches!(record, Record::Retried { stage: again, .. } if *again == stage.id)).count();
        match change.again() {
            Again::Refused => assert!(effects <= 1, "{}", stage.id),
            // A person said “once more”.
            Again::Shows | Again::Twice => assert!(effects as usize <= 1 + asked_again, "{}: {effects} effects", stage.id),
            Again::Harmless => {}
        }
        let done = matches!(story.run.stages[&stage.id].phase, Phase::Done { certainty: Certainty::Proven, .. });
        let so = stage.action == Action::NotifyTopic || world.becomes.get(&stage.id).is_some_and(|at| *at <= world.now);
        assert!(!done || so, "{} is done and not so", stage.id);
    }
}

/// Whoever does not look is told of every pause that nobody asked for, and nothing is told twice.
fn notices(story: &Story) {
    let mut gone_out = BTreeMap::new();
    for past in story.run.memory.past.iter().filter(|past| past.stage.starts_with("notice:")) {
        let refused = matches!(past.answer, Some((_, Receipt::Refused { .. })));
        *gone_out.entry((past.stage.clone(), past.change.to_string())).or_insert(0) += u32::from(!refused);
    }
    assert!(gone_out.values().all(|times| *times <= 1), "{gone_out:#?}");
    let told = |why: &str| {
        story.run.memory.past.iter().any(|past| matches!(&past.change.what, What::Publish { message, .. } if message.contains(why)))
    };
    for (_, record) in &story.journal {
        if let Record::Paused { why, who: None } = record {
            assert!(told(why), "nobody was told: {why}");
        }
    }
}

/// Between Ready and the intent there are guards and consent.
fn order(story: &Story) {
    for stage in &story.run.plan.stages {
        let (mut approved, mut owed) = (false, false);
        let mut held = stage.guards.is_empty();
        let mut paused = false;
        for (_, record) in &story.journal {
            match record {
                Record::Approved { stage: id, .. } if *id == stage.id => approved = true,
                // Whoever sees that it is owed agrees that it is done as soon as it can be, unless it cannot be undone.
                Record::Owed { stage: id, .. } if *id == stage.id => owed = true,
                Record::Acknowledged { stage: id, who, .. } if *id == stage.id && owed && who != "the runbook" => {
                    approved |= story.run.confirm(stage) != Confirm::Type;
                }
                Record::Guarded { stage: id, guards } if *id == stage.id => held = guards.iter().all(|guarded| guarded.holds == Some(true)),
                Record::Paused { .. } | Record::Aborted { .. } => paused = true,
                Record::Resumed { .. } => paused = false,
                Record::Retried { stage: id, .. } if *id == stage.id => approved = false,
                Record::Intent { stage: id, .. } if *id == stage.id => {
                    assert!(approved || story.run.confirm(stage) == Confirm::None, "{id} without consent");
                    assert!(held, "{id} past its guards");
                    assert!(!paused, "{id} in a run that is not going");
                    assert!(stage.needs.iter().all(|need| story.run.is_settled(need)));
                }
                _ => {}
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_aws_answers_nothing_is_done_twice(seed: u64) {
        let story = played(seed, true, false);
        law(&story);
        order(&story);
    }

    #[test]
    fn whenever_it_dies_it_goes_on_where_it_was(seed: u64) {
        let story = played(seed, true, true);
        law(&story);
        order(&story);
    }

    #[test]
    fn on_a_good_day_everything_is_done(seed: u64) {
        let story = played(seed, false, true);
        law(&story);
        // What died in the air between asking and answering can be left to a person who says no; here it says yes.
        for stage in &story.run.plan.stages {
            prop_assert!(matches!(story.run.stages[&stage.id].phase, Phase::Done { .. } | Phase::Owed { .. }), "{}", stage.id);
        }
    }

    #[test]
    fn nothing_is_asked_for_once_it_is_aborted(seed: u64, after in 0_u64..200) {
        let mut luck = Luck(seed);
        let mut story = Story::new(plan(&mut luck), workload(), true, &mut luck);
        for _ in 0..after {
            story.second(&mut luck);
            story.agree();
        }
        if story.run.mode != Mode::Finished {
            story.write(Record::Aborted { reason: "enough".to_owned(), who: "tests".to_owned() });
            let before = story.journal.len();
            for _ in 0..100 {
                story.second(&mut luck);
            }
            let after = &story.journal[before..];
            prop_assert!(after.iter().all(|(_, record)| matches!(record, Record::Answered { .. })), "{after:#?}");
            prop_assert!(story.run.can_resume());
        }
    }
}

#[test]
fn the_same_circumstances_lead_to_the_same_decision() {
    let mut luck = Luck(7);
    let mut story = Story::new(plan(&mut luck), workload(), true, &mut luck);
    story.second(&mut luck);
    assert_eq!(story.decided(), story.decided());
}

/// A plan of these, one after the other.
fn one_after_the_other(actions: &[(Action, Confirm)]) -> crate::runbook::Plan {
    let mut planned = plan(&mut Luck(1));
    let first = planned.stages[0].clone();
    planned.stages = Vec::new();
    for (action, confirm) in actions {
        let needs = planned.stages.last().map(|stage| stage.id.clone()).into_iter().collect();
        let id = action.word().to_owned();
        let stage = crate::runbook::Stage { id: id.clone(), step: id, action: *action, confirm: *confirm, needs, ..first.clone() };
        planned.stages.push(crate::runbook::Stage { guards: Vec::new(), on_fail: OnFail::Pause, expect: Duration::from_secs(60), ..stage });
    }
    planned
}

#[test]
fn it_is_written_down_when_a_run_falls_behind() {
    let mut luck = Luck(1);
    let planned = one_after_the_other(&[(Action::DatabasePromote, Confirm::Type), (Action::ProbeClientEye, Confirm::None)]);
    let mut story = Story::new(planned, workload(), false, &mut luck);
    for _ in 0..2_400 {
        story.second(&mut luck);
    }
    let behind: Vec<_> = story.journal.iter().filter(|(_, record)| matches!(record, Record::Forecast { .. })).map(|(at, _)| *at).collect();
    // Ten minutes are allowed, and what is left takes two: nobody has said yes by then.
    let [since] = behind[..] else { panic!("{behind:?}") };
    let waited = since.since(START).as_secs();
    assert!((470..=490).contains(&waited), "{waited}");
    let deadline = START + workload().objectives.rto;
    let records = || story.journal.iter().map(|(at, record)| (*at, record));
    assert_eq!(super::behind_since(records()), Some(since));
    // Older journals do not say by when it would have had to be.
    let old =
        |secs| Record::Forecast { p50: deadline + Duration::from_secs(secs), p90: deadline + Duration::from_secs(99), deadline: None };
    let told = [(START, old(1)), (since, old(0)), (deadline, old(1))];
    let until = |nth| super::behind_since(told.iter().take(nth).map(|(at, record)| (*at, record)));
    assert_eq!([1, 2, 3].map(until), [Some(START), None, Some(deadline)]);
}

/// As long as users are served, the end of what is allowed moves on with the forecast: a run that would take too long is said to be behind
/// once, and not anew with every minute that somebody thinks.
#[test]
fn a_move_that_would_take_too_long_is_said_so_once() {
    let mut luck = Luck(1);
    let mut planned = one_after_the_other(&[(Action::ServiceStop, Confirm::Key), (Action::ProbeClientEye, Confirm::None)]);
    planned.kind = crate::runbook::Kind::Planned;
    planned.stages[0].site = planned.source;
    planned.stages[1].expect = workload().objectives.rto + Duration::from_secs(60);
    let mut story = Story::new(planned, workload(), false, &mut luck);
    for _ in 0..1_200 {
        story.second(&mut luck);
    }
    let told = story.journal.iter().filter(|(_, record)| matches!(record, Record::Forecast { .. })).count();
    assert_eq!((told, story.run.behind), (1, true), "{:#?}", story.journal);
}

/// Somebody else has promoted the database: the card that would have told of both was shown to nobody.
#[test]
fn what_cannot_be_undone_is_asked_about_where_nobody_was_asked_before() {
    let mut luck = Luck(1);
    let planned = one_after_the_other(&[(Action::DatabasePromote, Confirm::Type), (Action::SecretPromote, Confirm::None)]);
    let behind = planned.stages[1].clone();
    let mut story = Story::new(planned, workload(), false, &mut luck);
    story.world.borrow_mut().becomes.insert(Action::DatabasePromote.word().to_owned(), START);
    for _ in 0..60 {
        story.second(&mut luck);
    }
    assert_eq!(story.run.confirm(&behind), Confirm::Type);
    assert!(story.run.memory.past.is_empty() && story.desk.stances[&behind.id] == Stance::Confirming, "{:#?}", story.desk);
    story.agree();
    for _ in 0..200 {
        story.second(&mut luck);
    }
    assert_eq!(story.run.mode, Mode::Finished);
    // Behind a name that was typed it goes by itself.
    let mut story = Story::new(story.run.plan.clone(), workload(), false, &mut luck);
    for _ in 0..3 {
        story.second(&mut luck);
    }
    story.agree();
    for _ in 0..200 {
        story.second(&mut luck);
    }
    assert_eq!(story.run.mode, Mode::Finished);
    let approved = story.journal.iter().filter(|(_, record)| matches!(record, Record::Approved { .. })).count();
    assert_eq!(approved, 1);
}

#[test]
fn the_clock_runs_from_the_outage_to_the_eye() {
    let story = (0..)
        .map(|seed| played(seed, false, false))
        .find(|story| story.run.plan.stages.iter().any(|stage| stage.action == Action::ProbeClientEye));
    let story = story.unwrap();
    let finished = story.run.finished.as_ref().unwrap();
    assert_eq!(finished.verdict, Ending::Proven);
    let rto = finished.rto.unwrap();
    let seen = story.journal.iter().filter_map(|(at, record)| match record {
        Record::Done { stage, .. } => {
            story.run.plan.stages.iter().any(|known| known.id == *stage && known.action == Action::ProbeClientEye).then_some(*at)
        }
        _ => None,
    });
    assert_eq!(rto, seen.max().unwrap().since(START));
    assert!(rto > Duration::ZERO);
}

#[test]
fn users_who_were_never_looked_at_are_not_proven_to_have_arrived() {
    let without_an_eye = |story: &Story| story.run.plan.stages.iter().all(|stage| stage.action != Action::ProbeClientEye);
    let story = (0..).map(|seed| played(seed, false, false)).find(without_an_eye).unwrap();
    let finished = story.run.finished.as_ref().unwrap();
    assert_eq!((finished.verdict, finished.rto, finished.met), (Ending::Unproven, None, None));
}

#[test]
fn what_fails_again_in_the_same_words_pauses_again_and_each_failure_is_told_once() {
    let mut luck = Luck(3);
    let mut plan = plan(&mut luck);
    plan.stages.iter_mut().for_each(|stage| stage.on_fail = OnFail::Pause);
    let mut story = Story::new(plan, workload(), false, &mut luck);
    let stages: Vec<_> = story.run.plan.stages.iter().take(2).map(|stage| stage.id.clone()).collect();
    let who = || "somebody".to_owned();
    let pauses = |story: &mut Story| {
        let commands = story.decided();
        let pauses = commands.into_iter().filter_map(|command| match command {
            Command::Write(Record::Paused { why, .. }) => Some(why),
            _ => None,
        });
        pauses.collect::<Vec<_>>()
    };
    for attempt in 1..=3 {
        for stage in &stages {
            story.run.take(START, Record::Failed { stage: stage.clone(), why: "stuck".to_owned(), ways: Vec::new() }, None);
        }
        let found = pauses(&mut story);
        assert_eq!(found, stages.iter().map(|stage| format!("{stage} failed: stuck")).collect::<Vec<_>>(), "attempt {attempt}");
        for why in found {
            story.run.take(START, Record::Paused { why, who: None }, None);
        }
        assert_eq!(story.run.tidings.len(), attempt * stages.len());
        story.run.take(START, Record::Resumed { who: who() }, None);
        for stage in &stages {
            story.run.take(START, Record::Retried { stage: stage.clone(), who: who() }, None);
        }
        assert!(pauses(&mut story).is_empty(), "attempt {attempt}");
    }
}

/// It stands like this, whatever is looked at.
#[derive(Debug)]
struct Stands(Standing);

/// Somebody must say whether it arrived.
fn lost() -> Stands {
    Stands(Standing::Asks { whom: "did it arrive?".to_owned() })
}

impl Rules for Stands {
    fn subjects(&self, _: &Scene<'_>) -> Vec<Subject> {
        Vec::new()
    }

    fn guarded(&self, _: &Scene<'_>) -> Vec<Subject> {
        Vec::new()
    }

    fn stand(&self, _: &Scene<'_>) -> Standing {
        self.0.clone()
    }

    fn guard(&self, guard: Guard, _: &Scene<'_>) -> Guarded {
        Guarded { guard: guard.word().to_owned(), holds: Some(true), why: String::new() }
    }

    fn loss(&self, _: &Scene<'_>) -> Loss {
        Loss { at: START, seconds: None, objects: None, told: String::new() }
    }
}

#[test]
fn a_dead_topic_blocks_nobody_who_goes_on_without_it() {
    let answered = Some(Receipt::Unknown { text: "HTTP 500".to_owned() });
    for (on_fail, receipt, blocks) in
        [(OnFail::Continue, answered.clone(), false), (OnFail::Pause, answered, true), (OnFail::Continue, None, true)]
    {
        let mut luck = Luck(3);
        let mut plan = plan(&mut luck);
        plan.stages.truncate(1);
        plan.stages[0].on_fail = on_fail;
        let mut story = Story::new(plan, workload(), false, &mut luck);
        let stage = story.run.plan.stages[0].id.clone();
        story.run.take(START, Record::Ready { stage: stage.clone() }, None);
        if let Some(receipt) = receipt {
            let what = What::Publish { topic: String::new(), subject: String::new(), message: String::new() };
            let change = Change::new(&Region::new("eu-west-1"), what);
            story.run.take(START, Record::Intent { stage: stage.clone(), nth: 0, change, keep: BTreeMap::new() }, None);
            story.run.take(START, Record::Answered { nth: 0, receipt }, None);
        }
        let workload = workload();
        let at = Circumstances {
            workload: &workload,
            snapshot: &Snapshot::default(),
            rules: &lost(),
            history: &History::default(),
            now: START + Duration::from_secs(1),
        };
        let mut desk = Desk::default();
        let commands = decide(&story.run, at, &mut desk);
        let failed = commands.iter().any(|command| matches!(command, Command::Write(Record::Failed { .. })));
        let asked = matches!(desk.stances.get(&stage), Some(Stance::Asking { .. }));
        assert_eq!((failed, asked), (!blocks, blocks), "{on_fail:?}");
    }
}

/// A step that waited for a word has all its time once the word was given: who thinks for long is not told that it has failed.
#[test]
fn what_people_take_their_time_over_counts_against_no_step() {
    const THOUGHT: u64 = 3600;
    let mut luck = Luck(3);
    let mut plan = plan(&mut luck);
    plan.stages.truncate(1);
    let (stage, timeout) = (plan.stages[0].id.clone(), plan.stages[0].timeout.as_secs());
    assert!(timeout < THOUGHT);
    let workload = workload();
    let mut story = Story::new(plan, workload.clone(), false, &mut luck);
    story.run.take(START, Record::Ready { stage: stage.clone() }, None);
    let mut desk = Desk::default();
    let mut fails_at = |second: u64, standing: Standing| {
        let (snapshot, history, rules) = (Snapshot::default(), History::default(), Stands(standing));
        let now = START + Duration::from_secs(second);
        let at = Circumstances { workload: &workload, snapshot: &snapshot, rules: &rules, history: &history, now };
        let commands = decide(&story.run, at, &mut desk);
        commands.iter().any(|command| matches!(command, Command::Write(Record::Failed { .. })))
    };
    assert!((0..THOUGHT).step_by(10).all(|second| !fails_at(second, lost().0)));
    let failed = (THOUGHT..).step_by(10).find(|second| fails_at(*second, Standing::working("not yet")));
    assert_eq!(failed, Some(THOUGHT + timeout + 10));
}

/// Whoever dies between two records of one decision leaves the first: what follows must still follow.
#[test]
fn a_step_that_is_gone_on_without_is_so_wherever_its_records_break_off() {
    let mut luck = Luck(3);
    let mut plan = plan(&mut luck);
    plan.stages.truncate(1);
    plan.stages[0].on_fail = OnFail::Continue;
    let stage = plan.stages[0].id.clone();
    let workload = workload();
    let snapshot = Snapshot::default();
    let history = History::default();
    let decided = |story: &Story| {
        let now = START + Duration::from_secs(1);
        let at = Circumstances { workload: &workload, snapshot: &snapshot, rules: &lost(), history: &history, now };
        let commands = decide(&story.run, at, &mut Desk::default()).into_iter();
        commands.filter_map(|command| if let Command::Write(record) = command { Some(record) } else { None }).collect::<Vec<_>>()
    };
    let mut story = Story::new(plan, workload.clone(), false, &mut luck);
    story.run.take(START, Record::Ready { stage: stage.clone() }, None);
    story.run.take(START, Record::Failed { stage: stage.clone(), why: "no".to_owned(), ways: Vec::new() }, None);
    for _ in 0..3 {
        // One record, and death.
        if let Some(first) = decided(&story).into_iter().next() {
            story.run.take(START, first, None);
        }
    }
    let state = &story.run.stages[&stage];
    assert!(matches!(state.phase, Phase::Owed { .. }) && state.acknowledged.is_some(), "{state:?}");
    assert!(story.run.memory.said.is_empty(), "nobody has said that it was seen to: {:?}", story.run.memory.said);
}

#[test]
fn a_decision_writes_its_intent_before_it_calls() {
    for seed in 0..50 {
        let mut luck = Luck(seed);
        let mut story = Story::new(plan(&mut luck), workload(), false, &mut luck);
        for _ in 0..300 {
            let commands = story.decided();
            for (at, command) in commands.iter().enumerate() {
                if let Command::Call { nth, change } = command {
                    let before = commands[..at].iter().any(|before| {
                        matches!(before, Command::Write(Record::Intent { nth: said, change: same, .. }) if said == nth && same == change)
                    });
                    assert!(before);
                }
            }
            story.second(&mut luck);
            story.agree();
        }
    }
}
