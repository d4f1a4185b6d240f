//! Screens, with their styles, at three sizes.

mod fixture;
mod laws;
mod looks;
mod marks;
mod pictures;
mod running;
mod runs;
mod setting;
pub(crate) mod styled;
