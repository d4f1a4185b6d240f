use std::collections::BTreeMap;

use aws_sdk_rds::Client;
use aws_sdk_rds::types::{GlobalCluster, GlobalClusterMember, GlobalClusterMemberSynchronizationStatus};

use super::Rig;
use crate::lab::rig::{refused, until};

super::tour!("payments", hand_a_global_database_over_and_back);

pub(crate) const GLOBAL: &str = "payments-global";

pub(crate) async fn global(rds: &Client) -> GlobalCluster {
    let described = rds.describe_global_clusters().global_cluster_identifier(GLOBAL).send().await.unwrap();
    described.global_clusters()[0].clone()
}

/// Members by the name of their cluster.
fn members(global: &GlobalCluster) -> BTreeMap<&str, &GlobalClusterMember> {
    global.global_cluster_members().iter().map(|member| (member.db_cluster_arn().unwrap().rsplit(':').next().unwrap(), member)).collect()
}

/// Whether a cluster is the writer and nothing is under way.
pub(crate) fn settled(global: &GlobalCluster, writer: &str) -> bool {
    members(global)[writer].is_writer() == Some(true) && global.failover_state().is_none() && global.status() == Some("available")
}

async fn hand_a_global_database_over_and_back(rig: Rig) {
    let (here, there) = (&rig.primary().rds, &rig.standby().rds);
    let before = global(here).await;
    let (first, second) = (members(&before)["payments-use1"].clone(), members(&before)["payments-use2"].clone());
    assert_eq!((first.is_writer(), second.is_writer()), (Some(true), Some(false)));
    assert_eq!(first.readers(), [second.db_cluster_arn().unwrap()]);
    let (first, second) = (first.db_cluster_arn().unwrap(), second.db_cluster_arn().unwrap());
    let cluster = there.describe_db_clusters().db_cluster_identifier("payments-use2").send().await.unwrap();
    assert_eq!((cluster.db_clusters()[0].status(), cluster.db_clusters()[0].engine()), (Some("available"), Some("aurora-postgresql")));

    // Switched over: nothing lost, minutes, a state that is there only while it runs.
    let switch = |id: &str, to: &str| here.switchover_global_cluster().global_cluster_identifier(id).target_db_cluster_identifier(to);
    assert!(refused(switch("nobody", second).send().await).is_global_cluster_not_found_fault());
    assert!(refused(switch(GLOBAL, first).send().await).is_invalid_db_cluster_state_fault(), "it writes already");
    let running = switch(GLOBAL, second).send().await.unwrap();
    let state = running.global_cluster().unwrap().failover_state().unwrap();
    assert!(["pending", "switching-over"].contains(&state.status().unwrap().as_str()), "{state:?}");
    assert_eq!((state.from_db_cluster_arn(), state.to_db_cluster_arn()), (Some(first), Some(second)));
    assert!(refused(switch(GLOBAL, second).send().await).is_invalid_global_cluster_state_fault(), "one at a time");
    until(300, async || global(there).await, |now| settled(now, "payments-use2")).await;

    // Failed over the other way: allowed to lose, and the old writer has to find its place again.
    let failover = here.failover_global_cluster().global_cluster_identifier(GLOBAL).target_db_cluster_identifier(first);
    let running = failover.allow_data_loss(true).send().await.unwrap();
    assert_eq!(running.global_cluster().unwrap().failover_state().unwrap().is_data_loss_allowed(), Some(true));
    let after = until(600, async || global(here).await, |now| settled(now, "payments-use1")).await;
    let resync = GlobalClusterMemberSynchronizationStatus::PendingResync;
    assert_eq!(members(&after)["payments-use2"].synchronization_status(), Some(&resync));
    let connected = |now: &GlobalCluster| {
        members(now)["payments-use2"].synchronization_status() == Some(&GlobalClusterMemberSynchronizationStatus::Connected)
    };
    until(1200, async || global(here).await, connected).await;

    here.modify_db_cluster()
        .db_cluster_identifier("payments-use1")
        .backup_retention_period(9)
        .apply_immediately(true)
        .send()
        .await
        .unwrap();
    let kept = async || {
        let found = here.describe_db_clusters().db_cluster_identifier("payments-use1").send().await.unwrap();
        found.db_clusters()[0].backup_retention_period()
    };
    until(300, kept, |days| *days == Some(9)).await;
    let take = here.create_db_cluster_snapshot().db_cluster_identifier("payments-use1").db_cluster_snapshot_identifier("by-hand");
    take.send().await.unwrap();
    let snapshot = async || {
        let found = here.describe_db_cluster_snapshots().db_cluster_snapshot_identifier("by-hand").send().await.unwrap();
        found.db_cluster_snapshots()[0].status.clone().unwrap()
    };
    until(900, snapshot, |status| status == "available").await;
    take_apart(here, there, second).await;
}

/// A secondary leaves, its instance goes, and then it goes itself.
async fn take_apart(here: &Client, there: &Client, second: &str) {
    let delete = || there.delete_db_cluster().db_cluster_identifier("payments-use2").skip_final_snapshot(true);
    assert!(refused(delete().send().await).is_invalid_db_cluster_state_fault(), "it belongs to others and has an instance");
    here.remove_from_global_cluster().global_cluster_identifier(GLOBAL).db_cluster_identifier(second).send().await.unwrap();
    until(600, async || global(here).await, |now| now.global_cluster_members().len() == 1).await;
    there.delete_db_instance().db_instance_identifier("payments-use2-1").skip_final_snapshot(true).send().await.unwrap();
    let left = async || {
        let found = there.describe_db_clusters().db_cluster_identifier("payments-use2").send().await.unwrap();
        found.db_clusters()[0].db_cluster_members().len()
    };
    until(1800, left, |left| *left == 0).await;
    delete().send().await.unwrap();
    let gone = async || there.describe_db_clusters().db_cluster_identifier("payments-use2").send().await;
    assert!(refused(until(1800, gone, Result::is_err).await).is_db_cluster_not_found_fault());
    let absent = here.describe_db_cluster_snapshots().db_cluster_snapshot_identifier("nobody").send().await;
    assert!(refused(absent).is_db_cluster_snapshot_not_found_fault());
}
