//! What ECR answers.

use drlab_core::domain::Region;

use super::registry::{Image, Repository};
use crate::doc;
use crate::document::Document;
use crate::world::pages::page;
use crate::world::{Answer, ApiError, Call, World};

pub(super) fn describe_repositories(world: &mut World, call: &Call) -> Answer {
    own_registry(world, call)?;
    let known = &world.here(&call.region)?.ecr.repositories;
    let names = call.input.texts("repositoryNames", "member");
    let chosen: Vec<&Repository> = if names.is_empty() {
        known.values().collect()
    } else {
        names.into_iter().map(|name| known.get(name).ok_or_else(|| no_repository(world, name))).collect::<Result<_, _>>()?
    };
    let (chosen, next) = paged(call, chosen, |repository| repository.name.clone())?;
    let described = chosen.into_iter().map(|repository| describe_repository(world, &call.region, repository));
    Ok(doc! { "repositories": Document::list(described), "nextToken": next }.into())
}

pub(super) fn describe_images(world: &mut World, call: &Call) -> Answer {
    own_registry(world, call)?;
    let repository = repository(world, call)?;
    let ids = call.input.items("imageIds", "member");
    let tagged = call.input.get("filter").map(|filter| filter.text("tagStatus")).transpose()?.flatten();
    let mut chosen = Vec::new();
    if ids.is_empty() {
        chosen.extend(repository.images.iter().filter(|image| match tagged {
            Some("TAGGED") => !image.tags.is_empty(),
            Some("UNTAGGED") => image.tags.is_empty(),
            _ => true,
        }));
    } else {
        for id in ids {
            chosen.push(image(world, repository, id)?);
        }
    }
    chosen.sort_by(|a, b| a.digest.cmp(&b.digest));
    let (chosen, next) = paged(call, chosen, |image| image.digest.clone())?;
    let described = chosen.into_iter().map(|image| {
        doc! {
            "registryId": world.account.clone(),
            "repositoryName": &repository.name,
            "imageDigest": &image.digest,
            "imageTags": (!image.tags.is_empty()).then(|| Document::list(&image.tags)),
            "imageSizeInBytes": image.bytes,
            "imagePushedAt": image.pushed_at,
            "imageManifestMediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "artifactMediaType": "application/vnd.docker.container.image.v1+json",
            "imageStatus": "ACTIVE",
        }
    });
    Ok(doc! { "imageDetails": Document::list(described), "nextToken": next }.into())
}

pub(super) fn describe_image_replication_status(world: &mut World, call: &Call) -> Answer {
    own_registry(world, call)?;
    let repository = repository(world, call)?;
    let id = call.input.get("imageId").ok_or_else(|| ApiError::missing("imageId"))?;
    let found = image(world, repository, id)?;
    let statuses = found.replicas.iter().map(|(region, replica)| {
        doc! { "region": region.as_str(), "registryId": world.account.clone(), "status": replica.status.name() }
    });
    Ok(doc! {
        "repositoryName": &repository.name,
        "imageId": doc! { "imageDigest": &found.digest, "imageTag": id.text("imageTag")? },
        "replicationStatuses": Document::list(statuses),
    }
    .into())
}

pub(super) fn describe_registry(world: &mut World, call: &Call) -> Answer {
    let account = world.account.clone();
    let rules = world.here(&call.region)?.ecr.replication.iter().map(|rule| {
        let destinations = rule.destinations.iter().map(|region| doc! { "region": region.as_str(), "registryId": account.clone() });
        let filters = rule.prefixes.iter().map(|prefix| doc! { "filter": prefix, "filterType": "PREFIX_MATCH" });
        doc! {
            "destinations": Document::list(destinations),
            "repositoryFilters": (!rule.prefixes.is_empty()).then(|| Document::list(filters)),
        }
    });
    let configuration = doc! { "rules": Document::list(rules) };
    Ok(doc! { "registryId": account, "replicationConfiguration": configuration }.into())
}

fn describe_repository(world: &World, region: &Region, repository: &Repository) -> Document {
    doc! {
        "repositoryArn": world.arn("ecr", region, &format!("repository/{}", repository.name)),
        "registryId": world.account.clone(),
        "repositoryName": &repository.name,
        "repositoryUri": format!("{}.dkr.ecr.{region}.amazonaws.com/{}", world.account, repository.name),
        "createdAt": repository.created_at,
        "imageTagMutability": if repository.immutable { "IMMUTABLE" } else { "MUTABLE" },
        "imageScanningConfiguration": doc! { "scanOnPush": repository.scan_on_push },
        "encryptionConfiguration": doc! { "encryptionType": "AES256" },
    }
}

/// The lab holds one account's registry.
fn own_registry(world: &World, call: &Call) -> Result<(), ApiError> {
    match call.input.text("registryId")? {
        Some(other) if other != world.account => {
            let name = call.input.text("repositoryName")?.unwrap_or_default();
            let says = format!("The repository with name '{name}' does not exist in the registry with id '{other}'");
            Err(ApiError::new("RepositoryNotFoundException", 400, says))
        }
        _ => Ok(()),
    }
}

