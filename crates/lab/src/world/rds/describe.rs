//! `DescribeDBInstances`, and an instance as RDS shows it.

use std::time::Duration;

use drlab_core::domain::Region;

use super::super::{Answer, Call, World};
use super::Engine;
use super::arn::name_of;
use super::instance::{Instance, ReplicationState, Status, named};
use super::page::{Filters, listing, page};
use crate::doc;
use crate::document::Document;

/// A stopped instance is started again after a week.
pub(super) const STOPPED_FOR: Duration = Duration::from_secs(7 * 86_400);

pub(super) fn describe_instances(world: &mut World, call: &Call) -> Answer {
    let input = &call.input;
    let filters = Filters::read(input, &["db-cluster-id", "db-instance-id", "dbi-resource-id", "domain", "engine"])?;
    let wanted = input.text("DBInstanceIdentifier")?;
    if let Some(wanted) = wanted {
        named(world, &call.region, wanted)?;
    }
    let wanted = wanted.map(name_of);
    let shown = |instance: &&Instance| {
        wanted.as_ref().is_none_or(|id| *id == instance.id)
            && filters.pass("db-instance-id", &instance.id)
            && filters.pass("db-cluster-id", instance.cluster.as_deref().unwrap_or_default())
            && filters.pass("dbi-resource-id", &instance.resource_id)
            && filters.pass("engine", instance.engine.name())
            && filters.pass("domain", "")
    };
    let rows = world.here(&call.region)?.rds.instances.values().filter(shown).map(|i| (i.id.clone(), i)).collect();
    let (part, marker) = page(input, rows)?;
    let instances = part.into_iter().map(|instance| show(world, &call.region, instance)).collect();
    Ok(listing("DBInstances", "DBInstance", instances, marker).into())
}

/// The answer of an operation on one instance.
pub(super) fn answer(world: &World, region: &Region, id: &str) -> Answer {
    let instance = named(world, region, id)?;
    Ok(doc! { "DBInstance": show(world, region, instance) }.into())
}

pub(super) fn show(world: &World, region: &Region, instance: &Instance) -> Document {
    let replication = instance.replication.as_ref();
    let names = instance.replicas.iter().map(|(at, id)| sighted(world, region, at, id));
    let status_infos = replication.map(|replication| {
        let (normal, status, message) = match &replication.state {
            ReplicationState::Replicating => (true, "replicating", None),
            ReplicationState::Error(message) => (false, "error", Some(message)),
            ReplicationState::Terminated => (false, "terminated", None),
        };
        Document::list_of(
            "DBInstanceStatusInfo",
            [doc! { "StatusType": "read replication", "Normal": normal, "Status": status, "Message": message }],
        )
    });
    let mut shown = doc! {
        "DBInstanceIdentifier": &instance.id,
        "DBInstanceClass": &instance.class,
        "Engine": instance.engine.name(),
        "DBInstanceStatus": instance.status.name(),
        "MasterUsername": &instance.username,
        "DBName": instance.database.as_ref(),
        "Endpoint": (instance.status != Status::Creating).then(|| doc! {
            "Address": &instance.host,
            "Port": i64::from(instance.port),
            "HostedZoneId": zone_of(region),
        }),
        "AllocatedStorage": instance.storage_gib,
        "InstanceCreateTime": instance.created,
        "PreferredBackupWindow": instance.backup_window.to_string(),
        "BackupRetentionPeriod": instance.retention_days,
        "DBSecurityGroups": Document::list_of("DBSecurityGroup", Vec::<Document>::new()),
        "VpcSecurityGroups": security_groups(&instance.security_groups),
        "DBParameterGroups": Document::list_of("DBParameterGroup", [doc! {
            "DBParameterGroupName": &instance.parameter_group,
            "ParameterApplyStatus": if instance.parameters_await_reboot { "pending-reboot" } else { "in-sync" },
        }]),
        "AvailabilityZone": format!("{region}{}", instance.zone),
        "DBSubnetGroup": doc! { "DBSubnetGroupName": &instance.subnet_group, "SubnetGroupStatus": "Complete" },
        "PreferredMaintenanceWindow": &instance.maintenance_window,
        "PendingModifiedValues": pending(instance),
        "LatestRestorableTime": instance.restorable.map(|restorable| restorable.latest),
        "MultiAZ": instance.multi_az,
        "EngineVersion": &instance.version,
        "AutoMinorVersionUpgrade": false,
        "ReadReplicaSourceDBInstanceIdentifier":
            replication.map(|replication| sighted(world, region, &replication.source_region, &replication.source)),
        "ReadReplicaDBInstanceIdentifiers": Document::list_of("ReadReplicaDBInstanceIdentifier", names),
        "LicenseModel": if instance.engine.is_postgres() { "postgresql-license" } else { "general-public-license" },
        "SecondaryAvailabilityZone": instance.multi_az.then(|| format!("{region}{}", other_zone(instance.zone))),
        "PubliclyAccessible": false,
        "StatusInfos": status_infos,
        "StorageType": if instance.engine.is_aurora() { "aurora" } else { "gp3" },
        "DbInstancePort": 0,
    };
    for (name, value) in [
        ("DBClusterIdentifier", Document::from(instance.cluster.as_ref())),
        ("StorageEncrypted", instance.kms_key.is_some().into()),
        ("KmsKeyId", instance.kms_key.as_ref().into()),
        ("DbiResourceId", (&instance.resource_id).into()),
        ("CACertificateIdentifier", "rds-ca-rsa2048-g1".into()),
        ("CopyTagsToSnapshot", false.into()),
        ("MonitoringInterval", 0.into()),
        ("PromotionTier", instance.cluster.as_ref().map(|_| instance.promotion_tier).into()),
        ("DBInstanceArn", (&instance.arn).into()),
        ("IAMDatabaseAuthenticationEnabled", false.into()),
        ("PerformanceInsightsEnabled", false.into()),
        ("DeletionProtection", instance.deletion_protection.into()),
        ("TagList", tag_list(&instance.tags)),
        ("AutomaticRestartTime", (instance.status == Status::Stopped).then_some(instance.until).flatten().into()),
        ("BackupTarget", "region".into()),
        ("NetworkType", "IPV4".into()),
    ] {
        if value != Document::Null {
            shown.set(name, value);
        }
    }
    shown
}

