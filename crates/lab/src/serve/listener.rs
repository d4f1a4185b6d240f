//! A listening port that can refuse and swallow connections and come back, without ever letting go of its number.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, TcpStream};

/// How many connections may wait to be accepted.
const BACKLOG: i32 = 1024;

/// How long one of our own connections is tried before the queue counts as full. Over loopback an open door answers at once.
const KNOCK: Duration = Duration::from_millis(100);

/// More than any queue of length 0 holds.
const KNOCKS: usize = 64;

pub(super) struct Port {
    socket: Socket,
    address: SocketAddr,
}

impl Port {
    /// Binds a port of the loopback; 0 chooses a free one.
    pub(super) fn bind(listen: IpAddr, port: u16) -> io::Result<Self> {
        let mut refused = io::Error::from(io::ErrorKind::AddrInUse);
        for _ in 0..8 {
            // A port that the system chose is lost with the listening state; one that was asked for stays. So the choice is asked for again.
            let chosen = if port == 0 { bound(listen, 0)?.1.port() } else { port };
            match bound(listen, chosen) {
                Ok((socket, address)) => {
                    socket.listen(BACKLOG)?;
                    return Ok(Self { socket, address });
                }
                Err(error) if port == 0 => refused = error,
                Err(error) => return Err(error),
            }
        }
        Err(refused)
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes connections from now on.
    pub(super) fn open(&self) -> io::Result<TcpListener> {
        self.socket.listen(BACKLOG)?;
        TcpListener::from_std(self.socket.try_clone()?.into())
    }

    /// Refuses connections until opened again: the socket stays bound but no longer listens.
    #[cfg(target_os = "linux")]
    pub(super) fn refuse(&self) -> io::Result<()> {
        self.socket.shutdown(std::net::Shutdown::Read)
    }

    /// Swallows connections until opened again and these fillers are dropped: a full queue drops further SYNs, as a dark region does.
    #[cfg(target_os = "linux")]
    pub(super) async fn swallow(&self) -> io::Result<Vec<TcpStream>> {
        self.socket.listen(0)?;
        let mut fillers = Vec::new();
        while fillers.len() < KNOCKS {
            match tokio::time::timeout(KNOCK, TcpStream::connect(self.address)).await {
                Ok(filler) => fillers.push(filler?),
                Err(_) => break,
            }
        }
        Ok(fillers)
    }

    /// Drops whoever got into the queue while connections were being swallowed: what was sent into the dark must not arrive.
    #[cfg(target_os = "linux")]
    pub(super) fn forget(&self) {
        while let Ok((stream, _)) = self.socket.accept() {
            // A reset, as from a host that knows nothing of the connection.
            let _ = stream.set_linger(Some(Duration::ZERO));
        }
    }
}

fn bound(listen: IpAddr, port: u16) -> io::Result<(Socket, SocketAddr)> {
    let socket = Socket::new(if listen.is_ipv4() { Domain::IPV4 } else { Domain::IPV6 }, Type::STREAM, Some(Protocol::TCP))?;
    // After a stop the next lab may have the same port at once.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&SocketAddr::new(listen, port).into())?;
    let address = socket.local_addr()?.as_socket().ok_or_else(|| io::Error::from(io::ErrorKind::AddrNotAvailable))?;
    Ok((socket, address))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    async fn knock(address: SocketAddr) -> Option<io::Result<TcpStream>> {
        tokio::time::timeout(Duration::from_millis(150), TcpStream::connect(address)).await.ok()
    }

    #[tokio::test]
    async fn a_port_refuses_swallows_and_comes_back() {
        let port = Port::bind(Ipv4Addr::LOCALHOST.into(), 0).unwrap();
        let address = port.address();
        let listener = port.open().unwrap();
        assert!(knock(address).await.unwrap().is_ok());
        drop(listener);

        port.refuse().unwrap();
        assert_eq!(knock(address).await.unwrap().unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
        let listener = port.open().unwrap();
        assert!(knock(address).await.unwrap().is_ok());
        drop(listener);

        let fillers = port.swallow().await.unwrap();
        assert!(knock(address).await.is_none());
        drop(fillers);
        port.forget();
        let listener = port.open().unwrap();
        let client = knock(address).await.unwrap().unwrap();
        assert_eq!(listener.accept().await.unwrap().1, client.local_addr().unwrap());
    }
}
