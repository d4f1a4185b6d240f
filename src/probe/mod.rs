//! The client's eye: what users see, asked the way users ask. DNS at resolvers and name servers, HTTP to where they lead.
//!
//! `message` and `target` are pure; `resolve` and `fetch` say what an answer means; `wire` is the seam beneath them: a message to a resolver, a
//! page from an address, over the network or in an in-process lab. The watch can send nothing but a
//! question and a GET; for runs alone, `write` sends that GET to the one path that writes, and `post` tells the webhook.

mod answer;
mod fetch;
pub mod handshake;
mod lab;
pub mod message;
mod names;
mod plain;
mod post;
mod resolve;
mod secure;
mod sockets;
mod target;
mod wire;
mod write;

use std::sync::Arc;
use std::time::Duration;

use drlab_core::domain::fact::Fact;
use drlab_core::domain::{Cause, Question, Reading, Topic, Trouble, Value};
use tokio::time::Instant;

pub use self::lab::InLab;
pub use self::post::post;
pub use self::wire::{Net, Wire};
pub use self::write::write_through;
use crate::clock::WorldClock;

/// However fast the world runs, a real socket is given this long on the wall: slow is not dark.
const FLOOR: Duration = Duration::from_secs(1);

/// Runs one client's errand (`Topic::Resolve`, `Topic::Look`), once. There is exactly one reading for each of the question's subjects.
pub async fn look(wire: &Wire, question: &Question, clock: &WorldClock) -> Vec<Reading> {
    let begun = clock.now();
    let outcome: Result<Fact, Trouble> = match &question.topic {
        Topic::Resolve { resolver, name } => resolve::resolve(wire, resolver, name, clock).await.map(Into::into),
        Topic::Look(errand) => fetch::fetch(wire, errand, clock).await.map(Into::into),
        _ => Err(Trouble::new(Cause::NotYet, "no client could see that")),
    };
    let outcome = outcome.map(|fact| Value::Found { fact: Arc::new(fact), at: None });
    let read = clock.now();
    question.subjects().into_iter().map(|subject| Reading { subject, begun, read, outcome: outcome.clone() }).collect()
}

/// Until when is waited for a connection, and for all that comes over it.
#[derive(Clone, Copy, Debug)]
struct Patience {
    connect: Instant,
    answer: Instant,
}

impl Patience {
    /// The same for both.
    const fn until(deadline: Instant) -> Self {
        Self { connect: deadline, answer: deadline }
    }
}

/// The end of our patience, which is counted in the world's time.
fn deadline(clock: &WorldClock, patience: Duration) -> Instant {
    Instant::now() + clock.on_the_wall(patience).max(FLOOR)
}

/// How much of the world's time has gone by, for a person.
fn millis_since(clock: &WorldClock, begun: drlab_core::domain::Timestamp) -> u32 {
    u32::try_from(clock.now().since(begun).as_millis()).unwrap_or(u32::MAX)
}
