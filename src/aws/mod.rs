//! The only room that names an `aws_sdk` crate.

pub mod act;
mod clients;
mod connect;
mod credentials;
mod meter;
mod observe;
mod readonly;
mod trouble;

pub use clients::{Clients, Endpoints, RegionClients, Timeouts};
pub use connect::{Place, arm, connect};
pub use credentials::{Keeper, Source};
pub use meter::{Count, Meter};
pub use observe::observe;
