use super::super::super::fixture::*;
use super::target;
use crate::config::Site;
use crate::domain::fact::*;
use crate::domain::{Cause, What};
use crate::runbook::{Action, Standing, Undo};

#[test]
fn each_deed_knows_to_which_databases_it_is_done() {
    let on = |action: Action, topology: &str| action.deed().parts(&workload(topology)).is_ok();
    for action in [
        Action::DatabasePromote,
        Action::DatabaseAwaitBackup,
        Action::DatabaseProtect,
        Action::DatabaseProveCaughtUp,
        Action::DatabaseRebuildReplica,
        Action::DatabaseRestoreSnapshot,
        Action::DatabaseRestorePointInTime,
    ] {
        assert!(on(action, "tier2") && on(action, "pilot") && on(action, "platform") && !on(action, "payments"), "{action}");
    }
    for action in [Action::DatabaseSwitchover, Action::DatabaseFailover] {
        assert!(on(action, "payments") && !on(action, "tier2"), "{action}");
    }
    assert!(on(Action::DatabaseMarker, "tier2"));
    let mut silent = workload("tier2");
    silent.dns.as_mut().unwrap().probe.write_path = None;
    assert!(Action::DatabaseMarker.deed().parts(&silent).is_err());
}

fn with_status(action: Action, status: &str) -> Play {
    target(action, |found| found.status = status.to_owned())
}

#[test]
fn scenes_of_awaiting_a_backup() {
    let wait = |status: &str| kind_of(&with_status(Action::DatabaseAwaitBackup, status).stand());
    assert_eq!((wait("available"), wait("backing-up"), wait("modifying"), wait("failed")), ("proven", "working", "working", "stuck"));
    let promoted = target(Action::DatabaseAwaitBackup, |found| {
        found.replica_of = None;
        found.status = "backing-up".to_owned();
    });
    assert_eq!(kind_of(&promoted.stand()), "proven", "there is no promotion left to be refused");
}

#[test]
fn scenes_of_a_promotion() {
    for (what, status, replica, expected) in [
        ("to be promoted", "available", true, "needs"),
        ("a backup refuses it", "backing-up", true, "working"),
        ("under way, whoever asked", "modifying", true, "working"),
        ("rebooting", "rebooting", true, "working"),
        ("the source forgotten before the reboot", "modifying", false, "working"),
        ("rebooting without a source", "rebooting", false, "working"),
        ("done, whoever did it", "available", false, "proven"),
        ("done, and backing up", "backing-up", false, "proven"),
        ("broken", "storage-full", true, "stuck"),
        ("broken after its promotion", "incompatible-parameters", false, "stuck"),
    ] {
        let play = target(Action::DatabasePromote, |found| {
            found.status = status.to_owned();
            found.replica_of = found.replica_of.take().filter(|_| replica);
        });
        assert_eq!(kind_of(&play.stand()), expected, "{what}");
    }
    let mut play = Play::of("tier2", Action::DatabasePromote);
    assert_eq!(kind_of(&play.stand()), "looking");
    let writable = play.writable(Site::Standby);
    play.found_before(play.database(Site::Standby), writable);
    assert_eq!(kind_of(&play.stand()), "looking", "seen before the step was ready");
    play.fails(play.database(Site::Standby), Cause::Silent, 9);
    assert_eq!(kind_of(&play.stand()), "blind");
    play.later(5);
    play.missing(play.database(Site::Standby));
    assert_eq!(kind_of(&play.stand()), "stuck");
}

