//! Carries a run out: asks `core::run` what is next, writes it down, does it, and looks again. It decides nothing itself.

mod attention;
mod declare;
mod executor;
mod hands;
mod telling;

pub use declare::Declaration;
pub use executor::{Executor, Spoken, Stopped, Told};
pub use hands::Hands;
pub use telling::{Board, View};
