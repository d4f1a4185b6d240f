//! Whole failovers by the engine, on a paused clock, held against the lab's truth.

mod bridge;
mod days;
mod paths;
mod story;
mod witness;

mod liars;
mod unplanned;
