//! An alarm: what it watches, when it rings, and how it stands.

use drlab_core::domain::{Region, Timestamp};

use super::composite::Rule;
use super::query::{MetricStat, Query, What};
use crate::doc;
use crate::document::Document;
use crate::world::World;

/// How an alarm stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlarmState {
    Ok,
    Alarm,
    InsufficientData,
}

impl AlarmState {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Alarm => "ALARM",
            Self::InsufficientData => "INSUFFICIENT_DATA",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Ok, Self::Alarm, Self::InsufficientData].into_iter().find(|state| state.as_str() == text)
    }
}

/// When a datapoint breaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    GreaterThanOrEqual,
    GreaterThan,
    LessThan,
    LessThanOrEqual,
    /// The last three look at a band instead of a number.
    OutsideBand,
    BelowBand,
    AboveBand,
}

impl Comparison {
    const ALL: [(Self, &'static str, &'static str); 7] = [
        (Self::GreaterThanOrEqual, "GreaterThanOrEqualToThreshold", "greater than or equal to the threshold"),
        (Self::GreaterThan, "GreaterThanThreshold", "greater than the threshold"),
        (Self::LessThan, "LessThanThreshold", "less than the threshold"),
        (Self::LessThanOrEqual, "LessThanOrEqualToThreshold", "less than or equal to the threshold"),
        (
            Self::OutsideBand,
            "LessThanLowerOrGreaterThanUpperThreshold",
            "less than the lower thresholds or greater than the upper thresholds",
        ),
        (Self::BelowBand, "LessThanLowerThreshold", "less than the lower thresholds"),
        (Self::AboveBand, "GreaterThanUpperThreshold", "greater than the upper thresholds"),
    ];

    /// Reads AWS's name of it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, name, _)| *name == text).map(|(comparison, _, _)| comparison)
    }

    fn row(self) -> (Self, &'static str, &'static str) {
        Self::ALL.into_iter().find(|(comparison, _, _)| *comparison == self).unwrap_or(Self::ALL[0])
    }

    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.row().1
    }

    /// As AWS says it in a state's reason.
    pub(super) fn says(self) -> &'static str {
        self.row().2
    }

    pub(super) const fn needs_band(self) -> bool {
        matches!(self, Self::OutsideBand | Self::BelowBand | Self::AboveBand)
    }

    pub(super) fn breaches(self, value: f64, (low, high): (f64, f64)) -> bool {
        match self {
            Self::GreaterThanOrEqual => value >= high,
            Self::GreaterThan => value > high,
            Self::LessThan => value < low,
            Self::LessThanOrEqual => value <= low,
            Self::OutsideBand => value < low || value > high,
            Self::BelowBand => value < low,
            Self::AboveBand => value > high,
        }
    }
}

/// What a period without a datapoint means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Missing {
    #[default]
    Missing,
    Ignore,
    Breaching,
    NotBreaching,
}

impl Missing {
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Missing, Self::Ignore, Self::Breaching, Self::NotBreaching].into_iter().find(|missing| missing.as_str() == text)
    }

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Ignore => "ignore",
            Self::Breaching => "breaching",
            Self::NotBreaching => "notBreaching",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    pub name: String,
    pub arn: String,
    pub description: Option<String>,
    pub configured: Timestamp,
    pub actions_enabled: bool,
    pub ok_actions: Vec<String>,
    pub alarm_actions: Vec<String>,
    pub insufficient_data_actions: Vec<String>,
    pub state: AlarmState,
    pub reason: String,
    /// JSON.
    pub reason_data: Option<String>,
    pub updated: Timestamp,
    pub transitioned: Timestamp,
    pub watches: Watches,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Watches {
    Metric(MetricWatch),
    Composite(CompositeWatch),
}

#[derive(Clone, Debug, PartialEq)]
pub struct MetricWatch {
    /// One query that stands for the alarm's own metric, or the `Metrics` it was given.
    pub queries: Vec<Query>,
    /// Whether the alarm was given `Metrics`.
    pub is_math: bool,
    pub threshold: Threshold,
    pub comparison: Comparison,
    pub evaluation_periods: usize,
    pub datapoints_to_alarm: Option<usize>,
    pub missing: Option<Missing>,
    pub low_sample: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Threshold {
    Number(f64),
    /// The id of the query whose two series are the band's edges.
    Band(String),
}

#[derive(Clone, Debug, PartialEq)]
pub struct CompositeWatch {
    pub text: String,
    pub rule: Rule,
    pub suppressor: Option<Suppressor>,
}

/// An alarm that keeps a composite quiet while it is in ALARM itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Suppressor {
    /// Name or ARN, as it was given.
    pub alarm: String,
    pub wait_seconds: u64,
    pub extension_seconds: u64,
    /// Actions withheld: since when, and why.
    pub withheld: Option<Withheld>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Withheld {
    pub by: SuppressedBy,
    pub since: Timestamp,
    /// The state before the change that has not been told yet.
    pub old: AlarmState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuppressedBy {
    WaitPeriod,
    Alarm,
    ExtensionPeriod,
}

impl SuppressedBy {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::WaitPeriod => "WaitPeriod",
            Self::Alarm => "Alarm",
            Self::ExtensionPeriod => "ExtensionPeriod",
        }
    }
}

