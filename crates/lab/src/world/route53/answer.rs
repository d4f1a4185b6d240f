//! What the authoritative name servers answer: routing policies, aliases, health. This is data plane: it asks no control plane.

use std::net::Ipv4Addr;

use drlab_core::domain::Region;

use super::name::{canonical, parent, plain, within};
use super::record::{FailoverRole, RecordKind, RecordSet, Routing, Target, enumeration};
use super::zone::{RecordKey, Records, Zone, group, name_exists, soa};
use crate::doc;
use crate::document::Document;
use crate::world::{Answer, ApiError, Call, World, elb, rds};

/// Load balancers' names have this TTL.
const BALANCER_TTL: u32 = 60;
/// Database endpoints have this TTL, so that a Multi-AZ failover is noticed.
const DATABASE_TTL: u32 = 5;
/// How many names an alias or a CNAME may lead through.
const LONGEST_CHAIN: usize = 8;
/// How many records a multivalue answer has at most.
const MOST_VALUES: usize = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DnsCode {
    NoError,
    NxDomain,
    ServFail,
    /// Not a name these servers answer for.
    Refused,
}

impl DnsCode {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoError => "NOERROR",
            Self::NxDomain => "NXDOMAIN",
            Self::ServFail => "SERVFAIL",
            Self::Refused => "REFUSED",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsRecord {
    /// Canonical.
    pub name: String,
    pub kind: RecordKind,
    pub ttl: u32,
    /// As a zone file writes it.
    pub value: String,
}

/// One answer. `NoError` without answers is NODATA: the name is there and holds no such type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsAnswer {
    pub code: DnsCode,
    pub answers: Vec<DnsRecord>,
    /// The SOA record of a negative answer.
    pub authority: Vec<DnsRecord>,
}

impl DnsAnswer {
    pub(super) fn failed(code: DnsCode) -> Self {
        Self { code, answers: Vec::new(), authority: Vec::new() }
    }

    fn found(answers: Vec<DnsRecord>) -> Self {
        Self { code: DnsCode::NoError, answers, authority: Vec::new() }
    }

    /// The addresses in it, in order.
    #[must_use]
    pub fn addresses(&self) -> Vec<Ipv4Addr> {
        self.answers.iter().filter(|record| record.kind == RecordKind::A).filter_map(|record| record.value.parse().ok()).collect()
    }

    /// For how long it may be remembered, in seconds; `None` where not at all.
    pub(super) fn ttl(&self) -> Option<u32> {
        match self.code {
            DnsCode::ServFail | DnsCode::Refused => None,
            DnsCode::NoError | DnsCode::NxDomain => self.answers.iter().chain(&self.authority).map(|record| record.ttl).min(),
        }
    }
}

/// What Route 53's name servers (or, for AWS's own names, AWS's) answer now.
#[must_use]
pub fn authoritative(world: &World, name: &str, kind: RecordKind) -> DnsAnswer {
    let name = canonical(name);
    let Some(zone) = world.route53.zone_of(&name) else { return aws_answer(world, &name, &name, kind) };
    let mut answers: Vec<DnsRecord> = Vec::new();
    let mut asked = name;
    // A CNAME is followed as long as it stays in the zone; beyond that the resolver goes on.
    for _ in 0..LONGEST_CHAIN {
        let mut step = zone_answer(world, zone, &asked, kind, LONGEST_CHAIN);
        answers.append(&mut step.answers);
        match answers.last() {
            Some(last) if last.kind == RecordKind::Cname && kind != RecordKind::Cname && step.code == DnsCode::NoError => {
                let next = canonical(&last.value);
                if !within(&next, &zone.name) || next == asked {
                    return DnsAnswer { answers, ..step };
                }
                asked = next;
            }
            _ => return DnsAnswer { answers, ..step },
        }
    }
    DnsAnswer::failed(DnsCode::ServFail)
}

