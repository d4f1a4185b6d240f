//! Files that somebody has named: configurations, keymaps, runbooks, scenarios. Read whole, and what to do where they cannot be read.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

use color_eyre::eyre::Result;

use super::Failure;

/// More than two hundred workloads need. A device or somebody's log, named by mistake, would fill the memory.
const MOST: u64 = 4 << 20;

/// What is in a file; `what` says what it was wanted for.
pub(super) fn read(path: &Path, what: &str) -> Result<Vec<u8>> {
    let failed = |why: String| Failure::config(format!("{}: {why}", path.display()));
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MOST + 1).read_to_end(&mut bytes));
    read.map_err(|error| failed(told(path, what, &error)))?;
    if bytes.len() as u64 > MOST {
        return Err(failed(format!("larger than {} MiB, as no {} is: name another", MOST >> 20, what.trim_start_matches("a "))).into());
    }
    Ok(bytes)
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
