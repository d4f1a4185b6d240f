//! Scenes of buckets: what comes back, what is held meanwhile, and which way they replicate.

use super::*;
use crate::domain::fact::{LifecycleRule, Replication, ReplicationRule};

fn rule(id: &str, to: &str, enabled: bool) -> ReplicationRule {
    ReplicationRule { id: id.to_owned(), enabled, destination: to.to_owned(), metrics: true, ..ReplicationRule::default() }
}

struct Buckets {
    set: Set,
    lifecycle: bool,
    inward: bool,
}

impl Buckets {
    fn new(action: Action) -> Self {
        let set = Set::new("tier2", action).part(Part::Bucket(0)).at(Site::Primary).with("since", "2026-11-20T11:00:00Z");
        let mut buckets = Self { set, lifecycle: true, inward: true };
        buckets.look();
        buckets
    }

    fn look(&mut self) {
        self.set.later(1);
        let bucket = self.set.workload.buckets[0].clone();
        let lifecycle = Some(vec![
            LifecycleRule { id: "archive".to_owned(), enabled: self.lifecycle },
            LifecycleRule { id: "never".to_owned(), enabled: false },
        ]);
        let here = Replication { versioning: "Enabled".to_owned(), lifecycle: lifecycle.clone(), ..Replication::default() };
        let there = Replication {
            versioning: "Enabled".to_owned(),
            rules: vec![rule("home", &bucket.sites.primary, self.inward)],
            lifecycle,
            ..Replication::default()
        };
        self.set.found(self.set.workload.bucket_subject(&bucket, Site::Primary), here);
        self.set.found(self.set.workload.bucket_subject(&bucket, Site::Standby), there);
    }

    /// Asks for what is needed, lets it be so, and looks again.
    fn step(&mut self, answer: impl Fn(&Change) -> Receipt) -> Vec<Change> {
        let changes = self.set.changes();
        self.set.ask(answer);
        for change in &changes {
            match &change.what {
                What::SetLifecycle { enabled, rule, .. } => {
                    assert_eq!(rule, "archive");
                    self.lifecycle = *enabled;
                }
                What::SetReplication { enabled, .. } => self.inward = *enabled,
                _ => {}
            }
        }
        self.look();
        changes
    }
}

#[test]
fn objects_come_back_page_by_page_with_everything_held_meanwhile() {
    for action in [Action::StorageUndelete, Action::StorageRestoreVersions] {
        let mut buckets = Buckets::new(action);
        assert_eq!(buckets.step(|_| accepted(&[])).len(), 2);
        assert!(!buckets.lifecycle && !buckets.inward);
        let after = |change: &Change| match &change.what {
            What::Undelete { after, .. } | What::RestoreVersions { after, .. } => after.clone(),
            other => panic!("{other:?}"),
        };
        // Two pages, the second asked for twice since nobody knew whether it arrived; then a whole pass that finds nothing.
        let pages = [
            (None, accepted(&[("restored", "1000"), ("conflicts", "1"), ("conflicting", "app-data/7"), ("after", "k1000")])),
            (Some("k1000"), lost()),
            (Some("k1000"), accepted(&[("restored", "24"), ("lost", "2"), ("done", "true")])),
            (None, accepted(&[("restored", "0"), ("conflicts", "1"), ("conflicting", "app-data/7"), ("after", "k1000")])),
            (Some("k1000"), accepted(&[("restored", "0"), ("lost", "2"), ("done", "true")])),
        ];
        for (wanted, receipt) in pages {
            let changes = buckets.step(|_| receipt.clone());
            assert_eq!(after(&changes[0]).as_deref(), wanted);
            if receipt == lost() {
                assert!(matches!(buckets.set.stand(), Standing::Working { .. }));
                buckets.set.later(6);
            }
        }
        // What was held is put back, and only that.
        assert_eq!(buckets.step(|_| accepted(&[])).len(), 2);
        assert!(buckets.lifecycle && buckets.inward);
        let Standing::Done { shows, certainty } = buckets.set.stand() else { panic!("{:?}", buckets.set.stand()) };
        assert_eq!(certainty, Certainty::Proven);
        assert!(shows.contains("1024 restored") && shows.contains("app-data/7") && shows.contains("2 lost"), "{shows}");
    }
}

