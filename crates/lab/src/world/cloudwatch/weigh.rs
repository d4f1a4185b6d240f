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
    let newest = children(watch, cloudwatch).max_by_key(|child| child.transitioned).filter(|_| !is_unchecked(alarm));
    let reason = match newest {
        Some(child) => format!("{} transitioned to {} at {}", child.arn, child.state.as_str(), dates::long(child.transitioned)),
        None => format!("{} was created and its alarm rule evaluates to {}", alarm.arn, state.as_str()),
    };
    Some(Standing { state, reason, data: newest.map(reason_data) })
}

fn is_unchecked(alarm: &Alarm) -> bool {
    alarm.state == AlarmState::InsufficientData && alarm.reason_data.is_none() && alarm.updated == alarm.configured
}

pub(super) fn children<'c>(watch: &'c CompositeWatch, cloudwatch: &'c CloudWatch) -> impl Iterator<Item = &'c Alarm> {
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
