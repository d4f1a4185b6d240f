//! What automation inside the world does: the operators' own calls, one after another, with waits and retries between them.
//!
//! Functions (`lambda`) and state machines (`states`) are named behaviours, not interpreted code. Both walk the graphs drawn here, and a
//! state machine shows its graph as its definition. Deeds say what should be true and adopt what already is, because an operator, a console
//! and another function may all be at work on the same thing.

mod database;
mod deed;
mod graph;
mod notes;
mod plan;
mod record;
mod services;
mod walk;

pub(crate) use deed::{Failure, probe};
pub(crate) use graph::{Act, Graph};
pub(crate) use notes::region_in;
pub use plan::{DatabasePlan, Lead, Probe, RecordPlan, Recovery, ServicePlan, Site, TablePlan};
pub(crate) use walk::{Ending, Happening, Walk};

#[cfg(test)]
pub(crate) use graph::tests::plan as tests_plan;
