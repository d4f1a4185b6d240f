//! What is asked of Aurora clusters and their snapshots.

use drlab_core::domain::Region;

use super::super::{Answer, ApiError, Call, World};
use super::arn::{cluster_state, combination, invalid, name_of, new_name, no_cluster};
use super::cluster::{Cluster, ClusterSnapshot, ClusterStatus, draw, tell, turn};
use super::describe::{security_groups, tag_list, zone_of};
use super::instance::Status;
use super::page::{Filters, listing, page};
use super::promote::{backup_window, retention};
use super::snapshot::{SnapshotKind, percent};
use super::tags;
use crate::doc;
use crate::document::Document;

/// Members whose effect the lab does not have: refused, so that nobody believes them done.
const NOT_MODELLED: [&str; 3] = ["NewDBClusterIdentifier", "Port", "EnableGlobalWriteForwarding"];

fn named<'w>(world: &'w World, region: &Region, text: &str) -> Result<&'w Cluster, ApiError> {
    let id = name_of(text);
    world.here(region)?.rds.clusters.get(&id).ok_or_else(|| no_cluster(&id))
}

fn answer(world: &World, region: &Region, id: &str) -> Answer {
    Ok(doc! { "DBCluster": show(world, region, named(world, region, id)?) }.into())
}

pub(super) fn describe_clusters(world: &mut World, call: &Call) -> Answer {
    let (input, region) = (&call.input, &call.region);
    let filters = Filters::read(input, &["clone-group-id", "db-cluster-id", "db-cluster-resource-id", "domain", "engine"])?;
    let wanted = input.text("DBClusterIdentifier")?;
    if let Some(wanted) = wanted {
        named(world, region, wanted)?;
    }
    let wanted = wanted.map(name_of);
    let shown = |cluster: &&Cluster| {
        wanted.as_ref().is_none_or(|id| *id == cluster.id)
            && filters.pass("db-cluster-id", &cluster.id)
            && filters.pass("db-cluster-resource-id", &cluster.resource_id)
            && filters.pass("engine", cluster.engine.name())
            && filters.pass("domain", "")
            && filters.pass("clone-group-id", "")
    };
    let rows = world.here(region)?.rds.clusters.values().filter(shown).map(|cluster| (cluster.id.clone(), cluster)).collect();
    let (part, marker) = page(input, rows)?;
    let clusters = part.into_iter().map(|cluster| show(world, region, cluster)).collect();
    Ok(listing("DBClusters", "DBCluster", clusters, marker).into())
}

pub(super) fn modify_cluster(world: &mut World, call: &Call) -> Answer {
    let (input, region) = (&call.input, &call.region);
    let cluster = named(world, region, input.need("DBClusterIdentifier")?)?;
    let id = cluster.id.clone();
    if let Some(member) = NOT_MODELLED.into_iter().find(|member| input.get(member).is_some()) {
        return Err(invalid(format!("The lab does not change {member}.")));
    }
    if cluster.status != ClusterStatus::Available {
        return Err(cluster_state(format!("DB cluster {id} is currently {}.", cluster.status.name())));
    }
    let days = retention(input)?;
    if days == Some(0) {
        return Err(invalid("Invalid backup retention period: 0. Retention period must be between 1 and 35."));
    }
    let window = backup_window(input)?;
    let groups: Vec<String> = input.texts("VpcSecurityGroupIds", "VpcSecurityGroupId").into_iter().map(ToOwned::to_owned).collect();
    let parameter_group = input.text("DBClusterParameterGroupName")?.map(ToOwned::to_owned);
    let protection = input.bool("DeletionProtection")?;
    let version = input.text("EngineVersion")?.filter(|version| *version != cluster.version).map(ToOwned::to_owned);
    if version.is_some() && !input.bool("ApplyImmediately")?.unwrap_or(false) {
        return Err(combination("The lab changes the engine version of a DB cluster only with ApplyImmediately."));
    }
    let here = world.here_mut(region)?;
    for member in here.rds.instances.values_mut().filter(|member| member.cluster.as_ref() == Some(&id)) {
        member.retention_days = days.unwrap_or(member.retention_days);
        if !groups.is_empty() {
            member.security_groups.clone_from(&groups);
        }
    }
    if let Some(cluster) = here.rds.clusters.get_mut(&id) {
        cluster.retention_days = days.unwrap_or(cluster.retention_days);
        cluster.backup_window = window.unwrap_or(cluster.backup_window);
        cluster.deletion_protection = protection.unwrap_or(cluster.deletion_protection);
        if !groups.is_empty() {
            cluster.security_groups = groups;
        }
        if let Some(group) = parameter_group {
            cluster.parameter_group = group;
        }
        cluster.changing.version.clone_from(&version);
    }
    if version.is_some() {
        let span = world.timings.database_modifying;
        let lasting = draw(world, region, &id, "modify", span);
        turn(world, region, &id, ClusterStatus::Modifying, Some(lasting));
    }
    tell(world, region, &id, "configuration change", "Applied modification to DB cluster");
    answer(world, region, &id)
}

