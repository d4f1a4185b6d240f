//! Somebody on the way to AWS: what befalls single calls, by service, operation and how many of them there were before.
//!
//! Nothing here is beyond what a network, a proxy that tries again, or AWS itself has been seen to do. What is delivered twice is one call to
//! whoever made it: which of the two answers comes back is luck.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use drlab_core::domain::Timestamp;
use drlab_lab::inproc::InProcess;
use tokio::time::sleep;

use crate::failover::witness::changes;

/// An answer of the same call may come back again for this long.
const REMEMBERED: Duration = Duration::from_secs(20);

/// What befalls which calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mischance {
    /// As requests are signed for it.
    pub(super) service: &'static str,
    /// Its name, or the method where the wire does not name it.
    pub(super) operation: &'static str,
    /// From 1, since the run began.
    pub(super) nth: u64,
    /// That one, and those right after it.
    pub(super) times: u64,
    pub(super) mishap: Mishap,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mishap {
    Late(Duration),
    Throttled,
    /// Not done, and said so: 500.
    Failing,
    /// Done, and 500 all the same.
    FailedAfter,
    /// The connection is reset before the request has arrived, or when it has.
    ResetBefore,
    ResetAfter,
    /// The request vanishes; or it arrives, and its answer vanishes.
    BlackHole,
    AnswerLost,
    /// It arrives twice, and the first answer comes back, or the second.
    TwiceFirst,
    TwiceSecond,
    /// A read is answered as it was some seconds ago.
    Stale,
}

/// Whoever stands on the way.
#[derive(Clone, Debug)]
pub(super) struct Meddler {
    inner: InProcess,
    plan: Arc<Vec<Mischance>>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    awake: bool,
    counts: BTreeMap<(String, String), u64>,
    answers: BTreeMap<String, Answer>,
    befallen: Vec<(Timestamp, String)>,
}

#[derive(Clone, Debug)]
struct Answer {
    at: Timestamp,
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Meddler {
    pub(super) fn on(inner: InProcess, plan: Vec<Mischance>) -> Self {
        Self { inner, plan: Arc::new(plan), state: Arc::default() }
    }

    /// Before that nothing befalls anybody, and nothing is counted.
    pub(super) fn wake(&self) {
        self.state.lock().unwrap().awake = true;
    }

    /// What has befallen whom, and when.
    pub(super) fn befallen(&self) -> Vec<(Timestamp, String)> {
        self.state.lock().unwrap().befallen.clone()
    }

    /// What befalls this call.
    fn befalls(&self, service: &str, operation: &str) -> Option<Mishap> {
        let planned = |one: &&Mischance| one.service == service && one.operation == operation;
        if !self.plan.iter().any(|one| planned(&one)) {
            return None;
        }
        let mut state = self.state.lock().unwrap();
        if !state.awake {
            return None;
        }
        let nth = state.counts.entry((service.to_owned(), operation.to_owned())).or_default();
        *nth += 1;
        let nth = *nth;
        let mishap = self.plan.iter().filter(planned).find(|one| (one.nth..one.nth + one.times).contains(&nth)).map(|one| one.mishap);
        if let Some(mishap) = mishap {
            state.befallen.push((self.inner.lab().clock().now(), format!("{service} {operation} #{nth}: {mishap:?}")));
        }
        mishap
    }

    /// Whether an answer may be wanted again.
    fn remembers(&self, service: &str, operation: &str) -> bool {
        self.plan.iter().any(|one| one.mishap == Mishap::Stale && one.service == service && one.operation == operation)
    }

    fn remember(&self, key: String, response: &HttpResponse) {
        let headers = response.headers().iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let body = response.body().bytes().unwrap_or_default().to_vec();
        let answer = Answer { at: self.inner.lab().clock().now(), status: response.status().as_u16(), headers, body };
        self.state.lock().unwrap().answers.insert(key, answer);
    }

    fn remembered(&self, key: &str) -> Option<HttpResponse> {
        let known = self.state.lock().unwrap().answers.get(key).cloned()?;
        (self.inner.lab().clock().now().since(known.at) <= REMEMBERED).then(|| {
            let mut response = HttpResponse::new(StatusCode::try_from(known.status).unwrap(), known.body.into());
            for (name, value) in known.headers {
                response.headers_mut().append(name, value);
            }
            response
        })
    }
}

impl HttpClient for Meddler {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let (line, meddler) = (self.inner.http_connector(settings, components), self.clone());
        SharedHttpConnector::new(Line { line, meddler })
    }
}

