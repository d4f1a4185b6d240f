//! The real binary at a real terminal.

mod ends;
mod failover;
mod keys;
mod panics;
mod pty;
mod refusals;
mod suspends;
