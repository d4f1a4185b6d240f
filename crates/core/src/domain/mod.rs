//! Nouns and rules: what can be asked and known, how old it is, and what that is worth. Everything else in the house may enter here; this room
//! enters none.

pub mod change;
mod duration;
pub mod fact;
mod hostile;
mod measure;
mod observation;
mod quantity;
mod question;
mod reads;
mod region;
mod shell;
mod snapshot;
mod subject;
mod timestamp;
mod verdict;
mod writes;

pub use change::{Change, Receipt, What};
pub use duration::{DurationError, format_duration, human_duration, parse_duration};
pub use hostile::{cut, escape, excerpt, harmless, mask_account, mask_accounts, masked_excerpt, sanitise};
pub use measure::Measure;
pub use observation::{Cause, Failing, Known, Observation, Reading, Seen, Streak, Trouble, Value};
pub use quantity::{latency, quantity};
pub use question::{Errand, MetricQuery, Question, Topic};
pub use reads::{DOLLARS_PER_METRIC, READS, Read};
pub use region::Region;
pub use shell::quote;
#[cfg(test)]
pub(crate) use shell::split;
pub use snapshot::Snapshot;
pub use subject::{Kind, Subject};
pub use timestamp::Timestamp;
pub use verdict::Verdict;
pub use writes::{On, WRITES, Write};
