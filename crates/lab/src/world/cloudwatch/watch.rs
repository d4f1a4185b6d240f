//! Evaluating metric alarms on what has arrived, and saying why as AWS says it.

use serde::Serialize;

use super::alarm::{Alarm, AlarmState, MetricWatch, Missing, Threshold, Watches};
use super::change::Standing;
use super::judge::{BRIDGED, Verdict, judge};
use super::math::{Line, Value};
use super::query::{self, Span};
use super::store::{Lens, Store, instant_of};
use super::{dates, statistic};

/// A period the alarm looked at.
#[derive(Clone, Copy, Debug)]
struct Slot {
    minute: i64,
    value: Option<f64>,
    samples: Option<f64>,
    limits: (f64, f64),
}

/// How the alarm should stand, if that is another state than it is in.
pub(super) fn evaluated(alarm: &Alarm, lens: &Lens, store: &Store) -> Option<Standing> {
    let Watches::Metric(watch) = &alarm.watches else { return None };
    let slots = slots(watch, lens, store);
    let breaches: Vec<Option<bool>> =
        slots.iter().map(|slot| slot.value.map(|value| watch.comparison.breaches(value, slot.limits))).collect();
    let verdict = judge(&breaches, watch.evaluation_periods, watch.datapoints_to_alarm(), watch.missing.unwrap_or_default());
    let state = verdict.state.filter(|state| *state != alarm.state)?;
    Some(Standing {
        state,
        reason: reason(watch, state, &verdict, &slots, &breaches),
        data: Some(reason_data(watch, lens, &verdict, &slots)),
    })
}

/// The periods before the first minute that has not settled, newest first.
fn slots(watch: &MetricWatch, lens: &Lens, store: &Store) -> Vec<Slot> {
    let width = (watch.period() / 60).max(1);
    let overdue = super::store::minute_of(lens.now());
    let end = watch.stats().map(|stat| lens.settled(store, &stat.name)).min().unwrap_or(overdue);
    let periods = watch.evaluation_periods + BRIDGED;
    let reach = i64::try_from(periods).unwrap_or(i64::MAX).saturating_mul(width);
    let band = matches!(watch.threshold, Threshold::Band(_));
    // A band is what was usual over everything kept.
    let reach_back = if band { reach.max(super::store::KEPT_MINUTES) } else { reach };
    let span = Span { from: end - reach_back, until: end, origin: end };
    let known = query::evaluated(&watch.queries, lens, store, span).unwrap_or_default();
    let compared = watch.compared().and_then(|query| match known.get(&query.id) {
        Some(Value::Line(line)) => Some(line.clone()),
        Some(Value::Lines(lines)) => lines.first().cloned(),
        _ => None,
    });
    let edges = match &watch.threshold {
        Threshold::Band(id) => match known.get(id) {
            Some(Value::Lines(lines)) => lines.first().cloned().zip(lines.get(1).cloned()),
            _ => None,
        },
        Threshold::Number(_) => None,
    };
    let samples = watch.metric().map(|stat| stat.readings(lens, store, span));
    let at = |line: &Option<Line>, minute: i64| line.as_ref().and_then(|line| line.points.get(&minute).copied());
    (1..=periods)
        .map(|nth| {
            let minute = end - i64::try_from(nth).unwrap_or(i64::MAX).saturating_mul(width);
            let limits = match (&watch.threshold, &edges) {
                (Threshold::Number(number), _) => Some((*number, *number)),
                (Threshold::Band(_), Some((low, high))) => low.points.get(&minute).copied().zip(high.points.get(&minute).copied()),
                (Threshold::Band(_), None) => None,
            };
            let samples = samples.as_ref().and_then(|all| all.get(&minute)).map(|reading| statistic::Stat::SampleCount.of(reading));
            Slot { minute, value: at(&compared, minute).filter(|_| limits.is_some()), samples, limits: limits.unwrap_or_default() }
        })
        .collect()
}

/// A reason names no more than these, and its data twice as many: AWS bounds both.
const DATAPOINTS_TOLD: usize = 5;

/// `1 datapoint`, `3 datapoints`
fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

const fn was(number: usize) -> &'static str {
    if number == 1 { "was" } else { "were" }
}

