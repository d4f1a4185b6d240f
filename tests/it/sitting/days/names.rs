//! Names and words that mean harm, or are merely long or wide: none of them reaches the terminal raw, none moves a border.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_cloudwatch::types::{ComparisonOperator, StateValue, Statistic};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use drlab_core::config::Named;
use drlab_core::domain::Verdict;

use super::poison::{Poisoner, Word};
use super::{MINUTE, Seat};
use crate::lab::rig::{Rig, paused};
use crate::sitting::seat::Chair;

/// Escape sequences, directions, widths, marks, lengths.
const HOSTILE: &[&str] = &[
    "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m",
    "\u{202e}gnp.txt\u{2066}\u{200b}\u{feff}",
    "東京リージョン本番決済システム全角",
    "👩‍👩‍👧‍👦🏳️‍🌈🧨 e\u{301}\u{301}\u{301}",
    "ｆｕｌｌｗｉｄｔｈ\u{3000}한국어 ไทย العربية",
];

fn hostile(number: usize) -> String {
    format!("{}{}", HOSTILE[number % HOSTILE.len()], if number.is_multiple_of(2) { "x".repeat(200) } else { String::new() })
}

/// What AWS says of itself: snapshots, versions, statuses, events of services, reasons, buckets, executions, errors.
const HONEST: &[&str] = &[
    "rds:tier2-db-",
    "has reached a steady state.",
    "ECS deployment ",
    "16.4",
    "db.r6g.large",
    "tier2/app:",
    "backing-up",
    "replicating",
    "tier2-app-data-replica",
    "Enabled",
    "Rate exceeded",
    "is not authorized",
];

#[test]
fn whatever_aws_says_the_screen_stands() {
    for turn in 0..HOSTILE.len() {
        let rig = Rig::open("tier2");
        let words = HONEST.iter().enumerate().map(|(number, honest)| Word::new(honest, &hostile(turn + number))).collect();
        let words = Arc::new(Mutex::new(words));
        let http = SharedHttpClient::new(Poisoner { way: rig.way.clone(), words: Arc::clone(&words) });
        let chair = Chair { http, ..Chair::before(&rig) };
        paused(Seat::on(chair, rig, async |seat| {
            seat.wait(MINUTE).await;
            seat.rig.inject("api-throttled:primary", Some(0.9), Some("30s"));
            seat.wait(Duration::from_secs(20)).await;
            seat.stands_everywhere();
            // What was copied is safe to be pasted into a shell, too.
            seat.press("y c L");
            assert!(seat.copied.iter().all(|text| !text.contains(['\u{1b}', '\u{9b}', '\u{202e}'])), "{:?}", seat.copied);
        }));
        let words = words.lock().unwrap();
        let met = words.iter().filter(|word| word.met > 0).count();
        assert!(met >= 6, "only {met} words were met: {words:?}");
    }
}

/// Alarms may be called anything, and say anything of themselves.
#[test]
fn alarms_may_be_called_anything() {
    paused(async {
        let rig = Rig::open("tier2");
        let mut config = rig.stage.config.clone();
        let region = config.workloads[0].primary.clone();
        let names = ["警報：東京リージョン本番", "👩‍👩‍👧‍👦 family alarm", "safe\u{202e}mrala", &"long-".repeat(40), "e\u{301}\u{301} marks"];
        for name in names {
            let alarms = &rig.primary().cloudwatch;
            let put = alarms.put_metric_alarm().alarm_name(name).namespace("Nobody").metric_name("Measures");
            let put = put.statistic(Statistic::Sum).period(60).evaluation_periods(1).threshold(1.0);
            put.comparison_operator(ComparisonOperator::GreaterThanThreshold).treat_missing_data("ignore").send().await.unwrap();
            let reason = format!("{}{}", HOSTILE[1], HOSTILE[3]);
            alarms.set_alarm_state().alarm_name(name).state_value(StateValue::Alarm).state_reason(reason).send().await.unwrap();
        }
        config.workloads[0].alarms = names.map(|name| Named { name: name.to_owned(), region: region.clone() }).to_vec();
        Seat::watching(rig, Arc::new(config), async |seat| {
            seat.wait(MINUTE).await;
            let row = seat.row("primary/alarms");
            assert_eq!((row.verdict, row.number), (Verdict::Degraded, Some(5.0)), "{row:?}");
            assert!(seat.reads(&["alarms", "5 of 5"]), "{}", seat.text());
            seat.stands_everywhere();
        })
        .await;
    });
}

/// And so may workloads and everything that a configuration names.
#[test]
fn workloads_may_be_called_anything() {
    for turn in 0..HOSTILE.len() {
        let rig = Rig::open("tier2");
        let mut config = rig.stage.config.clone();
        let workload = &mut config.workloads[0];
        workload.name = hostile(turn);
        workload.services[0].name = hostile(turn + 1);
        workload.services[0].sites.standby.service = hostile(turn + 2);
        workload.database.as_mut().unwrap().sites.standby = hostile(turn + 3);
        workload.buckets[0].sites.primary = hostile(turn + 4);
        workload.keys[0].primary = hostile(turn);
        workload.dns.as_mut().unwrap().record = hostile(turn + 1);
        workload.automations[0].what = drlab_core::config::Actor::StateMachine(hostile(turn + 2));
        paused(Seat::watching(rig, Arc::new(config), async |seat| {
            seat.wait(MINUTE).await;
            seat.stands_everywhere();
        }));
    }
}