#[test]
fn a_restoration_does_not_run_for_ever_or_in_the_dark() {
    let mut buckets = Buckets::new(Action::StorageUndelete);
    buckets.step(|_| accepted(&[]));
    for _ in 0..3 {
        buckets.step(|_| accepted(&[("restored", "5"), ("done", "true")]));
    }
    let Standing::Stuck { why, .. } = buckets.set.stand() else { panic!("{:?}", buckets.set.stand()) };
    assert!(why.contains("goes on destroying"), "{why}");
    // Whoever has stopped it tries again, from the beginning.
    buckets.look();
    buckets.set.since = buckets.set.now;
    buckets.step(|_| accepted(&[("restored", "0"), ("done", "true")]));
    assert!(buckets.set.changes().iter().all(|change| matches!(change.what, What::SetLifecycle { .. } | What::SetReplication { .. })));
    let mut buckets = Buckets::new(Action::StorageUndelete);
    buckets.step(|_| accepted(&[]));
    buckets.step(|_| accepted(&[("restored", "5"), ("after", "k")]));
    buckets.step(|_| accepted(&[("restored", "5"), ("after", "k")]));
    assert!(matches!(buckets.set.stand(), Standing::Stuck { .. }));
    let mut buckets = Buckets::new(Action::StorageUndelete);
    buckets.set.stage.with.clear();
    assert!(matches!(buckets.set.stand(), Standing::Stuck { .. }));
    buckets.set.said("2026-11-20T10:00:00Z");
    assert!(matches!(buckets.set.stand(), Standing::Stuck { .. }), "a note is no instant");
    buckets.set.stage.with.insert("since".to_owned(), "2030-01-01T00:00:00Z".to_owned());
    assert!(matches!(buckets.set.stand(), Standing::Stuck { .. }));
    buckets.set.stage.with.insert("since".to_owned(), "2026-11-20T10:00:00Z".to_owned());
    assert_eq!(buckets.set.changes().len(), 2);
    // Rules that cannot be read cannot be held.
    let mut set = Set::new("tier2", Action::StorageUndelete).part(Part::Bucket(0)).at(Site::Primary).with("since", "2026-11-20T11:00:00Z");
    assert!(matches!(set.stand(), Standing::Blind { .. }), "{:?}", set.stand());
    let bucket = set.workload.bucket_subject(&set.workload.buckets[0], Site::Primary);
    set.found(bucket, Replication { versioning: "Off".to_owned(), lifecycle: Some(Vec::new()), ..Replication::default() });
    assert!(matches!(set.stand(), Standing::Stuck { .. }));
}

#[test]
fn a_backlog_is_gone_when_a_later_minute_says_so() {
    let mut set = Set::new("tier2", Action::StorageAwaitBacklog).part(Part::Bucket(0)).at(Site::Primary);
    let metric = |set: &Set, measure| set.workload.bucket_metric(&set.workload.buckets[0], Site::Primary, measure);
    // Zero, but of a minute before the step began.
    assert!(matches!(set.stand(), Standing::Working { .. }), "{:?}", set.stand());
    set.later(120);
    set.again();
    let counts = |set: &mut Set, bytes: f64, operations: f64| {
        set.later(1);
        set.point(metric(set, Measure::BytesPending), bytes, 60);
        set.point(metric(set, Measure::OperationsPending), operations, 60);
        set.point(metric(set, Measure::OperationsFailed), 0.0, 60);
    };
    for (bytes, operations, done) in [(7.0, 1.0, false), (0.0, 1.0, false), (0.0, 0.0, true)] {
        counts(&mut set, bytes, operations);
        assert_eq!(is_done(&set.stand()), done, "{bytes} {operations}: {:?}", set.stand());
    }
    set.later(1);
    set.point(metric(&set, Measure::OperationsFailed), 3.0, 60);
    assert!(matches!(set.stand(), Standing::Stuck { .. }));
    counts(&mut set, 0.0, 0.0);
    let bucket = set.workload.buckets[0].clone();
    set.found(
        set.workload.bucket_subject(&bucket, Site::Primary),
        Replication { versioning: "Enabled".to_owned(), ..Replication::default() },
    );
    assert!(matches!(set.stand(), Standing::Stuck { .. }), "no rule: calm is no proof");
    set.workload.buckets[0].metrics = false;
    assert!(matches!(set.stand(), Standing::Asks { .. }));
}

#[test]
fn replication_is_turned_round_or_held() {
    let mut set = Set::new("tier2", Action::StorageReverseReplication).part(Part::Bucket(0));
    let bucket = set.workload.buckets[0].clone();
    assert!(matches!(&set.changes()[0].what, What::ReverseReplication { bucket: at, of, rule, .. }
        if *at == bucket.sites.standby && *of == bucket.sites.primary && rule == "app-data-reverse"));
    let back = |enabled| Replication {
        versioning: "Enabled".to_owned(),
        rules: vec![rule("app-data-reverse", &bucket.sites.primary, enabled)],
        ..Replication::default()
    };
    set.later(1);
    set.found(set.workload.bucket_subject(&bucket, Site::Standby), back(false));
    assert!(matches!(&set.changes()[0].what, What::SetReplication { enabled: true, .. }));
    set.later(1);
    set.found(set.workload.bucket_subject(&bucket, Site::Standby), back(true));
    assert!(is_done(&set.stand()));
    let mut set = Set::new("tier2", Action::StorageReverseReplication).part(Part::Bucket(0)).with("direction", "none");
    assert!(matches!(&set.changes()[0].what, What::SetReplication { enabled: false, bucket: at, .. } if *at == bucket.sites.primary));
    let source = set.workload.bucket_subject(&bucket, Site::Primary);
    set.fails(&source, Cause::Silent, 3);
    assert!(matches!(set.stand(), Standing::Owed { .. }));
}

