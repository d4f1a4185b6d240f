//! What names, regions, addresses and ARNs look like, checked before AWS is ever asked.

use crate::domain::Region;
use crate::reading::{Value, nearest};

use super::dns::HostPort;

/// For “did you mean” only: regions that are not listed are taken as they are if they look like one.
const REGIONS: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// A workload's name is typed by hand to confirm, and becomes part of file names.
pub(super) fn name(value: Value<'_>) -> Option<String> {
    let text = value.text()?;
    let fits = text.len() <= 64 && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) && !text.starts_with(['-', '.']);
    if fits {
        Some(text.to_owned())
    } else {
        value.wrong("a name has at most 64 letters, digits, “-”, “_” and “.”, and begins with a letter or digit")
    }
}

/// Anything that AWS names: longer, and with more signs.
pub(super) fn resource(value: Value<'_>) -> Option<String> {
    let text = value.text()?;
    if text.len() <= 512 && !text.contains(char::is_whitespace) {
        Some(text.to_owned())
    } else {
        value.wrong("a name or ARN has no spaces and at most 512 characters")
    }
}

pub(super) fn words(value: Value<'_>) -> Option<String> {
    value.text().map(str::to_owned)
}

pub(super) fn account(value: Value<'_>) -> Option<String> {
    if !value.is_text() {
        return value.wrong_because("this must be text in quotes", "account ids may begin with 0: write \"012345678901\"");
    }
    let text = value.text()?;
    if text.len() == 12 && text.chars().all(|c| c.is_ascii_digit()) {
        Some(text.to_owned())
    } else {
        value.wrong("an AWS account id has twelve digits")
    }
}

pub(super) fn looks_like_a_region(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let [first, middle @ .., last] = parts.as_slice() else {
        return false;
    };
    let letters = |part: &&str| part.len() <= 12 && !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase());
    first.len() == 2
        && letters(first)
        && !middle.is_empty()
        && middle.len() <= 3
        && middle.iter().all(letters)
        && matches!(last.as_bytes(), [b'1'..=b'9'])
}

pub(super) fn region(value: Value<'_>) -> Option<Region> {
    let text = value.text()?;
    if looks_like_a_region(text) {
        return Some(Region::new(text));
    }
    let hint = match nearest(text, REGIONS.iter().copied()) {
        Some(near) => format!("did you mean “{near}”?"),
        None => "a region is written like “ap-southeast-2”".to_owned(),
    };
    value.wrong_because(format!("“{text}” is not the name of an AWS region"), hint)
}

/// A region of the workload, or one of `besides`.
pub(super) fn region_among(value: Value<'_>, workload: &[Region], besides: &[&str]) -> Option<Region> {
    let region = region(value)?;
    // Where the workload's own regions could not be read, there is nothing to compare with.
    if workload.is_empty() || workload.contains(&region) || besides.contains(&region.as_str()) {
        return Some(region);
    }
    let known: Vec<_> = workload.iter().map(Region::as_str).collect();
    value.wrong_because(format!("{region} is not one of this workload's regions"), format!("they are {}", known.join(", ")))
}

/// Name or ARN; an ARN must belong to the account and to one of the regions.
pub(super) fn placed(value: Value<'_>, account: Option<&str>, regions: &[Region]) -> Option<String> {
    let text = resource(value)?;
    let parts: Vec<_> = text.splitn(6, ':').collect();
    if let ["arn", _, _, region, owner, _] = parts.as_slice() {
        if !region.is_empty() && !regions.is_empty() && !regions.iter().any(|known| known.as_str() == *region) {
            let known: Vec<_> = regions.iter().map(Region::as_str).collect();
            return value.wrong(format!("this ARN is of {region}, and belongs in {}", known.join(" or ")));
        }
        if let Some(account) = account
            && !owner.is_empty()
            && *owner != account
        {
            return value.wrong(format!("this ARN is of account {owner}, and the workload is in {account}"));
        }
    }
    Some(text)
}

/// A DNS name without its trailing dot, in lower case.
pub(super) fn dns_name(value: Value<'_>) -> Option<String> {
    let text = value.text()?;
    let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    if name.len() <= 253 && name.contains('.') && name.split('.').all(label) {
        Some(name)
    } else {
        value.wrong("this is not a DNS name such as “app.example.com”")
    }
}

