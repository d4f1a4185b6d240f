use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::types::{ReplicaRegionType, StatusType};
use serde_json::Value;

use super::Rig;
use crate::lab::rig::{refused, until};

super::tour!("tier2", change_replicate_and_promote_a_secret);

async fn value(client: &Client, name: &str) -> Option<String> {
    client.get_secret_value().secret_id(name).send().await.ok()?.secret_string
}

async fn change_replicate_and_promote_a_secret(rig: Rig) {
    let (here, there) = (&rig.primary().secrets, &rig.standby().secrets);
    let listed = here.list_secrets().send().await.unwrap();
    assert!(listed.secret_list().iter().any(|secret| secret.name() == Some("tier2/db")));
    let mut content: Value = serde_json::from_str(&value(here, "tier2/db").await.unwrap()).unwrap();
    assert!(content["host"].as_str().unwrap().ends_with(".ap-southeast-2.rds.amazonaws.com"));

    // Only the port changes; the version before it keeps its label.
    content["port"] = 6432.into();
    let put = here.put_secret_value().secret_id("tier2/db").secret_string(content.to_string()).send().await.unwrap();
    assert_eq!(put.version_stages(), ["AWSCURRENT"]);
    assert_eq!(value(here, "tier2/db").await, Some(content.to_string()));
    let before = here.get_secret_value().secret_id("tier2/db").version_stage("AWSPREVIOUS").send().await.unwrap();
    assert_ne!(before.version_id(), put.version_id());
    here.update_secret().secret_id("tier2/db").description("the database of tier2").send().await.unwrap();
    let described = here.describe_secret().secret_id("tier2/db").send().await.unwrap();
    assert_eq!(described.description(), Some("the database of tier2"));
    assert_eq!(described.version_ids_to_stages().unwrap()[put.version_id().unwrap()], ["AWSCURRENT"]);

    // A copy that follows, cannot be written, and can be set free.
    here.create_secret().name("drill/a").secret_string("one").send().await.unwrap();
    assert!(refused(here.create_secret().name("drill/a").secret_string("one").send().await).is_resource_exists_exception());
    let to = || ReplicaRegionType::builder().region("us-west-2").build();
    let replicated = here.replicate_secret_to_regions().secret_id("drill/a").add_replica_regions(to()).send().await.unwrap();
    assert_eq!(replicated.replication_status()[0].status(), Some(&StatusType::InProgress));
    until(30, async || value(there, "drill/a").await, |copy| copy.as_deref() == Some("one")).await;
    let status = here.describe_secret().secret_id("drill/a").send().await.unwrap();
    assert_eq!(status.replication_status()[0].status(), Some(&StatusType::InSync));
    let refusal = refused(there.put_secret_value().secret_id("drill/a").secret_string("two").send().await);
    assert!(refusal.is_invalid_parameter_exception(), "{refusal:?}");
    assert!(refused(here.stop_replication_to_replica().secret_id("drill/a").send().await).is_invalid_request_exception());
    there.stop_replication_to_replica().secret_id("drill/a").send().await.unwrap();
    there.put_secret_value().secret_id("drill/a").secret_string("two").send().await.unwrap();
    assert_eq!((value(here, "drill/a").await.as_deref(), value(there, "drill/a").await.as_deref()), (Some("one"), Some("two")));

    // A copy that is taken back.
    here.create_secret().name("drill/b").secret_string("one").add_replica_regions(to()).send().await.unwrap();
    until(30, async || value(there, "drill/b").await, Option::is_some).await;
    here.remove_regions_from_replication().secret_id("drill/b").remove_replica_regions("us-west-2").send().await.unwrap();
    until(30, async || value(there, "drill/b").await, Option::is_none).await;

    assert!(refused(here.get_secret_value().secret_id("nobody").send().await).is_resource_not_found_exception());
    assert!(refused(here.describe_secret().secret_id("nobody").send().await).is_resource_not_found_exception());
}
