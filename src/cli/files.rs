//! Files that somebody has named, and what to do where they cannot be read.

use std::io::{self, ErrorKind};
use std::path::Path;

use color_eyre::eyre::Result;

use super::Failure;

/// What is in a file; `what` says what it was wanted for.
pub(super) fn read(path: &Path, what: &str) -> Result<Vec<u8>> {
    Ok(std::fs::read(path).map_err(|error| Failure::config(format!("{}: {}", path.display(), told(path, what, &error))))?)
}

fn told(path: &Path, what: &str, error: &io::Error) -> String {
    match error.kind() {
        // Not every system says of a folder that it is one.
        _ if path.is_dir() => format!("this is a folder, and {what} is a file: name the file in it"),
        ErrorKind::NotFound => format!("there is no such file: name {what} that is there"),
        ErrorKind::PermissionDenied => format!("you may not read it ({error}): {what} must be readable for whoever runs this"),
        _ => error.to_string(),
    }
}