#[derive(Clone, Debug)]
struct Line {
    line: SharedHttpConnector,
    meddler: Meddler,
}

impl HttpConnector for Line {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (service, operation) = named(&request);
        let mishap = self.meddler.befalls(&service, &operation);
        let remembers = self.meddler.remembers(&service, &operation);
        if mishap.is_none() && !remembers {
            return self.line.call(request);
        }
        let line = self.clone();
        HttpConnectorFuture::new(async move { line.meddled(request, mishap, remembers, &operation).await })
    }
}

impl Line {
    async fn meddled(
        &self,
        request: HttpRequest,
        mishap: Option<Mishap>,
        remembers: bool,
        operation: &str,
    ) -> Result<HttpResponse, ConnectorError> {
        let key = format!("{} {} {:?}", request.method(), request.uri(), request.body().bytes());
        let reads = operation == "GET" || !changes(operation) && !matches!(operation, "POST" | "PUT" | "DELETE");
        let kind = Dialect::of(&request);
        let again = request.try_clone();
        let reset = || ConnectorError::io("connection reset by peer".into());
        match mishap {
            Some(Mishap::Late(by)) => sleep(by).await,
            Some(Mishap::Throttled) => return Ok(kind.refusal(400, "ThrottlingException")),
            Some(Mishap::Failing) => return Ok(kind.refusal(500, "InternalFailure")),
            Some(Mishap::ResetBefore) => return Err(reset()),
            Some(Mishap::BlackHole) => std::future::pending().await,
            Some(Mishap::Stale) if reads => {
                if let Some(answer) = self.meddler.remembered(&key) {
                    return Ok(answer);
                }
            }
            _ => {}
        }
        let answer = self.line.call(request).await?;
        match mishap {
            Some(Mishap::FailedAfter) => return Ok(kind.refusal(500, "InternalFailure")),
            Some(Mishap::ResetAfter) => return Err(reset()),
            Some(Mishap::AnswerLost) => std::future::pending().await,
            Some(Mishap::TwiceFirst | Mishap::TwiceSecond) => {
                if let Some(again) = again {
                    let second = self.line.call(again).await?;
                    return Ok(if mishap == Some(Mishap::TwiceFirst) { answer } else { second });
                }
            }
            _ => {}
        }
        if remembers && reads {
            self.meddler.remember(key, &answer);
        }
        Ok(answer)
    }
}

/// How a refusal is dressed.
#[derive(Clone, Copy, Debug)]
enum Dialect {
    Json,
    Xml,
    /// Nothing but a status.
    Bare,
}

impl Dialect {
    fn of(request: &HttpRequest) -> Self {
        let kind = request.headers().get("content-type").unwrap_or_default();
        if request.uri().contains("/operation/") {
            Self::Bare
        } else if kind.contains("json") || request.uri().contains("/functions/") {
            Self::Json
        } else {
            Self::Xml
        }
    }

    fn refusal(self, status: u16, code: &str) -> HttpResponse {
        let body = match self {
            Self::Json => format!(r#"{{"__type":"{code}","message":"by somebody on the way"}}"#),
            Self::Xml => {
                let error = format!("<Error><Code>{code}</Code><Message>by somebody on the way</Message></Error>");
                format!("<ErrorResponse>{error}<RequestId>0</RequestId></ErrorResponse>")
            }
            Self::Bare => String::new(),
        };
        let status = if matches!(self, Self::Bare) { 503 } else { status };
        let mut response = HttpResponse::new(StatusCode::try_from(status).unwrap(), body.into());
        if matches!(self, Self::Json) {
            response.headers_mut().append("x-amzn-errortype", code.to_owned());
        }
        response
    }
}

/// The service and the operation, as far as the wire names them.
fn named(request: &HttpRequest) -> (String, String) {
    let scope = request.headers().get("authorization").unwrap_or_default();
    let service = scope.split("/aws4_request").next().and_then(|scope| scope.rsplit('/').next()).unwrap_or_default();
    let target = request.headers().get("x-amz-target").and_then(|target| target.rsplit('.').next());
    let path = || request.uri().split_once("/operation/").map(|(_, operation)| operation);
    let action = || {
        let body = std::str::from_utf8(request.body().bytes()?).ok()?;
        body.strip_prefix("Action=").and_then(|rest| rest.split('&').next())
    };
    let operation = target.or_else(path).or_else(action).unwrap_or_else(|| request.method());
    (service.to_owned(), operation.to_owned())
}
