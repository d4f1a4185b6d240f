//! The catalogue: a file per action.

mod discard;

pub use discard::DISCARD;