pub(super) fn delete_cluster(world: &mut World, call: &Call) -> Answer {
    let (input, region) = (&call.input, &call.region);
    let cluster = named(world, region, input.need("DBClusterIdentifier")?)?;
    let id = cluster.id.clone();
    if cluster.deletion_protection {
        return Err(combination("Cannot delete protected Cluster, please disable deletion protection and try again."));
    }
    if cluster.status != ClusterStatus::Available {
        return Err(cluster_state(format!("DB cluster {id} is currently {}.", cluster.status.name())));
    }
    if cluster.global.is_some() {
        return Err(cluster_state("This cluster is a part of a global cluster, please remove it from globalcluster first"));
    }
    let mut members = world.here(region)?.rds.instances.values().filter(|instance| instance.cluster.as_ref() == Some(&id));
    if members.any(|member| member.status != Status::Deleting) {
        return Err(cluster_state("Cluster cannot be deleted, it still contains DB instances in non-deleting state."));
    }
    let final_name = input.text("FinalDBSnapshotIdentifier")?;
    match (input.bool("SkipFinalSnapshot")?.unwrap_or(false), final_name) {
        (false, None) => return Err(combination("FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.")),
        (true, Some(_)) => return Err(combination("FinalDBSnapshotIdentifier cannot be specified when SkipFinalSnapshot is true.")),
        (false, Some(name)) => {
            take_snapshot(world, region, &id, name, Vec::new())?;
        }
        (true, None) => {}
    }
    let span = if final_name.is_some() { world.timings.snapshot_creating } else { world.timings.database_rebooting };
    let lasting = draw(world, region, &id, "delete", span);
    turn(world, region, &id, ClusterStatus::Deleting, Some(lasting));
    answer(world, region, &id)
}

pub(super) fn create_cluster_snapshot(world: &mut World, call: &Call) -> Answer {
    let (input, region) = (&call.input, &call.region);
    let cluster = named(world, region, input.need("DBClusterIdentifier")?)?;
    let id = cluster.id.clone();
    if cluster.status != ClusterStatus::Available {
        return Err(cluster_state(format!("Cannot create a snapshot because the DB cluster {id} is currently {}.", cluster.status.name())));
    }
    let tags = tags::read(input, "Tags")?;
    let name = take_snapshot(world, region, &id, input.need("DBClusterSnapshotIdentifier")?, tags)?;
    let snapshot = world.here(region)?.rds.cluster_snapshots.get(&name).ok_or_else(|| no_snapshot(&name))?;
    Ok(doc! { "DBClusterSnapshot": show_snapshot(world, snapshot) }.into())
}

fn take_snapshot(world: &mut World, region: &Region, id: &str, name: &str, tags: Vec<(String, String)>) -> Result<String, ApiError> {
    let name = new_name(name, "DBClusterSnapshotIdentifier", 255)?;
    if world.here(region)?.rds.cluster_snapshots.contains_key(&name) {
        let message = format!("Cannot create the snapshot because a snapshot with the identifier {name} already exists.");
        return Err(ApiError::new("DBClusterSnapshotAlreadyExistsFault", 400, message));
    }
    let span = world.timings.snapshot_creating;
    let lasting = draw(world, region, id, "snapshot", span);
    let mut snapshot = ClusterSnapshot::of(world, region, named(world, region, id)?, &name, SnapshotKind::Manual, lasting);
    snapshot.tags = tags;
    world.here_mut(region)?.rds.cluster_snapshots.insert(name.clone(), snapshot);
    Ok(name)
}

fn no_snapshot(name: &str) -> ApiError {
    ApiError::new("DBClusterSnapshotNotFoundFault", 404, format!("DBClusterSnapshot {name} not found."))
}