impl Alarm {
    /// As a new alarm stands before anybody has looked.
    pub(super) fn new(world: &World, region: &Region, name: &str, watches: Watches) -> Self {
        let now = world.now();
        Self {
            name: name.to_owned(),
            arn: world.arn("cloudwatch", region, &format!("alarm:{name}")),
            description: None,
            configured: now,
            actions_enabled: true,
            ok_actions: Vec::new(),
            alarm_actions: Vec::new(),
            insufficient_data_actions: Vec::new(),
            state: AlarmState::InsufficientData,
            reason: "Unchecked: Initial alarm creation".to_owned(),
            reason_data: None,
            updated: now,
            transitioned: now,
            watches,
        }
    }

    pub(super) const fn kind(&self) -> &'static str {
        match self.watches {
            Watches::Metric(_) => "MetricAlarm",
            Watches::Composite(_) => "CompositeAlarm",
        }
    }

    pub(super) fn actions_on(&self, state: AlarmState) -> &[String] {
        match state {
            AlarmState::Ok => &self.ok_actions,
            AlarmState::Alarm => &self.alarm_actions,
            AlarmState::InsufficientData => &self.insufficient_data_actions,
        }
    }

    /// As `DescribeAlarms` shows it.
    pub(super) fn shown(&self) -> Document {
        let mut shown = doc! {
            "AlarmName": &self.name,
            "AlarmArn": &self.arn,
            "AlarmDescription": self.description.as_deref(),
            "AlarmConfigurationUpdatedTimestamp": self.configured,
            "ActionsEnabled": self.actions_enabled,
            "OKActions": Document::list(self.ok_actions.iter()),
            "AlarmActions": Document::list(self.alarm_actions.iter()),
            "InsufficientDataActions": Document::list(self.insufficient_data_actions.iter()),
            "StateValue": self.state.as_str(),
            "StateReason": &self.reason,
            "StateReasonData": self.reason_data.as_deref(),
            "StateUpdatedTimestamp": self.updated,
            "StateTransitionedTimestamp": self.transitioned,
        };
        let more = match &self.watches {
            Watches::Metric(watch) => watch.shown(),
            Watches::Composite(watch) => watch.shown(),
        };
        if let (Document::Map(members), Document::Map(more)) = (&mut shown, more) {
            members.extend(more);
        }
        shown
    }
}

impl MetricWatch {
    /// The alarm's own metric, where it is not made of several.
    pub(super) fn metric(&self) -> Option<&MetricStat> {
        match self.queries.as_slice() {
            [Query { what: What::Stat(stat), .. }] if !self.is_math => Some(stat),
            _ => None,
        }
    }

    /// The query whose values are compared: the one returned that is not the band.
    pub(super) fn compared(&self) -> Option<&Query> {
        let is_band = |query: &Query| matches!(&self.threshold, Threshold::Band(id) if *id == query.id);
        self.queries.iter().find(|query| query.returned && !is_band(query))
    }

    pub(super) fn stats(&self) -> impl Iterator<Item = &MetricStat> {
        self.queries.iter().filter_map(|query| match &query.what {
            What::Stat(stat) => Some(stat),
            What::Math(..) => None,
        })
    }

    /// The alarm's period in seconds.
    pub(super) fn period(&self) -> i64 {
        let given = self.queries.iter().filter_map(|query| match &query.what {
            What::Stat(stat) => Some(stat.period),
            What::Math(_, _, period) => *period,
        });
        given.max().unwrap_or(60)
    }

    pub(super) fn datapoints_to_alarm(&self) -> usize {
        self.datapoints_to_alarm.unwrap_or(self.evaluation_periods)
    }

    fn shown(&self) -> Document {
        let mut shown = doc! {
            "EvaluationPeriods": self.evaluation_periods,
            "DatapointsToAlarm": self.datapoints_to_alarm,
            "ComparisonOperator": self.comparison.as_str(),
            "TreatMissingData": self.missing.map(Missing::as_str),
            "EvaluateLowSampleCountPercentile": self.low_sample.as_deref(),
        };
        match &self.threshold {
            Threshold::Number(number) => shown.set("Threshold", *number),
            Threshold::Band(id) => shown.set("ThresholdMetricId", id),
        }
        match self.metric() {
            Some(metric) => {
                shown.set("MetricName", &metric.name.metric);
                shown.set("Namespace", &metric.name.namespace);
                shown.set(if metric.stat.is_percentile() { "ExtendedStatistic" } else { "Statistic" }, metric.stat.to_string());
                shown.set("Dimensions", super::query::shown_dimensions(&metric.name.dimensions));
                shown.set("Period", metric.period);
                if let Some(unit) = &metric.unit {
                    shown.set("Unit", unit);
                }
            }
            None => shown.set("Metrics", Document::list(self.queries.iter().map(super::query::shown))),
        }
        shown
    }
}

impl CompositeWatch {
    fn shown(&self) -> Document {
        let mut shown = doc! { "AlarmRule": &self.text };
        if let Some(suppressor) = &self.suppressor {
            shown.set("ActionsSuppressor", &suppressor.alarm);
            shown.set("ActionsSuppressorWaitPeriod", suppressor.wait_seconds);
            shown.set("ActionsSuppressorExtensionPeriod", suppressor.extension_seconds);
            if let Some(withheld) = suppressor.withheld {
                shown.set("ActionsSuppressedBy", withheld.by.as_str());
                shown.set("ActionsSuppressedReason", format!("Actions suppressed by {}", withheld.by.as_str()));
            }
        }
        shown
    }
}

/// What the query of an alarm's own metric is called; nobody sees it.
pub(super) const OWN_METRIC: &str = "m1";
