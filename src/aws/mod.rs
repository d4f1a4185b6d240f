//! The only room that names an `aws_sdk` crate.

mod clients;
mod observe;
mod trouble;

pub use clients::{Clients, Endpoints, RegionClients, Timeouts};
pub use observe::observe;
