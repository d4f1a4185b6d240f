//! The real binary at a real terminal.

mod ends;
mod keys;
mod panics;
mod pty;
mod refusals;
mod suspends;
