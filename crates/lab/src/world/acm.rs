//! Certificates.

use std::collections::BTreeMap;
use std::time::Duration;

use drlab_core::domain::{Region, Timestamp};

use super::{Answer, ApiError, Call, Gauges, Operation, Reading, Service, World, pages};
use crate::doc;
use crate::document::Document;

/// The certificates of one region, by ARN.
#[derive(Clone, Debug, Default)]
pub struct Acm {
    pub certificates: BTreeMap<String, Certificate>,
}

/// A certificate that ACM issued.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Certificate {
    pub domain: String,
    /// The other names it is good for.
    pub alternatives: Vec<String>,
    pub issued: Timestamp,
    pub expires: Timestamp,
    /// ARNs of what presents it.
    pub used_by: Vec<String>,
}

impl Certificate {
    fn status(&self, now: Timestamp) -> &'static str {
        if now < self.expires { "ISSUED" } else { "EXPIRED" }
    }

    fn names(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.domain).chain(self.alternatives.iter().filter(|name| **name != self.domain))
    }
}

pub const SERVICE: Service = Service {
    name: "acm",
    operations: &[Operation::read("ListCertificates", list_certificates), Operation::read("DescribeCertificate", describe_certificate)],
};

/// The largest page, and the usual one.
const PAGE: i64 = 1000;

/// Adds an issued certificate that is good for `valid` from now on. Returns its ARN.
pub fn add_certificate(world: &mut World, region: &Region, domain: &str, alternatives: &[&str], valid: Duration) -> String {
    let id = world.chance.uuid(("acm-certificate", region, domain, alternatives));
    let arn = world.arn("acm", region, &format!("certificate/{id}"));
    let certificate = Certificate {
        domain: domain.to_owned(),
        alternatives: alternatives.iter().map(|name| (*name).to_owned()).collect(),
        issued: world.started,
        expires: world.now + valid,
        used_by: Vec::new(),
    };
    if let Some(here) = world.regional.get_mut(region) {
        here.acm.certificates.insert(arn.clone(), certificate);
    }
    arn
}

/// Days until expiry, told once a day while there are any.
pub fn measure(world: &mut World, gauges: &mut Gauges) {
    const DAY: i64 = 86_400;
    if world.now.secs().rem_euclid(DAY) != 0 {
        return;
    }
    for (region, here) in &world.regional {
        for (arn, certificate) in &here.acm.certificates {
            let left = certificate.expires.since(world.now).as_secs_f64() / Duration::from_secs(DAY.unsigned_abs()).as_secs_f64();
            if left > 0.0 {
                gauges.put(region, "AWS/CertificateManager", "DaysToExpiry", &[("CertificateArn", arn)], Reading::level(left.floor()));
            }
        }
    }
}

fn list_certificates(world: &mut World, call: &Call) -> Answer {
    let statuses = call.input.texts("CertificateStatuses", "member");
    let most = call.input.int("MaxItems")?.unwrap_or(PAGE);
    if !(1..=PAGE).contains(&most) {
        return Err(ApiError::validation(format!(
            "1 validation error detected: Value '{most}' at 'maxItems' failed to satisfy constraint: Member must be between 1 and {PAGE}"
        )));
    }
    let (most, now) = (usize::try_from(most).unwrap_or(1), world.now);
    let all = world.here(&call.region)?.acm.certificates.iter();
    let fitting = all.filter(|(_, certificate)| statuses.is_empty() || statuses.contains(&certificate.status(now))).collect();
    let page = pages::page(&call.operation, fitting, |(arn, _)| (*arn).clone(), call.input.text("NextToken")?, most);
    let (page, next) = page.ok_or_else(|| ApiError::validation("The NextToken is invalid."))?;
    let told = page.into_iter().map(|(arn, certificate)| {
        doc! {
            "CertificateArn": arn,
            "DomainName": &certificate.domain,
            "SubjectAlternativeNameSummaries": Document::list(certificate.names()),
            "HasAdditionalSubjectAlternativeNames": false,
            "Status": certificate.status(now),
            "Type": "AMAZON_ISSUED",
            "KeyAlgorithm": "RSA-2048",
            "InUse": !certificate.used_by.is_empty(),
            "RenewalEligibility": if certificate.used_by.is_empty() { "INELIGIBLE" } else { "ELIGIBLE" },
            "NotBefore": certificate.issued,
            "NotAfter": certificate.expires,
            "CreatedAt": certificate.issued,
            "IssuedAt": certificate.issued,
        }
    });
    Ok(doc! { "CertificateSummaryList": Document::list(told), "NextToken": next }.into())
}

