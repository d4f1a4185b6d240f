use std::net::IpAddr;

use drlab_core::config::{Config, Endpoints};
use drlab_core::domain::{Cause, Trouble};
use drlab_lab::inproc::InProcess;
use drlab_lab::serve::dns::Carrier;
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::answer::{self, Got};
use super::lab::InLab;
use super::message::{Asked, Heard};
use super::names::Names;
use super::target::Target;
use super::{Patience, plain, secure, sockets};

/// The way to resolvers and to the workload's addresses.
#[derive(Clone, Debug)]
pub enum Wire {
    Net(Net),
    /// A lab in this process.
    Lab(InLab),
}

/// The network.
#[derive(Clone, Debug, Default)]
pub struct Net {
    /// Through which the workload's own addresses are reached: a lab's are documentation addresses, which no machine has.
    proxy: Option<String>,
    names: Names,
}

impl Wire {
    /// The network; through an HTTP proxy where the configuration names one.
    #[must_use]
    pub fn net(endpoints: &Endpoints) -> Self {
        Self::Net(Net { proxy: endpoints.proxy.clone(), names: Names::default() })
    }

    #[must_use]
    pub fn lab(way: InProcess, config: &Config) -> Self {
        Self::Lab(InLab::new(way, config))
    }

    /// Sends a question to a resolver (`host:port`).
    pub(super) async fn message(&self, resolver: &str, asked: &Asked, carrier: Carrier, deadline: Instant) -> Result<Heard, Trouble> {
        match self {
            Self::Net(net) => {
                let to = net.names.address(resolver, deadline).await?;
                match carrier {
                    Carrier::Udp => sockets::by_datagram(to, asked, deadline).await,
                    Carrier::Tcp => sockets::by_stream(to, asked, deadline).await,
                }
            }
            Self::Lab(lab) => lab.message(resolver, asked, carrier, deadline).await,
        }
    }

    /// What is said of a webhook in a lab.
    pub(super) const NO_SUCH_HOST: &str = "the lab has no such host, so nobody was told";

    /// Posts to whoever a URL names. Trouble is whatever keeps it from being asked.
    pub(super) async fn post(&self, target: &Target, body: String, deadline: Instant) -> Result<Got, Trouble> {
        match self {
            // What a rehearsal says must not be heard by people whom the real thing concerns: the lab hears it, or nobody.
            Self::Lab(lab) => lab.post(target, deadline).await.ok_or_else(no_such_host),
            Self::Net(Net { proxy: Some(proxy), names }) => post_through(proxy, names, target, body, deadline).await,
            Self::Net(Net { names, .. }) => {
                let to = names.address(&target.host_port(), deadline).await?;
                if target.secure {
                    return secure::post(to.ip(), target, body, deadline).await;
                }
                match plain::connect(to, deadline).await {
                    Ok(stream) => plain::post(stream, &target.path, &target.authority(), body, deadline).await,
                    Err(error) => answer::failed(&error),
                }
            }
        }
    }

    /// Asks an address for a page. Trouble is only what lies on this side.
    pub(super) async fn get(&self, address: IpAddr, target: &Target, patience: Patience) -> Result<Got, Trouble> {
        match self {
            // Only a lab is behind a proxy: what the scheme promises lies between clients and AWS, of which it is both ends. The proxy is there
            // when the lab's region is dark, and a connection to it says nothing.
            Self::Net(Net { proxy: Some(proxy), names }) => through(proxy, names, address, target, patience.answer).await,
            Self::Net(_) if target.secure => secure::get(address, target, patience).await,
            Self::Net(_) => match plain::connect((address, target.port).into(), patience.connect).await {
                Ok(stream) => plain::get(stream, &target.path, &target.authority(), patience.answer).await,
                Err(error) => answer::failed(&error),
            },
            Self::Lab(lab) => Ok(lab.get(address, target, patience).await),
        }
    }
}

/// By way of a proxy. That the proxy itself cannot be reached says nothing of the workload.
async fn through(proxy: &str, names: &Names, address: IpAddr, target: &Target, deadline: Instant) -> Result<Got, Trouble> {
    let stream = to_proxy(proxy, names, deadline).await?;
    plain::get(stream, &target.url_at(address), &target.authority(), deadline).await
}

/// The same for what is posted: 502 is how the lab says that it knows no such host. A webhook's URL is a secret, and no lab is anywhere but on
/// this machine.
async fn post_through(proxy: &str, names: &Names, target: &Target, body: String, deadline: Instant) -> Result<Got, Trouble> {
    if !Target::parse(proxy).and_then(|at| at.address()).is_some_and(|address| address.is_loopback()) {
        return Err(no_such_host());
    }
    let stream = to_proxy(proxy, names, deadline).await?;
    match plain::post(stream, &target.url(), &target.authority(), body, deadline).await? {
        Got::Answered { status: 502, .. } => Err(no_such_host()),
        got => Ok(got),
    }
}

async fn to_proxy(proxy: &str, names: &Names, deadline: Instant) -> Result<TcpStream, Trouble> {
    let out = |why: &str| Trouble::new(Cause::NotYet, format!("the proxy {proxy} cannot be used: {why}"));
    let at = Target::parse(proxy).filter(|at| !at.secure).ok_or_else(|| out("write it as http://host:port"))?;
    let to = names.address(&at.host_port(), deadline).await.map_err(|trouble| out(&trouble.text))?;
    plain::connect(to, deadline).await.map_err(|error| out(&error.to_string()))
}

fn no_such_host() -> Trouble {
    Trouble::new(Cause::NotYet, Wire::NO_SUCH_HOST)
}
