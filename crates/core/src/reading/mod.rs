//! Reading TOML that people write: every mistake in a file is found in one go and shown where it stands.
//!
//! A reader walks the parsed tree (`Value`, `Table`) and takes what it knows; what is left over is an unknown key. Mistakes are collected
//! and not returned, so that one wrong word does not hide the next. `read` ends with the value, or with a `FileError` that is ready for a
//! terminal: file, line, column, the line itself, a caret, and what to do. drlab.toml, runbooks, keymaps and scenarios all come through here.

mod diagnostic;
mod nearest;
mod tree;

pub use diagnostic::{Diagnostic, FileError};
pub use nearest::{nearest, suggestion};
pub use tree::{Content, Table, Value, read};
