//! Changes to an instance that exists: modifying, rebooting, stopping, starting.

use drlab_core::domain::Region;

use super::super::{Answer, ApiError, Call, World};
use super::arn::{combination, instance_state, invalid};
use super::describe::{answer, is_class, other_zone};
use super::instance::{Changes, Instance, Status, draw, instance_mut, named, tell, turn};
use super::promote::{backup_window, retention};
use super::{life, snapshot};
use crate::document::Document;

/// Members whose effect the lab does not have: refused, so that nobody believes them done.
const NOT_MODELLED: [&str; 4] = ["NewDBInstanceIdentifier", "DBPortNumber", "Engine", "DBSubnetGroupName"];

pub(super) fn modify_instance(world: &mut World, call: &Call) -> Answer {
    let (input, region) = (&call.input, &call.region);
    let instance = named(world, region, input.need("DBInstanceIdentifier")?)?;
    let id = instance.id.clone();
    if let Some(member) = NOT_MODELLED.into_iter().find(|member| input.get(member).is_some()) {
        return Err(invalid(format!("The lab does not change {member}.")));
    }
    if instance.promotion.is_some() || !matches!(instance.status, Status::Available | Status::Stopped) {
        return Err(instance_state(format!("Database instance {id} is not in available state.")));
    }
    let changes = wanted(input, instance)?;
    let window = backup_window(input)?;
    let group = input.text("DBParameterGroupName")?.map(str::to_ascii_lowercase);
    if let Some(group) = &group
        && !world.here(region)?.rds.parameter_groups.contains_key(group)
    {
        return Err(ApiError::new("DBParameterGroupNotFound", 404, format!("DBParameterGroup not found: {group}")));
    }
    let groups: Vec<String> = input.texts("VpcSecurityGroupIds", "VpcSecurityGroupId").into_iter().map(ToOwned::to_owned).collect();
    let protection = input.bool("DeletionProtection")?;
    let at_once = input.bool("ApplyImmediately")?.unwrap_or(false);
    let tier = input.int("PromotionTier")?.map(|tier| u32::try_from(tier).ok().filter(|tier| *tier <= 15));
    if tier == Some(None) {
        return Err(invalid("Invalid promotion tier. It must be between 0 and 15."));
    }

    let instance = instance_mut(world, region, &id).ok_or_else(|| super::arn::no_instance(&id))?;
    if let Some(window) = window {
        instance.backup_window = window;
    }
    if !groups.is_empty() {
        instance.security_groups = groups;
    }
    if let Some(group) = group.filter(|group| *group != instance.parameter_group) {
        instance.parameter_group = group;
        instance.parameters_await_reboot = true;
    }
    instance.deletion_protection = protection.unwrap_or(instance.deletion_protection);
    instance.promotion_tier = tier.flatten().unwrap_or(instance.promotion_tier);
    // Between two lengths other than none, retention changes without a restart or a wait.
    let mut changes = changes;
    if let Some(days) = changes.retention_days.filter(|days| *days > 0 && instance.retention_days > 0) {
        instance.retention_days = days;
        changes.retention_days = None;
    }
    if changes != Changes::default() {
        if at_once && instance.status == Status::Available {
            instance.pending = Changes::default();
            life::begin_change(world, region, &id, changes);
        } else {
            merge(&mut instance.pending, changes);
        }
    }
    tell(world, region, &id, "configuration change", "Applying modification to DB instance");
    answer(world, region, &id)
}

/// What the request asks for and is not already so.
fn wanted(input: &Document, instance: &Instance) -> Result<Changes, ApiError> {
    let class = input.text("DBInstanceClass")?.filter(|class| *class != instance.class);
    if let Some(class) = class.filter(|class| !is_class(class)) {
        return Err(invalid(format!("Invalid DB Instance class: {class}")));
    }
    let storage_gib = match input.int("AllocatedStorage")? {
        Some(_) if instance.engine.is_aurora() => return Err(combination("You cannot set AllocatedStorage for an Aurora DB instance.")),
        Some(gib) => {
            let asked = u32::try_from(gib).ok().filter(|gib| (20..=65_536).contains(gib));
            let asked = asked.ok_or_else(|| invalid(format!("Invalid storage size: {gib} GiB. It must be between 20 and 65536.")))?;
            if asked < instance.storage_gib {
                return Err(combination(format!("Requested size {asked} is smaller than the current size {}.", instance.storage_gib)));
            }
            Some(asked).filter(|asked| *asked != instance.storage_gib)
        }
        None => None,
    };
    let days = retention(input)?.filter(|days| *days != instance.retention_days);
    if days.is_some() && instance.cluster.is_some() {
        return Err(combination("The backup retention period of an Aurora DB instance is managed by its DB cluster."));
    }
    if days == Some(0) && !instance.replicas.is_empty() {
        return Err(invalid("BackupRetentionPeriod cannot be 0 for a DB instance that is the source of a read replica."));
    }
    Ok(Changes {
        class: class.map(ToOwned::to_owned),
        storage_gib,
        multi_az: input.bool("MultiAZ")?.filter(|multi_az| *multi_az != instance.multi_az),
        retention_days: days,
        version: input.text("EngineVersion")?.filter(|version| *version != instance.version).map(ToOwned::to_owned),
    })
}

