//! What there is to restore from, and how old it is: the age of the data, not of the copy.

use std::time::Duration;

use drlab_core::config::Site;
use drlab_core::domain::Topic;
use drlab_core::domain::fact::RestorePoint;
use drlab_lab::inproc::InProcess;
use drlab_lab::world::rds;
use tokio::time::{Instant, sleep};

use super::{Answer, SITES, ask_at, workload};
use crate::lab::rig::{LOOK, Rig, START};

async fn of(rig: &Rig, site: Site, databases: &[&str]) -> Answer {
    ask_at(rig, site, Topic::RestorePoints(databases.iter().map(|name| (*name).to_owned()).collect())).await
}

#[tokio::test(start_paused = true)]
async fn a_copied_snapshot_is_a_restore_point_of_the_database_it_was_taken_of() {
    let rig = Rig::open("tier2");
    let database = workload(&rig).database.as_ref().unwrap();
    let nightly = rig.standby().rds.describe_db_snapshots().send().await.unwrap();
    let newest = nightly.db_snapshots().iter().max_by_key(|copy| copy.original_snapshot_create_time().unwrap().secs()).unwrap();

    let began = Instant::now();
    let answer = of(&rig, Site::Standby, &["tier2-db", "tier2-db-replica"]).await;
    assert!(began.elapsed() < InProcess::FAR * 2, "its lists are asked for at the same time");
    let point: RestorePoint = answer.found(&workload(&rig).restore_subject(database, Site::Primary, Site::Standby));
    let snapshot = point.snapshot.clone().unwrap();
    assert_eq!((Some(snapshot.id.as_str()), snapshot.kind.as_str()), (newest.db_snapshot_identifier(), "manual"));
    assert_eq!(snapshot.at.secs(), newest.original_snapshot_create_time().unwrap().secs());
    assert!(START.since(snapshot.at) < Duration::from_secs(2 * 86_400), "{snapshot:?}");
    assert_eq!((point.point_in_time, point.newest()), (None, Some(snapshot.at)), "nothing is replicated but the snapshots");
    // It keeps no backups: there is nothing, and that is not "a restore point of unknown age".
    assert!(answer.is_missing(&workload(&rig).restore_subject(database, Site::Standby, Site::Standby)));

    let home: RestorePoint = of(&rig, Site::Primary, &["tier2-db"]).await.only();
    assert!(START.since(home.point_in_time.unwrap()) < Duration::from_secs(600), "{home:?}");
    assert_eq!(home.newest(), home.point_in_time);
}

