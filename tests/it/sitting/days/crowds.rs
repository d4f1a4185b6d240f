//! More than a page of everything.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_cloudwatch::types::{ComparisonOperator, StateValue, Statistic};
use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType};
use drlab_core::config::Named;
use drlab_core::domain::Verdict;

use super::{MINUTE, Seat};
use crate::lab::rig::{Rig, paused};

/// A name before ours and one behind it, sixty times.
fn neighbours() -> impl Iterator<Item = String> {
    (0..60).flat_map(|number| ["a", "z"].map(|letter| format!("{letter}{number:03}.example.com")))
}

#[test]
fn our_record_is_found_among_a_hundred_and_twenty() {
    Seat::at("tier2", None, async |seat| {
        let record = |name: String| {
            let value = ResourceRecord::builder().value("192.0.2.1").build().unwrap();
            let set = ResourceRecordSet::builder().name(name).r#type(RrType::A).ttl(60).resource_records(value).build().unwrap();
            Change::builder().action(ChangeAction::Create).resource_record_set(set).build().unwrap()
        };
        let batch = ChangeBatch::builder().set_changes(Some(neighbours().map(record).collect())).build().unwrap();
        let zone = seat.model.config.workloads[0].dns.as_ref().unwrap().zone.clone();
        seat.rig.aws.route53.change_resource_record_sets().hosted_zone_id(zone).change_batch(batch).send().await.unwrap();
        seat.wait(MINUTE * 2).await;
        assert_eq!(seat.row("dns/record").verdict, Verdict::Healthy, "{:?}", seat.row("dns/record"));
        let zone = seat.row("dns/zone");
        let said: usize = zone.value.split_whitespace().find_map(|word| word.parse().ok()).unwrap();
        assert!(said >= 120, "{zone:?}");
        assert!(seat.reads(&["dns", "primary", "up"]), "{}", seat.text());
    });
}

/// A hundred and fifty alarms, ten of which ring: the figure is right, and those that ring are named.
#[test]
fn what_rings_is_found_among_a_hundred_and_fifty() {
    paused(async {
        let rig = Rig::open("tier2");
        let alarms = &rig.primary().cloudwatch;
        let name = |number: usize| format!("crowd-{number:03}");
        let rings = |number: usize| number % 15 == 7;
        for number in 0..150 {
            let put = alarms.put_metric_alarm().alarm_name(name(number)).namespace("Nobody").metric_name("Measures");
            let put = put.statistic(Statistic::Sum).period(60).evaluation_periods(1).threshold(1.0);
            put.comparison_operator(ComparisonOperator::GreaterThanThreshold).treat_missing_data("ignore").send().await.unwrap();
            let (state, reason) = if rings(number) { (StateValue::Alarm, "it burns") } else { (StateValue::Ok, "all is well") };
            alarms.set_alarm_state().alarm_name(name(number)).state_value(state).state_reason(reason).send().await.unwrap();
        }
        let mut config = rig.stage.config.clone();
        let region = config.workloads[0].primary.clone();
        config.workloads[0].alarms = (0..150).map(|number| Named { name: name(number), region: region.clone() }).collect();
        Seat::watching(rig, Arc::new(config), async |seat| {
            seat.wait(Duration::from_secs(45)).await;
            let row = seat.row("primary/alarms");
            assert_eq!((row.number, row.verdict), (Some(10.0), Verdict::Degraded), "{row:?}");
            assert!(row.value.starts_with("10 of 150"), "{row:?}");
            assert!(row.reason.as_ref().unwrap().contains("crowd-007, crowd-022, crowd-037, crowd-052 and 6 more"), "{row:?}");
            assert!(seat.reads(&["alarms", "10 of 150"]), "{}", seat.text());
            // In the details, those that ring come before those that do not.
            seat.model.cursors.dashboard = Some("primary/alarms".to_owned());
            seat.press("enter");
            assert!(seat.text().contains("crowd-007"), "{}", seat.text());
            let page = drlab_core::app::detail(&seat.model).unwrap();
            let said: Vec<_> = page.sections.iter().map(|section| section.title.clone()).filter(|title| title.contains("crowd")).collect();
            assert_eq!(said.len(), 150, "{said:?}");
            let expected: Vec<_> = (0..150).filter(|number| rings(*number)).map(name).collect();
            assert!(said.iter().take(10).zip(&expected).all(|(title, name)| title.contains(name)), "{:?}", &said[..12]);
            seat.press("esc");
            seat.stands_everywhere();
        })
        .await;
    });
}
