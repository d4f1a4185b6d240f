//! `GetMetricData`.

use drlab_core::domain::Timestamp;

use super::math::Line;
use super::query::{self, Query, Span, What};
use super::store::{KEPT_MINUTES, Lens, minute_of};
use crate::doc;
use crate::document::Document;
use crate::world::{Answer, ApiError, Call, Chance, Fault, World, pages};

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

    let lens = Lens::of(world, &call.region).back_at(page.as_of);
    let store = &world.here(&call.region)?.cloudwatch.store;
    let newest = minute_of(lens.now());
    let until = minute_of(end) + i64::from(end != end.minute());
    let span = Span { from: minute_of(start).max(newest - KEPT_MINUTES), until: until.min(newest), origin: 0 };
    let mut known = query::evaluated(&queries, &lens, store, span)?;

    let mut results = Vec::new();
    let (mut passed, mut left) = (0, most);
    for query in queries.iter().filter(|query| query.returned) {
        let Some(value) = known.remove(&query.id) else { continue };
        for mut line in query::lines_of(query, value)? {
            if let Some(says) = said_instead(world, call, query) {
                line.points.values_mut().for_each(|value| *value = says);
            }
            let total = line.points.len();
            let skipped = page.first.saturating_sub(passed).min(total);
            let taken = left.min(total - skipped);
            results.push(result(query, &line, newest_first, skipped, taken));
            passed += total;
            left -= taken;
        }
    }
    let shown = page.first + most - left;
    let next = (shown < passed).then(|| pages::seal("data", &format!("{}:{shown}:{print}", page.as_of.millis())));
    Ok(doc! { "MetricDataResults": Document::list(results), "NextToken": next, "Messages": Document::list::<Document>([]) }.into())
}

