use super::super::super::fixture::*;
use super::super::naming::named;
use super::super::whose::{database_id, database_subject};
use crate::config::Site;
use crate::domain::fact::*;
use crate::domain::{Kind, Receipt, Subject, What};
use crate::runbook::{Action, Kind as RunKind, Standing};

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

fn replica(play: &Play) -> Subject {
    let id = named("tier2-db", "replica", &play.memory.run);
    Subject::new(Kind::Instance, &play.workload.primary, &id)
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
    assert_eq!(play.memory.made(play.kind, &play.workload), [replica(&play)], "and it is looked at, whatever the step");
    // The engine's refusal: it was never made.
    play.memory.past[0].answer = Some((play.now, Receipt::Refused { code: "InvalidParameterValue".to_owned(), text: String::new() }));
    assert_eq!(database_id(&play.scene(), Site::Primary), Some("tier2-db"));
    assert_eq!(play.memory.made(play.kind, &play.workload), []);

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

/// What AWS would refuse is not asked for; the old database is saved all the same before that is said.
#[test]
fn an_encrypted_replica_is_left_to_the_cli_where_a_signed_url_is_wanted() {
    let mut play = rebuild();
    play.found(play.database(Site::Standby), Instance { encrypted: true, ..play.writable(Site::Standby) });
    play.found(play.points_of(Site::Primary), saved("available"));
    assert!(matches!(changes(&play.stand())[..], [What::CreateReplica { .. }]), "RDS needs none here");
    let mut play = rebuild();
    play.workload.primary = crate::domain::Region::new("us-gov-west-1");
    play.workload.standby = crate::domain::Region::new("us-gov-east-1");
    let old = Instance { replica_of: None, ..play.writable(Site::Primary) };
    play.found(play.database(Site::Primary), old);
    play.missing(play.points_of(Site::Primary));
    play.missing(replica(&play));
    let encrypted = Instance { encrypted: true, ..play.writable(Site::Standby) };
    play.found(play.database(Site::Standby), encrypted);
    assert!(matches!(changes(&play.stand())[..], [What::SnapshotInstance { .. }]));
    play.found(play.points_of(Site::Primary), saved("available"));
    let Standing::Stuck { why, ways } = play.stand() else { panic!("{:?}", play.stand()) };
    assert!(why.contains("presigned"), "{why}");
    assert!(ways[0].contains("create-db-instance-read-replica") && ways[0].contains("--source-region"), "{ways:?}");
    assert!(ways[1].contains("tier2-db-replica-20261120-1102-x"), "{ways:?}");
}
