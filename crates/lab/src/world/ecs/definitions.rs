//! Task definitions: what a task consists of.

use drlab_core::domain::{Region, Timestamp};

use super::paged;
use crate::doc;
use crate::document::Document;
use crate::world::{Answer, ApiError, Call, World};

/// `family:revision`
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DefinitionId {
    pub family: String,
    pub revision: u32,
}

impl std::fmt::Display for DefinitionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.family, self.revision)
    }
}

/// One container and its size; the lab's tasks have no more.
#[derive(Clone, Debug, Default)]
pub struct TaskDefinition {
    pub id: DefinitionId,
    pub container: String,
    pub image: String,
    pub port: u16,
    /// CPU units, 1024 to the vCPU.
    pub cpu: u32,
    /// MiB.
    pub memory: u32,
    /// The secret whose value the container gets as `DATABASE`.
    pub secret: Option<String>,
    /// The database's host, where no secret names it: the container gets it as `DATABASE_HOST`.
    pub database_host: Option<String>,
    /// A check that runs in the container, such as `curl -f http://localhost/healthz`.
    pub health_command: Option<String>,
    pub registered_at: Timestamp,
}

impl DefinitionId {
    pub(super) fn arn(&self, world: &World, region: &Region) -> String {
        world.arn("ecs", region, &format!("task-definition/{self}"))
    }
}

/// The definition that `family`, `family:revision` or an ARN names; a family alone means its newest revision.
pub(super) fn resolve<'w>(world: &'w World, region: &Region, given: &str) -> Result<&'w TaskDefinition, ApiError> {
    let name = super::name_in(given);
    let (family, revision) = match name.rsplit_once(':') {
        Some((family, revision)) => (family, revision.parse().ok()),
        None => (name, None),
    };
    let known = &world.here(region)?.ecs.definitions;
    let found = match revision {
        Some(revision) => known.get(&DefinitionId { family: family.to_owned(), revision }),
        None if name.contains(':') => None,
        None => known.values().rev().find(|definition| definition.id.family == family),
    };
    found.ok_or_else(|| ApiError::new("ClientException", 400, "Unable to describe task definition."))
}

pub(super) fn describe_task_definition(world: &mut World, call: &Call) -> Answer {
    let definition = resolve(world, &call.region, call.input.need("taskDefinition")?)?;
    Ok(doc! { "taskDefinition": describe(world, &call.region, definition), "tags": Document::list::<Document>([]) }.into())
}

pub(super) fn list_task_definitions(world: &mut World, call: &Call) -> Answer {
    let family = call.input.text("familyPrefix")?;
    let active = matches!(call.input.text("status")?, None | Some("ACTIVE"));
    let mut chosen: Vec<&DefinitionId> = world.here(&call.region)?.ecs.definitions.keys().collect();
    // Every definition of the lab is active, and AWS's "prefix" is the whole family name.
    chosen.retain(|id| active && family.is_none_or(|family| id.family == family));
    if call.input.text("sort")? == Some("DESC") {
        chosen.reverse();
    }
    let (chosen, next) = paged(call, chosen, |id| format!("{}:{:010}", id.family, id.revision), 100)?;
    let arns = chosen.into_iter().map(|id| id.arn(world, &call.region));
    Ok(doc! { "taskDefinitionArns": Document::list(arns), "nextToken": next }.into())
}

fn describe(world: &World, region: &Region, definition: &TaskDefinition) -> Document {
    let port = i64::from(definition.port);
    let secrets = definition.secret.iter().map(|secret| doc! { "name": "DATABASE", "valueFrom": secret });
    let environment = definition.database_host.iter().map(|host| doc! { "name": "DATABASE_HOST", "value": host });
    let health = definition.health_command.as_ref().map(|command| {
        let command = Document::list(["CMD-SHELL", command.as_str()]);
        doc! { "command": command, "interval": 30, "timeout": 5, "retries": 3 }
    });
    let container = doc! {
        "name": &definition.container,
        "image": &definition.image,
        "cpu": 0,
        "portMappings": Document::list([doc! { "containerPort": port, "hostPort": port, "protocol": "tcp" }]),
        "essential": true,
        "environment": Document::list(environment),
        "mountPoints": Document::list::<Document>([]),
        "volumesFrom": Document::list::<Document>([]),
        "secrets": definition.secret.as_ref().map(|_| Document::list(secrets)),
        "healthCheck": health,
    };
    doc! {
        "taskDefinitionArn": definition.id.arn(world, region),
        "containerDefinitions": Document::list([container]),
        "family": &definition.id.family,
        "networkMode": "awsvpc",
        "revision": definition.id.revision,
        "volumes": Document::list::<Document>([]),
        "status": "ACTIVE",
        "placementConstraints": Document::list::<Document>([]),
        "compatibilities": Document::list(["EC2", "FARGATE"]),
        "requiresCompatibilities": Document::list(["FARGATE"]),
        "cpu": definition.cpu.to_string(),
        "memory": definition.memory.to_string(),
        "registeredAt": definition.registered_at,
    }
}

#[cfg(test)]
mod tests {
    use super::super::add_task_definition;
    use super::*;
    use crate::world::testing::{ask, west, world};

    #[test]
    fn a_family_means_its_newest_revision() {
        let mut world = world();
        for image in ["app:1", "app:2"] {
            let new =
                TaskDefinition { image: image.into(), id: DefinitionId { family: "app".into(), revision: 0 }, ..TaskDefinition::default() };
            add_task_definition(&mut world, &west(), new).unwrap();
        }
        let image = |world: &mut World, name: &str| {
            let body = ask(world, &west(), "ecs", "DescribeTaskDefinition", doc! { "taskDefinition": name })?.body;
            let definition = body.get("taskDefinition").unwrap();
            Ok::<_, ApiError>(definition.items("containerDefinitions", "member")[0].need("image").unwrap().to_owned())
        };
        assert_eq!(image(&mut world, "app").unwrap(), "app:2");
        assert_eq!(image(&mut world, "app:1").unwrap(), "app:1");
        assert_eq!(image(&mut world, "arn:aws:ecs:us-west-2:123456789012:task-definition/app:1").unwrap(), "app:1");
        assert_eq!(image(&mut world, "app:9").unwrap_err().code, "ClientException");
        let body = ask(&mut world, &west(), "ecs", "ListTaskDefinitions", doc! { "sort": "DESC", "maxResults": 1 }).unwrap().body;
        assert_eq!(body.texts("taskDefinitionArns", "member"), ["arn:aws:ecs:us-west-2:123456789012:task-definition/app:2"]);
        assert!(body.get("nextToken").is_some());
    }
}
