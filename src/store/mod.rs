//! What outlives the process: the journals of runs, and who may go on with them. Files that only their owner can read.

mod chain;
mod journal;
mod lease;
mod medium;
mod own;
mod place;

pub use chain::{Broken, Line, Reading};
pub use journal::{Journal, Opened};
pub use lease::{Holder, Lease};
pub use medium::Medium;
pub use own::replace;
pub use place::{Place, RunFolder};
