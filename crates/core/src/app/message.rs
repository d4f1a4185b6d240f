use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::config::{Config, Site};
use crate::domain::{Observation, Subject, Timestamp};
use crate::keymap::Chord;
use crate::run::report::Report;
use crate::run::{Desk, Order, Record, Run};
use crate::runbook::{History, Runbook};

use super::model::{Meter, SessionKind};
use super::past::PastRun;

/// Everything that can happen to the model. Plain data: it can be logged, replayed and made up by a test.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// World time moves on; also what makes ages grow.
    Tick(Timestamp),
    /// This process comes to its own hours so much too late, in world time; none: it is punctual again.
    Late(Option<Duration>),
    /// Assess another workload as of now: there is time, and the model is behind.
    Settle(Timestamp),
    Key(Press),
    /// Text pasted in one piece; only text fields take it, and none of it is a key.
    Paste(String),
    /// The mouse, where it is switched on.
    Wheel {
        down: bool,
    },
    Resize(u16, u16),
    /// What has been learnt since the last delta.
    Observed(Vec<Arc<Observation>>),
    Metered(Meter),
    Session(SessionKind),
    /// What came of `Effect::Copy`: how it was said to be done, or why it could not be.
    Copied(Result<String, String>),
    /// A task of the program has ended that should not have: said, never hidden.
    Broken(String),
    /// The runbooks there are.
    Shelf(Arc<Vec<Runbook>>),
    /// What came of `Effect::Arm`.
    Armed(Result<(), String>),
    /// A run has moved on: what it is now, what is seen of it, and what was written down since the last time.
    Run {
        run: Arc<Run>,
        desk: Desk,
        news: Vec<(Timestamp, Record)>,
    },
    /// Nobody carries the run out any more; why.
    Stopped(String),
    /// What came of `Effect::Declare`, `Effect::Order` and `Effect::TakeUp`, where nothing did.
    Refused(String),
    /// Runs of these workloads that were begun and are not over, the newest first.
    Unfinished(Vec<Unfinished>),
    /// The runs there have been, the newest first, and how long things took in them, by workload.
    Past {
        runs: Vec<PastRun>,
        histories: BTreeMap<String, History>,
    },
    /// What came of `Effect::Read`.
    Report(Result<Box<Report>, String>),
}

/// A key, and when: what must not be passed by two quick keys, or by one held down, asks for both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Press {
    pub chord: Chord,
    /// On the operator's wall, since the console began.
    pub at: Duration,
    /// The terminal says that the key is being held down.
    pub repeat: bool,
}

/// A run that is not over, and that this console does not carry out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    pub run: String,
    pub workload: String,
    pub runbook: String,
    pub began: Timestamp,
    /// Who is at it at this moment, if somebody is: to take it up is to take it over from them.
    pub held_by: Option<String>,
    /// Why nobody is led to go on with it, if so: it was aborted, or another run was declared after it.
    pub doubt: Option<String>,
}

/// What a run begins with.
#[derive(Clone, Debug, PartialEq)]
pub struct Beginning {
    /// Index into `config.workloads`.
    pub workload: usize,
    pub runbook: Runbook,
    pub source: Site,
    pub outage_at: Option<Timestamp>,
    pub reason: String,
}

/// What the model asks of the world.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    Quit,
    /// Ctrl-Z: give the terminal back and stop.
    Suspend,
    /// Put it into the clipboard of whoever sits at the terminal.
    Copy(String),
    /// Look at these again now.
    Refresh(Vec<Subject>),
    /// Look for these until then: no workload's plan knows them.
    Await {
        subjects: Vec<Subject>,
        until: Timestamp,
    },
    /// Look at what this names from now on, and act on it: the same workloads, with other databases.
    Plan(Arc<Config>),
    /// These workloads are on the screen (indices): watch them first.
    Attend(Vec<usize>),
    /// Get leave to change this workload (index); its name has been typed.
    Arm(usize),
    Disarm,
    Declare(Box<Beginning>),
    Order(Order),
    /// Go on with a run that was left.
    TakeUp(String),
    /// Tell what happened in a run that is over.
    Read(String),
}
