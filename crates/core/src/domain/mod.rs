//! Nouns and rules. Everything else in the house may enter here; this room enters none.

mod duration;
mod region;
mod timestamp;

pub use duration::{DurationError, format_duration, parse_duration};
pub use region::Region;
pub use timestamp::Timestamp;
