//! Instances, clusters and global clusters: in steady state, on their way to something else, and not there.

use drlab_core::config::{DatabaseKind, Site};
use drlab_core::domain::fact::{Cluster, GlobalCluster, Instance};
use drlab_core::domain::{Kind, Subject, Topic};
use tokio::time::sleep;

use super::{SITES, SYSTEMS, ask_at, paused, workload};
use crate::lab::rig::{LOOK, Rig};
use crate::lab::services::aurora::{self, GLOBAL};

async fn instance(rig: &Rig, site: Site) -> Instance {
    let database = workload(rig).database.as_ref().unwrap();
    let answer = ask_at(rig, site, Topic::Instances(vec![database.sites.get(site).clone()])).await;
    answer.found(&workload(rig).database_subject(database, site))
}

async fn global(rig: &Rig, site: Site) -> GlobalCluster {
    ask_at(rig, site, Topic::GlobalClusters(vec![GLOBAL.to_owned()])).await.only()
}

#[test]
fn the_primary_takes_writes_and_the_standby_follows_it() {
    for topology in SYSTEMS {
        paused(async {
            let rig = Rig::open(topology);
            let database = workload(&rig).database.as_ref().unwrap();
            if database.kind == DatabaseKind::AuroraGlobal {
                return;
            }
            let (source, replica) = (instance(&rig, Site::Primary).await, instance(&rig, Site::Standby).await);
            assert_eq!((source.id.as_str(), replica.id.as_str()), (database.sites.primary.as_str(), database.sites.standby.as_str()));
            assert_eq!((source.status.as_str(), replica.status.as_str()), ("available", "available"), "{topology}");
            assert!(source.is_writable() && !replica.is_writable(), "{topology}");
            assert_eq!(replica.replica_of.as_ref(), Some(&source.arn));
            assert_eq!((source.replica_of.as_ref(), &source.replicas), (None, &vec![replica.arn.clone()]));
            assert_eq!((source.replication.as_deref(), replica.replication.as_deref()), (None, Some("replicating")));
            assert_eq!((&source.engine, &source.version, &source.class), (&replica.engine, &replica.version, &replica.class));
            for (site, found) in SITES.into_iter().zip([&source, &replica]) {
                let place = workload(&rig).region(site).as_str();
                assert!(found.zone.as_deref().unwrap().starts_with(place), "{topology}: {found:?}");
                assert!(found.endpoint.as_deref().unwrap().contains(place), "{topology}: {found:?}");
                assert_eq!(found.parameter_status.as_deref(), Some("in-sync"));
            }
        });
    }
}

#[tokio::test(start_paused = true)]
async fn everything_that_decides_about_a_failover_is_read() {
    let rig = Rig::open("tier2");
    let (source, replica) = (instance(&rig, Site::Primary).await, instance(&rig, Site::Standby).await);
    assert_eq!((source.engine.as_str(), source.version.as_str(), source.class.as_str()), ("postgres", "16.4", "db.r6g.large"));
    assert_eq!((source.port, source.storage_gb, source.multi_az), (Some(5432), 200, false));
    assert_eq!((source.backup_retention_days, source.backup_window.as_deref()), (7, Some("16:00-16:30")));
    assert!(source.latest_restorable.is_some());
    assert_eq!((replica.backup_retention_days, replica.latest_restorable), (0, None), "the replica keeps no backups");
    assert!(source.encrypted && source.kms_key.is_some() && source.parameter_group.is_some() && source.maintenance_window.is_some());
    assert!(instance(&Rig::open("pilot"), Site::Primary).await.multi_az);
}

