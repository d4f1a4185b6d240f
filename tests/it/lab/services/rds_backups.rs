use super::Rig;
use super::rds::{available, instance};
use crate::lab::rig::{refused, until};

super::tour!("tier2", restore_from_what_was_kept);

async fn restore_from_what_was_kept(rig: Rig) {
    let (here, there) = (&rig.primary().rds, &rig.standby().rds);
    // The nightly copies are in the target region already.
    let nightly = there.describe_db_snapshots().db_instance_identifier("tier2-db").send().await.unwrap();
    assert_eq!(nightly.db_snapshots().len(), 3);
    assert!(nightly.db_snapshots().iter().all(|copy| copy.source_region() == Some("ap-southeast-2") && copy.status() == Some("available")));

    let take = || here.create_db_snapshot().db_instance_identifier("tier2-db").db_snapshot_identifier("by-hand");
    let taken = take().send().await.unwrap();
    assert_eq!(taken.db_snapshot().unwrap().status(), Some("creating"));
    assert!(refused(take().send().await).is_invalid_db_instance_state_fault(), "it is backing up");
    let snapshot = async || {
        let found = here.describe_db_snapshots().db_snapshot_identifier("by-hand").send().await.unwrap();
        found.db_snapshots()[0].clone()
    };
    let snapshot = until(600, snapshot, |now| now.status() == Some("available")).await;
    assert_eq!((snapshot.snapshot_type(), snapshot.percent_progress()), (Some("manual"), Some(100)));
    available(here, "tier2-db").await;
    assert!(refused(take().send().await).is_db_snapshot_already_exists_fault());

    let arn = snapshot.db_snapshot_arn().unwrap();
    // A key of one region is of no use in another: what is encrypted needs one of its own there.
    let copy = || there.copy_db_snapshot().source_db_snapshot_identifier(arn).target_db_snapshot_identifier("copied");
    assert_eq!(refused(copy().send().await).meta().code(), Some("InvalidParameterCombination"));
    let replica = instance(there, "tier2-db-replica").await;
    copy().kms_key_id(replica.kms_key_id().unwrap()).send().await.unwrap();
    let copied = async || {
        let found = there.describe_db_snapshots().db_snapshot_identifier("copied").send().await.unwrap();
        found.db_snapshots()[0].status.clone().unwrap()
    };
    let early = there.restore_db_instance_from_db_snapshot().db_instance_identifier("early").db_snapshot_identifier("copied").send().await;
    assert!(refused(early).is_invalid_db_snapshot_state_fault(), "a copy that is not there yet cannot be restored");
    until(1200, copied, |status| status == "available").await;

    let restore = || there.restore_db_instance_from_db_snapshot().db_snapshot_identifier("copied");
    let restored = restore().db_instance_identifier("restored").send().await.unwrap();
    assert_eq!(restored.db_instance().unwrap().db_instance_status(), Some("creating"));
    assert!(refused(restore().db_instance_identifier("restored").send().await).is_db_instance_already_exists_fault());
    let rewind = here.restore_db_instance_to_point_in_time().source_db_instance_identifier("tier2-db");
    rewind.target_db_instance_identifier("rewound").use_latest_restorable_time(true).send().await.unwrap();
    let (restored, rewound) = tokio::join!(available(there, "restored"), available(here, "rewound"));
    let source = instance(here, "tier2-db").await;
    assert_eq!((restored.engine(), restored.allocated_storage()), (source.engine(), source.allocated_storage()));
    assert_eq!(rewound.engine_version(), source.engine_version());

    let backups = here.describe_db_instance_automated_backups().db_instance_identifier("tier2-db").send().await.unwrap();
    let window = backups.db_instance_automated_backups()[0].restore_window().unwrap();
    assert!(window.earliest_time().unwrap() < window.latest_time().unwrap());

    there.delete_db_snapshot().db_snapshot_identifier("copied").send().await.unwrap();
    assert!(refused(there.describe_db_snapshots().db_snapshot_identifier("copied").send().await).is_db_snapshot_not_found_fault());
    assert!(refused(there.delete_db_snapshot().db_snapshot_identifier("copied").send().await).is_db_snapshot_not_found_fault());
}
