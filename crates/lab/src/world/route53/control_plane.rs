//! Route 53's control plane lives in us-east-1 and is lost with it. Zones that opted in to accelerated recovery get theirs back after about
//! an hour, for the calls that move records and no others ("Route 53 accelerated recovery for managing public DNS records", AWS 2025).

use std::time::Duration;

use drlab_core::domain::Region;

use super::bare;
use crate::world::{Call, Fault, World};

/// Where the control plane lives.
pub(crate) const HOME: &str = "us-east-1";
const RECOVERY: Duration = Duration::from_secs(60 * 60);
/// What works again for zones that opted in.
const RECOVERED: &[&str] = &["ChangeResourceRecordSets", "GetChange", "ListHostedZones", "ListResourceRecordSets"];

/// How the control plane fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlPlane {
    Up,
    Down,
    /// Down, but zones that opted in can be changed from elsewhere.
    Recovered,
}

pub(crate) fn control_plane(world: &World) -> ControlPlane {
    let home = Region::new(HOME);
    let hits = |fault| [Fault::RegionDark, Fault::ControlPlaneDown].contains(&fault);
    let lost = world.faults.active().iter().filter(|active| hits(active.fault) && active.component.is_none());
    let since = lost.filter(|active| active.region.as_ref().is_none_or(|region| *region == home)).map(|active| active.from).min();
    match since {
        None => ControlPlane::Up,
        Some(since) if world.now().since(since) >= RECOVERY && world.route53.zones.values().any(|zone| zone.accelerated) => {
            ControlPlane::Recovered
        }
        Some(_) => ControlPlane::Down,
    }
}

/// Whether a call gets through to a control plane that has only been recovered.
pub(crate) fn recovers(world: &World, call: &Call) -> bool {
    let zone = call.input.get("HostedZoneId").and_then(|id| id.as_text()).and_then(|id| world.route53.zones.get(bare(id)));
    RECOVERED.contains(&call.operation.as_str()) && zone.is_none_or(|zone| zone.accelerated)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doc;
    use crate::world::route53::{accelerate_recovery, add_zone};
    use crate::world::testing::{ask, east, live, world};
    use crate::world::{ActiveFault, Door, Link};

    #[test]
    fn only_zones_that_opted_in_come_back_after_an_hour() {
        let mut world = world();
        add_zone(&mut world, "ZFAST", "fast.example");
        add_zone(&mut world, "ZSLOW", "slow.example");
        accelerate_recovery(&mut world, "ZFAST");
        world.faults.inject(ActiveFault::on(Fault::ControlPlaneDown, &east(), world.now(), None));
        live(&mut world, 3590);
        assert_eq!(world.link(&Door::Route53), Link::BlackHole);
        live(&mut world, 20);
        assert_eq!(world.link(&Door::Route53), Link::Up(Duration::ZERO));
        let list = |world: &mut World, zone: &str| ask(world, &east(), "route53", "ListResourceRecordSets", doc! { "HostedZoneId": zone });
        assert!(list(&mut world, "ZFAST").is_ok());
        assert_eq!(list(&mut world, "ZSLOW").unwrap_err().status, 503);
        assert_eq!(ask(&mut world, &east(), "route53", "ListHealthChecks", doc! {}).unwrap_err().status, 503);
    }
}
