//! The lab in this process: a connector for the SDK and a client's eye, on tokio's clock (which may be paused) and without a socket.
//!
//! Nothing here blocks or spawns: `spawn_blocking` would freeze virtual time, and a socket would let it run away.

use std::cell::RefCell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_smithy_async::time::TimeSource;
use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest as SdkRequest, HttpResponse as SdkResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use http_body_util::BodyExt;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::serve::dns::{Carrier, Side, respond};
use crate::serve::{Lab, look};
use crate::wire::{HttpRequest, HttpResponse, door_of};
use crate::world::application::Sight;
use crate::world::route53::{self, ResolverId};
use crate::world::{Door, Link, World};

/// The way to a lab in this process.
#[derive(Clone, Debug)]
pub struct InProcess {
    lab: Lab,
    one_way: Duration,
}

impl InProcess {
    /// What a call across an ocean takes there and back.
    pub const FAR: Duration = Duration::from_millis(150);

    /// Without latency.
    #[must_use]
    pub const fn new(lab: Lab) -> Self {
        Self { lab, one_way: Duration::ZERO }
    }

    /// Every exchange takes this much world time there and back, half of it each way.
    #[must_use]
    pub fn round_trip(self, time: Duration) -> Self {
        Self { one_way: time / 2, ..self }
    }

    #[must_use]
    pub const fn lab(&self) -> &Lab {
        &self.lab
    }

    /// Asks the world something that is not AWS's API (a resolver, say), with the latency of an exchange.
    pub async fn ask<T>(&self, question: impl FnOnce(&mut World) -> T) -> T {
        self.travel().await;
        let answer = self.lab.with(question);
        self.travel().await;
        answer
    }

    /// What a client that waits for `patience`, and for `connect` until it is connected, gets from `http://host/path`; `None` where the name
    /// leads nowhere. The lab's silence is that of the dark: nobody accepts the connection.
    pub async fn fetch(&self, host: &str, path: &str, connect: Duration, patience: Duration) -> Option<Sight> {
        let connected_by = Instant::now() + connect;
        let fetched = async {
            self.travel().await;
            let sight = look(&self.lab, host, path);
            self.travel().await;
            match &sight {
                Some(Sight::Answered { millis, .. }) => sleep(self.lab.clock().wall(Duration::from_millis((*millis).into()))).await,
                Some(Sight::Silence) => sleep_until(connected_by).await,
                Some(Sight::Refused) | None => {}
            }
            sight
        };
        timeout(patience, fetched).await.unwrap_or(Some(Sight::Silence))
    }

    /// What the lab's name server (`None`) or one of its resolvers replies to a DNS message; `None` where that is no question.
    pub async fn dns(&self, resolver: Option<ResolverId>, message: &[u8], carrier: Carrier) -> Option<Vec<u8>> {
        self.ask(|world| match resolver {
            None => respond(message, Side::Authoritative, &|name, kind| route53::authoritative(world, name, kind), carrier),
            Some(which) => {
                // A resolver remembers what it is asked, so asking changes the world.
                let world = RefCell::new(world);
                respond(message, Side::Resolver, &|name, kind| route53::resolve(&mut world.borrow_mut(), which, name, kind), carrier)
            }
        })
        .await
    }

    async fn travel(&self) {
        if !self.one_way.is_zero() {
            sleep(self.lab.clock().wall(self.one_way)).await;
        }
    }
}

impl HttpClient for InProcess {
    fn http_connector(&self, settings: &HttpConnectorSettings, _components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Line { way: self.clone(), connect: settings.connect_timeout(), read: settings.read_timeout() })
    }
}

/// World time, as the SDK wants it told: without it, credentials would expire by the wall, which stands still in a paused runtime.
impl TimeSource for InProcess {
    fn now(&self) -> SystemTime {
        let now = self.lab.clock().now();
        UNIX_EPOCH + Duration::from_millis(u64::try_from(now.millis()).unwrap_or(0))
    }
}