fn describe_certificate(world: &mut World, call: &Call) -> Answer {
    let arn = call.input.need("CertificateArn")?;
    if !arn.starts_with("arn:aws:acm:") {
        return Err(ApiError::new("InvalidArnException", 400, format!("Invalid ARN: {arn}")));
    }
    let (now, chance) = (world.now, world.chance);
    let certificate = world.here(&call.region)?.acm.certificates.get(arn).ok_or_else(|| {
        let said = format!("Could not find certificate {arn}.");
        ApiError::new("ResourceNotFoundException", 400, said)
    })?;
    let serial = chance.hex(("acm-serial", arn), 32);
    let pairs: Vec<&str> = (0..16).filter_map(|nth| serial.get(nth * 2..nth * 2 + 2)).collect();
    let validations = certificate.names().map(|name| {
        let host = name.trim_start_matches("*.");
        doc! {
            "DomainName": name,
            "ValidationDomain": host,
            "ValidationStatus": "SUCCESS",
            "ValidationMethod": "DNS",
            "ResourceRecord": doc! {
                "Name": format!("_{}.{host}.", chance.hex(("acm-proof-name", host), 32)),
                "Type": "CNAME",
                "Value": format!("_{}.acm-validations.aws.", chance.hex(("acm-proof", host), 32)),
            },
        }
    });
    Ok(doc! { "Certificate": doc! {
        "CertificateArn": arn,
        "DomainName": &certificate.domain,
        "SubjectAlternativeNames": Document::list(certificate.names()),
        "DomainValidationOptions": Document::list(validations),
        "Serial": pairs.join(":"),
        "Subject": format!("CN={}", certificate.domain),
        "Issuer": "Amazon",
        "CreatedAt": certificate.issued,
        "IssuedAt": certificate.issued,
        "Status": certificate.status(now),
        "NotBefore": certificate.issued,
        "NotAfter": certificate.expires,
        "KeyAlgorithm": "RSA-2048",
        "SignatureAlgorithm": "SHA256WITHRSA",
        "InUseBy": Document::list(certificate.used_by.iter()),
        "Type": "AMAZON_ISSUED",
        "RenewalEligibility": if certificate.used_by.is_empty() { "INELIGIBLE" } else { "ELIGIBLE" },
    } }
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::testing::{ask, east, live, west, world};

    #[test]
    fn a_certificate_is_issued_until_it_expires() {
        let mut world = world();
        let arn = add_certificate(&mut world, &west(), "app.example.com", &["*.app.example.com"], Duration::from_secs(100));
        let status = |world: &mut World| {
            let told = ask(world, &west(), "acm", "DescribeCertificate", doc! { "CertificateArn": &arn }).unwrap().body;
            let told = told.get("Certificate").unwrap().clone();
            assert_eq!(told.texts("SubjectAlternativeNames", "member"), ["app.example.com", "*.app.example.com"]);
            told.text("Status").unwrap().unwrap().to_owned()
        };
        assert_eq!(status(&mut world), "ISSUED");
        live(&mut world, 100);
        assert_eq!(status(&mut world), "EXPIRED");
        let elsewhere = ask(&mut world, &east(), "acm", "DescribeCertificate", doc! { "CertificateArn": &arn });
        assert_eq!(elsewhere.unwrap_err().code, "ResourceNotFoundException");
    }

    #[test]
    fn pages_hold_every_certificate_once() {
        let mut world = world();
        let mut all: Vec<String> =
            (0..7).map(|nth| add_certificate(&mut world, &east(), &format!("{nth}.example.com"), &[], Duration::from_secs(1000))).collect();
        all.sort();
        let (mut seen, mut token) = (Vec::new(), None::<String>);
        loop {
            let page = ask(&mut world, &east(), "acm", "ListCertificates", doc! { "MaxItems": 3, "NextToken": token }).unwrap().body;
            seen.extend(page.items("CertificateSummaryList", "member").iter().map(|c| c.need("CertificateArn").unwrap().to_owned()));
            token = page.text("NextToken").unwrap().map(str::to_owned);
            if token.is_none() {
                break;
            }
        }
        assert_eq!(seen, all);
        let bad = ask(&mut world, &east(), "acm", "ListCertificates", doc! { "NextToken": "forged" });
        assert_eq!(bad.unwrap_err().code, ApiError::VALIDATION);
    }
}
