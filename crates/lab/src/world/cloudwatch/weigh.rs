//! Evaluating composite alarms on how the alarms they name stand.

use drlab_core::domain::Region;
use serde::Serialize;

use super::alarm::{Alarm, AlarmState, CompositeWatch, Watches};
use super::change::{self, Standing};
use super::{CloudWatch, dates};
use crate::world::World;

/// Weighs every composite until none changes any more; one that was just set by hand stays as it is. Composites may stand on
/// composites; those that stand on one another are given up after as many rounds as there are composites.
pub(super) fn weigh(world: &mut World, region: &Region, set_by_hand: Option<&str>) {
    let Some(here) = world.regional.get(region) else { return };
    let composites = here.cloudwatch.alarms.values().filter(|alarm| matches!(alarm.watches, Watches::Composite(_))).count();
    for _ in 0..composites {
        let Some(here) = world.regional.get(region) else { return };
        let changed: Vec<(String, Standing)> = here
            .cloudwatch
            .alarms
            .values()
            .filter(|alarm| Some(alarm.name.as_str()) != set_by_hand)
            .filter_map(|alarm| Some((alarm.name.clone(), weighed(alarm, &here.cloudwatch)?)))
            .collect();
        if changed.is_empty() {
            return;
        }
        for (name, standing) in changed {
            change::settle(world, region, &name, standing);
        }
    }
}

/// How a composite should stand, if that is another state than it is in.
pub(super) fn weighed(alarm: &Alarm, cloudwatch: &CloudWatch) -> Option<Standing> {
    let Watches::Composite(watch) = &alarm.watches else { return None };
    let holds = watch.rule.holds(&|name| cloudwatch.alarms.get(super::composite::alarm_name(name)).map(|child| child.state));
    let state = if holds { AlarmState::Alarm } else { AlarmState::Ok };
    if state == alarm.state {
        return None;
    }
    // Of those that changed together, the one named first.
    let newest = children(watch, cloudwatch).rev().max_by_key(|child| child.transitioned).filter(|_| !is_unchecked(alarm));
    let reason = match newest {
        Some(child) => format!("{} transitioned to {} at {}", child.arn, child.state.as_str(), dates::long(child.transitioned)),
        None => format!("{} was created and its alarm rule evaluates to {}", alarm.arn, state.as_str()),
    };
    Some(Standing { state, reason, data: newest.map(reason_data) })
}

fn is_unchecked(alarm: &Alarm) -> bool {
    alarm.state == AlarmState::InsufficientData && alarm.reason_data.is_none() && alarm.updated == alarm.configured
}

pub(super) fn children<'c>(watch: &'c CompositeWatch, cloudwatch: &'c CloudWatch) -> impl DoubleEndedIterator<Item = &'c Alarm> {
    watch.rule.children().into_iter().filter_map(|name| cloudwatch.alarms.get(name))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReasonData<'a> {
    triggering_alarms: [Triggering<'a>; 1],
}

#[derive(Serialize)]
struct Triggering<'a> {
    arn: &'a str,
    state: State,
}

#[derive(Serialize)]
struct State {
    value: &'static str,
    timestamp: String,
}

