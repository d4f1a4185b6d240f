//! New instances: standalone, in an Aurora cluster, and as somebody's replica.

use drlab_core::domain::Region;

use super::super::{Answer, ApiError, Call, World};
use super::arn::{Arn, cluster_state, combination, instance_state, invalid, name_of, new_name, no_cluster, unreachable};
use super::describe::{answer, engine, is_class};
use super::install::{NewInstance, build};
use super::instance::{Instance, Replication, ReplicationState, Status, draw, instance, instance_mut, named, tell, turn};
use super::promote::{backup_window, retention};
use super::replication::dark_between;
use crate::document::Document;

pub(super) fn create_instance(world: &mut World, call: &Call) -> Answer {
    let (input, region) = (&call.input, &call.region);
    let id = free_name(world, region, input.need("DBInstanceIdentifier")?, "DBInstanceIdentifier")?;
    let class = input.need("DBInstanceClass")?;
    let asked = engine(input.need("Engine")?)?;
    let new = NewInstance { id: id.clone(), engine: asked, class: class.to_owned(), retention_days: 1, ..NewInstance::default() };
    let new = adorn(world, region, input, new)?;
    if let Some(cluster) = input.text("DBClusterIdentifier")? {
        return join_cluster(world, region, input, &name_of(cluster), new);
    }
    if asked.is_aurora() {
        return Err(combination("DBClusterIdentifier is required for Aurora DB instances."));
    }
    for needed in ["MasterUsername", "AllocatedStorage"] {
        if input.get(needed).is_none() {
            return Err(ApiError::new("InvalidParameterCombination", 400, format!("The parameter {needed} must be provided.")));
        }
    }
    let password = input.text("MasterUserPassword")?.is_some() || input.bool("ManageMasterUserPassword")?.unwrap_or(false);
    if !password {
        return Err(combination("The parameter MasterUserPassword must be provided."));
    }
    let timeline = world.ledger.begin(&id);
    let mut built = build(world, region, &new, timeline, Status::Creating);
    built.owes_backup = built.retention_days > 0;
    place(world, region, built)
}

fn join_cluster(world: &mut World, region: &Region, input: &Document, cluster_id: &str, new: NewInstance) -> Answer {
    let cluster = world.here(region)?.rds.clusters.get(cluster_id).ok_or_else(|| no_cluster(cluster_id))?;
    if cluster.engine != new.engine {
        let (asked, has) = (new.engine.name(), cluster.engine.name());
        return Err(combination(format!(
            "The engine name requested for your DB instance ({asked}) doesn't match the engine name of your DB cluster ({has})."
        )));
    }
    if !cluster.status.takes_instances() {
        return Err(cluster_state(format!("DB cluster {cluster_id} is currently {}.", cluster.status.name())));
    }
    for shared in ["AllocatedStorage", "BackupRetentionPeriod", "MasterUsername", "MasterUserPassword", "DBName", "MultiAZ"] {
        if input.get(shared).is_some() {
            return Err(combination(format!(
                "The parameter {shared} is set on the DB cluster and can't be given for an Aurora DB instance."
            )));
        }
    }
    let new = NewInstance {
        version: Some(cluster.version.clone()),
        retention_days: cluster.retention_days,
        backup_window: Some(cluster.backup_window),
        security_groups: cluster.security_groups.clone(),
        subnet_group: Some(cluster.subnet_group.clone()),
        kms_key: cluster.kms_key.clone(),
        username: Some(cluster.username.clone()),
        database: cluster.database.clone(),
        port: Some(cluster.port),
        ..new
    };
    let timeline = cluster.timeline;
    let mut built = build(world, region, &new, timeline, Status::Creating);
    built.cluster = Some(cluster_id.to_owned());
    built.promotion_tier = match input.int("PromotionTier")?.unwrap_or(1) {
        tier @ 0..=15 => u32::try_from(tier).unwrap_or(1),
        tier => return Err(invalid(format!("Invalid promotion tier {tier}. It must be between 0 and 15."))),
    };
    place(world, region, built)
}

