//! Target groups: how their members are checked and let go.

use std::time::Duration;

use drlab_core::domain::Region;

use super::measure::Traffic;
use super::targets::{Health, Target};
use crate::world::{ApiError, World};

#[derive(Clone, Debug, Default)]
pub struct TargetGroup {
    pub name: String,
    pub arn: String,
    /// `targetgroup/name/id`, as CloudWatch's dimension has it.
    pub dimension: String,
    pub port: u16,
    pub check: HealthCheck,
    pub deregistration_delay: Duration,
    /// Attributes that were set and that change nothing in the lab.
    pub attributes: Vec<(String, String)>,
    /// The load balancer it belongs to, by ARN; a group without one checks nobody.
    pub load_balancer: Option<String>,
    pub(super) load_balancer_dimension: Option<String>,
    pub targets: Vec<Target>,
    pub(super) traffic: Traffic,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthCheck {
    pub path: String,
    pub interval: Duration,
    pub timeout: Duration,
    /// Passes in a row that make an unhealthy target healthy.
    pub healthy_threshold: u32,
    /// Failures in a row that make a target unhealthy.
    pub unhealthy_threshold: u32,
    pub codes: String,
}

impl Default for HealthCheck {
    /// AWS's own defaults.
    fn default() -> Self {
        Self {
            path: "/".to_owned(),
            interval: Duration::from_secs(30),
            timeout: Duration::from_secs(5),
            healthy_threshold: 5,
            unhealthy_threshold: 2,
            codes: "200".to_owned(),
        }
    }
}

/// What a topology says about a target group.
#[derive(Clone, Debug)]
pub struct NewTargetGroup {
    pub name: String,
    /// `None`: AWS invents one.
    pub arn: Option<String>,
    pub port: u16,
    pub check: HealthCheck,
    /// `None`: `timings.target_draining`.
    pub deregistration_delay: Option<Duration>,
}

impl Default for NewTargetGroup {
    fn default() -> Self {
        Self { name: String::new(), arn: None, port: 80, check: HealthCheck::default(), deregistration_delay: None }
    }
}

impl TargetGroup {
    pub fn healthy(&self) -> usize {
        self.count(|health| *health == Health::Healthy)
    }

    pub fn count(&self, is: impl Fn(&Health) -> bool) -> usize {
        self.targets.iter().filter(|target| is(&target.health)).count()
    }

    /// Targets that are meant to serve: all but those on their way out.
    pub fn registered(&self) -> usize {
        self.count(|health| !matches!(health, Health::Draining { .. }))
    }
}

/// Builds a target group without targets; answers its ARN.
pub fn add_target_group(world: &mut World, region: &Region, new: NewTargetGroup) -> Result<String, ApiError> {
    let id = world.chance.hex(("target-group", region, &new.name), 16);
    let invented = world.arn("elasticloadbalancing", region, &format!("targetgroup/{}/{id}", new.name));
    let arn = new.arn.unwrap_or(invented);
    let dimension = arn.rsplit(':').next().unwrap_or_default().to_owned();
    // A given ARN has the name in it.
    let name = dimension.split('/').nth(1).unwrap_or(&new.name).to_owned();
    let delay = new.deregistration_delay.unwrap_or_else(|| {
        let drawn = world.chance.between(("deregistration-delay", region, &new.name), world.timings.target_draining);
        Duration::from_secs(drawn.as_secs())
    });
    let group = TargetGroup {
        name,
        arn: arn.clone(),
        dimension,
        port: new.port,
        check: new.check,
        deregistration_delay: delay,
        attributes: Vec::new(),
        load_balancer: None,
        load_balancer_dimension: None,
        targets: Vec::new(),
        traffic: Traffic::default(),
    };
    world.here_mut(region)?.elb.target_groups.insert(arn.clone(), group);
    Ok(arn)
}

pub(super) fn not_found(arn: &str) -> ApiError {
    ApiError::new("TargetGroupNotFound", 400, format!("Target groups '{arn}' not found"))
}
