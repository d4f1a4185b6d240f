//! The record: where each of its sets is to lead, and whether the change has arrived.

use drlab_core::domain::Region;

use super::deed::{Failure, Outcome, Scene, changed};
use super::plan::{Lead, RecordPlan};
use crate::doc;
use crate::document::Document;

fn leads(lead: &Lead) -> Document {
    match lead {
        Lead::Alias { zone, name, evaluate } => {
            doc! { "AliasTarget": doc! { "HostedZoneId": zone, "DNSName": name, "EvaluateTargetHealth": *evaluate } }
        }
        Lead::Values { ttl, values } => doc! {
            "TTL": *ttl,
            "ResourceRecords": Document::list_of("ResourceRecord", values.iter().map(|value| doc! { "Value": value })),
        },
    }
}

/// Names as Route 53 keeps them end in a dot, and letters have no case.
fn same_name(left: &str, right: &str) -> bool {
    left.trim_end_matches('.').eq_ignore_ascii_case(right.trim_end_matches('.'))
}

/// Whether a record set leads there already.
fn leads_there(set: &Document, lead: &Lead) -> bool {
    match lead {
        Lead::Alias { name, .. } => {
            let to = set.get("AliasTarget").and_then(|alias| alias.get("DNSName")).and_then(Document::as_text);
            to.is_some_and(|to| same_name(to, name))
        }
        Lead::Values { values, .. } => {
            let mut found: Vec<_> =
                set.items("ResourceRecords", "ResourceRecord").into_iter().filter_map(|record| record.get("Value")?.as_text()).collect();
            let mut wanted: Vec<_> = values.iter().map(String::as_str).collect();
            found.sort_unstable();
            wanted.sort_unstable();
            found == wanted
        }
    }
}

pub(super) fn flip(scene: &mut Scene<'_>) -> Outcome {
    let plan = scene.plan;
    let Some(record) = &plan.record else { return Err(Failure::new("Plan.Incomplete", "the plan names no record")) };
    // Route 53's control plane is one, in us-east-1.
    let at = Region::new("us-east-1");
    let input = doc! { "HostedZoneId": &record.zone, "StartRecordName": &record.name, "StartRecordType": &record.kind, "MaxItems": "100" };
    let listed = scene.call(&at, "route53", "ListResourceRecordSets", input)?;
    let changes = changes(record, &listed);
    if changes.is_empty() {
        return Ok(changed(false));
    }
    let input = doc! {
        "HostedZoneId": &record.zone,
        "ChangeBatch": doc! { "Comment": format!("{}: turned to {}", plan.workload, plan.target.region), "Changes": Document::list_of("Change", changes) },
    };
    let answer = scene.call(&at, "route53", "ChangeResourceRecordSets", input)?;
    let change = answer.get("ChangeInfo").and_then(|info| info.get("Id")).cloned();
    Ok(doc! { "changed": true, "change": change })
}

/// The record sets that do not yet lead where they should, as they are to be.
fn changes(record: &RecordPlan, listed: &Document) -> Vec<Document> {
    let mut changes = Vec::new();
    for set in listed.items("ResourceRecordSets", "ResourceRecordSet") {
        let text = |member| set.get(member).and_then(Document::as_text).unwrap_or("");
        if !same_name(text("Name"), &record.name) || text("Type") != record.kind {
            continue;
        }
        let Some((_, lead)) = record.leads.iter().find(|(id, _)| id == text("SetIdentifier")) else { continue };
        if leads_there(set, lead) {
            continue;
        }
        let Document::Map(members) = set else { continue };
        let kept = members.iter().filter(|(member, _)| !matches!(member.as_str(), "AliasTarget" | "TTL" | "ResourceRecords"));
        let Document::Map(new) = leads(lead) else { continue };
        changes.push(doc! { "Action": "UPSERT", "ResourceRecordSet": Document::Map(kept.cloned().chain(new).collect()) });
    }
    changes
}

pub(super) fn inspect_change(scene: &mut Scene<'_>) -> Outcome {
    let Some(id) = scene.found("FlipRecord", "change").and_then(Document::as_text).map(str::to_owned) else {
        return Ok(doc! { "status": "INSYNC" });
    };
    let answer = scene.call(&Region::new("us-east-1"), "route53", "GetChange", doc! { "Id": id })?;
    Ok(doc! { "status": answer.get("ChangeInfo").and_then(|info| info.get("Status")).cloned() })
}

#[cfg(test)]
mod tests {
    use super::super::graph::tests::plan;
    use super::*;

    #[test]
    fn only_what_leads_elsewhere_is_changed() {
        let set = |id: &str, to: &str| {
            doc! {
                "Name": "APP.example.com.", "Type": "A", "SetIdentifier": id, "Failover": "PRIMARY", "TTL": 60, "HealthCheckId": "hc-1",
                "ResourceRecords": Document::list_of("ResourceRecord", [doc! { "Value": to }]),
            }
        };
        let record = plan().record.unwrap();
        let other = doc! { "Name": "other.example.com.", "Type": "A", "SetIdentifier": "primary" };
        let listed = |to| doc! { "ResourceRecordSets": Document::list_of("ResourceRecordSet", [set("primary", to), set("secondary", to), other.clone()]) };
        assert_eq!(changes(&record, &listed("203.0.113.1")), vec![]);
        let turned = changes(&record, &listed("198.51.100.1"));
        assert_eq!(turned.len(), 1);
        let set = turned[0].get("ResourceRecordSet").unwrap();
        assert_eq!(set.get("HealthCheckId"), Some(&"hc-1".into()));
        assert!(leads_there(set, &record.leads[0].1));
    }
}
