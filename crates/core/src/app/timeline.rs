use std::collections::VecDeque;

use crate::config::Place;
use crate::domain::{Subject, Timestamp, Verdict};

/// What has happened, the newest first; bounded, with what was dropped counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    pub events: VecDeque<Event>,
    pub dropped: u64,
}

impl Timeline {
    /// How many events are kept.
    pub const KEPT: usize = 2_000;
}

/// A change of an observation, told.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub at: Timestamp,
    /// Index into the configuration's workloads, where it belongs to one.
    pub workload: Option<usize>,
    pub place: Option<Place>,
    pub class: Class,
    pub verdict: Verdict,
    /// What it happened to, as the screen calls it: `db`, `tier2-alb-5xx`.
    pub what: String,
    /// `available → modifying`.
    pub text: String,
    pub subject: Option<Subject>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    Alarm,
    /// Something is now different.
    Change,
    /// A call failed, or works again.
    Error,
    /// A figure moved: many, and seldom what one looks for.
    Figure,
}
