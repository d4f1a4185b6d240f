use aws_sdk_rds::Client;
use aws_sdk_rds::types::{ApplyMethod, DbInstance, Filter, Parameter, SourceType, Tag};

use super::Rig;
use crate::lab::rig::{refused, until};

super::tour!("tier2", read_and_change_instances);

pub(super) async fn instance(rds: &Client, id: &str) -> DbInstance {
    let described = rds.describe_db_instances().db_instance_identifier(id).send().await.unwrap();
    described.db_instances()[0].clone()
}

pub(super) async fn available(rds: &Client, id: &str) -> DbInstance {
    until(3600, async || instance(rds, id).await, |found| found.db_instance_status() == Some("available")).await
}

async fn read_and_change_instances(rig: Rig) {
    let (here, there) = (&rig.primary().rds, &rig.standby().rds);
    read(here, there).await;
    parameters(here).await;
    let made = here.create_db_instance().db_instance_identifier("fresh").db_instance_class("db.t4g.medium").engine("postgres");
    let made = made.allocated_storage(20).master_username("lab").master_user_password("labpassword").send().await.unwrap();
    assert_eq!(made.db_instance().unwrap().db_instance_status(), Some("creating"));
    assert!(made.db_instance().unwrap().endpoint().is_none(), "no endpoint before it is there");
    let fresh = available(here, "fresh").await;
    assert!(fresh.endpoint().unwrap().address().unwrap().starts_with("fresh."));
    lives(here).await;
    // A source with replicas cannot be stopped: stopping is no fence.
    assert!(refused(here.stop_db_instance().db_instance_identifier("tier2-db").send().await).is_invalid_db_instance_state_fault());
}

async fn read(here: &Client, there: &Client) {
    let (source, replica) = (instance(here, "tier2-db").await, instance(there, "tier2-db-replica").await);
    assert_eq!(replica.read_replica_source_db_instance_identifier(), source.db_instance_arn());
    assert_eq!(source.read_replica_db_instance_identifiers(), [replica.db_instance_arn().unwrap()]);
    let status = &replica.status_infos()[0];
    assert_eq!((status.status_type(), status.normal(), status.status()), (Some("read replication"), Some(true), Some("replicating")));
    assert!(source.backup_retention_period() == Some(7) && source.latest_restorable_time().is_some());
    assert_eq!((replica.backup_retention_period(), replica.latest_restorable_time()), (Some(0), None));
    let filter = Filter::builder().name("db-instance-id").values("tier2-db").build();
    let filtered = here.describe_db_instances().filters(filter).send().await.unwrap();
    assert_eq!(filtered.db_instances().len(), 1);
    assert!(refused(here.describe_db_instances().db_instance_identifier("nobody").send().await).is_db_instance_not_found_fault());

    let arn = source.db_instance_arn().unwrap();
    here.add_tags_to_resource().resource_name(arn).tags(Tag::builder().key("team").value("dr").build()).send().await.unwrap();
    let tags = here.list_tags_for_resource().resource_name(arn).send().await.unwrap();
    assert!(tags.tag_list().contains(&Tag::builder().key("team").value("dr").build()));
}

async fn parameters(here: &Client) {
    let group = instance(here, "tier2-db").await.db_parameter_groups()[0].db_parameter_group_name().unwrap().to_owned();
    let groups = here.describe_db_parameter_groups().db_parameter_group_name(&group).send().await.unwrap();
    assert_eq!(groups.db_parameter_groups()[0].db_parameter_group_family(), Some("postgres16"));
    let read_only = async || {
        let described = here.describe_db_parameters().db_parameter_group_name(&group).send().await.unwrap();
        described.parameters().iter().find(|one| one.parameter_name() == Some("default_transaction_read_only")).unwrap().clone()
    };
    assert_ne!(read_only().await.parameter_value(), Some("1"));
    let fence =
        Parameter::builder().parameter_name("default_transaction_read_only").parameter_value("1").apply_method(ApplyMethod::Immediate);
    here.modify_db_parameter_group().db_parameter_group_name(&group).parameters(fence.build()).send().await.unwrap();
    assert_eq!(read_only().await.parameter_value(), Some("1"));
    let refusal = refused(here.describe_db_parameters().db_parameter_group_name("nobody").send().await);
    assert!(refusal.is_db_parameter_group_not_found_fault());
}

/// Modified, rebooted, stopped, started, deleted.
async fn lives(here: &Client) {
    let status = async || instance(here, "fresh").await.db_instance_status.unwrap();
    here.modify_db_instance().db_instance_identifier("fresh").backup_retention_period(3).apply_immediately(true).send().await.unwrap();
    until(900, async || instance(here, "fresh").await, |now| now.backup_retention_period() == Some(3)).await;
    available(here, "fresh").await;
    here.reboot_db_instance().db_instance_identifier("fresh").send().await.unwrap();
    assert_eq!(status().await, "rebooting");
    available(here, "fresh").await;
    here.stop_db_instance().db_instance_identifier("fresh").send().await.unwrap();
    assert_eq!(status().await, "stopping");
    until(900, status, |status| status == "stopped").await;
    assert!(refused(here.reboot_db_instance().db_instance_identifier("fresh").send().await).is_invalid_db_instance_state_fault());
    here.start_db_instance().db_instance_identifier("fresh").send().await.unwrap();
    available(here, "fresh").await;
    let events = here.describe_events().source_type(SourceType::DbInstance).source_identifier("fresh").duration(600).send().await.unwrap();
    assert!(events.events().iter().any(|event| event.message().unwrap_or_default().contains("restarted")), "{:?}", events.events());
    here.delete_db_instance().db_instance_identifier("fresh").skip_final_snapshot(true).send().await.unwrap();
    assert_eq!(status().await, "deleting");
    let gone = async || here.describe_db_instances().db_instance_identifier("fresh").send().await;
    let absent = until(1800, gone, Result::is_err).await;
    assert!(refused(absent).is_db_instance_not_found_fault());
}
