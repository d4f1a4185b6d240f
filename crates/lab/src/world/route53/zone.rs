//! Hosted zones and the lists of what is in them.

use std::collections::BTreeMap;

use super::name::{canonical, order, plain, within};
use super::record::{RecordKind, RecordSet, Target, enumeration, invalid_input};
use super::{Route53, bare};
use crate::doc;
use crate::document::Document;
use crate::world::{Answer, ApiError, Call, World};

/// Where a record set stands in a zone's list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RecordKey {
    order: String,
    kind: RecordKind,
    set: Option<String>,
}

impl RecordKey {
    pub(super) fn new(name: &str, kind: RecordKind, set: Option<&str>) -> Self {
        Self { order: order(name), kind, set: set.map(str::to_owned) }
    }

    pub(super) fn of(record: &RecordSet) -> Self {
        Self::new(&record.name, record.kind, record.routing.set())
    }

    /// Whether both belong to one name and type, among which routing chooses.
    pub(super) fn same_group(&self, other: &Self) -> bool {
        self.kind == other.kind && self.order == other.order
    }
}

pub(super) type Records = BTreeMap<RecordKey, RecordSet>;

/// The record sets of one name and type, in the order of their set identifiers.
pub(super) fn group<'r>(records: &'r Records, name: &str, kind: RecordKind) -> Vec<&'r RecordSet> {
    let first = RecordKey::new(name, kind, None);
    records.range(&first..).take_while(|(key, _)| key.same_group(&first)).map(|(_, record)| record).collect()
}

/// Whether there is anything at this name, or below it.
pub(super) fn name_exists(records: &Records, name: &str) -> bool {
    let first = RecordKey::new(name, RecordKind::A, None);
    records.range(&first..).next().is_some_and(|(_, record)| within(&record.name, name))
}

#[derive(Clone, Debug)]
pub(super) struct Zone {
    pub(super) id: String,
    /// Canonical.
    pub(super) name: String,
    pub(super) name_servers: Vec<String>,
    /// Opted in to accelerated recovery: its records can be changed an hour after the control plane is lost.
    pub(super) accelerated: bool,
    /// As the control plane lists them.
    pub(super) records: Records,
    /// As the name servers answer.
    pub(super) served: Records,
}

impl Zone {
    fn show(&self) -> Document {
        doc! {
            "Id": format!("/hostedzone/{}", self.id),
            "Name": &self.name,
            "CallerReference": format!("lab-{}", self.id),
            "Config": doc! { "PrivateZone": false },
            "ResourceRecordSetCount": self.records.len(),
            "Features": doc! { "AcceleratedRecoveryStatus": if self.accelerated { "ENABLED" } else { "DISABLED" } },
        }
    }
}

impl Route53 {
    pub(super) fn zone(&self, id: &str) -> Result<&Zone, ApiError> {
        let id = bare(id);
        self.zones.get(id).ok_or_else(|| ApiError::new("NoSuchHostedZone", 404, format!("No hosted zone found with ID: {id}")))
    }

    /// The zone that answers for a name: the longest one that holds it.
    pub(super) fn zone_of(&self, name: &str) -> Option<&Zone> {
        self.zones.values().filter(|zone| within(name, &zone.name)).max_by_key(|zone| zone.name.len())
    }
}

/// Where each record set of a name's addresses leads, as the control plane lists it, by set identifier.
pub fn leads<'w>(world: &'w World, name: &str) -> impl Iterator<Item = (&'w str, String)> {
    let name = canonical(name);
    let zone = world.route53.zone_of(&name).into_iter();
    // A name has addresses or another name, never both.
    let sets = zone.flat_map(move |zone| [RecordKind::A, RecordKind::Cname].map(|kind| group(&zone.records, &name, kind)));
    sets.flatten().map(|record| {
        let target = match &record.target {
            Target::Alias { name, .. } => name.clone(),
            Target::Values { values, .. } => values.join(" "),
        };
        (record.routing.set().unwrap_or_default(), target)
    })
}

/// Whether a hosted zone is there.
pub fn has_zone(world: &World, id: &str) -> bool {
    world.route53.zones.contains_key(bare(id))
}

/// Installs a hosted zone, with the SOA and NS records every zone has.
pub fn add_zone(world: &mut World, id: &str, name: &str) {
    let name = canonical(name);
    // AWS numbers its name servers so: four top-level domains with 512 servers each, eight to a second-level domain.
    let name_servers: Vec<String> = [("com", 0), ("net", 512), ("org", 1024), ("co.uk", 1536)]
        .iter()
        .map(|(top, first)| {
            let nth = world.chance.bits(("name server", id, top)) % 512;
            format!("ns-{}.awsdns-{:02}.{top}.", first + nth, nth / 8)
        })
        .collect();
    let soa = format!("{} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400", name_servers.first().map_or("", String::as_str));
    let servers: Vec<&str> = name_servers.iter().map(String::as_str).collect();
    let apex = [RecordSet::simple(&name, RecordKind::Ns, 172_800, &servers), RecordSet::simple(&name, RecordKind::Soa, 900, &[&soa])];
    let records: Records = apex.into_iter().map(|record| (RecordKey::of(&record), record)).collect();
    let zone = Zone { id: id.to_owned(), name, name_servers, accelerated: false, served: records.clone(), records };
    world.route53.zones.insert(id.to_owned(), zone);
}

