//! Somebody between us and AWS: changes what is asked, or puts an answer of his own in its place.

use std::fmt;
use std::sync::Arc;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use drlab_lab::inproc::InProcess;
use drlab_tui::aws::{Clients, Endpoints, Timeouts};

use crate::lab::rig::{Rig, credentials};

type Asking = dyn Fn(String) -> String + Send + Sync;
type Answering = dyn Fn(u16, String) -> (u16, String) + Send + Sync;

#[derive(Clone)]
struct Meddler {
    way: InProcess,
    asking: Arc<Asking>,
    answering: Arc<Answering>,
}

impl fmt::Debug for Meddler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Meddler")
    }
}

/// Clients of this lab whose requests' bodies are changed on the way.
pub(super) fn asking(rig: &Rig, change: impl Fn(String) -> String + Send + Sync + 'static) -> Clients {
    both(rig, change, |status, body| (status, body))
}

/// Clients of this lab who are given something else than it answered.
pub(super) fn answering(rig: &Rig, change: impl Fn(u16, String) -> (u16, String) + Send + Sync + 'static) -> Clients {
    both(rig, |body| body, change)
}

pub(super) fn both(
    rig: &Rig,
    asking: impl Fn(String) -> String + Send + Sync + 'static,
    answering: impl Fn(u16, String) -> (u16, String) + Send + Sync + 'static,
) -> Clients {
    clients(rig, Meddler { way: rig.way.clone(), asking: Arc::new(asking), answering: Arc::new(answering) })
}

fn clients(rig: &Rig, meddler: Meddler) -> Clients {
    let shared = SdkConfig::builder().behavior_version(BehaviorVersion::latest()).credentials_provider(credentials());
    let shared = shared.time_source(rig.way.clone()).http_client(meddler).build();
    Clients::unguarded(&shared, &rig.stage.config.regions(), &Endpoints::default(), Timeouts::default())
}

impl HttpClient for Meddler {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Line { line: self.way.http_connector(settings, components), meddler: self.clone() })
    }
}

#[derive(Debug)]
struct Line {
    line: SharedHttpConnector,
    meddler: Meddler,
}

impl HttpConnector for Line {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let asked = String::from_utf8(request.body().bytes().unwrap_or_default().to_vec()).unwrap();
        *request.body_mut() = (self.meddler.asking)(asked).into();
        let (exchange, meddler) = (self.line.call(request), self.meddler.clone());
        HttpConnectorFuture::new(async move {
            let answer = exchange.await?;
            let body = String::from_utf8(answer.body().bytes().unwrap_or_default().to_vec()).unwrap();
            let (status, body) = (meddler.answering)(answer.status().as_u16(), body);
            let mut changed = HttpResponse::new(status.try_into().unwrap(), body.into());
            for (name, value) in answer.headers().iter().filter(|(name, _)| *name != "content-length") {
                changed.headers_mut().append(name.to_owned(), value.to_owned());
            }
            Ok(changed)
        })
    }
}
