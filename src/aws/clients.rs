//! One shared configuration, one HTTP client, and a set of service clients per region.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::identity::IdentityCache;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use drlab_core::domain::Region;

use super::meter::Meter;
use super::readonly::Guard;

/// Where AWS is, when it is not where it usually is.
#[derive(Clone, Debug, Default)]
pub struct Endpoints {
    pub regions: BTreeMap<Region, String>,
    pub route53: Option<String>,
}

/// How long to wait. The SDK's own default is to wait for ever once connected.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    pub connect: Duration,
    pub attempt: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(1), attempt: Duration::from_secs(3) }
    }
}

impl Timeouts {
    /// However fast the world runs, the system gets this much to connect: it takes no busy lab for that, so a dark region is still seen soon.
    const TO_CONNECT: Duration = Duration::from_millis(250);
    /// And whoever answers gets this much: a lab that is slow because its machine is busy is not dark.
    const TO_ANSWER: Duration = Duration::from_secs(1);

    /// From world time to the wall's, in which the SDK counts.
    #[must_use]
    pub fn at_speed(self, speed: f64) -> Self {
        let on_the_wall = |world: Duration, least: Duration| world.div_f64(speed).max(least);
        Self { connect: on_the_wall(self.connect, Self::TO_CONNECT), attempt: on_the_wall(self.attempt, Self::TO_ANSWER) }
    }
}

/// A client behind the guard, if there is one. Every service has a builder of its own type.
macro_rules! client {
    ($sdk:ident, $config:expr, $guard:expr) => {{
        let mut builder = $sdk::config::Builder::from($config);
        if let Some(guard) = $guard {
            builder = builder.interceptor(Guard::clone(guard));
        }
        $sdk::Client::from_conf(builder.build())
    }};
}

impl From<drlab_core::config::Timeouts> for Timeouts {
    fn from(told: drlab_core::config::Timeouts) -> Self {
        Self { connect: told.connect, attempt: told.attempt }
    }
}

/// Clients for every region in use, and for Route 53, which has no region.
#[derive(Clone, Debug)]
pub struct Clients {
    pub regions: BTreeMap<Region, RegionClients>,
    pub route53: aws_sdk_route53::Client,
}

/// One region's clients.
#[derive(Clone, Debug)]
pub struct RegionClients {
    pub acm: aws_sdk_acm::Client,
    pub autoscaling: aws_sdk_applicationautoscaling::Client,
    pub cloudwatch: aws_sdk_cloudwatch::Client,
    pub dynamodb: aws_sdk_dynamodb::Client,
    pub ecr: aws_sdk_ecr::Client,
    pub ecs: aws_sdk_ecs::Client,
    pub elb: aws_sdk_elasticloadbalancingv2::Client,
    pub events: aws_sdk_eventbridge::Client,
    pub kms: aws_sdk_kms::Client,
    pub lambda: aws_sdk_lambda::Client,
    pub rds: aws_sdk_rds::Client,
    pub s3: aws_sdk_s3::Client,
    pub secrets: aws_sdk_secretsmanager::Client,
    pub sns: aws_sdk_sns::Client,
    pub states: aws_sdk_sfn::Client,
    pub sts: aws_sdk_sts::Client,
}

impl Clients {
    /// Clients that can only read: whatever is not on the read allowlist is refused before it is sent, and what is sent is counted.
    #[must_use]
    pub fn watching(shared: &SdkConfig, regions: &[Region], endpoints: &Endpoints, timeouts: Timeouts, meter: &Meter) -> Self {
        Self::derived(shared, regions, endpoints, timeouts, Some(&Guard::Watching(meter.clone())))
    }

    /// Clients that can do what a runbook can ask for, and nothing else that their credentials may.
    pub(super) fn operating(shared: &SdkConfig, regions: &[Region], endpoints: &Endpoints, timeouts: Timeouts) -> Self {
        Self::derived(shared, regions, endpoints, timeouts, Some(&Guard::Operating))
    }

    /// Clients that can do anything their credentials may: for those who play somebody else.
    #[must_use]
    pub fn unguarded(shared: &SdkConfig, regions: &[Region], endpoints: &Endpoints, timeouts: Timeouts) -> Self {
        Self::derived(shared, regions, endpoints, timeouts, None)
    }

    /// `shared` carries credentials, the HTTP client and the clock; every client is derived from it, and all of them share one identity
    /// cache, so that credentials are loaded once.
    fn derived(shared: &SdkConfig, regions: &[Region], endpoints: &Endpoints, timeouts: Timeouts, guard: Option<&Guard>) -> Self {
        let limits = TimeoutConfig::builder().connect_timeout(timeouts.connect).operation_attempt_timeout(timeouts.attempt).build();
        // Without one of its own a configuration gives every client another, and each of them would load the credentials for itself.
        let identities = shared.identity_cache().unwrap_or_else(|| IdentityCache::lazy().build());
        let derive = |region: &str, endpoint: Option<&String>| {
            let mut builder = shared
                .to_builder()
                .region(aws_config::Region::new(region.to_owned()))
                // The SDK's retry quota is shared by the whole process and runs out silently; the watch's cadence is the only retry.
                .retry_config(RetryConfig::disabled())
                .identity_cache(identities.clone())
                .timeout_config(limits.clone());
            builder.set_endpoint_url(endpoint.cloned());
            builder.build()
        };
        let of = |region: &Region| RegionClients::new(&derive(region.as_str(), endpoints.regions.get(region)), guard);
        // Route 53 behind a custom endpoint is signed with the client's region, which AWS only accepts as us-east-1.
        let route53 = client!(aws_sdk_route53, &derive("us-east-1", endpoints.route53.as_ref()), guard);
        Self { regions: regions.iter().map(|region| (region.clone(), of(region))).collect(), route53 }
    }
}

impl RegionClients {
    fn new(config: &SdkConfig, guard: Option<&Guard>) -> Self {
        // Bucket names in host names do not resolve on a lab's address; a path always does.
        let s3 = aws_sdk_s3::config::Builder::from(config).force_path_style(true);
        Self {
            acm: client!(aws_sdk_acm, config, guard),
            autoscaling: client!(aws_sdk_applicationautoscaling, config, guard),
            cloudwatch: client!(aws_sdk_cloudwatch, config, guard),
            dynamodb: client!(aws_sdk_dynamodb, config, guard),
            ecr: client!(aws_sdk_ecr, config, guard),
            ecs: client!(aws_sdk_ecs, config, guard),
            elb: client!(aws_sdk_elasticloadbalancingv2, config, guard),
            events: client!(aws_sdk_eventbridge, config, guard),
            kms: client!(aws_sdk_kms, config, guard),
            lambda: client!(aws_sdk_lambda, config, guard),
            rds: client!(aws_sdk_rds, config, guard),
            s3: client!(aws_sdk_s3, s3, guard),
            secrets: client!(aws_sdk_secretsmanager, config, guard),
            sns: client!(aws_sdk_sns, config, guard),
            states: client!(aws_sdk_sfn, config, guard),
            sts: client!(aws_sdk_sts, config, guard),
        }
    }
}
