//! The terminal: taken over whole, and given back whole on every way out. Nobody else writes to it or reads from it.

mod clipboard;
mod ink;
mod input;
mod place;
mod session;
mod signals;

pub use input::{Input, Keys};
pub use place::{PANICKED, is_gone, unfit};
pub use session::{Manners, Session};
pub use signals::{Signal, Signals};
