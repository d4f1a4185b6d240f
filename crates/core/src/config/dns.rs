use std::fmt;
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::model::{as_text, no_site};
use super::sites::Sites;
use super::words::words;
use crate::domain::format_duration;

/// The record through which users arrive, and how they are turned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dns {
    pub zone: String,
    /// Without its trailing dot.
    pub record: String,
    #[serde(flatten)]
    pub sites: Sites<SiteRecord>,
    pub flip: Flip,
    /// `None`: an alias, which Route 53 answers with a minute's life.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text_if_any")]
    pub ttl: Option<Duration>,
    pub probe: Probe,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resolvers: Vec<HostPort>,
    /// Written down, so that nothing has to be looked up during an outage.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub name_servers: Vec<HostPort>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SiteRecord {
    pub set_identifier: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_check: Option<String>,
    /// The load balancer's own DNS name: an address belongs to the site if this name gives it too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load_balancer: Option<String>,
}

words! {
    /// How traffic is turned.
    Flip {
        /// A failover pair, rewritten so that both records lead to the target.
        FailoverRecord = "failover-record",
        Weighted = "weighted",
        /// The primary's health check is inverted.
        HealthCheckInvert = "health-check-invert",
        /// Route 53's health checks do it; nobody else.
        Automatic = "automatic",
        /// A person does it somewhere else.
        Manual = "manual",
    }
}

/// The client's eye.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Probe {
    pub path: String,
    /// A path that writes a row; the proof that the application can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub write_path: Option<String>,
    /// What both pages call a row: `path` the newest one that the site's database holds, `write_path` the one that was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
    #[serde(serialize_with = "as_text")]
    pub every: Duration,
    pub scheme: Scheme,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// A URL of the site itself, past the shared record.
    #[serde(skip_serializing_if = "no_site")]
    pub url: Sites<Option<String>>,
}

words! { Scheme { Http = "http", Https = "https" } }

/// A name or address with a port, as resolvers and name servers are given.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostPort {
    /// IPv6 addresses without brackets.
    pub host: String,
    pub port: u16,
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') { write!(f, "[{}]:{}", self.host, self.port) } else { write!(f, "{}:{}", self.host, self.port) }
    }
}

impl Serialize for HostPort {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

fn as_text_if_any<S: Serializer>(duration: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&duration.map(format_duration).unwrap_or_default())
}
