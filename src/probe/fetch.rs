use std::net::IpAddr;
use std::time::Duration;

use drlab_core::domain::fact::Sight;
use drlab_core::domain::{Cause, Errand, Trouble};
use tokio::time::Instant;

use super::answer::Got;
use super::resolve::{patience, told};
use super::target::Target;
use super::wire::Wire;
use super::{Patience, deadline, millis_since};
use crate::clock::WorldClock;

/// How long the page may take, and the connection alone, in the world's time. AWS is given as long: where nobody accepts a connection nobody
/// will answer, and a region that is dark is to be seen soon.
const PATIENCE: Duration = Duration::from_secs(3);
const TO_CONNECT: Duration = Duration::from_secs(1);
/// However fast the world runs, the system gets this much of the wall's time to connect.
const LEAST_TO_CONNECT: Duration = Duration::from_millis(250);

/// Goes where a client would go, and says what it gets. Whatever a user would see is a sight, silence included; trouble is only what keeps us
/// from looking.
pub(super) async fn fetch(wire: &Wire, errand: &Errand, clock: &WorldClock) -> Result<Sight, Trouble> {
    let target = Target::parse(&errand.url)
        .ok_or_else(|| Trouble::new(Cause::NotYet, format!("“{}” is no URL that could be asked for", errand.url)))?;
    let sight = Sight { url: errand.url.clone(), ..Sight::default() };
    let address = match whereabouts(wire, errand, &target, clock).await? {
        Whereabouts::At(address) => address,
        Whereabouts::Nowhere(problem) => return Ok(Sight { problem: Some(problem), ..sight }),
    };
    let begun = clock.now();
    let connect = Instant::now() + clock.on_the_wall(TO_CONNECT).max(LEAST_TO_CONNECT);
    let patience = Patience { connect, answer: deadline(clock, PATIENCE) };
    let got = wire.get(address, &target, patience).await?;
    let sight = Sight { address: Some(address.to_string()), millis: millis_since(clock, begun), ..sight };
    Ok(match got {
        Got::Answered { status, body } => Sight { status: Some(status), body: text(&body), ..sight },
        Got::Nothing { problem, body } => Sight { problem: Some(problem), body: text(&body), ..sight },
    })
}

enum Whereabouts {
    At(IpAddr),
    /// The resolvers answer, and the name leads nowhere; in words.
    Nowhere(String),
}

/// The address to go to, by the first resolver that knows one. A URL that names an address leads there by itself.
async fn whereabouts(wire: &Wire, errand: &Errand, target: &Target, clock: &WorldClock) -> Result<Whereabouts, Trouble> {
    if let Some(address) = target.address() {
        return Ok(Whereabouts::At(address));
    }
    let name = errand.by.as_deref().unwrap_or(&target.host);
    let mut nowhere = None;
    let mut silent = Vec::new();
    for resolver in &errand.resolvers {
        match told(wire, resolver, name, patience(clock)).await {
            Ok(told) => match told.addresses.first() {
                Some(address) => return Ok(Whereabouts::At(*address)),
                None => nowhere = nowhere.or(Some(format!("{name} has no address: {} at {resolver}", told.code))),
            },
            Err(trouble) => silent.push(format!("{resolver}: {}", trouble.text)),
        }
    }
    match nowhere {
        Some(problem) => Ok(Whereabouts::Nowhere(problem)),
        None if silent.is_empty() => Err(Trouble::new(Cause::NotYet, format!("no resolver to ask for {name}"))),
        // That nobody tells us the way is more likely our own network than the workload.
        None => Err(Trouble::new(Cause::NotYet, format!("no resolver tells where {name} is ({})", silent.join("; ")))),
    }
}

fn text(body: &[u8]) -> String {
    String::from_utf8_lossy(body).into_owned()
}
