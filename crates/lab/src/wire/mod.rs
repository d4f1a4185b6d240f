//! AWS's protocols: from HTTP requests to the world's calls and back. No simulation here, no sockets either.
//!
//! `handle` is the way in. Who is asked is read from the credential scope (`scope`), how it is asked from the request itself
//! (`services`), and the answer goes back in the protocol of the question. One file per protocol (`query`, `json`, `cbor`, `rest`), one
//! route table per REST service (`routes`). What comes in is hostile: bounded in size, depth and number of values, and never a panic.

mod body;
mod cbor;
mod errors;
mod http;
mod httpdate;
mod json;
mod limits;
mod log;
mod query;
mod rest;
mod routes;
mod scope;
mod services;
mod xml;

#[cfg(test)]
mod tests;

use bytes::Bytes;
use drlab_core::domain::Region;

pub use self::http::{HttpRequest, HttpResponse};
pub use self::limits::MAX_BODY;
pub use self::log::{Entry, Log, Visit};

use self::errors::Trouble;
use self::rest::Route;
use self::services::{Dialect, Protocol};
use crate::document::Document;
use crate::world::route53;
use crate::world::{ApiError, Call, Door, Reply, World};

/// A request, understood.
struct Asked {
    operation: String,
    input: Document,
    payload: Bytes,
    /// The row of the table that matched, for REST services.
    route: Option<&'static Route>,
}

/// How a request was asked, which is how it is answered.
#[derive(Clone, Copy)]
struct Manner {
    dialect: &'static Dialect,
    protocol: Protocol,
}

/// The door a request is meant for, by its credential scope: what a single listener for all regions goes by.
#[must_use]
pub fn door_of(request: &HttpRequest) -> Option<Door> {
    let scope = scope::of(request).ok()?;
    Some(if scope.service == "route53" { Door::Route53 } else { Door::Region(Region::new(&scope.region)) })
}

/// A document as a JSON answer, for what is the lab's own and not AWS's.
#[must_use]
pub fn json_response(status: u16, body: &Document) -> HttpResponse {
    HttpResponse::new(status, "application/json", json::write(body))
}

/// Answers a request that has arrived at `door` (`None`: at the one listener for all, where the scope chooses).
pub fn handle(world: &mut World, log: &mut Log, door: Option<&Door>, request: &HttpRequest) -> HttpResponse {
    let manner = services::manner(request);
    let mut entry = Entry::begin(world.now(), request, manner.dialect);
    let answer = carry_out(world, manner, door, request, &mut entry);
    finish(world, log, manner, request, entry, answer)
}

/// The answer to a request whose body is beyond `MAX_BODY`; only its head is looked at.
pub fn too_large(world: &World, log: &mut Log, request: &HttpRequest) -> HttpResponse {
    let manner = services::manner(request);
    let entry = Entry::begin(world.now(), request, manner.dialect);
    finish(world, log, manner, request, entry, Err(Trouble::TooLarge.named(manner)))
}

fn carry_out(
    world: &mut World,
    manner: Manner,
    door: Option<&Door>,
    request: &HttpRequest,
    entry: &mut Entry,
) -> Result<(Asked, Reply), ApiError> {
    let named = |trouble: Trouble| trouble.named(manner);
    let scope = scope::of(request).map_err(named)?;
    entry.signed(&scope);
    let region = placed(world, door, &scope).map_err(named)?;
    let mut asked = understand(manner, request).map_err(|trouble| {
        if matches!(trouble, Trouble::UnknownOperation(_)) {
            let mark = if request.query.is_empty() { "" } else { "?" };
            entry.operation(&format!("{} {}{mark}{}", request.method, request.path, request.query));
        }
        named(trouble)
    })?;
    entry.operation(&asked.operation);
    if manner.dialect.service.is_empty() {
        return Err(named(Trouble::UnknownOperation(format!("The lab does not claim {} {}", entry.service, entry.operation))));
    }
    let call = Call {
        region,
        service: manner.dialect.service,
        operation: asked.operation.clone(),
        input: std::mem::take(&mut asked.input),
        payload: std::mem::take(&mut asked.payload),
        access_key: scope.access_key.clone(),
    };
    match world.call(&call) {
        Ok(reply) => Ok((asked, reply)),
        Err(error) => Err(errors::localised(error, manner)),
    }
}

/// The region that is asked, once the scope is known to belong to this door.
fn placed(world: &World, door: Option<&Door>, scope: &scope::Scope) -> Result<Region, Trouble> {
    let global = scope.service == "route53";
    match door {
        Some(Door::Route53) if !global => Err(Trouble::WrongService { expected: "route53".to_owned() }),
        Some(Door::Region(_)) if global => Err(Trouble::WrongService { expected: "a regional service".to_owned() }),
        Some(Door::Region(here)) if here.as_str() != scope.region => {
            Err(Trouble::WrongRegion { given: scope.region.clone(), expected: here.as_str().to_owned() })
        }
        _ if global => Ok(Region::new(route53::HOME)),
        _ => {
            let region = Region::new(&scope.region);
            if world.regional.contains_key(&region) { Ok(region) } else { Err(Trouble::NoSuchRegion(scope.region.clone())) }
        }
    }
}

fn understand(manner: Manner, request: &HttpRequest) -> Result<Asked, Trouble> {
    match manner.protocol {
        Protocol::Query => query::read(request),
        Protocol::Json => json::read(manner.dialect, request),
        Protocol::Cbor => cbor::read(manner.dialect, request),
        Protocol::RestXml | Protocol::RestJson => rest::read(manner, request),
    }
}

fn finish(
    world: &World,
    log: &mut Log,
    manner: Manner,
    request: &HttpRequest,
    entry: Entry,
    answer: Result<(Asked, Reply), ApiError>,
) -> HttpResponse {
    let id = log.next_id(world.chance, manner.dialect);
    let (mut response, code) = match answer {
        Ok((asked, reply)) => (dressed(manner, &asked, reply, &id, request), String::new()),
        Err(error) => (errors::dressed(manner, &error, &id, request), error.code.into_owned()),
    };
    response.header(manner.dialect.id_header(), &id);
    if manner.dialect.service == "s3" {
        response.header("x-amz-id-2", &log::host_id(&id));
    }
    if request.method == "HEAD" {
        response.without_body();
    } else {
        // The length is the body's; an operation's own word for it is for HEAD alone.
        response.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-length"));
    }
    log.note(entry, response.status, code);
    response
}

fn dressed(manner: Manner, asked: &Asked, reply: Reply, id: &str, request: &HttpRequest) -> HttpResponse {
    match manner.protocol {
        Protocol::Query => query::dressed(manner.dialect, &asked.operation, reply, id),
        Protocol::Json => json::dressed(reply, request),
        Protocol::Cbor => cbor::dressed(reply),
        Protocol::RestXml | Protocol::RestJson => rest::dressed(manner, asked, reply),
    }
}

/// An operation without output still answers an object.
fn object(body: Document) -> Document {
    if body == Document::Null { Document::Map(Vec::new()) } else { body }
}
