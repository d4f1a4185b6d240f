//! HTTP over a connection of our own, opened for one request: an idle one would still lead where the name led before.

use std::io;
use std::net::SocketAddr;

use bytes::Bytes;
use drlab_core::domain::Trouble;
use http_body_util::Full;
use hyper::Request;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, CONNECTION, CONTENT_TYPE, HOST, USER_AGENT};
use hyper::http::request::Builder;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::answer::{self, Got};

/// Who we say we are.
pub(super) const AGENT: &str = concat!("drlab-tui/", env!("CARGO_PKG_VERSION"));

/// The head of an answer.
const HEAD_BYTES: usize = 64 * 1024;

/// Opens a connection; a failure says what became of it.
pub(super) async fn connect(to: SocketAddr, deadline: Instant) -> Result<TcpStream, io::Error> {
    timeout_at(deadline, TcpStream::connect(to)).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// Asks for `uri` (a path, or a whole URL where a proxy is asked) in the name of `authority`.
pub(super) async fn get(stream: TcpStream, uri: &str, authority: &str, deadline: Instant) -> Result<Got, Trouble> {
    exchange(stream, Request::get(uri), authority, Bytes::new(), deadline).await
}

/// JSON, once.
pub(super) async fn post(stream: TcpStream, uri: &str, authority: &str, body: String, deadline: Instant) -> Result<Got, Trouble> {
    exchange(stream, Request::post(uri).header(CONTENT_TYPE, "application/json"), authority, body.into(), deadline).await
}

async fn exchange(stream: TcpStream, request: Builder, authority: &str, body: Bytes, deadline: Instant) -> Result<Got, Trouble> {
    // Dropped with this call, and the connection with it.
    let mut connections = JoinSet::new();
    match timeout_at(deadline, send(stream, request, authority, body, &mut connections)).await {
        Ok(Ok(response)) => Ok(answer::read(response.status().as_u16(), response.into_body(), deadline).await),
        Ok(Err(error)) => answer::failed(&error),
        Err(_) => Ok(Got::silence()),
    }
}

async fn send(
    stream: TcpStream,
    request: Builder,
    authority: &str,
    body: Bytes,
    connections: &mut JoinSet<()>,
) -> io::Result<hyper::Response<Incoming>> {
    let request = request
        .header(HOST, authority)
        .header(USER_AGENT, AGENT)
        .header(ACCEPT, "*/*")
        .header(CONNECTION, "close")
        .body(Full::new(body))
        .map_err(io::Error::other)?;
    let (mut sender, connection) =
        http1::Builder::new().max_buf_size(HEAD_BYTES).handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    connections.spawn(async { drop(connection.await) });
    sender.send_request(request).await.map_err(io::Error::other)
}
