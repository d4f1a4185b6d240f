//! One connection: HTTP/1.1 with bounds on everything, silent or cut off when the world says so.

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::SockRef;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::server::{Control, Links, stopped};
use super::{Lab, proxy};
use crate::doc;
use crate::wire::{self, HttpRequest, HttpResponse, MAX_BODY};
use crate::world::{Door, Link};

/// The head of a request.
const HEAD_BYTES: usize = 64 * 1024;
const HEADERS: usize = 100;

/// How long a head may take, and a connection may idle: longer than the SDK keeps idle connections (90 s), so that the lab never closes
/// one that the SDK is about to use again.
const HEAD_PATIENCE: Duration = Duration::from_secs(100);

/// How long a body may take.
const BODY_PATIENCE: Duration = Duration::from_secs(20);

/// How long an unanswered request is held at most. Clients give up, and are noticed, much sooner.
const HOLD: Duration = Duration::from_secs(600);

/// What a listener is for.
#[derive(Clone, Debug)]
pub(super) enum Role {
    Door(Door),
    Control,
    /// Every door and control: the credential scope tells regions apart.
    Everything,
}

/// What all connections of a listener share.
pub(super) struct Service {
    pub(super) lab: Lab,
    pub(super) role: Role,
    pub(super) control: Control,
    pub(super) links: Arc<Links>,
}

/// The connection ends without an answer.
#[derive(Debug)]
struct Abandoned;

impl fmt::Display for Abandoned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request was abandoned")
    }
}

impl std::error::Error for Abandoned {}

/// Serves a connection until either side ends it, the door refuses, or the lab stops.
pub(super) async fn serve(stream: TcpStream, service: Arc<Service>, mut link: watch::Receiver<Link>, mut stop: watch::Receiver<bool>) {
    // The SDK sends small requests and waits: Nagle would only add latency. Without it the connection still works.
    let _ = stream.set_nodelay(true);
    let Ok(handle) = SockRef::from(&stream).try_clone() else { return };
    let answering = service_fn(|request| Arc::clone(&service).respond(request));
    let mut http = http1::Builder::new();
    http.auto_date_header(false).timer(TokioTimer::new()).header_read_timeout(HEAD_PATIENCE).max_headers(HEADERS).max_buf_size(HEAD_BYTES);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), answering));
    let refused = async { link.wait_for(|link| *link == Link::Refused).await.is_ok() };
    let mut refused = pin!(refused);
    let mut cut = false;
    tokio::select! {
        biased;
        () = stopped(&mut stop) => connection.as_mut().graceful_shutdown(),
        true = &mut refused => cut = true,
        // Whether it ended well is the client's affair.
        _ = connection.as_mut() => return,
    }
    if cut {
        // Closing without lingering sends a reset, as a refusing host does.
        let _ = handle.set_linger(Some(Duration::ZERO));
    } else {
        let _ = connection.await;
    }
}

