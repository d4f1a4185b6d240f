//! Route tables of the REST services, as data.

mod apigateway;
mod lambda;
mod route53;
mod s3;

use std::borrow::Cow;

use super::rest::{Route, Table};
use super::{HttpRequest, HttpResponse};
use crate::document::Document;

const NOTHING: Table = Table { routes: &[], subresources: &[] };

pub(super) fn of(service: &str) -> &'static Table {
    match service {
        "apigateway" => &apigateway::TABLE,
        "lambda" => &lambda::TABLE,
        "route53" => &route53::TABLE,
        "s3" => &s3::TABLE,
        _ => &NOTHING,
    }
}

/// The path that the table is read with: S3's bucket may stand in the host, and elsewhere a slash at the end means nothing.
pub(super) fn path<'r>(service: &str, request: &'r HttpRequest) -> Cow<'r, str> {
    if service == "s3" { s3::path(request) } else { Cow::Borrowed(request.path.trim_end_matches('/')) }
}

/// Where a thing just created can be found: Route 53 says it in a header.
pub(super) fn locate(route: &Route, members: &[(String, Document)], response: &mut HttpResponse) {
    if route.operation != "CreateHealthCheck" || response.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("location")) {
        return;
    }
    let created = members.iter().find(|(name, _)| name == "HealthCheck").and_then(|(_, check)| check.get("Id")?.as_text());
    if let Some(id) = created {
        response.header("location", &format!("https://route53.amazonaws.com/2013-04-01/healthcheck/{id}"));
    }
}
