//! The only room that names an `aws_sdk` crate.

mod clients;

pub use clients::{Clients, Endpoints, RegionClients, Timeouts};
