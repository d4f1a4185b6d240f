use drlab_core::domain::{Question, Reading, Topic};

use crate::aws::{self, Clients};
use crate::clock::WorldClock;
use crate::probe::{self, Wire};

/// Everything that can answer a question.
#[derive(Clone, Debug)]
pub struct Eyes {
    pub aws: Clients,
    pub wire: Wire,
    pub clock: WorldClock,
}

impl Eyes {
    /// One attempt. There is exactly one reading for each of the question's subjects.
    pub async fn ask(&self, question: &Question) -> Vec<Reading> {
        match question.topic {
            Topic::Resolve { .. } | Topic::Look(_) => probe::look(&self.wire, question, &self.clock).await,
            _ => aws::observe(&self.aws, question, &self.clock).await,
        }
    }
}
