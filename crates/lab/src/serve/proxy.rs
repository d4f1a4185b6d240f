//! The lab as an HTTP proxy to the workload's own application. Its addresses are documentation addresses, which no machine has; whoever
//! wants to see what a client would see sends the whole URL here (`curl -x`).

use std::net::Ipv4Addr;

use hyper::Uri;

use super::Lab;
use crate::wire::HttpResponse;
use crate::world::application::{self, Sight};
use crate::world::{World, elb};

/// What a client gets from `http://host/path`; `None` where the name leads nowhere. Whoever asks is remembered.
pub(crate) fn look(lab: &Lab, host: &str, path: &str) -> Option<Sight> {
    lab.with_log(|world, log| {
        log.visited(world.now(), host, path);
        seen(world, host, path)
    })
}

fn seen(world: &World, host: &str, path: &str) -> Option<Sight> {
    let name = host.trim_end_matches('.');
    let address = match host.parse::<Ipv4Addr>() {
        Ok(address) => address,
        Err(_) => match elb::addresses_of(world, name) {
            Some((_, addresses)) => *addresses.first()?,
            None => return world.applications.hooks.contains(name).then(heard),
        },
    };
    Some(application::fetch(world, address, path))
}

/// What a webhook says to whoever posts there.
fn heard() -> Sight {
    Sight::Answered { status: 200, body: "ok".to_owned(), millis: 40 }
}

/// Fetches what the request line names; `None` is silence.
pub(super) async fn forward(lab: &Lab, uri: &Uri) -> Option<HttpResponse> {
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Some(refusal("The lab's application speaks HTTP."));
    }
    let (host, path) = (uri.host().unwrap_or_default(), uri.path_and_query().map_or("/", |path| path.as_str()));
    match look(lab, host, path) {
        None => Some(refusal("The lab knows no such host.")),
        Some(Sight::Refused) => Some(refusal("Connection refused.")),
        Some(Sight::Silence) => None,
        Some(Sight::Answered { status, body, millis }) => {
            tokio::time::sleep(lab.clock().wall(std::time::Duration::from_millis(millis.into()))).await;
            let kind = if body.trim_start().starts_with('{') { "application/json" } else { "text/plain; charset=utf-8" };
            Some(HttpResponse::new(status, kind, body))
        }
    }
}

fn refusal(why: &'static str) -> HttpResponse {
    HttpResponse::new(502, "text/plain; charset=utf-8", format!("{why}\n"))
}
