use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use drlab_core::domain::{Cause, Trouble};
use tokio::time::{Instant, timeout_at};

/// The addresses of resolvers and proxies that are configured by name. The system is asked once: in an outage nothing should have to be looked
/// up before anything can be looked at.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    known: Arc<Mutex<BTreeMap<String, SocketAddr>>>,
}

impl Names {
    /// Where `host:port` is.
    pub(super) async fn address(&self, host_port: &str, deadline: Instant) -> Result<SocketAddr, Trouble> {
        if let Ok(address) = host_port.parse() {
            return Ok(address);
        }
        if let Some(address) = self.remembered(host_port) {
            return Ok(address);
        }
        let trouble = |why: &str| Trouble::new(Cause::Unreachable, format!("the system cannot tell where {host_port} is: {why}"));
        let found = match timeout_at(deadline, tokio::net::lookup_host(host_port)).await {
            // Where there are both, IPv4 is what works.
            Ok(Ok(found)) => found.min_by_key(SocketAddr::is_ipv6),
            Ok(Err(error)) => return Err(trouble(&error.to_string())),
            Err(_) => return Err(trouble("no answer")),
        };
        let address = found.ok_or_else(|| trouble("it has no address"))?;
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(host_port.to_owned(), address);
        Ok(address)
    }

    fn remembered(&self, host_port: &str) -> Option<SocketAddr> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(host_port).copied()
    }
}
