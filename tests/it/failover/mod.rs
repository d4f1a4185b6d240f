//! Whole failovers by the engine, on a paused clock, held against the lab's truth.

pub(crate) mod bridge;
mod days;
mod path;
pub(crate) mod paths;
mod serialised;
pub(crate) mod story;
pub(crate) mod witness;

mod liars;
mod lies;
mod loss;
mod pace;
mod traps;
pub(crate) mod unplanned;
