//! Files that people have written: configurations, keymaps, runbooks, scenarios. Read whole, before anything is made of them.

use std::fmt::Display;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::Failure;

/// More than two hundred workloads need. A device or somebody's log, named by mistake, would fill the memory.
const MOST: u64 = 4 << 20;

pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |what: &dyn Display| Failure::config(format!("{}: {what}", path.display()));
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| failed(&error))?;
    file.take(MOST + 1).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    if bytes.len() as u64 > MOST {
        return Err(failed(&format!("larger than {} MiB, as no file of this kind is; name another", MOST >> 20)));
    }
    Ok(bytes)
}
