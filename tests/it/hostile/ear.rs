//! Somebody who listens on the way to AWS, or speaks in its place.

use std::fmt;
use std::sync::{Arc, Mutex};

use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use drlab_lab::wire;
use drlab_tui::aws::{Clients, Endpoints, Timeouts};

use crate::lab::rig::{Rig, credentials};

/// An answer as it goes over the wire: its status and headers in lines of text, then the body as it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Spoken {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

/// One exchange.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    pub(super) asked: wire::HttpRequest,
    pub(super) answered: Spoken,
}

type Speaking = dyn Fn(usize) -> Spoken + Send + Sync;

/// Either the lab answers and is listened to, or somebody else speaks: told how often they have been asked before.
#[derive(Clone)]
enum Ear {
    Listening { rig: Box<Rig>, heard: Arc<Mutex<Vec<Exchange>>> },
    Speaking { say: Arc<Speaking>, asked: Arc<Mutex<usize>> },
}

impl fmt::Debug for Ear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ear")
    }
}

/// Clients of this lab, and what they will have said and heard.
pub(super) fn listening(rig: &Rig) -> (Clients, Arc<Mutex<Vec<Exchange>>>) {
    let heard = Arc::default();
    (clients(rig, Ear::Listening { rig: Box::new(rig.clone()), heard: Arc::clone(&heard) }), heard)
}

/// Clients that are answered by somebody else, wherever they ask.
pub(super) fn speaking(rig: &Rig, say: impl Fn(usize) -> Spoken + Send + Sync + 'static) -> Clients {
    clients(rig, Ear::Speaking { say: Arc::new(say), asked: Arc::default() })
}

fn clients(rig: &Rig, ear: Ear) -> Clients {
    let shared = SdkConfig::builder().behavior_version(BehaviorVersion::latest()).credentials_provider(credentials());
    let shared = shared.time_source(rig.way.clone()).http_client(ear).build();
    Clients::unguarded(&shared, &rig.stage.config.regions(), &Endpoints::default(), Timeouts::default())
}

impl HttpClient for Ear {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let line = match self {
            Self::Listening { rig, .. } => Some(rig.way.http_connector(settings, components)),
            Self::Speaking { .. } => None,
        };
        SharedHttpConnector::new(Line { line, ear: self.clone() })
    }
}

#[derive(Debug)]
struct Line {
    line: Option<SharedHttpConnector>,
    ear: Ear,
}

impl HttpConnector for Line {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        match &self.ear {
            Ear::Listening { heard, .. } => {
                let (asked, heard) = (of_sdk(&request), Arc::clone(heard));
                let exchange = self.line.as_ref().unwrap().call(request);
                HttpConnectorFuture::new(async move {
                    let answer = exchange.await?;
                    let headers = answer.headers().iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
                    let body = answer.body().bytes().unwrap_or_default().to_vec();
                    let answered = Spoken { status: answer.status().as_u16(), headers, body };
                    heard.lock().unwrap().push(Exchange { asked, answered });
                    Ok(answer)
                })
            }
            Ear::Speaking { say, asked } => {
                let mut nth = asked.lock().unwrap();
                let spoken = say(*nth);
                *nth += 1;
                HttpConnectorFuture::ready(Ok(to_sdk(spoken)))
            }
        }
    }
}

fn of_sdk(request: &HttpRequest) -> wire::HttpRequest {
    let uri: hyper::Uri = request.uri().parse().unwrap();
    wire::HttpRequest {
        method: request.method().to_owned(),
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        headers: request.headers().iter().map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect(),
        body: request.body().bytes().unwrap_or_default().to_vec().into(),
    }
}

fn to_sdk(spoken: Spoken) -> HttpResponse {
    let mut response = HttpResponse::new(spoken.status.try_into().unwrap(), spoken.body.into());
    for (name, value) in spoken.headers {
        // What HTTP cannot carry never arrives.
        let _ = response.headers_mut().try_append(name, value);
    }
    response
}

/// A message as bytes: lines of its head, an empty one, its body.
pub(super) fn written(first: &str, headers: &[(String, String)], body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("{first}\n").into_bytes();
    for (name, value) in headers {
        bytes.extend_from_slice(format!("{name}: {value}\n").as_bytes());
    }
    bytes.push(b'\n');
    bytes.extend_from_slice(body);
    bytes
}

/// A message out of any bytes: its first line, its headers, its body.
pub(super) fn read(bytes: &[u8]) -> (String, Vec<(String, String)>, Vec<u8>) {
    let (head, body) = match bytes.windows(2).position(|pair| pair == b"\n\n") {
        Some(end) => (&bytes[..end], bytes[end + 2..].to_vec()),
        None => (bytes, Vec::new()),
    };
    let head = String::from_utf8_lossy(head);
    let mut lines = head.split('\n');
    let first = lines.next().unwrap_or_default().to_owned();
    let headers = lines.map(|line| line.split_once(':').unwrap_or((line, "")));
    (first, headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect(), body)
}
