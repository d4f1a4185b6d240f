//! What is to be done, in which order, and under which conditions: runbooks as they are written, the catalogue of actions and guards they are
//! made of, and the plan that a runbook becomes for one workload on live data. Pure.

mod action;
mod actions;
mod guard;
mod guards;
mod instants;
mod model;
mod plan;
mod read;
mod scene;
mod shelf;
mod standing;
#[cfg(test)]
mod testing;
mod view;

#[cfg(test)]
pub(crate) mod fake;
#[cfg(test)]
mod tests;

pub use action::{About, Action, Deed, Undo};
pub use actions::{database_id, database_metric, database_subject, found_before, notices, restore_costs};
pub use guard::Guard;
pub use guards::{Held, loss_at_the_cut, loss_grows, seen_to_be_one, writes_go_aside};
pub use instants::{Instant, Wanted};
pub use model::{Confirm, Kind, OnFail, Parameters, RunSite, Runbook, Step};
pub use plan::{
    DryGuard, DryRun, DryStage, Forecast, Ground, History, Holds, Looks, Omitted, Part, Plan, Progress, RUNS_BELIEVED, Role, Span, Stage,
    StageForecast, Takes, forecast, unfold,
};
pub(crate) use plan::{code, md};
pub use read::Catalogue;
pub use scene::{Fresh, Memory, Past, Scene};
pub use shelf::{BUILT_IN, shelf};
pub use standing::{Certainty, Standing};
