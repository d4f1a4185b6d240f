//! An alarm, and what it watches in a person's words.

use aws_sdk_cloudwatch::types::{ComparisonOperator, CompositeAlarm, MetricAlarm};
use drlab_core::domain::fact::Alarm;

use crate::aws::observe::answers::{text, when};

pub(super) fn metric(from: &MetricAlarm) -> Alarm {
    Alarm {
        name: text(from.alarm_name()),
        state: text(from.state_value().map(|state| state.as_str())),
        reason: text(from.state_reason()),
        since: when(from.state_transitioned_timestamp().or(from.state_updated_timestamp())),
        composite: false,
        condition: condition(from),
        actions_enabled: from.actions_enabled().unwrap_or(true),
    }
}

pub(super) fn composite(from: &CompositeAlarm) -> Alarm {
    Alarm {
        name: text(from.alarm_name()),
        state: text(from.state_value().map(|state| state.as_str())),
        reason: text(from.state_reason()),
        since: when(from.state_transitioned_timestamp().or(from.state_updated_timestamp())),
        composite: true,
        condition: text(from.alarm_rule()),
        actions_enabled: from.actions_enabled().unwrap_or(true),
    }
}

/// `HTTPCode_Target_5XX_Count > 5 for 3 of 3 periods of 60 s`.
fn condition(alarm: &MetricAlarm) -> String {
    let returned = alarm.metrics().iter().find(|query| query.return_data() != Some(false));
    let computed = returned.and_then(|query| query.label().or(query.expression()));
    let what = alarm.metric_name().or(computed).unwrap_or("a metric");
    let sign = match alarm.comparison_operator() {
        Some(ComparisonOperator::GreaterThanThreshold) => ">",
        Some(ComparisonOperator::GreaterThanOrEqualToThreshold) => ">=",
        Some(ComparisonOperator::LessThanThreshold) => "<",
        Some(ComparisonOperator::LessThanOrEqualToThreshold) => "<=",
        Some(other) => other.as_str(),
        None => "against",
    };
    let limit = alarm.threshold().map_or_else(|| "its expected band".to_owned(), |threshold| threshold.to_string());
    let of = alarm.evaluation_periods().unwrap_or(1);
    let bad = alarm.datapoints_to_alarm().unwrap_or(of);
    let period = alarm.period().or_else(|| returned.and_then(|query| query.period())).map(|period| format!(" of {period} s"));
    format!("{what} {sign} {limit} for {bad} of {of} periods{}", period.unwrap_or_default())
}
