//! Many seeds, one after the other; all that fail are told, each with the command that repeats it.

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use super::carry::{Told, carried_out};
use super::drill::{Drill, Sort};
use super::laws::{LAWS, Times, ends_as_if_it_had_not_crashed, times};
use crate::lab::rig::{START, paused};

/// How many drills there are, unless `DRLAB_DRILLS` says otherwise: as many as fit beside the other tests in a build that is not optimised.
const DRILLS: u64 = 48;
/// Stories of more than so many would be read by nobody.
const TOLD: usize = 3;
/// A seed more is a line more, up to here.
const LISTED: usize = 40;

/// What came of one.
struct Outcome {
    wrong: Vec<String>,
    story: String,
    times: Option<Times>,
    finished: bool,
    lived: Duration,
    calls: u64,
}

/// What came of many.
#[derive(Default)]
struct Tally {
    drills: u64,
    wrong: Vec<(u64, Vec<String>)>,
    stories: Vec<String>,
    times: Vec<Times>,
    finished: u64,
    lived: Duration,
    calls: u64,
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// One of `of` equal parts of all drills; one alone where `DRLAB_DRILL` names it.
pub(super) fn part(nth: u64, of: u64) {
    if let Some(seed) = number("DRLAB_DRILL") {
        if seed % of == nth {
            let outcome = spent(seed, true);
            println!("{}", outcome.story);
            assert!(outcome.wrong.is_empty(), "{}", told(seed, &outcome.wrong));
        }
        return;
    }
    let (first, many) = (number("DRLAB_DRILLS_FROM").unwrap_or(0), number("DRLAB_DRILLS").unwrap_or(DRILLS));
    let (began, mut tally) = (Instant::now(), Tally::default());
    for seed in (first..first + many).filter(|seed| seed % of == nth) {
        tally.take(seed, spent(seed, false));
        if tally.drills.is_multiple_of(500) {
            println!("{}", tally.says(began));
        }
    }
    println!("{}", tally.says(began));
    tally.judge();
}

/// Drills share nothing, and one that panics is one that failed.
fn spent(seed: u64, tells: bool) -> Outcome {
    let drill = Drill::of(seed);
    let spent = catch_unwind(AssertUnwindSafe(|| paused(Box::pin(judged(&drill, tells)))));
    spent.unwrap_or_else(|why| {
        let why = why.downcast_ref::<String>().cloned().or_else(|| why.downcast_ref::<&str>().map(|&why| why.to_owned()));
        let wrong = vec![format!("it panics: {}", why.unwrap_or_default())];
        Outcome { wrong, story: format!("{drill:#?}"), times: None, finished: false, lived: Duration::ZERO, calls: 0 }
    })
}

async fn judged(drill: &Drill, tells: bool) -> Outcome {
    let told = Box::pin(carried_out(drill)).await;
    let mut wrong: Vec<String> = LAWS.iter().filter_map(|(law, holds)| Some(format!("{law}: {}", holds(&told).err()?))).collect();
    if drill.sort == Sort::Crashing {
        let calm = Box::pin(carried_out(&drill.uncrashed())).await;
        wrong.extend(ends_as_if_it_had_not_crashed(&told, &calm).err().map(|why| format!("a crash costs time only: {why}")));
    }
    let story = if tells || !wrong.is_empty() { story(&told) } else { String::new() };
    let finished = told.run.as_ref().is_some_and(|run| run.finished.is_some() || run.memory.done.contains_key("client-eye"));
    let (lived, calls) = (told.over.since(START), told.rig.way.lab().log(|log| log.answered()));
    Outcome { wrong, story, times: times(&told), finished, lived, calls }
}

/// The drill, what befell it, and its journal.
fn story(told: &Told) -> String {
    let mut story = format!("{:#?}\n", told.drill);
    for (at, what) in &told.befallen {
        let _ = writeln!(story, "{:>8.1} befallen: {what}", at.since(START).as_secs_f64());
    }
    if let Some(run) = &told.run {
        let _ = writeln!(story, "{}", crate::failover::story::journal(run, &told.desk, &told.lines, START));
    }
    let _ = writeln!(story, "ended {:?}; the truth: {:?}", told.end, told.witness.moments.last());
    let _ = writeln!(story, "writes: {}", told.rig.workload()["writes"]);
    story
}

fn told(seed: u64, wrong: &[String]) -> String {
    format!("seed {seed}:\n    {}\n    again: DRLAB_DRILL={seed} cargo test --test it seeded -- --nocapture", wrong.join("\n    "))
}

impl Tally {
    fn take(&mut self, seed: u64, outcome: Outcome) {
        self.drills += 1;
        self.finished += u64::from(outcome.finished);
        self.lived += outcome.lived;
        self.calls += outcome.calls;
        self.times.extend(outcome.times);
        if !outcome.wrong.is_empty() {
            println!("{}", told(seed, &outcome.wrong));
            if self.stories.len() < TOLD {
                self.stories.push(outcome.story);
            }
            self.wrong.push((seed, outcome.wrong));
        }
    }

    fn within(&self) -> usize {
        self.times.iter().filter(|times| times.took <= times.p90).count()
    }

    fn says(&self, began: Instant) -> String {
        let minutes = began.elapsed().as_secs_f64() / 60.0;
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        let (pace, share) = (self.drills as f64 / minutes, 100.0 * self.within() as f64 / self.times.len().max(1) as f64);
        let mean =
            |of: fn(&Times) -> f64| self.times.iter().map(of).sum::<f64>() / f64::from(u32::try_from(self.times.len().max(1)).unwrap());
        format!(
            "{} drills, {} of them to their end, {} failed; {pace:.0} a minute, {} s and {} calls each; of {} plain ones {share:.0} % within the forecast's p90 (took {:.0} s, p50 {:.0} s, p90 {:.0} s on average)",
            self.drills,
            self.finished,
            self.wrong.len(),
            self.lived.as_secs() / self.drills.max(1),
            self.calls / self.drills.max(1),
            self.times.len(),
            mean(|times| times.took.as_secs_f64()),
            mean(|times| times.p50.as_secs_f64()),
            mean(|times| times.p90.as_secs_f64()),
        )
    }

    fn judge(&self) {
        let listed: Vec<_> = self.wrong.iter().take(LISTED).map(|(seed, wrong)| told(*seed, wrong)).collect();
        assert!(
            self.wrong.is_empty(),
            "{} of {} drills failed:\n{}\n\n{}",
            self.wrong.len(),
            self.drills,
            listed.join("\n"),
            self.stories.join("\n----\n")
        );
    }
}
