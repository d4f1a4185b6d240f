//! The queries of `GetMetricData` and of alarms on metric math: read, checked, evaluated.

use std::collections::BTreeMap;

use super::math::{self, Context, Expr, Line, Value};
use super::statistic::{Stat, gathered, period_start};
use super::store::{Lens, Store};
use super::units;
use crate::doc;
use crate::document::Document;
use crate::world::{ApiError, MetricName};

/// More queries are refused.
const MOST_QUERIES: usize = 500;

/// One entry of `MetricDataQueries`.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    pub id: String,
    pub label: Option<String>,
    pub returned: bool,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq)]
pub enum What {
    Stat(MetricStat),
    /// The expression as written, as read, and the period it was given.
    Math(String, Expr, Option<i64>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct MetricStat {
    pub name: MetricName,
    /// In seconds, as it was given.
    pub period: i64,
    pub stat: Stat,
    pub unit: Option<String>,
}

impl MetricStat {
    /// Points are minutes: a finer period shows them as they are.
    pub(super) const fn width(&self) -> i64 {
        if self.period < 60 { 1 } else { self.period / 60 }
    }

    /// The readings of each period, unless another unit was asked for.
    pub(super) fn readings(&self, lens: &Lens, store: &Store, span: Span) -> BTreeMap<i64, crate::world::Reading> {
        if self.unit.as_deref().is_some_and(|unit| unit != store.unit_of(&self.name)) {
            return BTreeMap::new();
        }
        let from = period_start(span.from, span.origin, self.width());
        gathered(lens.seen(store, &self.name, from, span.until), span.origin, self.width())
    }
}

/// Which minutes are asked for, and where periods are laid.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) from: i64,
    /// The first minute no longer asked for.
    pub(super) until: i64,
    pub(super) origin: i64,
}

/// Reads a metric's namespace, name and dimensions.
pub(super) fn metric_name(document: &Document) -> Result<MetricName, ApiError> {
    let (namespace, metric) = (document.need("Namespace")?, document.need("MetricName")?);
    Ok(MetricName { namespace: namespace.to_owned(), metric: metric.to_owned(), dimensions: dimensions(document)? })
}

/// Dimensions as CloudWatch compares them: their order does not matter.
pub(super) fn dimensions(document: &Document) -> Result<Vec<(String, String)>, ApiError> {
    let items = document.items("Dimensions", "member");
    if items.len() > 30 {
        return Err(invalid("The collection Dimensions must not have a size greater than 30."));
    }
    let mut dimensions = items
        .into_iter()
        .map(|item| Ok((item.need("Name")?.to_owned(), item.need("Value")?.to_owned())))
        .collect::<Result<Vec<_>, ApiError>>()?;
    dimensions.sort();
    Ok(dimensions)
}

pub(super) fn shown_dimensions(dimensions: &[(String, String)]) -> Document {
    Document::list(dimensions.iter().map(|(name, value)| doc! { "Name": name, "Value": value }))
}

pub(super) fn shown_metric(name: &MetricName) -> Document {
    doc! { "Namespace": &name.namespace, "MetricName": &name.metric, "Dimensions": shown_dimensions(&name.dimensions) }
}

pub(super) fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidParameterValue", 400, message)
}

/// 1, 5, 10, 20, 30 or a multiple of 60.
pub(super) fn checked_period(period: i64) -> Result<i64, ApiError> {
    let fine = [1, 5, 10, 20, 30].contains(&period) || (period >= 60 && period % 60 == 0 && period <= 86_400 * 30);
    if fine { Ok(period) } else { Err(ApiError::validation("Period must be 1, 5, 10, 20, 30, or a multiple of 60")) }
}

pub(super) fn checked_unit(document: &Document) -> Result<Option<String>, ApiError> {
    match document.text("Unit")? {
        Some(unit) if !units::ALL.contains(&unit) => {
            Err(ApiError::validation(format!("The value {unit} for parameter Unit is not a known unit.")))
        }
        unit => Ok(unit.map(str::to_owned)),
    }
}

fn period_of(document: &Document) -> Result<Option<i64>, ApiError> {
    document.int("Period")?.map(checked_period).transpose()
}

/// Reads and checks a list of queries.
pub(super) fn read(entries: &[&Document]) -> Result<Vec<Query>, ApiError> {
    if entries.is_empty() {
        return Err(ApiError::missing("MetricDataQueries"));
    }
    if entries.len() > MOST_QUERIES {
        return Err(ApiError::validation(format!("The collection MetricDataQueries must not have a size greater than {MOST_QUERIES}.")));
    }
    let queries = entries.iter().map(|entry| read_one(entry)).collect::<Result<Vec<_>, _>>()?;
    let mut ids: Vec<&str> = queries.iter().map(|query| query.id.as_str()).collect();
    ids.sort_unstable();
    if ids.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(ApiError::validation("The values for parameter Id in MetricDataQueries are not unique."));
    }
    if !queries.iter().any(|query| query.returned) {
        return Err(ApiError::validation("At least one of the MetricDataQueries must have ReturnData true."));
    }
    Ok(queries)
}