/// Opts a zone in to accelerated recovery.
pub fn accelerate_recovery(world: &mut World, id: &str) {
    if let Some(zone) = world.route53.zones.get_mut(id) {
        zone.accelerated = true;
    }
}

/// How many items a page holds: as asked, within what Route 53 gives at most.
pub(super) fn page_size(input: &Document, most: usize) -> Result<usize, ApiError> {
    match input.int("MaxItems")? {
        None => Ok(most),
        Some(asked) => match usize::try_from(asked) {
            Ok(asked) if asked > 0 => Ok(asked.min(most)),
            _ => Err(invalid_input(format!("Invalid value '{asked}' for MaxItems: it must be at least 1"))),
        },
    }
}

pub(super) fn list_hosted_zones(world: &mut World, call: &Call) -> Answer {
    let size = page_size(&call.input, 100)?;
    let marker = call.input.text("Marker")?;
    let mut zones = world.route53.zones.values().filter(|zone| marker.is_none_or(|marker| zone.id.as_str() >= bare(marker)));
    let page: Vec<Document> = zones.by_ref().take(size).map(Zone::show).collect();
    let next = zones.next();
    Ok(doc! {
        "HostedZones": Document::list_of("HostedZone", page),
        "Marker": marker.unwrap_or_default(),
        "IsTruncated": next.is_some(),
        "NextMarker": next.map(|zone| &zone.id),
        "MaxItems": size.to_string(),
    }
    .into())
}

pub(super) fn list_hosted_zones_by_name(world: &mut World, call: &Call) -> Answer {
    let size = page_size(&call.input, 100)?;
    let (name, id) = (call.input.text("DNSName")?, call.input.text("HostedZoneId")?.map(bare));
    if id.is_some() && name.is_none() {
        return Err(invalid_input("The hostedzoneid parameter requires the dnsname parameter"));
    }
    let from = (name.map(|name| order(&canonical(name))).unwrap_or_default(), id.unwrap_or_default().to_owned());
    let mut zones: Vec<_> = world.route53.zones.values().map(|zone| ((order(&zone.name), zone.id.clone()), zone)).collect();
    zones.sort_by(|one, other| one.0.cmp(&other.0));
    let mut zones = zones.into_iter().filter(|(key, _)| *key >= from).map(|(_, zone)| zone);
    let page: Vec<Document> = zones.by_ref().take(size).map(Zone::show).collect();
    let next = zones.next();
    Ok(doc! {
        "HostedZones": Document::list_of("HostedZone", page),
        "DNSName": name,
        "HostedZoneId": id,
        "IsTruncated": next.is_some(),
        "NextDNSName": next.map(|zone| &zone.name),
        "NextHostedZoneId": next.map(|zone| &zone.id),
        "MaxItems": size.to_string(),
    }
    .into())
}

pub(super) fn get_hosted_zone(world: &mut World, call: &Call) -> Answer {
    let zone = world.route53.zone(call.input.need("Id")?)?;
    let servers = zone.name_servers.iter().map(|server| plain(server));
    Ok(doc! { "HostedZone": zone.show(), "DelegationSet": doc! { "NameServers": Document::list_of("NameServer", servers) } }.into())
}

pub(super) fn list_resource_record_sets(world: &mut World, call: &Call) -> Answer {
    let zone = world.route53.zone(call.input.need("HostedZoneId")?)?;
    let size = page_size(&call.input, 300)?;
    let (name, kind) = (call.input.text("StartRecordName")?, call.input.text("StartRecordType")?);
    let set = call.input.text("StartRecordIdentifier")?;
    if kind.is_some() && name.is_none() {
        return Err(invalid_input("The type parameter requires the name parameter"));
    }
    if set.is_some() && kind.is_none() {
        return Err(invalid_input("The identifier parameter requires the type parameter"));
    }
    let kind = match kind {
        None => RecordKind::A,
        Some(given) => given.parse().map_err(|_| enumeration("type", given, RecordKind::ALL.iter().map(|kind| kind.name())))?,
    };
    let from = name.map_or_else(|| RecordKey::new(&zone.name, RecordKind::A, None), |name| RecordKey::new(&canonical(name), kind, set));
    let mut records = zone.records.range(&from..).map(|(_, record)| record);
    let page: Vec<Document> = records.by_ref().take(size).map(RecordSet::show).collect();
    let next = records.next();
    Ok(doc! {
        "ResourceRecordSets": Document::list_of("ResourceRecordSet", page),
        "IsTruncated": next.is_some(),
        "NextRecordName": next.map(|record| &record.name),
        "NextRecordType": next.map(|record| record.kind.name()),
        "NextRecordIdentifier": next.and_then(|record| record.routing.set()),
        "MaxItems": size.to_string(),
    }
    .into())
}

