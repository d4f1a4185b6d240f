//! Record sets: what they may be, how a request says them, how an answer shows them.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use super::name::{self, canonical};
use crate::doc;
use crate::document::Document;
use crate::world::ApiError;

macro_rules! kinds {
    ($($kind:ident = $name:literal),* $(,)?) => {
        /// The types of records that Route 53 holds, in the order in which it lists them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum RecordKind { $($kind),* }

        impl RecordKind {
            pub const ALL: &'static [RecordKind] = &[$(RecordKind::$kind),*];

            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name),* }
            }
        }
    };
}

kinds! {
    A = "A", Aaaa = "AAAA", Caa = "CAA", Cname = "CNAME", Ds = "DS", Https = "HTTPS", Mx = "MX", Naptr = "NAPTR", Ns = "NS", Ptr = "PTR",
    Soa = "SOA", Spf = "SPF", Srv = "SRV", Sshfp = "SSHFP", Svcb = "SVCB", Tlsa = "TLSA", Txt = "TXT",
}

impl fmt::Display for RecordKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A type of record that Route 53 does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Route 53 holds no records of this type")]
pub struct UnknownKind;

impl FromStr for RecordKind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name).ok_or(UnknownKind)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailoverRole {
    Primary,
    Secondary,
}

impl FailoverRole {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Primary => "PRIMARY",
            Self::Secondary => "SECONDARY",
        }
    }
}

/// How the name servers choose between the records of one name and type. All but `Simple` carry a set identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Routing {
    Simple,
    Failover { set: String, role: FailoverRole },
    Weighted { set: String, weight: u8 },
    MultiValue { set: String },
}

impl Routing {
    #[must_use]
    pub fn set(&self) -> Option<&str> {
        match self {
            Self::Simple => None,
            Self::Failover { set, .. } | Self::Weighted { set, .. } | Self::MultiValue { set } => Some(set),
        }
    }

