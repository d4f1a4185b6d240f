//! drlab.toml: what the console watches and may touch, and what the lab shall be like.
//!
//! `model` and `lab` are what everybody else works with: resolved, with every default filled in. Text enters through `Config::parse` alone
//! and leaves through `Config::to_toml`.

mod lab;
mod model;
mod sites;
mod words;

pub use lab::*;
pub use model::*;
pub use sites::{Place, Site, Sites};
