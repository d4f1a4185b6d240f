//! What an expression comes to.

use std::collections::BTreeMap;

use super::{Expr, Operator};

/// Values by the first minute of their period.
pub(in super::super) type Points = BTreeMap<i64, f64>;

/// A time series and what to call it.
#[derive(Clone, Debug, PartialEq, Default)]
pub(in super::super) struct Line {
    pub(in super::super) label: String,
    pub(in super::super) points: Points,
}

#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Value {
    Scalar(f64),
    Line(Line),
    Lines(Vec<Line>),
}

/// What an expression can look at.
#[derive(Debug)]
pub(in super::super) struct Context<'c> {
    /// The queries already evaluated, by id.
    pub(in super::super) known: &'c BTreeMap<String, Value>,
    /// The ids of the plain metrics of the request, in its order: what `METRICS()` means.
    pub(in super::super) metrics: &'c [String],
    /// Every period of the request, for `FILL` and `TIME_SERIES`.
    pub(in super::super) grid: &'c [i64],
    pub(in super::super) period_seconds: f64,
}

pub(in super::super) fn evaluate(expr: &Expr, context: &Context<'_>) -> Result<Value, String> {
    match expr {
        Expr::Number(number) => Ok(Value::Scalar(*number)),
        Expr::Text(_) => Err("A string is not a value here".to_owned()),
        Expr::Id(id) => context.known.get(id).cloned().ok_or_else(|| format!("Unknown id '{id}'")),
        Expr::Array(items) => Ok(Value::Lines(lines(items, context)?)),
        Expr::Negative(inner) => Ok(each(evaluate(inner, context)?, |value| -value)),
        Expr::Binary(operator, left, right) => combined(*operator, evaluate(left, context)?, evaluate(right, context)?),
        Expr::Function(name, arguments) => function(name, arguments, context),
    }
}

fn lines(items: &[Expr], context: &Context<'_>) -> Result<Vec<Line>, String> {
    let mut lines = Vec::new();
    for item in items {
        match evaluate(item, context)? {
            Value::Line(line) => lines.push(line),
            Value::Lines(more) => lines.extend(more),
            Value::Scalar(_) => return Err("An array holds time series only".to_owned()),
        }
    }
    Ok(lines)
}

fn function(name: &str, arguments: &[Expr], context: &Context<'_>) -> Result<Value, String> {
    match (name, arguments) {
        ("METRICS", []) => Ok(metrics("", context)),
        ("METRICS", [Expr::Text(filter)]) => Ok(metrics(filter, context)),
        ("FILL", [filled, filling]) => fill(evaluate(filled, context)?, filling, context),
        ("IF", [condition, then]) => choose(&evaluate(condition, context)?, &evaluate(then, context)?, None),
        ("IF", [condition, then, otherwise]) => {
            choose(&evaluate(condition, context)?, &evaluate(then, context)?, Some(&evaluate(otherwise, context)?))
        }
        ("PERIOD", [_]) => Ok(Value::Scalar(context.period_seconds)),
        ("TIME_SERIES", [scalar]) => match evaluate(scalar, context)? {
            Value::Scalar(value) => {
                Ok(Value::Line(Line { label: String::new(), points: context.grid.iter().map(|at| (*at, value)).collect() }))
            }
            other => Ok(other),
        },
        ("ANOMALY_DETECTION_BAND", [line]) => band(evaluate(line, context)?, 2.0),
        ("ANOMALY_DETECTION_BAND", [line, Expr::Number(width)]) => band(evaluate(line, context)?, *width),
        (_, [argument]) => one_argument(name, evaluate(argument, context)?, context),
        _ => Err(format!("Unsupported function '{name}' with {} arguments", arguments.len())),
    }
}