fn repository<'w>(world: &'w World, call: &Call) -> Result<&'w Repository, ApiError> {
    let name = call.input.need("repositoryName")?;
    world.here(&call.region)?.ecr.repositories.get(name).ok_or_else(|| no_repository(world, name))
}

fn image<'r>(world: &World, repository: &'r Repository, id: &Document) -> Result<&'r Image, ApiError> {
    let (digest, tag) = (id.text("imageDigest")?, id.text("imageTag")?);
    if digest.is_none() && tag.is_none() {
        return Err(invalid("Invalid parameter at 'imageIds' failed to satisfy constraint: 'Member must have imageDigest or imageTag'"));
    }
    repository.image(digest, tag).ok_or_else(|| {
        let (digest, tag) = (digest.unwrap_or("null"), tag.unwrap_or("null"));
        let (name, account) = (&repository.name, &world.account);
        let says = format!(
            "The image with imageId {{imageDigest:'{digest}', imageTag:'{tag}'}} does not exist within the repository with name '{name}' in the registry with id '{account}'"
        );
        ApiError::new("ImageNotFoundException", 400, says)
    })
}

fn no_repository(world: &World, name: &str) -> ApiError {
    let says = format!("The repository with name '{name}' does not exist in the registry with id '{}'", world.account);
    ApiError::new("RepositoryNotFoundException", 400, says)
}

fn invalid(says: &str) -> ApiError {
    ApiError::new("InvalidParameterException", 400, says)
}

fn paged<T>(call: &Call, items: Vec<T>, key: impl Fn(&T) -> String) -> Result<(Vec<T>, Option<String>), ApiError> {
    let limit = match call.input.int("maxResults")? {
        None => 100,
        Some(given) => match usize::try_from(given) {
            Ok(limit @ 1..=1000) => limit,
            _ => {
                return Err(invalid("Invalid parameter at 'maxResults' failed to satisfy constraint: 'Member must be between 1 and 1000'"));
            }
        },
    };
    page(&call.operation, items, key, call.input.text("nextToken")?, limit)
        .ok_or_else(|| invalid("Invalid parameter at 'nextToken' failed to satisfy constraint: 'Invalid token'"))
}

#[cfg(test)]
mod tests {
    use super::super::{add_image, add_repository, push_image, replicate};
    use super::*;
    use crate::world::testing::{ask, east, live, west, world};

    #[test]
    fn the_registry_tells_its_rules_and_an_images_way() {
        let mut world = world();
        replicate(&mut world, &east(), &west(), &[]).unwrap();
        add_repository(&mut world, &east(), "app").unwrap();
        push_image(&mut world, &east(), "app", "v1").unwrap();
        let status = |world: &mut World| {
            let input = doc! { "repositoryName": "app", "imageId": doc! { "imageTag": "v1" } };
            let body = ask(world, &east(), "ecr", "DescribeImageReplicationStatus", input).unwrap().body;
            body.items("replicationStatuses", "member")[0].text("status").unwrap().map(str::to_owned)
        };
        assert_eq!(status(&mut world).as_deref(), Some("IN_PROGRESS"));
        live(&mut world, 200);
        assert_eq!(status(&mut world).as_deref(), Some("COMPLETE"));
        let body = ask(&mut world, &east(), "ecr", "DescribeRegistry", doc! {}).unwrap().body;
        let rules = body.get("replicationConfiguration").unwrap().items("rules", "member");
        assert_eq!(rules[0].items("destinations", "member")[0].text("region").unwrap(), Some("us-west-2"));
    }

    #[test]
    fn what_is_missing_is_said_with_awss_codes() {
        let mut world = world();
        add_repository(&mut world, &east(), "app").unwrap();
        add_image(&mut world, &east(), "app", "v1").unwrap();
        let code = |world: &mut World, operation, input| ask(world, &east(), "ecr", operation, input).unwrap_err().code;
        let no_image = doc! { "repositoryName": "app", "imageIds": Document::list([doc! { "imageTag": "v9" }]) };
        assert_eq!(code(&mut world, "DescribeImages", no_image), "ImageNotFoundException");
        assert_eq!(code(&mut world, "DescribeImages", doc! { "repositoryName": "nope" }), "RepositoryNotFoundException");
        assert_eq!(code(&mut world, "DescribeRepositories", doc! { "nextToken": "guess" }), "InvalidParameterException");
    }

    #[test]
    fn images_come_in_pages() {
        let mut world = world();
        add_repository(&mut world, &east(), "app").unwrap();
        for tag in ["v1", "v2", "v3"] {
            add_image(&mut world, &east(), "app", tag).unwrap();
        }
        let first = ask(&mut world, &east(), "ecr", "DescribeImages", doc! { "repositoryName": "app", "maxResults": 2 }).unwrap().body;
        let token = first.text("nextToken").unwrap().unwrap().to_owned();
        let rest = ask(&mut world, &east(), "ecr", "DescribeImages", doc! { "repositoryName": "app", "nextToken": token }).unwrap().body;
        assert_eq!((first.items("imageDetails", "member").len(), rest.items("imageDetails", "member").len()), (2, 1));
    }
}
