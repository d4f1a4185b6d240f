//! The writes of alarms.

use drlab_core::domain::Region;

use super::alarm::{Alarm, AlarmState, CompositeWatch, Suppressor, Watches};
use super::change::{self, HistoryItem, Item, Standing};
use super::composite::{Rule, alarm_name};
use super::definition::{actions, one_of, read_watch, refused};
use super::describe::{not_found, parents};
use super::weigh;
use crate::doc;
use crate::document::Document;
use crate::world::{Answer, ApiError, Call, World};

/// AWS's quota of alarms per region and account.
const MOST_ALARMS: usize = 5000;

pub(super) fn put_metric_alarm(world: &mut World, call: &Call) -> Answer {
    let watch = Watches::Metric(read_watch(&call.input)?);
    put(world, call, watch)?;
    Ok(doc! {}.into())
}

pub(super) fn put_composite_alarm(world: &mut World, call: &Call) -> Answer {
    let input = &call.input;
    let text = input.need("AlarmRule")?;
    if text.trim() != text || text.is_empty() {
        return Err(refused("AlarmRule must not contain leading or trailing whitespace or be null"));
    }
    if text.len() > 10_240 {
        return Err(refused("AlarmRule must have length less than or equal to 10240"));
    }
    let rule = Rule::parse(text).map_err(|why| refused(format!("Failed to parse AlarmRule: {why}")))?;
    let alarms = &world.here(&call.region)?.cloudwatch.alarms;
    let unknown: Vec<&str> = rule.children().into_iter().filter(|child| !alarms.contains_key(*child)).collect();
    if !unknown.is_empty() {
        return Err(refused(format!(
            "Could not save the composite alarm as alarms [{}] in the alarm rule do not exist",
            unknown.join(", ")
        )));
    }
    let suppressor = match input.text("ActionsSuppressor")? {
        None => None,
        Some(alarm) if !alarms.contains_key(alarm_name(alarm)) => {
            return Err(refused(format!("Could not save the composite alarm as actions suppressor [{alarm}] does not exist")));
        }
        Some(alarm) => {
            let seconds = |name: &str| {
                let given = input.int(name)?.ok_or_else(|| ApiError::missing(name))?;
                u64::try_from(given).map_err(|_| refused(format!("{name} must not be negative")))
            };
            Some(Suppressor {
                alarm: alarm.to_owned(),
                wait_seconds: seconds("ActionsSuppressorWaitPeriod")?,
                extension_seconds: seconds("ActionsSuppressorExtensionPeriod")?,
                withheld: None,
            })
        }
    };
    put(world, call, Watches::Composite(CompositeWatch { text: text.to_owned(), rule, suppressor }))?;
    weigh::weigh(world, &call.region, None);
    Ok(doc! {}.into())
}

/// Saves an alarm. One that exists keeps its state and loses everything else.
fn put(world: &mut World, call: &Call, watches: Watches) -> Result<(), ApiError> {
    let input = &call.input;
    let name = input.need("AlarmName")?;
    if name.is_empty() || name.chars().count() > 255 || name.chars().any(char::is_control) {
        return Err(refused("AlarmName must have a length of 1 to 255 and no control characters."));
    }
    let fresh = Alarm {
        description: input.text("AlarmDescription")?.map(str::to_owned),
        actions_enabled: input.bool("ActionsEnabled")?.unwrap_or(true),
        ok_actions: actions(input, "OKActions")?,
        alarm_actions: actions(input, "AlarmActions")?,
        insufficient_data_actions: actions(input, "InsufficientDataActions")?,
        ..Alarm::new(world, &call.region, name, watches)
    };
    let alarms = &mut world.here_mut(&call.region)?.cloudwatch.alarms;
    let (word, alarm) = match alarms.get(name) {
        None if alarms.len() >= MOST_ALARMS => {
            return Err(ApiError::new("LimitExceeded", 400, "The quota of alarms for this account is reached."));
        }
        None => ("created", fresh),
        Some(old) if old.kind() != fresh.kind() => return Err(refused(format!("{name} already exists as a {}.", old.kind()))),
        Some(old) => {
            let standing = old.clone();
            let alarm = Alarm {
                state: standing.state,
                reason: standing.reason,
                reason_data: standing.reason_data,
                updated: standing.updated,
                transitioned: standing.transitioned,
                ..fresh
            };
            ("updated", alarm)
        }
    };
    let kind = alarm.kind();
    alarms.insert(name.to_owned(), alarm);
    note_configuration(world, &call.region, name, kind, word);
    Ok(())
}

fn note_configuration(world: &mut World, region: &Region, name: &str, kind: &'static str, word: &str) {
    let item = HistoryItem {
        alarm: name.to_owned(),
        kind,
        at: world.now(),
        item: Item::ConfigurationUpdate,
        summary: format!("Alarm \"{name}\" {word}"),
        data: serde_json::json!({ "version": "1.0", "type": word, "alarmName": name }).to_string(),
    };
    change::remember(world, region, item);
}

