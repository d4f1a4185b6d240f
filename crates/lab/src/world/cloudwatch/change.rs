//! What happens when an alarm changes its state: history, events, actions.

use std::collections::VecDeque;

use drlab_core::domain::{Region, Timestamp};
use serde::Serialize;
use serde_json::json;

use super::alarm::{Alarm, AlarmState, SuppressedBy, Watches, Withheld};
use super::composite::alarm_name;
use super::message;
use crate::doc;
use crate::document::Document;
use crate::world::{World, events, route53, sns};

/// How an alarm is to stand, and why.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Standing {
    pub(super) state: AlarmState,
    pub(super) reason: String,
    pub(super) data: Option<String>,
}

/// A change of state, for EventBridge.
#[derive(Clone, Debug, PartialEq)]
pub struct AlarmChange {
    pub alarm: String,
    pub arn: String,
    pub old: AlarmState,
    pub new: AlarmState,
    pub reason: String,
    pub at: Timestamp,
}

/// One entry of `DescribeAlarmHistory`.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryItem {
    pub alarm: String,
    pub kind: &'static str,
    pub at: Timestamp,
    pub item: Item,
    pub summary: String,
    /// JSON.
    pub data: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    ConfigurationUpdate,
    StateUpdate,
    Action,
}

impl Item {
    pub(super) const ALL: [Self; 3] = [Self::ConfigurationUpdate, Self::StateUpdate, Self::Action];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::ConfigurationUpdate => "ConfigurationUpdate",
            Self::StateUpdate => "StateUpdate",
            Self::Action => "Action",
        }
    }
}

/// AWS keeps history for 30 days; the lab keeps its newest part.
const HISTORY_KEPT: usize = 500;
const CHANGES_KEPT: usize = 500;

pub(super) fn push<T>(bounded: &mut VecDeque<T>, most: usize, item: T) {
    while bounded.len() >= most {
        bounded.pop_front();
    }
    bounded.push_back(item);
}

pub(super) fn remember(world: &mut World, region: &Region, item: HistoryItem) {
    if let Some(here) = world.regional.get_mut(region) {
        push(&mut here.cloudwatch.history, HISTORY_KEPT, item);
        here.cloudwatch.happened += 1;
    }
}

/// Puts an alarm into a state and lets everybody know, if it is another one than before.
pub(super) fn settle(world: &mut World, region: &Region, name: &str, standing: Standing) {
    let now = world.now();
    let Some(here) = world.regional.get_mut(region) else { return };
    let Some(alarm) = here.cloudwatch.alarms.get_mut(name) else { return };
    let before = alarm.clone();
    alarm.reason = standing.reason;
    alarm.reason_data = standing.data;
    alarm.updated = now;
    if alarm.state == standing.state {
        return;
    }
    alarm.state = standing.state;
    alarm.transitioned = now;
    let after = alarm.clone();
    let (old, new) = (before.state, after.state);
    let change = AlarmChange { alarm: name.to_owned(), arn: after.arn.clone(), old, new, reason: after.reason.clone(), at: now };
    push(&mut here.cloudwatch.changes, CHANGES_KEPT, change);
    here.cloudwatch.changed += 1;
    let item = HistoryItem {
        alarm: name.to_owned(),
        kind: after.kind(),
        at: now,
        item: Item::StateUpdate,
        summary: format!("Alarm updated from {} to {}", old.as_str(), new.as_str()),
        data: state_update(&before, &after),
    };
    remember(world, region, item);
    world.truth.note(now, Some(region), "alarm", name, new.as_str());
    route53::set_alarm_state(world, region, name, new);
    events::emit(world, region, told(&after, old, now));
    if after.actions_enabled && !after.actions_on(new).is_empty() && !withhold(world, region, &after, old) {
        perform(world, region, &after, old);
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StateUpdate<'a> {
    version: &'static str,
    old_state: StateSaid<'a>,
    new_state: StateSaid<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StateSaid<'a> {
    state_value: &'static str,
    state_reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_reason_data: Option<serde_json::Value>,
}

fn state_update(before: &Alarm, after: &Alarm) -> String {
    fn said(alarm: &Alarm) -> StateSaid<'_> {
        let data = alarm.reason_data.as_deref().and_then(|text| serde_json::from_str(text).ok());
        StateSaid { state_value: alarm.state.as_str(), state_reason: &alarm.reason, state_reason_data: data }
    }
    serde_json::to_string(&StateUpdate { version: "1.0", old_state: said(before), new_state: said(after) }).unwrap_or_default()
}

