//! What Route 53 lets a batch of changes do to a zone, and its words for everything it does not.

use std::collections::BTreeSet;

use super::answer::{aws_name_exists, is_aws_name};
use super::batch::{Action, Edit};
use super::name::within;
use super::record::{FailoverRole, RecordKind, RecordSet, Routing, Target};
use super::zone::{RecordKey, Records, Zone, group};
use crate::document::Document;
use crate::world::{ApiError, World};

/// How many records one request may change.
const LARGEST_BATCH: usize = 1000;

/// The zone's records after the edits, or everything that is wrong with them.
pub(super) fn edited(world: &World, zone: &Zone, edits: &[Edit]) -> Result<Records, ApiError> {
    if edits.len() > LARGEST_BATCH {
        return Err(invalid_batch(vec![format!("Number of records limit of {LARGEST_BATCH} exceeded.")]));
    }
    if let Some(check) =
        edits.iter().filter_map(|(_, record)| record.health_check.as_deref()).find(|id| !world.route53.checks.contains_key(*id))
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
            (Action::Create, Some(_)) => {
                wrong.push(format!("Tried to create resource record set {} but it already exists", called(record)))
            }
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
    let touched: BTreeSet<&str> = edits.iter().map(|(_, record)| record.name.as_str()).collect();
    for name in touched {
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
            wrong.push(format!(
                "{} cannot be created because a non-{policy} RRSet with the same name and type already exists.",
                described(record)
            ));
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
    (!is_aws_name(name) || !aws_name_exists(world, name)).then(|| format!("{tried} that target was not found"))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Answer;
    use crate::world::route53::testing::{ONE, TWO, answered, change, settle, sites};

    fn simple(name: &str, address: &str) -> RecordSet {
        RecordSet::simple(name, RecordKind::A, 60, &[address])
    }

    fn messages(answer: Answer) -> Vec<String> {
        let error = answer.unwrap_err();
        assert_eq!((error.code.as_ref(), error.status), ("InvalidChangeBatch", 400));
        let (_, listed) = error.members.iter().find(|(member, _)| member == "messages").unwrap();
        let listed: Vec<String> = match listed {
            Document::List { items, .. } => items.iter().filter_map(Document::as_text).map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        assert_eq!(error.message, format!("[{}]", listed.join(", ")));
        listed
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let mut world = sites();
        let edits = [
            ("CREATE", &simple("one.example.com", ONE)),
            ("DELETE", &simple("two.example.com", "203.0.113.9")),
            ("DELETE", &simple("three.example.com", ONE)),
            ("UPSERT", &simple("elsewhere.test", ONE)),
            ("UPSERT", &simple("four.example.com", "nonsense")),
        ];
        let told = messages(change(&mut world, &edits));
        assert_eq!(
            told,
            [
                "Tried to create resource record set [name='one.example.com.', type='A'] but it already exists",
                "Tried to delete resource record set [name='two.example.com.', type='A'] but the values provided do not match the current values",
                "Tried to delete resource record set [name='three.example.com.', type='A'] but it was not found",
                "RRSet with DNS name elsewhere.test. is not permitted in zone example.com.",
                "Invalid Resource Record: 'FATAL problem: ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) encountered with 'nonsense''",
            ]
        );
    }

    #[test]
    fn records_of_one_name_must_get_along() {
        let mut world = sites();
        let refused = |world: &mut World, edits: &[(&str, &RecordSet)], part: &str| {
            let told = messages(change(world, edits));
            assert!(told.iter().any(|message| message.contains(part)), "{part}: {told:?}");
        };
        let app = || simple("app.example.com", ONE);
        let primary = |set: &str| app().failover(set, FailoverRole::Primary).checked("one");
        refused(&mut world, &[("CREATE", &app().failover("p", FailoverRole::Primary))], "A non-alias primary ResourceRecordSet must have");
        refused(
            &mut world,
            &[("CREATE", &primary("p")), ("CREATE", &primary("q"))],
            "a failover RRSet with the same name, type and failover PRIMARY",
        );
        refused(&mut world, &[("CREATE", &app()), ("CREATE", &app().weighted("w", 1))], "because a non-weighted RRSet");
        refused(&mut world, &[("CREATE", &primary("p")), ("CREATE", &app().weighted("w", 1))], "because a non-failover RRSet");
        refused(&mut world, &[("CREATE", &app()), ("UPSERT", &app())], "invalid set of changes");
        let cname = |name: &str| RecordSet::simple(name, RecordKind::Cname, 60, &["one.example.com"]);
        refused(&mut world, &[("CREATE", &cname("one.example.com"))], "conflicts with other records");
        refused(&mut world, &[("CREATE", &cname("example.com"))], "not permitted at apex");
        let alias = |target: &str, evaluate| RecordSet::alias("app.example.com", RecordKind::A, "Z1", target, evaluate);
        refused(&mut world, &[("CREATE", &alias("none.example.com", false))], "but that target was not found");
        refused(&mut world, &[("CREATE", &alias("one.example.org", false))], "does not lie within the target zone");
        refused(
            &mut world,
            &[("CREATE", &alias("one.example.com", false).failover("p", FailoverRole::Primary))],
            "must have an associated",
        );
        let unknown = change(&mut world, &[("CREATE", &app().checked("none"))]).unwrap_err();
        assert_eq!((unknown.code.as_ref(), unknown.status), ("NoSuchHealthCheck", 404));
        // What is allowed: an alias that evaluates its target is watched; a CNAME may give way to an address in one batch.
        settle(&mut world, &[("CREATE", &alias("one.example.com", true).failover("p", FailoverRole::Primary))]);
        settle(&mut world, &[("CREATE", &cname("moved.example.com"))]);
        settle(&mut world, &[("DELETE", &cname("moved.example.com")), ("CREATE", &simple("moved.example.com", TWO))]);
        assert_eq!(answered(&world, "moved.example.com"), [TWO]);
    }

    #[test]
    fn a_zone_keeps_its_soa_and_its_name_servers() {
        let mut world = sites();
        let apex: Vec<RecordSet> =
            world.route53.zone("Z1").unwrap().records.values().filter(|r| r.name == "example.com.").cloned().collect();
        for record in &apex {
            assert!(messages(change(&mut world, &[("DELETE", record)]))[0].starts_with("A HostedZone must contain"), "{}", record.kind);
        }
    }
}
