//! Changes of records: whole batches or nothing, at once in the control plane, later at the name servers.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use drlab_core::domain::Timestamp;

use super::name::plain;
use super::record::{RecordSet, enumeration, invalid_input};
use super::rules::edited;
use super::zone::{RecordKey, Records};
use super::{Route53, bare, dns_fault};
use crate::doc;
use crate::document::Document;
use crate::world::{Answer, ApiError, Call, Fault, World};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Create,
    Delete,
    Upsert,
}

impl Action {
    fn read(input: &Document) -> Result<(Self, &str), ApiError> {
        let word = input.need("Action")?;
        let action = match word {
            "CREATE" => Self::Create,
            "DELETE" => Self::Delete,
            "UPSERT" => Self::Upsert,
            other => return Err(enumeration("Action", other, ["CREATE", "DELETE", "UPSERT"].into_iter())),
        };
        Ok((action, word))
    }
}

pub(super) type Edit = (Action, RecordSet);

/// All changes ever made, and those on their way to the name servers.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes {
    known: BTreeMap<String, Change>,
    /// In the order in which they were submitted, which is the order in which a zone's name servers take them.
    travelling: VecDeque<Journey>,
}

#[derive(Clone, Debug)]
struct Change {
    submitted: Timestamp,
    comment: Option<String>,
    insync: bool,
}

#[derive(Clone, Debug)]
struct Journey {
    change: String,
    zone: String,
    arrives: Timestamp,
    edits: Vec<Edit>,
}

/// Installs a record as if it had always been there; refused for the reasons for which Route 53 would refuse it.
pub fn add_record(world: &mut World, zone: &str, record: RecordSet) -> Result<(), ApiError> {
    let edits = vec![(Action::Create, record)];
    let records = edited(world, world.route53.zone(zone)?, &edits)?;
    if let Some(zone) = world.route53.zones.get_mut(bare(zone)) {
        zone.records = records;
        apply(&mut zone.served, &edits);
    }
    Ok(())
}

pub(super) fn change_resource_record_sets(world: &mut World, call: &Call) -> Answer {
    let zone = world.route53.zone(call.input.need("HostedZoneId")?)?;
    let batch = call.input.get("ChangeBatch").ok_or_else(|| ApiError::missing("ChangeBatch"))?;
    let comment = batch.text("Comment")?.map(str::to_owned);
    let mut edits = Vec::new();
    for change in batch.items("Changes", "Change") {
        let (action, word) = Action::read(change)?;
        let record = change.get("ResourceRecordSet").ok_or_else(|| ApiError::missing("ResourceRecordSet"))?;
        edits.push((action, RecordSet::read(record, word)?));
    }
    if edits.is_empty() {
        return Err(invalid_input("Invalid request: ChangeBatch must contain at least one Change"));
    }
    let records = edited(world, zone, &edits)?;
    let id = zone.id.clone();
    let change = submit(world, &id, records, edits, comment);
    show(&world.route53, &change)
}

pub(super) fn get_change(world: &mut World, call: &Call) -> Answer {
    show(&world.route53, bare(call.input.need("Id")?))
}

fn show(route53: &Route53, id: &str) -> Answer {
    let change = route53.changes.known.get(id);
    let change = change.ok_or_else(|| ApiError::new("NoSuchChange", 404, format!("Could not find resource with ID: {id}")))?;
    let info = doc! {
        "Id": format!("/change/{id}"),
        "Status": if change.insync { "INSYNC" } else { "PENDING" },
        "SubmittedAt": change.submitted,
        "Comment": change.comment.as_ref(),
    };
    Ok(doc! { "ChangeInfo": info }.into())
}

