//! How long things take on AWS, at the median and at the ninetieth percentile, where nobody has measured them here. From AWS's documentation
//! and operators' reports.

use std::time::Duration;

/// Median and ninetieth percentile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Takes {
    pub(super) p50: Duration,
    pub(super) p90: Duration,
}

const fn takes(p50: u64, p90: u64) -> Takes {
    Takes { p50: Duration::from_secs(p50), p90: Duration::from_secs(p90) }
}

/// `PromoteReadReplica`: modifying for two to five minutes, then a reboot of 20 to 60 s.
pub(super) const PROMOTE: Takes = takes(250, 325);
/// A backup that is under way refuses the promotion, for one to five minutes.
pub(super) const BACKING_UP: Takes = takes(120, 270);
/// A failover of an Aurora Global Database, data loss allowed: one to five minutes.
pub(super) const GLOBAL_FAILOVER: Takes = takes(150, 276);
/// A Fargate task from request to `RUNNING`: 25 to 67 s, a little more for the last of several.
pub(super) const TASK_START: Takes = takes(48, 66);
/// From `RUNNING` to a healthy target: one passed check, 5 to 30 s.
pub(super) const TARGET_HEALTHY: Takes = takes(18, 28);
/// Writing the secret.
pub(super) const SECRET: Takes = takes(2, 4);
/// A write through the application, asked until it succeeds.
pub(super) const WRITE_PROOF: Takes = takes(5, 12);
/// Route 53: `PENDING` to `INSYNC`.
pub(super) const RECORD_CHANGE: Takes = takes(38, 56);
/// An inverted health check must be found so by its checkers.
pub(super) const HEALTH_CHECK_CHANGE: Takes = takes(45, 75);
/// A person moves the record somewhere else.
pub(super) const BY_HAND: Takes = takes(300, 600);
/// Three successes five seconds apart at every resolver.
pub(super) const PROOF_WINDOW: Takes = takes(15, 17);
/// How long Route 53 lets an alias be cached.
pub(super) const ALIAS_TTL: Duration = Duration::from_secs(60);
/// A health check as Route 53 makes it when nothing is said: every 30 s, three times.
pub(super) const USUAL_DETECTION: Duration = Duration::from_secs(90);
