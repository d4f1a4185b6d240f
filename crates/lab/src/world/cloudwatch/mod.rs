//! Metrics and alarms.
//!
//! Services hand in a minute's readings (`pulse`); `store` keeps them for a few hours and shows them only once they have arrived.
//! `query`, `math` and `statistic` are what `GetMetricData` and alarms ask of them; `judge` is the pure verdict on an alarm,
//! `watch` and `weigh` apply it to metric and composite alarms, and `change` is what follows from a new state.

mod alarm;
mod backfill;
mod change;
mod composite;
mod data;
mod dates;
mod definition;
mod describe;
mod install;
mod judge;
mod math;
mod message;
mod metrics;
mod query;
mod statistic;
mod store;
mod units;
mod watch;
mod weigh;
mod write;

use std::collections::{BTreeMap, VecDeque};

use drlab_core::domain::Region;

pub use alarm::{
    Alarm, AlarmState, Comparison, CompositeWatch, MetricWatch, Missing, SuppressedBy, Suppressor, Threshold, Watches, Withheld,
};
pub use backfill::backfill;
pub use change::{AlarmChange, HistoryItem, Item};
pub use composite::Rule;
pub use install::{NewAlarm, NewComposite, add_alarm, add_composite};
pub use math::{Expr, Operator};
pub use query::{MetricStat, Query, What};
pub use statistic::Stat;
pub use store::{Series, Store};

use super::{
    Gauges, Operation, Service, World, acm, apigateway, application, autoscaling, dynamodb, ecr, ecs, elb, events, kms, lambda, rds,
    route53, s3, secrets, sns, states,
};
use store::{KEPT_MINUTES, Lens, minute_of};

/// Points stay a little longer than they are shown, so that the last page of an answer finds what its first page counted.
const PAGED_MINUTES: i64 = 10;

/// CloudWatch of one region.
#[derive(Clone, Debug, Default)]
pub struct CloudWatch {
    pub store: Store,
    pub alarms: BTreeMap<String, Alarm>,
    /// The newest part of every alarm's history, oldest first.
    pub history: VecDeque<HistoryItem>,
    /// How many history items there ever were.
    happened: u64,
    /// The newest changes of state, oldest first: what EventBridge hears of.
    pub changes: VecDeque<AlarmChange>,
    /// How many changes there ever were; a reader that remembers it knows which are new.
    pub changed: u64,
}

pub const SERVICE: Service = Service {
    name: "monitoring",
    operations: &[
        Operation::read("GetMetricData", data::get_metric_data),
        Operation::read("GetMetricStatistics", metrics::get_metric_statistics),
        Operation::read("ListMetrics", metrics::list_metrics),
        Operation::write("PutMetricData", metrics::put_metric_data),
        Operation::read("DescribeAlarms", describe::describe_alarms),
        Operation::read("DescribeAlarmsForMetric", describe::describe_alarms_for_metric),
        Operation::read("DescribeAlarmHistory", describe::describe_alarm_history),
        Operation::write("PutMetricAlarm", write::put_metric_alarm),
        Operation::write("PutCompositeAlarm", write::put_composite_alarm),
        Operation::write("SetAlarmState", write::set_alarm_state),
        Operation::write("EnableAlarmActions", write::enable_alarm_actions),
        Operation::write("DisableAlarmActions", write::disable_alarm_actions),
        Operation::write("DeleteAlarms", write::delete_alarms),
    ],
};

/// Runs once a minute: gathers every service's readings, then evaluates alarms.
pub fn pulse(world: &mut World) {
    let ended = minute_of(world.now()) - 1;
    let mut gauges = Gauges::default();
    gathered_readings(world, &mut gauges);
    for (region, name, reading) in gauges.into_readings() {
        if let Some(here) = world.regional.get_mut(&region) {
            here.cloudwatch.store.record(name, ended, reading, None);
        }
    }
    for here in world.regional.values_mut() {
        here.cloudwatch.store.forget_before(ended - KEPT_MINUTES - PAGED_MINUTES);
    }
    for region in world.regions() {
        evaluate(world, &region);
        weigh::weigh(world, &region, None);
        change::release(world, &region);
    }
}

/// Asks every service for the minute just ended.
fn gathered_readings(world: &mut World, gauges: &mut Gauges) {
    let services: [fn(&mut World, &mut Gauges); 17] = [
        acm::measure,
        apigateway::measure,
        application::measure,
        autoscaling::measure,
        dynamodb::measure,
        ecr::measure,
        ecs::measure,
        elb::measure,
        events::measure,
        kms::measure,
        lambda::measure,
        rds::measure,
        route53::measure,
        s3::measure,
        secrets::measure,
        sns::measure,
        states::measure,
    ];
    for measure in services {
        measure(world, gauges);
    }
}

