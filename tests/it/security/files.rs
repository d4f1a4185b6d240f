//! What is kept is for its owner alone, and what somebody else has put in the way is not used.

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use drlab_core::domain::Timestamp;
use drlab_core::run::Record;
use drlab_tui::store::{Journal, Lease, Place};
use rustix::process::geteuid;

use crate::cli::theatre::Theatre;
use crate::cli::{BINARY, said};

const AT: Timestamp = Timestamp::from_secs(1_795_000_000);

fn ready() -> Record {
    Record::Ready { stage: "a".to_owned() }
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().mode() & 0o777
}

/// Everything below a folder.
fn below(folder: &Path) -> Vec<std::path::PathBuf> {
    let inside = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    inside.flat_map(|path| if path.is_dir() { [below(&path), vec![path]].concat() } else { vec![path] }).collect()
}

/// The real binary, with masks that take nothing away and that take too much.
#[test]
fn whatever_the_mask_nobody_else_reads_what_a_run_leaves() {
    let theatre = Theatre::open("tier2", None);
    for mask in ["000", "027"] {
        let run = theatre.command(&["run", "planned_failover", "--reason", "a drill"], &["--approve", "hold"]);
        let mut masked = Command::new("sh");
        masked.args(["-c", &format!("umask {mask}; exec \"$0\" \"$@\""), BINARY]).args(run.get_args()).stdin(Stdio::null());
        // It ends before anything is changed, and leaves its lease where it is killed: here it gives it back.
        let output = masked.output().unwrap();
        assert_eq!(output.status.code(), Some(6), "{}", said(&output));
        let left = below(&theatre.state());
        assert!(left.iter().any(|path| path.ends_with("journal.jsonl")), "{left:?}");
        for path in left {
            assert_eq!(mode(&path), if path.is_dir() { 0o700 } else { 0o600 }, "{mask}: {}", path.display());
        }
        assert_eq!(mode(&theatre.state()), 0o700);
    }
}

#[test]
fn a_journal_that_was_brought_is_closed_before_it_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    Journal::create(&path).unwrap().append(AT, &ready()).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
    drop(Journal::open(&path).unwrap());
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn links_and_other_peoples_files_are_not_written_to() {
    let folder = tempfile::tempdir().unwrap();
    let victim = folder.path().join("victim");
    std::fs::write(&victim, "precious").unwrap();
    let untouched = || assert_eq!(std::fs::read_to_string(&victim).unwrap(), "precious");

    // A journal that leads elsewhere, to be made or to be gone on with.
    let journal = folder.path().join("journal.jsonl");
    symlink(&victim, &journal).unwrap();
    assert!(Journal::create(&journal).is_err());
    assert!(Journal::open(&journal).unwrap_err().to_string().contains("is a link"));
    untouched();

    // What a lease is written to before it is put in its place.
    let lease = folder.path().join("lease.json");
    symlink(&victim, lease.with_extension(format!("{}.new", std::process::id()))).unwrap();
    Lease::take(&lease, "ann", AT).unwrap();
    assert_eq!(mode(&lease), 0o600);
    untouched();

    // A folder of runs that leads elsewhere.
    let (state, elsewhere) = (folder.path().join("state"), folder.path().join("elsewhere"));
    std::fs::create_dir_all(&state).unwrap();
    std::fs::create_dir_all(&elsewhere).unwrap();
    symlink(&elsewhere, state.join("runs")).unwrap();
    let place = Place::find(Some(state.clone())).unwrap();
    assert!(place.make("20261121t110231-tier2").unwrap_err().to_string().contains("leads elsewhere"));
    assert_eq!(std::fs::read_dir(&elsewhere).unwrap().count(), 0);

    // One that others may write to is closed; one that is theirs is not used. Only root can make one that is theirs.
    std::fs::remove_file(state.join("runs")).unwrap();
    std::fs::create_dir(state.join("runs")).unwrap();
    std::fs::set_permissions(state.join("runs"), std::fs::Permissions::from_mode(0o777)).unwrap();
    place.make("20261121t110231-tier2").unwrap();
    assert_eq!(mode(&state.join("runs")), 0o700);
    if geteuid().is_root() {
        std::os::unix::fs::chown(state.join("runs"), Some(4242), None).unwrap();
        assert!(place.make("20261121t110232-tier2").unwrap_err().to_string().contains("somebody else's"));
        let theirs = folder.path().join("theirs.jsonl");
        Journal::create(&theirs).unwrap().append(AT, &ready()).unwrap();
        std::os::unix::fs::chown(&theirs, Some(4242), None).unwrap();
        assert!(Journal::open(&theirs).unwrap_err().to_string().contains("a copy of your own"));
        assert_eq!(Journal::read(&theirs).unwrap().lines.len(), 1, "it may be read");
    }
}

#[test]
fn what_is_larger_than_anything_honest_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    // Holes take no room on the disk.
    std::fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
    for refused in [Journal::open(&path).unwrap_err(), Journal::read(&path).unwrap_err()] {
        assert!(refused.to_string().contains("larger than"), "{refused}");
    }
    let lease = folder.path().join("lease.json");
    std::fs::File::create(&lease).unwrap().set_len(1 << 40).unwrap();
    assert!(Lease::holder(&lease).unwrap_err().to_string().contains("larger than"));
    let output = crate::cli::drlab(&["report", "--journal", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(65), "{}", said(&output));
    // What people have written: a device stands for any file that was named by mistake.
    let own = folder.path().join("own");
    std::fs::create_dir(&own).unwrap();
    symlink("/dev/zero", own.join("own.toml")).unwrap();
    for words in [
        &["status", "--config", "/dev/zero"][..],
        &["keys", "--keymap", "/dev/zero"],
        &["lab", "serve", "--scenario", "/dev/zero"],
        &["plan", "unplanned_failover", "--runbooks", own.to_str().unwrap()],
    ] {
        let output = crate::cli::drlab(words);
        assert_eq!(output.status.code(), Some(65), "{words:?}: {}", said(&output));
        assert!(said(&output).contains("larger than 4 MiB"), "{words:?}: {}", said(&output));
    }
}

/// It may name a webhook, and whoever has that can post there.
#[test]
fn the_configuration_that_a_lab_writes_is_for_its_owner_and_goes_where_it_was_sent() {
    let folder = tempfile::tempdir().unwrap();
    let (open, link) = (folder.path().join("drlab.toml"), folder.path().join("link.toml"));
    std::fs::write(&open, "from before").unwrap();
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o644)).unwrap();
    drop(crate::cli::Served::start(&["--config-out", open.to_str().unwrap()]));
    assert_eq!(mode(&open), 0o600);
    assert!(std::fs::read_to_string(&open).unwrap().contains("[[workload]]"));

    std::fs::write(&open, "precious").unwrap();
    symlink(&open, &link).unwrap();
    let output = crate::cli::drlab(&["lab", "serve", "--config-out", link.to_str().unwrap()]);
    assert!(!output.status.success() && said(&output).contains("leads elsewhere"), "{}", said(&output));
    assert_eq!(std::fs::read_to_string(&open).unwrap(), "precious");
}
