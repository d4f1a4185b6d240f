//! Route 53's health checkers: where they stand, what one of them sees.

use std::net::{IpAddr, Ipv4Addr};

use super::answer::landing;
use super::check_config::{CheckConfig, CheckKind};
use crate::world::World;
use crate::world::application::{Sight, look};

/// Two checkers in each of the eight regions, at addresses AWS publishes for them (`ROUTE53_HEALTHCHECKS` in ip-ranges.json).
pub(super) const CHECKERS: [(&str, &str); 16] = [
    ("us-east-1", "107.23.255.12"),
    ("us-east-1", "54.243.31.213"),
    ("us-west-1", "54.183.255.140"),
    ("us-west-1", "54.241.32.76"),
    ("us-west-2", "54.244.52.204"),
    ("us-west-2", "54.245.168.20"),
    ("eu-west-1", "54.228.16.16"),
    ("eu-west-1", "176.34.159.211"),
    ("ap-southeast-1", "54.251.31.146"),
    ("ap-southeast-1", "54.255.254.210"),
    ("ap-southeast-2", "54.252.79.147"),
    ("ap-southeast-2", "54.252.254.205"),
    ("ap-northeast-1", "54.248.220.14"),
    ("ap-northeast-1", "54.250.253.208"),
    ("sa-east-1", "54.232.40.83"),
    ("sa-east-1", "177.71.207.143"),
];

/// How long a checker waits for the answer once it is connected.
const PATIENCE_MILLIS: u32 = 2000;
/// How much of a body is searched.
const SEARCHED_BYTES: usize = 5120;

/// What one checker saw at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Status(u16),
    /// The status was good and the text was not there.
    NoMatch(u16),
    Connected,
    TimedOut,
    Refused,
    NoSuchName,
}

impl Outcome {
    pub(super) const fn passed(self) -> bool {
        match self {
            Self::Status(status) => status >= 200 && status < 400,
            Self::Connected => true,
            Self::NoMatch(_) | Self::TimedOut | Self::Refused | Self::NoSuchName => false,
        }
    }

    /// As `StatusReport` words it.
    pub(super) fn says(self) -> String {
        let verdict = if self.passed() { "Success" } else { "Failure" };
        match self {
            Self::Status(status) => format!("{verdict}: HTTP Status Code {status}, {}", reason(status)),
            Self::NoMatch(status) => {
                format!("{verdict}: HTTP Status Code {status}, {}. The search string was not found in the response body.", reason(status))
            }
            Self::Connected => format!("{verdict}: TCP connection established"),
            Self::TimedOut => format!(
                "{verdict}: Connection timed out. The endpoint or the internet connection is down, or requests are being blocked by your \
                 firewall. See https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-router-firewall-rules.html"
            ),
            Self::Refused => format!("{verdict}: Connection refused. The endpoint is not accepting connections on the port."),
            Self::NoSuchName => format!("{verdict}: DNS resolution failed: DNS response error code NXDOMAIN"),
        }
    }
}

/// What the `nth` checker sees now.
pub(super) fn observe(world: &World, config: &CheckConfig, nth: usize) -> Outcome {
    let Some(address) = address(world, config, nth) else { return Outcome::NoSuchName };
    let IpAddr::V4(address) = address else { return Outcome::TimedOut };
    match (look(world, address, config.path.as_deref().unwrap_or("/")), config.kind) {
        (Sight::Silence, _) => Outcome::TimedOut,
        (Sight::Refused, _) => Outcome::Refused,
        (Sight::Answered { .. }, CheckKind::Tcp) => Outcome::Connected,
        (Sight::Answered { millis, .. }, _) if millis > PATIENCE_MILLIS => Outcome::TimedOut,
        (Sight::Answered { status, body, .. }, CheckKind::HttpStrMatch | CheckKind::HttpsStrMatch) => {
            let body = body.to_string();
            let searched = body.as_bytes().get(..SEARCHED_BYTES).unwrap_or(body.as_bytes());
            let wanted = config.search.as_deref().unwrap_or_default().as_bytes();
            let found = wanted.is_empty() || searched.windows(wanted.len()).any(|window| window == wanted);
            if found || !Outcome::Status(status).passed() { Outcome::Status(status) } else { Outcome::NoMatch(status) }
        }
        (Sight::Answered { status, .. }, _) => Outcome::Status(status),
    }
}

/// The address to check: as configured, or what the name leads to now (one of several, a different one for each checker).
fn address(world: &World, config: &CheckConfig, nth: usize) -> Option<IpAddr> {
    if let Some(address) = config.address {
        return Some(address);
    }
    let addresses: Vec<Ipv4Addr> = landing(world, config.host.as_deref()?).addresses;
    addresses.get(nth.checked_rem(addresses.len())?).copied().map(IpAddr::V4)
}

const fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        408 => "Request Timeout",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_worded_as_route_53_words_them() {
        assert_eq!(Outcome::Status(200).says(), "Success: HTTP Status Code 200, OK");
        assert_eq!(Outcome::Status(503).says(), "Failure: HTTP Status Code 503, Service Unavailable");
        assert!(Outcome::TimedOut.says().starts_with("Failure: Connection timed out."));
        for outcome in [Outcome::Status(302), Outcome::Connected] {
            assert!(outcome.passed(), "{outcome:?}");
        }
        for outcome in [Outcome::Status(404), Outcome::NoMatch(200), Outcome::Refused, Outcome::NoSuchName] {
            assert!(!outcome.passed(), "{outcome:?}");
        }
    }
}