/// One client's connections, with its patience.
#[derive(Clone, Debug)]
struct Line {
    way: InProcess,
    connect: Option<Duration>,
    read: Option<Duration>,
}

impl HttpConnector for Line {
    fn call(&self, request: SdkRequest) -> HttpConnectorFuture {
        let line = self.clone();
        HttpConnectorFuture::new(async move {
            let request = converted(request).await?;
            let response = line.exchange(&request).await?;
            over_sdk(response)
        })
    }
}

impl Line {
    async fn exchange(&self, request: &HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let door = door_of(request);
        let slow = match self.link(door.as_ref()) {
            Link::Up(slow) => slow,
            Link::Refused => return Err(refused().never_connected()),
            Link::BlackHole => {
                lost(self.connect).await;
                return Err(too_late("connect").never_connected());
            }
            Link::Silent => {
                lost(self.read).await;
                return Err(too_late("read"));
            }
        };
        let answered = async {
            self.way.travel().await;
            if !slow.is_zero() {
                sleep(self.way.lab.clock().wall(slow)).await;
            }
            self.open(door.as_ref()).await?;
            let response = self.way.lab.answer(None, request);
            self.way.travel().await;
            self.open(door.as_ref()).await?;
            Ok(response)
        };
        match self.read {
            Some(patience) => timeout(patience, answered).await.unwrap_or_else(|_| Err(too_late("read"))),
            None => answered.await,
        }
    }

    fn link(&self, door: Option<&Door>) -> Link {
        door.map_or(Link::Up(Duration::ZERO), |door| self.way.lab.link(door))
    }

    /// Comes back if the region can be reached at this end of the way; a message that meets the dark is lost.
    async fn open(&self, door: Option<&Door>) -> Result<(), ConnectorError> {
        match self.link(door) {
            Link::Up(_) => Ok(()),
            Link::Refused => Err(ConnectorError::io("connection reset by peer".into())),
            Link::BlackHole | Link::Silent => std::future::pending().await,
        }
    }
}

/// Waits until a client's patience is over; one without patience's end waits for ever.
async fn lost(patience: Option<Duration>) {
    match patience {
        Some(patience) => sleep(patience).await,
        None => std::future::pending().await,
    }
}

fn refused() -> ConnectorError {
    ConnectorError::io("connection refused".into())
}

fn too_late(what: &str) -> ConnectorError {
    ConnectorError::timeout(format!("{what} timed out").into())
}

async fn converted(request: SdkRequest) -> Result<HttpRequest, ConnectorError> {
    let mut converted = HttpRequest { method: request.method().to_owned(), ..HttpRequest::default() };
    let uri: hyper::Uri = request.uri().parse().map_err(|error: hyper::http::uri::InvalidUri| ConnectorError::user(error.into()))?;
    uri.path().clone_into(&mut converted.path);
    uri.query().unwrap_or_default().clone_into(&mut converted.query);
    converted.headers = request.headers().iter().map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    if let Some(authority) = uri.authority().filter(|_| converted.header("host").is_none()) {
        converted.headers.push(("host".to_owned(), authority.to_string()));
    }
    converted.body = match request.body().bytes() {
        Some(bytes) => bytes::Bytes::copy_from_slice(bytes),
        None => request.into_body().collect().await.map_err(ConnectorError::user)?.to_bytes(),
    };
    Ok(converted)
}

fn over_sdk(response: HttpResponse) -> Result<SdkResponse, ConnectorError> {
    let status = StatusCode::try_from(response.status).map_err(|error| ConnectorError::other(error.into(), None))?;
    let mut converted = SdkResponse::new(status, response.body.into());
    for (name, value) in response.headers {
        // What HTTP cannot carry is left out, as over a socket.
        let _ = converted.headers_mut().try_append(name, value);
    }
    Ok(converted)
}

#[cfg(test)]
mod tests {
    use drlab_core::domain::Timestamp;