/// Takes the new records into the control plane and sends the edits on their way.
fn submit(world: &mut World, zone: &str, records: Records, edits: Vec<Edit>, comment: Option<String>) -> String {
    let now = world.now();
    let nth = world.route53.changes.known.len();
    let id = format!("C{}", world.chance.hex(("change", zone, nth), 20).to_uppercase());
    let slow = dns_fault(world, Fault::DnsSlow, |component| concerns(component, zone, &edits));
    let span = if slow { world.timings.record_change_slow } else { world.timings.record_change };
    let drawn = now + world.chance.between(("record change", zone, nth), span);
    let changes = &mut world.route53.changes;
    let arrives =
        changes.travelling.iter().filter(|earlier| earlier.zone == zone).map(|earlier| earlier.arrives).fold(drawn, Timestamp::max);
    changes.known.insert(id.clone(), Change { submitted: now, comment, insync: false });
    changes.travelling.push_back(Journey { change: id.clone(), zone: zone.to_owned(), arrives, edits });
    if let Some(zone) = world.route53.zones.get_mut(zone) {
        zone.records = records;
    }
    world.truth.note(now, None, "dns", &id, "PENDING");
    id
}

/// Whether a fault's component names this zone or one of the records.
fn concerns(component: &str, zone: &str, edits: &[Edit]) -> bool {
    component == zone || edits.iter().any(|(_, record)| plain(&record.name) == plain(component))
}

/// What has arrived is INSYNC, and served: unless somebody lies about it.
pub(super) fn pulse(world: &mut World) {
    let now = world.now();
    if world.route53.changes.travelling.iter().all(|journey| journey.arrives > now) {
        return;
    }
    let mut held: BTreeSet<String> = BTreeSet::new();
    for journey in std::mem::take(&mut world.route53.changes.travelling) {
        if journey.arrives > now {
            world.route53.changes.travelling.push_back(journey);
            continue;
        }
        if let Some(change) = world.route53.changes.known.get_mut(&journey.change)
            && !change.insync
        {
            change.insync = true;
            world.truth.note(now, None, "dns", &journey.change, "INSYNC");
        }
        let lying = dns_fault(world, Fault::LiarInsync, |component| concerns(component, &journey.zone, &journey.edits));
        if lying || held.contains(&journey.zone) {
            held.insert(journey.zone.clone());
            world.route53.changes.travelling.push_back(journey);
            continue;
        }
        if let Some(zone) = world.route53.zones.get_mut(&journey.zone) {
            apply(&mut zone.served, &journey.edits);
        }
        world.truth.note(now, None, "dns", &journey.change, "served");
    }
}

