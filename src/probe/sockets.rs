//! DNS over sockets of our own: a fresh port for every question, and only its peer is listened to.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use drlab_core::domain::{Cause, Trouble};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::message::{Asked, Heard};

/// More than we say we take; what is larger cannot be for us.
const LARGEST_DATAGRAM: usize = 4096;

/// Asks with a datagram, and with another one when half of the time is over: losing one is no outage.
pub(super) async fn by_datagram(to: SocketAddr, asked: &Asked, deadline: Instant) -> Result<Heard, Trouble> {
    let local: SocketAddr = if to.is_ipv4() { (Ipv4Addr::UNSPECIFIED, 0).into() } else { (Ipv6Addr::UNSPECIFIED, 0).into() };
    let socket = UdpSocket::bind(local).await.map_err(failed)?;
    // A connected socket hears its peer alone, and learns that nobody listens there.
    socket.connect(to).await.map_err(failed)?;
    socket.send(asked.bytes()).await.map_err(failed)?;
    let mut again = Some(Instant::now() + deadline.saturating_duration_since(Instant::now()) / 2);
    let mut datagram = vec![0; LARGEST_DATAGRAM];
    let mut nonsense = false;
    loop {
        tokio::select! {
            biased;
            () = sleep_until(deadline) => return Err(if nonsense { unintelligible() } else { silence() }),
            () = sleep_until(again.unwrap_or(deadline)), if again.is_some() => {
                again = None;
                socket.send(asked.bytes()).await.map_err(failed)?;
            }
            got = socket.recv(&mut datagram) => {
                let length = got.map_err(failed)?;
                match asked.heard(datagram.get(..length).unwrap_or_default()) {
                    Some(heard) => return Ok(heard),
                    // It may be somebody else's, in the peer's name: the right one is still waited for.
                    None => nonsense = true,
                }
            }
        }
    }
}

/// Asks over a connection: what does not fit a datagram.
pub(super) async fn by_stream(to: SocketAddr, asked: &Asked, deadline: Instant) -> Result<Heard, Trouble> {
    let bytes = timeout_at(deadline, exchange(to, asked.bytes())).await.map_err(|_| silence())?.map_err(failed)?;
    asked.heard(&bytes).ok_or_else(unintelligible)
}

/// One message each way, with its length before it.
async fn exchange(to: SocketAddr, message: &[u8]) -> io::Result<Vec<u8>> {
    let length = u16::try_from(message.len()).map_err(io::Error::other)?;
    let mut stream = TcpStream::connect(to).await?;
    stream.write_all(&[&length.to_be_bytes()[..], message].concat()).await?;
    let mut reply = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut reply).await?;
    Ok(reply)
}

pub(super) fn silence() -> Trouble {
    Trouble::new(Cause::Silent, "no answer")
}

pub(super) fn unintelligible() -> Trouble {
    Trouble::new(Cause::Unintelligible, "what came back is no answer to the question")
}

fn failed(error: io::Error) -> Trouble {
    match error.kind() {
        // Windows tells a refused datagram as a reset.
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset => Trouble::new(Cause::Unreachable, "connection refused"),
        ErrorKind::TimedOut => silence(),
        _ => Trouble::new(Cause::Unreachable, format!("cannot be asked: {error}")),
    }
}
