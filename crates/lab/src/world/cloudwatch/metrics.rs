//! `GetMetricStatistics`, `ListMetrics` and `PutMetricData`.

use std::time::Duration;

use super::data::needed_time;
use super::query::{self, MetricStat, Span, invalid};
use super::statistic::Stat;
use super::store::{KEPT_MINUTES, Lens, instant_of, merged, minute_of};
use super::token;
use crate::doc;
use crate::document::Document;
use crate::world::{Answer, ApiError, Call, MetricName, Reading, World};

const MOST_STATISTICS: i64 = 1440;
const METRICS_PER_PAGE: usize = 500;
const MOST_DATA: usize = 1000;
const MOST_VALUES: usize = 150;

/// A region of the lab keeps no more metrics than this; AWS bills instead.
const MOST_METRICS: usize = 20_000;

fn conflict(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidParameterCombination", 400, message)
}

pub(super) fn get_metric_statistics(world: &mut World, call: &Call) -> Answer {
    let input = &call.input;
    let name = query::metric_name(input)?;
    let (start, end) = (needed_time(input, "StartTime")?, needed_time(input, "EndTime")?);
    let period = input.int("Period")?.ok_or_else(|| ApiError::missing("Period"))?;
    let period = query::checked_period(period).map_err(|wrong| invalid(wrong.message))?;
    if start >= end {
        return Err(invalid("The parameter StartTime must be less than the parameter EndTime."));
    }
    let asked = i64::try_from(end.since(start).as_secs()).unwrap_or(i64::MAX) / period;
    if asked > MOST_STATISTICS {
        return Err(conflict(format!(
            "You have requested up to {asked} datapoints, which exceeds the limit of {MOST_STATISTICS}. \
             You may reduce the datapoints requested by increasing Period, or decreasing the time range."
        )));
    }
    let (simple, extended) = (input.texts("Statistics", "member"), input.texts("ExtendedStatistics", "member"));
    if simple.is_empty() && extended.is_empty() {
        return Err(conflict("At least one of the parameters Statistics and ExtendedStatistics must be specified."));
    }
    let stats = |names: &[&str], percentile: bool| -> Result<Vec<Stat>, ApiError> {
        let known = |name: &&str| Stat::parse(name).filter(|stat| stat.is_percentile() == percentile);
        let unknown = |name: &str| invalid(format!("The value {name} is not a supported statistic."));
        names.iter().map(|name| known(name).ok_or_else(|| unknown(name))).collect()
    };
    let (simple, extended) = (stats(&simple, false)?, stats(&extended, true)?);

    let lens = Lens::of(world, &call.region);
    let store = &world.here(&call.region)?.cloudwatch.store;
    let unit = store.unit_of(&name).to_owned();
    let from = minute_of(start);
    let until = (minute_of(end) + i64::from(end != end.minute())).min(minute_of(lens.now()));
    // Periods are counted from the start that was asked for, and what is older than anything kept is not looked for.
    let asked = MetricStat { name, period, stat: Stat::Sum, unit: query::checked_unit(input)? };
    let span = Span { from: from.max(minute_of(lens.now()) - KEPT_MINUTES), until, origin: from };
    let datapoints = asked.readings(&lens, store, span).into_iter().map(|(at, reading)| {
        let mut datapoint = doc! { "Timestamp": instant_of(at), "Unit": &unit };
        for stat in &simple {
            datapoint.set(&stat.to_string(), stat.of(&reading));
        }
        if !extended.is_empty() {
            let values = extended.iter().map(|stat| (stat.to_string(), Document::Float(stat.of(&reading)))).collect();
            datapoint.set("ExtendedStatistics", Document::Map(values));
        }
        datapoint
    });
    let datapoints = Document::list(datapoints);
    Ok(doc! { "Label": &asked.name.metric, "Datapoints": datapoints }.into())
}

pub(super) fn list_metrics(world: &mut World, call: &Call) -> Answer {
    let input = &call.input;
    let (namespace, metric) = (input.text("Namespace")?, input.text("MetricName")?);
    let filters = input
        .items("Dimensions", "member")
        .into_iter()
        .map(|filter| Ok((filter.need("Name")?, filter.text("Value")?)))
        .collect::<Result<Vec<_>, ApiError>>()?;
    if filters.len() > 10 {
        return Err(invalid("The collection Dimensions must not have a size greater than 10."));
    }
    // Points are kept for as long as AWS calls a metric recently active, so the filter lets all of them pass.
    if let Some(other) = input.text("RecentlyActive")?.filter(|active| *active != "PT3H") {
        return Err(invalid(format!("The value {other} for parameter RecentlyActive is not supported.")));
    }
    let after = match input.text("NextToken")? {
        None => None,
        Some(text) => Some(token::open("metrics", text).ok_or_else(|| invalid("Request parameter NextToken is invalid."))?),
    };
    let fits = |name: &&MetricName| {
        namespace.is_none_or(|asked| name.namespace == asked)
            && metric.is_none_or(|asked| name.metric == asked)
            && filters
                .iter()
                .all(|(key, value)| name.dimensions.iter().any(|(name, is)| name == key && value.is_none_or(|asked| is == asked)))
            && after.as_ref().is_none_or(|after| key_of(name) > *after)
    };
    let lens = Lens::of(world, &call.region);
    let store = &world.here(&call.region)?.cloudwatch.store;
    let newest = minute_of(lens.now());
    let mut found: Vec<&MetricName> =
        store.names().filter(fits).filter(|name| lens.seen(store, name, newest - KEPT_MINUTES, newest).next().is_some()).collect();
    found.sort_by_cached_key(|name| key_of(name));
    let next = (found.len() > METRICS_PER_PAGE).then(|| token::seal("metrics", &key_of(found[METRICS_PER_PAGE - 1])));
    found.truncate(METRICS_PER_PAGE);
    let owners = input.bool("IncludeLinkedAccounts")?.unwrap_or(false).then(|| Document::list(found.iter().map(|_| world.account.clone())));
    let metrics = Document::list(found.into_iter().map(query::shown_metric));
    Ok(doc! { "Metrics": metrics, "NextToken": next, "OwningAccounts": owners }.into())
}

