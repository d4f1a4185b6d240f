//! The console's state and how it changes: `Model`, `Message`, `update`, `Effect`. Pure; time arrives in messages.

mod advice;
mod arming;
mod called;
mod card;
mod chooser;
mod command;
mod copy;
mod decision;
mod deeds;
mod detail;
mod entry;
mod filter;
mod freeze;
mod handover;
mod index;
mod keys;
mod line;
mod logs;
mod message;
mod model;
mod moves;
mod observe;
mod orders;
mod palette;
mod panels;
mod past;
mod report;
mod running;
mod setting;
mod split;
mod stakes;
mod standing;
mod start;
mod succession;
mod successors;
mod telling;
mod tick;
mod timeline;
mod trail;
mod troubles;
mod update;

pub use advice::advice;
pub use arming::Arming;
pub use called::own_name;
pub use card::Card;
pub use chooser::{Choice, Chooser, Way, applicable, source, way};
pub use command::{Shell, command, quote};
pub use decision::{Awaits, Decision, decision};
pub use detail::{DetailLine, DetailPage, Section, commands, detail};
pub use entry::{Asked, Entry, switching};
pub use handover::{Handover, handover};
pub use keys::contexts;
pub use line::Line;
pub use logs::{log_query, start_query};
pub use message::{Beginning, Effect, Message, Press, Unfinished};
pub use model::*;
pub use panels::{Panel, panels, shown_checks, shown_events, shown_workloads};
pub use past::{PastRun, Reading, shown_past};
pub use running::Running;
pub use setting::{instants, ways_to_choose};
pub use split::{SplitWatch, split_watch};
pub use stakes::{Restore, Stakes, stakes, would_ask, would_restore};
pub use succession::Successor;
pub use timeline::{Class, Event, Timeline};
pub use trail::{Trail, Trails};
pub use update::update;

#[cfg(test)]
mod detail_tests;
#[cfg(test)]
mod handover_tests;
#[cfg(test)]
mod homecoming;
#[cfg(test)]
mod news_tests;
#[cfg(test)]
mod run_tests;
#[cfg(test)]
mod successors_tests;
#[cfg(test)]
mod tests;
