//! Walking a graph: one state after the other, each when its time has come.

use std::sync::Arc;
use std::time::Duration;

use drlab_core::domain::{Region, Timestamp};

use super::deed::Failure;
use super::graph::{Act, Graph, Test};
use crate::doc;
use crate::document::Document;
use crate::world::World;

/// Somebody on the way through a graph.
#[derive(Clone, Debug)]
pub(crate) struct Walk {
    pub graph: Arc<Graph>,
    /// What it is called, so that its luck is its own.
    name: String,
    pub started: Timestamp,
    at: usize,
    phase: Phase,
    /// When something happens next.
    pub due: Timestamp,
    tries: u32,
    /// How many attempts of any state there were.
    attempts: u64,
    /// The input, and each state's result under its name.
    pub data: Document,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Arriving,
    /// A task between attempts.
    Resting,
    /// A task at work, or a wait.
    Within,
}

/// What history is written from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Happening {
    Entered { state: usize, input: Document },
    Scheduled { state: usize },
    Succeeded { state: usize, output: Document },
    Failed { state: usize, failure: Failure },
    Exited { state: usize, output: Document },
    Ended(Ending),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ending {
    Succeeded(Document),
    Failed(Failure),
    TimedOut,
}

impl Walk {
    /// Starts at the graph's first state; `input` becomes the data, if it is an object.
    pub(crate) fn new(graph: Arc<Graph>, name: &str, input: Document, started: Timestamp) -> Self {
        let data = match input {
            Document::Map(_) => input,
            other => doc! { "input": other },
        };
        Self { graph, name: name.to_owned(), started, at: 0, phase: Phase::Arriving, due: started, tries: 0, attempts: 0, data }
    }

    /// Goes as far as it can go now, and tells what happened on the way. After `Ended` there is nothing more.
    pub(crate) fn go(&mut self, world: &mut World, home: &Region) -> Vec<Happening> {
        let mut happened = Vec::new();
        let now = world.now();
        while self.due <= now {
            if now.since(self.started) >= self.graph.plan.limit {
                happened.push(Happening::Ended(Ending::TimedOut));
                break;
            }
            let ended = self.once(world, home, &mut happened);
            if let Some(ending) = ended {
                happened.push(Happening::Ended(ending));
                break;
            }
        }
        happened
    }

    fn once(&mut self, world: &mut World, home: &Region, happened: &mut Vec<Happening>) -> Option<Ending> {
        let graph = Arc::clone(&self.graph);
        let state = self.at;
        let Some(here) = graph.states.get(state) else {
            return Some(Ending::Failed(Failure::new("States.Runtime", "a state that does not exist was entered")));
        };
        let now = world.now();
        if self.phase == Phase::Arriving {
            happened.push(Happening::Entered { state, input: self.data.clone() });
        }
        match &here.act {
            Act::Task { deed, next, retries, every, catch } => {
                if self.phase != Phase::Within {
                    self.attempts += 1;
                    self.phase = Phase::Within;
                    let takes = world.chance.between(("task", &self.name, self.attempts), world.timings.machine_state);
                    self.due = now + takes.max(Duration::from_secs(1));
                    happened.push(Happening::Scheduled { state });
                    return None;
                }
                match deed.perform(world, home, &graph.plan, &self.data, self.started) {
                    Ok(output) => {
                        happened.push(Happening::Succeeded { state, output: output.clone() });
                        self.data.set(here.name, output);
                        self.leave(next, happened);
                    }
                    Err(failure) => {
                        happened.push(Happening::Failed { state, failure: failure.clone() });
                        if self.tries < *retries {
                            self.tries += 1;
                            self.phase = Phase::Resting;
                            self.due = now + *every;
                        } else if let Some(catch) = catch {
                            self.data.set("Failure", doc! { "Error": failure.error, "Cause": failure.cause });
                            self.leave(catch, happened);
                        } else {
                            return Some(Ending::Failed(failure));
                        }
                    }
                }
            }
            Act::Choice { tests, otherwise } => {
                let next = tests.iter().find(|(test, _)| test.holds(&self.data)).map_or(*otherwise, |(_, next)| *next);
                self.leave(next, happened);
            }
            Act::Wait { time, .. } if self.phase == Phase::Arriving => {
                self.phase = Phase::Within;
                self.due = now + *time;
            }
            Act::Wait { next, .. } => self.leave(next, happened),
            Act::Succeed => {
                happened.push(Happening::Exited { state, output: self.data.clone() });
                return Some(Ending::Succeeded(self.data.clone()));
            }
            Act::Fail => {
                let word = |member| {
                    self.data
                        .get("Failure")
                        .and_then(|failure| failure.get(member))
                        .and_then(Document::as_text)
                        .unwrap_or("States.TaskFailed")
                };
                return Some(Ending::Failed(Failure::new(word("Error"), word("Cause"))));
            }
        }
        None
    }