fn reason(watch: &MetricWatch, new: AlarmState, verdict: &Verdict, slots: &[Slot], breaches: &[Option<bool>]) -> String {
    if new == AlarmState::InsufficientData {
        return format!("Insufficient Data: {} {} unknown.", counted(verdict.wanting, "datapoint"), was(verdict.wanting));
    }
    let treated = match watch.missing.unwrap_or_default() {
        Missing::Breaching => Some("Breaching"),
        Missing::NotBreaching => Some("NonBreaching"),
        Missing::Missing | Missing::Ignore => None,
    };
    let treated = treated
        .filter(|_| verdict.wanting > 0)
        .map(|treated| format!("{} {} treated as [{treated}]", counted(verdict.wanting, "missing datapoint"), was(verdict.wanting)));
    if let (true, Some(treated)) = (verdict.counted.is_empty(), &treated) {
        return format!("Threshold Crossed: no datapoints were received for {} and {treated}.", counted(verdict.wanting, "period"));
    }
    let alarming = new == AlarmState::Alarm;
    let telling = |breach: bool| -> Vec<&Slot> {
        verdict.counted.iter().filter(|at| breaches.get(**at) == Some(&Some(breach))).filter_map(|at| slots.get(*at)).collect()
    };
    // What gaps were treated as may outweigh the datapoints there are; then those are told as what they are.
    let (tells, told) = match telling(alarming) {
        none if none.is_empty() => (!alarming, telling(!alarming)),
        some => (alarming, some),
    };
    let listed: Vec<String> = told
        .iter()
        .map(|slot| format!("{} ({})", decimal(slot.value.unwrap_or_default()), dates::short(instant_of(slot.minute))))
        .collect();
    let (limits, not) = (limits(watch, slots), if tells { "" } else { "not " });
    let compared = format!("{} {not}{} ({limits})", was(told.len()), watch.comparison.says());
    let few = listed.len() <= DATAPOINTS_TOLD;
    let newest = listed.get(..DATAPOINTS_TOLD).unwrap_or(&listed).join(", ");
    let here = if few { format!(" [{newest}]") } else { String::new() };
    let after = if few { String::new() } else { format!(". The most recent datapoints which crossed the threshold: [{newest}]") };
    if let Some(treated) = treated {
        return format!("Threshold Crossed: {}{here} {compared} and {treated}{after}.", counted(told.len(), "datapoint"));
    }
    let least = if alarming { watch.datapoints_to_alarm() } else { watch.evaluation_periods - watch.datapoints_to_alarm() + 1 };
    let transition = if alarming { "OK -> ALARM" } else { "ALARM -> OK" };
    format!(
        "Threshold Crossed: {} out of the last {} datapoints{here} {compared}{after} (minimum {} for {transition} transition).",
        told.len(),
        verdict.counted.len(),
        counted(least, "datapoint"),
    )
}

fn limits(watch: &MetricWatch, slots: &[Slot]) -> String {
    match (&watch.threshold, slots.first()) {
        (Threshold::Number(number), _) => decimal(*number),
        (Threshold::Band(_), Some(slot)) => format!("{}, {}", decimal(slot.limits.0), decimal(slot.limits.1)),
        (Threshold::Band(_), None) => String::new(),
    }
}

