//! Whole failovers by the engine, on a paused clock, held against the lab's truth.

pub(crate) mod bridge;
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