/// The zone's SOA record, and for how long it lets resolvers remember that there was nothing.
pub(super) fn soa(zone: &Zone) -> Option<(&str, u32)> {
    let record = group(&zone.served, &zone.name, RecordKind::Soa).into_iter().next()?;
    let Target::Values { ttl, values } = &record.target else { return None };
    let value = values.first()?;
    let minimum: u32 = value.split_whitespace().last()?.parse().ok()?;
    Some((value, minimum.min(*ttl)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::route53::add_record;
    use crate::world::testing::{ask, east, world};

    fn zone_of_three() -> World {
        let mut world = world();
        add_zone(&mut world, "Z1", "example.com");
        for (name, set, weight) in [("www.example.com", "b", 1), ("www.example.com", "a", 2)] {
            add_record(&mut world, "Z1", RecordSet::simple(name, RecordKind::A, 60, &["198.51.100.1"]).weighted(set, weight)).unwrap();
        }
        add_record(&mut world, "Z1", RecordSet::simple("z.a.example.com", RecordKind::Txt, 60, &["\"x\""])).unwrap();
        world
    }

    #[test]
    fn records_come_in_the_order_of_reversed_labels_page_by_page() {
        let mut world = zone_of_three();
        let (mut seen, mut input) = (Vec::new(), doc! { "HostedZoneId": "/hostedzone/Z1", "MaxItems": "2" });
        loop {
            let body = ask(&mut world, &east(), "route53", "ListResourceRecordSets", input.clone()).unwrap().body;
            for record in body.items("ResourceRecordSets", "ResourceRecordSet") {
                seen.push(format!(
                    "{} {} {:?}",
                    record.need("Name").unwrap(),
                    record.need("Type").unwrap(),
                    record.text("SetIdentifier").unwrap()
                ));
            }
            if body.bool("IsTruncated").unwrap() != Some(true) {
                break;
            }
            for (next, start) in [
                ("NextRecordName", "StartRecordName"),
                ("NextRecordType", "StartRecordType"),
                ("NextRecordIdentifier", "StartRecordIdentifier"),
            ] {
                input.set(start, body.text(next).unwrap());
            }
        }
        let expected = [
            "example.com. NS None",
            "example.com. SOA None",
            "z.a.example.com. TXT None",
            "www.example.com. A Some(\"a\")",
            "www.example.com. A Some(\"b\")",
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_type_to_start_at_needs_a_name() {
        let mut world = zone_of_three();
        let input = doc! { "HostedZoneId": "Z1", "StartRecordType": "A" };
        assert_eq!(ask(&mut world, &east(), "route53", "ListResourceRecordSets", input).unwrap_err().code, "InvalidInput");
    }

    #[test]
    fn zones_are_found_by_either_form_of_their_id() {
        let mut world = zone_of_three();
        for id in ["Z1", "/hostedzone/Z1"] {
            let body = ask(&mut world, &east(), "route53", "GetHostedZone", doc! { "Id": id }).unwrap().body;
            assert_eq!(body.get("HostedZone").unwrap().need("Id").unwrap(), "/hostedzone/Z1");
            assert_eq!(body.get("HostedZone").unwrap().int("ResourceRecordSetCount").unwrap(), Some(5));
            assert_eq!(body.get("DelegationSet").unwrap().items("NameServers", "NameServer").len(), 4);
        }
        let error = ask(&mut world, &east(), "route53", "GetHostedZone", doc! { "Id": "Z2" }).unwrap_err();
        assert_eq!((error.code.as_ref(), error.status), ("NoSuchHostedZone", 404));
    }

    #[test]
    fn zones_are_listed_by_id_and_by_name() {
        let mut world = zone_of_three();
        add_zone(&mut world, "Z0", "example.org");
        add_zone(&mut world, "Z2", "example.net");
        let ids = |body: &Document| -> Vec<String> {
            body.items("HostedZones", "HostedZone").iter().map(|zone| bare(zone.need("Id").unwrap()).to_owned()).collect()
        };
        let body = ask(&mut world, &east(), "route53", "ListHostedZones", doc! { "MaxItems": "2" }).unwrap().body;
        assert_eq!(ids(&body), ["Z0", "Z1"]);
        let next = doc! { "Marker": body.need("NextMarker").unwrap() };
        assert_eq!(ids(&ask(&mut world, &east(), "route53", "ListHostedZones", next).unwrap().body), ["Z2"]);
        let body =
            ask(&mut world, &east(), "route53", "ListHostedZonesByName", doc! { "DNSName": "example.net", "MaxItems": "1" }).unwrap().body;
        assert_eq!(ids(&body), ["Z2"]);
        assert_eq!(body.text("NextDNSName").unwrap(), Some("example.org."));
    }
}
