//! Watching changes nothing: what a lab was asked, against what may be asked.

use std::collections::BTreeSet;
use std::time::Duration;

use drlab_core::config::Config;
use drlab_core::domain::Read;
use drlab_lab::wire::Log;

use super::seat::Seat;
use crate::lab::rig::Rig;

/// A service as requests are signed for it, and as the allowlist names it.
pub(crate) const NAMES: &[(&str, &str)] = &[
    ("acm", "ACM"),
    ("application-autoscaling", "Application Auto Scaling"),
    ("dynamodb", "DynamoDB"),
    ("ecr", "ECR"),
    ("ecs", "ECS"),
    ("elasticloadbalancing", "Elastic Load Balancing v2"),
    ("events", "EventBridge"),
    ("kms", "KMS"),
    ("lambda", "Lambda"),
    ("monitoring", "CloudWatch"),
    ("rds", "RDS"),
    ("route53", "Route 53"),
    ("s3", "S3"),
    ("secretsmanager", "Secrets Manager"),
    ("sns", "SNS"),
    ("states", "SFN"),
    ("sts", "STS"),
];

/// What somebody has been seen to do who was only to watch.
#[derive(Debug, Default)]
pub(super) struct Wall {
    /// How many calls and pages were looked at.
    pub(super) calls: u64,
    pub(super) visits: u64,
    pub(super) violations: BTreeSet<String>,
}

impl Wall {
    /// Looks at everything that was asked since the last time, and forgets it: the log is bounded.
    pub(super) fn inspect(&mut self, rig: &Rig) {
        rig.way.lab().log(|log| {
            let asked = log.entries().map(|entry| (entry.service.clone(), entry.operation.clone(), entry.status));
            for (service, operation, status) in asked {
                self.calls += 1;
                let named = NAMES.iter().find(|(signed, _)| *signed == service);
                // Refused or answered: what is asked is what counts.
                if named.and_then(|(_, name)| Read::of(name, &operation)).is_none() {
                    self.violations.insert(format!("{service} {operation} ({status})"));
                }
            }
            self.visit(&rig.stage.config, log);
            assert!(log.entries().count() < Log::KEPT && log.visits().count() < Log::KEPT, "the log has forgotten something");
            log.clear();
        });
    }

    fn visit(&mut self, config: &Config, log: &Log) {
        let writes: BTreeSet<_> =
            config.workloads.iter().filter_map(|workload| workload.dns.as_ref()?.probe.write_path.as_deref()).collect();
        assert!(!writes.is_empty(), "a lab without a path that writes proves nothing");
        for visit in log.visits() {
            self.visits += 1;
            let path = visit.path.split(['?', '#']).next().unwrap_or_default();
            if writes.contains(path) {
                self.violations.insert(format!("GET http://{}{}", visit.host, visit.path));
            }
        }
    }
}

#[test]
fn watching_breaks_no_law() {
    Seat::at("tier2", Some("dark-region"), async |seat| {
        let mut wall = Wall::default();
        seat.wait(Duration::from_secs(120)).await;
        seat.press("R R 4 3 : r e enter");
        seat.wait(Duration::from_secs(10)).await;
        wall.inspect(&seat.rig);
        assert!(wall.calls > 100 && wall.visits > 10, "nothing was looked at: {wall:?}");
        assert_eq!(wall.violations, BTreeSet::new());
    });
}

/// A wall that sees nothing proves nothing.
#[test]
fn whoever_writes_is_seen() {
    Seat::at("tier2", None, async |seat| {
        let mut wall = Wall::default();
        let (primary, standby) = (seat.rig.primary().clone(), seat.rig.standby().clone());
        primary.ecs.update_service().cluster("tier2-primary").service("app").desired_count(0).send().await.unwrap();
        // Refused, and seen all the same.
        primary.rds.promote_read_replica().db_instance_identifier("no-such-thing").send().await.unwrap_err();
        standby.secrets.get_secret_value().secret_id("tier2/db").send().await.unwrap();
        let patience = Duration::from_secs(3);
        for path in ["/healthz", "/dbcheck", "/dbcheck?again"] {
            seat.rig.way.fetch("198.51.100.10", path, patience, patience).await.unwrap();
        }
        wall.inspect(&seat.rig);
        let seen: Vec<_> = wall.violations.iter().map(String::as_str).collect();
        assert_eq!(
            seen,
            [
                "GET http://198.51.100.10/dbcheck",
                "GET http://198.51.100.10/dbcheck?again",
                "ecs UpdateService (200)",
                "rds PromoteReadReplica (404)",
                "secretsmanager GetSecretValue (200)",
            ]
        );
        let before = (wall.calls, wall.visits);
        wall.inspect(&seat.rig);
        assert_eq!((wall.calls, wall.visits), before, "what was looked at once is not looked at again");
    });
}
