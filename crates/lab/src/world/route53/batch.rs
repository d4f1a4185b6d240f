//! Changes of records: whole batches or nothing, at once in the control plane, later at the name servers.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use drlab_core::domain::Timestamp;

use super::name::{plain, within};
use super::record::{FailoverRole, RecordKind, RecordSet, Routing, Target, enumeration, invalid_input};
use super::zone::{RecordKey, Records, Zone, group};
use super::{Route53, bare, dns_fault};
use crate::doc;
use crate::document::Document;
use crate::world::{Answer, ApiError, Call, Fault, World};

/// How many records one request may change.
const LARGEST_BATCH: usize = 1000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
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

type Edit = (Action, RecordSet);

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
    let arrives = changes.travelling.iter().filter(|earlier| earlier.zone == zone).map(|earlier| earlier.arrives).fold(drawn, Timestamp::max);
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

/// The zone's records after the edits, or everything that is wrong with them.
fn edited(world: &World, zone: &Zone, edits: &[Edit]) -> Result<Records, ApiError> {
    if edits.len() > LARGEST_BATCH {
        return Err(invalid_batch(vec![format!("Number of records limit of {LARGEST_BATCH} exceeded.")]));
    }
    if let Some(check) = edits.iter().filter_map(|(_, record)| record.health_check.as_deref()).find(|id| !world.route53.checks.contains_key(*id))
    {
        return Err(ApiError::new("NoSuchHealthCheck", 404, format!("A health check with id {check} does not exist.")));
    }
    let mut wrong = Vec::new();
    let mut records = zone.records.clone();
    let mut written: BTreeSet<RecordKey> = BTreeSet::new();
    for (action, record) in edits {
        wrong.extend(record.value_faults());
        if !within(&record.name, &zone.name) {
            wrong.push(format!("RRSet with DNS name {} is not permitted in zone {}", record.name, zone.name));
            continue;
        }
        let key = RecordKey::of(record);
        if *action != Action::Delete && !written.insert(key.clone()) {
            wrong.push(format!(
                "The request contains an invalid set of changes for a resource record set '{} {}'",
                record.kind, record.name
            ));
            continue;
        }
        match (action, records.get(&key)) {
            (Action::Create, Some(_)) => wrong.push(format!("Tried to create resource record set {} but it already exists", called(record))),
            (Action::Delete, None) => wrong.push(format!("Tried to delete resource record set {} but it was not found", called(record))),
            (Action::Delete, Some(there)) if there != record => wrong.push(format!(
                "Tried to delete resource record set {} but the values provided do not match the current values",
                called(record)
            )),
            (Action::Delete, Some(_)) => {
                records.remove(&key);
            }
            (Action::Create | Action::Upsert, _) => {
                records.insert(key, record.clone());
            }
        }
    }
    let touched: BTreeMap<&str, ()> = edits.iter().map(|(_, record)| (record.name.as_str(), ())).collect();
    for name in touched.keys() {
        wrong.extend(name_faults(zone, &records, name));
    }
    for (action, record) in edits {
        if *action != Action::Delete {
            wrong.extend(alias_fault(world, zone, &records, record));
        }
    }
    if group(&records, &zone.name, RecordKind::Soa).len() != 1 {
        wrong.push("A HostedZone must contain exactly one SOA record.".to_owned());
    }
    if group(&records, &zone.name, RecordKind::Ns).is_empty() {
        wrong.push("A HostedZone must contain at least one NS record for the zone itself.".to_owned());
    }
    if wrong.is_empty() { Ok(records) } else { Err(invalid_batch(wrong)) }
}

/// What the records of one name do to each other.
fn name_faults(zone: &Zone, records: &Records, name: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let kinds: Vec<RecordKind> = RecordKind::ALL.iter().copied().filter(|kind| !group(records, name, *kind).is_empty()).collect();
    if kinds.contains(&RecordKind::Cname) {
        if name == zone.name {
            wrong.push(format!("RRSet of type CNAME with DNS name {name} is not permitted at apex in zone {}", zone.name));
        } else if kinds.len() > 1 {
            wrong.push(format!(
                "RRSet of type CNAME with DNS name {name} is not permitted as it conflicts with other records with the same DNS name in zone {}",
                zone.name
            ));
        }
    }
    for kind in kinds {
        wrong.extend(group_faults(&group(records, name, kind)));
    }
    wrong
}

/// What the records of one name and type do to each other: one policy for all, each failover role once, a primary that is watched.
fn group_faults(group: &[&RecordSet]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut roles: Vec<FailoverRole> = Vec::new();
    for record in group {
        let policy = record.routing.policy();
        if record.routing != Routing::Simple && group.iter().any(|other| other.routing.policy() != policy) {
            wrong.push(format!("{} cannot be created because a non-{policy} RRSet with the same name and type already exists.", described(record)));
        }
        let Routing::Failover { role, .. } = &record.routing else { continue };
        if roles.contains(role) {
            let name = role.name();
            wrong.push(format!(
                "{} cannot be created because a failover RRSet with the same name, type and failover {name} already exists.",
                described(record)
            ));
        }
        roles.push(*role);
        let watched = record.health_check.is_some() || matches!(record.target, Target::Alias { evaluate: true, .. });
        if *role == FailoverRole::Primary && !watched {
            let kind = if matches!(record.target, Target::Alias { .. }) { "alias" } else { "non-alias" };
            wrong.push(format!("A {kind} primary ResourceRecordSet must have an associated health check. No changes made."));
        }
    }
    wrong
}

/// Why the record's alias leads nowhere, if it does.
fn alias_fault(world: &World, zone: &Zone, records: &Records, record: &RecordSet) -> Option<String> {
    let Target::Alias { zone: target_zone, name, .. } = &record.target else { return None };
    let tried = format!("Tried to create an alias that targets {name}, type {} in zone {target_zone}, but", record.kind);
    if *target_zone == zone.id {
        if !within(name, &zone.name) {
            return Some(format!("{tried} the alias target name does not lie within the target zone"));
        }
        return group(records, name, record.kind).is_empty().then(|| format!("{tried} that target was not found"));
    }
    if let Some(other) = world.route53.zones.get(target_zone) {
        return Some(format!("{tried} it is in the zone {} and not in {}", other.name, zone.name));
    }
    if within(name, &zone.name) {
        return Some(format!("{tried} the alias target name does not lie within the target zone"));
    }
    (!super::answer::is_aws_name(name) || !super::answer::aws_name_exists(world, name)).then(|| format!("{tried} that target was not found"))
}

/// A record set as Route 53's messages name it in brackets.
fn called(record: &RecordSet) -> String {
    let set = record.routing.set().map(|set| format!(", set identifier='{set}'")).unwrap_or_default();
    format!("[name='{}', type='{}'{set}]", record.name, record.kind)
}

fn described(record: &RecordSet) -> String {
    let set = record.routing.set().unwrap_or("null");
    format!("RRSet with DNS name {}, type {}, SetIdentifier {set}", record.name, record.kind)
}

/// Everything that is wrong, in the message as AWS brackets it and one by one.
fn invalid_batch(mut wrong: Vec<String>) -> ApiError {
    let mut seen = BTreeSet::new();
    wrong.retain(|message| seen.insert(message.clone()));
    ApiError::new("InvalidChangeBatch", 400, format!("[{}]", wrong.join(", "))).member("messages", Document::list_of("Message", wrong))
}
