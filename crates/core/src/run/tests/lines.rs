//! Lines of a journal, as a step comes along.

use std::collections::BTreeMap;

use crate::domain::{Change, Region, What};
use crate::run::Record;
use crate::runbook::Certainty;

pub(super) fn ready(stage: &str) -> Record {
    Record::Ready { stage: stage.to_owned() }
}

pub(super) fn asks(stage: &str) -> Record {
    let change = Change::new(&Region::new("us-west-2"), What::PromoteReplica { instance: "tier2-db-replica".to_owned() });
    Record::Intent { stage: stage.to_owned(), nth: 0, change, keep: BTreeMap::new() }
}

pub(super) fn done(stage: &str) -> Record {
    Record::Done { stage: stage.to_owned(), shows: "so".to_owned(), certainty: Certainty::Proven }
}
