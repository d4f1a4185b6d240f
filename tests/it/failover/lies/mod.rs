//! Days on which AWS, or whoever else is asked, reports a success that is none: for each proof there is one, and none of them ends with exit 0 as
//! if it had been one. What nobody can know is called what it is: told, or inferred.
//!
//! `accepted` and `described` are the table; here is how a line of it is spent and judged, by the code with which `run` would exit.

mod accepted;
mod common;
mod described;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::Duration;

use drlab_core::config::{Site, Stretch};
use drlab_core::run::{Ending, Finished, Phase, StageState};
use drlab_core::runbook::{Action, Certainty, shelf};
use drlab_lab::control::Stage;
use drlab_lab::scenarios::BuiltIn;
use drlab_tui::cli::exit_code;
use drlab_tui::shell::{End, Halt};
use tokio::time::sleep;

use super::bridge::{Called, Habits, Outcome, carry_out_while};
use crate::cores;
use crate::lab::rig::{Rig, START, config, paused};
use accepted::ACCEPTED;
use common::NOBODY_ELSE;
use described::DESCRIBED;

/// One proof, and how it is lied about.
struct Lie {
    /// Actions, and guards that are proofs, by their words in runbooks.
    of: &'static [&'static str],
    topology: &'static str,
    scenario: Option<&'static str>,
    /// What is really so: from when, a fault, how hard, for how long.
    so: &'static [(When, &'static str, Option<f64>, Option<&'static str>)],
    /// What is said instead: faults, and how hard.
    lies: &'static [(&'static str, Option<f64>)],
    /// The step after which the lying begins; from before the run, if none is named.
    from: Option<&'static str>,
    book: Book,
    habits: Habits,
    ends: Ends,
}

/// Before the lying begins, or after.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Before,
    After,
}

