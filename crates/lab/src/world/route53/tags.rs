//! Tags of hosted zones and health checks.

use super::bare;
use super::record::{enumeration, invalid_input};
use crate::doc;
use crate::document::Document;
use crate::world::{Answer, ApiError, Call, World};

/// How many tags one thing may carry.
const MOST_TAGS: usize = 50;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tagged {
    HealthCheck,
    HostedZone,
}

impl Tagged {
    const fn name(self) -> &'static str {
        match self {
            Self::HealthCheck => "healthcheck",
            Self::HostedZone => "hostedzone",
        }
    }
}

/// What a request means to tag, which must exist.
fn subject(world: &World, input: &Document) -> Result<(Tagged, String), ApiError> {
    let id = bare(input.need("ResourceId")?);
    let tagged = match input.need("ResourceType")? {
        "healthcheck" => {
            world.route53.check(id)?;
            Tagged::HealthCheck
        }
        "hostedzone" => {
            world.route53.zone(id)?;
            Tagged::HostedZone
        }
        other => return Err(enumeration("resourceType", other, ["healthcheck", "hostedzone"].into_iter())),
    };
    Ok((tagged, id.to_owned()))
}

pub(super) fn change_tags_for_resource(world: &mut World, call: &Call) -> Answer {
    let subject = subject(world, &call.input)?;
    let mut tags = world.route53.tags.get(&subject).cloned().unwrap_or_default();
    for key in call.input.texts("RemoveTagKeys", "Key") {
        tags.remove(key);
    }
    for tag in call.input.items("AddTags", "Tag") {
        tags.insert(tag.need("Key")?.to_owned(), tag.text("Value")?.unwrap_or_default().to_owned());
    }
    if tags.len() > MOST_TAGS {
        return Err(invalid_input(format!("A resource may have at most {MOST_TAGS} tags")));
    }
    world.route53.tags.insert(subject, tags);
    Ok(doc! {}.into())
}

pub(super) fn list_tags_for_resource(world: &mut World, call: &Call) -> Answer {
    let subject = subject(world, &call.input)?;
    let tags = world.route53.tags.get(&subject).into_iter().flatten().map(|(key, value)| doc! { "Key": key, "Value": value });
    let (tagged, id) = (subject.0.name(), &subject.1);
    Ok(doc! { "ResourceTagSet": doc! { "ResourceType": tagged, "ResourceId": id, "Tags": Document::list_of("Tag", tags) } }.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::route53::add_zone;
    use crate::world::testing::{ask, east, world};

    #[test]
    fn tags_are_added_replaced_and_removed() {
        let mut world = world();
        add_zone(&mut world, "Z1", "example.com");
        let zone = || doc! { "ResourceType": "hostedzone", "ResourceId": "Z1" };
        let mut input = zone();
        input.set("AddTags", Document::list([doc! { "Key": "team", "Value": "a" }, doc! { "Key": "env", "Value": "lab" }]));
        ask(&mut world, &east(), "route53", "ChangeTagsForResource", input).unwrap();
        let mut input = zone();
        input.set("AddTags", doc! { "Tag": doc! { "Key": "team", "Value": "b" } });
        input.set("RemoveTagKeys", doc! { "Key": "env" });
        ask(&mut world, &east(), "route53", "ChangeTagsForResource", input).unwrap();
        let body = ask(&mut world, &east(), "route53", "ListTagsForResource", zone()).unwrap().body;
        let set = body.get("ResourceTagSet").unwrap();
        assert_eq!(set.items("Tags", "Tag"), [&doc! { "Key": "team", "Value": "b" }]);
        let absent = doc! { "ResourceType": "healthcheck", "ResourceId": "none" };
        assert_eq!(ask(&mut world, &east(), "route53", "ListTagsForResource", absent).unwrap_err().code, "NoSuchHealthCheck");
    }
}
