//! What to ask next, asking it, and telling what is new. The cadence is pure; one flight per question is in the air at a time.

mod barrier;
mod cadence;
mod eyes;
mod limits;
mod news;
mod outcome;
mod polling;

pub use cadence::{Cadence, Step, Tally};
pub use eyes::Eyes;
pub use news::News;
pub use outcome::Outcome;
pub use polling::{Order, Watch, beside, once};