/// What the zone holds at exactly this name.
fn zone_answer(world: &World, zone: &Zone, name: &str, kind: RecordKind, depth: usize) -> DnsAnswer {
    let Some(at) = closest(&zone.served, name, &zone.name) else { return negative(zone, DnsCode::NxDomain) };
    let mut records = group(&zone.served, &at, kind);
    if records.is_empty() {
        records = group(&zone.served, &at, RecordKind::Cname);
    }
    if records.is_empty() {
        return negative(zone, DnsCode::NoError);
    }
    let mut answers = Vec::new();
    for record in chosen(world, zone, &records, depth) {
        match &record.target {
            Target::Values { ttl, values } => {
                let name = name.to_owned();
                answers.extend(values.iter().map(|value| DnsRecord { name: name.clone(), kind: record.kind, ttl: *ttl, value: value.clone() }));
            }
            Target::Alias { name: target, .. } => {
                let mut answer = match depth.checked_sub(1) {
                    None => return DnsAnswer::failed(DnsCode::ServFail),
                    Some(left) if within(target, &zone.name) => zone_answer(world, zone, target, record.kind, left),
                    Some(_) => aws_answer(world, name, target, record.kind),
                };
                if answer.code == DnsCode::ServFail {
                    return answer;
                }
                for found in &mut answer.answers {
                    name.clone_into(&mut found.name);
                }
                answers.append(&mut answer.answers);
            }
        }
    }
    // An alias that leads to nothing is NODATA at its own name.
    if answers.is_empty() { negative(zone, DnsCode::NoError) } else { DnsAnswer::found(answers) }
}

/// The name under which the zone answers for `name`: itself, or the wildcard that covers it.
fn closest(records: &Records, name: &str, zone: &str) -> Option<String> {
    if name_exists(records, name) {
        return Some(name.to_owned());
    }
    let mut above = parent(name);
    while let Some(encloser) = above.filter(|above| within(above, zone)) {
        if name_exists(records, encloser) {
            let wildcard = canonical(&format!("*.{encloser}"));
            return name_exists(records, &wildcard).then_some(wildcard);
        }
        above = parent(encloser);
    }
    None
}

fn negative(zone: &Zone, code: DnsCode) -> DnsAnswer {
    let authority = soa(zone)
        .map(|(value, ttl)| DnsRecord { name: zone.name.clone(), kind: RecordKind::Soa, ttl, value: value.to_owned() })
        .into_iter()
        .collect();
    DnsAnswer { code, answers: Vec::new(), authority }
}

/// Whether AWS itself answers for this name.
pub(super) fn is_aws_name(name: &str) -> bool {
    within(name, "amazonaws.com.")
}

/// Whether a load balancer has this name.
pub(super) fn aws_name_exists(world: &World, name: &str) -> bool {
    balancer(world, name).is_some()
}

/// Route 53 spells load balancers' names in lower case, and the console puts `dualstack.` before them.
fn balancer(world: &World, name: &str) -> Option<(Region, Vec<Ipv4Addr>)> {
    let host = plain(name);
    elb::addresses_of(world, host.strip_prefix("dualstack.").unwrap_or(host))
}

/// The answer for `name`, which leads to AWS's own name `target`.
fn aws_answer(world: &World, name: &str, target: &str, kind: RecordKind) -> DnsAnswer {
    if !is_aws_name(target) {
        return DnsAnswer::failed(DnsCode::Refused);
    }
    let (ttl, addresses) = if let Some((_, addresses)) = balancer(world, target) {
        (BALANCER_TTL, addresses)
    } else if let Some(database) = rds::database_at(world, plain(target)) {
        // The address a database has in its network: private, and the same for as long as the instance lives.
        let [high, low, ..] = world.chance.bits(("database address", database.region.as_str(), &database.id)).to_be_bytes();
        (DATABASE_TTL, vec![Ipv4Addr::new(10, 0, high, low.clamp(4, 254))])
    } else {
        return aws_negative(target, DnsCode::NxDomain);
    };
    if kind != RecordKind::A || addresses.is_empty() {
        return aws_negative(target, DnsCode::NoError);
    }
    DnsAnswer::found(addresses.iter().map(|ip| DnsRecord { name: name.to_owned(), kind, ttl, value: ip.to_string() }).collect())
}