    /// The policy's name in Route 53's messages.
    pub(super) const fn policy(&self) -> &'static str {
        match self {
            Self::Simple => "simple",
            Self::Failover { .. } => "failover",
            Self::Weighted { .. } => "weighted",
            Self::MultiValue { .. } => "multivalue answer",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Values { ttl: u32, values: Vec<String> },
    Alias { zone: String, name: String, evaluate: bool },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordSet {
    /// Canonical.
    pub name: String,
    pub kind: RecordKind,
    pub routing: Routing,
    pub target: Target,
    pub health_check: Option<String>,
}

impl RecordSet {
    /// A record that says what it says, whatever happens.
    #[must_use]
    pub fn simple(name: &str, kind: RecordKind, ttl: u32, values: &[&str]) -> Self {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        Self { name: canonical(name), kind, routing: Routing::Simple, target: Target::Values { ttl, values }, health_check: None }
    }

    /// A record that answers what another name of the zone, or a load balancer, answers.
    #[must_use]
    pub fn alias(name: &str, kind: RecordKind, zone: &str, target: &str, evaluate: bool) -> Self {
        let target = Target::Alias { zone: zone.to_owned(), name: canonical(target), evaluate };
        Self { name: canonical(name), kind, routing: Routing::Simple, target, health_check: None }
    }

    #[must_use]
    pub fn failover(mut self, set: &str, role: FailoverRole) -> Self {
        self.routing = Routing::Failover { set: set.to_owned(), role };
        self
    }

    #[must_use]
    pub fn weighted(mut self, set: &str, weight: u8) -> Self {
        self.routing = Routing::Weighted { set: set.to_owned(), weight };
        self
    }

    #[must_use]
    pub fn checked(mut self, health_check: &str) -> Self {
        self.health_check = Some(health_check.to_owned());
        self
    }

    /// Reads a `ResourceRecordSet`; `action` is only for the messages.
    pub(super) fn read(input: &Document, action: &str) -> Result<Self, ApiError> {
        let name = canonical(input.need("Name")?);
        let kind_name = input.need("Type")?;
        let kind: RecordKind = kind_name.parse().map_err(|_| enumeration("Type", kind_name, RecordKind::ALL.iter().map(|k| k.name())))?;
        let set = input.text("SetIdentifier")?;
        let shown = format!("[Action={action}, Name={name}, Type={kind}, SetIdentifier={}]", set.unwrap_or("null"));
        let routing = read_routing(input, set, &shown)?;
        let target = read_target(input, &shown)?;
        let health_check = input.text("HealthCheckId")?.map(str::to_owned);
        Ok(Self { name, kind, routing, target, health_check })
    }

    pub(super) fn show(&self) -> Document {
        let (ttl, records, alias) = match &self.target {
            Target::Values { ttl, values } => {
                let records = values.iter().map(|value| doc! { "Value": value });
                (Some(*ttl), Document::list_of("ResourceRecord", records), Document::Null)
            }
            Target::Alias { zone, name, evaluate } => {
                let alias = doc! { "HostedZoneId": zone, "DNSName": name, "EvaluateTargetHealth": *evaluate };
                (None, Document::Null, alias)
            }
        };
        let (weight, failover, multi) = match &self.routing {
            Routing::Simple => (None, None, None),
            Routing::Failover { role, .. } => (None, Some(role.name()), None),
            Routing::Weighted { weight, .. } => (Some(u32::from(*weight)), None, None),
            Routing::MultiValue { .. } => (None, None, Some(true)),
        };
        doc! {
            "Name": &self.name,
            "Type": self.kind.name(),
            "SetIdentifier": self.routing.set(),
            "Weight": weight,
            "Failover": failover,
            "MultiValueAnswer": multi,
            "TTL": ttl,
            "ResourceRecords": records,
            "AliasTarget": alias,
            "HealthCheckId": self.health_check.as_ref(),
        }
    }

    /// What is wrong with the values themselves, as Route 53 words it.
    pub(super) fn value_faults(&self) -> Vec<String> {
        let mut faults: Vec<String> = name::fault(&self.name)
            .map(|fault| format!("FATAL problem: {fault} encountered with '{}'", name::plain(&self.name)))
            .into_iter()
            .collect();
        if let Target::Values { values, .. } = &self.target {
            if values.len() > 1 && matches!(self.kind, RecordKind::Cname | RecordKind::Soa) {
                faults.push(format!("RRSet of type {} with DNS name {} must have exactly one resource record", self.kind, self.name));
            }
            faults.extend(values.iter().filter_map(|value| {
                let fault = value_fault(self.kind, value)?;
                Some(format!("Invalid Resource Record: 'FATAL problem: {fault} encountered with '{value}''"))
            }));
        }
        faults
    }
}

fn read_routing(input: &Document, set: Option<&str>, shown: &str) -> Result<Routing, ApiError> {
    let unclaimed = ["Region", "GeoLocation", "CidrRoutingConfig", "GeoProximityLocation", "TrafficPolicyInstanceId"];
    if let Some(member) = unclaimed.iter().find(|member| input.get(member).is_some()) {
        return Err(invalid_input(format!("The lab's Route 53 does not route by {member}")));
    }
    let given =
        [("Weight", input.get("Weight").is_some()), ("Failover", input.get("Failover").is_some()), ("MultiValueAnswer", multi(input)?)];
    let given: Vec<&str> = given.iter().filter(|(_, there)| *there).map(|(member, _)| *member).collect();
    let policies = "[Weight, Region, Failover, GeoLocation, MultiValueAnswer, GeoProximityLocation, or CidrRoutingConfig]";
    match (set, given.as_slice()) {
        (None, []) => Ok(Routing::Simple),
        (None, _) => Err(invalid_input(format!("Invalid request: Missing field 'SetIdentifier' in Change with {shown}"))),
        (Some(_), []) => {
            Err(invalid_input(format!("Invalid request: Expected exactly one of {policies}, but found none in Change with {shown}")))
        }
        (Some(set), _) if set.is_empty() || set.len() > 128 => {
            Err(invalid_input("Invalid request: SetIdentifier must have between 1 and 128 characters"))
        }
        (Some(set), ["Weight"]) => {
            let weight = input.int("Weight")?.and_then(|weight| u8::try_from(weight).ok());
            let weight = weight.ok_or_else(|| invalid_input("Invalid request: Weight must be between 0 and 255"))?;
            Ok(Routing::Weighted { set: set.to_owned(), weight })
        }
        (Some(set), ["Failover"]) => {
            let role = match input.need("Failover")? {
                "PRIMARY" => FailoverRole::Primary,
                "SECONDARY" => FailoverRole::Secondary,
                other => return Err(enumeration("Failover", other, ["PRIMARY", "SECONDARY"].into_iter())),
            };
            Ok(Routing::Failover { set: set.to_owned(), role })
        }
        (Some(set), ["MultiValueAnswer"]) => Ok(Routing::MultiValue { set: set.to_owned() }),
        (Some(_), _) => Err(invalid_input(format!(
            "Invalid request: Expected exactly one of {policies}, but found more than one in Change with {shown}"
        ))),
    }
}

fn multi(input: &Document) -> Result<bool, ApiError> {
    Ok(input.bool("MultiValueAnswer")?.unwrap_or(false))
}

fn read_target(input: &Document, shown: &str) -> Result<Target, ApiError> {
    let values: Vec<String> =
        input.items("ResourceRecords", "ResourceRecord").iter().map(|r| r.need("Value").map(str::to_owned)).collect::<Result<_, _>>()?;
    let choices = "[AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId]";
    let wrong = |found: &str| {
        invalid_input(format!("Invalid request: Expected exactly one of {choices}, but found {found} in Change with {shown}"))
    };
    match (input.get("AliasTarget"), input.int("TTL")?) {
        (Some(_), Some(_)) => Err(wrong("more than one")),
        (Some(_), None) if !values.is_empty() => Err(wrong("more than one")),
        (Some(alias), None) => Ok(Target::Alias {
            zone: super::bare(alias.need("HostedZoneId")?).to_owned(),
            name: canonical(alias.need("DNSName")?),
            evaluate: alias.bool("EvaluateTargetHealth")?.ok_or_else(|| ApiError::missing("EvaluateTargetHealth"))?,
        }),
        (None, Some(ttl)) if !values.is_empty() => {
            let ttl = u32::try_from(ttl).ok().filter(|ttl| *ttl <= 2_147_483_647);
            Ok(Target::Values { ttl: ttl.ok_or_else(|| invalid_input("Invalid request: TTL must be between 0 and 2147483647"))?, values })
        }
        (None, _) => Err(wrong("none")),
    }
}

fn value_fault(kind: RecordKind, value: &str) -> Option<&'static str> {
    let words: Vec<&str> = value.split_whitespace().collect();
    let is_name = |word: &str| name::fault(&canonical(word)).is_none();
    let is_number = |word: &&str| word.parse::<u16>().is_ok();
    let sound = match kind {
        RecordKind::A if value.parse::<Ipv4Addr>().is_err() => {
            return Some("ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)");
        }
        RecordKind::Aaaa if value.parse::<Ipv6Addr>().is_err() => {
            return Some("AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)");
        }
        RecordKind::Txt | RecordKind::Spf if strings(value).is_none() => {
            return Some("InvalidCharacterString (Value should be enclosed in quotation marks)");
        }
        RecordKind::Cname | RecordKind::Ns | RecordKind::Ptr => words.len() == 1 && is_name(value),
        RecordKind::Mx => words.len() == 2 && words.iter().take(1).all(is_number) && words.last().is_some_and(|word| is_name(word)),
        RecordKind::Srv => words.len() == 4 && words.iter().take(3).all(is_number),
        RecordKind::Soa => words.len() == 7 && words.iter().skip(2).all(|word| word.parse::<u32>().is_ok()),
        _ => !words.is_empty(),
    };
    (!sound).then_some("RRDATAIllegalFormat (Value is not valid for the record's type)")
}

/// The strings of a TXT value: each in quotation marks, `\"` and `\\` inside; `None` if they are not.
pub(crate) fn strings(value: &str) -> Option<Vec<String>> {
    let mut strings = Vec::new();
    let mut rest = value.trim();
    while !rest.is_empty() {
        let mut text = String::new();
        let mut chars = rest.strip_prefix('"')?.char_indices();
        let end = loop {
            match chars.next()? {
                (at, '"') => break at + 2,
                (_, '\\') => text.push(chars.next()?.1),
                (_, plain) => text.push(plain),
            }
        };
        if text.len() > 255 {
            return None;
        }
        strings.push(text);
        rest = rest.get(end..)?.trim_start();
    }
    (!strings.is_empty()).then_some(strings)
}

pub(super) fn invalid_input(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidInput", 400, message)
}

pub(super) fn enumeration<'n>(member: &str, value: &str, allowed: impl Iterator<Item = &'n str>) -> ApiError {
    let allowed: Vec<&str> = allowed.collect();
    invalid_input(format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must satisfy enum value set: [{}]",
        allowed.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(kind: &str, value: &str) -> Document {
        let records = doc! { "ResourceRecord": doc! { "Value": value } };
        doc! { "Name": "app.example.com", "Type": kind, "TTL": "60", "ResourceRecords": records }
    }

    #[test]
    fn what_is_read_is_shown_again() {
        let mut input = values("A", "198.51.100.1");
        for (member, value) in [("SetIdentifier", "primary"), ("Failover", "PRIMARY"), ("HealthCheckId", "hc")] {
            input.set(member, value);
        }
        let record = RecordSet::read(&input, "CREATE").unwrap();
        assert_eq!(RecordSet::read(&record.show(), "CREATE").unwrap(), record);
        assert_eq!(record.name, "app.example.com.");
    }

    #[test]
    fn alias_and_ttl_exclude_each_other() {
        let mut input = values("A", "198.51.100.1");
        input.set("AliasTarget", doc! { "HostedZoneId": "Z1", "DNSName": "x.example.com", "EvaluateTargetHealth": "false" });
        let error = RecordSet::read(&input, "UPSERT").unwrap_err();
        assert_eq!(error.code, "InvalidInput");
        assert!(error.message.contains("but found more than one"), "{}", error.message);
        let bare = doc! { "Name": "app.example.com", "Type": "A" };
        assert!(RecordSet::read(&bare, "UPSERT").unwrap_err().message.contains("but found none"));
    }

    #[test]
    fn a_set_identifier_and_a_policy_need_each_other() {
        let mut named = values("A", "198.51.100.1");
        named.set("SetIdentifier", "one");
        assert!(RecordSet::read(&named, "CREATE").unwrap_err().message.contains("Expected exactly one of [Weight"));
        named.set("Weight", "10");
        assert!(RecordSet::read(&named, "CREATE").is_ok());
        named.set("Failover", "PRIMARY");
        assert!(RecordSet::read(&named, "CREATE").unwrap_err().message.contains("found more than one"));
        let mut nameless = values("A", "198.51.100.1");
        nameless.set("Weight", "10");
        assert!(RecordSet::read(&nameless, "CREATE").unwrap_err().message.contains("Missing field 'SetIdentifier'"));
    }

    #[test]
    fn values_fit_their_type() {
        for (kind, value, sound) in [
            ("A", "198.51.100.1", true),
            ("A", "198.51.100.256", false),
            ("AAAA", "2001:db8::1", true),
            ("TXT", "\"a\" \"b \\\" c\"", true),
            ("TXT", "bare", false),
            ("CNAME", "two words", false),
            ("MX", "10 mail.example.com", true),
            ("MX", "mail.example.com", false),
            ("SRV", "1 2 3 x.example.com", true),
        ] {
            let record = RecordSet::read(&values(kind, value), "CREATE").unwrap();
            assert_eq!(record.value_faults().is_empty(), sound, "{kind} {value}");
        }
        assert_eq!(strings("\"a\" \"b\""), Some(vec!["a".to_owned(), "b".to_owned()]));
    }
}