pub(super) fn describe_cluster_snapshots(world: &mut World, call: &Call) -> Answer {
    let (input, region) = (&call.input, &call.region);
    let filters = Filters::read(input, &["db-cluster-id", "db-cluster-snapshot-id", "snapshot-type", "engine"])?;
    let of = input.text("DBClusterIdentifier")?.map(name_of);
    let wanted = input.text("DBClusterSnapshotIdentifier")?.map(name_of);
    let resource = input.text("DbClusterResourceId")?;
    let kind = input.text("SnapshotType")?;
    let snapshots = &world.here(region)?.rds.cluster_snapshots;
    if let Some(wanted) = wanted.as_ref().filter(|wanted| !snapshots.contains_key(*wanted)) {
        return Err(no_snapshot(wanted));
    }
    let shown = |snapshot: &&ClusterSnapshot| {
        of.as_ref().is_none_or(|id| *id == snapshot.cluster)
            && wanted.as_ref().is_none_or(|id| *id == snapshot.id)
            && resource.is_none_or(|resource| resource == snapshot.resource_id)
            && kind.is_none_or(|kind| kind == snapshot.kind.name())
            && filters.pass("db-cluster-id", &snapshot.cluster)
            && filters.pass("db-cluster-snapshot-id", &snapshot.id)
            && filters.pass("snapshot-type", snapshot.kind.name())
            && filters.pass("engine", snapshot.engine.name())
    };
    let rows = snapshots.values().filter(shown).map(|snapshot| (snapshot.id.clone(), snapshot)).collect();
    let (part, marker) = page(input, rows)?;
    let shown = part.into_iter().map(|snapshot| show_snapshot(world, snapshot)).collect();
    Ok(listing("DBClusterSnapshots", "DBClusterSnapshot", shown, marker).into())
}

fn show(world: &World, region: &Region, cluster: &Cluster) -> Document {
    let now = world.now();
    let here = world.regional.get(region);
    let members = here.into_iter().flat_map(|here| here.rds.instances.values()).filter(|one| one.cluster.as_ref() == Some(&cluster.id));
    let members = members.map(|member| {
        doc! {
            "DBInstanceIdentifier": &member.id,
            "IsClusterWriter": cluster.writer.as_ref() == Some(&member.id),
            "DBClusterParameterGroupStatus": "in-sync",
            "PromotionTier": member.promotion_tier,
        }
    });
    let global = cluster.global.as_ref().and_then(|id| here?.rds.globals.get(id));
    let secondaries = match (&cluster.following, global) {
        (None, Some(global)) => {
            global.secondaries().map(|member| world.arn("rds", &member.region, &format!("cluster:{}", member.cluster))).collect()
        }
        _ => Vec::new(),
    };
    let source = cluster.following.as_ref().map(|following| world.arn("rds", &following.region, &format!("cluster:{}", following.cluster)));
    doc! {
        "AllocatedStorage": 1,
        "AvailabilityZones": Document::list_of("AvailabilityZone", ["a", "b", "c"].map(|zone| format!("{region}{zone}"))),
        "BackupRetentionPeriod": cluster.retention_days,
        "DatabaseName": cluster.database.as_ref(),
        "DBClusterIdentifier": &cluster.id,
        "DBClusterParameterGroup": &cluster.parameter_group,
        "DBSubnetGroup": &cluster.subnet_group,
        "Status": cluster.status.name(),
        "EarliestRestorableTime": cluster.created.max(now - std::time::Duration::from_secs(u64::from(cluster.retention_days) * 86_400)),
        "Endpoint": &cluster.host,
        "ReaderEndpoint": &cluster.reader_host,
        "MultiAZ": members.clone().count() > 1,
        "Engine": cluster.engine.name(),
        "EngineVersion": &cluster.version,
        "LatestRestorableTime": now.minute(),
        "Port": i64::from(cluster.port),
        "MasterUsername": &cluster.username,
        "PreferredBackupWindow": cluster.backup_window.to_string(),
        "PreferredMaintenanceWindow": "sun:08:00-sun:08:30",
        "ReplicationSourceIdentifier": source,
        "ReadReplicaIdentifiers": Document::list_of("ReadReplicaIdentifier", secondaries),
        "DBClusterMembers": Document::list_of("DBClusterMember", members),
        "VpcSecurityGroups": security_groups(&cluster.security_groups),
        "HostedZoneId": zone_of(region),
        "StorageEncrypted": cluster.kms_key.is_some(),
        "KmsKeyId": cluster.kms_key.as_ref(),
        "DbClusterResourceId": &cluster.resource_id,
        "DBClusterArn": &cluster.arn,
        "IAMDatabaseAuthenticationEnabled": false,
        "ClusterCreateTime": cluster.created,
        "EngineMode": "provisioned",
        "DeletionProtection": cluster.deletion_protection,
        "HttpEndpointEnabled": false,
        "CopyTagsToSnapshot": false,
        "TagList": tag_list(&cluster.tags),
        "GlobalClusterIdentifier": cluster.global.as_ref(),
        "GlobalWriteForwardingRequested": false,
        // Null for everything but a secondary (Aurora User Guide, "Using write forwarding in an Amazon Aurora global database").
        "GlobalWriteForwardingStatus": cluster.following.is_some().then_some("disabled"),
        "NetworkType": "IPV4",
    }
}

