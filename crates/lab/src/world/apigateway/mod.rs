//! REST APIs in front of dashboards: what there is, for those who look. Nothing here changes by itself.

use std::collections::BTreeMap;

use drlab_core::domain::{Region, Timestamp};

use super::{Answer, ApiError, Call, Gauges, Operation, Service, World, pages};
use crate::doc;
use crate::document::Document;

pub const SERVICE: Service = Service {
    name: "apigateway",
    operations: &[
        Operation::read("GetRestApis", get_rest_apis),
        Operation::read("GetStages", get_stages),
        Operation::read("GetResources", get_resources),
    ],
};

#[derive(Clone, Debug, Default)]
pub struct ApiGateway {
    pub apis: BTreeMap<String, RestApi>,
}

#[derive(Clone, Debug)]
pub struct RestApi {
    pub id: String,
    pub name: String,
    pub description: String,
    pub created: Timestamp,
    pub stage: String,
    /// Paths and the methods each answers, such as `/status` and `GET`.
    pub routes: Vec<(String, Vec<String>)>,
}

/// Installs an API with one stage and returns its id.
pub fn add_api(world: &mut World, region: &Region, name: &str, description: &str, stage: &str, routes: &[(&str, &[&str])]) -> String {
    let created = world.now();
    // AWS's ids are ten letters and digits.
    let id = world.chance.hex(("api", region.as_str(), name), 10);
    let routes =
        routes.iter().map(|(path, methods)| ((*path).to_owned(), methods.iter().map(|method| (*method).to_owned()).collect())).collect();
    let api =
        RestApi { id: id.clone(), name: name.to_owned(), description: description.to_owned(), created, stage: stage.to_owned(), routes };
    if let Some(here) = world.regional.get_mut(region) {
        here.apigateway.apis.insert(id.clone(), api);
    }
    id
}

/// Nobody in the lab calls a dashboard's API, so there is nothing to report: AWS, too, is silent about an API without requests.
pub fn measure(_world: &mut World, _gauges: &mut Gauges) {}

/// One resource of an API, as the tree of its paths has it.
struct Resource {
    id: String,
    parent: Option<String>,
    path: String,
    methods: Vec<String>,
}

impl RestApi {
    fn resource_id(&self, world: &World, path: &str) -> String {
        world.chance.hex(("resource", &self.id, path), 6)
    }

    /// Every path and the paths above it, each once.
    fn resources(&self, world: &World) -> Vec<Resource> {
        let mut paths: BTreeMap<String, Vec<String>> = BTreeMap::from([("/".to_owned(), Vec::new())]);
        for (path, methods) in &self.routes {
            let mut above = String::new();
            for part in path.split('/').filter(|part| !part.is_empty()) {
                above = format!("{above}/{part}");
                paths.entry(above.clone()).or_default();
            }
            let whole = if above.is_empty() { "/" } else { above.as_str() };
            paths.entry(whole.to_owned()).or_default().extend(methods.iter().cloned());
        }
        let parent = |path: &str| match path.rsplit_once('/') {
            _ if path == "/" => None,
            Some(("", _)) | None => Some("/".to_owned()),
            Some((above, _)) => Some(above.to_owned()),
        };
        paths
            .into_iter()
            .map(|(path, methods)| Resource {
                id: self.resource_id(world, &path),
                parent: parent(&path).map(|above| self.resource_id(world, &above)),
                path,
                methods,
            })
            .collect()
    }
}

/// A page of `limit` from `position` on; both as API Gateway has them.
fn page<T>(call: &Call, all: Vec<T>, key: impl Fn(&T) -> String) -> Result<(Vec<T>, Option<String>), ApiError> {
    let bad = |why: &str| ApiError::new("BadRequestException", 400, why);
    let limit = match call.input.int("limit")? {
        None => 25,
        Some(limit @ 1..=500) => usize::try_from(limit).unwrap_or(25),
        Some(_) => return Err(bad("Invalid limit parameter")),
    };
    let position = call.input.text("position")?.filter(|position| !position.is_empty());
    pages::page(&call.operation, all, key, position, limit).ok_or_else(|| bad("Invalid position parameter"))
}

fn api<'w>(world: &'w World, call: &Call) -> Result<&'w RestApi, ApiError> {
    let id = call.input.need("restApiId")?;
    let found = world.here(&call.region)?.apigateway.apis.get(id);
    found.ok_or_else(|| ApiError::new("NotFoundException", 404, format!("Invalid API identifier specified {}:{id}", world.account)))
}