/// Whether a suppressor holds the actions back; if so, since now.
fn withhold(world: &mut World, region: &Region, alarm: &Alarm, old: AlarmState) -> bool {
    let Watches::Composite(watch) = &alarm.watches else { return false };
    let Some(suppressor) = &watch.suppressor else { return false };
    if suppressor.withheld.is_some() {
        return true;
    }
    let by = if is_alarming(world, region, &suppressor.alarm) {
        SuppressedBy::Alarm
    } else if suppressor.wait_seconds > 0 {
        SuppressedBy::WaitPeriod
    } else {
        return false;
    };
    set_withheld(world, region, &alarm.name, Some(Withheld { by, since: world.now(), old }));
    true
}

fn is_alarming(world: &World, region: &Region, alarm: &str) -> bool {
    let found = world.regional.get(region).and_then(|here| here.cloudwatch.alarms.get(alarm_name(alarm)));
    found.is_some_and(|alarm| alarm.state == AlarmState::Alarm)
}

fn set_withheld(world: &mut World, region: &Region, name: &str, withheld: Option<Withheld>) {
    let alarm = world.regional.get_mut(region).and_then(|here| here.cloudwatch.alarms.get_mut(name));
    if let Some(Alarm { watches: Watches::Composite(watch), .. }) = alarm
        && let Some(suppressor) = &mut watch.suppressor
    {
        suppressor.withheld = withheld;
    }
}

/// Looks again at actions that were held back: still suppressed, waiting, or due.
pub(super) fn release(world: &mut World, region: &Region) {
    let now = world.now();
    let Some(here) = world.regional.get(region) else { return };
    let mut held = Vec::new();
    for alarm in here.cloudwatch.alarms.values() {
        if let Watches::Composite(watch) = &alarm.watches
            && let Some(suppressor) = &watch.suppressor
            && let Some(withheld) = suppressor.withheld
        {
            held.push((alarm.name.clone(), suppressor.clone(), withheld));
        }
    }
    for (name, suppressor, withheld) in held {
        let suppressed = is_alarming(world, region, &suppressor.alarm);
        let waited = now.since(withheld.since).as_secs();
        let next = match withheld.by {
            _ if suppressed => Some(Withheld { by: SuppressedBy::Alarm, ..withheld }),
            SuppressedBy::Alarm if suppressor.extension_seconds > 0 => {
                Some(Withheld { by: SuppressedBy::ExtensionPeriod, since: now, ..withheld })
            }
            SuppressedBy::WaitPeriod if waited < suppressor.wait_seconds => Some(withheld),
            SuppressedBy::ExtensionPeriod if waited < suppressor.extension_seconds => Some(withheld),
            _ => None,
        };
        set_withheld(world, region, &name, next);
        let alarm = world.regional.get(region).and_then(|here| here.cloudwatch.alarms.get(&name)).cloned();
        if let (None, Some(alarm)) = (next, alarm)
            && alarm.actions_enabled
            && alarm.state != withheld.old
        {
            perform(world, region, &alarm, withheld.old);
        }
    }
}

/// Carries out the actions of the state the alarm is now in. Topics are told; what else an ARN names is noted as done.
fn perform(world: &mut World, region: &Region, alarm: &Alarm, old: AlarmState) {
    for action in alarm.actions_on(alarm.state) {
        let is_topic = action.split(':').nth(2) == Some("sns");
        let reached = !is_topic || sns::is_reachable(world, region, action);
        if is_topic && reached {
            sns::publish(world, action, &message::subject(alarm, region), &message::body(world, alarm, region, old));
        }
        let (verb, state) = if reached { ("Successfully executed", "Succeeded") } else { ("Failed to execute", "Failed") };
        let data = json!({ "actionState": state, "notificationResource": action, "stateUpdateTimestamp": alarm.updated.millis() });
        let item = HistoryItem {
            alarm: alarm.name.clone(),
            kind: alarm.kind(),
            at: world.now(),
            item: Item::Action,
            summary: format!("{verb} action {action}"),
            data: data.to_string(),
        };
        remember(world, region, item);
    }
}

/// The change as EventBridge carries it.
fn told(alarm: &Alarm, old: AlarmState, now: Timestamp) -> Document {
    doc! {
        "source": "aws.cloudwatch",
        "detail-type": "CloudWatch Alarm State Change",
        "resources": Document::list([alarm.arn.clone()]),
        "detail": doc! {
            "alarmName": &alarm.name,
            "state": doc! { "value": alarm.state.as_str(), "reason": &alarm.reason, "timestamp": now.to_string() },
            "previousState": doc! { "value": old.as_str() },
        },
    }
}
