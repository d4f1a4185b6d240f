use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use drlab_core::domain::{Timestamp, excerpt};
use serde::{Deserialize, Serialize};

use super::own;

/// More than any lease holds.
const MOST: u64 = 64 << 10;

/// Who may go on with a run. It is advice among people of good will: AWS checks none of it, so it warns and does not fence; and it is a file,
/// so it holds on this machine only.
#[derive(Clone, Debug)]
pub struct Lease {
    path: PathBuf,
    mine: Holder,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Grows with every change of hands.
    pub number: u64,
    pub who: String,
    pub process: u32,
    pub since: Timestamp,
}

/// Letters of somebody's name that are told.
const LONGEST_NAME: usize = 200;

impl Lease {
    /// Takes the lease of whoever holds it, if anybody does. Whoever held it finds out before their next intent.
    pub fn take(path: &Path, who: &str, at: Timestamp) -> io::Result<(Self, Option<Holder>)> {
        let before = read(path)?;
        let number = before.as_ref().map_or(1, |before| before.number.saturating_add(1));
        let mine = Holder { number, who: who.to_owned(), process: std::process::id(), since: at };
        let lease = Self { path: path.to_owned(), mine };
        lease.write()?;
        Ok((lease, before))
    }

    /// Who holds it, if anybody does.
    pub fn holder(path: &Path) -> io::Result<Option<Holder>> {
        read(path)
    }

    /// Who has taken it over, if somebody has.
    pub fn lost_to(&self) -> io::Result<Option<Holder>> {
        // Who comes after one who has given it back begins with the first number anew.
        let another = |holder: &Holder| (holder.number, holder.process) != (self.mine.number, self.mine.process);
        Ok(read(&self.path)?.filter(another))
    }

    #[must_use]
    pub const fn mine(&self) -> &Holder {
        &self.mine
    }

    /// Nobody holds it any more, unless somebody else has taken it meanwhile.
    pub fn give_back(self) -> io::Result<()> {
        if self.lost_to()?.is_none() {
            std::fs::remove_file(&self.path)?;
        }
        Ok(())
    }

    /// The same, for whoever held it before and has not ceased to.
    pub fn give_back_to(self, before: Option<Holder>) -> io::Result<()> {
        match before.filter(|_| matches!(self.lost_to(), Ok(None))) {
            Some(mine) => Self { mine, ..self }.write(),
            None => self.give_back(),
        }
    }

    fn write(&self) -> io::Result<()> {
        own::replace(&self.path, &serde_json::to_vec(&self.mine)?)
    }
}

fn read(path: &Path) -> io::Result<Option<Holder>> {
    match File::open(path).and_then(|file| own::bytes(file, MOST, path)) {
        Ok(bytes) => {
            let holder: Holder = serde_json::from_slice(&bytes)?;
            // A name that is told on screens and in journals, from a file that anybody may have written.
            Ok(Some(Holder { who: excerpt(&holder.who, LONGEST_NAME), ..holder }))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl Holder {
    /// Whether the process that took it is still there. Another machine's cannot be seen.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        i32::try_from(self.process)
            .ok()
            .and_then(rustix::process::Pid::from_raw)
            .is_some_and(|process| rustix::process::test_kill_process(process).is_ok())
    }
}