fn get_rest_apis(world: &mut World, call: &Call) -> Answer {
    let (apis, position) = page(call, world.here(&call.region)?.apigateway.apis.values().collect(), |api: &&RestApi| api.id.clone())?;
    let shown = apis.into_iter().map(|api| {
        doc! {
            "id": &api.id,
            "name": &api.name,
            "description": &api.description,
            "createdDate": api.created,
            "apiKeySource": "HEADER",
            "endpointConfiguration": doc! { "types": Document::list(["REGIONAL"]), "ipAddressType": "ipv4" },
            "disableExecuteApiEndpoint": false,
            "rootResourceId": api.resource_id(world, "/"),
        }
    });
    Ok(doc! { "item": Document::list(shown), "position": position }.into())
}

fn get_stages(world: &mut World, call: &Call) -> Answer {
    let api = api(world, call)?;
    let deployment = world.chance.hex(("deployment", &api.id), 6);
    let wanted = call.input.text("deploymentId")?.is_none_or(|wanted| wanted == deployment);
    let stage = doc! {
        "deploymentId": deployment,
        "stageName": &api.stage,
        "cacheClusterEnabled": false,
        "cacheClusterStatus": "NOT_AVAILABLE",
        "methodSettings": doc! {},
        "tracingEnabled": false,
        "createdDate": api.created,
        "lastUpdatedDate": api.created,
    };
    Ok(doc! { "item": Document::list(wanted.then_some(stage)) }.into())
}

fn get_resources(world: &mut World, call: &Call) -> Answer {
    let api = api(world, call)?;
    let (resources, position) = page(call, api.resources(world), |resource| resource.id.clone())?;
    let shown = resources.into_iter().map(|resource| {
        let methods = resource.methods.iter().map(|method| (method.clone(), doc! { "httpMethod": method }));
        let methods = Document::Map(methods.collect());
        doc! {
            "id": resource.id,
            "parentId": resource.parent,
            "pathPart": (resource.path != "/").then(|| resource.path.rsplit('/').next().unwrap_or("").to_owned()),
            "path": &resource.path,
            "resourceMethods": (!resource.methods.is_empty()).then_some(methods),
        }
    });
    Ok(doc! { "item": Document::list(shown), "position": position }.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::testing::{ask, east, world};

    #[test]
    fn an_api_is_shown_with_its_stage_and_its_tree_of_paths() {
        let mut world = world();
        let id =
            add_api(&mut world, &east(), "dashboard", "DR dashboard", "prod", &[("/dr/status", &["GET"]), ("/dr/test", &["GET", "POST"])]);
        let apis = ask(&mut world, &east(), "apigateway", "GetRestApis", doc! {}).unwrap().body;
        assert_eq!(apis.items("item", "member")[0].need("name").unwrap(), "dashboard");
        let stages = ask(&mut world, &east(), "apigateway", "GetStages", doc! { "restApiId": &id }).unwrap().body;
        assert_eq!(stages.items("item", "member")[0].need("stageName").unwrap(), "prod");
        let tree = ask(&mut world, &east(), "apigateway", "GetResources", doc! { "restApiId": &id }).unwrap().body;
        let nodes = tree.items("item", "member");
        let paths: Vec<_> = nodes.iter().map(|node| node.need("path").unwrap()).collect();
        assert_eq!(paths, ["/", "/dr", "/dr/status", "/dr/test"]);
        assert_eq!(nodes[2].need("parentId").unwrap(), nodes[1].need("id").unwrap());
        assert_eq!(nodes[3].members("resourceMethods").len(), 2);
        assert_eq!(nodes[0].get("parentId"), None);
    }

    #[test]
    fn pages_and_mistakes() {
        let mut world = world();
        let id = add_api(&mut world, &east(), "dashboard", "", "prod", &[("/a", &["GET"]), ("/b", &["GET"])]);
        let first = ask(&mut world, &east(), "apigateway", "GetResources", doc! { "restApiId": &id, "limit": "2" }).unwrap().body;
        let position = first.need("position").unwrap();
        let rest = ask(&mut world, &east(), "apigateway", "GetResources", doc! { "restApiId": &id, "limit": "2", "position": position })
            .unwrap()
            .body;
        assert_eq!((rest.items("item", "member").len(), rest.get("position")), (1, None));
        let missing = ask(&mut world, &east(), "apigateway", "GetStages", doc! { "restApiId": "no" }).unwrap_err();
        assert_eq!((missing.code.as_ref(), missing.status), ("NotFoundException", 404));
        assert!(ask(&mut world, &east(), "apigateway", "GetRestApis", doc! { "position": "?" }).is_err());
    }
}
