use std::time::Duration;

use super::super::super::fixture::*;
use super::super::naming::named;
use super::super::whose::database_id;
use crate::config::Site;
use crate::domain::change::BackupOf;
use crate::domain::fact::*;
use crate::domain::{Cause, Kind, Subject, Timestamp, What};
use crate::runbook::{Action, Kind as RunKind, Standing, restore_costs};

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
    play.missing(Subject::new(Kind::Instance, &play.workload.standby, &id));
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
    let new = Subject::new(Kind::Instance, &play.workload.standby, &instance);
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

/// What a restore is said to cost now.
fn costs(play: &Play) -> (Option<Duration>, String) {
    restore_costs(&play.scene()).unwrap()
}

#[test]
fn a_restore_costs_what_was_written_since_the_backup() {
    let mut play = restore(Action::DatabaseRestoreSnapshot);
    play.found(play.points_of(Site::Primary), snapshot("copied", NOW - day()));
    play.missing(play.points_of(Site::Standby));
    let since = (NOW - day()).to_string();
    assert_eq!(costs(&play), (Some(day()), format!("at most 1d0h of writes: what was written since {since}")));
    let mut rehearsal = play.clone();
    rehearsal.kind = RunKind::Test;
    assert_eq!(restore_costs(&rehearsal.scene()), None, "nobody is pointed at what it makes");

    // How late the replica was when its own was taken, nobody knows.
    let mut own = play.clone();
    own.later(1);
    own.found(own.points_of(Site::Standby), snapshot("own", NOW - day()));
    own.found(own.points_of(Site::Primary), snapshot("copied", NOW - 2 * day()));
    let (bound, told) = costs(&own);
    assert!(bound.is_none() && told.contains(&format!("unbounded: what was written since {since}")), "{told}");
    assert!(told.contains("lag at that time is not known"), "{told}");

    let named = play.clone().with("snapshot", "copied");
    assert_eq!(costs(&named).0, Some(day()));
    let unheard_of = play.with("snapshot", "of-last-year");
    assert!(matches!(costs(&unheard_of), (None, told) if told.contains("what moment the backup holds is not known")));
}

#[test]
fn an_instant_costs_what_was_written_since_it() {
    let reach = Duration::from_secs(300);
    let mut play = restore(Action::DatabaseRestorePointInTime);
    play.missing(play.points_of(Site::Standby));
    let point_in_time = Some(NOW - reach);
    let replicated_backups = Some("arn:aws:rds:us-west-2:123456789012:auto-backup:ab-1".to_owned());
    play.found(play.points_of(Site::Primary), RestorePoint { point_in_time, replicated_backups, ..RestorePoint::default() });
    assert_eq!(costs(&play).0, Some(reach), "the latest there is");
    let earlier = play.with("at", &(NOW - day()).to_string());
    assert_eq!(costs(&earlier).0, Some(day()));
}
