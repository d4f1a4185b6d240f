//! A zone with a failover name, and health that tests can set at will.

use super::*;
use crate::doc;
use crate::document::Document;
use crate::world::cloudwatch::AlarmState;
use crate::world::testing::{ask, east, live, world};

pub(super) const ONE: &str = "198.51.100.1";
pub(super) const TWO: &str = "203.0.113.1";

/// `example.com` with `one` and `two`, each leading to its site, each with a health check called as the site.
pub(super) fn sites() -> World {
    let mut world = world();
    add_zone(&mut world, "Z1", "example.com");
    for (site, address) in [("one", ONE), ("two", TWO)] {
        watched(&mut world, site);
        let name = format!("{site}.example.com");
        add_record(&mut world, "Z1", RecordSet::simple(&name, RecordKind::A, 60, &[address]).checked(site)).unwrap();
    }
    world
}

/// A health check whose verdict is `set_healthy`'s to say.
pub(super) fn watched(world: &mut World, id: &str) {
    let alarm = Some((east(), id.to_owned()));
    add_health_check(world, id, CheckConfig { alarm, ..CheckConfig::new(CheckKind::CloudwatchMetric) });
}

pub(super) fn set_healthy(world: &mut World, id: &str, healthy: bool) {
    set_alarm_state(world, &east(), id, if healthy { AlarmState::Ok } else { AlarmState::Alarm });
}

pub(super) fn update(world: &mut World, id: &str, member: &str, value: bool) {
    let mut input = doc! { "HealthCheckId": id };
    input.set(member, value);
    ask(world, &east(), "route53", "UpdateHealthCheck", input).unwrap();
}

pub(super) fn change(world: &mut World, edits: &[(&str, &RecordSet)]) -> crate::world::Answer {
    let changes = edits.iter().map(|(action, record)| doc! { "Action": *action, "ResourceRecordSet": record.show() });
    let batch = doc! { "Changes": Document::list(changes) };
    ask(world, &east(), "route53", "ChangeResourceRecordSets", doc! { "HostedZoneId": "Z1", "ChangeBatch": batch })
}

/// The same, lived through until the name servers have it.
pub(super) fn settle(world: &mut World, edits: &[(&str, &RecordSet)]) {
    change(world, edits).unwrap();
    let most = world.timings.record_change.most.as_secs();
    live(world, most + 1);
}

/// The address the name servers give for a name now.
pub(super) fn answered(world: &World, name: &str) -> Vec<String> {
    authoritative(world, name, RecordKind::A).addresses().iter().map(ToString::to_string).collect()
}
