//! One shared configuration, one HTTP client, and a set of service clients per region.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::identity::IdentityCache;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use drlab_core::domain::Region;

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
    /// `shared` carries credentials, the HTTP client and the clock; every client is derived from it, and all of them share one identity
    /// cache, so that credentials are loaded once.
    #[must_use]
    pub fn new(shared: &SdkConfig, regions: &[Region], endpoints: &Endpoints, timeouts: Timeouts) -> Self {
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
        let of = |region: &Region| RegionClients::new(&derive(region.as_str(), endpoints.regions.get(region)));
        // Route 53 behind a custom endpoint is signed with the client's region, which AWS only accepts as us-east-1.
        let route53 = aws_sdk_route53::Client::new(&derive("us-east-1", endpoints.route53.as_ref()));
        Self { regions: regions.iter().map(|region| (region.clone(), of(region))).collect(), route53 }
    }
}

impl RegionClients {
    fn new(config: &SdkConfig) -> Self {
        Self {
            acm: aws_sdk_acm::Client::new(config),
            autoscaling: aws_sdk_applicationautoscaling::Client::new(config),
            cloudwatch: aws_sdk_cloudwatch::Client::new(config),
            dynamodb: aws_sdk_dynamodb::Client::new(config),
            ecr: aws_sdk_ecr::Client::new(config),
            ecs: aws_sdk_ecs::Client::new(config),
            elb: aws_sdk_elasticloadbalancingv2::Client::new(config),
            events: aws_sdk_eventbridge::Client::new(config),
            kms: aws_sdk_kms::Client::new(config),
            lambda: aws_sdk_lambda::Client::new(config),
            rds: aws_sdk_rds::Client::new(config),
            // Bucket names in host names do not resolve on a lab's address; a path always does.
            s3: aws_sdk_s3::Client::from_conf(aws_sdk_s3::config::Builder::from(config).force_path_style(true).build()),
            secrets: aws_sdk_secretsmanager::Client::new(config),
            sns: aws_sdk_sns::Client::new(config),
            states: aws_sdk_sfn::Client::new(config),
            sts: aws_sdk_sts::Client::new(config),
        }
    }
}