/// Numbers always have a point here.
pub(super) fn decimal(number: f64) -> String {
    format!("{number:?}")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReasonData {
    version: &'static str,
    query_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    statistic: Option<String>,
    period: i64,
    recent_datapoints: Vec<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    threshold: Option<f64>,
    evaluated_datapoints: Vec<Evaluated>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Evaluated {
    timestamp: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sample_count: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<f64>,
}

fn reason_data(watch: &MetricWatch, lens: &Lens, verdict: &Verdict, slots: &[Slot]) -> String {
    let looked_at: Vec<&Slot> = if verdict.counted.is_empty() {
        slots.iter().take(watch.evaluation_periods).collect()
    } else {
        verdict.counted.iter().map(|at| &slots[*at]).collect()
    };
    let data = ReasonData {
        version: "1.0",
        query_date: dates::zoned(lens.now()),
        start_date: looked_at.last().filter(|_| !verdict.counted.is_empty()).map(|slot| dates::zoned(instant_of(slot.minute))),
        statistic: watch.metric().map(|metric| metric.stat.to_string()),
        period: watch.period(),
        recent_datapoints: looked_at.iter().take(DATAPOINTS_TOLD * 2).rev().filter_map(|slot| slot.value).collect(),
        threshold: match watch.threshold {
            Threshold::Number(number) => Some(number),
            Threshold::Band(_) => None,
        },
        evaluated_datapoints: looked_at
            .iter()
            .take(DATAPOINTS_TOLD * 2)
            .map(|slot| Evaluated { timestamp: dates::zoned(instant_of(slot.minute)), sample_count: slot.samples, value: slot.value })
            .collect(),
    };
    serde_json::to_string(&data).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{alarm, feed, lag_alarm, watched};
    use super::*;
    use crate::world::cloudwatch::{NewAlarm, Stat};
    use crate::world::sns;
    use crate::world::testing::{east, live};

    #[test]
    fn steady_data_that_arrives_late_and_out_of_order_never_shakes_an_alarm() {
        let world = watched(lag_alarm("lag", 3));
        let became: Vec<_> = world.truth.transitions().filter(|step| step.kind == "alarm").map(|step| step.became.as_str()).collect();
        assert_eq!(became, vec!["OK"], "only the first evaluation changes anything");
        assert!(alarm(&world, "lag").reason.starts_with("Threshold Crossed: "), "{}", alarm(&world, "lag").reason);
    }

    #[test]
    fn an_alarm_rings_when_enough_points_have_arrived_and_says_why() {
        let mut world = watched(lag_alarm("lag", 2));
        let began = world.now();
        feed(&mut world, &[400.0, 420.5, 430.0, 440.0, 440.0, 440.0, 440.0]);
        live(&mut world, 120 + 60);
        assert_eq!(
            alarm(&world, "lag").state,
            AlarmState::Ok,
            "the second point arrives three minutes after the beginning at the earliest"
        );
        live(&mut world, 200);
        let rang = alarm(&world, "lag");
        assert_eq!(rang.state, AlarmState::Alarm);
        assert!(rang.reason.contains("out of the last 3 datapoints ["), "{}", rang.reason);
        assert!(rang.reason.contains("400.0 (01/01/26 00:30:00)"), "{}", rang.reason);
        assert!(
            rang.reason.ends_with("greater than the threshold (300.0) (minimum 2 datapoints for OK -> ALARM transition)."),
            "{}",
            rang.reason
        );
        let data: serde_json::Value = serde_json::from_str(rang.reason_data.as_deref().unwrap()).unwrap();
        assert_eq!(data["statistic"], "Maximum");
        assert_eq!(data["threshold"], 300.0);
        assert_eq!(data["evaluatedDatapoints"].as_array().unwrap().len(), 3);
        assert!(rang.transitioned > began && rang.transitioned == rang.updated);
        assert_eq!(rang.state, AlarmState::Alarm);
    }

    #[test]
    fn silence_means_what_the_alarm_says_it_means() {
        for (missing, state, says) in [
            (Missing::Missing, AlarmState::InsufficientData, "Insufficient Data: 3 datapoints were unknown."),
            (
                Missing::Breaching,
                AlarmState::Alarm,
                "Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as [Breaching].",
            ),
            (Missing::NotBreaching, AlarmState::Ok, "Threshold Crossed: "),
            (Missing::Ignore, AlarmState::Ok, "Threshold Crossed: "),
        ] {
            let mut world = watched(NewAlarm { missing, ..lag_alarm("lag", 3) });
            live(&mut world, 1800);
            let quiet = alarm(&world, "lag");
            assert_eq!(quiet.state, state);
            assert!(quiet.reason.starts_with(says), "{missing:?}: {}", quiet.reason);
        }
    }

    #[test]
    fn longer_periods_slide_with_the_minutes() {
        let new = NewAlarm {
            stat: Stat::Sum,
            period: 300,
            evaluation_periods: 1,
            datapoints_to_alarm: 1,
            threshold: 100.0,
            ..lag_alarm("sum", 1)
        };
        let mut world = watched(new);
        feed(&mut world, &[1.0, 101.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]);
        live(&mut world, 60 * 6);
        assert_eq!(alarm(&world, "sum").state, AlarmState::Alarm);
        live(&mut world, 60 * 6);
        assert_eq!(alarm(&world, "sum").state, AlarmState::Ok);
    }

    #[test]
    fn topics_are_told_once_per_change_and_in_the_words_of_aws() {
        let mut world = watched(lag_alarm("lag", 3));
        assert_eq!(sns::deliveries(&world).count(), 1, "the first OK is told too");
        feed(&mut world, &[400.0; 20]);
        live(&mut world, 1200);
        let told: Vec<_> = sns::deliveries(&world).collect();
        assert_eq!(told.len(), 2);
        assert_eq!(told[1].subject, "ALARM: \"lag\" in US East (N. Virginia)");
        let message: serde_json::Value = serde_json::from_str(&told[1].message).unwrap();
        assert_eq!(message["NewStateValue"], "ALARM");
        assert_eq!(message["OldStateValue"], "OK");
        assert_eq!(message["Trigger"]["Statistic"], "MAXIMUM");
        assert_eq!(message["Trigger"]["Dimensions"][0]["name"], "DBInstanceIdentifier");
        assert_eq!(message["AWSAccountId"], "123456789012");
        let changes: Vec<_> = world.here(&east()).unwrap().cloudwatch.changes.iter().map(|change| (change.old, change.new)).collect();
        assert_eq!(changes, vec![(AlarmState::InsufficientData, AlarmState::Ok), (AlarmState::Ok, AlarmState::Alarm)]);
    }

    #[test]
    fn a_long_story_is_told_short() {
        let mut world = watched(NewAlarm { evaluation_periods: 60, datapoints_to_alarm: 60, ..lag_alarm("lag", 3) });
        feed(&mut world, &[400.0; 100]);
        live(&mut world, 6000);
        let rang = alarm(&world, "lag");
        assert_eq!(rang.state, AlarmState::Alarm);
        assert!(
            rang.reason
                .starts_with("Threshold Crossed: 60 out of the last 60 datapoints were greater than the threshold (300.0). The most")
        );
        assert!(rang.reason.chars().count() <= 1023 && rang.reason_data.as_deref().unwrap().len() <= 4000);
    }
}
