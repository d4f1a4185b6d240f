//! REST: what is asked stands in the method, the path, the query and the headers, by a table of routes; bodies are XML or JSON.

use bytes::Bytes;

use super::errors::Trouble;
use super::http::{decoded, pairs};
use super::services::Protocol;
use super::{Asked, HttpRequest, HttpResponse, Manner, body, httpdate, json, object, routes, xml};
use crate::document::Document;
use crate::world::Reply;

/// What a request's body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Payload {
    Nothing,
    /// Its members are members of the input.
    Members,
    /// One member of the input, and the name of its root element.
    Element(&'static str),
    /// Bytes that are nobody's business but the operation's.
    Stream,
}

/// Wire names and the members of input or output they stand for.
pub(super) type Bindings = &'static [(&'static str, &'static str)];

/// One row of a service's table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Route {
    pub(super) method: &'static str,
    /// Segments, `{Label}` for a member of the input; `{Label+}` takes all that is left.
    pub(super) path: &'static str,
    /// Query keys (or `key=value`) that must be there.
    pub(super) asks: &'static [&'static str],
    /// A header that must be there.
    pub(super) needs: Option<&'static str>,
    pub(super) operation: &'static str,
    pub(super) query: Bindings,
    pub(super) headers: Bindings,
    pub(super) payload: Payload,
    /// What its success is.
    pub(super) status: u16,
    /// The root element of the answer where it is not `{Operation}Response`.
    pub(super) root: &'static str,
    /// Members of the output that travel in headers.
    pub(super) sends: Bindings,
}

impl Route {
    pub(super) const fn new(method: &'static str, path: &'static str, operation: &'static str) -> Self {
        Self {
            method,
            path,
            asks: &[],
            needs: None,
            operation,
            query: &[],
            headers: &[],
            payload: Payload::Nothing,
            status: 200,
            root: "",
            sends: &[],
        }
    }

    pub(super) const fn asks(self, asks: &'static [&'static str]) -> Self {
        Self { asks, ..self }
    }

    pub(super) const fn needs(self, header: &'static str) -> Self {
        Self { needs: Some(header), ..self }
    }

    pub(super) const fn query(self, query: Bindings) -> Self {
        Self { query, ..self }
    }

    pub(super) const fn headers(self, headers: Bindings) -> Self {
        Self { headers, ..self }
    }

    pub(super) const fn takes(self, payload: Payload) -> Self {
        Self { payload, ..self }
    }

    pub(super) const fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    pub(super) const fn root(self, root: &'static str) -> Self {
        Self { root, ..self }
    }

    pub(super) const fn sends(self, sends: Bindings) -> Self {
        Self { sends, ..self }
    }

    /// The labels of a path that fits the template.
    fn labels(&self, path: &str) -> Option<Result<Vec<(String, Document)>, Trouble>> {
        let mut labels = Vec::new();
        let mut rest = Some(path.strip_prefix('/').unwrap_or(path)).filter(|path| !path.is_empty());
        let mut undecodable = false;
        for segment in self.path.split('/').filter(|segment| !segment.is_empty()) {
            let left = rest?;
            let label = segment.strip_prefix('{').and_then(|label| label.strip_suffix('}'));
            let (given, after) = match label {
                Some(label) if label.ends_with('+') => (left, None),
                _ => left.split_once('/').map_or((left, None), |(given, after)| (given, Some(after))),
            };
            rest = after;
            match label {
                None if given != segment => return None,
                None => {}
                Some(_) if given.is_empty() => return None,
                Some(label) => match decoded(given, false) {
                    Some(value) => labels.push((label.trim_end_matches('+').to_owned(), Document::Text(value.into_owned()))),
                    None => undecodable = true,
                },
            }
        }
        if rest.is_some_and(|rest| !rest.is_empty()) {
            return None;
        }
        Some(if undecodable { Err(Trouble::Malformed("The path holds a broken escape.".to_owned())) } else { Ok(labels) })
    }

    fn asked_for(&self, query: &[(String, String)]) -> bool {
        self.asks.iter().all(|ask| {
            let (name, value) = ask.split_once('=').map_or((*ask, None), |(name, value)| (name, Some(value)));
            query.iter().any(|(given, text)| given == name && value.is_none_or(|value| value == text))
        })
    }
}

/// A service's routes.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) routes: &'static [Route],
    /// Query keys that name another thing than the path does: a route that does not ask for them is not meant.
    pub(super) subresources: &'static [&'static str],
}

pub(super) fn read(manner: Manner, request: &HttpRequest) -> Result<Asked, Trouble> {
    let table = routes::of(manner.dialect.service);
    let path = routes::path(manner.dialect.service, request);
    let query = pairs(&request.query)
        .map(|pair| pair.map(|(name, value)| (name.into_owned(), value.into_owned())))
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| Trouble::Malformed("The query string holds a broken escape.".to_owned()))?;
    let beside = |route: &Route| {
        query.iter().any(|(name, _)| {
            table.subresources.contains(&name.as_str()) && !route.asks.iter().any(|ask| ask.split('=').next() == Some(name))
        })
    };
    let method = request.method.as_str();
    let found = table.routes.iter().find_map(|route| {
        let fits = route.method == method
            && route.asked_for(&query)
            && !beside(route)
            && route.needs.is_none_or(|header| request.header(header).is_some());
        if fits { route.labels(&path).map(|labels| (route, labels)) } else { None }
    });
    let Some((route, labels)) = found else {
        let asks: Vec<&str> = query.iter().map(|(name, _)| name.as_str()).filter(|name| table.subresources.contains(name)).collect();
        let shown: String = format!("{method} {path} {}", asks.join(" ")).chars().take(200).collect();
        return Err(Trouble::UnknownOperation(format!("The lab does not claim {shown}").trim_end().to_owned()));
    };
    bind(manner, route, labels?, &query, request)
}