/// What a liar has a metric say, whatever was measured.
fn said_instead(world: &World, call: &Call, query: &Query) -> Option<f64> {
    let What::Stat(stat) = &query.what else { return None };
    let lie = world.faults.find(Fault::LiarFigure, &call.region, &stat.name.metric)?;
    Some(lie.level.unwrap_or(0.0))
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
    let says = pages::open("data", text)?;
    let mut parts = says.split(':');
    let page = Page { as_of: Timestamp::from_millis(parts.next()?.parse().ok()?), first: parts.next()?.parse().ok()? };
    (parts.next()? == print).then_some(page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::testing::{east, live, world};
    use crate::world::{MetricName, Reading};
    use proptest::prelude::*;

    fn lag() -> MetricName {
        MetricName {
            namespace: "AWS/RDS".into(),
            metric: "ReplicaLag".into(),
            dimensions: vec![("DBInstanceIdentifier".into(), "db".into())],
        }
    }

    /// A world an hour old, with a point a minute.
    fn aged() -> World {
        let mut world = world();
        let first = minute_of(world.now());
        let store = &mut world.here_mut(&east()).unwrap().cloudwatch.store;
        for (minute, value) in (first..first + 60).zip(0_u8..) {
            store.record(lag(), minute, Reading::level(value.into()), None);
        }
        live(&mut world, 3600);
        world
    }

    fn stat(id: &str, period: i64, stat: &str) -> Document {
        doc! { "Id": id, "MetricStat": doc! { "Metric": query::shown_metric(&lag()), "Period": period, "Stat": stat } }
    }

    fn ask(world: &mut World, queries: Vec<Document>, more: Document) -> Answer {
        let (start, end) = (world.started(), world.started() + std::time::Duration::from_secs(3600));
        let mut input = doc! { "StartTime": start, "EndTime": end, "MetricDataQueries": Document::list(queries) };
        for name in ["ScanBy", "MaxDatapoints", "NextToken", "EndTime", "StartTime"] {
            if let Some(value) = more.get(name) {
                input.set(name, value.clone());
            }
        }
        world.act(&east(), &east(), "monitoring", "GetMetricData", input)
    }

    fn series(body: &Document, id: &str) -> Vec<(Timestamp, f64)> {
        let results = body.items("MetricDataResults", "member").into_iter().filter(|result| result.get("Id") == Some(&id.into()));
        results
            .flat_map(|result| {
                let values = result.items("Values", "member").into_iter().filter_map(Document::as_float);
                result.items("Timestamps", "member").into_iter().filter_map(Document::as_time).zip(values).collect::<Vec<_>>()
            })
            .collect()
    }

    #[test]
    fn newest_points_come_first_unless_asked_otherwise() {
        let mut world = aged();
        let body = ask(&mut world, vec![stat("lag", 60, "Maximum")], doc! {}).unwrap().body;
        let newest_first = series(&body, "lag");
        assert!(newest_first.windows(2).all(|pair| pair[0].0 > pair[1].0));
        assert!((57..=59).contains(&newest_first.len()), "the last minutes are under way: {}", newest_first.len());
        let mut oldest_first =
            series(&ask(&mut world, vec![stat("lag", 60, "Maximum")], doc! { "ScanBy": "TimestampAscending" }).unwrap().body, "lag");
        oldest_first.reverse();
        assert_eq!(newest_first, oldest_first);
    }

    #[test]
    fn expressions_stand_on_queries_in_any_order() {
        let mut world = aged();
        let hidden = |mut query: Document| {
            query.set("ReturnData", false);
            query
        };
        let queries = vec![
            doc! { "Id": "e2", "Expression": "e1 / 2", "Label": "half" },
            hidden(doc! { "Id": "e1", "Expression": "SUM(METRICS()) - lag" }),
            hidden(stat("lag", 300, "Minimum")),
            hidden(stat("top", 300, "Maximum")),
        ];
        let body = ask(&mut world, queries, doc! { "ScanBy": "TimestampAscending" }).unwrap().body;
        assert_eq!(body.items("MetricDataResults", "member").len(), 1);
        assert_eq!(series(&body, "e2")[..2], [(world.started(), 2.0), (world.started() + std::time::Duration::from_secs(300), 4.5)]);
    }

    #[test]
    fn wrong_requests_are_refused() {
        let mut world = aged();
        let expression = |text: &str| vec![doc! { "Id": "e1", "Expression": text }];
        for (queries, says) in [
            (vec![], "The request must contain the parameter MetricDataQueries"),
            (vec![stat("a", 60, "Sum"), stat("a", 60, "Sum")], "The values for parameter Id in MetricDataQueries are not unique."),
            (vec![stat("a", 61, "Sum")], "Period must be 1, 5, 10, 20, 30, or a multiple of 60"),
            (vec![stat("a", 60, "Total")], "The value Total for parameter Stat is not supported."),
            (expression("e1 + 1"), "Expressions e1 depend on one another"),
            (expression("5"), "Error in expression 'e1': the final value must be a time series"),
            (expression("m7"), "Error in expression 'e1': Unknown id 'm7'"),
            (expression("SUM("), "Error in expression 'e1': The expression ends too early"),
        ] {
            assert_eq!(ask(&mut world, queries, doc! {}).unwrap_err().message, says);
        }
        let id = ask(&mut world, vec![stat("Lag", 60, "Sum")], doc! {}).unwrap_err();
        assert!(id.message.contains("not matching the expected pattern"));
        let backwards = doc! { "EndTime": world.started() };
        assert!(ask(&mut world, vec![stat("a", 60, "Sum")], backwards).is_err());
    }

    #[test]
    fn a_token_belongs_to_its_request() {
        let mut world = aged();
        let first = ask(&mut world, vec![stat("a", 60, "Sum")], doc! { "MaxDatapoints": 5 }).unwrap().body;
        let token = first.need("NextToken").unwrap();
        assert_eq!(first.items("MetricDataResults", "member")[0].get("StatusCode"), Some(&"PartialData".into()));
        let other = ask(&mut world, vec![stat("a", 60, "Maximum")], doc! { "NextToken": token });
        assert_eq!(other.unwrap_err().code, "InvalidNextToken");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// However small the pages and whatever arrives between them, they add up to what one page had shown.
        #[test]
        fn pages_show_each_point_once(size in 1_i64..70, pause in 0_u64..40, ascending in any::<bool>()) {
            let mut world = aged();
            let queries = || vec![stat("a", 60, "Sum"), stat("b", 300, "Average"), doc! { "Id": "e1", "Expression": "FILL(a, 0)" }];
            let scan = if ascending { "TimestampAscending" } else { "TimestampDescending" };
            let whole = ask(&mut world, queries(), doc! { "ScanBy": scan }).unwrap().body;
            let mut pieces: Vec<Vec<(Timestamp, f64)>> = vec![Vec::new(); 3];
            let mut token = None::<String>;
            loop {
                let page = ask(&mut world, queries(), doc! { "ScanBy": scan, "MaxDatapoints": size, "NextToken": token }).unwrap().body;
                let shown: usize = ["a", "b", "e1"].iter().zip(&mut pieces).map(|(id, piece)| {
                    let more = series(&page, id);
                    let shown = more.len();
                    piece.extend(more);
                    shown
                }).sum();
                prop_assert!(shown <= usize::try_from(size).unwrap());
                token = page.text("NextToken").unwrap().map(str::to_owned);
                if token.is_none() { break; }
                prop_assert!(shown > 0, "a page without points would never end");
                live(&mut world, pause);
            }
            for (id, piece) in ["a", "b", "e1"].iter().zip(pieces) {
                prop_assert_eq!(piece, series(&whole, id));
            }
        }
    }
}
