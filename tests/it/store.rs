//! What outlives the process: journals that are torn, tampered with, unwritable or somebody else's.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use drlab_core::domain::Timestamp;
use drlab_core::run::Record;
use drlab_tui::store::{Holder, Journal, Lease, Medium, Place, Reading};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_secs(1_795_000_000 + seconds)
}

fn ready(stage: &str) -> Record {
    Record::Ready { stage: stage.to_owned() }
}

/// A journal of five lines.
fn written(folder: &Path) -> PathBuf {
    let path = folder.join("journal.jsonl");
    let mut journal = Journal::create(&path).unwrap();
    for (n, stage) in ["a", "b", "c", "d", "e"].iter().enumerate() {
        journal.append(at(n as i64), &ready(stage)).unwrap();
    }
    path
}

#[test]
fn what_was_appended_is_read_back_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path());
    let mut opened = Journal::open(&path).unwrap();
    assert_eq!((opened.lines.len(), opened.repaired), (5, false));
    opened.journal.append(at(9), &ready("f")).unwrap();
    let reading = Reading::of(&std::fs::read(&path).unwrap());
    assert_eq!((reading.lines.len(), reading.torn, reading.broken.clone()), (6, false, None));
    assert_eq!(reading.hash, opened.journal.hash());
    assert_eq!(Journal::create(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists, "no journal is ever written over");
}

#[test]
fn a_line_that_was_not_written_whole_is_cut_off_wherever_it_was_torn() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path());
    let whole = std::fs::read(&path).unwrap();
    let lines: Vec<_> = whole.split_inclusive(|byte| *byte == b'\n').collect();
    let four: Vec<u8> = lines[..4].concat();
    for length in four.len()..whole.len() {
        std::fs::write(&path, &whole[..length]).unwrap();
        let mut opened = Journal::open(&path).unwrap();
        assert_eq!((opened.lines.len(), opened.repaired), (4, length > four.len()), "{length}");
        assert_eq!(std::fs::read(&path).unwrap(), four, "the torn part is gone");
        opened.journal.append(at(4), &ready("e")).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), whole, "and what follows is as if it had never been");
    }
}

/// A disk whose power goes after so many bytes: of what was not synced, only as much as it happens to keep is there afterwards.
#[derive(Clone, Debug, Default)]
struct Disk {
    bytes: Vec<u8>,
    synced: usize,
    power: usize,
    keeps: usize,
}

impl Disk {
    /// What is on it when the power is back.
    fn after_the_cut(&self) -> &[u8] {
        &self.bytes[..(self.synced + self.keeps).min(self.bytes.len())]
    }
}

impl Medium for Disk {
    fn end(&mut self) -> io::Result<u64> {
        Ok(self.bytes.len() as u64)
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.bytes.truncate(length.try_into().unwrap());
        self.synced = self.synced.min(self.bytes.len());
        Ok(())
    }

    fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        let taken = bytes.len().min(self.power);
        self.power -= taken;
        self.bytes.extend(&bytes[..taken]);
        if taken < bytes.len() { Err(io::Error::other("the power is gone")) } else { Ok(()) }
    }

    fn sync(&mut self) -> io::Result<()> {
        if self.power == 0 {
            return Err(io::Error::other("the power is gone"));
        }
        self.synced = self.bytes.len();
        Ok(())
    }
}

/// Wherever the power goes, and whatever the disk had kept to itself until then.
#[test]
fn what_was_said_to_be_written_is_there_after_a_power_cut() {
    for power in 0..900 {
        for keeps in [0, 1, 40, usize::MAX / 2] {
            let disk = std::rc::Rc::new(std::cell::RefCell::new(Disk { power, keeps, ..Disk::default() }));
            let mut journal = Journal::on(Path::new("a disk"), Shared(std::rc::Rc::clone(&disk)));
            let said = (0..7).take_while(|n| journal.append(at(*n), &ready("a step")).is_ok()).count();
            let reading = Reading::of(disk.borrow().after_the_cut());
            assert_eq!(reading.broken, None, "{power}");
            // What could not be said to be written may be there all the same, as one whole line.
            assert!((said..=said + 1).contains(&reading.lines.len()), "{said} said, {} there, {power} {keeps}", reading.lines.len());
        }
    }
}

/// The disk, for a journal that keeps what it writes on.
#[derive(Debug)]
struct Shared(std::rc::Rc<std::cell::RefCell<Disk>>);

impl Medium for Shared {
    fn end(&mut self) -> io::Result<u64> {
        self.0.borrow_mut().end()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.0.borrow_mut().cut(length)
    }

    fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.borrow_mut().add(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.borrow_mut().sync()
    }
}