pub(super) fn create_replica(world: &mut World, call: &Call) -> Answer {
    let (input, region) = (&call.input, &call.region);
    let id = free_name(world, region, input.need("DBInstanceIdentifier")?, "DBInstanceIdentifier")?;
    let text = input.need("SourceDBInstanceIdentifier")?;
    let home = Arn::parse(text).map_or_else(|| region.clone(), |arn| arn.region);
    if dark_between(world, region, &home) {
        return Err(unreachable(&home));
    }
    let source = named(world, &home, text)?;
    let abroad = home != *region;
    if source.engine.is_aurora() {
        return Err(instance_state("The source DB instance is part of an Aurora DB cluster."));
    }
    if !matches!(source.status, Status::Available | Status::BackingUp) {
        return Err(instance_state(format!("The source instance {} is currently {}.", source.id, source.status.name())));
    }
    if source.retention_days == 0 {
        return Err(instance_state(
            "Automated backups are not enabled for this database instance. To enable automated backups, use ModifyDBInstance to set the \
             backup retention period to a non-zero value.",
        ));
    }
    if abroad && source.replication.is_some() {
        return Err(instance_state(format!(
            "DB instance {} is a read replica and cannot be the source of a cross-region replica.",
            source.id
        )));
    }
    if abroad && source.kms_key.is_some() && input.text("KmsKeyId")?.is_none() {
        return Err(combination("KmsKeyId is required to create an encrypted read replica in another region."));
    }
    let (source_id, resource, timeline) = (source.id.clone(), source.resource_id.clone(), source.timeline);
    let applied_to = source.holds_to(world.now());
    let new = NewInstance {
        id,
        engine: source.engine,
        version: Some(source.version.clone()),
        class: source.class.clone(),
        storage_gib: source.storage_gib,
        // What lives in another region cannot share the source's parameter group, security groups or key.
        parameter_group: (!abroad).then(|| source.parameter_group.clone()),
        security_groups: if abroad { Vec::new() } else { source.security_groups.clone() },
        subnet_group: (!abroad).then(|| source.subnet_group.clone()),
        kms_key: if abroad { None } else { source.kms_key.clone() },
        port: Some(source.port),
        username: Some(source.username.clone()),
        database: source.database.clone(),
        ..NewInstance::default()
    };
    let new = adorn(world, region, input, new)?;
    let mut built = build(world, region, &new, timeline, Status::Creating);
    built.replication = Some(Replication {
        source_region: home.clone(),
        source: source_id.clone(),
        source_resource: resource,
        applied_to,
        state: ReplicationState::Replicating,
        catching_up: true,
    });
    let replica_id = built.id.clone();
    let done = place(world, region, built)?;
    if let Some(source) = instance_mut(world, &home, &source_id) {
        source.replicas.push((region.clone(), replica_id));
    }
    Ok(done)
}

/// Puts a new instance into its region, where it is now being created.
pub(super) fn place(world: &mut World, region: &Region, built: Instance) -> Answer {
    let id = built.id.clone();
    world.here_mut(region)?.rds.instances.insert(id.clone(), built);
    let span = world.timings.database_creating;
    let lasting = draw(world, region, &id, "create", span);
    turn(world, region, &id, Status::Creating, Some(lasting));
    tell(world, region, &id, "creation", "DB instance creation started");
    answer(world, region, &id)
}

/// A name nobody in the region has.
pub(super) fn free_name(world: &World, region: &Region, text: &str, what: &str) -> Result<String, ApiError> {
    let id = new_name(text, what, 63)?;
    if instance(world, region, &id).is_some() {
        return Err(ApiError::new("DBInstanceAlreadyExists", 400, "DB instance already exists"));
    }
    Ok(id)
}

/// What a request says of a new instance beyond its origin; the same members everywhere.
pub(super) fn adorn(world: &World, region: &Region, input: &Document, new: NewInstance) -> Result<NewInstance, ApiError> {
    let class = input.text("DBInstanceClass")?.unwrap_or(&new.class).to_owned();
    if !is_class(&class) {
        return Err(invalid(format!("Invalid DB Instance class: {class}")));
    }
    let parameter_group = input.text("DBParameterGroupName")?.map(str::to_ascii_lowercase).or(new.parameter_group);
    if let Some(group) = &parameter_group
        && !group.starts_with("default.")
        && !world.here(region)?.rds.parameter_groups.contains_key(group)
    {
        return Err(ApiError::new("DBParameterGroupNotFound", 404, format!("DBParameterGroup not found: {group}")));
    }
    let groups: Vec<String> = input.texts("VpcSecurityGroupIds", "VpcSecurityGroupId").into_iter().map(ToOwned::to_owned).collect();
    let storage_gib = match input.int("AllocatedStorage")? {
        Some(gib @ 20..=65_536) => u32::try_from(gib).unwrap_or(new.storage_gib),
        Some(gib) => return Err(invalid(format!("Invalid storage size: {gib} GiB. It must be between 20 and 65536."))),
        None => new.storage_gib,
    };
    let port = match input.int("Port")? {
        Some(port) => Some(u16::try_from(port).ok().filter(|port| *port >= 1150).ok_or_else(|| invalid(format!("Invalid port: {port}")))?),
        None => new.port,
    };
    let mut tags = new.tags;
    tags.extend(super::tags::read(input, "Tags")?);
    Ok(NewInstance {
        version: input.text("EngineVersion")?.map(ToOwned::to_owned).or(new.version),
        storage_gib,
        multi_az: input.bool("MultiAZ")?.unwrap_or(new.multi_az),
        retention_days: retention(input)?.unwrap_or(new.retention_days),
        backup_window: backup_window(input)?.or(new.backup_window),
        parameter_group,
        security_groups: if groups.is_empty() { new.security_groups } else { groups },
        subnet_group: input.text("DBSubnetGroupName")?.map(ToOwned::to_owned).or(new.subnet_group),
        kms_key: input.text("KmsKeyId")?.map(ToOwned::to_owned).or(new.kms_key),
        port,
        username: input.text("MasterUsername")?.map(ToOwned::to_owned).or(new.username),
        database: input.text("DBName")?.map(ToOwned::to_owned).or(new.database),
        deletion_protection: input.bool("DeletionProtection")?.unwrap_or(new.deletion_protection),
        id: new.id,
        engine: new.engine,
        class,
        tags,
    })
}

