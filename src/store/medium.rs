//! What a journal is written on: a file, and in tests a disk whose power can be cut.

use std::fmt::Debug;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};

pub trait Medium: Debug {
    /// How much is on it.
    fn end(&mut self) -> io::Result<u64>;
    /// Keeps no more than this of it.
    fn cut(&mut self, length: u64) -> io::Result<()>;
    fn add(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// When this returns without an error, what was added is there after a power cut, too.
    fn sync(&mut self) -> io::Result<()>;
}

impl Medium for File {
    fn end(&mut self) -> io::Result<u64> {
        self.seek(SeekFrom::End(0))
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }

    fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}
