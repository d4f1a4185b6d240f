//! Alarms that stand before the world begins.

use drlab_core::domain::Region;

use super::alarm::{Alarm, Comparison, CompositeWatch, MetricWatch, Missing, OWN_METRIC, Threshold, Watches};
use super::composite::Rule;
use super::query::{MetricStat, Query, What};
use super::statistic::Stat;
use crate::world::{MetricName, World};

/// A metric alarm to be installed.
#[derive(Clone, Debug)]
pub struct NewAlarm {
    pub name: String,
    pub description: String,
    pub namespace: String,
    pub metric: String,
    pub dimensions: Vec<(String, String)>,
    pub stat: Stat,
    pub period: i64,
    pub evaluation_periods: usize,
    pub datapoints_to_alarm: usize,
    pub threshold: f64,
    pub comparison: Comparison,
    pub missing: Missing,
    pub alarm_actions: Vec<String>,
    pub ok_actions: Vec<String>,
    pub insufficient_data_actions: Vec<String>,
}

impl Default for NewAlarm {
    /// One minute's average above zero; the caller says of what.
    fn default() -> Self {
        Self {
            name: String::new(),
            description: String::new(),
            namespace: String::new(),
            metric: String::new(),
            dimensions: Vec::new(),
            stat: Stat::Average,
            period: 60,
            evaluation_periods: 1,
            datapoints_to_alarm: 1,
            threshold: 0.0,
            comparison: Comparison::GreaterThan,
            missing: Missing::default(),
            alarm_actions: Vec::new(),
            ok_actions: Vec::new(),
            insufficient_data_actions: Vec::new(),
        }
    }
}

/// A composite alarm to be installed.
#[derive(Clone, Debug, Default)]
pub struct NewComposite {
    pub name: String,
    pub description: String,
    /// `ALARM("a") AND NOT ALARM("b")`
    pub rule: String,
    pub alarm_actions: Vec<String>,
    pub ok_actions: Vec<String>,
}

impl NewAlarm {
    fn into_alarm(self, world: &World, region: &Region) -> Alarm {
        let mut dimensions = self.dimensions;
        dimensions.sort();
        let name = MetricName { namespace: self.namespace, metric: self.metric, dimensions };
        let what = What::Stat(MetricStat { name, period: self.period, stat: self.stat, unit: None });
        let watch = MetricWatch {
            queries: vec![Query { id: OWN_METRIC.to_owned(), label: None, returned: true, what }],
            is_math: false,
            threshold: Threshold::Number(self.threshold),
            comparison: self.comparison,
            evaluation_periods: self.evaluation_periods.max(1),
            datapoints_to_alarm: Some(self.datapoints_to_alarm.clamp(1, self.evaluation_periods.max(1))),
            missing: Some(self.missing),
            low_sample: None,
        };
        Alarm {
            description: Some(self.description).filter(|text| !text.is_empty()),
            alarm_actions: self.alarm_actions,
            ok_actions: self.ok_actions,
            insufficient_data_actions: self.insufficient_data_actions,
            ..Alarm::new(world, region, &self.name, Watches::Metric(watch))
        }
    }
}

/// Installs a metric alarm. `backfill`, called after it, gives it the state its metric calls for.
pub fn add_alarm(world: &mut World, region: &Region, new: NewAlarm) {
    let alarm = new.into_alarm(world, region);
    if let Some(here) = world.regional.get_mut(region) {
        here.cloudwatch.alarms.insert(alarm.name.clone(), alarm);
    }
}

/// Installs a composite alarm; the error says what is wrong with its rule.
pub fn add_composite(world: &mut World, region: &Region, new: NewComposite) -> Result<(), String> {
    let rule = Rule::parse(&new.rule)?;
    let watch = CompositeWatch { text: new.rule, rule, suppressor: None };
    let alarm = Alarm {
        description: Some(new.description).filter(|text| !text.is_empty()),
        alarm_actions: new.alarm_actions,
        ok_actions: new.ok_actions,
        ..Alarm::new(world, region, &new.name, Watches::Composite(watch))
    };
    if let Some(here) = world.regional.get_mut(region) {
        here.cloudwatch.alarms.insert(new.name, alarm);
    }
    Ok(())
}
