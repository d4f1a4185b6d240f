//! `GetMetricStatistics`, `ListMetrics` and `PutMetricData`.

use std::time::Duration;

use drlab_core::domain::Timestamp;

use super::data::needed_time;
use super::query::{self, MetricStat, Span, invalid};
use super::statistic::Stat;
use super::store::{KEPT_MINUTES, Lens, instant_of, merged, minute_of};
use crate::doc;
use crate::document::Document;
use crate::world::{Answer, ApiError, Call, MetricName, Reading, World, pages};

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
        Some(text) => Some(pages::open("metrics", text).ok_or_else(|| invalid("Request parameter NextToken is invalid."))?),
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
    let next = (found.len() > METRICS_PER_PAGE).then(|| pages::seal("metrics", &key_of(found[METRICS_PER_PAGE - 1])));
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
    let data = data.into_iter().zip(1..).map(|(datum, nth)| read_datum(namespace, datum, nth, now)).collect::<Result<Vec<_>, _>>()?;
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

fn read_datum(namespace: &str, datum: &Document, nth: usize, now: Timestamp) -> Result<Datum, ApiError> {
    let at = datum.time("Timestamp")?.unwrap_or(now);
    if at > now + Duration::from_secs(2 * 3600) {
        return Err(invalid(format!(
            "The parameter MetricData.member.{nth}.Timestamp must specify a time no more than two hours in the future."
        )));
    }
    if now.since(at) > Duration::from_secs(14 * 86_400) {
        return Err(invalid(format!("The parameter MetricData.member.{nth}.Timestamp must specify a time within the past two weeks.")));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::testing::{ask, east, live, west, world};

    fn put(world: &mut World, data: Document) -> Answer {
        ask(world, &east(), "monitoring", "PutMetricData", doc! { "Namespace": "Shop", "MetricData": Document::list([data]) })
    }

    fn statistics(world: &mut World, period: i64, more: Document) -> Answer {
        let mut input = doc! {
            "Namespace": "Shop", "MetricName": "Orders", "Period": period,
            "StartTime": world.started(), "EndTime": world.now(), "Statistics": Document::list(["Sum", "Maximum"]),
        };
        for (name, value) in more.members_of() {
            input.set(name, value.clone());
        }
        ask(world, &east(), "monitoring", "GetMetricStatistics", input)
    }

    trait Members {
        fn members_of(&self) -> &[(String, Document)];
    }

    impl Members for Document {
        fn members_of(&self) -> &[(String, Document)] {
            match self {
                Document::Map(members) => members,
                _ => &[],
            }
        }
    }

    #[test]
    fn what_is_put_is_read_when_it_has_arrived() {
        let mut world = world();
        put(&mut world, doc! { "MetricName": "Orders", "Value": 3.0, "Unit": "Count" }).unwrap();
        put(&mut world, doc! { "MetricName": "Orders", "Values": Document::list([5.0, 7.0]), "Counts": Document::list([2.0, 1.0]) })
            .unwrap();
        live(&mut world, 115);
        assert!(statistics(&mut world, 60, doc! {}).unwrap().body.items("Datapoints", "member").is_empty(), "60 s of delay at the least");
        live(&mut world, 200);
        let answer = statistics(&mut world, 60, doc! { "ExtendedStatistics": Document::list(["p99"]) }).unwrap().body;
        let expected = doc! {
            "Timestamp": world.started(), "Unit": "Count", "Sum": 20.0, "Maximum": 7.0, "ExtendedStatistics": doc! { "p99": 7.0 },
        };
        assert_eq!(answer.items("Datapoints", "member"), vec![&expected]);
        let elsewhere = ask(&mut world, &west(), "monitoring", "ListMetrics", doc! {}).unwrap();
        assert!(elsewhere.body.items("Metrics", "member").is_empty(), "a region's points stay in it");
    }

    #[test]
    fn wrong_data_are_refused_whole() {
        let mut world = world();
        let late = world.now() + Duration::from_secs(7300);
        for (wrong, code) in [
            (doc! { "MetricName": "Orders" }, "InvalidParameterCombination"),
            (doc! { "MetricName": "Orders", "Value": f64::NAN }, "InvalidParameterValue"),
            (doc! { "MetricName": "Orders", "Value": 1.0, "Timestamp": late }, "InvalidParameterValue"),
            (
                doc! { "MetricName": "Orders", "Values": Document::list([1.0]), "Counts": Document::list([1.0, 2.0]) },
                "InvalidParameterCombination",
            ),
            (doc! { "Value": 1.0 }, ApiError::VALIDATION),
        ] {
            assert_eq!(put(&mut world, wrong).unwrap_err().code, code);
        }
        let aws = doc! { "Namespace": "AWS/RDS", "MetricData": Document::list([doc! { "MetricName": "x", "Value": 1.0 }]) };
        assert_eq!(ask(&mut world, &east(), "monitoring", "PutMetricData", aws).unwrap_err().code, "InvalidParameterValue");
        assert_eq!(world.here(&east()).unwrap().cloudwatch.store.len(), 0);
    }

    #[test]
    fn too_many_datapoints_are_said() {
        let mut world = world();
        let end = world.started() + Duration::from_secs(86_400 * 2);
        let error = statistics(&mut world, 60, doc! { "EndTime": end }).unwrap_err();
        assert_eq!(error.code, "InvalidParameterCombination");
        assert!(error.message.starts_with("You have requested up to 2880 datapoints"), "{}", error.message);
    }

    #[test]
    fn metrics_are_listed_once_each_over_all_pages() {
        let mut world = world();
        let minute = minute_of(world.now());
        let store = &mut world.here_mut(&east()).unwrap().cloudwatch.store;
        for nth in 0..1203 {
            let dimensions = vec![("Id".to_owned(), nth.to_string()), ("Kind".to_owned(), (nth % 2).to_string())];
            store.record(MetricName { namespace: "Shop".into(), metric: "Orders".into(), dimensions }, minute, Reading::level(1.0), None);
        }
        live(&mut world, 300);
        let mut pages = |filter: Document| {
            let (mut found, mut next) = (Vec::new(), None::<String>);
            loop {
                let input = doc! { "Namespace": "Shop", "Dimensions": Document::list([filter.clone()]), "NextToken": next };
                let body = ask(&mut world, &east(), "monitoring", "ListMetrics", input).unwrap().body;
                found.extend(body.items("Metrics", "member").into_iter().map(|metric| format!("{metric:?}")));
                next = body.text("NextToken").unwrap().map(str::to_owned);
                if next.is_none() {
                    break;
                }
            }
            let all = found.len();
            found.sort();
            found.dedup();
            (all, found.len())
        };
        assert_eq!(pages(doc! { "Name": "Id" }), (1203, 1203));
        assert_eq!(pages(doc! { "Name": "Kind", "Value": "1" }), (601, 601));
        assert_eq!(pages(doc! { "Name": "Color" }), (0, 0));
        let forged = ask(&mut world, &east(), "monitoring", "ListMetrics", doc! { "NextToken": "forged" });
        assert_eq!(forged.unwrap_err().code, "InvalidParameterValue");
    }
}
