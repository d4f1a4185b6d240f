use drlab_core::config::{AlarmMetric, Comparison as Operator, DatabaseKind, LabAlarm, Missing as MissingWord, Place, Protocol, Site};
use drlab_core::domain::Region;

use super::{Builder, SITES, bare};
use crate::world::cloudwatch::{self, Comparison, Missing, NewAlarm, NewComposite, Stat};
use crate::world::sns::{self, NewSubscription};
use crate::world::{ApiError, elb};

/// A metric as CloudWatch files it.
struct Filed {
    namespace: &'static str,
    metric: &'static str,
    stat: Stat,
    dimensions: Vec<(String, String)>,
    /// The configuration's unit in CloudWatch's.
    scale: f64,
}

impl Builder<'_> {
    pub(super) fn topics(&mut self) {
        for site in SITES {
            let Some(arn) = self.workload.notify.topic.get(site) else { continue };
            let name = bare(arn).to_owned();
            let region = self.region(site);
            let subscriptions = self.lab.subscriptions.iter().filter(|subscription| subscription.site == Place::from(site));
            let subscriptions = subscriptions.map(|subscription| NewSubscription {
                protocol: subscription.protocol.word().to_owned(),
                endpoint: subscription.endpoint.clone(),
                pending: !subscription.confirmed && subscription.protocol == Protocol::Email,
            });
            let subscriptions = subscriptions.collect();
            sns::add_topic(self.world, &region, &name, subscriptions);
        }
    }

    pub(super) fn alarms(&mut self) -> Result<(), ApiError> {
        // Composites last: their rules name the others.
        let (composites, metrics): (Vec<_>, Vec<_>) = self.lab.alarms.iter().partition(|alarm| alarm.metric == AlarmMetric::Composite);
        for alarm in metrics {
            self.metric_alarm(alarm);
        }
        for alarm in composites {
            let region = self.place(alarm.site);
            let rule = alarm.rule.clone().unwrap_or_default();
            let actions = self.actions(alarm);
            let new = NewComposite {
                name: alarm.name.clone(),
                description: String::new(),
                rule,
                alarm_actions: actions.clone(),
                ok_actions: actions,
            };
            cloudwatch::add_composite(self.world, &region, new).map_err(ApiError::validation)?;
        }
        Ok(())
    }

    fn metric_alarm(&mut self, alarm: &LabAlarm) {
        // Route 53 keeps its metrics in us-east-1, wherever the workload lives.
        let region = if alarm.metric == AlarmMetric::HealthCheck { Region::new("us-east-1") } else { self.place(alarm.site) };
        let Some(filed) = self.filed(alarm, &region) else { return };
        let actions = self.actions(alarm);
        let new = NewAlarm {
            name: alarm.name.clone(),
            description: format!("{} of {}", alarm.metric, self.workload.name),
            namespace: filed.namespace.to_owned(),
            metric: filed.metric.to_owned(),
            dimensions: filed.dimensions,
            stat: filed.stat,
            period: i64::try_from(alarm.period.as_secs()).unwrap_or(60),
            evaluation_periods: alarm.periods as usize,
            datapoints_to_alarm: alarm.datapoints as usize,
            threshold: alarm.threshold * filed.scale,
            comparison: match alarm.comparison {
                Operator::Above => Comparison::GreaterThan,
                Operator::AtLeast => Comparison::GreaterThanOrEqual,
                Operator::Below => Comparison::LessThan,
                Operator::AtMost => Comparison::LessThanOrEqual,
            },
            missing: match alarm.missing {
                MissingWord::Missing => Missing::Missing,
                MissingWord::Breaching => Missing::Breaching,
                MissingWord::NotBreaching => Missing::NotBreaching,
                MissingWord::Ignore => Missing::Ignore,
            },
            alarm_actions: actions.clone(),
            ok_actions: actions,
            insufficient_data_actions: Vec::new(),
        };
        cloudwatch::add_alarm(self.world, &region, new);
    }

    /// Whom an alarm tells: the topic of its site. A control region has none.
    fn actions(&self, alarm: &LabAlarm) -> Vec<String> {
        let site = SITES.into_iter().find(|site| Place::from(*site) == alarm.site);
        let topic = site.and_then(|site| self.workload.notify.topic.get(site).clone());
        topic.filter(|_| alarm.notify).into_iter().collect()
    }

    /// Which metric of which thing an alarm looks at; `None` where the workload has no such thing.
    fn filed(&self, alarm: &LabAlarm, region: &Region) -> Option<Filed> {
        let site = if alarm.site == Place::Primary { Site::Primary } else { Site::Standby };
        let file = |namespace, metric, stat, dimensions: Vec<(&str, String)>| Filed {
            namespace,
            metric,
            stat,
            dimensions: dimensions.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            scale: 1.0,
        };
        let balancer = || elb::load_balancer(self.world, region, self.balancers.get(&site)?).map(|found| found.dimension.clone());
        let elb = |metric, stat| Some(file("AWS/ApplicationELB", metric, stat, vec![("LoadBalancer", balancer()?)]));
        let targets = |metric, stat| {
            let group = elb::target_groups_of(self.world, region, self.balancers.get(&site)?).first()?.dimension.clone();
            Some(file("AWS/ApplicationELB", metric, stat, vec![("TargetGroup", group), ("LoadBalancer", balancer()?)]))
        };
        let service = |namespace, metric, stat| {
            let wanted = |service: &&drlab_core::config::Service| alarm.target.as_ref().is_none_or(|target| *target == service.name);
            let at = self.workload.services.iter().find(wanted)?.sites.get(site);
            Some(file(namespace, metric, stat, vec![("ClusterName", at.cluster.clone()), ("ServiceName", at.service.clone())]))
        };
        let database = |metric, stat| {
            let database = self.workload.database.as_ref()?;
            let dimension = if database.kind == DatabaseKind::AuroraGlobal { "DBClusterIdentifier" } else { "DBInstanceIdentifier" };
            Some(file("AWS/RDS", metric, stat, vec![(dimension, database.sites.get(site).clone())]))
        };
        let bucket = |metric, stat| {
            let wanted = |pair: &&drlab_core::config::Bucket| alarm.target.as_ref().is_none_or(|target| *target == pair.sites.primary);
            let pair = self.workload.buckets.iter().find(wanted)?;
            let rule = pair.rule.clone().unwrap_or_else(|| "all".to_owned());
            let dimensions =
                vec![("SourceBucket", pair.sites.primary.clone()), ("DestinationBucket", pair.sites.standby.clone()), ("RuleId", rule)];
            Some(file("AWS/S3", metric, stat, dimensions))
        };
        let global = self.workload.database.as_ref().is_some_and(|database| database.kind == DatabaseKind::AuroraGlobal);
        match alarm.metric {
            // An alarm counts failures; the configuration says what share of the usual requests is too much.
            AlarmMetric::Alb5xx => {
                let scale = self.lab.application.requests_per_second * alarm.period.as_secs_f64() / 100.0;
                elb("HTTPCode_Target_5XX_Count", Stat::Sum).map(|filed| Filed { scale, ..filed })
            }
            AlarmMetric::AlbLatency => elb("TargetResponseTime", Stat::Percentile("p95".to_owned())),
            AlarmMetric::UnhealthyTargets => targets("UnHealthyHostCount", Stat::Maximum),
            AlarmMetric::HealthyTargets => targets("HealthyHostCount", Stat::Minimum),
            AlarmMetric::TaskCount => service("ECS/ContainerInsights", "RunningTaskCount", Stat::Average),
            AlarmMetric::Cpu => service("AWS/ECS", "CPUUtilization", Stat::Average),
            AlarmMetric::DbCpu => database("CPUUtilization", Stat::Average),
            AlarmMetric::DbConnections => database("DatabaseConnections", Stat::Average),
            AlarmMetric::ReplicaLag if global => database("AuroraGlobalDBReplicationLag", Stat::Maximum),
            AlarmMetric::ReplicaLag => database("ReplicaLag", Stat::Maximum),
            AlarmMetric::S3Pending => bucket("BytesPendingReplication", Stat::Maximum),
            AlarmMetric::S3Latency => bucket("ReplicationLatency", Stat::Maximum),
            AlarmMetric::S3Failed => bucket("OperationsFailedReplication", Stat::Sum),
            AlarmMetric::LambdaErrors => {
                let function = alarm.target.clone().or_else(|| self.lab.functions.first().map(|function| function.name.clone()))?;
                Some(file("AWS/Lambda", "Errors", Stat::Sum, vec![("FunctionName", function)]))
            }
            AlarmMetric::HealthCheck => {
                let check = self.workload.dns.as_ref()?.sites.get(site).health_check.clone()?;
                Some(file("AWS/Route53", "HealthCheckStatus", Stat::Minimum, vec![("HealthCheckId", check)]))
            }
            AlarmMetric::Composite => None,
        }
    }
}
