use super::Rig;
use super::rds::{available, instance};
use crate::lab::rig::{refused, until};

super::tour!("tier2", promote_a_replica_and_build_the_way_back);

async fn promote_a_replica_and_build_the_way_back(rig: Rig) {
    let (here, there) = (&rig.primary().rds, &rig.standby().rds);
    let promote = || there.promote_read_replica().db_instance_identifier("tier2-db-replica").backup_retention_period(7);
    let refusal = refused(here.promote_read_replica().db_instance_identifier("tier2-db").send().await);
    assert!(refusal.is_invalid_db_instance_state_fault(), "a source is no replica: {refusal:?}");
    assert!(refused(there.promote_read_replica().db_instance_identifier("nobody").send().await).is_db_instance_not_found_fault());

    let accepted = promote().send().await.unwrap();
    assert_eq!(accepted.db_instance().unwrap().db_instance_status(), Some("modifying"));
    assert!(refused(promote().send().await).is_invalid_db_instance_state_fault(), "only once");
    // A 200 is not a success: for minutes it is still a replica, then it reboots, then it backs itself up.
    let mut seen = Vec::new();
    let look = async || {
        let now = instance(there, "tier2-db-replica").await;
        seen.push(now.db_instance_status.clone().unwrap());
        now
    };
    let done = |now: &aws_sdk_rds::types::DbInstance| {
        now.db_instance_status() == Some("available") && now.read_replica_source_db_instance_identifier().is_none()
    };
    let promoted = until(1200, look, done).await;
    seen.dedup();
    assert_eq!(seen, ["modifying", "rebooting", "backing-up", "available"]);
    assert_eq!(promoted.backup_retention_period(), Some(7));
    assert!(instance(here, "tier2-db").await.read_replica_db_instance_identifiers().is_empty());

    // The way back begins with a new replica, of a new name, at the old site.
    let arn = promoted.db_instance_arn().unwrap();
    let back = here.create_db_instance_read_replica().db_instance_identifier("tier2-db-2").source_db_instance_identifier(arn);
    back.kms_key_id(instance(here, "tier2-db").await.kms_key_id().unwrap()).send().await.unwrap();
    let back = available(here, "tier2-db-2").await;
    assert_eq!(back.read_replica_source_db_instance_identifier(), Some(arn));
}