fn reason_data(child: &Alarm) -> String {
    let state = State { value: child.state.as_str(), timestamp: dates::zoned(child.transitioned) };
    serde_json::to_string(&ReasonData { triggering_alarms: [Triggering { arn: &child.arn, state }] }).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{TOPIC, alarm, feed, lag_alarm, watched};
    use crate::doc;
    use crate::document::Document;
    use crate::world::cloudwatch::{AlarmState, NewAlarm, Watches};
    use crate::world::testing::{ask, east, live};
    use crate::world::{World, sns};

    fn put(world: &mut World, name: &str, rule: &str) {
        let input = doc! { "AlarmName": name, "AlarmRule": rule, "AlarmActions": Document::list([TOPIC]) };
        ask(world, &east(), "monitoring", "PutCompositeAlarm", input).unwrap();
    }

    fn set(world: &mut World, name: &str, state: &str) {
        let input = doc! { "AlarmName": name, "StateValue": state, "StateReason": "by hand" };
        ask(world, &east(), "monitoring", "SetAlarmState", input).unwrap();
    }

    #[test]
    fn composites_follow_their_children_at_once_and_through_each_other() {
        let mut world = watched(lag_alarm("lag", 3));
        put(&mut world, "outer", "TRUE");
        put(&mut world, "inner", "ALARM(lag) OR FALSE");
        put(&mut world, "outer", "ALARM(\"inner\") AND NOT INSUFFICIENT_DATA(lag)");
        assert_eq!(
            alarm(&world, "inner").reason,
            "arn:aws:cloudwatch:us-east-1:123456789012:alarm:inner was created and its alarm rule evaluates to OK"
        );
        set(&mut world, "lag", "ALARM");
        assert_eq!(alarm(&world, "inner").state, AlarmState::Alarm);
        assert_eq!(alarm(&world, "outer").state, AlarmState::Alarm);
        assert_eq!(
            alarm(&world, "outer").reason,
            "arn:aws:cloudwatch:us-east-1:123456789012:alarm:inner transitioned to ALARM at Thursday 01 January, 2026 00:30:00 UTC"
        );
        assert!(alarm(&world, "inner").reason_data.as_deref().unwrap().starts_with("{\"triggeringAlarms\":[{\"arn\":"));
    }

    #[test]
    fn what_was_set_by_hand_lasts_until_the_next_evaluation() {
        let mut world = watched(lag_alarm("lag", 3));
        feed(&mut world, &[1.0; 10]);
        live(&mut world, 90);
        set(&mut world, "lag", "ALARM");
        live(&mut world, 20);
        assert_eq!((alarm(&world, "lag").state, alarm(&world, "lag").reason.as_str()), (AlarmState::Alarm, "by hand"));
        live(&mut world, 10);
        assert_eq!(alarm(&world, "lag").state, AlarmState::Ok);
    }

    #[test]
    fn composites_that_stand_on_each_other_do_not_hang_the_world() {
        let mut world = watched(lag_alarm("lag", 3));
        put(&mut world, "a", "TRUE");
        put(&mut world, "b", "NOT ALARM(a)");
        put(&mut world, "a", "ALARM(b)");
        live(&mut world, 120);
        let error = ask(&mut world, &east(), "monitoring", "DeleteAlarms", doc! { "AlarmNames": Document::list(["a"]) }).unwrap_err();
        assert_eq!(error.message, "Cannot delete a as there are composite alarm(s) depending on it: b");
    }

    #[test]
    fn a_suppressor_holds_actions_back_until_its_time_is_over() {
        let mut world = watched(lag_alarm("lag", 3));
        let cause = NewAlarm { name: "maintenance".into(), alarm_actions: vec![], ok_actions: vec![], ..lag_alarm("", 3) };
        crate::world::cloudwatch::add_alarm(&mut world, &east(), cause);
        let put = doc! {
            "AlarmName": "page", "AlarmRule": "ALARM(lag)", "AlarmActions": Document::list([TOPIC]),
            "ActionsSuppressor": "maintenance", "ActionsSuppressorWaitPeriod": 60, "ActionsSuppressorExtensionPeriod": 120,
        };
        ask(&mut world, &east(), "monitoring", "PutCompositeAlarm", put).unwrap();
        let pages = |world: &World| sns::deliveries(world).filter(|told| told.subject.contains("\"page\"")).count();
        let by = |world: &World| match &alarm(world, "page").watches {
            Watches::Composite(watch) => {
                watch.suppressor.as_ref().and_then(|suppressor| suppressor.withheld).map(|withheld| withheld.by.as_str())
            }
            Watches::Metric(_) => None,
        };
        feed(&mut world, &[400.0; 30]);
        live(&mut world, 1);
        set(&mut world, "maintenance", "ALARM");
        live(&mut world, 600);
        assert_eq!((alarm(&world, "page").state, by(&world), pages(&world)), (AlarmState::Alarm, Some("Alarm"), 0));
        set(&mut world, "maintenance", "OK");
        // Its own metric rings as well, so it is taken away before the next evaluation.
        ask(&mut world, &east(), "monitoring", "DeleteAlarms", doc! { "AlarmNames": Document::list(["maintenance"]) }).unwrap();
        live(&mut world, 60);
        assert_eq!((by(&world), pages(&world)), (Some("ExtensionPeriod"), 0));
        live(&mut world, 120);
        assert_eq!((by(&world), pages(&world)), (None, 1));
    }
}