#[test]
fn what_is_missing_is_copied_until_a_whole_pass_finds_nothing() {
    let missing = |pending: Option<&str>, most: Option<&str>| {
        let set = Set::new("tier2", Action::StorageCopyMissing).part(Part::Bucket(0)).at(Site::Primary);
        let set = pending.into_iter().fold(set, |set, pending| set.with("pending", pending));
        most.into_iter().fold(set, |set, most| set.with("most", most))
    };
    let asked = |set: &Set| match &set.changes()[..] {
        [Change { region, what: What::CopyMissing { bucket, from, prefix, pending, pass, after } }] => {
            assert_eq!((region, bucket), (&set.workload.standby, &set.workload.buckets[0].sites.standby));
            assert_eq!((&from.region, &from.bucket), (&set.workload.primary, &set.workload.buckets[0].sites.primary));
            (prefix.clone(), *pending, *pass, after.clone())
        }
        other => panic!("{other:?}"),
    };
    let mut set = missing(None, None);
    let bucket = set.workload.buckets[0].clone();
    let rules = |by_tags| Replication {
        versioning: "Enabled".to_owned(),
        rules: vec![ReplicationRule { prefix: Some("app-data/".to_owned()), by_tags, ..rule("app-data", &bucket.sites.standby, true) }],
        ..Replication::default()
    };
    let look = |set: &mut Set, found| {
        set.later(1);
        set.found(set.workload.bucket_subject(&bucket, Site::Primary), found);
    };
    look(&mut set, rules(false));
    assert_eq!(asked(&set), ("app-data/".to_owned(), false, 1, None));
    set.ask(|_| accepted(&[("restored", "12"), ("pending", "3"), ("after", "k1000")]));
    look(&mut set, rules(false));
    assert_eq!((asked(&set).2, asked(&set).3.as_deref()), (1, Some("k1000")));
    set.ask(|_| accepted(&[("restored", "0"), ("done", "true")]));
    look(&mut set, rules(false));
    assert_eq!((asked(&set).2, asked(&set).3), (2, None), "what was copied is looked for once more");
    set.ask(|_| accepted(&[("restored", "0"), ("done", "true")]));
    look(&mut set, rules(false));
    let Standing::Done { shows, certainty } = set.stand() else { panic!("{:?}", set.stand()) };
    assert_eq!(certainty, Certainty::Proven);
    assert!(shows.contains("12 copied") && shows.contains("nothing missing"), "{shows}");
    // What S3 has on its way is its word.
    let mut set = missing(None, None);
    look(&mut set, rules(false));
    set.ask(|_| accepted(&[("restored", "0"), ("pending", "3"), ("done", "true")]));
    look(&mut set, rules(false));
    assert!(matches!(set.stand(), Standing::Done { certainty: Certainty::Inferred, .. }), "{:?}", set.stand());
    // Users wait: what S3 has on its way is copied too, and of a large bucket the figures are believed, and said to be.
    let mut set = missing(Some("copy"), Some("1"));
    look(&mut set, rules(false));
    assert!(asked(&set).1);
    set.ask(|_| accepted(&[("restored", "0"), ("after", "k1000")]));
    look(&mut set, rules(false));
    assert!(matches!(set.stand(), Standing::Done { certainty: Certainty::Inferred, .. }), "{:?}", set.stand());
    // Neither of what a rule leaves out by tags nor of what nobody replicates can be said that it is there.
    let mut set = missing(None, None);
    look(&mut set, rules(true));
    assert!(matches!(set.stand(), Standing::Done { certainty: Certainty::Inferred, .. }), "{:?}", set.stand());
    look(&mut set, Replication { versioning: "Enabled".to_owned(), ..Replication::default() });
    assert!(matches!(set.stand(), Standing::Stuck { .. }));
    look(&mut set, rules(false));
    set.stage.with.insert("most".to_owned(), "many".to_owned());
    set.ask(|_| accepted(&[("restored", "0"), ("after", "k1000")]));
    look(&mut set, rules(false));
    assert!(matches!(set.stand(), Standing::Stuck { .. }));
}
