//! `GetMetricData`.

use drlab_core::domain::Timestamp;

use super::math::Line;
use super::query::{self, Query, Span, What};
use super::store::{KEPT_MINUTES, Lens, minute_of};
use super::token;
use crate::doc;
use crate::document::Document;
use crate::world::{Answer, ApiError, Call, Chance, World};

/// The most, and unless told otherwise, datapoints of one answer.
const MOST_DATAPOINTS: usize = 100_800;

/// Where a page begins, and the instant whose points the pages before it showed: a point that arrives meanwhile moves nothing.
struct Page {
    as_of: Timestamp,
    first: usize,
}

pub(super) fn get_metric_data(world: &mut World, call: &Call) -> Answer {
    let input = &call.input;
    let queries = query::read(&input.items("MetricDataQueries", "member"))?;
    let (start, end) = (needed_time(input, "StartTime")?, needed_time(input, "EndTime")?);
    if start >= end {
        return Err(ApiError::validation("The parameter EndTime must be greater than StartTime."));
    }
    let newest_first = match input.text("ScanBy")? {
        None | Some("TimestampDescending") => true,
        Some("TimestampAscending") => false,
        Some(other) => return Err(ApiError::validation(format!("The value {other} for parameter ScanBy is not supported."))),
    };
    let most = match input.int("MaxDatapoints")? {
        None => MOST_DATAPOINTS,
        Some(most) => usize::try_from(most)
            .ok()
            .filter(|most| (1..=MOST_DATAPOINTS).contains(most))
            .ok_or_else(|| ApiError::validation(format!("MaxDatapoints must be between 1 and {MOST_DATAPOINTS}.")))?,
    };
    let print = fingerprint(input);
    let page = match input.text("NextToken")? {
        None => Page { as_of: world.now(), first: 0 },
        Some(text) => opened(text, &print)
            .filter(|page| page.as_of <= world.now())
            .ok_or_else(|| ApiError::new("InvalidNextToken", 400, "The specified NextToken is invalid."))?,
    };

    let lens = Lens::of(world, &call.region).as_of(page.as_of);
    let store = &world.here(&call.region)?.cloudwatch.store;
    let newest = minute_of(lens.now());
    let until = minute_of(end) + i64::from(end != end.minute());
    let span = Span { from: minute_of(start).max(newest - KEPT_MINUTES), until: until.min(newest), origin: 0 };
    let mut known = query::evaluated(&queries, &lens, store, span)?;

    let mut results = Vec::new();
    let (mut passed, mut left) = (0, most);
    for query in queries.iter().filter(|query| query.returned) {
        let Some(value) = known.remove(&query.id) else { continue };
        for line in query::lines_of(query, value)? {
            let total = line.points.len();
            let skipped = page.first.saturating_sub(passed).min(total);
            let taken = left.min(total - skipped);
            results.push(result(query, &line, newest_first, skipped, taken));
            passed += total;
            left -= taken;
        }
    }
    let shown = page.first + most - left;
    let next = (shown < passed).then(|| token::seal("data", &format!("{}:{shown}:{print}", page.as_of.millis())));
    Ok(doc! { "MetricDataResults": Document::list(results), "NextToken": next, "Messages": Document::list::<Document>([]) }.into())
}

fn result(query: &Query, line: &Line, newest_first: bool, skipped: usize, taken: usize) -> Document {
    let mut points: Vec<(i64, f64)> = line.points.iter().map(|(at, value)| (*at, *value)).collect();
    if newest_first {
        points.reverse();
    }
    let slice = || points.iter().skip(skipped).take(taken);
    let complete = skipped + taken >= points.len();
    doc! {
        "Id": &query.id,
        "Label": label(query, line),
        "Timestamps": Document::list(slice().map(|(at, _)| super::store::instant_of(*at))),
        "Values": Document::list(slice().map(|(_, value)| *value)),
        "StatusCode": if complete { "Complete" } else { "PartialData" },
        "Messages": Document::list::<Document>([]),
    }
}

/// The label asked for, or AWS's own: the metric's name, the expression's id.
fn label(query: &Query, line: &Line) -> String {
    match (&query.label, &query.what) {
        (Some(label), _) => label.clone(),
        (None, What::Stat(stat)) => stat.name.metric.clone(),
        (None, What::Math(..)) if line.label.is_empty() => query.id.clone(),
        (None, What::Math(..)) => line.label.clone(),
    }
}

pub(super) fn needed_time(input: &Document, name: &str) -> Result<Timestamp, ApiError> {
    input.time(name)?.ok_or_else(|| ApiError::missing(name))
}

/// What ties a token to its request: everything but the token itself.
fn fingerprint(input: &Document) -> String {
    let mut bare = input.clone();
    if let Document::Map(members) = &mut bare {
        members.retain(|(name, _)| name != "NextToken" && name != "MaxDatapoints");
    }
    Chance::new(0).hex(format!("{bare:?}"), 16)
}

fn opened(text: &str, print: &str) -> Option<Page> {
    let says = token::open("data", text)?;
    let mut parts = says.split(':');
    let page = Page { as_of: Timestamp::from_millis(parts.next()?.parse().ok()?), first: parts.next()?.parse().ok()? };
    (parts.next()? == print).then_some(page)
}
