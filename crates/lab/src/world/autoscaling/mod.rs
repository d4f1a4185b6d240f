//! Application Auto Scaling for ECS services.
//!
//! A registered service is held between its bounds, whoever moved it out of them, and follows its target-tracking policies inside them. This
//! is what undoes a desired count that was raised without its minimum.

mod calls;
mod policy_calls;
mod scaler;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use drlab_core::domain::{Region, Timestamp};

pub use scaler::pulse;

use super::{ApiError, Gauges, Operation, Service, World};

/// What is scaled in one region.
#[derive(Clone, Debug, Default)]
pub struct AutoScaling {
    /// By resource id, `service/cluster/name`.
    pub targets: BTreeMap<String, ScalableTarget>,
    /// The newest first.
    pub activities: VecDeque<Activity>,
    acted: u64,
}

#[derive(Clone, Debug, Default)]
pub struct ScalableTarget {
    pub cluster: String,
    pub service: String,
    pub min: u32,
    pub max: u32,
    pub suspended: Suspended,
    pub created_at: Timestamp,
    /// By name.
    pub policies: BTreeMap<String, Policy>,
    /// Its bounds were set and have not been looked at since.
    due: bool,
    last_out: Option<Timestamp>,
    last_in: Option<Timestamp>,
}

/// What the scaler may not do for now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Suspended {
    pub scaling_in: bool,
    pub scaling_out: bool,
    pub scheduled: bool,
}

/// A target-tracking policy.
#[derive(Clone, Debug)]
pub struct Policy {
    pub metric: Metric,
    /// Percent.
    pub target: f64,
    /// `None`: `timings.scaling_cooldown`.
    pub out_cooldown: Option<Duration>,
    pub in_cooldown: Option<Duration>,
    pub never_in: bool,
    pub created_at: Timestamp,
    /// Minutes in a row above the target,
    high: u32,
    /// and clearly below it.
    low: u32,
}

/// What a policy tracks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    Cpu,
    Memory,
}

impl Metric {
    const fn name(self) -> &'static str {
        match self {
            Self::Cpu => "ECSServiceAverageCPUUtilization",
            Self::Memory => "ECSServiceAverageMemoryUtilization",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Cpu, Self::Memory].into_iter().find(|metric| metric.name() == name)
    }
}

impl Policy {
    #[must_use]
    pub const fn tracking(metric: Metric, target: f64, created_at: Timestamp) -> Self {
        Self { metric, target, out_cooldown: None, in_cooldown: None, never_in: false, created_at, high: 0, low: 0 }
    }
}

/// Something the scaler did.
#[derive(Clone, Debug)]
pub struct Activity {
    pub id: String,
    pub resource: String,
    pub desired: u32,
    pub cause: String,
    pub status: Status,
    pub message: String,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    InProgress,
    Successful,
    Overridden,
    Failed,
}

impl Status {
    pub const fn name(self) -> &'static str {
        match self {
            Self::InProgress => "InProgress",
            Self::Successful => "Successful",
            Self::Overridden => "Overridden",
            Self::Failed => "Failed",
        }
    }
}

pub const SERVICE: Service = Service {
    name: "application-autoscaling",
    operations: &[
        Operation::read("DescribeScalableTargets", calls::describe_scalable_targets),
        Operation::write("RegisterScalableTarget", calls::register_scalable_target),
        Operation::write("DeregisterScalableTarget", calls::deregister_scalable_target),
        Operation::read("DescribeScalingActivities", calls::describe_scaling_activities),
        Operation::read("DescribeScalingPolicies", policy_calls::describe_scaling_policies),
        Operation::write("PutScalingPolicy", policy_calls::put_scaling_policy),
        Operation::write("DeleteScalingPolicy", policy_calls::delete_scaling_policy),
    ],
};

/// Application Auto Scaling reports no metrics of its own on ECS services.
pub fn measure(_world: &mut World, _gauges: &mut Gauges) {}

/// Puts a service under the scaler's care; `cpu`: the CPU, in percent, that a policy keeps it at.
pub fn add_target(
    world: &mut World,
    region: &Region,
    cluster: &str,
    service: &str,
    bounds: (u32, u32),
    cpu: Option<f64>,
) -> Result<(), ApiError> {
    let created_at = world.started();
    let policies = cpu.map(|target| ("cpu".to_owned(), Policy::tracking(Metric::Cpu, target, created_at))).into_iter().collect();
    let target = ScalableTarget {
        cluster: cluster.to_owned(),
        service: service.to_owned(),
        min: bounds.0,
        max: bounds.1,
        created_at,
        policies,
        ..ScalableTarget::default()
    };
    world.here_mut(region)?.autoscaling.targets.insert(format!("service/{cluster}/{service}"), target);
    Ok(())
}
