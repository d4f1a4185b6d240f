//! The console's state and how it changes: `Model`, `Message`, `update`, `Effect`. Pure; time arrives in messages.

mod command;
mod copy;
mod deeds;
mod detail;
mod filter;
mod freeze;
mod index;
mod keys;
mod line;
mod logs;
mod message;
mod model;
mod moves;
mod observe;
mod palette;
mod panels;
mod start;
mod telling;
mod tick;
mod timeline;
mod update;

pub use command::{Shell, command, quote};
pub use detail::{DetailLine, DetailPage, Section, commands, detail};
pub use keys::contexts;
pub use line::Line;
pub use logs::{log_query, start_query};
pub use message::{Effect, Message};
pub use model::*;
pub use panels::{Panel, panels, shown_checks, shown_events, shown_workloads};
pub use timeline::{Class, Event, Timeline};
pub use update::update;

#[cfg(test)]
mod tests;
