//! The lab over sockets: a port per region, one for Route 53, one for control, or one for everything.
//!
//! `Lab` is the world with a clock and a log, shared by everybody who talks to it (also in this process, see `inproc`). A `Server` puts
//! listeners before it. Faults of the connection are real: a dark region's port swallows SYNs, a refusing one refuses.

mod clock;
mod connection;
pub mod dns;
mod gate;
mod lab;
mod listener;
mod open;
mod proxy;
mod server;

#[cfg(test)]
mod tests;

pub use clock::Clock;
pub use lab::{Lab, fresh_instance};
pub use open::{DnsAddresses, OpenError, Running, open};
pub use server::{Addresses, Control, Ports, Server};

pub(crate) use proxy::look;