#[test]
fn trap_a_promotion_that_was_accepted_has_not_happened() {
    // As a server does that answers 200 and changes nothing.
    let mut play = with_status(Action::DatabasePromote, "available");
    let promote = change(&play.stand());
    play.asked(&promote, accepted());
    assert_eq!(kind_of(&play.stand()), "looking");
    let same = play.instance(Site::Standby);
    play.found(play.database(Site::Standby), same.clone());
    let standing = play.stand();
    let told =
        |says: &str| says.contains("accepted the promotion") && says.contains("has not happened") && says.contains("a replica of tier2-db");
    assert!(matches!(&standing, Standing::Working { says, .. } if told(says)), "{standing:?}");
    play.later(1);
    play.retried();
    play.found(play.database(Site::Standby), same);
    assert_eq!(change(&play.stand()), promote, "the same request, so that it is known for a second one");
    assert!(!Action::DatabasePromote.deed().ways().is_empty());
}

#[test]
fn a_promotion_says_that_there_is_no_way_back() {
    let about = Action::DatabasePromote.deed().about();
    assert!(matches!(about.undo, Undo::Never(_)) && about.confirm == crate::runbook::Confirm::Type);
    let play = with_status(Action::DatabasePromote, "available");
    assert_eq!(play.deed().before_after(&play.scene()), ("a replica of tier2-db, available".to_owned(), "takes writes".to_owned()));
}

#[test]
fn trap_a_promotion_takes_the_protection_away() {
    let mut play = target(Action::DatabasePromote, |found| found.backup_retention_days = 3);
    // The source went dark an hour ago; what was seen then is still what is wished for.
    let source = play.instance(Site::Primary);
    play.found_before(play.database(Site::Primary), source);
    let Standing::Needs { keep, .. } = play.stand() else { panic!() };
    assert_eq!(keep.get("standby.database.retention").map(String::as_str), Some("3"));
    assert_eq!(keep.get("primary.database.multi-az").map(String::as_str), Some("true"));

    let mut protect = Play::of("tier2", Action::DatabaseProtect);
    protect.memory.kept = keep.into_iter().map(|(name, value)| (("promote".to_owned(), name), value)).collect();
    let promoted = Instance {
        backup_retention_days: 1,
        multi_az: false,
        backup_window: Some("09:00-09:30".to_owned()),
        ..protect.writable(Site::Standby)
    };
    protect.found(protect.database(Site::Standby), promoted.clone());
    let standing = protect.stand();
    let [
        What::ProtectInstance {
            multi_az: Some(true),
            backup_retention_days: Some(7),
            backup_window: Some(window),
            maintenance_window: None,
            ..
        },
    ] = changes(&standing)[..]
    else {
        panic!("{standing:?}")
    };
    assert_eq!(window, "04:00-04:30", "its own, not the source's");
    for status in ["modifying", "backing-up"] {
        protect.later(1);
        protect.found(protect.database(Site::Standby), Instance { status: status.to_owned(), ..promoted.clone() });
        assert_eq!(kind_of(&protect.stand()), "working", "{status}: RDS would refuse it");
    }
    let safe = Instance { backup_retention_days: 7, multi_az: true, backup_window: Some("04:00-04:30".to_owned()), ..promoted };
    protect.later(1);
    protect.found(protect.database(Site::Standby), safe);
    assert_eq!(kind_of(&protect.stand()), "proven");
}

#[test]
fn a_database_that_somebody_else_promoted_is_protected_too() {
    // Nothing was put aside, and the source was never seen.
    let mut play = Play::of("tier2", Action::DatabaseProtect);
    let promoted = Instance { backup_retention_days: 0, ..play.writable(Site::Standby) };
    play.found(play.database(Site::Standby), promoted.clone());
    assert!(matches!(changes(&play.stand())[..], [What::ProtectInstance { backup_retention_days: Some(1), multi_az: None, .. }]));
    let source = play.instance(Site::Primary);
    play.found_before(play.database(Site::Primary), source);
    assert!(matches!(changes(&play.stand())[..], [What::ProtectInstance { backup_retention_days: Some(7), multi_az: Some(true), .. }]));
    let replica = play.instance(Site::Standby);
    play.later(1);
    play.found(play.database(Site::Standby), replica);
    assert_eq!(kind_of(&play.stand()), "working");
}
