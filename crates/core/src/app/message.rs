use std::sync::Arc;

use crate::domain::{Observation, Subject, Timestamp};
use crate::keymap::Chord;

use super::model::{Meter, SessionKind};

/// Everything that can happen to the model. Plain data: it can be logged, replayed and made up by a test.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// World time moves on; also what makes ages grow.
    Tick(Timestamp),
    /// Assess another workload as of now: there is time, and the model is behind.
    Settle(Timestamp),
    Key(Chord),
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
    /// These workloads are on the screen (indices): watch them first.
    Attend(Vec<usize>),
}