/// How each metric alarm of the region should stand, where that is another state than it is in.
fn verdicts(world: &World, region: &Region) -> Vec<(String, change::Standing)> {
    let Some(here) = world.regional.get(region) else { return Vec::new() };
    let lens = Lens::of(world, region);
    let alarms = here.cloudwatch.alarms.values();
    alarms.filter_map(|alarm| Some((alarm.name.clone(), watch::evaluated(alarm, &lens, &here.cloudwatch.store)?))).collect()
}

fn evaluate(world: &mut World, region: &Region) {
    for (name, standing) in verdicts(world, region) {
        change::settle(world, region, &name, standing);
    }
}

/// Puts every alarm into the state that what has arrived calls for, without telling anybody: how a world begins.
fn settle_all(world: &mut World) {
    for region in world.regions() {
        let metric = verdicts(world, &region);
        stand(world, &region, metric);
        let Some(here) = world.regional.get(&region) else { continue };
        for _ in 0..here.cloudwatch.alarms.len() {
            let Some(here) = world.regional.get(&region) else { break };
            let alarms = here.cloudwatch.alarms.values();
            let composite: Vec<_> =
                alarms.filter_map(|alarm| Some((alarm.name.clone(), weigh::weighed(alarm, &here.cloudwatch)?))).collect();
            if composite.is_empty() {
                break;
            }
            stand(world, &region, composite);
        }
    }
}

fn stand(world: &mut World, region: &Region, standings: Vec<(String, change::Standing)>) {
    let now = world.now();
    let Some(here) = world.regional.get_mut(region) else { return };
    for (name, standing) in standings {
        if let Some(alarm) = here.cloudwatch.alarms.get_mut(&name) {
            (alarm.state, alarm.reason, alarm.reason_data) = (standing.state, standing.reason, standing.data);
            (alarm.updated, alarm.transitioned) = (now, now);
            world.route53.tell_alarm(region, &name, alarm.state);
        }
    }
}

#[cfg(test)]
pub(in crate::world) mod testing {
    //! An alarm on a replica's lag, and points for it; and what was ever counted.

    use super::*;
    use crate::world::testing::{east, live, world};
    use crate::world::{MetricName, Reading};

    /// The sum of a region's metric over everything kept, the minute under way included; `None` if nothing was ever reported.
    pub(in crate::world) fn counted(world: &World, region: &Region, namespace: &str, metric: &str) -> Option<f64> {
        // A copy reports early, so that the counters of the world itself stay as they are.
        let mut world = world.clone();
        let under_way = minute_of(world.now());
        let mut gauges = Gauges::default();
        gathered_readings(&mut world, &mut gauges);
        for (at, name, reading) in gauges.into_readings() {
            world.regional.get_mut(&at)?.cloudwatch.store.record(name, under_way, reading, None);
        }
        let series = &world.regional.get(region)?.cloudwatch.store.series;
        let named = series.iter().filter(|(name, _)| name.namespace == namespace && name.metric == metric);
        named.flat_map(|(_, series)| series.between(i64::MIN, i64::MAX)).map(|(_, reading)| reading.sum).reduce(|all, one| all + one)
    }

    pub(super) const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:oncall";

    pub(super) fn lag() -> MetricName {
        MetricName {
            namespace: "AWS/RDS".into(),
            metric: "ReplicaLag".into(),
            dimensions: vec![("DBInstanceIdentifier".into(), "db".into())],
        }
    }

    /// Rings when lag is above 300 in `datapoints` of three minutes.
    pub(super) fn lag_alarm(name: &str, datapoints: usize) -> NewAlarm {
        NewAlarm {
            name: name.to_owned(),
            namespace: lag().namespace,
            metric: lag().metric,
            dimensions: lag().dimensions,
            stat: Stat::Maximum,
            evaluation_periods: 3,
            datapoints_to_alarm: datapoints,
            threshold: 300.0,
            alarm_actions: vec![TOPIC.to_owned(), "arn:aws:lambda:us-east-1:123456789012:function:dr".to_owned()],
            ok_actions: vec![TOPIC.to_owned()],
            ..NewAlarm::default()
        }
    }

    /// A point a minute from now on.
    pub(super) fn feed(world: &mut World, values: &[f64]) {
        let first = minute_of(world.now());
        for (minute, value) in (first..).zip(values) {
            world.here_mut(&east()).unwrap().cloudwatch.store.record(lag(), minute, Reading::level(*value), None);
        }
    }

    /// A quiet half hour with this alarm, on call being told.
    pub(super) fn watched(new: NewAlarm) -> World {
        let mut world = world();
        crate::world::sns::add_topic(
            &mut world,
            &east(),
            "oncall",
            vec![crate::world::sns::NewSubscription { protocol: "https".into(), endpoint: "https://pager.example".into(), pending: false }],
        );
        add_alarm(&mut world, &east(), new);
        feed(&mut world, &[1.0; 30]);
        live(&mut world, 1800);
        world
    }

    pub(super) fn alarm<'w>(world: &'w World, name: &str) -> &'w Alarm {
        &world.here(&east()).unwrap().cloudwatch.alarms[name]
    }
}
