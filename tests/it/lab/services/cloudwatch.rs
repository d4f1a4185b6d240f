use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{
    AlarmType, ComparisonOperator, HistoryItemType, MetricAlarm, MetricDataQuery, MetricDatum, MetricStat, StandardUnit, StateValue,
    Statistic, StatusCode,
};

use super::Rig;
use crate::lab::rig::{START, refused, until};

super::tour!("tier2", read_metrics_and_keep_alarms);

async fn read_metrics_and_keep_alarms(rig: Rig) {
    metrics(&rig).await;
    alarms(&rig.primary().cloudwatch).await;
}

fn from_start(seconds: i64) -> DateTime {
    DateTime::from_secs(START.secs() + seconds)
}

async fn metrics(rig: &Rig) {
    let (here, there) = (&rig.primary().cloudwatch, &rig.standby().cloudwatch);
    // Lag is the replica's metric, and told where the replica is.
    let listed = there.list_metrics().namespace("AWS/RDS").metric_name("ReplicaLag").send().await.unwrap();
    let lag = listed.metrics()[0].clone();
    assert!(here.list_metrics().namespace("AWS/RDS").metric_name("ReplicaLag").send().await.unwrap().metrics().is_empty());
    let stat = MetricStat::builder().metric(lag).period(60).stat("Maximum").build();
    let query = MetricDataQuery::builder().id("lag").metric_stat(stat).build();
    let millis = MetricDataQuery::builder().id("millis").expression("lag * 1000").build();
    let data = there.get_metric_data().metric_data_queries(query.clone()).metric_data_queries(millis);
    let data = data.start_time(from_start(-3600)).end_time(from_start(600)).send().await.unwrap();
    let [lag, millis] = data.metric_data_results() else { panic!("{data:?}") };
    assert_eq!((lag.id(), lag.status_code()), (Some("lag"), Some(&StatusCode::Complete)));
    assert!(lag.values().len() >= 50 && lag.values().iter().all(|value| *value >= 0.0), "{:?}", lag.values());
    assert_eq!(lag.values().len(), lag.timestamps().len());
    assert!(lag.values().iter().zip(millis.values()).all(|(seconds, millis)| (seconds * 1000.0 - millis).abs() < 1e-6));
    // One number is no time series, and nothing else may come out at the end.
    let worst = MetricDataQuery::builder().id("worst").expression("MAX(lag)").build();
    let scalar = there.get_metric_data().metric_data_queries(query).metric_data_queries(worst);
    let refusal = refused(scalar.start_time(from_start(-3600)).end_time(from_start(600)).send().await);
    assert!(refusal.meta().message().unwrap().contains("time series"), "{refusal:?}");
    // Points arrive late: the last minutes are not known yet.
    assert!(lag.timestamps().iter().all(|point| point.secs() < START.secs()));

    let cpu = here.list_metrics().namespace("AWS/RDS").metric_name("CPUUtilization").send().await.unwrap();
    let statistics = here.get_metric_statistics().namespace("AWS/RDS").metric_name("CPUUtilization").period(300);
    let statistics =
        statistics.set_dimensions(cpu.metrics()[0].dimensions.clone()).statistics(Statistic::Average).statistics(Statistic::Maximum);
    let statistics = statistics.start_time(from_start(-3600)).end_time(from_start(0)).send().await.unwrap();
    let point = &statistics.datapoints()[0];
    assert!(point.average().unwrap() > 0.0 && point.maximum() >= point.average(), "{point:?}");
    assert_eq!(point.unit(), Some(&StandardUnit::Percent));

    let datum = MetricDatum::builder().metric_name("Heartbeat").value(1.0).unit(StandardUnit::Count).build();
    here.put_metric_data().namespace("Drill").metric_data(datum).send().await.unwrap();
    // Enough of them that the client sends them gzipped.
    let many = (0..400).map(|nth| MetricDatum::builder().metric_name(format!("Signal{nth:03}")).value(f64::from(nth)).build()).collect();
    here.put_metric_data().namespace("Drill/Many").set_metric_data(Some(many)).send().await.unwrap();
    let known = async || here.list_metrics().namespace("Drill/Many").send().await.unwrap().metrics().len();
    until(600, known, |known| *known == 400).await;
    let refusal = refused(
        here.get_metric_data().start_time(from_start(0)).end_time(from_start(60)).set_metric_data_queries(Some(vec![])).send().await,
    );
    assert!(refusal.meta().code().is_some());
}

async fn alarm(client: &Client, name: &str) -> MetricAlarm {
    client.describe_alarms().alarm_names(name).send().await.unwrap().metric_alarms()[0].clone()
}

async fn alarms(client: &Client) {
    let all = client.describe_alarms().send().await.unwrap();
    assert_eq!((all.metric_alarms().len(), all.composite_alarms().len()), (7, 0), "composites come only when asked for");
    let composites = client.describe_alarms().alarm_types(AlarmType::CompositeAlarm).send().await.unwrap();
    assert_eq!(composites.composite_alarms()[0].alarm_name(), Some("tier2-site-down"));

    let put = client.put_metric_alarm().alarm_name("drill").namespace("Drill").metric_name("Heartbeat").statistic(Statistic::Sum);
    let put = put.period(60).evaluation_periods(1).threshold(1.0).comparison_operator(ComparisonOperator::LessThanThreshold);
    put.treat_missing_data("breaching").send().await.unwrap();
    assert_eq!(alarm(client, "drill").await.state_value(), Some(&StateValue::InsufficientData));
    until(900, async || alarm(client, "drill").await, |now| now.state_value() == Some(&StateValue::Alarm)).await;
    client.put_composite_alarm().alarm_name("drill-both").alarm_rule("ALARM(\"drill\") AND NOT OK(\"drill\")").send().await.unwrap();
    let both = async || {
        let asked = client.describe_alarms().alarm_names("drill-both").alarm_types(AlarmType::CompositeAlarm).send().await.unwrap();
        asked.composite_alarms()[0].state_value.clone()
    };
    until(300, both, |state| *state == Some(StateValue::Alarm)).await;

    client.set_alarm_state().alarm_name("drill").state_value(StateValue::Ok).state_reason("by hand").send().await.unwrap();
    let set = alarm(client, "drill").await;
    assert_eq!((set.state_value(), set.state_reason()), (Some(&StateValue::Ok), Some("by hand")));
    let history = client.describe_alarm_history().alarm_name("drill").history_item_type(HistoryItemType::StateUpdate).send().await.unwrap();
    assert!(history.alarm_history_items().len() >= 2);
    let watching = client.describe_alarms_for_metric().namespace("Drill").metric_name("Heartbeat").send().await.unwrap();
    assert_eq!(watching.metric_alarms()[0].alarm_name(), Some("drill"));
    client.disable_alarm_actions().alarm_names("drill").send().await.unwrap();
    assert_eq!(alarm(client, "drill").await.actions_enabled(), Some(false));
    client.enable_alarm_actions().alarm_names("drill").send().await.unwrap();
    assert_eq!(alarm(client, "drill").await.actions_enabled(), Some(true));

    client.delete_alarms().alarm_names("drill-both").send().await.unwrap();
    client.delete_alarms().alarm_names("drill").send().await.unwrap();
    assert!(client.describe_alarms().alarm_names("drill").send().await.unwrap().metric_alarms().is_empty());
    let absent = client.set_alarm_state().alarm_name("drill").state_value(StateValue::Ok).state_reason("by hand").send().await;
    assert!(refused(absent).is_resource_not_found());
}
