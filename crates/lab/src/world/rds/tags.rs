//! Tags of instances, clusters, global clusters and snapshots.

use super::super::{Answer, ApiError, Call, World};
use super::arn::{Arn, invalid, no_cluster, no_instance, no_snapshot};
use super::describe::tag_list;
use crate::doc;
use crate::document::Document;

pub(super) fn list_tags(world: &mut World, call: &Call) -> Answer {
    let tags = tags_of(world, call)?;
    Ok(doc! { "TagList": tag_list(tags) }.into())
}

pub(super) fn add_tags(world: &mut World, call: &Call) -> Answer {
    let new = read(&call.input, "Tags")?;
    if new.is_empty() {
        return Err(ApiError::missing("Tags"));
    }
    let tags = tags_of(world, call)?;
    for (key, value) in new {
        tags.retain(|(old, _)| *old != key);
        tags.push((key, value));
    }
    tags.sort();
    Ok(Document::Map(Vec::new()).into())
}

/// The tags a request gives.
pub(super) fn read(input: &Document, name: &str) -> Result<Vec<(String, String)>, ApiError> {
    let mut tags = Vec::new();
    for tag in input.items(name, "Tag") {
        let (key, value) = (tag.need("Key")?, tag.text("Value")?.unwrap_or_default());
        if key.is_empty() || key.len() > 128 || value.len() > 256 || key.starts_with("aws:") {
            return Err(invalid(format!("Invalid tag: {key}")));
        }
        tags.push((key.to_owned(), value.to_owned()));
    }
    Ok(tags)
}

fn tags_of<'w>(world: &'w mut World, call: &Call) -> Result<&'w mut Vec<(String, String)>, ApiError> {
    let text = call.input.need("ResourceName")?;
    let wrong = || invalid(format!("The specified resource name does not match an RDS resource in this region: {text}"));
    let arn = Arn::parse(text).ok_or_else(wrong)?;
    let rds = &mut world.here_mut(&call.region)?.rds;
    let name = &arn.name;
    // A global cluster belongs to no region: its ARN names none.
    if arn.region != call.region && arn.kind != "global-cluster" {
        return Err(wrong());
    }
    match arn.kind.as_str() {
        "db" => rds.instances.get_mut(name).map(|instance| &mut instance.tags).ok_or_else(|| no_instance(name)),
        "cluster" => rds.clusters.get_mut(name).map(|cluster| &mut cluster.tags).ok_or_else(|| no_cluster(name)),
        "snapshot" => rds.snapshots.get_mut(name).map(|snapshot| &mut snapshot.tags).ok_or_else(|| no_snapshot(name)),
        "cluster-snapshot" => rds.cluster_snapshots.get_mut(name).map(|snapshot| &mut snapshot.tags).ok_or_else(wrong),
        "global-cluster" => rds.globals.get_mut(name).map(|global| &mut global.tags).ok_or_else(wrong),
        _ => Err(wrong()),
    }
}
