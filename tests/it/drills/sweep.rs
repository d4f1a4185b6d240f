//! Many seeds, one after the other; all that fail are told, each with the command that repeats it.

use std::fmt::Write as _;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::carry::{Told, carried_out};
use super::drill::{Drill, Sort};
use super::foretold::{Foretold, Lesson, lesson};
use super::laws::{LAWS, ends_as_if_it_had_not_crashed};
use crate::cores::spread;
use crate::lab::rig::{START, paused};

/// How many drills there are, unless `DRLAB_DRILLS` says otherwise: as many as leave time for the other tests on two cores.
const DRILLS: u64 = 500;
/// How many of the rare ones there are beside them: each of their runbooks a few times.
const RARE: u64 = 24;
/// Stories of more than so many would be read by nobody.
const TOLD: usize = 3;
/// A seed more is a line more, up to here.
const LISTED: usize = 40;

/// What came of one.
struct Outcome {
    wrong: Vec<String>,
    story: String,
    lesson: Option<Lesson>,
    finished: bool,
    lived: Duration,
    calls: u64,
}

/// What came of many.
#[derive(Default)]
struct Tally {
    drawn: Drawn,
    drills: u64,
    wrong: Vec<(u64, Vec<String>)>,
    stories: Vec<String>,
    lessons: Vec<Lesson>,
    finished: u64,
    lived: Duration,
    calls: u64,
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// As many as were asked for; one alone where `DRLAB_DRILL` names it.
pub(super) fn seeded() {
    let drawn = Drawn::told();
    if let Some(seed) = number("DRLAB_DRILL") {
        let outcome = spent(drawn, seed, true);
        println!("{}", outcome.story);
        assert!(outcome.wrong.is_empty(), "{}", told(drawn, seed, &outcome.wrong));
        return;
    }
    let first = number("DRLAB_DRILLS_FROM").unwrap_or(0);
    all(drawn, first..first + number("DRLAB_DRILLS").unwrap_or(DRILLS));
}

/// A few of those that are hardly ever drawn among the others.
pub(super) fn rare() {
    all(Drawn::Rare, 0..RARE);
}

/// On as many threads as there are cores.
fn all(drawn: Drawn, seeds: Range<u64>) {
    let (began, tally) = (Instant::now(), Mutex::new(Tally { drawn, ..Tally::default() }));
    spread(seeds, |seed| {
        let outcome = spent(drawn, seed, false);
        let mut tally = tally.lock().unwrap();
        tally.take(seed, outcome);
        if tally.drills.is_multiple_of(500) {
            println!("{}", tally.says(began));
        }
    });
    let mut tally = tally.into_inner().unwrap();
    println!("{}", tally.says(began));
    tally.judge();
}

/// Drills share nothing, and one that panics is one that failed.
fn spent(drawn: Drawn, seed: u64, tells: bool) -> Outcome {
    let drill = match drawn {
        Drawn::Any => Drill::of(seed),
        Drawn::Plain => Drill::plain(seed),
        Drawn::Rare => Drill::rare(seed),
    };
    let spent = catch_unwind(AssertUnwindSafe(|| paused(Box::pin(judged(&drill, tells)))));
    spent.unwrap_or_else(|why| {
        let why = why.downcast_ref::<String>().cloned().or_else(|| why.downcast_ref::<&str>().map(|&why| why.to_owned()));
        let wrong = vec![format!("it panics: {}", why.unwrap_or_default())];
        Outcome { wrong, story: format!("{drill:#?}"), lesson: None, finished: false, lived: Duration::ZERO, calls: 0 }
    })
}

async fn judged(drill: &Drill, tells: bool) -> Outcome {
    let told = Box::pin(carried_out(drill)).await;
    let mut wrong: Vec<String> = LAWS.iter().filter_map(|(law, holds)| Some(format!("{law}: {}", holds(&told).err()?))).collect();
    let mut calm_story = None;
    if drill.sort == Sort::Crashing {
        let calm = Box::pin(carried_out(&drill.uncrashed())).await;
        if let Err(why) = ends_as_if_it_had_not_crashed(&told, &calm) {
            wrong.push(format!("a crash costs time only: {why}"));
            calm_story = Some(format!("\nwithout its crashes:\n{}", story(&calm)));
        }
    }
    let story = if tells || !wrong.is_empty() { story(&told) + &calm_story.unwrap_or_default() } else { String::new() };
    let finished = told.run.as_ref().is_some_and(|run| run.finished.is_some() || run.memory.done.contains_key("client-eye"));
    let (lived, calls) = (told.over.since(START), told.rig.way.lab().log(|log| log.answered()));
    Outcome { wrong, story, lesson: lesson(&told), finished, lived, calls }
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

/// What is drawn of: the same seed is another drill in each.
#[derive(Clone, Copy, Default)]
enum Drawn {
    #[default]
    Any,
    /// Nothing but outages is to befall anybody.
    Plain,
    /// What is hardly ever drawn among the others.
    Rare,
}

impl Drawn {
    fn told() -> Self {
        let says = |name| std::env::var_os(name).is_some();
        if says("DRLAB_PLAIN") {
            Self::Plain
        } else if says("DRLAB_RARE") {
            Self::Rare
        } else {
            Self::Any
        }
    }

    const fn says(self) -> &'static str {
        match self {
            Self::Any => "",
            Self::Plain => "DRLAB_PLAIN=1 ",
            Self::Rare => "DRLAB_RARE=1 ",
        }
    }
}

fn told(drawn: Drawn, seed: u64, wrong: &[String]) -> String {
    let drawn = drawn.says();
    format!("seed {seed}:\n    {}\n    again: {drawn}DRLAB_DRILL={seed} cargo test --test it seeded -- --nocapture", wrong.join("\n    "))
}

impl Tally {
    fn take(&mut self, seed: u64, outcome: Outcome) {
        self.drills += 1;
        self.finished += u64::from(outcome.finished);
        self.lived += outcome.lived;
        self.calls += outcome.calls;
        self.lessons.extend(outcome.lesson);
        if !outcome.wrong.is_empty() {
            println!("{}", told(self.drawn, seed, &outcome.wrong));
            if self.stories.len() < TOLD {
                self.stories.push(outcome.story);
            }
            self.wrong.push((seed, outcome.wrong));
        }
    }

    fn says(&mut self, began: Instant) -> String {
        let minutes = began.elapsed().as_secs_f64() / 60.0;
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        let pace = self.drills as f64 / minutes;
        format!(
            "{} drills, {} of them to their end, {} failed; {pace:.0} a minute, {} s and {} calls each; {}",
            self.drills,
            self.finished,
            self.wrong.len(),
            self.lived.as_secs() / self.drills.max(1),
            self.calls / self.drills.max(1),
            Foretold::of(&mut self.lessons).says(),
        )
    }

    fn judge(&mut self) {
        let listed: Vec<_> = self.wrong.iter().take(LISTED).map(|(seed, wrong)| told(self.drawn, *seed, wrong)).collect();
        assert!(
            self.wrong.is_empty(),
            "{} of {} drills failed:\n{}\n\n{}",
            self.wrong.len(),
            self.drills,
            listed.join("\n"),
            self.stories.join("\n----\n")
        );
        Foretold::of(&mut self.lessons).judge();
    }
}
