//! The lab driven by the SDK, which was not written here and does not know that there is a lab.
//!
//! `rig` opens a lab in this process behind the SDK's own clients, on a paused clock; `services` tours what each service claims; `drills`
//! are whole failovers; `sockets` does a smaller tour the long way, over loopback.

mod credentials;
mod determinism;
mod drills;
mod links;
pub(crate) mod rig;
pub(crate) mod services;
mod sockets;
pub(crate) mod transcript;
