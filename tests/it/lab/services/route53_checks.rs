use aws_sdk_route53::types::{HealthCheckConfig, HealthCheckType, RrType, Tag, TagResourceType};

use super::Rig;
use super::route53::{RECORD, ZONE};
use crate::lab::rig::{refused, until};

super::tour!("tier2", turn_traffic_by_health_checks);

async fn turn_traffic_by_health_checks(rig: Rig) {
    let route53 = &rig.aws.route53;
    let checks = route53.list_health_checks().send().await.unwrap();
    let id = checks.health_checks()[0].id();
    let observed = route53.get_health_check_status().health_check_id(id).send().await.unwrap();
    let reports: Vec<_> = observed.health_check_observations().iter().filter_map(|seen| seen.status_report()?.status()).collect();
    assert!(reports.len() >= 8 && reports.iter().all(|status| status.starts_with("Success")), "{reports:?}");

    // Upside down, it sends the users away from a primary that is well.
    let version = async || route53.get_health_check().health_check_id(id).send().await.unwrap().health_check.unwrap().health_check_version;
    let update = |inverted| route53.update_health_check().health_check_id(id).inverted(inverted);
    let before = version().await;
    assert!(refused(update(true).health_check_version(before + 7).send().await).is_health_check_version_mismatch());
    let updated = update(true).health_check_version(before).send().await.unwrap();
    let updated = updated.health_check().unwrap();
    assert_eq!((updated.health_check_config().unwrap().inverted(), updated.health_check_version()), (Some(true), before + 1));
    let lands = async || {
        let test = route53.test_dns_answer().hosted_zone_id(ZONE).record_name(RECORD).record_type(RrType::A);
        test.send().await.unwrap().record_data()[0].clone()
    };
    until(180, lands, |address| address.starts_with("203.0.113.")).await;
    assert_eq!(rig.workload()["landing"], "standby");
    update(false).send().await.unwrap();
    until(180, lands, |address| address.starts_with("198.51.100.")).await;

    let path = |path: &str| {
        let config = HealthCheckConfig::builder().r#type(HealthCheckType::Http).ip_address("203.0.113.10").resource_path(path);
        config.request_interval(10).failure_threshold(3).build().unwrap()
    };
    let create = |config| route53.create_health_check().caller_reference("drill").health_check_config(config);
    let created = create(path("/absent")).send().await.unwrap();
    let mine = created.health_check().unwrap().id();
    assert!(created.location().ends_with(mine), "{}", created.location());
    let again = create(path("/absent")).send().await.unwrap();
    assert_eq!(again.health_check().unwrap().id(), mine, "the same reference and configuration is the same check");
    assert!(refused(create(path("/other")).send().await).is_health_check_already_exists());
    let failures = async |id: &str| {
        let asked = route53.get_health_check_last_failure_reason().health_check_id(id).send().await.unwrap();
        asked.health_check_observations().iter().filter_map(|seen| seen.status_report.clone()?.status).collect::<Vec<_>>()
    };
    let failed = until(60, async || failures(mine).await, |failures| failures.len() >= 8).await;
    assert!(failed.iter().all(|status| status.starts_with("Failure: HTTP Status Code 404")), "{failed:?}");

    let name = Tag::builder().key("Name").value("drill").build();
    let tag = route53.change_tags_for_resource().resource_type(TagResourceType::Healthcheck).resource_id(mine);
    tag.add_tags(name.clone()).send().await.unwrap();
    let tags = route53.list_tags_for_resource().resource_type(TagResourceType::Healthcheck).resource_id(mine).send().await.unwrap();
    assert_eq!(tags.resource_tag_set().unwrap().tags(), [name]);
    route53.delete_health_check().health_check_id(mine).send().await.unwrap();
    assert!(refused(route53.get_health_check().health_check_id(mine).send().await).is_no_such_health_check());
    let refusal = refused(route53.delete_health_check().health_check_id(mine).send().await);
    assert!(refusal.is_no_such_health_check());
}
