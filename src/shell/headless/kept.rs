use std::io;
use std::path::Path;
use std::time::Duration;

use drlab_core::config::Config;
use drlab_core::domain::Timestamp;
use drlab_core::run::{Record, Run, replay};

use crate::store::{Journal, Place};

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

/// Machines' clocks differ by this much, and nothing comes of it.
const SKEW: Duration = Duration::from_secs(30);

impl Kept {
    /// On a machine whose clock is behind the one that wrote the journal, no look would ever be newer than what it is to follow.
    pub fn not_from_the_future(&self, now: Timestamp) -> Result<(), String> {
        match self.records.last() {
            Some((at, _)) if *at > now + SKEW => Err(format!(
                "the journal was written until {at}, and it is {now} by this machine's clock: set it right, and nothing is lost meanwhile"
            )),
            _ => Ok(()),
        }
    }
}

/// The run of the same workload that was declared after this one, if there is one: what the earlier owes has been overtaken, and to do it now
/// might undo what came later.
#[must_use]
pub fn overtaken_by(place: &Place, run: &Run) -> Option<String> {
    let declared = &run.declared;
    let later = place.runs().ok()?.into_iter().filter(|name| *name > declared.run);
    later.rev().find(|name| {
        let kept = place.folder(name).ok().and_then(|folder| read(&folder.journal()).ok());
        kept.is_some_and(|kept| kept.run.declared.workload == declared.workload && kept.run.declared.lab == declared.lab)
    })
}

/// Reads a journal as far as it holds together, without repairing anything.
pub fn read(path: &Path) -> io::Result<Kept> {
    let reading = Journal::read(path)?;
    let records: Vec<_> = reading.lines.into_iter().map(|line| (line.at, line.record)).collect();
    let broken = reading.broken.map(|broken| broken.to_string());
    let (run, config) = replay(records.iter().map(|(at, record)| (*at, record)), &|action| action.deed()).map_err(|unreadable| {
        let why = broken.as_ref().map_or_else(|| unreadable.to_string(), |broken| format!("{broken}; {unreadable}"));
        io::Error::new(io::ErrorKind::InvalidData, format!("{}: {why}", path.display()))
    })?;
    Ok(Kept { run, config, records, hash: reading.hash, torn: reading.torn, broken })
}

#[cfg(test)]
mod tests {
    use drlab_core::config::{EXAMPLE, Site};
    use drlab_core::runbook::shelf;

    use super::super::super::past::somebody_at;
    use super::*;
    use crate::engine::Declaration;
    use crate::store::Holder;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_secs(1_795_000_000) + Duration::from_secs(seconds)
    }

    /// Declares a run of the example's workload, and nothing more.
    fn declared(place: &Place, when: Timestamp) -> Run {
        let config = Config::parse("example", EXAMPLE, &[]).unwrap();
        let (books, _) = shelf(&[], &|action| action.deed());
        let run = Declaration {
            workload: &config.workloads[0],
            runbook: books.iter().find(|book| book.name == "unplanned_failover").unwrap(),
            source: Site::Primary,
            outage_at: None,
            reason: "a test".to_owned(),
            who: "tests".to_owned(),
            lab: true,
            config_text: config.to_toml().unwrap(),
        }
        .begin(when)
        .unwrap();
        let folder = place.make(&run.declared.run).unwrap();
        let first = Record::Declared(Box::new(run.declared.clone()));
        Journal::create(&folder.journal()).unwrap().append(when, &first).unwrap();
        run
    }

    #[test]
    fn a_journal_from_the_future_is_not_taken_up() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::find(Some(folder.path().to_owned())).unwrap();
        let run = declared(&place, at(3600));
        let kept = read(&place.folder(&run.declared.run).unwrap().journal()).unwrap();
        let refused = kept.not_from_the_future(at(0)).unwrap_err();
        assert!(refused.contains("by this machine's clock"), "{refused}");
        assert_eq!(kept.not_from_the_future(at(3590)), Ok(()), "clocks differ a little");
        assert_eq!(kept.not_from_the_future(at(9000)), Ok(()));
    }

    #[test]
    fn what_was_declared_later_overtakes_what_is_owed() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::find(Some(folder.path().to_owned())).unwrap();
        let first = declared(&place, at(0));
        assert_eq!(overtaken_by(&place, &first), None);
        let second = declared(&place, at(60));
        assert_eq!(overtaken_by(&place, &first), Some(second.declared.run.clone()));
        assert_eq!(overtaken_by(&place, &second), None);
    }

    /// Two runs of one workload would undo each other, whoever begins the second, and by whatever.
    #[test]
    fn nobody_begins_where_somebody_else_is_at_it() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::find(Some(folder.path().to_owned())).unwrap();
        let run = declared(&place, at(0)).declared;
        let theirs = || somebody_at(&place, &run.workload, true).map(|(name, holder)| (name, holder.who));
        assert_eq!(theirs(), None, "a run that was left");
        let lease = place.folder(&run.run).unwrap().lease();
        let held = |process: u32| {
            let holder = Holder { number: 1, who: "bob".to_owned(), process, since: at(0) };
            std::fs::write(&lease, serde_json::to_vec(&holder).unwrap()).unwrap();
        };
        held(std::os::unix::process::parent_id());
        assert_eq!(theirs(), Some((run.run.clone(), "bob".to_owned())));
        assert!(somebody_at(&place, &run.workload, false).is_none(), "a rehearsal is in nobody's way");
        assert!(somebody_at(&place, "another", true).is_none());
        held(std::process::id());
        assert_eq!(theirs(), None, "oneself");
        held(i32::MAX.unsigned_abs());
        assert_eq!(theirs(), None, "whoever is no more");
    }
}
