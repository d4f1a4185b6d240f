//! Screens, with their styles, at three sizes.

mod fixture;
mod laws;
mod pictures;
pub(crate) mod styled;