/// A metric's place in the listing; pages stay in step while metrics come and go.
fn key_of(name: &MetricName) -> String {
    let dimensions: Vec<String> = name.dimensions.iter().map(|(key, value)| format!("{key}\u{1}{value}")).collect();
    format!("{}\u{0}{}\u{0}{}", name.namespace, name.metric, dimensions.join("\u{0}"))
}

pub(super) fn put_metric_data(world: &mut World, call: &Call) -> Answer {
    let input = &call.input;
    let namespace = input.need("Namespace")?;
    if namespace.starts_with("AWS/") || namespace.starts_with(':') || namespace.is_empty() || namespace.len() > 255 {
        return Err(invalid(format!("The value {namespace} for parameter Namespace is invalid.")));
    }
    let mut data = input.items("MetricData", "member");
    for entity in input.items("EntityMetricData", "member") {
        data.extend(entity.items("MetricData", "member"));
    }
    if data.is_empty() {
        return Err(ApiError::new("MissingParameter", 400, "The parameter MetricData is required."));
    }
    if data.len() > MOST_DATA {
        return Err(invalid(format!("The collection MetricData must not have a size greater than {MOST_DATA}.")));
    }
    let now = world.now();
    // All or nothing: a wrong datum refuses its neighbours too.
    let data = data.into_iter().map(|datum| read_datum(namespace, datum, now)).collect::<Result<Vec<_>, _>>()?;
    let store = &mut world.here_mut(&call.region)?.cloudwatch.store;
    for Datum { name, minute, reading, unit } in data {
        if store.len() >= MOST_METRICS && !store.knows(&name) {
            return Err(ApiError::new("LimitExceeded", 400, format!("A region of the lab keeps {MOST_METRICS} metrics.")));
        }
        if minute >= minute_of(now) - KEPT_MINUTES {
            store.record(name, minute, reading, unit.as_deref());
        }
    }
    Ok(doc! {}.into())
}

struct Datum {
    name: MetricName,
    minute: i64,
    reading: Reading,
    unit: Option<String>,
}

fn read_datum(namespace: &str, datum: &Document, now: drlab_core::domain::Timestamp) -> Result<Datum, ApiError> {
    let at = datum.time("Timestamp")?.unwrap_or(now);
    if at > now + Duration::from_secs(2 * 3600) {
        return Err(invalid("The parameter MetricData.member.1.Timestamp must specify a time no more than two hours in the future."));
    }
    if now.since(at) > Duration::from_secs(14 * 86_400) {
        return Err(invalid("The parameter MetricData.member.1.Timestamp must specify a time within the past two weeks."));
    }
    let name =
        MetricName { namespace: namespace.to_owned(), metric: datum.need("MetricName")?.to_owned(), dimensions: query::dimensions(datum)? };
    Ok(Datum { name, minute: minute_of(at), reading: read_values(datum)?, unit: query::checked_unit(datum)? })
}

/// One value, a set of statistics, or values with how often each was seen.
fn read_values(datum: &Document) -> Result<Reading, ApiError> {
    let number = |value: Option<f64>, what: &str| {
        let value = value.ok_or_else(|| ApiError::new("MissingParameter", 400, format!("The parameter {what} is required.")))?;
        if value.is_finite() && value.abs() <= 2_f64.powi(360) {
            Ok(value)
        } else {
            Err(invalid(format!("The value {value} for parameter {what} is invalid.")))
        }
    };
    let values = datum.items("Values", "member");
    match (datum.float("Value")?, datum.get("StatisticValues"), values.as_slice()) {
        (Some(value), None, []) => Ok(Reading::level(number(Some(value), "Value")?)),
        (None, Some(set), []) => {
            let reading = Reading {
                sum: number(set.float("Sum")?, "Sum")?,
                samples: number(set.float("SampleCount")?, "SampleCount")?,
                min: number(set.float("Minimum")?, "Minimum")?,
                max: number(set.float("Maximum")?, "Maximum")?,
                p95: None,
            };
            let fits = reading.samples > 0.0 && reading.min <= reading.max;
            if fits { Ok(reading) } else { Err(invalid("The values of StatisticValues contradict one another.")) }
        }
        (None, None, values) if !values.is_empty() => {
            let counts = datum.items("Counts", "member");
            if values.len() > MOST_VALUES || (!counts.is_empty() && counts.len() != values.len()) {
                return Err(conflict("The parameters Values and Counts must have the same length, at most 150."));
            }
            let mut total = Reading { samples: 0.0, ..Reading::level(0.0) };
            for (nth, value) in values.iter().enumerate() {
                let value = number(value.as_float(), "Values")?;
                let times = match counts.get(nth) {
                    Some(count) => number(count.as_float(), "Counts")?,
                    None => 1.0,
                };
                total = merged(total, Reading { sum: value * times, samples: times, min: value, max: value, p95: None });
            }
            Ok(total)
        }
        _ => Err(conflict("Exactly one of the parameters Value, Values and StatisticValues must be specified.")),
    }
}
