//! The reads of alarms: `DescribeAlarms`, `DescribeAlarmsForMetric`, `DescribeAlarmHistory`.

use super::alarm::{Alarm, AlarmState, Watches};
use super::change::Item;
use super::composite::alarm_name;
use super::{CloudWatch, query, weigh};
use crate::doc;
use crate::document::Document;
use crate::world::{Answer, ApiError, Call, World, pages};

const ALARMS_PER_PAGE: usize = 50;
const MOST_PER_PAGE: usize = 100;

fn page_size(input: &Document, usual: usize) -> Result<usize, ApiError> {
    let Some(size) = input.int("MaxRecords")? else { return Ok(usual) };
    let fits = usize::try_from(size).ok().filter(|size| (1..=MOST_PER_PAGE).contains(size));
    fits.ok_or_else(|| ApiError::validation(format!("MaxRecords must be between 1 and {MOST_PER_PAGE}.")))
}

fn opened(input: &Document, kind: &str) -> Result<Option<String>, ApiError> {
    let Some(text) = input.text("NextToken")? else { return Ok(None) };
    let says = pages::open(kind, text);
    says.map(Some).ok_or_else(|| ApiError::new("InvalidNextToken", 400, "The specified NextToken is invalid."))
}

fn wanted_state(input: &Document) -> Result<Option<AlarmState>, ApiError> {
    let Some(text) = input.text("StateValue")? else { return Ok(None) };
    let state = AlarmState::parse(text);
    state.map(Some).ok_or_else(|| ApiError::validation(format!("The value {text} for parameter StateValue is not supported.")))
}

/// The kinds asked for; composites only when they are.
fn wanted_kinds<'i>(input: &'i Document, usual: &'i [&'i str]) -> Result<Vec<&'i str>, ApiError> {
    let kinds = input.texts("AlarmTypes", "member");
    if let Some(other) = kinds.iter().find(|kind| !["MetricAlarm", "CompositeAlarm"].contains(kind)) {
        return Err(ApiError::validation(format!("The value {other} for parameter AlarmTypes is not supported.")));
    }
    Ok(if kinds.is_empty() { usual.to_vec() } else { kinds })
}

pub(super) fn describe_alarms(world: &mut World, call: &Call) -> Answer {
    let input = &call.input;
    let names = input.texts("AlarmNames", "member");
    let prefix = input.text("AlarmNamePrefix")?;
    let (children_of, parents_of) = (input.text("ChildrenOfAlarmName")?, input.text("ParentsOfAlarmName")?);
    if names.len() > 100 {
        return Err(ApiError::validation("The collection AlarmNames must not have a size greater than 100."));
    }
    if !names.is_empty() && prefix.is_some() {
        return Err(ApiError::validation("AlarmNamePrefix and AlarmNames are mutually exclusive."));
    }
    if children_of.is_some() && parents_of.is_some() {
        return Err(ApiError::validation("ChildrenOfAlarmName and ParentsOfAlarmName are mutually exclusive."));
    }
    let (state, action) = (wanted_state(input)?, input.text("ActionPrefix")?);
    // A family is told whole, whatever its members' kinds.
    let usual: &[&str] = if children_of.or(parents_of).is_some() { &["MetricAlarm", "CompositeAlarm"] } else { &["MetricAlarm"] };
    let kinds = wanted_kinds(input, usual)?;
    let (size, after) = (page_size(input, ALARMS_PER_PAGE)?, opened(input, "alarms")?);
    let here = &world.here(&call.region)?.cloudwatch;
    let family = family(here, children_of, parents_of)?;

    let has_action = |alarm: &Alarm, prefix: &str| {
        [&alarm.ok_actions, &alarm.alarm_actions, &alarm.insufficient_data_actions].into_iter().flatten().any(|arn| arn.starts_with(prefix))
    };
    let fits = |alarm: &&Alarm| {
        kinds.contains(&alarm.kind())
            && (names.is_empty() || names.contains(&alarm.name.as_str()))
            && prefix.is_none_or(|prefix| alarm.name.starts_with(prefix))
            && state.is_none_or(|state| alarm.state == state)
            && action.is_none_or(|action| has_action(alarm, action))
            && family.as_ref().is_none_or(|family| family.contains(&alarm.name))
            && after.as_deref().is_none_or(|after| alarm.name.as_str() > after)
    };
    let mut found: Vec<&Alarm> = here.alarms.values().filter(fits).take(size + 1).collect();
    let next = (found.len() > size).then(|| pages::seal("alarms", &found[size - 1].name));
    found.truncate(size);
    let shown = |kind: &str| {
        let of_kind = found.iter().filter(|alarm| alarm.kind() == kind);
        Document::list(of_kind.map(|alarm| if family.is_some() { relative(alarm) } else { alarm.shown() }))
    };
    Ok(doc! { "CompositeAlarms": shown("CompositeAlarm"), "MetricAlarms": shown("MetricAlarm"), "NextToken": next }.into())
}