fn aws_negative(name: &str, code: DnsCode) -> DnsAnswer {
    let zone = parent(name).unwrap_or(name).to_owned();
    let value = "ns-1.awsdns-00.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 60".to_owned();
    DnsAnswer { code, answers: Vec::new(), authority: vec![DnsRecord { name: zone, kind: RecordKind::Soa, ttl: BALANCER_TTL, value }] }
}

/// Each record that may be answered now, with the share of the answers it gets. Shares of one group add up to 1, except that a
/// multivalue answer holds several records at once: each of those has the whole.
fn candidates<'r>(world: &World, zone: &Zone, group: &[&'r RecordSet], depth: usize) -> Vec<(&'r RecordSet, f64)> {
    let well = |record: &&&RecordSet| is_record_healthy(world, zone, record, depth);
    match group.first().map(|record| &record.routing) {
        None => Vec::new(),
        Some(Routing::Simple) => group.iter().map(|record| (*record, 1.0)).collect(),
        Some(Routing::Failover { .. }) => {
            let role = |wanted: FailoverRole| {
                group.iter().find(move |record| matches!(&record.routing, Routing::Failover { role, .. } if *role == wanted))
            };
            let (primary, secondary) = (role(FailoverRole::Primary), role(FailoverRole::Secondary));
            // With both unhealthy the primary is answered: a standby that cannot serve is no better.
            let pick = primary.filter(well).or_else(|| secondary.filter(well)).or(primary).or(secondary);
            pick.map(|record| (*record, 1.0)).into_iter().collect()
        }
        Some(Routing::Weighted { .. }) => {
            let healthy: Vec<&RecordSet> = group.iter().filter(well).copied().collect();
            // With nobody healthy everybody counts as healthy.
            let eligible = if healthy.is_empty() { group.to_vec() } else { healthy };
            let weight = |record: &RecordSet| if let Routing::Weighted { weight, .. } = record.routing { f64::from(weight) } else { 0.0 };
            let total: f64 = eligible.iter().map(|record| weight(record)).sum();
            if total > 0.0 {
                eligible.into_iter().map(|record| (record, weight(record) / total)).filter(|(_, share)| *share > 0.0).collect()
            } else {
                // Only zero weights are left: they share evenly.
                #[expect(clippy::cast_precision_loss, reason = "a handful of records")]
                let each = 1.0 / eligible.len() as f64;
                eligible.into_iter().map(|record| (record, each)).collect()
            }
        }
        Some(Routing::MultiValue { .. }) => {
            let healthy: Vec<&RecordSet> = group.iter().filter(well).copied().collect();
            let eligible = if healthy.is_empty() { group.to_vec() } else { healthy };
            eligible.into_iter().map(|record| (record, 1.0)).collect()
        }
    }
}

/// The records that are answered this second. Where luck decides, it is drawn by name and second, so asking twice tells the same.
fn chosen<'r>(world: &World, zone: &Zone, group: &[&'r RecordSet], depth: usize) -> Vec<&'r RecordSet> {
    let candidates = candidates(world, zone, group, depth);
    let Some((first, _)) = candidates.first() else { return Vec::new() };
    let draw = || world.chance.unit(("answer", &first.name, first.kind, world.now().secs()));
    match first.routing {
        Routing::Weighted { .. } => {
            let mut left = draw();
            let mut pick = *first;
            for (record, share) in candidates {
                pick = record;
                left -= share;
                if left < 0.0 {
                    break;
                }
            }
            vec![pick]
        }
        Routing::MultiValue { .. } => {
            let count = candidates.len();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "an index below count")]
            let start = if count > MOST_VALUES { (draw() * count as f64) as usize } else { 0 };
            candidates.into_iter().map(|(record, _)| record).cycle().skip(start).take(count.min(MOST_VALUES)).collect()
        }
        Routing::Simple | Routing::Failover { .. } => candidates.into_iter().map(|(record, _)| record).collect(),
    }
}

