use aws_sdk_eventbridge::types::{PutEventsRequestEntry, RuleState, Target};

use super::Rig;
use crate::lab::rig::refused;

super::tour!("platform", hold_and_release_a_rule);

const TRIGGER: &str = "platform-failover-trigger";

async fn hold_and_release_a_rule(rig: Rig) {
    let events = &rig.control().events;
    let buses = events.list_event_buses().send().await.unwrap();
    assert_eq!(buses.event_buses()[0].name(), Some("default"));
    let rules = events.list_rules().name_prefix("platform-").send().await.unwrap();
    let names: Vec<_> = rules.rules().iter().filter_map(|rule| rule.name()).collect();
    assert_eq!(names, ["platform-cost-report-daily", "platform-dr-test-schedule", TRIGGER]);
    // A page of one, and the next.
    let first = events.list_rules().limit(1).send().await.unwrap();
    let second = events.list_rules().limit(1).next_token(first.next_token().unwrap()).send().await.unwrap();
    assert_ne!(first.rules()[0].name(), second.rules()[0].name());
    let targets = events.list_targets_by_rule().rule(TRIGGER).send().await.unwrap();
    let target = targets.targets()[0].arn().to_owned();
    assert!(target.ends_with(":stateMachine:platform-failover"), "{target}");

    let state = async || events.describe_rule().name(TRIGGER).send().await.unwrap().state;
    events.disable_rule().name(TRIGGER).send().await.unwrap();
    assert_eq!(state().await, Some(RuleState::Disabled));
    events.enable_rule().name(TRIGGER).send().await.unwrap();
    assert_eq!(state().await, Some(RuleState::Enabled));

    let put = events.put_rule().name("mine").schedule_expression("rate(5 minutes)").state(RuleState::Disabled).send().await.unwrap();
    assert!(put.rule_arn().unwrap().ends_with(":rule/mine"));
    let aim = Target::builder().id("1").arn(&target).input("{\"reason\":\"drill\"}").build().unwrap();
    let aimed = events.put_targets().rule("mine").targets(aim).send().await.unwrap();
    assert_eq!(aimed.failed_entry_count(), 0);
    assert_eq!(events.list_targets_by_rule().rule("mine").send().await.unwrap().targets()[0].input(), Some("{\"reason\":\"drill\"}"));

    let entry = |source: &str| PutEventsRequestEntry::builder().source(source).detail_type("test").detail("{}").build();
    let told = events.put_events().entries(entry("mine")).entries(entry("aws.rds")).send().await.unwrap();
    assert_eq!(told.failed_entry_count(), 1);
    assert!(told.entries()[0].event_id().is_some());
    assert_eq!(told.entries()[1].error_code(), Some("NotAuthorizedForSourceException"));

    assert!(refused(events.describe_rule().name("nobody").send().await).is_resource_not_found_exception());
    assert!(refused(events.disable_rule().name("nobody").send().await).is_resource_not_found_exception());
    let refusal = refused(events.put_rule().name("bad").event_pattern("{\"source\":\"text\"}").send().await);
    assert!(refusal.is_invalid_event_pattern_exception(), "{refusal:?}");
}