fn show_snapshot(world: &World, snapshot: &ClusterSnapshot) -> Document {
    doc! {
        "DBClusterSnapshotIdentifier": &snapshot.id,
        "DBClusterIdentifier": &snapshot.cluster,
        "SnapshotCreateTime": snapshot.created,
        "Engine": snapshot.engine.name(),
        "EngineMode": "provisioned",
        "AllocatedStorage": 1,
        "Status": snapshot.status.name(),
        "Port": i64::from(snapshot.port),
        "ClusterCreateTime": snapshot.cluster_created,
        "MasterUsername": &snapshot.username,
        "EngineVersion": &snapshot.version,
        "SnapshotType": snapshot.kind.name(),
        "PercentProgress": percent(world.now(), snapshot.created, snapshot.until),
        "StorageEncrypted": snapshot.kms_key.is_some(),
        "KmsKeyId": snapshot.kms_key.as_ref(),
        "DBClusterSnapshotArn": &snapshot.arn,
        "IAMDatabaseAuthenticationEnabled": false,
        "TagList": tag_list(&snapshot.tags),
        "DbClusterResourceId": &snapshot.resource_id,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::*;
    use crate::doc;
    use crate::world::testing::{east, live, west};

    #[test]
    fn a_cluster_shows_who_writes_and_whom_it_follows() {
        let mut world = aurora();
        let shown = done(&mut world, &east(), "DescribeDBClusters", doc! {});
        let primary = shown.items("DBClusters", "DBCluster")[0].clone();
        let writers = |cluster: &crate::document::Document| {
            cluster
                .items("DBClusterMembers", "DBClusterMember")
                .iter()
                .map(|m| m.bool("IsClusterWriter").unwrap().unwrap())
                .collect::<Vec<_>>()
        };
        assert_eq!(writers(&primary), [true, false]);
        let shown = done(&mut world, &west(), "DescribeDBClusters", doc! { "DBClusterIdentifier": "payments-west" });
        let secondary = shown.items("DBClusters", "DBCluster")[0].clone();
        assert_eq!(writers(&secondary), [false]);
        assert_eq!(secondary.need("ReplicationSourceIdentifier").unwrap(), primary.need("DBClusterArn").unwrap());
    }

    #[test]
    fn a_cluster_is_deleted_only_when_nothing_hangs_on_it() {
        let mut world = aurora();
        let it = || doc! { "DBClusterIdentifier": "payments-west", "SkipFinalSnapshot": true };
        assert_eq!(refused(&mut world, &west(), "DeleteDBCluster", it()), "InvalidDBClusterStateFault");
        let arn = "arn:aws:rds:us-west-2:123456789012:cluster:payments-west";
        done(&mut world, &west(), "RemoveFromGlobalCluster", doc! { "GlobalClusterIdentifier": "payments", "DbClusterIdentifier": arn });
        live(&mut world, 120);
        assert_eq!(refused(&mut world, &west(), "DeleteDBCluster", it()), "InvalidDBClusterStateFault", "it has an instance");
        done(&mut world, &west(), "DeleteDBInstance", doc! { "DBInstanceIdentifier": "west-1" });
        live(&mut world, 120);
        done(&mut world, &west(), "DeleteDBCluster", it());
        live(&mut world, 120);
        assert_eq!(refused(&mut world, &west(), "DescribeDBClusters", it()), "DBClusterNotFoundFault");
    }

    #[test]
    fn protection_and_snapshots_of_a_cluster() {
        let mut world = aurora();
        write(&mut world, &east(), "payments-east", 20);
        let protect = doc! { "DBClusterIdentifier": "payments-east", "DeletionProtection": true, "BackupRetentionPeriod": 14 };
        done(&mut world, &east(), "ModifyDBCluster", protect);
        assert_eq!(
            refused(&mut world, &east(), "DeleteDBCluster", doc! { "DBClusterIdentifier": "payments-east" }),
            "InvalidParameterCombination"
        );
        assert_eq!(world.regional[&east()].rds.instances["east-1"].retention_days, 14);
        let snapshot = doc! { "DBClusterIdentifier": "payments-east", "DBClusterSnapshotIdentifier": "keep" };
        done(&mut world, &east(), "CreateDBClusterSnapshot", snapshot.clone());
        assert_eq!(refused(&mut world, &east(), "CreateDBClusterSnapshot", snapshot), "DBClusterSnapshotAlreadyExistsFault");
        let kept = &world.regional[&east()].rds.cluster_snapshots["keep"];
        assert_eq!(world.ledger.held(kept.timeline, kept.taken_at), 1000);
    }
}
