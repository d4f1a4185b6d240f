//! The client's eye: what users see, asked the way users ask. DNS at resolvers and name servers, HTTP to where they lead.

use drlab_core::domain::{Cause, Question, Reading, Trouble};

use crate::clock::WorldClock;

/// The way to the workload's addresses.
#[derive(Clone, Debug)]
pub enum Wire {
    /// The network; through an HTTP proxy where the configuration names one.
    Net,
}

/// Runs one client's errand (`Topic::Resolve`, `Topic::Look`). There is exactly one reading for each of the question's subjects.
pub async fn look(_wire: &Wire, question: &Question, clock: &WorldClock) -> Vec<Reading> {
    let begun = clock.now();
    let trouble = Trouble::new(Cause::NotYet, "not built");
    let reading = |subject| Reading { subject, begun, read: begun, outcome: Err(trouble.clone()) };
    question.subjects().into_iter().map(reading).collect()
}
