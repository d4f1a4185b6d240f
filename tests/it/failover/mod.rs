//! Whole failovers by the engine, on a paused clock, held against the lab's truth.

mod bridge;
mod days;
mod path;
mod paths;
mod serialised;
mod story;
mod witness;

mod liars;
mod loss;
mod pace;
mod traps;
mod unplanned;

pub(crate) use unplanned::lost;
pub(crate) use witness::Witness;
