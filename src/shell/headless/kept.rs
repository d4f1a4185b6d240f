use std::io;
use std::path::Path;

use drlab_core::config::Config;
use drlab_core::domain::Timestamp;
use drlab_core::run::{Record, Run, replay};

use crate::store::Reading;

/// A journal that was left somewhere, read and not touched.
#[derive(Debug)]
pub struct Kept {
    pub run: Run,
    pub config: Config,
    pub records: Vec<(Timestamp, Record)>,
    /// Of its last good line.
    pub hash: String,
    /// Its last line had not been written whole.
    pub torn: bool,
    /// From where on it does not hold together, if it does not: what came before is told all the same.
    pub broken: Option<String>,
}

/// Reads a journal as far as it holds together, without repairing anything.
pub fn read(path: &Path) -> io::Result<Kept> {
    let reading = Reading::of(&std::fs::read(path)?);
    let records: Vec<_> = reading.lines.into_iter().map(|line| (line.at, line.record)).collect();
    let broken = reading.broken.map(|broken| broken.to_string());
    let (run, config) = replay(records.iter().map(|(at, record)| (*at, record)), &|action| action.deed()).map_err(|unreadable| {
        let why = broken.as_ref().map_or_else(|| unreadable.to_string(), |broken| format!("{broken}; {unreadable}"));
        io::Error::new(io::ErrorKind::InvalidData, format!("{}: {why}", path.display()))
    })?;
    Ok(Kept { run, config, records, hash: reading.hash, torn: reading.torn, broken })
}
