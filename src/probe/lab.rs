use std::collections::BTreeMap;
use std::net::IpAddr;

use drlab_core::config::Config;
use drlab_core::domain::Trouble;
use drlab_lab::inproc::InProcess;
use drlab_lab::serve::dns::Carrier;
use drlab_lab::world::application::Sight;
use drlab_lab::world::route53::ResolverId;
use tokio::time::{Instant, timeout_at};

use super::Patience;
use super::answer::Got;
use super::message::{Asked, Heard};
use super::sockets::{silence, unintelligible};
use super::target::Target;

/// A lab in this process, with its resolvers and name servers in the place of those that a configuration names.
#[derive(Clone, Debug)]
pub struct InLab {
    way: InProcess,
    servers: BTreeMap<String, Server>,
}

/// What answers at an address: the lab's name server, or one of its two resolvers.
type Server = Option<ResolverId>;

impl InLab {
    /// The first resolver of each workload is the lab's first, the second its second, and so on by turns.
    #[must_use]
    pub fn new(way: InProcess, config: &Config) -> Self {
        let mut servers = BTreeMap::new();
        for dns in config.workloads.iter().filter_map(|workload| workload.dns.as_ref()) {
            for (resolver, which) in dns.resolvers.iter().zip([ResolverId::A, ResolverId::B].into_iter().cycle()) {
                servers.entry(resolver.to_string()).or_insert(Some(which));
            }
            for server in &dns.name_servers {
                servers.entry(server.to_string()).or_insert(None);
            }
        }
        Self { way, servers }
    }

    /// Nobody answers at any other address.
    pub(super) async fn message(&self, resolver: &str, asked: &Asked, carrier: Carrier, deadline: Instant) -> Result<Heard, Trouble> {
        let answered = async {
            match self.servers.get(resolver) {
                Some(server) => self.way.dns(*server, asked.bytes(), carrier).await,
                None => std::future::pending().await,
            }
        };
        let reply = timeout_at(deadline, answered).await.map_err(|_| silence())?;
        reply.and_then(|bytes| asked.heard(&bytes)).ok_or_else(unintelligible)
    }

    /// `None`: the lab knows no such host.
    pub(super) async fn post(&self, target: &Target, deadline: Instant) -> Option<Got> {
        match self.fetch(&target.host, target, Patience::until(deadline)).await? {
            Sight::Answered { status, body, .. } => Some(Got::of(status, body.as_bytes())),
            Sight::Silence => Some(Got::silence()),
            Sight::Refused => Some(Got::nothing("connection refused")),
        }
    }

    pub(super) async fn get(&self, address: IpAddr, target: &Target, patience: Patience) -> Got {
        match self.fetch(&address.to_string(), target, patience).await {
            Some(Sight::Answered { status, body, .. }) => Got::of(status, body.as_bytes()),
            Some(Sight::Silence) => Got::silence(),
            Some(Sight::Refused) => Got::nothing("connection refused"),
            None => Got::nothing("no route to the host"),
        }
    }

    /// Where the lab is silent nobody has accepted the connection.
    async fn fetch(&self, host: &str, target: &Target, patience: Patience) -> Option<Sight> {
        let left = |until: Instant| until.saturating_duration_since(Instant::now());
        self.way.fetch(host, &target.path, left(patience.connect), left(patience.answer)).await
    }
}
