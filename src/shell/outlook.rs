use drlab_core::config::Config;

use super::start::Access;
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
}

impl Outlook {
    /// `clock` is what the handshake has found to hold.
    pub(super) fn new(config: &Config, access: Access, clock: WorldClock) -> Self {
        let endpoints = aws::Endpoints { regions: config.endpoints.regions.clone(), route53: config.endpoints.route53.clone() };
        let source = Source::choose(&endpoints, access.profile, access.send_credentials);
        let (keeper, credentials) = Keeper::new(source, clock);
        let meter = Meter::new(clock);
        let regions: Vec<_> = config.regions().into_iter().collect();
        let place = Place { regions: &regions, endpoints: &endpoints, timeouts: config.timeouts.into(), clock, http: None };
        let eyes = Eyes { aws: aws::connect(&place, credentials, &meter), wire: Wire::net(&config.endpoints), clock };
        Self { eyes, keeper, meter }
    }
}