pub(super) fn zone(value: Value<'_>) -> Option<String> {
    let text = value.text()?;
    // AWS's all begin with a Z, but nothing says that they must; servers that speak its protocols give others.
    if (1..=32).contains(&text.len()) && text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit()) {
        Some(text.to_owned())
    } else {
        value.wrong("a hosted zone's id is written like “Z0123456789ABCDEFGHIJ”")
    }
}

pub(super) fn path(value: Value<'_>) -> Option<String> {
    let text = value.text()?;
    if !text.starts_with('/') {
        return value.wrong_because("a path begins with “/”", format!("write \"/{text}\""));
    }
    if text.len() > 1024 || !text.chars().all(|c| c.is_ascii_graphic()) {
        return value.wrong("a path has at most 1024 visible ASCII characters");
    }
    Some(text.to_owned())
}

pub(super) fn url(value: Value<'_>) -> Option<String> {
    let text = value.text()?;
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    match rest {
        Some(rest) if !rest.starts_with(['/', ':']) && !rest.is_empty() && text.len() <= 2048 && !text.contains(char::is_whitespace) => {
            Some(text.to_owned())
        }
        _ => value.wrong("a URL begins with “http://” or “https://” and a host"),
    }
}

/// `host`, `host:port`, `1.2.3.4:53`, `::1` or `[::1]:53`.
pub(super) fn host_port(value: Value<'_>) -> Option<HostPort> {
    let text = value.text()?;
    parse_host_port(text).or_else(|| value.wrong("write a host or host:port, such as “1.1.1.1” or “[::1]:53”"))
}

fn parse_host_port(text: &str) -> Option<HostPort> {
    const DNS: u16 = 53;
    let port = |text: &str| text.parse().ok().filter(|port| *port > 0 && text.chars().all(|c| c.is_ascii_digit()));
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let (host, after) = rest.split_once(']')?;
        host.parse::<std::net::Ipv6Addr>().ok()?;
        (host, if after.is_empty() { DNS } else { port(after.strip_prefix(':')?)? })
    } else if text.parse::<std::net::Ipv6Addr>().is_ok() {
        (text, DNS)
    } else {
        let (host, port) = match text.split_once(':') {
            Some((host, after)) => (host, port(after)?),
            None => (text, DNS),
        };
        let named = !host.is_empty() && host.len() <= 253 && host.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c));
        (named.then_some(host)?, port)
    };
    Some(HostPort { host: host.to_owned(), port })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn regions_have_a_shape() {
        for good in REGIONS.iter().copied().chain(["us-gov-west-1", "cn-north-1", "us-isob-east-1"]) {
            assert!(looks_like_a_region(good), "{good}");
        }
        for bad in ["", "us-west2", "useast1", "us-east-1a", "US-EAST-1", "us--1", "u-east-1", "us-east-10", "us-1"] {
            assert!(!looks_like_a_region(bad), "{bad}");
        }
    }

    #[test]
    fn hosts_come_with_and_without_ports() {
        let shown = |text| parse_host_port(text).map(|found| found.to_string());
        assert_eq!(shown("1.1.1.1").as_deref(), Some("1.1.1.1:53"));
        assert_eq!(shown("127.0.0.1:5300").as_deref(), Some("127.0.0.1:5300"));
        assert_eq!(shown("ns-1.example").as_deref(), Some("ns-1.example:53"));
        assert_eq!(shown("::1").as_deref(), Some("[::1]:53"));
        assert_eq!(shown("[::1]:99").as_deref(), Some("[::1]:99"));
        for bad in ["", ":53", "host:", "host:0", "host:65536", "host:+53", "a b", "[::1", "[x]:53", "::1:53:zz", "http://1.1.1.1"] {
            assert_eq!(parse_host_port(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_shown_host_and_port_is_read_back(host in "[a-z][a-z0-9.-]{0,20}|[0-9a-f]{1,4}::[0-9a-f]{1,4}", port in 1u16..) {
            let text = HostPort { host: host.clone(), port }.to_string();
            prop_assert_eq!(parse_host_port(&text), Some(HostPort { host, port }));
        }
    }
}
