//! What a database could be made from, and what must be kept before one is given up.

use super::*;

#[test]
fn what_is_given_up_is_in_a_manual_snapshot() {
    let mut set = set("tier2");
    set.stage.site = Site::Primary;
    let database = set.workload.database.clone().unwrap();
    let subject = set.workload.restore_subject(&database, Site::Primary, Site::Primary);
    for (kind, ago, said, wanted) in [
        ("automated", 5, "", false),
        ("manual", 5, "", true),
        ("manual", 7200, "", false),
        ("manual", 7200, "keep-1 is what I mean", true),
        ("automated", 7200, "keep-1", false),
    ] {
        set.later(1);
        let at = set.now - std::time::Duration::from_secs(ago);
        let snapshot = Some(Snapshotted { id: "keep-1".to_owned(), at, kind: kind.to_owned() });
        set.found(subject.clone(), RestorePoint { snapshot, point_in_time: Some(at), ..RestorePoint::default() });
        set.said(said);
        assert_eq!(set.holds(Guard::Saved).holds, Some(wanted), "{kind} {ago} {said}");
    }
    set.later(1);
    set.found(subject, RestorePoint::default());
    assert_eq!(set.holds(Guard::Saved).holds, Some(false));
}

/// An automated backup is no snapshot: whoever restores the newest of those would stop the source for nothing.
#[test]
fn there_must_be_something_of_the_kind_that_is_restored() {
    for (action, wanted) in [(Action::DatabaseRestoreSnapshot, false), (Action::DatabaseRestorePointInTime, true)] {
        let mut set = set("pilot");
        let subjects = Guard::RestorePoint.subjects(&set.scene());
        for subject in subjects {
            set.found(subject, RestorePoint { point_in_time: Some(set.now), ..RestorePoint::default() });
        }
        assert_eq!(set.holds(Guard::RestorePoint).holds, Some(true), "nobody has said how");
        set.plan("restore", action, Site::Standby);
        assert_eq!(set.holds(Guard::RestorePoint).holds, Some(wanted), "{action}");
    }
}