fn merge(waiting: &mut Changes, new: Changes) {
    waiting.class = new.class.or(waiting.class.take());
    waiting.version = new.version.or(waiting.version.take());
    waiting.storage_gib = new.storage_gib.or(waiting.storage_gib);
    waiting.multi_az = new.multi_az.or(waiting.multi_az);
    waiting.retention_days = new.retention_days.or(waiting.retention_days);
}

pub(super) fn reboot_instance(world: &mut World, call: &Call) -> Answer {
    let instance = named(world, &call.region, call.input.need("DBInstanceIdentifier")?)?;
    let id = instance.id.clone();
    if instance.status != Status::Available {
        return Err(instance_state(format!("DB instance {id} is currently {} and cannot be rebooted.", instance.status.name())));
    }
    let over = call.input.bool("ForceFailover")?.unwrap_or(false);
    if over && !instance.multi_az {
        return Err(combination("ForceFailover can't be specified for a DB instance that isn't configured for Multi-AZ."));
    }
    reboot(world, &call.region, &id, over);
    answer(world, &call.region, &id)
}

fn reboot(world: &mut World, region: &Region, id: &str, over: bool) {
    let span = world.timings.database_rebooting;
    let lasting = draw(world, region, id, "reboot", span);
    if over && let Some(instance) = instance_mut(world, region, id) {
        instance.zone = other_zone(instance.zone);
    }
    if over {
        tell(world, region, id, "failover", "Multi-AZ instance failover started");
    }
    tell(world, region, id, "availability", "DB instance shutdown");
    turn(world, region, id, Status::Rebooting, Some(lasting));
}

pub(super) fn stop_instance(world: &mut World, call: &Call) -> Answer {
    let (input, region) = (&call.input, &call.region);
    let instance = named(world, region, input.need("DBInstanceIdentifier")?)?;
    let id = instance.id.clone();
    if instance.cluster.is_some() {
        return Err(combination("Aurora DB Instances are not eligible for stopping or starting."));
    }
    if instance.replication.is_some() {
        return Err(instance_state(format!("Cannot stop or start a read replica instance: {id}.")));
    }
    if !instance.replicas.is_empty() {
        return Err(instance_state(format!("Cannot stop or start a database instance with read replicas: {id}.")));
    }
    if instance.status != Status::Available {
        return Err(instance_state(format!("Instance {id} is not in available state.")));
    }
    if let Some(name) = input.text("DBSnapshotIdentifier")? {
        snapshot::begin(world, region, &id, name, Vec::new())?;
    }
    let span = world.timings.database_rebooting;
    let lasting = draw(world, region, &id, "stop", span);
    turn(world, region, &id, Status::Stopping, Some(lasting));
    answer(world, region, &id)
}

pub(super) fn start_instance(world: &mut World, call: &Call) -> Answer {
    let instance = named(world, &call.region, call.input.need("DBInstanceIdentifier")?)?;
    let id = instance.id.clone();
    if instance.cluster.is_some() {
        return Err(combination("Aurora DB Instances are not eligible for stopping or starting."));
    }
    if instance.status != Status::Stopped {
        return Err(instance_state(format!("Instance {id} is not stopped.")));
    }
    life::start(world, &call.region, &id);
    answer(world, &call.region, &id)
}

#[cfg(test)]
mod tests {
    use super::super::Engine;
    use super::super::fixture::*;
    use super::*;
    use crate::doc;
    use crate::world::Fault;
    use crate::world::testing::{east, live};

    fn change(mut input: Document) -> Document {
        input.set("DBInstanceIdentifier", SOURCE);
        input
    }

