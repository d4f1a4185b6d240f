//! A whole lab: the world on its stage, its AWS ports, its name server and its two resolvers.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use drlab_core::domain::Timestamp;
use tokio::net::{TcpListener, UdpSocket};
use tokio::task::JoinSet;

use super::dns::{Ask, Side, serve_dns};
use super::{Addresses, Control, Lab, Ports, Server, fresh_instance};
use crate::builder::BuildError;
use crate::control::Stage;
use crate::world::route53::{self, ResolverId};

/// Why a lab did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error("the lab cannot listen on {at}: {why}")]
    Listen { at: SocketAddr, why: io::Error },
}

/// Where DNS is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DnsAddresses {
    pub authoritative: SocketAddr,
    /// Two public resolvers, each with a cache of its own.
    pub a: SocketAddr,
    pub b: SocketAddr,
}

/// A lab that runs until it is stopped or dropped.
#[derive(Debug)]
pub struct Running {
    lab: Lab,
    server: Server,
    dns: DnsAddresses,
    responders: JoinSet<()>,
}

/// Opens a stage's lab on `listen`, as it stands at `at`, and lets time pass.
pub async fn open(stage: Stage, at: Timestamp, listen: IpAddr, ports: Ports) -> Result<Running, OpenError> {
    let lab = Lab::new(stage.open(at)?, stage.config.lab.speed, &fresh_instance());
    let stage = Arc::new(stage);
    let control: Control = Arc::new(move |world, log, method, path, body| stage.answer(world, log, method, path, &body));
    let port = if let Ports::One(port) = ports { port } else { 0 };
    let failed = |why| OpenError::Listen { at: SocketAddr::new(listen, port), why };
    let server = Server::start(lab.clone(), listen, ports, control).await.map_err(failed)?;
    let mut responders = JoinSet::new();
    let mut respond = async |side, ask: Arc<Ask>| -> Result<SocketAddr, OpenError> {
        let failed = |why| OpenError::Listen { at: SocketAddr::new(listen, 0), why };
        let (udp, tcp) = same_port(listen).await.map_err(failed)?;
        let address = udp.local_addr().map_err(failed)?;
        responders.spawn(async move {
            serve_dns(udp, tcp, side, ask).await;
        });
        Ok(address)
    };
    let resolver = |lab: &Lab, which| -> Arc<Ask> {
        let lab = lab.clone();
        Arc::new(move |name, kind| lab.with(|world| route53::resolve(world, which, name, kind)))
    };
    let name_server = lab.clone();
    let dns = DnsAddresses {
        authoritative: respond(
            Side::Authoritative,
            Arc::new(move |name, kind| name_server.with(|world| route53::authoritative(world, name, kind))),
        )
        .await?,
        a: respond(Side::Resolver, resolver(&lab, ResolverId::A)).await?,
        b: respond(Side::Resolver, resolver(&lab, ResolverId::B)).await?,
    };
    Ok(Running { lab, server, dns, responders })
}

/// A free port for both of DNS's transports: a resolver that is cut off over UDP asks again over TCP at the same number.
async fn same_port(listen: IpAddr) -> io::Result<(UdpSocket, TcpListener)> {
    let mut refused = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..16 {
        let udp = UdpSocket::bind((listen, 0)).await?;
        match TcpListener::bind(udp.local_addr()?).await {
            Ok(tcp) => return Ok((udp, tcp)),
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

impl Running {
    #[must_use]
    pub const fn addresses(&self) -> &Addresses {
        self.server.addresses()
    }

    #[must_use]
    pub const fn dns(&self) -> &DnsAddresses {
        &self.dns
    }

    #[must_use]
    pub const fn lab(&self) -> &Lab {
        &self.lab
    }

    /// Takes no more requests, answers those that are being answered, and ends.
    pub async fn stop(mut self) {
        self.responders.shutdown().await;
        self.server.stop().await;
    }
}