/// Whether a record may be answered: its own health check and, for an alias that evaluates it, its target.
fn is_record_healthy(world: &World, zone: &Zone, record: &RecordSet, depth: usize) -> bool {
    if record.health_check.as_deref().is_some_and(|id| !world.route53.is_healthy(id)) {
        return false;
    }
    let Target::Alias { name, evaluate: true, .. } = &record.target else { return true };
    let Some(left) = depth.checked_sub(1) else { return false };
    if within(name, &zone.name) {
        // A name is as healthy as the healthiest of its records.
        return group(&zone.served, name, record.kind).iter().any(|target| is_record_healthy(world, zone, target, left));
    }
    match balancer(world, name) {
        Some((region, _)) if world.faults.is_dark(&region) => false,
        Some(_) => {
            let host = plain(name);
            elb::has_healthy_target(world, host.strip_prefix("dualstack.").unwrap_or(host))
        }
        None => false,
    }
}

/// The set identifiers that the authoritative side may answer for a name now, each with its share (a simple record's is empty).
#[must_use]
pub fn shares(world: &World, name: &str, kind: RecordKind) -> Vec<(String, f64)> {
    let name = canonical(name);
    let Some(zone) = world.route53.zone_of(&name) else { return Vec::new() };
    let records = group(&zone.served, &name, kind);
    let told = candidates(world, zone, &records, LONGEST_CHAIN);
    told.into_iter().map(|(record, share)| (record.routing.set().unwrap_or_default().to_owned(), share)).collect()
}

/// Where a name really leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Landing {
    pub addresses: Vec<Ipv4Addr>,
    /// The region of the load balancer at the first address, where there is one.
    pub region: Option<Region>,
}

/// The ground truth: what the authoritative side answers now, through every CNAME, whatever any resolver remembers.
#[must_use]
pub fn landing(world: &World, name: &str) -> Landing {
    let addresses = super::Resolver::default().resolve(world, name, RecordKind::A).addresses();
    let region = addresses.first().and_then(|address| elb::name_at(world, *address)).map(|(region, _)| region);
    Landing { addresses, region }
}

/// Notes when a failover name begins to lead somewhere else.
pub(super) fn note_landings(world: &mut World) {
    let mut moved: Vec<(RecordKey, String, String)> = Vec::new();
    for zone in world.route53.zones.values() {
        let mut records = zone.served.iter().filter(|(_, record)| matches!(record.routing, Routing::Failover { .. })).peekable();
        while let Some((key, first)) = records.next() {
            let mut members = vec![first];
            while let Some((_, member)) = records.next_if(|(next, _)| next.same_group(key)) {
                members.push(member);
            }
            let pick = candidates(world, zone, &members, LONGEST_CHAIN).first().and_then(|(record, _)| record.routing.set());
            if let Some(set) = pick
                && world.route53.landed.get(key).is_none_or(|known| known != set)
            {
                moved.push((key.clone(), first.name.clone(), set.to_owned()));
            }
        }
    }
    let now = world.now();
    for (key, name, set) in moved {
        world.truth.note(now, None, "dns", plain(&name), format!("leads to {set}"));
        world.route53.landed.insert(key, set);
    }
}

pub(super) fn test_dns_answer(world: &mut World, call: &Call) -> Answer {
    let zone = world.route53.zone(call.input.need("HostedZoneId")?)?;
    let (name, kind) = (canonical(call.input.need("RecordName")?), call.input.need("RecordType")?);
    let kind: RecordKind = kind.parse().map_err(|_| enumeration("recordtype", kind, RecordKind::ALL.iter().map(|kind| kind.name())))?;
    if !within(&name, &zone.name) {
        return Err(ApiError::new("InvalidInput", 400, format!("{name} does not lie within the hosted zone {}", zone.name)));
    }
    let answer = authoritative(world, &name, kind);
    let data = answer.answers.iter().filter(|record| record.kind == kind || record.kind == RecordKind::Cname).map(|record| &record.value);
    Ok(doc! {
        "Nameserver": zone.name_servers.first().map(|server| plain(server)),
        "RecordName": plain(&name),
        "RecordType": kind.name(),
        "RecordData": Document::list_of("RecordDataEntry", data),
        "ResponseCode": answer.code.name(),
        "Protocol": "UDP",
    }
    .into())
}
