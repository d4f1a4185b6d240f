use aws_sdk_rds::Client;
use aws_sdk_rds::primitives::DateTime;
use drlab_core::domain::change::{BackupOf, Shape};
use drlab_core::domain::{Receipt, What};

use super::receipt::{accepted, failed, refused};

pub(super) async fn apply(rds: &Client, what: &What) -> Receipt {
    match what {
        What::PromoteReplica { instance } => {
            let answer = rds.promote_read_replica().db_instance_identifier(instance).send().await;
            answer.map_or_else(|error| failed(&error), |promoted| status(promoted.db_instance))
        }
        What::ProtectInstance { instance, multi_az, backup_retention_days, backup_window, maintenance_window } => {
            let answer = rds
                .modify_db_instance()
                .db_instance_identifier(instance)
                .apply_immediately(true)
                .set_multi_az(*multi_az)
                .set_backup_retention_period(*backup_retention_days)
                .set_preferred_backup_window(backup_window.clone())
                .set_preferred_maintenance_window(maintenance_window.clone())
                .send()
                .await;
            answer.map_or_else(|error| failed(&error), |modified| status(modified.db_instance))
        }
        What::SnapshotInstance { instance, snapshot } => {
            let answer = rds.create_db_snapshot().db_instance_identifier(instance).db_snapshot_identifier(snapshot).send().await;
            answer.map_or_else(
                |error| failed(&error),
                |made| accepted([("arn", made.db_snapshot.as_ref().and_then(|snapshot| snapshot.db_snapshot_arn.clone()))]),
            )
        }
        What::SnapshotCluster { cluster, snapshot } => {
            let request = rds.create_db_cluster_snapshot().db_cluster_identifier(cluster).db_cluster_snapshot_identifier(snapshot);
            request.send().await.map_or_else(
                |error| failed(&error),
                |made| accepted([("arn", made.db_cluster_snapshot.and_then(|snapshot| snapshot.db_cluster_snapshot_arn))]),
            )
        }
        What::CreateReplica { instance, source_arn, shape, .. } => {
            let answer = rds
                .create_db_instance_read_replica()
                .db_instance_identifier(instance)
                .source_db_instance_identifier(source_arn)
                .db_instance_class(&shape.class)
                .set_db_subnet_group_name(shape.subnet_group.clone())
                .set_db_parameter_group_name(shape.parameter_group.clone())
                .set_vpc_security_group_ids(groups(shape))
                .set_kms_key_id(shape.kms_key.clone())
                .set_multi_az(shape.multi_az)
                .send()
                .await;
            answer.map_or_else(|error| failed(&error), |made| status(made.db_instance))
        }
        What::RestoreSnapshot { instance, snapshot, shape } => {
            let answer = rds
                .restore_db_instance_from_db_snapshot()
                .db_instance_identifier(instance)
                .db_snapshot_identifier(snapshot)
                .db_instance_class(&shape.class)
                .set_db_subnet_group_name(shape.subnet_group.clone())
                .set_db_parameter_group_name(shape.parameter_group.clone())
                .set_vpc_security_group_ids(groups(shape))
                .set_multi_az(shape.multi_az)
                .send()
                .await;
            answer.map_or_else(|error| failed(&error), |made| status(made.db_instance))
        }
        What::RestorePointInTime { instance, from, at, shape } => {
            let (source, backups) = match from {
                BackupOf::Instance(source) => (Some(source.clone()), None),
                BackupOf::Replicated(arn) => (None, Some(arn.clone())),
            };
            let answer = rds
                .restore_db_instance_to_point_in_time()
                .target_db_instance_identifier(instance)
                .set_source_db_instance_identifier(source)
                .set_source_db_instance_automated_backups_arn(backups)
                .set_restore_time(at.map(|at| DateTime::from_millis(at.millis())))
                .use_latest_restorable_time(at.is_none())
                .db_instance_class(&shape.class)
                .set_db_subnet_group_name(shape.subnet_group.clone())
                .set_db_parameter_group_name(shape.parameter_group.clone())
                .set_vpc_security_group_ids(groups(shape))
                .set_multi_az(shape.multi_az)
                .send()
                .await;
            answer.map_or_else(|error| failed(&error), |made| status(made.db_instance))
        }
        What::DiscardInstance { instance } => {
            let answer =
                rds.delete_db_instance().db_instance_identifier(instance).skip_final_snapshot(true).delete_automated_backups(true).send();
            answer.await.map_or_else(|error| failed(&error), |discarded| status(discarded.db_instance))
        }
        What::SwitchoverGlobal { global_cluster, target_arn } => {
            let request =
                rds.switchover_global_cluster().global_cluster_identifier(global_cluster).target_db_cluster_identifier(target_arn);
            let answer = request.send().await;
            answer.map_or_else(|error| failed(&error), |begun| global(begun.global_cluster))
        }
        What::FailoverGlobal { global_cluster, target_arn } => {
            let request = rds.failover_global_cluster().global_cluster_identifier(global_cluster).target_db_cluster_identifier(target_arn);
            let answer = request.allow_data_loss(true).send().await;
            answer.map_or_else(|error| failed(&error), |begun| global(begun.global_cluster))
        }
        _ => refused("NotHere", "RDS does not do that"),
    }
}

/// None given leaves it to AWS; an empty list would take all of them away.
fn groups(shape: &Shape) -> Option<Vec<String>> {
    (!shape.security_groups.is_empty()).then(|| shape.security_groups.clone())
}

fn status(instance: Option<aws_sdk_rds::types::DbInstance>) -> Receipt {
    let (status, arn) = instance.map(|instance| (instance.db_instance_status, instance.db_instance_arn)).unwrap_or_default();
    accepted([("status", status), ("arn", arn)])
}

fn global(cluster: Option<aws_sdk_rds::types::GlobalCluster>) -> Receipt {
    accepted([("status", cluster.and_then(|cluster| cluster.status))])
}
