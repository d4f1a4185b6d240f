//! A run: what has happened (records), what follows from it (state), what is to be done next (commands). Pure; the journal is the state.

mod begun;
mod catalogue;
mod decide;
mod desk;
mod ending;
mod forecast;
mod history;
mod notices;
mod order;
mod record;
mod renamed;
mod replay;
pub mod report;
mod rules;
mod send;
mod state;
mod stop;
mod switch;
mod told;

#[cfg(test)]
mod tests;

pub use begun::{begins, will_begin};
pub use catalogue::Catalogue;
pub use decide::{Circumstances, Command, decide};
pub use desk::{Desk, Stance};
pub use ending::proven_at;
pub use forecast::{behind_since, outlook};
pub use history::durations;
pub use order::Order;
pub use record::{Declared, Ending, Finished, Guarded, Record, Switched};
pub use renamed::Renamed;
pub use replay::{Unreadable, replay};
pub use rules::Rules;
pub use state::{Loss, Mode, Phase, Run, StageState};
