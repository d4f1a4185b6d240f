//! From where AWS is to clients for it: one HTTP client, one clock, one keeper of credentials for all of them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_config::identity::IdentityCache;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::TimeSource;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use drlab_core::domain::Region;

use super::act::{self, Armed, NotArmed};
use super::{Clients, Endpoints, Meter, Timeouts};
use crate::clock::WorldClock;

/// Where to, and how.
#[derive(Clone, Debug)]
pub struct Place<'p> {
    pub regions: &'p [Region],
    pub endpoints: &'p Endpoints,
    /// In world time.
    pub timeouts: Timeouts,
    pub clock: WorldClock,
    /// Another way than the network: a lab in this process.
    pub http: Option<SharedHttpClient>,
}

/// Clients that can only read, and count what they do.
#[must_use]
pub fn connect(place: &Place<'_>, credentials: SharedCredentialsProvider, meter: &Meter) -> Clients {
    let shared = shared(place, credentials);
    Clients::watching(&shared, place.regions, place.endpoints, place.timeouts.at_speed(place.clock.speed()), meter)
}

/// Clients that can change things, over the same way and by the same clock as those that only read; for the workload's own account alone.
pub async fn arm(place: &Place<'_>, credentials: SharedCredentialsProvider, account: &str) -> Result<Armed, NotArmed> {
    let timeouts = place.timeouts.at_speed(place.clock.speed());
    act::arm(&shared(place, credentials), place.regions, place.endpoints, timeouts, account).await
}

fn shared(place: &Place<'_>, credentials: SharedCredentialsProvider) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(credentials)
        // The keeper holds the newest; a copy of it would only be older.
        .identity_cache(IdentityCache::no_cache())
        .http_client(place.http.clone().unwrap_or_else(|| http(place.regions, place.endpoints)))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .time_source(place.clock)
        .build()
}

/// Where every endpoint is plain HTTP there is no TLS in the client at all: it cannot reach real AWS by mistake.
fn http(regions: &[Region], endpoints: &Endpoints) -> SharedHttpClient {
    let plain = |url: Option<&String>| url.is_some_and(|url| url.starts_with("http://"));
    if plain(endpoints.route53.as_ref()) && regions.iter().all(|region| plain(endpoints.regions.get(region))) {
        Builder::new().build_http()
    } else {
        Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build_https()
    }
}

/// The SDK signs by the world's clock.
impl TimeSource for WorldClock {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(u64::try_from(self.now().millis()).unwrap_or(0))
    }
}
