use std::time::Duration;

use super::super::deed;
use super::super::fixture::*;
use super::naming::named;
use super::whose::{database_id, database_subject};
use crate::config::Site;
use crate::domain::change::BackupOf;
use crate::domain::fact::*;
use crate::domain::{Cause, Change, Measure, Receipt, Timestamp, What};
use crate::runbook::{Action, Kind as RunKind, Past, Standing, Undo};

#[test]
fn each_deed_knows_to_which_databases_it_is_done() {
    let on = |action: Action, topology: &str| deed(action).unwrap().parts(&workload(topology)).is_ok();
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
    assert!(deed(Action::DatabaseMarker).unwrap().parts(&silent).is_err());
}

/// The standby's instance as it is given, seen a second ago.
fn target(action: Action, change: impl Fn(&mut Instance)) -> Play {
    let mut play = Play::of("tier2", action);
    let mut found = play.instance(Site::Standby);
    change(&mut found);
    play.found(play.database(Site::Standby), found);
    play
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
    play.found(play.database(Site::Standby), same);
    assert_eq!(change(&play.stand()), promote, "the same request, so that it is known for a second one");
}

#[test]
fn a_promotion_says_that_there_is_no_way_back() {
    let about = deed(Action::DatabasePromote).unwrap().about();
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

/// The target's view of the global cluster, and its own cluster.
fn handover(action: Action, change: impl Fn(&Play, &mut GlobalCluster, &mut Cluster)) -> Play {
    let mut play = Play::of("payments", action);
    let (mut global, mut cluster) = (play.global(Site::Primary), play.cluster(Site::Standby));
    cluster.members[0].writer = false;
    change(&play, &mut global, &mut cluster);
    play.found(play.global_subject(), global);
    play.found(play.database(Site::Standby), cluster);
    play
}

fn moving(to: String, lossy: bool) -> Option<GlobalFailover> {
    Some(GlobalFailover { status: "switching-over".to_owned(), from: None, to: Some(to), data_loss_allowed: lossy })
}

#[test]
fn scenes_of_a_handover() {
    for action in [Action::DatabaseSwitchover, Action::DatabaseFailover] {
        let stand = |change: &dyn Fn(&Play, &mut GlobalCluster, &mut Cluster)| kind_of(&handover(action, change).stand());
        assert_eq!(stand(&|_, _, _| {}), "needs");
        assert_eq!(stand(&|play, global, _| global.failover = moving(play.arn(Site::Standby), false)), "working", "whoever began it");
        assert_eq!(stand(&|play, global, _| global.failover = moving(play.arn(Site::Primary), true)), "stuck", "the other way");
        assert_eq!(stand(&|_, _, cluster| cluster.status = "upgrading".to_owned()), "working");
        assert_eq!(stand(&|_, _, cluster| cluster.members.clear()), "stuck", "headless");
        assert_eq!(stand(&|_, global, _| drop(global.members.pop())), "stuck", "no member");
        let arrived = |play: &Play, global: &mut GlobalCluster, cluster: &mut Cluster| {
            *global = play.global(Site::Standby);
            cluster.members[0].writer = true;
        };
        assert_eq!(stand(&arrived), "proven");
        assert_eq!(
            stand(&|play, global, cluster| {
                arrived(play, global, cluster);
                cluster.members[0].writer = false;
            }),
            "working",
            "no instance writes"
        );
        assert_eq!(
            stand(&|play, global, cluster| {
                arrived(play, global, cluster);
                global.failover = moving(play.arn(Site::Standby), false);
            }),
            "working",
            "called the writer while it is still under way"
        );
        assert_eq!(
            stand(&|play, global, cluster| {
                arrived(play, global, cluster);
                global.members[0].writer = true;
            }),
            "stuck",
            "two writers"
        );
    }
}

#[test]
fn trap_a_switchover_waits_for_what_a_failover_gives_up() {
    let resync = |_: &Play, global: &mut GlobalCluster, _: &mut Cluster| {
        global.members[1].synchronization = Some("pending-resync".to_owned());
    };
    assert_eq!(kind_of(&handover(Action::DatabaseSwitchover, resync).stand()), "working");
    assert!(matches!(changes(&handover(Action::DatabaseFailover, resync).stand())[..], [What::FailoverGlobal { .. }]));
    let play = handover(Action::DatabaseSwitchover, |_, _, _| {});
    let standing = play.stand();
    let [What::SwitchoverGlobal { target_arn, .. }] = changes(&standing)[..] else { panic!("{standing:?}") };
    assert_eq!(*target_arn, play.arn(Site::Standby));
}

#[test]
fn trap_a_switchover_that_was_called_off_is_not_waited_for() {
    let mut play = handover(Action::DatabaseSwitchover, |_, _, _| {});
    let asked = change(&play.stand());
    play.asked(&asked, accepted());
    let see = |play: &mut Play| {
        let (global, cluster) = (play.global(Site::Primary), play.cluster(Site::Standby));
        play.found(play.global_subject(), global);
        play.found(play.database(Site::Standby), cluster);
    };
    see(&mut play);
    assert_eq!(kind_of(&play.stand()), "needs", "it may not be seen yet");
    play.later(70);
    see(&mut play);
    assert_eq!(kind_of(&play.stand()), "stuck");
    play.retried();
    see(&mut play);
    assert_eq!(kind_of(&play.stand()), "needs");
}

/// A replica whose lag was read at these points; the fence was a minute ago.
fn caught_up(points: &[(u64, f64)]) -> Play {
    let mut play = target(Action::DatabaseProveCaughtUp, |_| {}).kind(RunKind::Planned);
    play.points(play.metric(Site::Standby, Measure::ReplicaLag), points);
    play
}

#[test]
fn trap_a_lag_proves_something_only_if_it_reaches_past_the_fence() {
    for (what, points, expected) in [
        ("a small lag from before the fence", &[(120, 0.0), (61, 0.0)][..], "working"),
        ("after the fence, and not far enough", &[(61, 0.0), (30, 31.0)], "working"),
        ("far enough", &[(30, 29.0)], "inferred"),
        ("nothing behind", &[(30, 0.0)], "inferred"),
        ("broken is not zero", &[(90, 0.0), (30, -1.0)], "stuck"),
        ("no length of time", &[(30, f64::NAN)], "working"),
        ("what was good once and is broken now", &[(50, 0.0), (20, -1.0)], "stuck"),
    ] {
        assert_eq!(kind_of(&caught_up(points).stand()), expected, "{what}");
    }
    let mut play = target(Action::DatabaseProveCaughtUp, |_| {});
    assert_eq!(kind_of(&play.stand()), "looking", "no figure counts for nothing");
    play.missing(play.metric(Site::Standby, Measure::ReplicaLag));
    assert_ne!(kind_of(&play.stand()), "inferred");
    play.points(play.metric(Site::Standby, Measure::ReplicaLag), &[]);
    assert_eq!(kind_of(&play.stand()), "working");
}

#[test]
fn trap_without_a_fence_nothing_is_ever_complete() {
    let mut play = caught_up(&[(30, 0.0)]);
    play.memory.done.clear();
    assert_eq!(kind_of(&play.stand()), "stuck", "a fence that is owed is none");
    // One of two services is still owed.
    let mut play = caught_up(&[(30, 0.0)]);
    play.stage.needs.push("fence:backend".to_owned());
    assert_eq!(kind_of(&play.stand()), "stuck");
    let promoted = target(Action::DatabaseProveCaughtUp, |found| found.replica_of = None);
    assert_eq!(kind_of(&promoted.stand()), "stuck");
}

/// A marker that was asked for so many seconds ago.
fn marked(play: &mut Play, ago: u64, marker: &str) {
    let what = What::WriteThrough { workload: "tier2".to_owned(), way: crate::domain::change::Way::Site("primary".to_owned()) };
    let at = play.now - Duration::from_secs(ago);
    let answer = Some((at, telling("marker", marker)));
    play.memory.past.push(Past { stage: "marker".to_owned(), change: Change::global(what), asked_at: at, answer });
}

#[test]
fn trap_a_marker_from_before_the_fence_proves_nothing_of_what_came_after() {
    let read = |play: &mut Play, body: &str| {
        let sight = Sight { status: Some(200), body: body.to_owned(), ..Sight::default() };
        play.found(play.workload.site_sight(Site::Standby), sight);
    };
    for (ago, name, body, expected) in [
        (70, "row-00000042", "last: row-00000042", "working"),
        (50, "row-00000042", "last: row-00000042", "proven"),
        (50, "row-00000042", "last: row-00000041", "working"),
        (50, "r1", "r1 and much else", "working"),
    ] {
        let mut play = caught_up(&[(61, 0.0)]);
        marked(&mut play, ago, name);
        read(&mut play, body);
        assert_eq!(kind_of(&play.stand()), expected, "{ago} {body}");
    }
}

#[test]
fn scenes_of_a_marker() {
    let mut play = Play::of("tier2", Action::DatabaseMarker).kind(RunKind::Planned);
    assert_eq!(play.stage.site, Site::Primary);
    let write = change(&play.stand());
    let mut refused = play.clone();
    refused.asked(&write, telling("status", "503"));
    assert_eq!(kind_of(&refused.stand()), "needs", "a refusal of the application's is no row");
    play.asked(&write, telling("status", "200"));
    assert_eq!(kind_of(&play.stand()), "proven");
}

fn day() -> Duration {
    Duration::from_secs(86_400)
}

fn snapshot(id: &str, at: Timestamp) -> RestorePoint {
    RestorePoint { snapshot: Some(Snapshotted { id: id.to_owned(), at, kind: "automated".to_owned() }), ..RestorePoint::default() }
}

/// A restore at the standby, where nothing of the new name is yet.
fn restore(action: Action) -> Play {
    let mut play = Play::of("tier2", action).kind(RunKind::Restore);
    let word = if action == Action::DatabaseRestoreSnapshot { "restored" } else { "rewound" };
    let id = named("tier2-db-replica", word, &play.memory.run);
    play.missing(crate::domain::Subject::new(crate::domain::Kind::Instance, &play.workload.standby, &id));
    let replica = play.instance(Site::Standby);
    play.found(play.database(Site::Standby), replica);
    play
}

#[test]
fn trap_the_newest_snapshot_is_the_newest_in_the_targets_region() {
    let mut play = restore(Action::DatabaseRestoreSnapshot);
    assert_eq!(kind_of(&play.stand()), "looking");
    // Sydney's own is an hour old, and of no use in Oregon.
    let hours = |hours: u64| NOW - Duration::from_secs(hours * 3600);
    let sydney = play.workload.restore_subject(play.workload.database.as_ref().unwrap(), Site::Primary, Site::Primary);
    play.found(sydney, snapshot("rds:only-in-sydney", hours(1)));
    play.found(play.points_of(Site::Primary), snapshot("copied", hours(5)));
    assert_eq!(kind_of(&play.stand()), "looking", "the other one may be newer");
    play.found(play.points_of(Site::Standby), snapshot("own", hours(3)));
    let standing = play.stand();
    let [What::RestoreSnapshot { instance, snapshot, .. }] = changes(&standing)[..] else { panic!("{standing:?}") };
    assert_eq!((instance.as_str(), snapshot.as_str()), ("tier2-db-replica-restored-20261120-1102-x", "own"));
    assert!(play.deed().before_after(&play.scene()).0.contains("own, 3h00m old"));
}

#[test]
fn a_restore_is_followed_until_it_is_up_and_takes_nobodys_name() {
    let mut play = restore(Action::DatabaseRestoreSnapshot);
    play.found(play.points_of(Site::Primary), snapshot("copied", NOW - day()));
    play.missing(play.points_of(Site::Standby));
    let asked = change(&play.stand());
    let What::RestoreSnapshot { instance, .. } = asked.what.clone() else { panic!() };
    let new = crate::domain::Subject::new(crate::domain::Kind::Instance, &play.workload.standby, &instance);
    let up = |status: &str| Instance { id: instance.clone(), status: status.to_owned(), ..Instance::default() };
    let mut taken = play.clone();
    taken.later(1);
    taken.found(new.clone(), up("available"));
    assert_eq!(kind_of(&taken.stand()), "stuck", "somebody else's");
    play.asked(&asked, unknown());
    play.found(new.clone(), up("creating"));
    assert_eq!(kind_of(&play.stand()), "working", "it had arrived after all");
    play.later(600);
    play.found(new.clone(), up("available"));
    let Standing::Done { shows, .. } = play.stand() else { panic!("{:?}", play.stand()) };
    assert!(shows.contains("copied, 1d0h old"), "{shows}");
    assert_eq!(database_id(&play.scene(), Site::Standby), Some(instance.as_str()), "what follows is of the restored one");
    play.kind = RunKind::Test;
    assert_eq!(database_id(&play.scene(), Site::Standby), Some("tier2-db-replica"), "a rehearsal's takes nobody's place");
    play.later(5);
    play.found(new, up("incompatible-restore"));
    assert_eq!(kind_of(&play.stand()), "stuck");
}

#[test]
fn there_may_be_nothing_to_restore_from() {
    for action in [Action::DatabaseRestoreSnapshot, Action::DatabaseRestorePointInTime] {
        let mut play = restore(action);
        play.missing(play.points_of(Site::Primary));
        play.missing(play.points_of(Site::Standby));
        assert_eq!(kind_of(&play.stand()), "stuck");
        play.fails(play.points_of(Site::Primary), Cause::Throttled, 2);
        assert_eq!(kind_of(&play.stand()), "blind");
    }
}

#[test]
fn trap_a_point_in_time_needs_backups_that_are_here() {
    let until = NOW - Duration::from_secs(300);
    let reaches = |arn: Option<&str>| RestorePoint {
        point_in_time: Some(until),
        replicated_backups: arn.map(str::to_owned),
        ..RestorePoint::default()
    };
    let mut play = restore(Action::DatabaseRestorePointInTime);
    play.missing(play.points_of(Site::Standby));
    play.found(play.points_of(Site::Primary), reaches(None));
    assert_eq!(kind_of(&play.stand()), "stuck", "another region's instance cannot be named here");
    play.later(1);
    play.found(play.points_of(Site::Primary), reaches(Some("arn:aws:rds:us-west-2:123456789012:auto-backup:ab-1")));
    let standing = play.stand();
    assert!(matches!(changes(&standing)[..], [What::RestorePointInTime { from: BackupOf::Replicated(_), at: None, .. }]), "{standing:?}");
    let later = play.clone().with("at", &(until + Duration::from_secs(1)).to_string());
    assert_eq!(kind_of(&later.stand()), "stuck", "backups do not reach that far");
    let earlier = play.clone().with("at", &until.to_string());
    assert!(matches!(changes(&earlier.stand())[..], [What::RestorePointInTime { at: Some(_), .. }]));
    assert_eq!(kind_of(&play.with("at", "yesterday").stand()), "stuck");
}

/// After a failover from the primary: the standby writes, the old primary is back with what it had, and the standby's copy of it is to be made.
fn rebuild() -> Play {
    let mut play = Play::of("tier2", Action::DatabaseRebuildReplica).kind(RunKind::Failback).at(Site::Primary);
    play.source = Site::Standby;
    let (old, new) = (Instance { replica_of: None, ..play.writable(Site::Primary) }, play.writable(Site::Standby));
    play.found(play.database(Site::Primary), old);
    play.found(play.database(Site::Standby), new);
    play.missing(play.points_of(Site::Primary));
    play.missing(replica(&play));
    play
}

fn replica(play: &Play) -> crate::domain::Subject {
    let id = named("tier2-db", "replica", &play.memory.run);
    crate::domain::Subject::new(crate::domain::Kind::Instance, &play.workload.primary, &id)
}

fn saved(status: &str) -> RestorePoint {
    let id = "tier2-db-saved-20261120-1102-x".to_owned();
    RestorePoint { manual: vec![ManualSnapshot { id, status: status.to_owned(), at: None }], ..RestorePoint::default() }
}

#[test]
fn trap_the_only_copy_of_lost_writes_is_saved_before_anything_is_made() {
    let mut play = rebuild();
    let standing = play.stand();
    let [What::SnapshotInstance { instance, snapshot }] = changes(&standing)[..] else { panic!("{standing:?}") };
    assert_eq!((instance.as_str(), snapshot.as_str()), ("tier2-db", "tier2-db-saved-20261120-1102-x"));
    for (status, expected) in [("creating", "working"), ("failed", "stuck"), ("available", "needs")] {
        play.later(1);
        play.found(play.points_of(Site::Primary), saved(status));
        assert_eq!(kind_of(&play.stand()), expected, "{status}");
    }
    let standing = play.stand();
    let [What::CreateReplica { instance, source_arn, source_region, shape }] = changes(&standing)[..] else { panic!("{standing:?}") };
    assert_eq!(instance, "tier2-db-replica-20261120-1102-x", "the old one keeps its name");
    assert_eq!((source_arn, source_region), (&play.writable(Site::Standby).arn, &play.workload.standby));
    assert_eq!(shape.class, "db.r6g.large");
    // Where there is nothing to be lost, nothing is saved.
    let mut gone = rebuild();
    gone.missing(gone.database(Site::Primary));
    assert!(matches!(changes(&gone.stand())[..], [What::CreateReplica { .. }]));
}

#[test]
fn scenes_of_a_rebuilt_replica() {
    let mut play = rebuild();
    play.found(play.points_of(Site::Primary), saved("available"));
    let ready = play.clone();
    let asked = change(&play.stand());
    play.asked(&asked, accepted());
    let of = play.writable(Site::Standby).arn;
    let new = |status: &str, replica_of: &str| Instance {
        id: "tier2-db-replica-20261120-1102-x".to_owned(),
        status: status.to_owned(),
        replica_of: Some(replica_of.to_owned()),
        replication: Some("replicating".to_owned()),
        ..Instance::default()
    };
    for (status, of, expected) in
        [("creating", of.as_str(), "working"), ("available", of.as_str(), "proven"), ("available", "somebody-else", "stuck")]
    {
        play.later(1);
        let old = play.writable(Site::Primary);
        play.found(play.database(Site::Primary), Instance { replica_of: None, ..old });
        play.found(replica(&play), new(status, of));
        assert_eq!(kind_of(&play.stand()), expected, "{status} {of}");
    }
    assert_eq!(database_subject(&play.scene(), Site::Primary), Some(replica(&play)), "the failback goes there");
    // The engine's refusal: it was never made.
    play.memory.past[0].answer = Some((play.now, Receipt::Refused { code: "InvalidParameterValue".to_owned(), text: String::new() }));
    assert_eq!(database_id(&play.scene(), Site::Primary), Some("tier2-db"));

    let mut already = rebuild();
    let follows = already.instance(Site::Primary);
    already.later(1);
    already.found(already.database(Site::Primary), follows);
    assert_eq!(kind_of(&already.stand()), "proven", "it was never promoted away from");
    let mut bare = ready.clone();
    let source = Instance { backup_retention_days: 0, ..bare.writable(Site::Standby) };
    bare.later(1);
    bare.found(bare.database(Site::Standby), source);
    assert_eq!(kind_of(&bare.stand()), "stuck", "RDS makes no replica of what keeps no backups");
    let mut shapeless = ready;
    shapeless.workload.database.as_mut().unwrap().rebuild.primary = None;
    assert_eq!(kind_of(&shapeless.stand()), "stuck");
}
