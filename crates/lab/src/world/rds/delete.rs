//! The end of an instance, and what becomes of those that lived off it.

use drlab_core::domain::Region;

use super::super::{Answer, Call, World};
use super::arn::{combination, instance_state};
use super::backup::KeptBackup;
use super::describe::answer;
use super::instance::{Status, draw, instance, named, tell, turn};
use super::{backup, snapshot};

pub(super) fn delete_instance(world: &mut World, call: &Call) -> Answer {
    let (input, region) = (&call.input, &call.region);
    let instance = named(world, region, input.need("DBInstanceIdentifier")?)?;
    let id = instance.id.clone();
    if instance.deletion_protection {
        return Err(combination("Cannot delete protected DB Instance, please disable deletion protection and try again."));
    }
    if instance.status == Status::Deleting {
        return Err(instance_state(format!("Instance {id} is already being deleted.")));
    }
    let bare = instance.cluster.is_some() || instance.replication.is_some();
    let final_name = input.text("FinalDBSnapshotIdentifier")?;
    let skip = input.bool("SkipFinalSnapshot")?.unwrap_or(false);
    match (skip, final_name) {
        (true, Some(_)) => return Err(combination("FinalDBSnapshotIdentifier cannot be specified when SkipFinalSnapshot is true.")),
        (false, None) if !bare => return Err(combination("FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.")),
        (false, Some(_)) if bare => {
            return Err(instance_state("Cannot create a final snapshot of a read replica or an Aurora DB instance."));
        }
        (false, Some(_)) if !instance.status.runs() && instance.status != Status::Stopped => {
            return Err(instance_state(format!("Cannot create a final snapshot: {id} is currently {}.", instance.status.name())));
        }
        _ => {}
    }
    if let Some(name) = final_name {
        snapshot::begin(world, region, &id, name, Vec::new())?;
    }
    if !input.bool("DeleteAutomatedBackups")?.unwrap_or(true) {
        keep_backups(world, region, &id);
    }
    let span = if final_name.is_some() { world.timings.snapshot_creating } else { world.timings.database_rebooting };
    let lasting = draw(world, region, &id, "delete", span);
    turn(world, region, &id, Status::Deleting, Some(lasting));
    answer(world, region, &id)
}

fn keep_backups(world: &mut World, region: &Region, id: &str) {
    let Some(kept) = instance(world, region, id).and_then(|instance| KeptBackup::retained(world, region, instance)) else { return };
    if let Some(here) = world.regional.get_mut(region) {
        here.rds.backups.insert(kept.arn.clone(), kept);
    }
}

/// The instance is gone. Its replicas, its source and its cluster find out in their own pulses.
pub(super) fn finish(world: &mut World, region: &Region, id: &str) {
    let now = world.now();
    tell(world, region, id, "deletion", "DB instance deleted");
    backup::forget(world, region, id);
    if let Some(here) = world.regional.get_mut(region) {
        here.rds.instances.remove(id);
    }
    world.truth.note(now, Some(region), "rds", id, "deleted");
}

#[cfg(test)]
mod tests {
    use super::super::fixture::*;
    use super::super::{Engine, SnapshotStatus};
    use crate::doc;
    use crate::world::testing::{east, live, west};

    #[test]
    fn protection_and_the_final_snapshot_are_insisted_on() {
        let mut world = pair(Engine::Postgres);
        let it = || doc! { "DBInstanceIdentifier": SOURCE };
        assert_eq!(refused(&mut world, &east(), "DeleteDBInstance", it()), "InvalidParameterCombination");
        done(&mut world, &east(), "ModifyDBInstance", doc! { "DBInstanceIdentifier": SOURCE, "DeletionProtection": true });
        let skip = doc! { "DBInstanceIdentifier": SOURCE, "SkipFinalSnapshot": true };
        assert_eq!(refused(&mut world, &east(), "DeleteDBInstance", skip), "InvalidParameterCombination");
        let named = doc! { "DBInstanceIdentifier": REPLICA, "FinalDBSnapshotIdentifier": "last" };
        assert_eq!(refused(&mut world, &west(), "DeleteDBInstance", named), "InvalidDBInstanceState");
    }

    #[test]
    fn the_final_snapshot_holds_everything_and_the_name_leads_nowhere_afterwards() {
        let mut world = pair(Engine::Postgres);
        write(&mut world, &east(), SOURCE, 30);
        let endpoint = host(&world, &east(), SOURCE);
        let named = doc! { "DBInstanceIdentifier": SOURCE, "FinalDBSnapshotIdentifier": "last", "DeleteAutomatedBackups": false };
        done(&mut world, &east(), "DeleteDBInstance", named);
        assert_eq!(status(&world, &east(), SOURCE), "deleting");
        live(&mut world, 600);
        let rds = &world.regional[&east()].rds;
        assert!(super::super::database_at(&world, &endpoint).is_none());
        assert_eq!(rds.snapshots["last"].status, SnapshotStatus::Available);
        assert_eq!(world.ledger.held(rds.snapshots["last"].timeline, rds.snapshots["last"].taken_at), 1500);
        let kept = done(&mut world, &east(), "DescribeDBInstanceAutomatedBackups", doc! {});
        assert_eq!(kept.items("DBInstanceAutomatedBackups", "DBInstanceAutomatedBackup")[0].need("Status").unwrap(), "retained");
    }
}