/// Gathers the input from where the route says its members stand.
fn bind(
    manner: Manner,
    route: &'static Route,
    labels: Vec<(String, Document)>,
    query: &[(String, String)],
    request: &HttpRequest,
) -> Result<Asked, Trouble> {
    let plain = body::plain(request)?;
    let mut members = labels;
    for (wire, member) in route.query {
        if let Some((_, value)) = query.iter().find(|(name, _)| name == wire) {
            members.push(((*member).to_owned(), value.as_str().into()));
        }
    }
    let trailer = |name: &str| plain.trailers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    for (wire, member) in route.headers {
        if let Some(prefix) = wire.strip_suffix('*') {
            let named = request.headers.iter().filter_map(|(name, value)| Some((name.strip_prefix(prefix)?.to_owned(), value.into())));
            members.push(((*member).to_owned(), Document::Map(named.collect())));
        } else if let Some(value) = request.header(wire).or_else(|| trailer(wire)) {
            members.push(((*member).to_owned(), value.into()));
        }
    }
    let mut payload = Bytes::new();
    match route.payload {
        Payload::Nothing => {}
        Payload::Stream => payload = plain.bytes,
        Payload::Members => {
            let body = if manner.protocol == Protocol::RestJson { json::parse(&plain.bytes)? } else { xml::parse(&plain.bytes)?.1 };
            if let Document::Map(more) = body {
                members.extend(more);
            }
        }
        Payload::Element(member) => {
            let (root, body) = xml::parse(&plain.bytes)?;
            if root != member {
                return Err(Trouble::Malformed(format!("The XML you provided was not a {member}.")));
            }
            members.push((member.to_owned(), body));
        }
    }
    Ok(Asked { operation: route.operation.to_owned(), input: Document::Map(members), payload, route: Some(route) })
}

pub(super) fn dressed(manner: Manner, asked: &Asked, reply: Reply) -> HttpResponse {
    let route = asked.route;
    let status = reply.status.unwrap_or_else(|| route.map_or(200, |route| route.status));
    let mut response = HttpResponse::empty(status);
    response.headers_of(&reply.headers, &reply.named_headers);
    let mut body = reply.body;
    if let (Some(route), Document::Map(members)) = (route, &mut body) {
        let bound = |name: &str| route.sends.iter().find(|(member, _)| *member == name).map(|(_, wire)| *wire);
        let (sent, kept) = std::mem::take(members).into_iter().partition(|(name, _)| bound(name).is_some());
        *members = kept;
        let sent: Vec<(String, Document)> = sent;
        for (name, value) in &sent {
            send(&mut response, bound(name).unwrap_or_default(), value);
        }
        routes::locate(route, members, &mut response);
    }
    if matches!(status, 204 | 304) {
        return response;
    }
    let answer = match (reply.payload, manner.protocol) {
        (Some(payload), Protocol::RestJson) => Some(("application/json", payload)),
        (Some(payload), _) => Some(("binary/octet-stream", payload)),
        (None, Protocol::RestJson) => Some(("application/json", json::write(&object(body)).into())),
        (None, _) => written(manner, asked, body).map(|text| ("application/xml", text.into())),
    };
    if let Some((kind, bytes)) = answer {
        if !response.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            response.header("content-type", kind);
        }
        response.body = bytes;
    }
    response
}

/// The answer's XML, if it has any: S3 sends none where an operation's output is all headers.
fn written(manner: Manner, asked: &Asked, body: Document) -> Option<String> {
    let root = asked.route.map_or("", |route| route.root);
    if root.is_empty() {
        let silent = manner.dialect.service == "s3";
        return (!silent).then(|| xml::write(&format!("{}Response", asked.operation), manner.dialect.namespace, &body));
    }
    Some(xml::write(root, manner.dialect.namespace, &unwrapped(root, body)))
}

/// What stands in the root: an operation may answer the root itself as its one member, or what is in it.
fn unwrapped(root: &str, body: Document) -> Document {
    match body {
        Document::Map(mut members) if members.len() == 1 && members[0].0 == root => members.swap_remove(0).1,
        other => other,
    }
}

fn send(response: &mut HttpResponse, wire: &str, value: &Document) {
    match (wire.strip_suffix('*'), value) {
        (Some(prefix), Document::Map(members)) => {
            for (name, value) in members {
                send(response, &format!("{prefix}{name}"), value);
            }
        }
        (_, Document::Text(text)) => response.header(wire, text),
        (_, Document::Bool(yes)) => response.header(wire, if *yes { "true" } else { "false" }),
        (_, Document::Int(number)) => response.header(wire, &number.to_string()),
        (_, Document::Time(instant)) => response.header(wire, &httpdate::format(*instant)),
        _ => {}
    }
}
