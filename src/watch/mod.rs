//! What to ask next, asking it, and telling what is new. The cadence is pure; one flight per question is in the air at a time.

mod eyes;

pub use eyes::Eyes;
