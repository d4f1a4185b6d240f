//! The embedded AWS of drlab-tui: a seeded simulation of regions that the official SDKs and the AWS CLI can talk to without knowing it.
//!
//! `world` is the simulation (pure, own clock, no I/O); `wire` speaks AWS's protocols; `serve` and `inproc` carry them over sockets and
//! inside this process. No `aws-sdk` crate enters here: the lab must not be written by the hand it is to check.

mod base64;
pub mod builder;
pub mod control;
pub mod document;
pub mod inproc;
pub mod scenarios;
pub mod serve;
pub mod topologies;
pub mod wire;
pub mod world;

#[cfg(test)]
mod laws;
