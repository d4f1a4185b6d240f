//! The message an alarm sends to its topics, as subscribers know it.

use drlab_core::domain::Region;
use serde::Serialize;

use super::alarm::{Alarm, AlarmState, MetricWatch, Missing, Threshold, Watches};
use super::dates;
use super::query::What;
use crate::world::World;

/// SNS refuses longer ones.
const LONGEST_SUBJECT: usize = 100;

/// The name AWS gives a region in mails.
fn spoken(region: &Region) -> &str {
    match region.as_str() {
        "us-east-1" => "US East (N. Virginia)",
        "us-east-2" => "US East (Ohio)",
        "us-west-1" => "US West (N. California)",
        "us-west-2" => "US West (Oregon)",
        "ca-central-1" => "Canada (Central)",
        "eu-west-1" => "EU (Ireland)",
        "eu-west-2" => "EU (London)",
        "eu-west-3" => "EU (Paris)",
        "eu-central-1" => "EU (Frankfurt)",
        "eu-north-1" => "EU (Stockholm)",
        "eu-south-1" => "EU (Milan)",
        "ap-southeast-1" => "Asia Pacific (Singapore)",
        "ap-southeast-2" => "Asia Pacific (Sydney)",
        "ap-northeast-1" => "Asia Pacific (Tokyo)",
        "ap-northeast-2" => "Asia Pacific (Seoul)",
        "ap-south-1" => "Asia Pacific (Mumbai)",
        "sa-east-1" => "South America (Sao Paulo)",
        other => other,
    }
}

pub(super) fn subject(alarm: &Alarm, region: &Region) -> String {
    let full = format!("{}: \"{}\" in {}", alarm.state.as_str(), alarm.name, spoken(region));
    let fits = |c: &char| !c.is_control() && c.is_ascii();
    full.chars().filter(fits).take(LONGEST_SUBJECT).collect()
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Message<'a> {
    alarm_name: &'a str,
    alarm_description: Option<&'a str>,
    #[serde(rename = "AWSAccountId")]
    account: &'a str,
    alarm_configuration_updated_timestamp: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    alarm_rule: Option<&'a str>,
    new_state_value: &'static str,
    new_state_reason: &'a str,
    state_change_time: String,
    region: &'a str,
    alarm_arn: &'a str,
    old_state_value: &'static str,
    #[serde(rename = "OKActions")]
    ok_actions: &'a [String],
    alarm_actions: &'a [String],
    insufficient_data_actions: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    trigger: Option<Trigger<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Trigger<'a> {
    #[serde(flatten)]
    of: TriggerOf<'a>,
    period: i64,
    evaluation_periods: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    datapoints_to_alarm: Option<usize>,
    comparison_operator: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    threshold: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    threshold_metric_id: Option<&'a str>,
    treat_missing_data: &'static str,
    evaluate_low_sample_count_percentile: &'a str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum TriggerOf<'a> {
    #[serde(rename_all = "PascalCase")]
    Metric {
        metric_name: &'a str,
        namespace: &'a str,
        statistic_type: &'static str,
        statistic: String,
        unit: Option<&'a str>,
        dimensions: Vec<Dimension<'a>>,
    },
    #[serde(rename_all = "PascalCase")]
    Metrics { metrics: Vec<Part<'a>> },
}

#[derive(Serialize)]
struct Dimension<'a> {
    value: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Part<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    expression: Option<&'a str>,
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metric_stat: Option<PartStat<'a>>,
    return_data: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PartStat<'a> {
    metric: PartMetric<'a>,
    period: i64,
    stat: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PartMetric<'a> {
    dimensions: Vec<Dimension<'a>>,
    metric_name: &'a str,
    namespace: &'a str,
}

fn dimensions(pairs: &[(String, String)]) -> Vec<Dimension<'_>> {
    pairs.iter().map(|(name, value)| Dimension { value, name }).collect()
}

pub(super) fn body(world: &World, alarm: &Alarm, region: &Region, old: AlarmState) -> String {
    let (rule, trigger) = match &alarm.watches {
        Watches::Metric(watch) => (None, Some(trigger(watch))),
        Watches::Composite(watch) => (Some(watch.text.as_str()), None),
    };
    let message = Message {
        alarm_name: &alarm.name,
        alarm_description: alarm.description.as_deref(),
        account: &world.account,
        alarm_configuration_updated_timestamp: dates::zoned(alarm.configured),
        alarm_rule: rule,
        new_state_value: alarm.state.as_str(),
        new_state_reason: &alarm.reason,
        state_change_time: dates::zoned(alarm.transitioned),
        region: spoken(region),
        alarm_arn: &alarm.arn,
        old_state_value: old.as_str(),
        ok_actions: &alarm.ok_actions,
        alarm_actions: &alarm.alarm_actions,
        insufficient_data_actions: &alarm.insufficient_data_actions,
        trigger,
    };
    serde_json::to_string(&message).unwrap_or_default()
}

fn trigger(watch: &MetricWatch) -> Trigger<'_> {
    let of = match watch.metric() {
        Some(metric) => TriggerOf::Metric {
            metric_name: &metric.name.metric,
            namespace: &metric.name.namespace,
            statistic_type: if metric.stat.is_percentile() { "ExtendedStatistic" } else { "Statistic" },
            // Mails write AVERAGE where the API says Average.
            statistic: if metric.stat.is_percentile() { metric.stat.to_string() } else { shouted(&metric.stat.to_string()) },
            unit: metric.unit.as_deref(),
            dimensions: dimensions(&metric.name.dimensions),
        },
        None => TriggerOf::Metrics {
            metrics: watch
                .queries
                .iter()
                .map(|query| {
                    let (expression, metric_stat) = match &query.what {
                        What::Math(text, ..) => (Some(text.as_str()), None),
                        What::Stat(stat) => {
                            let metric = PartMetric {
                                dimensions: dimensions(&stat.name.dimensions),
                                metric_name: &stat.name.metric,
                                namespace: &stat.name.namespace,
                            };
                            (None, Some(PartStat { metric, period: stat.period, stat: stat.stat.to_string() }))
                        }
                    };
                    Part { expression, id: &query.id, label: query.label.as_deref(), metric_stat, return_data: query.returned }
                })
                .collect(),
        },
    };
    let (threshold, threshold_metric_id) = match &watch.threshold {
        Threshold::Number(number) => (Some(*number), None),
        Threshold::Band(id) => (None, Some(id.as_str())),
    };
    Trigger {
        of,
        period: watch.period(),
        evaluation_periods: watch.evaluation_periods,
        datapoints_to_alarm: watch.datapoints_to_alarm,
        comparison_operator: watch.comparison.as_str(),
        threshold,
        threshold_metric_id,
        treat_missing_data: watch.missing.unwrap_or(Missing::Missing).as_str(),
        evaluate_low_sample_count_percentile: watch.low_sample.as_deref().unwrap_or(""),
    }
}

/// `SampleCount` -> `SAMPLE_COUNT`
fn shouted(name: &str) -> String {
    let mut shouted = String::new();
    for (nth, c) in name.chars().enumerate() {
        if nth > 0 && c.is_ascii_uppercase() {
            shouted.push('_');
        }
        shouted.push(c.to_ascii_uppercase());
    }
    shouted
}
