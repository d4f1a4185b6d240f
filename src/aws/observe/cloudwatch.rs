//! What is measured over time, and the alarms that watch it.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_cloudwatch::types::{AlarmType, Dimension, Metric, MetricDataQuery, MetricStat, ScanBy};
use aws_smithy_types::DateTime;
use drlab_core::domain::fact::{Point, Series};
use drlab_core::domain::{Kind, Measure, MetricQuery, Region, Subject, Timestamp, Trouble};

use super::answers::{Page, instant, pages, settled, token};
use super::{Finding, Findings};
use crate::aws::RegionClients;
use crate::aws::trouble::trouble;

mod alarm;

/// What AWS takes in one call.
const METRICS_A_CALL: usize = 500;
const NAMES_A_CALL: usize = 100;
const ALARMS_A_PAGE: i32 = 100;

/// An hour, and the two minutes in which its newest points are still on their way.
const WINDOW: Duration = Duration::from_secs(62 * 60);
const MINUTE: i32 = 60;

/// Priced by metric, so one question asks for all of a region's at once and no more often than they change.
pub(super) async fn metrics(region: &RegionClients, queries: &[MetricQuery], now: Timestamp) -> Result<Findings, Trouble> {
    let mut findings = Findings::new();
    for some in queries.chunks(METRICS_A_CALL) {
        let mut points = points(region, some, now).await?;
        for (nth, query) in some.iter().enumerate() {
            let points = points.remove(&id(nth)).unwrap_or_default();
            // Where nothing was measured the answer is as old as the window: it says nothing of the present.
            let at = points.last().map_or(now - WINDOW, |newest| newest.at);
            findings.insert(query.subject.clone(), Finding { fact: Series { unit: unit(&query.metric), points }.into(), at: Some(at) });
        }
    }
    Ok(findings)
}

/// By the query's id: oldest first, whatever order they came in. A minute that is told twice counts as told last.
async fn points(region: &RegionClients, queries: &[MetricQuery], now: Timestamp) -> Result<BTreeMap<String, Vec<Point>>, Trouble> {
    let asked: Vec<MetricDataQuery> = queries.iter().enumerate().map(|(nth, query)| asked(nth, query)).collect();
    let listed = pages(|next| {
        let request = region
            .cloudwatch
            .get_metric_data()
            .set_metric_data_queries(Some(asked.clone()))
            .start_time(DateTime::from_millis((now - WINDOW).millis()))
            .end_time(DateTime::from_millis(now.millis()))
            .scan_by(ScanBy::TimestampAscending)
            .set_next_token(next);
        async move {
            let page = request.send().await.map_err(|error| trouble(&error))?;
            Ok::<_, Trouble>(Page { items: page.metric_data_results.unwrap_or_default(), next: token(page.next_token) })
        }
    });
    let mut found: BTreeMap<String, BTreeMap<Timestamp, f64>> = BTreeMap::new();
    for result in listed.await?.items {
        let into = found.entry(result.id().unwrap_or_default().to_owned()).or_default();
        let measured = result.timestamps().iter().zip(result.values());
        into.extend(measured.filter_map(|(at, value)| Some((instant(at)?, *value))).filter(|(_, value)| value.is_finite()));
    }
    let series = |points: BTreeMap<Timestamp, f64>| points.into_iter().map(|(at, value)| Point { at, value }).collect();
    Ok(found.into_iter().map(|(id, points)| (id, series(points))).collect())
}

fn id(nth: usize) -> String {
    format!("m{nth}")
}

fn asked(nth: usize, query: &MetricQuery) -> MetricDataQuery {
    let dimensions = query.dimensions.iter().map(|(name, value)| Dimension::builder().name(name).value(value).build());
    let metric = Metric::builder().namespace(&query.namespace).metric_name(&query.metric).set_dimensions(Some(dimensions.collect()));
    let stat = MetricStat::builder().metric(metric.build()).period(MINUTE).stat(&query.statistic).build();
    MetricDataQuery::builder().id(id(nth)).metric_stat(stat).build()
}

/// What CloudWatch's metric of that name is counted in.
fn unit(metric: &str) -> String {
    Measure::ALL.iter().find(|measure| measure.metric() == metric).map_or("", |measure| measure.unit()).to_owned()
}

/// Composite alarms come only when they are asked for by kind.
pub(super) async fn alarms(region: &RegionClients, at: &Region, names: &[String]) -> Result<Findings, Trouble> {
    let (mut findings, mut whole) = (Findings::new(), true);
    for some in names.chunks(NAMES_A_CALL) {
        let listed = pages(|next| {
            let request = region
                .cloudwatch
                .describe_alarms()
                .set_alarm_names(Some(some.to_vec()))
                .alarm_types(AlarmType::MetricAlarm)
                .alarm_types(AlarmType::CompositeAlarm)
                .max_records(ALARMS_A_PAGE)
                .set_next_token(next);
            async move {
                let page = request.send().await.map_err(|error| trouble(&error))?;
                let items = page.metric_alarms().iter().map(alarm::metric).chain(page.composite_alarms().iter().map(alarm::composite));
                Ok::<_, Trouble>(Page { items: items.collect(), next: token(page.next_token.clone()) })
            }
        });
        let listed = listed.await?;
        whole &= listed.whole;
        let wanted = listed.items.into_iter().filter(|alarm| some.contains(&alarm.name));
        findings.extend(wanted.map(|alarm| (Subject::new(Kind::Alarm, at, &alarm.name), alarm.into())));
    }
    settled(findings, whole, names.len(), "alarms")
}