pub(super) fn set_alarm_state(world: &mut World, call: &Call) -> Answer {
    let input = &call.input;
    let name = input.need("AlarmName")?;
    let state = one_of(input, "StateValue", AlarmState::parse)?.ok_or_else(|| ApiError::missing("StateValue"))?;
    let reason = input.need("StateReason")?;
    if reason.chars().count() > 1023 {
        return Err(refused("StateReason must have a length of at most 1023."));
    }
    let data = input.text("StateReasonData")?;
    if data.is_some_and(|data| data.len() > 4000 || serde_json::from_str::<serde::de::IgnoredAny>(data).is_err()) {
        return Err(ApiError::new("InvalidFormat", 400, "Data was not syntactically valid JSON."));
    }
    if !world.here(&call.region)?.cloudwatch.alarms.contains_key(name) {
        return Err(not_found(name));
    }
    let standing = Standing { state, reason: reason.to_owned(), data: data.map(str::to_owned) };
    change::settle(world, &call.region, name, standing);
    weigh::weigh(world, &call.region, Some(name));
    Ok(doc! {}.into())
}

pub(super) fn enable_alarm_actions(world: &mut World, call: &Call) -> Answer {
    turn_actions(world, call, true)
}

pub(super) fn disable_alarm_actions(world: &mut World, call: &Call) -> Answer {
    turn_actions(world, call, false)
}

/// Names that do not exist are passed over, as AWS does.
fn turn_actions(world: &mut World, call: &Call, on: bool) -> Answer {
    let now = world.now();
    for name in named(&call.input)? {
        let Some(alarm) = world.here_mut(&call.region)?.cloudwatch.alarms.get_mut(name) else { continue };
        if alarm.actions_enabled != on {
            alarm.actions_enabled = on;
            alarm.configured = now;
            let kind = alarm.kind();
            note_configuration(world, &call.region, name, kind, "updated");
        }
    }
    Ok(doc! {}.into())
}

fn named(input: &Document) -> Result<Vec<&str>, ApiError> {
    let names = input.texts("AlarmNames", "member");
    match names.len() {
        0 => Err(ApiError::missing("AlarmNames")),
        1..=100 => Ok(names),
        _ => Err(refused("The collection AlarmNames must not have a size greater than 100.")),
    }
}

/// All or nothing.
pub(super) fn delete_alarms(world: &mut World, call: &Call) -> Answer {
    let names = named(&call.input)?;
    let here = &world.here(&call.region)?.cloudwatch;
    let mut composites = 0;
    for name in &names {
        let alarm = here.alarms.get(*name).ok_or_else(|| not_found(name))?;
        composites += usize::from(matches!(alarm.watches, Watches::Composite(_)));
        let parents = parents(here, name);
        if !parents.is_empty() {
            return Err(refused(format!("Cannot delete {name} as there are composite alarm(s) depending on it: {}", parents.join(", "))));
        }
    }
    if composites > 1 {
        return Err(refused("Only one composite alarm can be deleted at a time."));
    }
    for name in names {
        let removed = world.here_mut(&call.region)?.cloudwatch.alarms.remove(name);
        if let Some(alarm) = removed {
            note_configuration(world, &call.region, name, alarm.kind(), "deleted");
        }
    }
    Ok(doc! {}.into())
}

#[cfg(test)]
mod tests {
    use super::super::query;
    use super::super::testing::{TOPIC, alarm, feed, lag, lag_alarm, watched};
    use super::*;
    use crate::world::testing::{ask, east, live, world};

    fn sound() -> Document {
        let mut input = doc! {
            "AlarmName": "lag", "Statistic": "Average", "Period": 60, "EvaluationPeriods": 3, "DatapointsToAlarm": 2,
            "Threshold": 300.0, "ComparisonOperator": "GreaterThanThreshold", "AlarmActions": Document::list([TOPIC]),
        };
        for name in ["Namespace", "MetricName", "Dimensions"] {
            input.set(name, query::shown_metric(&lag()).get(name).cloned().unwrap_or_default());
        }
        input
    }

    fn put(world: &mut World, input: Document) -> Answer {
        ask(world, &east(), "monitoring", "PutMetricAlarm", input)
    }

    #[test]
    fn an_update_keeps_the_state_and_replaces_the_rest() {
        let mut world = watched(lag_alarm("lag", 3));
        let before = alarm(&world, "lag").clone();
        live(&mut world, 5);
        put(&mut world, sound()).unwrap();
        let after = alarm(&world, "lag");
        assert_eq!((after.state, &after.reason, after.updated), (before.state, &before.reason, before.updated));
        assert!(after.ok_actions.is_empty() && after.configured > before.configured);
    }