#[tokio::test(start_paused = true)]
async fn a_promotion_is_seen_in_every_one_of_its_states() {
    let rig = Rig::open("tier2");
    let promote = rig.standby().rds.promote_read_replica().db_instance_identifier("tier2-db-replica");
    promote.backup_retention_period(7).send().await.unwrap();
    let mut seen = Vec::new();
    let promoted = loop {
        let now = instance(&rig, Site::Standby).await;
        seen.push(now.status.clone());
        if now.status == "available" && !now.is_replica() {
            break now;
        }
        assert!(!now.is_writable() || now.status == "backing-up", "{now:?}");
        sleep(LOOK).await;
    };
    seen.dedup();
    assert_eq!(seen, ["modifying", "rebooting", "backing-up", "available"]);
    assert!(promoted.is_writable() && promoted.replication.is_none());
    assert_eq!(promoted.backup_retention_days, 7);
    assert!(instance(&rig, Site::Primary).await.replicas.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_database_that_is_not_there_is_missing() {
    let rig = Rig::open("tier2");
    let region = &workload(&rig).primary;
    // The replica lives in the other region.
    let names = ["tier2-db", "tier2-db-replica", "nobody"].map(str::to_owned).to_vec();
    let answer = ask_at(&rig, Site::Primary, Topic::Instances(names)).await;
    let subject = |name: &str| Subject::new(Kind::Instance, region, name);
    assert_eq!(answer.found::<Instance>(&subject("tier2-db")).id, "tier2-db");
    assert!(answer.is_missing(&subject("tier2-db-replica")) && answer.is_missing(&subject("nobody")));
    assert!(ask_at(&rig, Site::Primary, Topic::Clusters(vec!["tier2-db".to_owned()])).await.all_missing());
    assert!(ask_at(&rig, Site::Primary, Topic::GlobalClusters(vec!["tier2-db".to_owned()])).await.all_missing());

    // RDS finds a name however it is written; the answer goes by the name that was asked for.
    let answer = ask_at(&rig, Site::Primary, Topic::Instances(vec!["Tier2-DB".to_owned()])).await;
    assert_eq!(answer.found::<Instance>(&subject("Tier2-DB")).id, "tier2-db");

    let delete = rig.standby().rds.delete_db_instance().db_instance_identifier("tier2-db-replica").skip_final_snapshot(true);
    delete.send().await.unwrap();
    assert_eq!(instance(&rig, Site::Standby).await.status, "deleting");
    while !ask_at(&rig, Site::Standby, Topic::Instances(vec!["tier2-db-replica".to_owned()])).await.all_missing() {
        sleep(LOOK).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_global_database_is_told_by_each_of_its_regions() {
    let rig = Rig::open("payments");
    let database = workload(&rig).database.as_ref().unwrap();
    let mut arns = Vec::new();
    for (site, instances) in [(Site::Primary, 2), (Site::Standby, 1)] {
        let answer = ask_at(&rig, site, Topic::Clusters(vec![database.sites.get(site).clone()])).await;
        let cluster: Cluster = answer.found(&workload(&rig).database_subject(database, site));
        assert_eq!(
            (cluster.status.as_str(), cluster.engine.as_str(), cluster.version.as_str()),
            ("available", "aurora-postgresql", "16.4")
        );
        assert_eq!((cluster.members.len(), cluster.backup_retention_days), (instances, 14));
        let writers = cluster.members.iter().filter(|member| member.writer).count();
        assert_eq!(writers, usize::from(site == Site::Primary), "{cluster:?}");
        assert!(cluster.endpoint.is_some() && cluster.reader_endpoint.is_some() && cluster.latest_restorable.is_some());
        arns.push(cluster.arn);
    }
    for site in SITES {
        assert_eq!(workload(&rig).global_cluster_subject(database, site).unwrap().name, GLOBAL);
        let seen = global(&rig, site).await;
        assert_eq!((seen.id.as_str(), seen.status.as_str(), &seen.failover), (GLOBAL, "available", &None));
        assert_eq!(seen.writer(), Some(arns[0].as_str()));
        let other = seen.members.iter().find(|member| !member.writer).unwrap();
        assert_eq!((other.cluster.as_str(), other.synchronization.as_deref()), (arns[1].as_str(), Some("connected")));
    }
}

#[tokio::test(start_paused = true)]
async fn a_handover_is_there_while_it_runs_and_only_then() {
    let rig = Rig::open("payments");
    let before = global(&rig, Site::Primary).await;
    let target = before.members.iter().find(|member| !member.writer).unwrap().cluster.clone();
    let source = before.writer().unwrap().to_owned();
    let switch = rig.primary().rds.switchover_global_cluster().global_cluster_identifier(GLOBAL);
    switch.target_db_cluster_identifier(&target).send().await.unwrap();
    let mut states = Vec::new();
    while let Some(failover) = global(&rig, Site::Standby).await.failover {
        assert_eq!((failover.from.as_ref(), failover.to.as_ref()), (Some(&source), Some(&target)));
        assert!(!failover.data_loss_allowed);
        states.push(failover.status);
        sleep(LOOK).await;
    }
    states.dedup();
    // A state that the client has no name for comes through as AWS wrote it.
    assert!(states.contains(&"switching-over".to_owned()), "{states:?}");
    assert_eq!(global(&rig, Site::Primary).await.writer(), Some(target.as_str()));

    let failover = rig.primary().rds.failover_global_cluster().global_cluster_identifier(GLOBAL);
    failover.target_db_cluster_identifier(&source).allow_data_loss(true).send().await.unwrap();
    assert!(global(&rig, Site::Primary).await.failover.unwrap().data_loss_allowed);
    while !aurora::settled(&aurora::global(&rig.primary().rds).await, "payments-use1") {
        sleep(LOOK).await;
    }
    let old = global(&rig, Site::Primary).await.members.into_iter().find(|member| member.cluster == target).unwrap();
    assert_eq!(old.synchronization.as_deref(), Some("pending-resync"));
}