    fn leave(&mut self, next: &str, happened: &mut Vec<Happening>) {
        happened.push(Happening::Exited { state: self.at, output: self.data.clone() });
        self.at = self.graph.index(next).unwrap_or(usize::MAX);
        self.phase = Phase::Arriving;
        self.tries = 0;
    }
}

impl Test {
    fn holds(&self, data: &Document) -> bool {
        let find = |path: &[&str]| path.iter().try_fold(data, |here, member| here.get(member)).cloned();
        match self {
            Self::Text { path, is } => find(path).as_ref().and_then(Document::as_text) == Some(is),
            Self::True { path } => find(path).as_ref().and_then(Document::as_bool) == Some(true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::deed::Deed;
    use super::super::graph::State;
    use super::super::graph::tests::plan;
    use super::*;
    use crate::world::dynamodb::add_table;
    use crate::world::testing::{east, live, west, world};

    /// Writes the state down after a minute, or fails.
    fn graph() -> Arc<Graph> {
        let states = vec![
            State { name: "Pause", act: Act::Wait { time: Duration::from_secs(60), next: "Record" } },
            State {
                name: "Record",
                act: Act::Task { deed: Deed::RecordState, next: "Look", retries: 2, every: Duration::from_secs(10), catch: Some("Broken") },
            },
            State { name: "Look", act: Act::Choice { tests: vec![(Test::True { path: &["again"] }, "Pause")], otherwise: "Done" } },
            State { name: "Done", act: Act::Succeed },
            State { name: "Broken", act: Act::Fail },
        ];
        Arc::new(Graph { comment: "", plan: Arc::new(plan()), states })
    }

    fn walk_to_the_end(world: &mut World, mut walk: Walk) -> (Vec<Happening>, u64) {
        let mut all = Vec::new();
        for second in 0..10_000 {
            all.extend(walk.go(world, &east()));
            if matches!(all.last(), Some(Happening::Ended(_))) {
                return (all, second);
            }
            live(world, 1);
        }
        panic!("it never ends");
    }

    #[test]
    fn waits_last_and_deeds_are_done() {
        let mut world = world();
        add_table(&mut world, &west(), "dr-state", "workload", None, vec![]);
        let walk = Walk::new(graph(), "one", doc! {}, world.now());
        let (happened, seconds) = walk_to_the_end(&mut world, walk);
        assert!((61..=64).contains(&seconds), "{seconds}");
        assert!(matches!(happened.last(), Some(Happening::Ended(Ending::Succeeded(_)))));
        assert_eq!(world.regional[&west()].dynamodb.tables["dr-state"].items.len(), 1);
    }

    #[test]
    fn failures_are_retried_and_then_caught() {
        let mut world = world();
        let walk = Walk::new(graph(), "one", doc! {}, world.now());
        let (happened, _) = walk_to_the_end(&mut world, walk);
        assert_eq!(happened.iter().filter(|one| matches!(one, Happening::Failed { .. })).count(), 3);
        let Some(Happening::Ended(Ending::Failed(failure))) = happened.last() else { panic!("{happened:?}") };
        assert_eq!(failure.error, "Dynamodb.ResourceNotFoundException");
    }

    #[test]
    fn what_never_ends_is_timed_out() {
        let mut world = world();
        add_table(&mut world, &west(), "dr-state", "workload", None, vec![]);
        let walk = Walk::new(graph(), "one", doc! { "again": true }, world.now());
        let (happened, seconds) = walk_to_the_end(&mut world, walk);
        assert_eq!(happened.last(), Some(&Happening::Ended(Ending::TimedOut)));
        assert!((3600..3700).contains(&seconds), "{seconds}");
    }
}
