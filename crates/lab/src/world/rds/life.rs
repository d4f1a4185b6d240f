//! The course of an instance's life: what follows on each status when its time is up.

use std::time::Duration;

use drlab_core::domain::Region;

use super::super::{Fault, World};
use super::describe::STOPPED_FOR;
use super::instance::{Changes, Status, draw, instance, instance_mut, tell, turn};
use super::window::maintenance_opens;
use super::{backup, delete, parameters, promote};

/// How long a client's note of its traffic holds.
const NOTE_HOLDS: Duration = Duration::from_secs(2);

pub(super) fn pulse(world: &mut World) {
    let now = world.now();
    let (mut due, mut maintained) = (Vec::new(), Vec::new());
    for (region, regional) in &mut world.regional {
        for instance in regional.rds.instances.values_mut() {
            if instance.noted + NOTE_HOLDS < now || !instance.status.runs() {
                (instance.connections, instance.load) = (0.0, 0.0);
            }
            if instance.until.is_some_and(|until| until <= now) {
                due.push((region.clone(), instance.id.clone()));
            } else if instance.status == Status::Available
                && instance.pending != Changes::default()
                && maintenance_opens(&instance.maintenance_window, now)
            {
                maintained.push((region.clone(), instance.id.clone()));
            }
        }
    }
    for (region, id) in due {
        pass(world, &region, &id);
    }
    for (region, id) in maintained {
        if let Some(instance) = instance_mut(world, &region, &id) {
            let changes = std::mem::take(&mut instance.pending);
            begin_change(world, &region, &id, changes);
        }
    }
    lift_lies(world);
}

/// A lie lasts as long as the liar.
fn lift_lies(world: &mut World) {
    let now = world.now();
    for (region, regional) in &mut world.regional {
        for instance in regional.rds.instances.values_mut().filter(|instance| instance.liar) {
            if !world.faults.hits(Fault::LiarPromotion, region, &instance.id) {
                instance.liar = false;
                world.truth.note(now, Some(region), "rds", &instance.id, "writable");
            }
        }
    }
}

/// Leads an instance from a status whose time is up into the next.
fn pass(world: &mut World, region: &Region, id: &str) {
    let Some(instance) = instance(world, region, id) else { return };
    let promoting = instance.promotion.is_some();
    match instance.status {
        Status::Creating => {
            tell(world, region, id, "creation", "DB instance created");
            come_up(world, region, id);
        }
        Status::Starting => {
            tell(world, region, id, "notification", "DB instance started");
            come_up(world, region, id);
        }
        Status::BackingUp => {
            backup::finish(world, region, id);
            turn(world, region, id, Status::Available, None);
        }
        Status::Modifying if promoting => promote::after_modifying(world, region, id),
        Status::Rebooting if promoting => promote::after_rebooting(world, region, id),
        Status::Modifying => after_modifying(world, region, id),
        Status::Rebooting => {
            after_reboot(world, region, id);
            come_up(world, region, id);
        }
        Status::Stopping => {
            tell(world, region, id, "notification", "DB instance stopped");
            turn(world, region, id, Status::Stopped, Some(STOPPED_FOR));
        }
        Status::Stopped => start(world, region, id),
        Status::Deleting => delete::finish(world, region, id),
        Status::Available => turn(world, region, id, Status::Available, None),
    }
}

pub(super) fn start(world: &mut World, region: &Region, id: &str) {
    let span = world.timings.database_rebooting;
    let lasting = draw(world, region, id, "start", span);
    turn(world, region, id, Status::Starting, Some(lasting));
}

/// The instance works again; the backup it owes comes first.
pub(super) fn come_up(world: &mut World, region: &Region, id: &str) {
    let Some(instance) = instance_mut(world, region, id) else { return };
    let owed = std::mem::take(&mut instance.owes_backup);
    if owed && instance.retention_days > 0 && instance.cluster.is_none() {
        let span = world.timings.promotion_backing_up;
        backup::begin(world, region, id, span);
    } else {
        turn(world, region, id, Status::Available, None);
    }
}

/// What a restart brings into force.
pub(super) fn after_reboot(world: &mut World, region: &Region, id: &str) {
    parameters::reload(world, region, id);
    tell(world, region, id, "availability", "DB instance restarted");
}

pub(super) fn begin_change(world: &mut World, region: &Region, id: &str, changes: Changes) {
    let span = world.timings.database_modifying;
    let lasting = draw(world, region, id, "modify", span);
    if let Some(instance) = instance_mut(world, region, id) {
        instance.changing = changes;
    }
    turn(world, region, id, Status::Modifying, Some(lasting));
}

fn after_modifying(world: &mut World, region: &Region, id: &str) {
    let Some(instance) = instance_mut(world, region, id) else { return };
    let changes = std::mem::take(&mut instance.changing);
    let restarts = changes.class.is_some() || changes.version.is_some();
    if let Some(class) = changes.class {
        instance.class = class;
    }
    if let Some(version) = changes.version {
        instance.version = version;
    }
    if let Some(storage) = changes.storage_gib {
        instance.storage_gib = storage;
    }
    if let Some(multi_az) = changes.multi_az {
        instance.multi_az = multi_az;
    }
    if let Some(days) = changes.retention_days {
        instance.owes_backup = instance.retention_days == 0 && days > 0;
        instance.retention_days = days;
        if days == 0 {
            backup::forget(world, region, id);
        }
    }
    tell(world, region, id, "configuration change", "Finished applying modification to DB instance");
    if restarts {
        let span = world.timings.database_rebooting;
        let lasting = draw(world, region, id, "modify-reboot", span);
        turn(world, region, id, Status::Rebooting, Some(lasting));
    } else {
        come_up(world, region, id);
    }
}