impl Service {
    async fn respond(self: Arc<Self>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Abandoned> {
        let response = if request.method() == Method::CONNECT {
            HttpResponse::new(501, "text/plain; charset=utf-8", "The lab is no tunnel: ask it for the whole URL.\n")
        } else if request.uri().authority().is_some() {
            match proxy::forward(&self.lab, request.uri()).await {
                Some(response) => response,
                None => return silence().await,
            }
        } else {
            self.ask(request).await?
        };
        Ok(over_hyper(response))
    }

    async fn ask(&self, request: Request<Incoming>) -> Result<HttpResponse, Abandoned> {
        match &self.role {
            // Whoever asks whether this is a lab asks no API of AWS's: what slows those does not slow it, and what shuts the door shuts it.
            Role::Door(door) if is_hello(&request) && matches!(self.lab.link(door), Link::Up(_)) => Ok(self.lab.hello()),
            Role::Door(door) => {
                self.passed(door).await?;
                self.answer(Some(door), request).await
            }
            _ if is_hello(&request) => Ok(self.lab.hello()),
            Role::Everything if !request.uri().path().starts_with("/_lab/") => self.answer_by_scope(request).await,
            Role::Control | Role::Everything => self.controlled(request).await,
        }
    }

    /// Comes back when a request has passed the door, if it does.
    async fn passed(&self, door: &Door) -> Result<(), Abandoned> {
        match self.lab.link(door) {
            Link::Up(delay) if delay.is_zero() => Ok(()),
            Link::Up(delay) => {
                sleep(self.lab.clock().wall(delay)).await;
                if matches!(self.lab.link(door), Link::Up(_)) { Ok(()) } else { self.held(door).await }
            }
            Link::Refused => Err(Abandoned),
            Link::Silent | Link::BlackHole => self.held(door).await,
        }
    }

    /// Holds a request for as long as its door is shut, and then drops it: what was sent into the dark never arrives, here as in `inproc`.
    async fn held<T>(&self, door: &Door) -> Result<T, Abandoned> {
        // The listeners may not have been told yet, and their old word would let go at once.
        self.lab.with(|world| self.links.publish(world));
        if let Some(mut link) = self.links.of(door) {
            let _ = timeout(HOLD, link.wait_for(|link| matches!(link, Link::Up(_) | Link::Refused))).await;
            Err(Abandoned)
        } else {
            silence().await
        }
    }

    async fn answer(&self, door: Option<&Door>, request: Request<Incoming>) -> Result<HttpResponse, Abandoned> {
        let response = match whole(request).await {
            Ok(request) => self.lab.answer(door, &request),
            Err(refusal) => refusal.response(&self.lab),
        };
        match door {
            // It has gone dark meanwhile, and the answer is lost on the way back.
            Some(door) if matches!(self.lab.link(door), Link::Silent | Link::BlackHole) => self.held(door).await,
            _ => Ok(response),
        }
    }

    async fn answer_by_scope(&self, request: Request<Incoming>) -> Result<HttpResponse, Abandoned> {
        let door = wire::door_of(&head(&request));
        if let Some(door) = &door {
            self.passed(door).await?;
        }
        self.answer(None, request).await
    }

    async fn controlled(&self, request: Request<Incoming>) -> Result<HttpResponse, Abandoned> {
        let (method, target) = (request.method().clone(), request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned());
        let request = match whole(request).await {
            Ok(request) => request,
            Err(refusal) => return Ok(refusal.response(&self.lab)),
        };
        let answer = self.lab.with_log(|world, log| {
            let answer = (self.control)(world, log, method.as_str(), &target, request.body);
            self.links.publish(world);
            answer
        });
        Ok(answer.unwrap_or_else(|| wire::json_response(404, &doc! { "message": "There is no such thing to control." })))
    }
}

async fn silence<T>() -> Result<T, Abandoned> {
    sleep(HOLD).await;
    Err(Abandoned)
}

fn is_hello(request: &Request<Incoming>) -> bool {
    request.method() == Method::GET && request.uri().path() == "/_lab/hello"
}

/// Why a request could not be read to its end.
enum Unread {
    TooLarge(HttpRequest),
    TooSlow,
}

impl Unread {
    fn response(&self, lab: &Lab) -> HttpResponse {
        let mut response = match self {
            Self::TooLarge(head) => lab.too_large(head),
            Self::TooSlow => HttpResponse::new(408, "text/plain; charset=utf-8", "The request did not arrive in time.\n"),
        };
        // What is left of the body is not worth reading.
        response.header("connection", "close");
        response
    }
}

fn head(request: &Request<Incoming>) -> HttpRequest {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    HttpRequest {
        method: request.method().as_str().to_owned(),
        path: request.uri().path().to_owned(),
        query: request.uri().query().unwrap_or_default().to_owned(),
        headers: request.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect(),
        body: Bytes::new(),
    }
}

async fn whole(request: Request<Incoming>) -> Result<HttpRequest, Unread> {
    let mut converted = head(&request);
    let promised = converted.header("content-length").and_then(|length| length.parse::<u64>().ok()).unwrap_or(0);
    if promised > MAX_BODY as u64 {
        return Err(Unread::TooLarge(converted));
    }
    match timeout(BODY_PATIENCE, Limited::new(request.into_body(), MAX_BODY).collect()).await {
        Ok(Ok(body)) => {
            converted.body = body.to_bytes();
            Ok(converted)
        }
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Unread::TooLarge(converted)),
        Ok(Err(_)) | Err(_) => Err(Unread::TooSlow),
    }
}

/// Headers that HTTP cannot carry are left out: an operation may have been told them by a client.
fn over_hyper(response: HttpResponse) -> Response<Full<Bytes>> {
    let mut converted = Response::new(Full::<Bytes>::new(response.body));
    *converted.status_mut() = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &response.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_bytes())) {
            converted.headers_mut().append(name, value);
        }
    }
    converted
}