/// Two consoles hold the same journal open. Whoever comes too late cuts off nothing that the other has written.
#[test]
fn what_somebody_else_has_written_is_never_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path());
    let (mut first, mut second) = (Journal::open(&path).unwrap().journal, Journal::open(&path).unwrap().journal);
    second.append(at(6), &ready("f")).unwrap();
    let refused = first.append(at(7), &ready("g")).unwrap_err();
    assert!(refused.to_string().contains("somebody else has written into it"), "{refused}");
    second.append(at(8), &ready("h")).unwrap();
    let reading = Reading::of(&std::fs::read(&path).unwrap());
    assert_eq!((reading.lines.len(), reading.broken), (7, None));
}

#[test]
fn whatever_is_changed_removed_or_put_in_is_found_and_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path());
    let whole = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let join = |lines: &[&str]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let changed = lines[1].replace("\"b\"", "\"x\"");
    let cases = [
        ("changed", join(&[lines[0], &changed, lines[2], lines[3], lines[4]]), "line 3"),
        ("removed", join(&[lines[0], lines[1], lines[3], lines[4]]), "line 3"),
        ("put in", join(&[lines[0], lines[1], lines[1], lines[2]]), "line 3"),
        ("swapped", join(&[lines[0], lines[2], lines[1]]), "line 2"),
        ("no journal", join(&[lines[0], "hello"]), "line 2: it is no journal line"),
    ];
    for (what, text, place) in cases {
        std::fs::write(&path, &text).unwrap();
        let refused = Journal::open(&path).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::InvalidData, "{what}");
        assert!(refused.to_string().contains(place), "{what}: {refused}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "{what}: nothing is repaired that a person must look at");
    }
    // Every single byte counts, but those of the last line, which nothing follows yet.
    let bytes = whole.as_bytes();
    let protected = whole.len() - lines[4].len() - 1;
    for place in (0..protected).step_by(7) {
        let mut damaged = bytes.to_vec();
        damaged[place] ^= 1;
        let reading = Reading::of(&damaged);
        assert!(reading.broken.is_some(), "byte {place}");
    }
}

#[test]
fn what_is_kept_is_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::find(Some(folder.path().join("state"))).unwrap();
    let run = place.make("20261121t110231-tier2").unwrap();
    drop(Journal::create(&run.journal()).unwrap());
    drop(Lease::take(&run.lease(), "ann", at(0)).unwrap());
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(run.path()), mode(&run.journal()), mode(&run.lease())), (0o700, 0o600, 0o600));
    assert_eq!(mode(run.path().parent().unwrap()), 0o700);
    assert_eq!(place.runs().unwrap(), ["20261121t110231-tier2"]);
    assert_eq!(place.make("20261121t110231-tier2").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    for bad in ["", "..", ".hidden", "a/b", "a b", &"x".repeat(121)] {
        assert!(place.folder(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn a_lease_changes_hands_visibly_and_whoever_lost_it_finds_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lease.json");
    let (first, before) = Lease::take(&path, "ann", at(0)).unwrap();
    assert_eq!((before, first.mine().number), (None, 1));
    assert_eq!(first.lost_to().unwrap(), None);
    let (early, first_number) = (first.clone(), first.mine().clone());
    let (second, before) = Lease::take(&path, "bob", at(60)).unwrap();
    assert_eq!((before.unwrap().who.as_str(), second.mine().number), ("ann", 2));
    assert_eq!(first.lost_to().unwrap().unwrap().who, "bob");
    first.give_back().unwrap();
    assert_eq!(Lease::holder(&path).unwrap().unwrap().who, "bob", "what was lost cannot be given back");
    second.give_back().unwrap();
    assert_eq!(Lease::holder(&path).unwrap(), None);
    // Whoever comes next begins with the first number anew, and is not whoever had it before.
    let theirs = Holder { who: "cleo".to_owned(), process: 1, ..first_number };
    std::fs::write(&path, serde_json::to_vec(&theirs).unwrap()).unwrap();
    assert_eq!(early.lost_to().unwrap().unwrap().who, "cleo");
    early.give_back().unwrap();
    assert_eq!(Lease::holder(&path).unwrap().as_ref(), Some(&theirs));
    // Who takes it from somebody and cannot go on leaves it to them.
    let (taken, from) = Lease::take(&path, "dan", at(90)).unwrap();
    assert_eq!(from.as_ref(), Some(&theirs));
    taken.clone().give_back_to(from.clone()).unwrap();
    assert_eq!(Lease::holder(&path).unwrap().as_ref(), Some(&theirs));
    taken.give_back_to(None).unwrap();
    assert_eq!(Lease::holder(&path).unwrap(), Some(theirs), "and cannot leave to anybody what is not theirs");
}
