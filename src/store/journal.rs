use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use drlab_core::domain::Timestamp;
use drlab_core::run::Record;

use super::chain::{Line, Reading, hash};
use super::medium::Medium;
use super::own;

/// More than any run writes down: a day of a thousand records an hour.
const MOST: u64 = 64 << 20;

/// A run's journal, open for more. What `append` has given back is on the disk.
#[derive(Debug)]
pub struct Journal<M: Medium = File> {
    path: PathBuf,
    medium: M,
    seq: u64,
    hash: String,
    /// How long the file is as far as it is good: what a failed write left behind it is cut off before the next.
    good: u64,
    /// A write has failed, and may have left something behind.
    torn: bool,
}

/// A journal that was there already.
#[derive(Debug)]
pub struct Opened {
    pub journal: Journal,
    pub lines: Vec<Line>,
    /// Its last line had not been written whole, and is gone.
    pub repaired: bool,
}

impl Journal {
    /// A new one. It is an error if there is one already.
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = own::create(path)?;
        // The file's name is on the disk, too.
        if let Some(folder) = path.parent() {
            File::open(folder)?.sync_all()?;
        }
        Ok(Self::on(path, file))
    }

    /// One that was left. A torn last line is cut off; a broken chain is an error, for a person to look at.
    pub fn open(path: &Path) -> io::Result<Opened> {
        let file = own::open(path)?;
        let reading = Reading::of(&own::bytes(&file, MOST, path)?);
        if let Some(broken) = reading.broken {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("{}: {broken}", path.display())));
        }
        if reading.torn {
            file.set_len(reading.good)?;
            file.sync_all()?;
        }
        let (seq, hash, good) = (reading.lines.len() as u64, reading.hash, reading.good);
        let journal = Self { path: path.to_owned(), medium: file, seq, hash, good, torn: false };
        Ok(Opened { journal, lines: reading.lines, repaired: reading.torn })
    }

    /// What one holds, without touching it: it may be somebody else's.
    pub fn read(path: &Path) -> io::Result<Reading> {
        let file = File::open(path).map_err(|error| own::at(path, &error))?;
        Ok(Reading::of(&own::bytes(file, MOST, path)?))
    }
}

impl<M: Medium> Journal<M> {
    /// A new one on something empty, which is called by this path.
    pub fn on(path: &Path, medium: M) -> Self {
        Self { path: path.to_owned(), medium, seq: 0, hash: String::new(), good: 0, torn: false }
    }

    /// Writes a record down. When this returns without an error, no crash can undo it.
    pub fn append(&mut self, at: Timestamp, record: &Record) -> io::Result<()> {
        let line = Line { seq: self.seq, at, prev: self.hash.clone(), record: record.clone() };
        let mut text = serde_json::to_vec(&line)?;
        let hash = hash(&text);
        text.push(b'\n');
        if self.medium.end()? != self.good {
            if !self.torn {
                return Err(io::Error::other("somebody else has written into it"));
            }
            self.medium.cut(self.good)?;
        }
        self.torn = true;
        self.medium.add(&text)?;
        self.medium.sync()?;
        self.torn = false;
        (self.seq, self.hash, self.good) = (self.seq + 1, hash, self.good + text.len() as u64);
        Ok(())
    }

    /// The hash of the last line: what a report names to say which journal it is of.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}
