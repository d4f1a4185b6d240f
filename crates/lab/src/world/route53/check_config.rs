//! What a health check watches, and how.

use std::net::IpAddr;

use drlab_core::domain::Region;

macro_rules! check_kinds {
    ($($kind:ident = $name:literal),* $(,)?) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum CheckKind { $($kind),* }

        impl CheckKind {
            pub const ALL: &'static [CheckKind] = &[$(CheckKind::$kind),*];

            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name),* }
            }
        }
    };
}

check_kinds! {
    Http = "HTTP", Https = "HTTPS", HttpStrMatch = "HTTP_STR_MATCH", HttpsStrMatch = "HTTPS_STR_MATCH", Tcp = "TCP",
    Calculated = "CALCULATED", CloudwatchMetric = "CLOUDWATCH_METRIC",
}

impl CheckKind {
    /// Whether checkers look at something (and not at other checks or an alarm).
    pub(super) const fn has_endpoint(self) -> bool {
        !matches!(self, Self::Calculated | Self::CloudwatchMetric)
    }

    pub(super) const fn searches(self) -> bool {
        matches!(self, Self::HttpStrMatch | Self::HttpsStrMatch)
    }

    pub(super) const fn is_tls(self) -> bool {
        matches!(self, Self::Https | Self::HttpsStrMatch)
    }
}

/// What an alarm-based check does without data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Insufficient {
    Healthy,
    Unhealthy,
    #[default]
    LastKnown,
}

/// A health check's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckConfig {
    pub kind: CheckKind,
    pub address: Option<IpAddr>,
    pub port: Option<u16>,
    pub path: Option<String>,
    /// The name to resolve where no address is given; only the `Host` header otherwise.
    pub host: Option<String>,
    pub search: Option<String>,
    /// 10 or 30 s between two looks of one checker.
    pub interval: u32,
    /// So many equal looks in a row change a checker's mind.
    pub threshold: u32,
    pub measure_latency: bool,
    pub inverted: bool,
    pub disabled: bool,
    /// So many healthy children make a calculated check healthy.
    pub health_threshold: u32,
    pub children: Vec<String>,
    pub sni: bool,
    /// Where the checkers stand; empty: everywhere.
    pub regions: Vec<String>,
    pub alarm: Option<(Region, String)>,
    pub insufficient: Insufficient,
}

impl CheckConfig {
    /// The defaults AWS has for this kind.
    #[must_use]
    pub fn new(kind: CheckKind) -> Self {
        Self {
            kind,
            address: None,
            port: match kind {
                CheckKind::Http | CheckKind::HttpStrMatch => Some(80),
                CheckKind::Https | CheckKind::HttpsStrMatch => Some(443),
                CheckKind::Tcp | CheckKind::Calculated | CheckKind::CloudwatchMetric => None,
            },
            path: None,
            host: None,
            search: None,
            interval: 30,
            threshold: 3,
            measure_latency: false,
            inverted: false,
            disabled: false,
            health_threshold: 0,
            children: Vec::new(),
            sni: kind.is_tls(),
            regions: Vec::new(),
            alarm: None,
            insufficient: Insufficient::default(),
        }
    }
}
