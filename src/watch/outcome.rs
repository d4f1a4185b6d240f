use drlab_core::domain::{Cause, Reading};

/// What became of a flight, as far as the next one depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Answered,
    /// No answer at all: the host may be down.
    Silent,
    /// An answer that is none: an error of the service's own.
    Broken,
    Throttled,
    Locked,
    /// It cannot be asked like this, and asking again soon will not help.
    Refused,
}

impl Outcome {
    /// Of all readings of one flight. Whatever was answered at all proves that there is somebody.
    #[must_use]
    pub fn of(readings: &[Reading]) -> Self {
        let mut worst = None;
        for reading in readings {
            match &reading.outcome {
                Ok(_) => return Self::Answered,
                Err(trouble) => worst = Some(worst.unwrap_or(trouble.cause)),
            }
        }
        match worst {
            Some(Cause::Silent | Cause::Unreachable) => Self::Silent,
            Some(Cause::Broken | Cause::NotYet) => Self::Broken,
            Some(Cause::Throttled) => Self::Throttled,
            Some(Cause::Credentials) => Self::Locked,
            Some(Cause::Denied | Cause::Unintelligible) => Self::Refused,
            None => Self::Answered,
        }
    }
}
