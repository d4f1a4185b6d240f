//! From what RDS writes to what is known. What it leaves out is taken for the worse: no backups, no second zone, no protection.

use aws_sdk_rds::types::{DbCluster, DbClusterMember, DbInstance, DbParameterGroupStatus, FailoverState, GlobalClusterMember};
use drlab_core::domain::fact::{Cluster, ClusterMember, GlobalCluster, GlobalFailover, GlobalMember, Instance};

use crate::aws::observe::answers::{said, text, when};

pub(super) fn instance(from: &DbInstance) -> Instance {
    let endpoint = from.endpoint();
    let group = from.db_parameter_groups().first();
    Instance {
        id: text(from.db_instance_identifier()),
        arn: text(from.db_instance_arn()),
        status: text(from.db_instance_status()),
        replica_of: said(from.read_replica_source_db_instance_identifier())
            .or_else(|| said(from.read_replica_source_db_cluster_identifier())),
        replication: replication(from),
        replicas: from.read_replica_db_instance_identifiers().to_vec(),
        endpoint: endpoint.and_then(|endpoint| said(endpoint.address())),
        port: endpoint.and_then(aws_sdk_rds::types::Endpoint::port),
        engine: text(from.engine()),
        version: text(from.engine_version()),
        class: text(from.db_instance_class()),
        multi_az: from.multi_az().unwrap_or_default(),
        zone: said(from.availability_zone()),
        storage_gb: from.allocated_storage().unwrap_or_default(),
        encrypted: from.storage_encrypted().unwrap_or_default(),
        kms_key: said(from.kms_key_id()),
        parameter_group: group.and_then(|group| said(group.db_parameter_group_name())),
        parameter_status: group.and_then(DbParameterGroupStatus::parameter_apply_status).map(str::to_owned),
        backup_retention_days: from.backup_retention_period().unwrap_or_default(),
        backup_window: said(from.preferred_backup_window()),
        maintenance_window: said(from.preferred_maintenance_window()),
        latest_restorable: when(from.latest_restorable_time()),
        deletion_protection: from.deletion_protection().unwrap_or_default(),
    }
}

fn replication(from: &DbInstance) -> Option<String> {
    let told = from.status_infos().iter().find(|info| info.status_type() == Some("read replication"))?;
    said(told.status())
}

pub(super) fn cluster(from: &DbCluster) -> Cluster {
    Cluster {
        id: text(from.db_cluster_identifier()),
        arn: text(from.db_cluster_arn()),
        status: text(from.status()),
        engine: text(from.engine()),
        version: text(from.engine_version()),
        endpoint: said(from.endpoint()),
        port: from.port(),
        reader_endpoint: said(from.reader_endpoint()),
        members: from.db_cluster_members().iter().map(member).collect(),
        parameter_group: said(from.db_cluster_parameter_group()),
        kms_key: said(from.kms_key_id()),
        backup_retention_days: from.backup_retention_period().unwrap_or_default(),
        latest_restorable: when(from.latest_restorable_time()),
        deletion_protection: from.deletion_protection().unwrap_or_default(),
    }
}

fn member(from: &DbClusterMember) -> ClusterMember {
    ClusterMember {
        id: text(from.db_instance_identifier()),
        writer: from.is_cluster_writer().unwrap_or_default(),
        promotion_tier: from.promotion_tier().unwrap_or_default(),
    }
}

pub(super) fn global_cluster(from: &aws_sdk_rds::types::GlobalCluster) -> GlobalCluster {
    GlobalCluster {
        id: text(from.global_cluster_identifier()),
        status: text(from.status()),
        engine: text(from.engine()),
        version: text(from.engine_version()),
        members: from.global_cluster_members().iter().map(global_member).collect(),
        failover: from.failover_state().map(failover),
    }
}

fn global_member(from: &GlobalClusterMember) -> GlobalMember {
    GlobalMember {
        cluster: text(from.db_cluster_arn()),
        writer: from.is_writer().unwrap_or_default(),
        synchronization: from.synchronization_status().and_then(|status| said(Some(status.as_str()))),
    }
}

fn failover(from: &FailoverState) -> GlobalFailover {
    GlobalFailover {
        // The client knows no word for some states (`switching-over`); the text is what AWS said.
        status: from.status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
        from: said(from.from_db_cluster_arn()),
        to: said(from.to_db_cluster_arn()),
        data_loss_allowed: from.is_data_loss_allowed().unwrap_or_default(),
    }
}
