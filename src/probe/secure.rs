//! HTTPS at an address of our choosing, with the host's own name in the handshake and on the certificate.

use std::net::IpAddr;

use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use drlab_core::domain::{Cause, Trouble};
use tokio::time::{Instant, timeout_at};

use super::Patience;
use super::answer::{self, Got};
use super::plain::AGENT;
use super::target::Target;

/// Whatever is looked up is here.
#[derive(Clone, Copy, Debug)]
struct Pinned(IpAddr);

impl ResolveDns for Pinned {
    fn resolve_dns<'a>(&'a self, _name: &'a str) -> DnsFuture<'a> {
        DnsFuture::ready(Ok(vec![self.0]))
    }
}

pub(super) async fn get(address: IpAddr, target: &Target, patience: Patience) -> Result<Got, Trouble> {
    send(address, target, HttpRequest::empty(), patience).await
}

/// JSON, once.
pub(super) async fn post(address: IpAddr, target: &Target, body: String, deadline: Instant) -> Result<Got, Trouble> {
    let mut request = HttpRequest::new(SdkBody::from(body));
    if request.set_method("POST").is_err() {
        return Err(Trouble::new(Cause::NotYet, "it cannot be posted"));
    }
    request.headers_mut().insert("content-type", "application/json");
    send(address, target, request, Patience::until(deadline)).await
}

/// A connector of its own for every request, which keeps no connection: one opened earlier would still lead where the name led then.
async fn send(address: IpAddr, target: &Target, mut request: HttpRequest, patience: Patience) -> Result<Got, Trouble> {
    let connecting = patience.connect.saturating_duration_since(Instant::now());
    let connector = Connector::builder()
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .connector_settings(HttpConnectorSettings::builder().connect_timeout(connecting).build())
        .sleep_impl(TokioSleep::new())
        .pool_max_idle_per_host(0)
        .build_with_resolver(Pinned(address));
    let url = target.url();
    request.set_uri(url.as_str()).map_err(|error| Trouble::new(Cause::NotYet, format!("“{url}” cannot be asked for: {error}")))?;
    request.headers_mut().insert("user-agent", AGENT);
    request.headers_mut().insert("accept", "*/*");
    match timeout_at(patience.answer, connector.call(request)).await {
        Ok(Ok(response)) => {
            let status = response.status().as_u16();
            Ok(answer::read(status, response.into_body(), patience.answer).await)
        }
        Ok(Err(error)) if error.is_timeout() => Ok(Got::silence()),
        Ok(Err(error)) => answer::failed(&error),
        Err(_) => Ok(Got::silence()),
    }
}
