use aws_credential_types::provider::SharedCredentialsProvider;
use drlab_core::config::Config;

use super::start::Access;
use crate::aws::act::{Armed, NotArmed};
use crate::aws::{self, Keeper, Meter, Place, Source};
use crate::clock::WorldClock;
use crate::probe::Wire;
use crate::watch::Eyes;

/// All that looking takes, for ever or once: eyes, who lends them credentials, and who counts what they ask.
#[derive(Debug)]
pub(super) struct Outlook {
    pub(super) eyes: Eyes,
    pub(super) keeper: Keeper,
    pub(super) meter: Meter,
    pub(super) credentials: SharedCredentialsProvider,
}

impl Outlook {
    /// `clock` is what the handshake has found to hold.
    pub(super) fn new(config: &Config, access: Access, clock: WorldClock) -> Self {
        let endpoints = endpoints(config);
        let source = Source::choose(&endpoints, access.profile, access.send_credentials);
        let (keeper, credentials) = Keeper::new(source, clock);
        let meter = Meter::new(clock);
        let regions: Vec<_> = config.regions().into_iter().collect();
        let place = Place { regions: &regions, endpoints: &endpoints, timeouts: config.timeouts.into(), clock, http: None };
        let aws = aws::connect(&place, credentials.clone(), &meter);
        let eyes = Eyes { aws, wire: Wire::net(&config.endpoints), clock };
        Self { eyes, keeper, meter, credentials }
    }

    /// Hands beside the eyes, with the same credentials by the same way: where those may not go, these do not go either.
    pub(super) async fn arm(&self, config: &Config, account: &str) -> Result<Armed, NotArmed> {
        let endpoints = endpoints(config);
        let regions = config.regions();
        let timeouts = config.timeouts.into();
        let place = Place { regions: &regions, endpoints: &endpoints, timeouts, clock: self.eyes.clock, http: None };
        aws::arm(&place, self.credentials.clone(), account).await
    }
}

fn endpoints(config: &Config) -> aws::Endpoints {
    aws::Endpoints { regions: config.endpoints.regions.clone(), route53: config.endpoints.route53.clone() }
}
