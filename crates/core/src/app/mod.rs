//! The console's state and how it changes: `Model`, `Message`, `update`, `Effect`. Pure; time arrives in messages.

mod line;
mod message;
mod model;
mod timeline;

pub use line::Line;
pub use message::{Effect, Message};
pub use model::*;
pub use timeline::{Class, Event, Timeline};
