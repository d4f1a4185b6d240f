//! What automation writes down and whom it tells.

use drlab_core::domain::{Region, Timestamp};

use super::deed::{Outcome, Scene, changed};
use super::plan::TablePlan;
use crate::doc;
use crate::document::Document;
use crate::world::json;

fn text(value: impl Into<String>) -> Document {
    doc! { "S": value.into() }
}

/// An item with the table's own key.
fn keyed(table: &TablePlan, workload: &str, at: Timestamp) -> Document {
    let mut item = doc! {};
    item.set(&table.hash, text(workload));
    if let Some(range) = &table.range {
        item.set(range, text(at.to_string()));
    }
    item
}

fn put(scene: &mut Scene<'_>, table: &TablePlan, item: Document) -> Outcome {
    scene.call(&table.region, "dynamodb", "PutItem", doc! { "TableName": &table.name, "Item": item })
}

pub(super) fn record_state(scene: &mut Scene<'_>) -> Outcome {
    let plan = scene.plan;
    let Some(table) = &plan.state else { return Ok(changed(false)) };
    let now = scene.world.now();
    let mut item = keyed(table, &plan.workload, now);
    item.set("active_region", text(plan.target.region.as_str()));
    item.set("previous_region", text(plan.source.region.as_str()));
    item.set("updated_at", text(now.to_string()));
    put(scene, table, item)?;
    Ok(changed(false))
}

pub(super) fn record_test(scene: &mut Scene<'_>) -> Outcome {
    let plan = scene.plan;
    let Some(table) = &plan.results else { return Ok(changed(false)) };
    let now = scene.world.now();
    let passed = scene.found("CheckTarget", "healthy").and_then(Document::as_bool) == Some(true);
    let mut item = keyed(table, &plan.workload, now);
    item.set("kind", text("standby-scale-up"));
    item.set("target_region", text(plan.target.region.as_str()));
    item.set("result", text(if passed { "passed" } else { "failed" }));
    item.set("duration_seconds", doc! { "N": now.since(scene.started).as_secs().to_string() });
    if let Some(cause) = scene.found("Failure", "Cause").and_then(Document::as_text) {
        item.set("cause", text(cause));
    }
    put(scene, table, item)?;
    Ok(doc! { "passed": passed })
}

fn publish(scene: &mut Scene<'_>, subject: &str, message: &Document) -> Outcome {
    let Some(topic) = scene.plan.topic.clone() else { return Ok(changed(false)) };
    let region = region_in(&topic).unwrap_or_else(|| scene.home.clone());
    // SNS refuses longer subjects.
    let subject: String = subject.chars().take(100).collect();
    let input = doc! { "TopicArn": topic, "Subject": subject, "Message": json::text(message) };
    let answer = scene.call(&region, "sns", "Publish", input)?;
    Ok(doc! { "MessageId": answer.get("MessageId").cloned() })
}

/// The region an ARN names.
pub(crate) fn region_in(arn: &str) -> Option<Region> {
    arn.split(':').nth(3).filter(|region| !region.is_empty()).map(Region::new)
}

/// Says that it is done; what was found already done needs no word.
pub(super) fn notify_done(scene: &mut Scene<'_>) -> Outcome {
    if !scene.anything_changed() {
        return Ok(doc! { "published": false });
    }
    let plan = scene.plan;
    let message = doc! {
        "workload": &plan.workload,
        "result": "succeeded",
        "source": plan.source.region.as_str(),
        "target": plan.target.region.as_str(),
        "seconds": scene.world.now().since(scene.started).as_secs(),
    };
    publish(scene, &format!("{}: {} is ready", plan.workload, plan.target.region), &message)
}

pub(super) fn notify_failed(scene: &mut Scene<'_>) -> Outcome {
    let plan = scene.plan;
    let message = doc! {
        "workload": &plan.workload,
        "result": "failed",
        "source": plan.source.region.as_str(),
        "target": plan.target.region.as_str(),
        "error": scene.found("Failure", "Error").cloned(),
        "cause": scene.found("Failure", "Cause").cloned(),
    };
    publish(scene, &format!("{}: automation failed", plan.workload), &message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_names_its_region() {
        assert_eq!(region_in("arn:aws:sns:us-west-2:123456789012:dr"), Some(Region::new("us-west-2")));
        assert_eq!(region_in("dr"), None);
    }
}