fn one_argument(name: &str, value: Value, context: &Context<'_>) -> Result<Value, String> {
    Ok(match name {
        "ABS" => each(value, f64::abs),
        "CEIL" => each(value, f64::ceil),
        "FLOOR" => each(value, f64::floor),
        "LOG" => each(value, f64::ln),
        "LOG10" => each(value, f64::log10),
        "SUM" => folded(value, |all| all.iter().sum()),
        "AVG" => folded(value, mean),
        "MIN" => folded(value, |all| all.iter().copied().fold(f64::INFINITY, f64::min)),
        "MAX" => folded(value, |all| all.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
        "STDDEV" => folded(value, deviation),
        "METRIC_COUNT" => match value {
            Value::Lines(lines) => Value::Scalar(count(lines.len())),
            _ => Value::Scalar(1.0),
        },
        "DATAPOINT_COUNT" => folded(value, |all| count(all.len())),
        "FIRST" | "LAST" => match value {
            Value::Lines(mut lines) => {
                let picked = if name == "FIRST" { (!lines.is_empty()).then(|| lines.remove(0)) } else { lines.pop() };
                Value::Line(picked.ok_or("The array is empty")?)
            }
            _ => return Err(format!("{name} needs an array")),
        },
        "REMOVE_EMPTY" => match value {
            Value::Lines(lines) => Value::Lines(lines.into_iter().filter(|line| !line.points.is_empty()).collect()),
            other => other,
        },
        "DIFF" => each_line(value, |points| steps(points, |_, change| change)),
        "DIFF_TIME" => each_line(value, |points| steps(points, |seconds, _| seconds)),
        "RATE" => each_line(value, |points| steps(points, |seconds, change| change / seconds)),
        "RUNNING_SUM" => each_line(value, running_sum),
        "PERIOD" => Value::Scalar(context.period_seconds),
        _ => return Err(format!("Unsupported function '{name}'")),
    })
}

fn metrics(filter: &str, context: &Context<'_>) -> Value {
    let named = context.metrics.iter().filter(|id| id.contains(filter)).filter_map(|id| context.known.get(id));
    Value::Lines(
        named
            .filter_map(|value| match value {
                Value::Line(line) => Some(line.clone()),
                _ => None,
            })
            .collect(),
    )
}

/// Infinities and what is not a number are no datapoints.
fn kept(points: impl Iterator<Item = (i64, f64)>) -> Points {
    points.filter(|(_, value)| value.is_finite()).collect()
}

fn each(value: Value, change: impl Fn(f64) -> f64 + Copy) -> Value {
    match value {
        Value::Scalar(scalar) => Value::Scalar(change(scalar)),
        other => each_line(other, |points| kept(points.into_iter().map(|(at, value)| (at, change(value))))),
    }
}

fn each_line(value: Value, change: impl Fn(Points) -> Points) -> Value {
    let changed = |line: Line| Line { label: line.label, points: change(line.points) };
    match value {
        Value::Scalar(_) => value,
        Value::Line(line) => Value::Line(changed(line)),
        Value::Lines(lines) => Value::Lines(lines.into_iter().map(changed).collect()),
    }
}

/// One series is folded to a number, several to one series.
fn folded(value: Value, fold: impl Fn(&[f64]) -> f64) -> Value {
    match value {
        Value::Scalar(scalar) => Value::Scalar(scalar),
        Value::Line(line) => Value::Scalar(fold(&line.points.into_values().collect::<Vec<_>>())),
        Value::Lines(lines) => {
            let mut columns: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
            for (at, value) in lines.into_iter().flat_map(|line| line.points) {
                columns.entry(at).or_default().push(value);
            }
            Value::Line(Line { label: String::new(), points: kept(columns.into_iter().map(|(at, column)| (at, fold(&column)))) })
        }
    }
}

fn mean(all: &[f64]) -> f64 {
    all.iter().sum::<f64>() / count(all.len())
}

fn deviation(all: &[f64]) -> f64 {
    let mean = mean(all);
    (all.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count(all.len())).sqrt()
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}

fn steps(points: Points, of: impl Fn(f64, f64) -> f64) -> Points {
    let pairs = points.iter().zip(points.iter().skip(1));
    #[expect(clippy::cast_precision_loss, reason = "a few hours in minutes")]
    kept(pairs.map(|((before, old), (at, new))| (*at, of((at - before) as f64 * 60.0, new - old))))
}

fn running_sum(points: Points) -> Points {
    let mut sum = 0.0;
    points
        .into_iter()
        .map(|(at, value)| {
            sum += value;
            (at, sum)
        })
        .collect()
}

/// Below and above the usual: the mean of what is there, `width` standard deviations to either side.
fn band(value: Value, width: f64) -> Result<Value, String> {
    let Value::Line(line) = value else { return Err("ANOMALY_DETECTION_BAND needs a time series".to_owned()) };
    let all: Vec<f64> = line.points.values().copied().collect();
    let (middle, reach) = (mean(&all), deviation(&all) * width);
    let edge = |name: &str, at: f64| Line {
        label: format!("{} {name}", line.label),
        points: line.points.keys().map(|minute| (*minute, at)).collect(),
    };
    Ok(Value::Lines(vec![edge("(expected low)", middle - reach), edge("(expected high)", middle + reach)]))
}

fn fill(value: Value, filling: &Expr, context: &Context<'_>) -> Result<Value, String> {
    enum Filling {
        With(f64),
        From(Points),
        Repeat,
        Linear,
    }
    let filling = match filling {
        Expr::Id(word) if word == "REPEAT" => Filling::Repeat,
        Expr::Id(word) if word == "LINEAR" => Filling::Linear,
        other => match evaluate(other, context)? {
            Value::Scalar(scalar) => Filling::With(scalar),
            Value::Line(line) => Filling::From(line.points),
            Value::Lines(_) => return Err("FILL cannot fill from an array".to_owned()),
        },
    };
    Ok(each_line(value, |points| {
        let missing = |at: i64| match &filling {
            Filling::With(scalar) => Some(*scalar),
            Filling::From(other) => other.get(&at).copied(),
            Filling::Repeat => points.range(..at).next_back().map(|(_, value)| *value),
            Filling::Linear => between(&points, at),
        };
        context.grid.iter().filter_map(|at| Some((*at, points.get(at).copied().or_else(|| missing(*at))?))).collect()
    }))
}

#[expect(clippy::cast_precision_loss, reason = "a few hours in minutes")]
fn between(points: &Points, at: i64) -> Option<f64> {
    let (before, low) = points.range(..at).next_back()?;
    let (after, high) = points.range(at..).next()?;
    Some(low + (high - low) * (at - before) as f64 / (after - before) as f64)
}

fn at(value: &Value, minute: i64) -> Result<Option<f64>, String> {
    match value {
        Value::Scalar(scalar) => Ok(Some(*scalar)),
        Value::Line(line) => Ok(line.points.get(&minute).copied()),
        Value::Lines(_) => Err("IF cannot choose from an array".to_owned()),
    }
}

fn choose(condition: &Value, then: &Value, otherwise: Option<&Value>) -> Result<Value, String> {
    let pick = |condition: f64, minute: i64| match (condition != 0.0, otherwise) {
        (true, _) => at(then, minute),
        (false, Some(otherwise)) => at(otherwise, minute),
        (false, None) => Ok(None),
    };
    match condition {
        Value::Lines(_) => Err("IF needs one condition, not an array".to_owned()),
        Value::Scalar(scalar) => match (*scalar != 0.0, otherwise) {
            (true, _) => Ok(then.clone()),
            (false, Some(otherwise)) => Ok(otherwise.clone()),
            (false, None) => Ok(Value::Line(Line::default())),
        },
        Value::Line(line) => {
            let mut points = Points::new();
            for (minute, condition) in &line.points {
                if let Some(value) = pick(*condition, *minute)? {
                    points.insert(*minute, value);
                }
            }
            Ok(Value::Line(Line { label: String::new(), points }))
        }
    }
}

fn combined(operator: Operator, left: Value, right: Value) -> Result<Value, String> {
    let apply = |a: f64, b: f64| applied(operator, a, b);
    Ok(match (left, right) {
        (Value::Scalar(a), Value::Scalar(b)) => Value::Scalar(apply(a, b)),
        (Value::Scalar(a), right) => each(right, |b| apply(a, b)),
        (left, Value::Scalar(b)) => each(left, |a| apply(a, b)),
        (Value::Line(a), Value::Line(b)) => Value::Line(joined(&a, &b, String::new(), apply)),
        (Value::Lines(many), Value::Line(one)) => {
            Value::Lines(many.iter().map(|line| joined(line, &one, line.label.clone(), apply)).collect())
        }
        (Value::Line(one), Value::Lines(many)) => {
            Value::Lines(many.iter().map(|line| joined(&one, line, line.label.clone(), apply)).collect())
        }
        (Value::Lines(_), Value::Lines(_)) => return Err("Two arrays cannot be combined".to_owned()),
    })
}

/// Where both series have a point.
fn joined(left: &Line, right: &Line, label: String, apply: impl Fn(f64, f64) -> f64) -> Line {
    let both = left.points.iter().filter_map(|(at, a)| right.points.get(at).map(|b| (*at, apply(*a, *b))));
    Line { label, points: kept(both) }
}

#[expect(clippy::float_cmp, reason = "== means equal")]
fn applied(operator: Operator, a: f64, b: f64) -> f64 {
    let yes = |is: bool| if is { 1.0 } else { 0.0 };
    match operator {
        Operator::Or => yes(a != 0.0 || b != 0.0),
        Operator::And => yes(a != 0.0 && b != 0.0),
        Operator::Equal => yes(a == b),
        Operator::NotEqual => yes(a != b),
        Operator::Less => yes(a < b),
        Operator::LessOrEqual => yes(a <= b),
        Operator::Greater => yes(a > b),
        Operator::GreaterOrEqual => yes(a >= b),
        Operator::Add => a + b,
        Operator::Subtract => a - b,
        Operator::Multiply => a * b,
        Operator::Divide => a / b,
        Operator::Power => a.powf(b),
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn run(text: &str) -> Result<Value, String> {
        let line = |points: &[(i64, f64)]| Value::Line(Line { label: "l".into(), points: points.iter().copied().collect() });
        let known = BTreeMap::from([
            ("m1".to_owned(), line(&[(0, 1.0), (1, 2.0), (3, 4.0)])),
            ("m2".to_owned(), line(&[(0, 10.0), (1, 0.0), (2, 30.0)])),
        ]);
        let metrics = ["m1".to_owned(), "m2".to_owned()];
        let context = Context { known: &known, metrics: &metrics, grid: &[0, 1, 2, 3], period_seconds: 60.0 };
        evaluate(&parse(text)?, &context)
    }

    fn points(text: &str) -> Vec<(i64, f64)> {
        match run(text) {
            Ok(Value::Line(line)) => line.points.into_iter().collect(),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn arithmetic_needs_both_sides_and_drops_what_is_no_number() {
        assert_eq!(points("m1 + m2 * 2"), vec![(0, 21.0), (1, 2.0)]);
        assert_eq!(points("m1 / m2"), vec![(0, 0.1)], "a division by zero is no datapoint");
        assert_eq!(points("100 - m1"), vec![(0, 99.0), (1, 98.0), (3, 96.0)]);
    }

    #[test]
    fn arrays_fold_to_a_series_and_series_to_a_number() {
        assert_eq!(points("SUM(METRICS())"), vec![(0, 11.0), (1, 2.0), (2, 30.0), (3, 4.0)]);
        assert_eq!(points("MAX([m1, m2])"), vec![(0, 10.0), (1, 2.0), (2, 30.0), (3, 4.0)]);
        assert_eq!(points("AVG(METRICS('1'))"), vec![(0, 1.0), (1, 2.0), (3, 4.0)]);
        assert_eq!(run("MIN(m2)"), Ok(Value::Scalar(0.0)));
        assert_eq!(points("m1 / MAX(m1)"), vec![(0, 0.25), (1, 0.5), (3, 1.0)]);
    }

    #[test]
    fn gaps_are_filled_as_asked() {
        assert_eq!(points("FILL(m1, 0)"), vec![(0, 1.0), (1, 2.0), (2, 0.0), (3, 4.0)]);
        assert_eq!(points("FILL(m1, REPEAT)")[2], (2, 2.0));
        assert_eq!(points("FILL(m1, LINEAR)")[2], (2, 3.0));
        assert_eq!(points("FILL(m2, m1)")[3], (3, 4.0));
    }

    #[test]
    fn conditions_choose_point_by_point() {
        assert_eq!(points("IF(m2 > 5, 1, 0)"), vec![(0, 1.0), (1, 0.0), (2, 1.0)]);
        assert_eq!(points("IF(m1 >= 2 AND m1 < 4, m1)"), vec![(1, 2.0)]);
        assert!(run("IF(METRICS(), 1, 0)").is_err());
    }

    #[test]
    fn rates_are_per_second() {
        assert_eq!(points("RATE(m1)"), vec![(1, 1.0 / 60.0), (3, 2.0 / 120.0)]);
        assert_eq!(points("RUNNING_SUM(m1)"), vec![(0, 1.0), (1, 3.0), (3, 7.0)]);
    }

    #[test]
    fn unknown_things_are_named() {
        assert_eq!(run("m9"), Err("Unknown id 'm9'".into()));
        assert_eq!(run("SHOUT(m1)"), Err("Unsupported function 'SHOUT'".into()));
    }
}
