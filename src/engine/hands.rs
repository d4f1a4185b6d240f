use std::sync::Arc;

use drlab_core::config::Config;
use drlab_core::domain::{Change, Receipt, What};

use crate::aws::act::{Armed, apply};
use crate::clock::WorldClock;
use crate::probe::{Wire, post, write_through};

/// Everything that can carry a change out.
#[derive(Clone, Debug)]
pub struct Hands {
    pub aws: Armed,
    pub wire: Wire,
    pub config: Arc<Config>,
    pub clock: WorldClock,
}

impl Hands {
    /// Once. There is always a receipt, and it may say that nobody knows.
    pub async fn carry_out(&self, change: &Change) -> Receipt {
        if let Some(receipt) = apply(&self.aws, change).await {
            return receipt;
        }
        match &change.what {
            What::WriteThrough { workload, way } => match self.config.workload(workload) {
                Some(workload) => write_through(&self.wire, workload, way, &self.clock).await,
                None => refused("NoSuchWorkload"),
            },
            What::Post { workload, message } => match self.config.workload(workload) {
                Some(workload) => post(&self.wire, workload, message, &self.clock).await,
                None => refused("NoSuchWorkload"),
            },
            _ => refused("NotHere"),
        }
    }
}

fn refused(code: &str) -> Receipt {
    Receipt::Refused { code: code.to_owned(), text: "nobody here can do that".to_owned() }
}