fn apply(records: &mut Records, edits: &[Edit]) {
    for (action, record) in edits {
        let key = RecordKey::of(record);
        match action {
            Action::Delete => records.remove(&key),
            Action::Create | Action::Upsert => records.insert(key, record.clone()),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::ActiveFault;
    use crate::world::route53::record::{FailoverRole, RecordKind};
    use crate::world::route53::testing::{ONE, TWO, answered, change, sites, watched};
    use crate::world::testing::{ask, east, live};
    use proptest::prelude::*;

    fn simple(name: &str, address: &str) -> RecordSet {
        RecordSet::simple(name, RecordKind::A, 60, &[address])
    }

    fn status(world: &mut World, id: &str) -> String {
        let body = ask(world, &east(), "route53", "GetChange", doc! { "Id": id }).unwrap().body;
        body.get("ChangeInfo").unwrap().need("Status").unwrap().to_owned()
    }

    fn submitted(answer: Answer) -> String {
        answer.unwrap().body.get("ChangeInfo").unwrap().need("Id").unwrap().to_owned()
    }

    #[test]
    fn a_change_is_pending_until_it_is_served() {
        let mut world = sites();
        let id = submitted(change(&mut world, &[("UPSERT", &simple("one.example.com", TWO))]));
        assert!(id.starts_with("/change/C"));
        assert_eq!((status(&mut world, &id).as_str(), answered(&world, "one.example.com")), ("PENDING", vec![ONE.to_owned()]));
        live(&mut world, 14);
        assert_eq!(status(&mut world, &id), "PENDING");
        live(&mut world, 47);
        assert_eq!((status(&mut world, bare(&id)).as_str(), answered(&world, "one.example.com")), ("INSYNC", vec![TWO.to_owned()]));
        let unknown = ask(&mut world, &east(), "route53", "GetChange", doc! { "Id": "C000" }).unwrap_err();
        assert_eq!((unknown.code.as_ref(), unknown.status), ("NoSuchChange", 404));
    }

    #[test]
    fn later_changes_of_a_zone_never_overtake_earlier_ones() {
        let mut world = sites();
        let mut newest = 0;
        let mut look = |world: &World| {
            let served = answered(world, "one.example.com")[0].rsplit('.').next().unwrap().parse::<u8>().unwrap();
            assert!(served >= newest, "{served} came after {newest}");
            newest = served;
        };
        for nth in 10..40 {
            change(&mut world, &[("UPSERT", &simple("one.example.com", &format!("198.51.100.{nth}")))]).unwrap();
            live(&mut world, 1);
            look(&world);
        }
        for _ in 0..60 {
            live(&mut world, 1);
            look(&world);
        }
        assert_eq!(newest, 39);
    }

    #[test]
    fn a_liar_says_insync_and_serves_the_old_answer_until_it_is_lifted() {
        let mut world = sites();
        let now = world.now();
        let lie = ActiveFault { component: Some("one.example.com".to_owned()), ..ActiveFault::on(Fault::LiarInsync, &east(), now, None) };
        world.faults.inject(lie);
        let id = submitted(change(&mut world, &[("UPSERT", &simple("one.example.com", TWO))]));
        live(&mut world, 300);
        assert_eq!((status(&mut world, &id).as_str(), answered(&world, "one.example.com")), ("INSYNC", vec![ONE.to_owned()]));
        world.faults.lift(Fault::LiarInsync);
        live(&mut world, 1);
        assert_eq!(answered(&world, "one.example.com"), [TWO]);
    }

    #[test]
    fn slow_dns_takes_minutes() {
        let mut world = sites();
        let now = world.now();
        world.faults.inject(ActiveFault::on(Fault::DnsSlow, &east(), now, None));
        let id = submitted(change(&mut world, &[("UPSERT", &simple("one.example.com", TWO))]));
        live(&mut world, 179);
        assert_eq!((status(&mut world, &id).as_str(), answered(&world, "one.example.com")), ("PENDING", vec![ONE.to_owned()]));
        live(&mut world, 422);
        assert_eq!(answered(&world, "one.example.com"), [TWO]);
    }

    fn edit() -> impl Strategy<Value = (&'static str, RecordSet)> {
        let action = prop_oneof![Just("CREATE"), Just("DELETE"), Just("UPSERT")];
        let name = prop_oneof![Just("one.example.com"), Just("two.example.com"), Just("app.example.com"), Just("outside.test")];
        let address = prop_oneof![Just(ONE), Just(TWO), Just("bad")];
        (action, name, address, 0..4u8).prop_map(|(action, name, address, routing)| {
            let record = simple(name, address);
            let record = match routing {
                0 => record,
                1 => record.weighted("w", 1),
                2 => record.failover("p", FailoverRole::Primary).checked("one"),
                _ => record.failover("s", FailoverRole::Secondary),
            };
            (action, if name.starts_with("app") { record } else { record.checked("one") })
        })
    }

    proptest! {
        #[test]
        fn a_batch_happens_whole_or_not_at_all(edits in proptest::collection::vec(edit(), 1..5)) {
            let mut world = sites();
            watched(&mut world, "one");
            let before = world.route53.zone("Z1").unwrap().clone();
            let borrowed: Vec<(&str, &RecordSet)> = edits.iter().map(|(action, record)| (*action, record)).collect();
            let accepted = change(&mut world, &borrowed).is_ok();
            let at_once = world.route53.zone("Z1").unwrap().clone();
            prop_assert_eq!(&at_once.served, &before.served);
            live(&mut world, 61);
            let after = world.route53.zone("Z1").unwrap();
            prop_assert_eq!(&after.served, &after.records);
            if accepted {
                let mut expected = before.records;
                for (action, record) in &edits {
                    let key = RecordKey::of(record);
                    if *action == "DELETE" { expected.remove(&key); } else { expected.insert(key, record.clone()); }
                }
                prop_assert_eq!(&at_once.records, &expected);
            } else {
                prop_assert_eq!(&at_once.records, &before.records);
            }
        }
    }
}