#[tokio::test(start_paused = true)]
async fn backups_replicated_from_the_other_region_reach_as_far_as_there() {
    let rig = Rig::open("tier2");
    let (here, there) = (workload(&rig).primary.clone(), workload(&rig).standby.clone());
    rig.truth(|world| rds::add_backup_replication(world, &here, "tier2-db", &there, None)).unwrap();
    let home: RestorePoint = of(&rig, Site::Primary, &["tier2-db"]).await.only();
    let abroad: RestorePoint = of(&rig, Site::Standby, &["tier2-db"]).await.only();
    assert_eq!(abroad.point_in_time, home.point_in_time);
    assert!(abroad.snapshot.unwrap().at < abroad.point_in_time.unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_counts_when_it_can_be_restored_and_not_before() {
    let rig = Rig::open("tier2");
    let newest = async || of(&rig, Site::Primary, &["tier2-db"]).await.only::<RestorePoint>().snapshot.unwrap();
    let before = newest().await;
    let take = rig.primary().rds.create_db_snapshot().db_instance_identifier("tier2-db").db_snapshot_identifier("by-hand");
    take.send().await.unwrap();
    assert_eq!(newest().await, before, "it is still being made");
    let deadline = Instant::now() + Duration::from_secs(1800);
    while newest().await.id != "by-hand" {
        assert!(Instant::now() < deadline);
        sleep(LOOK).await;
    }
    let taken = newest().await;
    assert!(taken.at > before.at && taken.kind == "manual");
}

#[tokio::test(start_paused = true)]
async fn a_cluster_can_be_restored_to_a_moment_and_from_a_snapshot() {
    let rig = Rig::open("payments");
    let database = workload(&rig).database.as_ref().unwrap();
    for site in SITES {
        let id = database.sites.get(site).as_str();
        let answer = of(&rig, site, &[id, "nobody"]).await;
        let point: RestorePoint = answer.found(&workload(&rig).restore_subject(database, site, site));
        assert!(START.since(point.point_in_time.unwrap()) < Duration::from_secs(900), "{point:?}");
        assert_eq!(answer.0.len(), 2);
        assert!(answer.is_missing(&answer.0[1].subject));
    }
    let take = rig.primary().rds.create_db_cluster_snapshot().db_cluster_identifier("payments-use1");
    take.db_cluster_snapshot_identifier("by-hand").send().await.unwrap();
    let deadline = Instant::now() + Duration::from_secs(1800);
    let snapshot = async || of(&rig, Site::Primary, &["payments-use1"]).await.only::<RestorePoint>().snapshot;
    while snapshot().await.is_none_or(|taken| taken.id != "by-hand") {
        assert!(Instant::now() < deadline);
        sleep(LOOK).await;
    }
}

/// What a failback waits for: a snapshot by hand has a name from the moment it is asked for, and is of use once it is available.
#[tokio::test(start_paused = true)]
async fn snapshots_by_hand_are_known_by_name_while_they_are_made_and_the_newest_comes_first() {
    let rig = Rig::open("tier2");
    let manual = async || of(&rig, Site::Primary, &["tier2-db"]).await.only::<RestorePoint>().manual;
    // What the nightly copy is made of; automated ones are nobody's by hand.
    let nightly = manual().await;
    assert!(nightly.iter().all(|snapshot| snapshot.id.starts_with("tier2-db-20")), "{nightly:?}");
    for id in ["saved-1", "saved-2"] {
        let take = rig.primary().rds.create_db_snapshot().db_instance_identifier("tier2-db").db_snapshot_identifier(id);
        take.send().await.unwrap();
        let made = manual().await.remove(0);
        assert_eq!((made.id.as_str(), made.status.as_str()), (id, "creating"), "one that is being made is the newest");
        let deadline = Instant::now() + Duration::from_secs(1800);
        while manual().await[0].status != "available" {
            assert!(Instant::now() < deadline);
            sleep(LOOK).await;
        }
    }
    let made = manual().await;
    assert_eq!(made[2..], nightly);
    let names: Vec<_> = made[..2].iter().map(|snapshot| (snapshot.id.as_str(), snapshot.status.as_str())).collect();
    assert_eq!(names, [("saved-2", "available"), ("saved-1", "available")]);
    assert!(made[0].at > made[1].at && made[1].at.is_some());
}

/// A point in time is asked for by the ARN of the backups where they were replicated, and by the instance's name where it lives.
#[tokio::test(start_paused = true)]
async fn replicated_backups_are_named_and_ones_own_are_not() {
    let rig = Rig::open("tier2");
    let (here, there) = (workload(&rig).primary.clone(), workload(&rig).standby.clone());
    rig.truth(|world| rds::add_backup_replication(world, &here, "tier2-db", &there, None)).unwrap();
    let home: RestorePoint = of(&rig, Site::Primary, &["tier2-db"]).await.only();
    let abroad: RestorePoint = of(&rig, Site::Standby, &["tier2-db"]).await.only();
    assert_eq!(home.replicated_backups, None, "they are its own");
    let arn = abroad.replicated_backups.unwrap();
    assert!(arn.starts_with("arn:aws:rds:") && arn.contains(there.as_str()) && arn.contains("auto-backup"), "{arn}");
}
