//! A run: what has happened (records), what follows from it (state), what is to be done next (commands). Pure; the journal is the state.

mod record;

pub use record::{Declared, Ending, Finished, Guarded, Record, Switched};
