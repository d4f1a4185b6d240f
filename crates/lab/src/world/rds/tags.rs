//! Tags of instances, clusters, global clusters and snapshots.

use super::super::{Answer, ApiError, Call, World};
use super::arn::{Arn, invalid, no_cluster, no_instance, no_snapshot};
use super::describe::tag_list;
use super::global::alter;
use crate::doc;
use crate::document::Document;

/// The one kind of thing that belongs to no region.
const GLOBAL: &str = "global-cluster";

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
    merge(tags, &new);
    if let Some(global) = call.input.text("ResourceName")?.and_then(Arn::parse).filter(|arn| arn.kind == GLOBAL) {
        alter(world, &global.name, |global| merge(&mut global.tags, &new));
    }
    Ok(Document::Map(Vec::new()).into())
}

fn merge(tags: &mut Vec<(String, String)>, new: &[(String, String)]) {
    for (key, value) in new {
        tags.retain(|(old, _)| old != key);
        tags.push((key.clone(), value.clone()));
    }
    tags.sort();
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
    if arn.region != call.region && arn.kind != GLOBAL {
        return Err(wrong());
    }
    match arn.kind.as_str() {
        "db" => rds.instances.get_mut(name).map(|instance| &mut instance.tags).ok_or_else(|| no_instance(name)),
        "cluster" => rds.clusters.get_mut(name).map(|cluster| &mut cluster.tags).ok_or_else(|| no_cluster(name)),
        "snapshot" => rds.snapshots.get_mut(name).map(|snapshot| &mut snapshot.tags).ok_or_else(|| no_snapshot(name)),
        "cluster-snapshot" => rds.cluster_snapshots.get_mut(name).map(|snapshot| &mut snapshot.tags).ok_or_else(wrong),
        GLOBAL => rds.globals.get_mut(name).map(|global| &mut global.tags).ok_or_else(wrong),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{aurora, refused};
    use super::*;
    use crate::world::testing::{ask, east, west};

    #[test]
    fn tags_of_a_global_cluster_are_the_same_in_every_region() {
        let mut world = aurora();
        let arn = "arn:aws:rds::123456789012:global-cluster:payments";
        let tags = Document::list_of("Tag", [doc! { "Key": "team", "Value": "pay" }]);
        ask(&mut world, &east(), "rds", "AddTagsToResource", doc! { "ResourceName": arn, "Tags": tags }).unwrap();
        let seen = ask(&mut world, &west(), "rds", "ListTagsForResource", doc! { "ResourceName": arn }).unwrap();
        assert_eq!(seen.body, doc! { "TagList": tag_list(&[("team".to_owned(), "pay".to_owned())]) });
    }

    #[test]
    fn a_region_knows_only_its_own_resources() {
        let mut world = aurora();
        let arn = "arn:aws:rds:us-east-1:123456789012:cluster:payments-east";
        assert!(ask(&mut world, &east(), "rds", "ListTagsForResource", doc! { "ResourceName": arn }).is_ok());
        assert_eq!(refused(&mut world, &west(), "ListTagsForResource", doc! { "ResourceName": arn }), "InvalidParameterValue");
    }
}