    #[test]
    fn alarms_that_could_not_work_are_refused() {
        let mut world = world();
        for (member, value) in [
            ("EvaluationPeriods", Document::Int(0)),
            ("DatapointsToAlarm", Document::Int(4)),
            ("Period", Document::Int(45)),
            ("Period", Document::Int(604_800)),
            ("Statistic", "p99".into()),
            ("ExtendedStatistic", "p99".into()),
            ("ComparisonOperator", "Above".into()),
            ("ComparisonOperator", "GreaterThanUpperThreshold".into()),
            ("TreatMissingData", "guess".into()),
            ("AlarmActions", Document::list(["mail me"])),
            ("AlarmName", "".into()),
            ("Threshold", Document::Null),
            ("MetricName", Document::Null),
        ] {
            let mut input = sound();
            input.set(member, value.clone());
            assert_eq!(put(&mut world, input).unwrap_err().code, ApiError::VALIDATION, "{member} {value:?}");
        }
        assert!(world.here(&east()).unwrap().cloudwatch.alarms.is_empty());
        put(&mut world, sound()).unwrap();
    }

    #[test]
    fn alarms_stand_on_expressions_and_bands_too() {
        let mut world = watched(lag_alarm("lag", 3));
        let stat = doc! {
            "Id": "m1", "ReturnData": false,
            "MetricStat": doc! { "Metric": query::shown_metric(&lag()), "Period": 60, "Stat": "Maximum" },
        };
        let mut returned = stat.clone();
        returned.set("ReturnData", true);
        let double = doc! { "Id": "e1", "Expression": "m1 * 2" };
        let band = doc! { "Id": "b1", "Expression": "ANOMALY_DETECTION_BAND(m1, 3)" };
        let base = doc! { "AlarmName": "math", "EvaluationPeriods": 1, "Threshold": 500.0, "ComparisonOperator": "GreaterThanThreshold" };
        let mut math = base.clone();
        math.set("Metrics", Document::list([stat.clone(), double.clone()]));
        put(&mut world, math).unwrap();
        let mut unusual = doc! {
            "AlarmName": "band", "EvaluationPeriods": 1, "ThresholdMetricId": "b1", "ComparisonOperator": "LessThanLowerOrGreaterThanUpperThreshold",
        };
        unusual.set("Metrics", Document::list([returned.clone(), band]));
        put(&mut world, unusual).unwrap();
        let mut two = base;
        two.set("Metrics", Document::list([returned, double]));
        assert!(put(&mut world, two).unwrap_err().message.starts_with("Exactly one element"));
        feed(&mut world, &[1.0, 1.0, 1.0, 1.0, 1.0, 260.0]);
        live(&mut world, 300);
        assert_eq!((alarm(&world, "math").state, alarm(&world, "band").state), (AlarmState::Ok, AlarmState::Ok));
        live(&mut world, 300);
        assert_eq!((alarm(&world, "math").state, alarm(&world, "band").state), (AlarmState::Alarm, AlarmState::Alarm));
    }

    #[test]
    fn disabled_actions_stay_undone() {
        let mut world = watched(lag_alarm("lag", 3));
        let told = crate::world::sns::delivered(&world);
        let names = doc! { "AlarmNames": Document::list(["lag", "nope"]) };
        ask(&mut world, &east(), "monitoring", "DisableAlarmActions", names.clone()).unwrap();
        let set = |world: &mut World, state: &str| {
            let input = doc! { "AlarmName": "lag", "StateValue": state, "StateReason": "drill" };
            ask(world, &east(), "monitoring", "SetAlarmState", input).unwrap();
        };
        set(&mut world, "ALARM");
        assert_eq!(crate::world::sns::delivered(&world), told);
        ask(&mut world, &east(), "monitoring", "EnableAlarmActions", names).unwrap();
        set(&mut world, "OK");
        assert_eq!(crate::world::sns::delivered(&world), told + 1);
    }

    #[test]
    fn deleting_is_all_or_nothing() {
        let mut world = watched(lag_alarm("lag", 3));
        let error =
            ask(&mut world, &east(), "monitoring", "DeleteAlarms", doc! { "AlarmNames": Document::list(["lag", "nope"]) }).unwrap_err();
        assert_eq!((error.code.as_ref(), error.status), ("ResourceNotFound", 404));
        assert!(world.here(&east()).unwrap().cloudwatch.alarms.contains_key("lag"));
        ask(&mut world, &east(), "monitoring", "DeleteAlarms", doc! { "AlarmNames": Document::list(["lag"]) }).unwrap();
        assert!(world.here(&east()).unwrap().cloudwatch.alarms.is_empty());
    }

    #[test]
    fn a_rule_must_name_alarms_that_exist() {
        let mut world = watched(lag_alarm("lag", 3));
        for (rule, says) in [
            (" TRUE", "AlarmRule must not contain leading or trailing whitespace or be null"),
            ("ALARM(lag) OR ALARM(ghost)", "Could not save the composite alarm as alarms [ghost] in the alarm rule do not exist"),
            ("ALARM(lag", "Failed to parse AlarmRule: a ')' is missing"),
        ] {
            let error =
                ask(&mut world, &east(), "monitoring", "PutCompositeAlarm", doc! { "AlarmName": "c", "AlarmRule": rule }).unwrap_err();
            assert_eq!(error.message, says);
        }
        let taken =
            ask(&mut world, &east(), "monitoring", "PutCompositeAlarm", doc! { "AlarmName": "lag", "AlarmRule": "TRUE" }).unwrap_err();
        assert_eq!(taken.message, "lag already exists as a MetricAlarm.");
    }
}
