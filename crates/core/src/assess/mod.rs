//! What the observations of a workload mean: how each part is, which site is active, where users land, whether it is impaired, and whether a
//! failover would succeed now. Pure functions of configuration, snapshot and instant.

mod assessment;
mod placeholder;

pub use assessment::*;
pub use placeholder::assess;
