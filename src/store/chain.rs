//! Lines that each hold the hash of the one before: damage is seen, wherever it is. It does not stop somebody who is determined to rewrite
//! history and knows how; nothing here claims that.

use std::fmt::Write as _;

use drlab_core::domain::{Timestamp, excerpt};
use drlab_core::run::Record;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Letters of what is wrong with a line that are told: it repeats what stands there.
const LONGEST: usize = 400;

/// One line of a journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// From 0, without a gap.
    pub seq: u64,
    pub at: Timestamp,
    /// The hash of the line before, as it stands in the file; empty for the first.
    pub prev: String,
    #[serde(flatten)]
    pub record: Record,
}

/// What a journal's bytes say.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    pub lines: Vec<Line>,
    /// The hash of the last good line.
    pub hash: String,
    /// How many bytes of the file are good.
    pub good: u64,
    /// The last line had not been written whole: the power went, or the disk was full.
    pub torn: bool,
    pub broken: Option<Broken>,
}

/// A journal that does not hold together from some line on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct Broken {
    /// From 1.
    pub line: usize,
    pub what: String,
}

impl Reading {
    /// Reads as far as everything holds together.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut reading = Self { lines: Vec::new(), hash: String::new(), good: 0, torn: false, broken: None };
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let Some(text) = piece.strip_suffix(b"\n") else {
                // Only the last line can lack its end.
                reading.torn = true;
                break;
            };
            match reading.next(text) {
                Ok(line) => reading.lines.push(line),
                Err(what) => {
                    reading.broken = Some(Broken { line: reading.lines.len() + 1, what });
                    break;
                }
            }
            reading.hash = hash(text);
            reading.good += piece.len() as u64;
        }
        reading
    }

    fn next(&self, text: &[u8]) -> Result<Line, String> {
        let line: Line =
            serde_json::from_slice(text).map_err(|error| format!("it is no journal line: {}", excerpt(&error.to_string(), LONGEST)))?;
        if line.prev != self.hash {
            return Err("it does not follow from the line before: something was changed, removed or put in".to_owned());
        }
        if line.seq != self.lines.len() as u64 {
            return Err(format!("it says it is number {}, and stands where number {} would", line.seq, self.lines.len()));
        }
        Ok(line)
    }
}

pub(super) fn hash(text: &[u8]) -> String {
    let digest = Sha256::digest(text);
    digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