#[cfg(test)]
mod tests {
    use super::super::Engine;
    use super::super::fixture::*;
    use crate::doc;
    use crate::world::Fault;
    use crate::world::testing::{east, live, west};

    const EAST: &str = "arn:aws:rds:us-east-1:123456789012:db:orders";

    #[test]
    fn a_new_replica_abroad_is_created_and_catches_up() {
        let mut world = pair(Engine::Postgres);
        let made = done(
            &mut world,
            &west(),
            "CreateDBInstanceReadReplica",
            doc! { "DBInstanceIdentifier": "second", "SourceDBInstanceIdentifier": EAST },
        );
        let made = made.get("DBInstance").unwrap();
        assert_eq!(made.need("ReadReplicaSourceDBInstanceIdentifier").unwrap(), EAST);
        assert!(made.get("Endpoint").is_none());
        let source = done(&mut world, &east(), "DescribeDBInstances", doc! { "DBInstanceIdentifier": SOURCE });
        let named =
            source.items("DBInstances", "DBInstance")[0].texts("ReadReplicaDBInstanceIdentifiers", "ReadReplicaDBInstanceIdentifier").len();
        assert_eq!(named, 2);
        until(&mut world, &west(), "second", "available");
        write(&mut world, &east(), SOURCE, 900);
        assert!(super::super::replica_lag(&world, &west(), "second").unwrap().as_secs() <= 2);
    }

    #[test]
    fn what_cannot_be_a_source_is_refused() {
        let mut world = pair(Engine::Mysql);
        let of = |source: &str| doc! { "DBInstanceIdentifier": "second", "SourceDBInstanceIdentifier": source };
        let operation = "CreateDBInstanceReadReplica";
        assert_eq!(refused(&mut world, &west(), operation, of(REPLICA)), "InvalidDBInstanceState", "it keeps no backups");
        assert_eq!(refused(&mut world, &west(), operation, of("nobody")), "DBInstanceNotFound");
        inject(&mut world, Fault::RegionDark, &east());
        assert_eq!(refused(&mut world, &west(), operation, of(EAST)), "InternalFailure");
    }

    #[test]
    fn a_standalone_instance_is_created_with_its_first_backup() {
        let mut world = pair(Engine::Postgres);
        let create = |engine: &str| {
            doc! {
                "DBInstanceIdentifier": "fresh", "DBInstanceClass": "db.m7g.large", "Engine": engine, "AllocatedStorage": 50,
                "MasterUsername": "app", "MasterUserPassword": "not-kept", "BackupRetentionPeriod": 3,
            }
        };
        assert_eq!(refused(&mut world, &east(), "CreateDBInstance", create("oracle-xx")), "InvalidParameterValue");
        assert_eq!(refused(&mut world, &east(), "CreateDBInstance", create("aurora-postgresql")), "InvalidParameterCombination");
        done(&mut world, &east(), "CreateDBInstance", create("postgres"));
        assert_eq!(refused(&mut world, &east(), "CreateDBInstance", create("postgres")), "DBInstanceAlreadyExists");
        until(&mut world, &east(), "fresh", "backing-up");
        until(&mut world, &east(), "fresh", "available");
        live(&mut world, 1);
        assert!(sight(&world, &east(), "fresh").writable);
        assert!(world.regional[&east()].rds.instances["fresh"].restorable.is_some());
    }
}