    use super::*;
    use crate::world::testing::{east, world};
    use crate::world::{ActiveFault, Fault};

    fn line() -> Line {
        let way = InProcess::new(Lab::new(world(), 1.0, "here")).round_trip(InProcess::FAR);
        Line { way, connect: Some(Duration::from_secs(1)), read: Some(Duration::from_secs(3)) }
    }

    fn caller() -> SdkRequest {
        let mut request = SdkRequest::new("Action=GetCallerIdentity&Version=2011-06-15".into());
        request.set_uri("http://127.0.0.1:1/").unwrap();
        request.set_method("POST").unwrap();
        let scope = "AKIALAB/20261120/us-east-1/sts/aws4_request";
        let header = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0");
        request.headers_mut().insert("authorization", header);
        request.headers_mut().insert("content-type", "application/x-www-form-urlencoded");
        request
    }

    fn break_east(line: &Line, fault: Fault, after: Duration, lasting: Option<Duration>) {
        line.way.lab.with(|world| {
            let now = world.now();
            world.faults.inject(ActiveFault::on(fault, &east(), now + after, lasting));
        });
    }

    #[tokio::test(start_paused = true)]
    async fn a_healthy_call_takes_one_round_trip_exactly() {
        let (line, began) = (line(), Instant::now());
        let response = line.call(caller()).await.unwrap();
        assert_eq!((response.status().as_u16(), began.elapsed()), (200, Duration::from_millis(150)));
        assert!(String::from_utf8_lossy(response.body().bytes().unwrap()).contains("<Account>123456789012</Account>"));
        assert!(response.headers().get("x-amzn-requestid").is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn the_dark_costs_exactly_ones_patience() {
        for (fault, patience) in [(Fault::RegionDark, 1), (Fault::ApiSilent, 3), (Fault::ApiRefused, 0)] {
            let (line, began) = (line(), Instant::now());
            break_east(&line, fault, Duration::ZERO, None);
            let error = line.call(caller()).await.unwrap_err();
            assert_eq!((error.is_timeout(), began.elapsed()), (patience > 0, Duration::from_secs(patience)), "{fault}");
            assert_eq!(line.way.lab.log(|log| log.answered()), 0);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_meets_the_dark_is_lost() {
        let line = line();
        let (call, breaks) = (line.call(caller()), async {
            sleep(Duration::from_millis(100)).await;
            break_east(&line, Fault::RegionDark, Duration::ZERO, None);
        });
        let (answer, ()) = tokio::join!(call, breaks);
        assert!(answer.unwrap_err().is_timeout());
        assert_eq!(line.way.lab.log(|log| log.answered()), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn regions_come_back() {
        let line = line();
        break_east(&line, Fault::RegionDark, Duration::ZERO, Some(Duration::from_secs(60)));
        assert!(line.call(caller()).await.is_err());
        sleep(Duration::from_secs(60)).await;
        assert_eq!(line.call(caller()).await.unwrap().status().as_u16(), 200);
    }

    #[tokio::test(start_paused = true)]
    async fn the_clients_eye_waits_for_silence_and_knows_no_strangers() {
        let (way, began, patience) = (line().way, Instant::now(), Duration::from_secs(2));
        let sight = way.fetch("198.51.100.10", "/healthz", patience / 2, patience).await;
        assert_eq!((sight, began.elapsed()), (Some(Sight::Silence), patience / 2), "nobody accepts the connection");
        let visits: Vec<_> = way.lab().log(|log| log.visits().map(|visit| (visit.host.clone(), visit.path.clone())).collect());
        assert_eq!(visits, [("198.51.100.10".to_owned(), "/healthz".to_owned())]);
        assert_eq!(way.fetch("example.com", "/", patience, patience).await, None);
        assert_eq!(way.ask(|world| world.now()).await.since(Timestamp::from_secs(1_767_225_600)), Duration::from_millis(1225));
    }
}