/// The names of an alarm's children or parents, where a family was asked for.
fn family(here: &CloudWatch, children_of: Option<&str>, parents_of: Option<&str>) -> Result<Option<Vec<String>>, ApiError> {
    let known = |name: &str| here.alarms.get(name).ok_or_else(|| not_found(name));
    if let Some(name) = children_of {
        let Watches::Composite(watch) = &known(name)?.watches else {
            return Err(ApiError::validation(format!("{name} is not a composite alarm.")));
        };
        return Ok(Some(weigh::children(watch, here).map(|child| child.name.clone()).collect()));
    }
    let Some(name) = parents_of else { return Ok(None) };
    known(name)?;
    Ok(Some(parents(here, name)))
}

/// The composites whose rules name this alarm.
pub(super) fn parents(here: &CloudWatch, name: &str) -> Vec<String> {
    let names_it = |alarm: &&Alarm| matches!(&alarm.watches, Watches::Composite(watch) if watch.rule.children().contains(&name));
    here.alarms.values().filter(names_it).map(|alarm| alarm.name.clone()).collect()
}

/// What AWS tells of an alarm that is only somebody's relative.
fn relative(alarm: &Alarm) -> Document {
    doc! {
        "AlarmName": &alarm.name,
        "AlarmArn": &alarm.arn,
        "StateValue": alarm.state.as_str(),
        "StateUpdatedTimestamp": alarm.updated,
    }
}

pub(super) fn not_found(name: &str) -> ApiError {
    ApiError::new("ResourceNotFound", 404, format!("Alarm {name} does not exist"))
}

pub(super) fn describe_alarms_for_metric(world: &mut World, call: &Call) -> Answer {
    let input = &call.input;
    let name = query::metric_name(input)?;
    let stat = input.text("Statistic")?.or(input.text("ExtendedStatistic")?);
    let (period, unit) = (input.int("Period")?, input.text("Unit")?);
    let fits = |alarm: &&Alarm| {
        let Watches::Metric(watch) = &alarm.watches else { return false };
        watch.metric().is_some_and(|metric| {
            metric.name == name
                && stat.is_none_or(|stat| metric.stat.to_string() == stat)
                && period.is_none_or(|period| metric.period == period)
                && unit.is_none_or(|unit| metric.unit.as_deref() == Some(unit))
        })
    };
    let alarms = &world.here(&call.region)?.cloudwatch.alarms;
    Ok(doc! { "MetricAlarms": Document::list(alarms.values().filter(fits).map(Alarm::shown)) }.into())
}

