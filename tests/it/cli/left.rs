//! Runs that were left unfinished: which of them is gone on with by whoever names none, and who is in whose way.

use std::path::{Path, PathBuf};
use std::time::Duration;

use drlab_core::config::{Config, EXAMPLE, Site};
use drlab_core::domain::{Change, Region, Timestamp, What};
use drlab_core::run::Record;
use drlab_core::runbook::shelf;
use drlab_tui::engine::Declaration;
use drlab_tui::shell::open;
use drlab_tui::store::{Holder, Journal, Lease, Place};

use super::{drlab, said};

/// A state directory, and a configuration of the example's first workload.
struct Desk {
    folder: tempfile::TempDir,
    config: Config,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::parse("example", EXAMPLE, &[]).unwrap();
        config.workloads.truncate(1);
        std::fs::write(folder.path().join("drlab.toml"), config.to_toml().unwrap()).unwrap();
        Self { folder, config }
    }

    fn place(&self) -> Place {
        Place::find(Some(self.folder.path().join("state"))).unwrap()
    }

    fn workload(&self) -> &str {
        &self.config.workloads[0].name
    }

    /// A run that somebody has declared and left, `minute` minutes after they came; `changed`: after it had asked for something.
    fn left(&self, minute: u64, runbook: &str, lab: bool, changed: bool) -> String {
        let (books, _) = shelf(&[], &|action| action.deed());
        let at = Timestamp::from_secs(1_795_000_000) + Duration::from_secs(60 * minute);
        let run = Declaration {
            workload: &self.config.workloads[0],
            runbook: books.iter().find(|book| book.name == runbook).unwrap(),
            source: Site::Primary,
            outage_at: None,
            reason: "a test".to_owned(),
            who: "ada".to_owned(),
            lab,
            config_text: self.config.to_toml().unwrap(),
        }
        .begin(at)
        .unwrap();
        let mut journal = Journal::create(&self.place().make(&run.declared.run).unwrap().journal()).unwrap();
        journal.append(at, &Record::Declared(Box::new(run.declared.clone()))).unwrap();
        if changed {
            let (stage, instance) = (run.plan.stages[0].id.clone(), "it".to_owned());
            let change = Change { region: Region::new("eu-west-1"), what: What::PromoteReplica { instance } };
            journal.append(at, &Record::Intent { stage, nth: 0, change, keep: [].into() }).unwrap();
        }
        run.declared.run
    }

    /// Whoever runs this test is at it.
    fn held(&self, run: &str) -> PathBuf {
        let lease = self.place().folder(run).unwrap().lease();
        Lease::take(&lease, "grace", Timestamp::from_secs(1_795_000_000)).unwrap();
        lease
    }

    /// Exit code and what is said, by a command that is given this desk.
    fn asked(&self, words: &[&str]) -> (Option<i32>, String) {
        let state = self.folder.path().join("state");
        let output = drlab(&[words, &["--confirm", self.workload(), "--state-dir", state.to_str().unwrap()]].concat());
        (output.status.code(), said(&output))
    }

    fn open(&self, lab: Option<bool>) -> Vec<(String, Option<Holder>, Option<String>)> {
        open(&self.place(), Some(self.workload()), lab).into_iter().map(|open| (open.run, open.holder, open.later)).collect()
    }
}

fn is_there(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn nobody_goes_on_unasked_with_what_a_later_run_has_overtaken() {
    let desk = Desk::new();
    let first = desk.left(0, "unplanned_failover", false, true);
    let rehearsal = desk.left(1, "unplanned_failover", true, true);
    let looked = desk.left(2, "planned_failover", false, false);
    assert_eq!(
        desk.open(Some(false)),
        [(looked.clone(), None, None), (first.clone(), None, None)],
        "neither a rehearsal nor a run that has changed nothing overtakes"
    );
    assert_eq!(desk.open(Some(true)), [(rehearsal.clone(), None, None)]);
    let second = desk.left(3, "planned_failover", false, true);
    let overtaken = |run: &String| (run.clone(), None, Some(second.clone()));
    assert_eq!(desk.open(Some(false)), [(second.clone(), None, None), overtaken(&looked), overtaken(&first)]);
    // What has overtaken it is over: nothing is left that one would go on with unasked.
    let over = Record::Aborted { reason: "wrong".to_owned(), who: "ada".to_owned() };
    for run in [&second, &rehearsal] {
        let mut journal = Journal::open(&desk.place().folder(run).unwrap().journal()).unwrap().journal;
        journal.append(Timestamp::from_secs(1_795_000_600), &over).unwrap();
    }
    let (code, told) = desk.asked(&["resume"]);
    let says = format!("{looked} was left unfinished, and {second} was declared after it");
    assert!(code == Some(64) && told.contains(&says) && told.contains(&format!("drlab-tui resume {looked}")), "{code:?} {told}");
}

#[test]
fn whoever_is_at_a_run_is_in_the_way_of_another_but_no_rehearsal_is() {
    let desk = Desk::new();
    let rehearsal = desk.left(0, "unplanned_failover", true, true);
    desk.held(&rehearsal);
    assert!(desk.open(Some(false)).is_empty());
    let live = desk.left(1, "unplanned_failover", false, true);
    let lease = desk.held(&live);
    let config = desk.folder.path().join("drlab.toml");
    let run = ["run", "unplanned_failover", "--reason", "a test", "--config", is_there(&config), "--workload", desk.workload()];
    let (code, told) = desk.asked(&run);
    assert!(code == Some(9) && told.contains(&format!("grace is at {live}")), "{code:?} {told}");
    std::fs::remove_file(lease).unwrap();
    assert!(desk.open(Some(false)).iter().all(|(_, holder, _)| holder.is_none()), "nobody is at it any more");
}
