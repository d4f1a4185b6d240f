//! Databases, compute, load balancers, images, certificates, records.

mod buckets;
mod compute;
mod databases;
mod edge;
mod meddler;
mod odd;
mod pages;
mod records;
mod restoring;
mod trouble;

use std::fmt::Debug;

use drlab_core::config::{Site, Workload};
use drlab_core::domain::fact::Observable;
use drlab_core::domain::{Question, Reading, Subject, Topic, Trouble, Value};
use drlab_tui::aws::{Clients, observe};
use drlab_tui::clock::WorldClock;

use crate::lab::rig::{Rig, START, paused};

const SITES: [Site; 2] = [Site::Primary, Site::Standby];

/// The topologies that are there for themselves; the fleet is there for its size.
const SYSTEMS: [&str; 4] = ["tier2", "pilot", "platform", "payments"];

/// What one question brought.
#[derive(Clone, Debug)]
struct Answer(Vec<Reading>);

async fn ask(aws: &Clients, question: Question) -> Answer {
    let readings = observe(aws, &question, &WorldClock::new(START, 1.0)).await;
    let told: Vec<&Subject> = readings.iter().map(|reading| &reading.subject).collect();
    assert_eq!(told, question.subjects().iter().collect::<Vec<_>>(), "one reading for each subject, whatever happens");
    Answer(readings)
}

impl Answer {
    fn of(&self, subject: &Subject) -> &Result<Value, Trouble> {
        &self.0.iter().find(|reading| reading.subject == *subject).unwrap_or_else(|| panic!("{subject} was not asked for")).outcome
    }

    fn found<T: Observable + Clone + Debug>(&self, subject: &Subject) -> T {
        match self.of(subject) {
            Ok(Value::Found { fact, .. }) => T::of(fact).unwrap().clone(),
            other => panic!("{subject}: {other:?}"),
        }
    }

    /// The one thing that was asked for.
    fn only<T: Observable + Clone + Debug>(&self) -> T {
        assert_eq!(self.0.len(), 1);
        self.found(&self.0[0].subject)
    }

    fn is_missing(&self, subject: &Subject) -> bool {
        matches!(self.of(subject), Ok(Value::Missing(why)) if why.contains(&subject.name))
    }

    fn all_missing(&self) -> bool {
        self.0.iter().all(|reading| self.is_missing(&reading.subject))
    }

    /// Why nothing was learnt, which is the same for everything a question asks for.
    fn trouble(&self) -> Trouble {
        let troubles: Vec<&Trouble> = self.0.iter().map(|reading| reading.outcome.as_ref().unwrap_err()).collect();
        assert!(troubles.iter().all(|trouble| *trouble == troubles[0]));
        troubles[0].clone()
    }
}

fn workload(rig: &Rig) -> &Workload {
    &rig.stage.config.workloads[0]
}

/// A question to the region of one of the first workload's sites.
async fn ask_at(rig: &Rig, site: Site, topic: Topic) -> Answer {
    ask(&rig.aws, Question::new(workload(rig).region(site), topic)).await
}

async fn ask_route53(rig: &Rig, topic: Topic) -> Answer {
    ask(&rig.aws, Question::global(topic)).await
}

#[test]
fn what_is_observed_can_be_observed_from_any_thread() {
    fn is_send<T: Send>(_: &T) {}
    paused(async {
        let rig = Rig::open("tier2");
        let (question, clock) = (Question::global(Topic::Zone("Z".to_owned())), WorldClock::new(START, 1.0));
        is_send(&observe(&rig.aws, &question, &clock));
    });
}