    #[test]
    fn what_is_not_applied_at_once_waits_for_the_window() {
        let mut world = pair(Engine::Postgres);
        let shown = done(&mut world, &east(), "ModifyDBInstance", change(doc! { "DBInstanceClass": "db.m7g.xlarge", "MultiAZ": true }));
        let shown = shown.get("DBInstance").unwrap();
        assert_eq!(shown.need("DBInstanceClass").unwrap(), "db.m7g.large");
        assert_eq!(shown.get("PendingModifiedValues").unwrap(), &doc! { "DBInstanceClass": "db.m7g.xlarge", "MultiAZ": true });
        // The world begins on a Thursday; the window is on Sunday at eight.
        live(&mut world, 3 * 86_400 + 8 * 3600);
        assert_eq!(status(&world, &east(), SOURCE), "modifying");
        until(&mut world, &east(), SOURCE, "rebooting");
        assert!(!sight(&world, &east(), SOURCE).up);
        until(&mut world, &east(), SOURCE, "available");
        let instance = &world.regional[&east()].rds.instances[SOURCE];
        assert_eq!((instance.class.as_str(), instance.multi_az), ("db.m7g.xlarge", true));
        assert_eq!(instance.pending, Changes::default());
    }

    #[test]
    fn switching_backups_on_takes_one() {
        let mut world = pair(Engine::Postgres);
        let west = crate::world::testing::west();
        let on = doc! { "DBInstanceIdentifier": REPLICA, "BackupRetentionPeriod": 7, "ApplyImmediately": true };
        done(&mut world, &west, "ModifyDBInstance", on);
        assert_eq!(status(&world, &west, REPLICA), "modifying");
        until(&mut world, &west, REPLICA, "backing-up");
        assert_eq!(refused(&mut world, &west, "PromoteReadReplica", doc! { "DBInstanceIdentifier": REPLICA }), "InvalidDBInstanceState");
        until(&mut world, &west, REPLICA, "available");
        assert!(world.regional[&west].rds.instances[REPLICA].restorable.is_some());
    }

    #[test]
    fn leaving_every_admitting_security_group_is_a_fence() {
        let mut world = pair(Engine::Postgres);
        let groups = Document::list_of("VpcSecurityGroupId", ["sg-isolated"]);
        done(&mut world, &east(), "ModifyDBInstance", change(doc! { "VpcSecurityGroupIds": groups }));
        let fenced = sight(&world, &east(), SOURCE);
        assert!(!fenced.up && !fenced.writable);
        assert_eq!(status(&world, &east(), SOURCE), "available");
    }

    #[test]
    fn a_source_is_not_stopped_and_a_lone_instance_is() {
        let mut world = pair(Engine::Postgres);
        let it = || doc! { "DBInstanceIdentifier": SOURCE };
        assert_eq!(refused(&mut world, &east(), "StopDBInstance", it()), "InvalidDBInstanceState");
        let west = crate::world::testing::west();
        let replica = || doc! { "DBInstanceIdentifier": REPLICA };
        assert_eq!(refused(&mut world, &west, "StopDBInstance", replica()), "InvalidDBInstanceState");
        done(&mut world, &west, "PromoteReadReplica", replica());
        until(&mut world, &west, REPLICA, "available");
        live(&mut world, 1);
        done(&mut world, &east(), "StopDBInstance", it());
        until(&mut world, &east(), SOURCE, "stopped");
        assert!(!sight(&world, &east(), SOURCE).up);
        live(&mut world, 7 * 86_400 - 10);
        assert_eq!(status(&world, &east(), SOURCE), "stopped");
        until(&mut world, &east(), SOURCE, "available");
        assert_eq!(refused(&mut world, &east(), "StartDBInstance", it()), "InvalidDBInstanceState");
    }

    #[test]
    fn impossible_changes_are_refused() {
        let mut world = pair(Engine::Postgres);
        for (input, code) in [
            (doc! { "AllocatedStorage": 50 }, "InvalidParameterCombination"),
            (doc! { "DBInstanceClass": "huge" }, "InvalidParameterValue"),
            (doc! { "BackupRetentionPeriod": 0 }, "InvalidParameterValue"),
            (doc! { "DBParameterGroupName": "none" }, "DBParameterGroupNotFound"),
            (doc! { "NewDBInstanceIdentifier": "other" }, "InvalidParameterValue"),
        ] {
            assert_eq!(refused(&mut world, &east(), "ModifyDBInstance", change(input)), code);
        }
        let over = change(doc! { "ForceFailover": true });
        assert_eq!(refused(&mut world, &east(), "RebootDBInstance", over), "InvalidParameterCombination");
    }

    #[test]
    fn a_dead_process_is_not_seen_by_the_api() {
        let mut world = pair(Engine::Postgres);
        inject(&mut world, Fault::DatabaseDown, &east());
        live(&mut world, 60);
        assert_eq!(status(&world, &east(), SOURCE), "available");
        assert!(!sight(&world, &east(), SOURCE).up);
    }
}
