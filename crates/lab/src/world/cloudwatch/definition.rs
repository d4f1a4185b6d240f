//! What a metric alarm is told to watch: read and checked.

use super::alarm::{Comparison, MetricWatch, Missing, OWN_METRIC, Threshold};
use super::query::{self, MetricStat, Query, What};
use super::statistic::Stat;
use crate::document::Document;
use crate::world::ApiError;

const MOST_ACTIONS: usize = 5;

pub(super) fn refused(message: impl Into<String>) -> ApiError {
    ApiError::validation(message)
}

pub(super) fn actions(input: &Document, name: &str) -> Result<Vec<String>, ApiError> {
    let arns = input.texts(name, "member");
    if arns.len() > MOST_ACTIONS {
        return Err(refused(format!("The collection {name} must not have a size greater than {MOST_ACTIONS}.")));
    }
    if let Some(wrong) = arns.iter().find(|arn| !arn.starts_with("arn:") || arn.split(':').count() < 6 || arn.len() > 1024) {
        return Err(refused(format!("Invalid arn syntax: {wrong}")));
    }
    Ok(arns.into_iter().map(str::to_owned).collect())
}

pub(super) fn one_of<T>(input: &Document, name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, ApiError> {
    let Some(text) = input.text(name)? else { return Ok(None) };
    parse(text).map(Some).ok_or_else(|| refused(format!("The value {text} for parameter {name} is not supported.")))
}

fn positive(input: &Document, name: &str) -> Result<Option<usize>, ApiError> {
    let Some(number) = input.int(name)? else { return Ok(None) };
    let fits = usize::try_from(number).ok().filter(|number| (1..=1440).contains(number));
    fits.map(Some).ok_or_else(|| refused(format!("{name} must be between 1 and 1440.")))
}

pub(super) fn read_watch(input: &Document) -> Result<MetricWatch, ApiError> {
    if input.get("EvaluationCriteria").is_some() {
        return Err(refused("Alarms on PromQL queries are not available in this region."));
    }
    let comparison = one_of(input, "ComparisonOperator", Comparison::parse)?.ok_or_else(|| ApiError::missing("ComparisonOperator"))?;
    let evaluation_periods = positive(input, "EvaluationPeriods")?.ok_or_else(|| ApiError::missing("EvaluationPeriods"))?;
    let datapoints_to_alarm = positive(input, "DatapointsToAlarm")?;
    if datapoints_to_alarm.is_some_and(|datapoints| datapoints > evaluation_periods) {
        return Err(refused("The parameter DatapointsToAlarm must be less than or equal to EvaluationPeriods."));
    }
    let metrics = input.items("Metrics", "member");
    let (queries, is_math) = match (input.text("MetricName")?, metrics.as_slice()) {
        (Some(_), []) => (vec![own_metric(input)?], false),
        (None, metrics) if !metrics.is_empty() => (query::read(metrics)?, true),
        (Some(_), _) => return Err(refused("The parameters MetricName and Metrics are mutually exclusive.")),
        (None, _) => return Err(refused("Either MetricName or Metrics must be specified.")),
    };
    let threshold = match (input.float("Threshold")?, input.text("ThresholdMetricId")?) {
        (Some(number), None) if !comparison.needs_band() && number.is_finite() => Threshold::Number(number),
        (None, Some(id)) if comparison.needs_band() && queries.iter().any(|query| query.id == id) => Threshold::Band(id.to_owned()),
        (None, Some(id)) if comparison.needs_band() => return Err(refused(format!("ThresholdMetricId {id} is not among Metrics."))),
        _ if comparison.needs_band() => return Err(refused("The comparison needs ThresholdMetricId and no Threshold.")),
        _ => return Err(refused("The comparison needs Threshold and no ThresholdMetricId.")),
    };
    let low_sample =
        one_of(input, "EvaluateLowSampleCountPercentile", |text| ["evaluate", "ignore"].contains(&text).then(|| text.to_owned()))?;
    let watch = MetricWatch {
        queries,
        is_math,
        threshold,
        comparison,
        evaluation_periods,
        datapoints_to_alarm,
        missing: one_of(input, "TreatMissingData", Missing::parse)?,
        low_sample,
    };
    let returned = watch.queries.iter().filter(|query| query.returned).count();
    let band =
        usize::from(matches!(&watch.threshold, Threshold::Band(id) if watch.queries.iter().any(|query| query.returned && query.id == *id)));
    if watch.compared().is_none() || returned - band != 1 {
        return Err(refused("Exactly one element of the metrics list should return data."));
    }
    let seconds = watch.period().saturating_mul(i64::try_from(evaluation_periods).unwrap_or(i64::MAX));
    let longest = if watch.period() >= 3600 { 7 * 86_400 } else { 86_400 };
    if seconds > longest {
        return Err(refused(format!("Metrics cannot be checked across more than {longest} seconds (EvaluationPeriods * Period).")));
    }
    Ok(watch)
}

/// The alarm's own metric as the one query it stands on.
fn own_metric(input: &Document) -> Result<Query, ApiError> {
    let stat = match (input.text("Statistic")?, input.text("ExtendedStatistic")?) {
        (Some(simple), None) => Stat::parse(simple).filter(|stat| !stat.is_percentile()),
        (None, Some(extended)) => Stat::parse(extended).filter(Stat::is_percentile),
        _ => return Err(refused("Exactly one of Statistic and ExtendedStatistic must be specified.")),
    };
    let stat = MetricStat {
        name: query::metric_name(input)?,
        period: query::checked_period(input.int("Period")?.ok_or_else(|| ApiError::missing("Period"))?)?,
        stat: stat.ok_or_else(|| refused("The statistic is not supported."))?,
        unit: query::checked_unit(input)?,
    };
    Ok(Query { id: OWN_METRIC.to_owned(), label: None, returned: true, what: What::Stat(stat) })
}
