//! What the authoritative name servers answer: zones, aliases, CNAMEs, wildcards, AWS's own names. This is data plane: it asks no
//! control plane.

use std::net::Ipv4Addr;

use drlab_core::domain::Region;

use super::name::{canonical, parent, plain, within};
use super::record::{RecordKind, Target, enumeration};
use super::routing::chosen;
use super::zone::{Records, Zone, group, name_exists, soa};
use crate::doc;
use crate::document::Document;
use crate::world::{Answer, ApiError, Call, World, elb, rds};

/// Load balancers' names have this TTL.
const BALANCER_TTL: u32 = 60;
/// Database endpoints have this TTL, so that a Multi-AZ failover is noticed.
const DATABASE_TTL: u32 = 5;
/// How many names an alias or a CNAME may lead through.
pub(super) const LONGEST_CHAIN: usize = 8;

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
    if let Some(balancer) = world.route53.bypasses.get(&name) {
        let value = balancer.clone();
        return DnsAnswer::found(vec![DnsRecord { name, kind: RecordKind::Cname, ttl: BALANCER_TTL, value }]);
    }
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
                answers.extend(values.iter().map(|value| DnsRecord {
                    name: name.clone(),
                    kind: record.kind,
                    ttl: *ttl,
                    value: value.clone(),
                }));
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
    elb::addresses_of(world, plain(name)).is_some()
}

/// The answer for `name`, which leads to AWS's own name `target`.
fn aws_answer(world: &World, name: &str, target: &str, kind: RecordKind) -> DnsAnswer {
    if !is_aws_name(target) {
        return DnsAnswer::failed(DnsCode::Refused);
    }
    let (ttl, addresses) = if let Some((_, addresses)) = elb::addresses_of(world, plain(target)) {
        (BALANCER_TTL, addresses.to_vec())
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
    // A load balancer's own name leads straight to it.
    if let Some((region, addresses)) = elb::addresses_of(world, name).filter(|(_, addresses)| !addresses.is_empty()) {
        return Landing { addresses: addresses.to_vec(), region: Some(region.clone()) };
    }
    let addresses = super::Resolver::default().resolve(world, name, RecordKind::A).addresses();
    let region = addresses.first().and_then(|address| elb::name_at(world, *address)).map(|(region, _)| region.clone());
    Landing { addresses, region }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::route53::testing::{ONE, answered, sites};
    use crate::world::route53::{RecordSet, add_record, add_zone};
    use crate::world::testing::{ask, east};

    fn with(records: &[RecordSet]) -> World {
        let mut world = sites();
        for record in records {
            add_record(&mut world, "Z1", record.clone()).unwrap();
        }
        world
    }

    #[test]
    fn nothing_of_that_type_and_nothing_at_all_are_told_apart() {
        let world = with(&[RecordSet::simple("deep.under.example.com", RecordKind::A, 60, &[ONE])]);
        for (name, kind, code) in [
            ("one.example.com", RecordKind::Aaaa, DnsCode::NoError),
            ("under.example.com", RecordKind::A, DnsCode::NoError),
            ("none.example.com", RecordKind::A, DnsCode::NxDomain),
            ("example.com", RecordKind::A, DnsCode::NoError),
        ] {
            let answer = authoritative(&world, name, kind);
            assert_eq!((answer.code, answer.answers.len()), (code, 0), "{name}");
            assert_eq!((answer.authority[0].kind, answer.authority[0].ttl), (RecordKind::Soa, 900), "{name}");
        }
        assert_eq!(authoritative(&world, "nobody.test", RecordKind::A).code, DnsCode::Refused);
        assert_eq!(authoritative(&world, "gone.us-east-1.elb.amazonaws.com", RecordKind::A).code, DnsCode::NxDomain);
    }

    #[test]
    fn a_wildcard_answers_for_what_is_not_there() {
        let world = with(&[
            RecordSet::simple("*.example.com", RecordKind::A, 60, &["198.51.100.9"]),
            RecordSet::simple("only.example.com", RecordKind::Txt, 60, &["\"x\""]),
        ]);
        assert_eq!(answered(&world, "any.example.com"), ["198.51.100.9"]);
        assert_eq!(answered(&world, "one.example.com"), [ONE]);
        let covered = authoritative(&world, "only.example.com", RecordKind::A);
        assert_eq!((covered.code, covered.answers.len()), (DnsCode::NoError, 0));
        assert_eq!(authoritative(&world, "any.example.com", RecordKind::A).answers[0].name, "any.example.com.");
    }

    #[test]
    fn an_alias_answers_under_its_own_name_with_its_targets_ttl() {
        let world = with(&[RecordSet::alias("app.example.com", RecordKind::A, "Z1", "one.example.com", false)]);
        let answer = authoritative(&world, "App.Example.com.", RecordKind::A);
        assert_eq!((answer.answers[0].name.as_str(), answer.answers[0].ttl), ("app.example.com.", 60));
        assert_eq!(answered(&world, "app.example.com"), [ONE]);
    }

    #[test]
    fn aliases_in_a_circle_fail_and_end() {
        let mut world = with(&[RecordSet::alias("a.example.com", RecordKind::A, "Z1", "one.example.com", true)]);
        add_record(&mut world, "Z1", RecordSet::alias("b.example.com", RecordKind::A, "Z1", "a.example.com", true)).unwrap();
        let circle = RecordSet::alias("a.example.com", RecordKind::A, "Z1", "b.example.com", true);
        crate::world::route53::testing::settle(&mut world, &[("UPSERT", &circle)]);
        assert_eq!(authoritative(&world, "a.example.com", RecordKind::A).code, DnsCode::ServFail);
    }

    #[test]
    fn the_longest_zone_answers() {
        let mut world = sites();
        add_zone(&mut world, "Z2", "one.example.com");
        add_record(&mut world, "Z2", RecordSet::simple("one.example.com", RecordKind::A, 60, &["198.51.100.77"])).unwrap();
        assert_eq!(answered(&world, "one.example.com"), ["198.51.100.77"]);
    }

    #[test]
    fn the_test_operation_shows_what_the_name_servers_say() {
        let mut world = sites();
        let input = |name: &str| doc! { "HostedZoneId": "Z1", "RecordName": name, "RecordType": "A" };
        let body = ask(&mut world, &east(), "route53", "TestDNSAnswer", input("one.example.com")).unwrap().body;
        assert_eq!(body.texts("RecordData", "RecordDataEntry"), [ONE]);
        assert_eq!((body.need("ResponseCode").unwrap(), body.need("Protocol").unwrap()), ("NOERROR", "UDP"));
        let body = ask(&mut world, &east(), "route53", "TestDNSAnswer", input("none.example.com")).unwrap().body;
        assert_eq!(body.need("ResponseCode").unwrap(), "NXDOMAIN");
        let error = ask(&mut world, &east(), "route53", "TestDNSAnswer", input("elsewhere.test")).unwrap_err();
        assert_eq!(error.code, "InvalidInput");
    }
}