/// What is carried out.
enum Book {
    /// One that is built in, with what is set for it.
    BuiltIn(&'static str),
    /// These actions, one after the other, each with what else the file says of it. The step is called as its action.
    Own(&'static [(&'static str, &'static str)]),
}

/// How it ends; the words are told by the journal, or by what the stages wait for at the end.
enum Ends {
    /// A step fails: exit 5.
    Fails(&'static str),
    /// Not at all: somebody is asked, or something is waited for.
    Never(&'static str),
    /// With this code, which is not 0.
    With(u8, &'static str),
    /// It may end with 0: nobody can know. But the stages of the proof say how little they know, and the end names them.
    Only(Certainty, &'static str),
}

/// Between the beginning of the lab and that of the lies, until the run is declared, and the same where there is a scenario.
const LIED_FROM: Duration = Duration::from_secs(60);
const DECLARED: Duration = Duration::from_secs(150);
const IN_A_SCENARIO: Duration = Duration::from_secs(225);
const PATIENCE: Duration = Duration::from_secs(2400);
/// Who has failed does nothing more.
const OWN_PATIENCE: Duration = Duration::from_secs(1500);

fn table() -> impl Iterator<Item = &'static Lie> {
    ACCEPTED.iter().chain(DESCRIBED)
}

/// A lab in which new databases take no quarter of an hour: that is no lie, and lasts.
fn hurried(topology: &str, scenario: Option<&str>) -> Rig {
    let mut config = config(topology);
    for (name, most) in [("database_creating", 30), ("promotion_modifying", 30), ("snapshot_creating", 30)] {
        config.lab.timings.insert(name.to_owned(), Stretch { least: Duration::from_secs(20), most: Duration::from_secs(most) });
    }
    let scenario = scenario.map(|name| BuiltIn::named(name).unwrap().script().unwrap().cast(&config, None).unwrap());
    Rig::on(Stage { config, scenario })
}

/// The word of an action as the name of a step.
fn step(action: &str) -> String {
    action.replace('.', "-")
}

impl Book {
    fn text(&self) -> Option<String> {
        let Self::Own(steps) = self else { return None };
        let mut text = "title = \"A lie\"\nwhen = \"A test asks for it.\"\nkind = \"isolation\"\n".to_owned();
        let mut before = None;
        for (action, more) in *steps {
            let id = step(action);
            write!(text, "\n[[step]]\nid = \"{id}\"\ntitle = \"{action}\"\naction = \"{action}\"\n{more}\n").unwrap();
            if let Some(before) = before.replace(id) {
                writeln!(text, "needs = [\"{before}\"]").unwrap();
            }
            if !more.contains("timeout") {
                text.push_str("expect = \"1s\"\ntimeout = \"2m\"\n");
            }
        }
        Some(text)
    }
}

impl Lie {
    fn says(&self) -> String {
        let lies: Vec<_> = self.lies.iter().map(|(lie, _)| *lie).collect();
        format!("{} on {}: {}", self.of.join(", "), self.topology, lies.join(" "))
    }

    fn spend(&self) {
        paused(async {
            let rig = hurried(self.topology, self.scenario);
            let so = |from: When| {
                let some = self.so.iter().filter(|(when, ..)| *when == from);
                some.for_each(|(_, fault, level, lasting)| rig.inject(fault, *level, *lasting));
            };
            so(When::Before);
            sleep(LIED_FROM).await;
            let lie = || self.lies.iter().for_each(|(lie, level)| rig.inject(lie, *level, None));
            let mut honest = self.from.map(step);
            if honest.is_none() {
                lie();
            }
            // Whoever lies has begun to.
            sleep(Duration::from_secs(2)).await;
            so(When::After);
            sleep(self.scenario.map_or(DECLARED, |_| IN_A_SCENARIO) - LIED_FROM).await;
            let text = self.book.text();
            let (runbook, set, patience) = match self.book {
                Book::BuiltIn(name) => (name, &[("soak.for", "1m")][..], PATIENCE),
                Book::Own(_) => ("lie", &[][..], OWN_PATIENCE),
            };
            let plain = Called::plain(runbook);
            let outage_at = self.scenario.map(|_| START + Duration::from_secs(120));
            let called = Called { own: text.as_deref(), set, habits: self.habits, source: Site::Primary, outage_at, ..plain };
            let outcome = carry_out_while(&rig, called, patience, |outcome| {
                let run = &outcome.run;
                let of_step = |name: &str| run.plan.stages.iter().filter(|stage| stage.step == name).all(|stage| run.is_settled(&stage.id));
                if honest.as_deref().is_some_and(of_step) {
                    honest = None;
                    lie();
                }
                Vec::new()
            })
            .await;
            assert_eq!(honest, None, "{}: the lying never began", self.says());
            let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.judge(&outcome)));
            if let Err(why) = told {
                println!("==== {}\n{}\ntruth: {:?}\n====", self.says(), outcome.story(START), outcome.witness.moments.last());
                std::panic::resume_unwind(why);
            }
        });
    }

    fn judge(&self, outcome: &Outcome) {
        let story = outcome.story(START);
        let (Ends::Fails(words) | Ends::Never(words) | Ends::With(_, words) | Ends::Only(_, words)) = self.ends;
        assert!(story.contains(words), "{}: nobody says “{words}”", self.says());
        outcome.witness.assert_honest(&outcome.run);
        let code = code(outcome);
        match self.ends {
            Ends::Fails(_) => {
                assert_eq!(code, Some(5));
                self.fails_at_the_last(outcome);
            }
            Ends::Never(_) => assert_eq!(code, None),
            Ends::With(wanted, _) => {
                assert_ne!(wanted, 0);
                assert_eq!(code, Some(wanted));
            }
            Ends::Only(certainty, _) => self.is_only(certainty, outcome),
        }
    }

    /// Of what comes before the lie nothing fails.
    fn fails_at_the_last(&self, outcome: &Outcome) {
        let Book::Own(steps) = self.book else { return };
        let (last, _) = steps.last().unwrap();
        let failed = |state: &&StageState| matches!(state.phase, Phase::Failed { .. });
        let others = outcome.run.plan.stages.iter().filter(|stage| stage.action.word() != *last);
        assert_eq!(others.filter_map(|stage| outcome.run.state(&stage.id)).filter(failed).count(), 0);
    }

    /// Every stage of what is lied about says how little it knows, and so does the end.
    fn is_only(&self, wanted: Certainty, outcome: &Outcome) {
        let finished = outcome.run.finished.as_ref().unwrap();
        assert!(wanted < Certainty::Proven && finished.verdict == Ending::Proven);
        let lied_about = outcome.run.plan.stages.iter().filter(|stage| self.of.contains(&stage.action.word()));
        let mut stages = 0;
        for stage in lied_about {
            match &outcome.run.stages[&stage.id].phase {
                Phase::Done { certainty, .. } => assert_eq!(*certainty, wanted, "{}", stage.id),
                other => panic!("{}: {other:?}", stage.id),
            }
            assert!(is_named(finished, &stage.id), "{}", finished.says());
            stages += 1;
        }
        assert!(stages > 0);
    }
}

fn is_named(finished: &Finished, stage: &str) -> bool {
    finished.unproven.iter().any(|unproven| unproven == stage) && finished.says().contains(stage)
}

/// The code with which `run` would exit; `None` while nothing has ended.
fn code(outcome: &Outcome) -> Option<u8> {
    let finished = outcome.run.finished.clone().map(|finished| End::Finished(Box::new(finished)));
    let end = finished.or_else(|| Halt::failed(&outcome.run).map(End::Halted))?;
    Some(exit_code(&outcome.run, &end))
}

#[test]
fn no_lie_ends_as_if_it_were_so() {
    cores::every(table(), |lie| lie.says(), |lie| lie.spend());
}

/// A new action, or a new proof of a runbook, has its liar.
#[test]
fn every_proof_is_lied_about() {
    let lied_about: BTreeSet<&str> = table().flat_map(|lie| lie.of).chain(NOBODY_ELSE.iter().map(|(of, _)| of)).copied().collect();
    let (books, _) = shelf(&[], &|action| action.deed());
    let proofs = books.iter().flat_map(|book| &book.steps).flat_map(|step| &step.proof).map(|guard| guard.word());
    let actions = Action::ALL.iter().filter(|action| !action.deed().about().proof.is_empty()).map(|action| action.word());
    let missing: BTreeSet<&str> = actions.chain(proofs).filter(|word| !lied_about.contains(word)).collect();
    assert!(missing.is_empty(), "nobody lies about {missing:?}");
    for (of, why) in NOBODY_ELSE {
        assert!(!table().any(|lie| lie.of.contains(of)), "{of} is lied about, and yet {why}");
    }
}
