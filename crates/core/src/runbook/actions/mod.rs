//! The catalogue: a file per action.
