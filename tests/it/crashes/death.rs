//! Two ways of dying, at a boundary of the journal.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use rustix::process::{Pid, Resource, Rlimit, Signal, prlimit};

use crate::cli::theatre::{Killed, Theatre};

/// How often the journal is looked at: more often than a record is written, since each of them waits for the disk.
const LOOK: Duration = Duration::from_millis(1);

/// How it dies at the record of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// It is killed as soon as the record is there.
    After(usize),
    /// Everything until then has happened, and as it writes the record the kernel kills it, with so many bytes written: no signal from
    /// outside could be as exact.
    Before(usize, u64),
}

/// What was left.
#[derive(Clone, Debug)]
pub(super) struct Left {
    /// Whole records.
    pub(super) records: usize,
    /// Bytes of one that is not whole.
    pub(super) torn: usize,
    /// What the last whole record is about.
    pub(super) last: String,
    /// By which signal; `None` where it had ended before.
    pub(super) signal: Option<i32>,
}

/// Begins or takes up a run, and lets it die.
pub(super) fn die(theatre: &Theatre, words: &[&str], consent: &[&str], way: Way) -> Left {
    let command = theatre.command(words, consent);
    // It waits at the door until the limit is in place.
    let mut gated = Command::new("sh");
    gated.args(["-c", "ulimit -c 0; read go; exec \"$0\" \"$@\""]).arg(command.get_program()).args(command.get_args());
    gated.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut process = Killed(gated.spawn().unwrap());
    let mut journal = Watched::new(theatre.state());
    let (wanted, torn) = match way {
        Way::After(record) => (record + 1, None),
        Way::Before(record, torn) => (record, Some(torn)),
    };
    if let Some(torn) = torn.filter(|_| wanted == 0) {
        limit(&process.0, torn);
    }
    process.0.stdin.take().unwrap().write_all(b"go\n").unwrap();
    let mut struck = wanted == 0;
    let status = loop {
        if let Some(status) = process.0.try_wait().unwrap() {
            break status;
        }
        journal.look();
        if !struck && journal.records >= wanted {
            struck = true;
            match torn {
                Some(torn) => limit(&process.0, journal.length + torn),
                None => process.0.kill().unwrap(),
            }
        }
        sleep(LOOK);
    };
    left(theatre, status.signal())
}

/// No file of its may become longer than this.
fn limit(process: &Child, bytes: u64) {
    let id = Pid::from_child(process);
    let limit = Rlimit { current: Some(bytes), maximum: None };
    // It may have ended already.
    let _ = prlimit(Some(id), Resource::Fsize, limit);
}

/// What a signal is called, in tables.
pub(super) fn called(signal: Option<i32>) -> &'static str {
    match signal {
        Some(signal) if signal == Signal::XFSZ.as_raw() => "SIGXFSZ",
        Some(signal) if signal == Signal::KILL.as_raw() => "SIGKILL",
        Some(_) => "another signal",
        None => "ended before",
    }
}

fn left(theatre: &Theatre, signal: Option<i32>) -> Left {
    let text = journal(&theatre.state()).map(|path| std::fs::read(path).unwrap()).unwrap_or_default();
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let lines = text[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let last = lines.clone().next_back().and_then(|line| serde_json::from_slice::<serde_json::Value>(line).ok()).unwrap_or_default();
    let word = |member: &str| last[member].as_str().unwrap_or_default().to_owned();
    let last = format!("{} {}", word("record"), word("stage")).trim().to_owned();
    Left { records: lines.count(), torn: text.len() - whole, last, signal }
}

/// The journal of the latest run, if there is one.
fn journal(state: &Path) -> Option<PathBuf> {
    let runs = std::fs::read_dir(state.join("runs")).ok()?;
    runs.map(|entry| entry.unwrap().path().join("journal.jsonl")).filter(|path| path.is_file()).max()
}

/// A journal that grows.
struct Watched {
    state: PathBuf,
    file: Option<File>,
    records: usize,
    length: u64,
}

impl Watched {
    fn new(state: PathBuf) -> Self {
        Self { state, file: None, records: 0, length: 0 }
    }

    fn look(&mut self) {
        if self.file.is_none() {
            self.file = journal(&self.state).map(|path| File::open(path).unwrap());
        }
        let Some(file) = &mut self.file else { return };
        let mut new = Vec::new();
        file.read_to_end(&mut new).unwrap();
        self.records += new.iter().filter(|byte| **byte == b'\n').count();
        self.length += new.len() as u64;
    }
}
