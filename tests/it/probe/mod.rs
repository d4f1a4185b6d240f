//! The client's eye: in a lab on a paused clock, and over loopback sockets, whose other ends are as bad as can be.

mod handshake;
mod in_lab;
mod over_dns;
mod over_http;
mod proxied;
mod server;

use std::sync::Arc;
use std::time::Duration;

use drlab_core::domain::fact::{Fact, Resolution, Sight};
use drlab_core::domain::{Errand, Question, Reading, Subject, Topic, Trouble, Value};
use drlab_tui::clock::WorldClock;
use drlab_tui::probe::{Wire, look};
use tokio::time::timeout;

use crate::lab::rig::START;

/// A world so fast that a socket is only given the least time there is: for those who will wait in vain.
fn hasty() -> WorldClock {
    WorldClock::new(START, 1000.0)
}

/// A world that gives sockets all the time they need.
fn patient() -> WorldClock {
    WorldClock::new(START, 0.1)
}

async fn resolved(wire: &Wire, resolver: &str, name: &str, clock: &WorldClock) -> Result<Resolution, Trouble> {
    let topic = Topic::Resolve { resolver: resolver.to_owned(), name: name.to_owned() };
    match &*one(wire, Question::global(topic), clock).await? {
        Fact::Resolution(resolution) => Ok(resolution.clone()),
        other => panic!("{other:?}"),
    }
}

async fn seen(wire: &Wire, errand: Errand, clock: &WorldClock) -> Result<Sight, Trouble> {
    match &*one(wire, Question::global(Topic::Look(errand)), clock).await? {
        Fact::Sight(sight) => Ok(sight.clone()),
        other => panic!("{other:?}"),
    }
}

/// The one reading there must be for the one subject.
async fn one(wire: &Wire, question: Question, clock: &WorldClock) -> Result<Arc<Fact>, Trouble> {
    let readings = timeout(Duration::from_secs(60), look(wire, &question, clock)).await.unwrap();
    let [Reading { subject, begun, read, outcome }] = <[Reading; 1]>::try_from(readings).unwrap();
    assert_eq!(vec![subject], question.subjects());
    assert!(begun <= read);
    match outcome? {
        Value::Found { fact, at: None } => Ok(fact),
        other => panic!("{other:?}"),
    }
}

fn errand(url: &str, by: Option<&str>, resolvers: &[String]) -> Errand {
    Errand { subject: Subject::sight("tier2", "record"), url: url.to_owned(), by: by.map(ToOwned::to_owned), resolvers: resolvers.to_vec() }
}