fn read_one(entry: &Document) -> Result<Query, ApiError> {
    let id = entry.need("Id")?;
    let fits =
        id.starts_with(|c: char| c.is_ascii_lowercase()) && id.len() <= 255 && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !fits {
        let wanted = "It must begin with a lowercase letter and contain only letters, digits and underscores.";
        return Err(ApiError::validation(format!("The value {id} for parameter Id is not matching the expected pattern. {wanted}")));
    }
    let what = match (entry.get("MetricStat"), entry.text("Expression")?) {
        (Some(stat), None) => What::Stat(MetricStat {
            name: metric_name(stat.get("Metric").ok_or_else(|| ApiError::missing("MetricStat.Metric"))?)?,
            period: period_of(stat)?.ok_or_else(|| ApiError::missing("MetricStat.Period"))?,
            stat: read_stat(stat.need("Stat")?)?,
            unit: checked_unit(stat)?,
        }),
        (None, Some(text)) if text.len() > 2048 => return Err(ApiError::validation("Expression must have a length of at most 2048.")),
        (None, Some(text)) => What::Math(text.to_owned(), math::parse(text).map_err(|why| wrong_expression(id, &why))?, period_of(entry)?),
        _ => return Err(ApiError::validation(format!("Query {id} must have either MetricStat or Expression."))),
    };
    let label = entry.text("Label")?.map(str::to_owned);
    Ok(Query { id: id.to_owned(), label, returned: entry.bool("ReturnData")?.unwrap_or(true), what })
}

pub(super) fn read_stat(text: &str) -> Result<Stat, ApiError> {
    Stat::parse(text).ok_or_else(|| ApiError::validation(format!("The value {text} for parameter Stat is not supported.")))
}

fn wrong_expression(id: &str, why: &str) -> ApiError {
    ApiError::validation(format!("Error in expression '{id}': {why}"))
}

/// Writes a query as AWS shows it in an alarm.
pub(super) fn shown(query: &Query) -> Document {
    match &query.what {
        What::Stat(stat) => doc! {
            "Id": &query.id,
            "MetricStat": doc! {
                "Metric": shown_metric(&stat.name),
                "Period": stat.period,
                "Stat": stat.stat.to_string(),
                "Unit": stat.unit.as_deref(),
            },
            "Label": query.label.as_deref(),
            "ReturnData": query.returned,
        },
        What::Math(text, _, period) => doc! {
            "Id": &query.id,
            "Expression": text,
            "Label": query.label.as_deref(),
            "ReturnData": query.returned,
            "Period": *period,
        },
    }
}

/// What every query comes to. Expressions may stand in any order; each waits for the ones it names.
pub(super) fn evaluated(queries: &[Query], lens: &Lens, store: &Store, span: Span) -> Result<BTreeMap<String, Value>, ApiError> {
    let mut known = BTreeMap::new();
    let mut metrics = Vec::new();
    let mut widest = 1;
    for query in queries {
        if let What::Stat(stat) = &query.what {
            let points = stat.readings(lens, store, span).iter().map(|(at, reading)| (*at, stat.stat.of(reading))).collect();
            known.insert(query.id.clone(), Value::Line(Line { label: stat.name.metric.clone(), points }));
            metrics.push(query.id.clone());
            widest = widest.max(stat.width());
        }
    }
    let mut waiting: Vec<&Query> = queries.iter().filter(|query| matches!(query.what, What::Math(..))).collect();
    while !waiting.is_empty() {
        let before = waiting.len();
        let mut still = Vec::new();
        for query in waiting {
            let What::Math(_, expr, period) = &query.what else { continue };
            let mut ids = Vec::new();
            expr.ids(&mut ids);
            if ids.iter().any(|id| !known.contains_key(*id) && queries.iter().any(|other| other.id == **id)) {
                still.push(query);
                continue;
            }
            let width = period.map_or(widest, |seconds| (seconds / 60).max(1));
            let first = period_start(span.from, span.origin, width);
            let grid: Vec<i64> = (0..).map(|nth| first + nth * width).take_while(|at| *at < span.until).collect();
            #[expect(clippy::cast_precision_loss, reason = "at most a month of minutes")]
            let context = Context { known: &known, metrics: &metrics, grid: &grid, period_seconds: width as f64 * 60.0 };
            let value = math::evaluate(expr, &context).map_err(|why| wrong_expression(&query.id, &why))?;
            known.insert(query.id.clone(), value);
        }
        if still.len() == before {
            let ids: Vec<&str> = still.iter().map(|query| query.id.as_str()).collect();
            return Err(ApiError::validation(format!("Expressions {} depend on one another", ids.join(", "))));
        }
        waiting = still;
    }
    Ok(known)
}

/// The series a query returns: usually one, several for an array.
pub(super) fn lines_of(query: &Query, value: Value) -> Result<Vec<Line>, ApiError> {
    match value {
        Value::Scalar(_) => Err(wrong_expression(&query.id, "the final value must be a time series")),
        Value::Line(line) => Ok(vec![line]),
        Value::Lines(lines) => Ok(lines),
    }
}
