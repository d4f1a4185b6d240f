use std::net::IpAddr;
use std::time::Duration;

use drlab_core::domain::fact::Resolution;
use drlab_core::domain::{Cause, Trouble};
use drlab_lab::serve::dns::Carrier;
use hickory_proto::rr::RecordType;
use tokio::time::Instant;

use super::message::{Asked, Heard, Told};
use super::wire::Wire;
use super::{deadline, millis_since};
use crate::clock::WorldClock;

/// How long a resolver may take, in the world's time.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a resolver says of a name just now. That the name does not exist is an answer; so is that the resolver could not find out.
pub(super) async fn resolve(wire: &Wire, resolver: &str, name: &str, clock: &WorldClock) -> Result<Resolution, Trouble> {
    let begun = clock.now();
    let told = told(wire, resolver, name, deadline(clock, PATIENCE)).await?;
    Ok(Resolution {
        name: name.to_owned(),
        resolver: resolver.to_owned(),
        addresses: told.addresses.iter().map(IpAddr::to_string).collect(),
        aliases: told.aliases,
        ttl: told.ttl,
        code: told.code,
        authoritative: told.authoritative,
        millis: millis_since(clock, begun),
    })
}

/// The IPv4 addresses; the IPv6 ones only where there are none, as most clients could not go there.
pub(super) async fn told(wire: &Wire, resolver: &str, name: &str, deadline: Instant) -> Result<Told, Trouble> {
    let first = one(wire, resolver, name, RecordType::A, deadline).await?;
    if !first.addresses.is_empty() || first.code != "NOERROR" {
        return Ok(first);
    }
    // What was told already stands, whatever becomes of the second question.
    let second = one(wire, resolver, name, RecordType::AAAA, deadline).await;
    Ok(second.ok().filter(|second| !second.addresses.is_empty()).unwrap_or(first))
}

async fn one(wire: &Wire, resolver: &str, name: &str, kind: RecordType, deadline: Instant) -> Result<Told, Trouble> {
    let asked = Asked::new(name, kind).ok_or_else(|| Trouble::new(Cause::NotYet, format!("“{name}” is no name that DNS could hold")))?;
    for carrier in [Carrier::Udp, Carrier::Tcp] {
        if let Heard::Told(told) = wire.message(resolver, &asked, carrier, deadline).await? {
            return Ok(told);
        }
    }
    Err(Trouble::new(Cause::Unintelligible, "the answer is cut off even over TCP"))
}

/// A deadline for who asks on behalf of something else.
pub(super) fn patience(clock: &WorldClock) -> Instant {
    deadline(clock, PATIENCE)
}