/// RDS names a neighbour by its identifier, and what lives in another region by its ARN.
fn sighted(world: &World, from: &Region, at: &Region, id: &str) -> String {
    if from == at { id.to_owned() } else { world.arn("rds", at, &format!("db:{id}")) }
}

fn pending(instance: &Instance) -> Document {
    let either = |waiting: Option<Document>, now: Option<Document>| waiting.or(now);
    let (waiting, now) = (&instance.pending, &instance.changing);
    doc! {
        "DBInstanceClass": either(waiting.class.as_ref().map(Into::into), now.class.as_ref().map(Into::into)),
        "AllocatedStorage": either(waiting.storage_gib.map(Into::into), now.storage_gib.map(Into::into)),
        "BackupRetentionPeriod": either(waiting.retention_days.map(Into::into), now.retention_days.map(Into::into)),
        "MultiAZ": either(waiting.multi_az.map(Into::into), now.multi_az.map(Into::into)),
        "EngineVersion": either(waiting.version.as_ref().map(Into::into), now.version.as_ref().map(Into::into)),
    }
}

pub(super) fn security_groups(groups: &[String]) -> Document {
    let groups = groups.iter().map(|group| doc! { "VpcSecurityGroupId": group, "Status": "active" });
    Document::list_of("VpcSecurityGroupMembership", groups)
}

pub(super) fn tag_list(tags: &[(String, String)]) -> Document {
    Document::list_of("Tag", tags.iter().map(|(key, value)| doc! { "Key": key, "Value": value }))
}

pub(super) const fn other_zone(zone: char) -> char {
    if zone == 'a' { 'b' } else { 'a' }
}

/// The hosted zone in which a region's endpoints live; opaque to everybody.
pub(super) fn zone_of(region: &Region) -> String {
    let seed = region.as_str().bytes().fold(0xcbf2_9ce4_u32, |sum, byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("Z2RDS{seed:08X}")
}

/// A class such as `db.m7g.large`.
pub(super) fn is_class(class: &str) -> bool {
    let parts: Vec<_> = class.split('.').collect();
    parts.len() == 3 && parts.first() == Some(&"db") && parts.iter().all(|part| !part.is_empty())
}

/// An engine as a request names it.
pub(super) fn engine(name: &str) -> Result<Engine, super::super::ApiError> {
    Engine::parse(name).ok_or_else(|| super::arn::invalid(format!("Invalid DB engine: {name}")))
}