pub(super) fn describe_alarm_history(world: &mut World, call: &Call) -> Answer {
    let input = &call.input;
    let name = input.text("AlarmName")?.map(alarm_name);
    let kinds = wanted_kinds(input, &["MetricAlarm"])?;
    let item = match input.text("HistoryItemType")? {
        None => None,
        Some(text) => Some(
            Item::ALL
                .into_iter()
                .find(|item| item.as_str() == text)
                .ok_or_else(|| ApiError::validation(format!("The value {text} for parameter HistoryItemType is not supported.")))?,
        ),
    };
    let (from, until) = (input.time("StartDate")?, input.time("EndDate")?);
    let oldest_first = input.text("ScanBy")? == Some("TimestampAscending");
    let size = page_size(input, MOST_PER_PAGE)?;
    // The token counts from the beginning of time, so that what happens meanwhile moves no page.
    let after = opened(input, "history")?.and_then(|says| says.parse::<u64>().ok());

    let here = &world.here(&call.region)?.cloudwatch;
    let forgotten = here.happened.saturating_sub(u64::try_from(here.history.len()).unwrap_or(u64::MAX));
    let mut found: Vec<(u64, &super::HistoryItem)> = (forgotten..)
        .zip(&here.history)
        .filter(|(_, entry)| {
            kinds.contains(&entry.kind)
                && name.is_none_or(|name| entry.alarm == name)
                && item.is_none_or(|item| entry.item == item)
                && from.is_none_or(|from| entry.at >= from)
                && until.is_none_or(|until| entry.at <= until)
        })
        .collect();
    if !oldest_first {
        found.reverse();
    }
    found.retain(|(nth, _)| after.is_none_or(|after| if oldest_first { *nth > after } else { *nth < after }));
    let next = (found.len() > size).then(|| pages::seal("history", &found[size - 1].0.to_string()));
    let items = found.into_iter().take(size).map(|(_, entry)| {
        doc! {
            "AlarmName": &entry.alarm,
            "AlarmType": entry.kind,
            "Timestamp": entry.at,
            "HistoryItemType": entry.item.as_str(),
            "HistorySummary": &entry.summary,
            "HistoryData": &entry.data,
        }
    });
    Ok(doc! { "AlarmHistoryItems": Document::list(items), "NextToken": next }.into())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{feed, lag, lag_alarm, watched};
    use super::*;
    use crate::world::cloudwatch::{NewComposite, add_alarm, add_composite};
    use crate::world::testing::{ask, east, live, world};

    fn describe(world: &mut World, input: Document) -> Document {
        ask(world, &east(), "monitoring", "DescribeAlarms", input).unwrap().body
    }

    fn names(body: &Document, list: &str) -> Vec<String> {
        body.items(list, "member").into_iter().filter_map(|alarm| alarm.get("AlarmName")?.as_text().map(str::to_owned)).collect()
    }

    fn many() -> World {
        let mut world = world();
        for nth in 0..120 {
            add_alarm(&mut world, &east(), lag_alarm(&format!("app-{nth:03}"), 3));
        }
        let rule = "ALARM(app-000) OR ALARM(app-007)".to_owned();
        add_composite(&mut world, &east(), NewComposite { name: "any".into(), rule, ..NewComposite::default() }).unwrap();
        world
    }

    #[test]
    fn pages_hold_fifty_unless_told_and_composites_come_when_asked_for() {
        let mut world = many();
        let mut found = Vec::new();
        let mut next = None::<String>;
        let mut sizes = Vec::new();
        loop {
            let body = describe(&mut world, doc! { "NextToken": next });
            assert!(names(&body, "CompositeAlarms").is_empty());
            sizes.push(names(&body, "MetricAlarms").len());
            found.extend(names(&body, "MetricAlarms"));
            next = body.text("NextToken").unwrap().map(str::to_owned);
            if next.is_none() {
                break;
            }
        }
        assert_eq!(sizes, vec![50, 50, 20]);
        found.dedup();
        assert_eq!(found.len(), 120);
        let both = describe(&mut world, doc! { "AlarmTypes": Document::list(["CompositeAlarm", "MetricAlarm"]), "MaxRecords": 100 });
        assert_eq!(names(&both, "CompositeAlarms"), vec!["any"]);
        let error = ask(&mut world, &east(), "monitoring", "DescribeAlarms", doc! { "NextToken": "x" }).unwrap_err();
        assert_eq!(error.code, "InvalidNextToken");
    }

    #[test]
    fn filters_narrow_and_families_are_found() {
        let mut world = many();
        assert_eq!(names(&describe(&mut world, doc! { "AlarmNamePrefix": "app-11" }), "MetricAlarms").len(), 10);
        assert_eq!(
            names(&describe(&mut world, doc! { "AlarmNames": Document::list(["app-003", "nope"]) }), "MetricAlarms"),
            vec!["app-003"]
        );
        assert!(names(&describe(&mut world, doc! { "StateValue": "ALARM" }), "MetricAlarms").is_empty());
        assert_eq!(names(&describe(&mut world, doc! { "ChildrenOfAlarmName": "any" }), "MetricAlarms"), vec!["app-000", "app-007"]);
        assert_eq!(names(&describe(&mut world, doc! { "ParentsOfAlarmName": "app-007" }), "CompositeAlarms"), vec!["any"]);
        let metric = query::shown_metric(&lag());
        let for_metric = ask(&mut world, &east(), "monitoring", "DescribeAlarmsForMetric", metric).unwrap().body;
        assert_eq!(names(&for_metric, "MetricAlarms").len(), 120);
    }

    #[test]
    fn an_alarm_is_shown_as_it_was_made() {
        let mut world = many();
        let body = describe(&mut world, doc! { "AlarmNames": Document::list(["app-000"]) });
        let shown = body.items("MetricAlarms", "member")[0];
        assert_eq!(shown.get("Threshold"), Some(&Document::Float(300.0)));
        assert_eq!(shown.get("Statistic"), Some(&"Maximum".into()));
        assert_eq!(shown.get("EvaluationPeriods"), Some(&3.into()));
        assert_eq!(shown.get("StateReason"), Some(&"Unchecked: Initial alarm creation".into()));
        assert_eq!(shown.get("AlarmArn"), Some(&"arn:aws:cloudwatch:us-east-1:123456789012:alarm:app-000".into()));
    }

    #[test]
    fn history_tells_changes_and_actions_page_by_page() {
        let mut world = watched(lag_alarm("lag", 3));
        feed(&mut world, &[400.0; 10]);
        live(&mut world, 600);
        let mut found = Vec::new();
        let mut next = None::<String>;
        loop {
            let input = doc! { "AlarmName": "lag", "MaxRecords": 2, "NextToken": next };
            let body = ask(&mut world, &east(), "monitoring", "DescribeAlarmHistory", input).unwrap().body;
            found.extend(body.items("AlarmHistoryItems", "member").into_iter().map(|item| item.need("HistorySummary").unwrap().to_owned()));
            next = body.text("NextToken").unwrap().map(str::to_owned);
            if next.is_none() {
                break;
            }
        }
        assert_eq!(
            found,
            vec![
                "Successfully executed action arn:aws:lambda:us-east-1:123456789012:function:dr",
                "Successfully executed action arn:aws:sns:us-east-1:123456789012:oncall",
                "Alarm updated from OK to ALARM",
                "Successfully executed action arn:aws:sns:us-east-1:123456789012:oncall",
                "Alarm updated from INSUFFICIENT_DATA to OK",
            ]
        );
    }
}
