//! What an operator does, and looks at, in a failover.

use std::time::Duration;

use aws_sdk_applicationautoscaling::types::{ScalableDimension, ServiceNamespace};
use aws_sdk_rds::types::DbInstance;
use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ChangeStatus, ResourceRecordSet};
use drlab_core::config::{Dns, Service, Site};
use drlab_lab::world::application::Sight;
use drlab_lab::world::route53::{self, RecordKind, ResolverId};
use serde_json::Value;

use crate::lab::rig::{Rig, until};

/// How long a user's browser waits for us.
const PATIENCE: Duration = Duration::from_secs(2);

pub(crate) fn dns(rig: &Rig) -> &Dns {
    rig.stage.config.workloads[0].dns.as_ref().unwrap()
}

fn replica(rig: &Rig) -> &str {
    &rig.stage.config.workloads[0].database.as_ref().unwrap().sites.standby
}

/// Promotes the standby's replica and waits until it is a database of its own.
pub(crate) async fn promote(rig: &Rig, retention: i32) -> DbInstance {
    let rds = &rig.standby().rds;
    rds.promote_read_replica().db_instance_identifier(replica(rig)).backup_retention_period(retention).send().await.unwrap();
    let look = async || {
        let described = rds.describe_db_instances().db_instance_identifier(replica(rig)).send().await.unwrap();
        described.db_instances()[0].clone()
    };
    let own =
        |now: &DbInstance| now.db_instance_status() == Some("available") && now.read_replica_source_db_instance_identifier().is_none();
    until(1800, look, own).await
}

/// Brings every service of the standby to its strength: the least before the count where it scales by itself.
pub(crate) async fn scale(rig: &Rig) {
    for service in &rig.stage.config.workloads[0].services {
        let at = &service.sites.standby;
        let wanted = i32::try_from(at.failover_tasks).unwrap();
        if service.autoscaled {
            let register = rig.standby().autoscaling.register_scalable_target().service_namespace(ServiceNamespace::Ecs);
            let register = register.resource_id(format!("service/{}/{}", at.cluster, at.service));
            register.scalable_dimension(ScalableDimension::EcsServiceDesiredCount).min_capacity(wanted).send().await.unwrap();
        }
        rig.standby().ecs.update_service().cluster(&at.cluster).service(&at.service).desired_count(wanted).send().await.unwrap();
        until(600, async || strength(rig, service).await, |(running, healthy)| *running >= wanted && *healthy >= wanted).await;
    }
}

/// Running tasks and healthy targets of a service at the standby.
async fn strength(rig: &Rig, service: &Service) -> (i32, i32) {
    let at = &service.sites.standby;
    let found = rig.standby().ecs.describe_services().cluster(&at.cluster).services(&at.service).send().await.unwrap();
    let health = rig.standby().elb.describe_target_health().target_group_arn(at.target_group.as_ref().unwrap()).send().await.unwrap();
    let healthy = health.target_health_descriptions().iter().filter(|target| {
        let state = target.target_health().and_then(|health| health.state());
        state.is_some_and(|state| state.as_str() == "healthy")
    });
    (found.services()[0].running_count(), i32::try_from(healthy.count()).unwrap())
}

/// The pair of records that turn the traffic.
async fn pair(rig: &Rig) -> Vec<ResourceRecordSet> {
    let dns = dns(rig);
    let listed = rig.aws.route53.list_resource_record_sets().hosted_zone_id(&dns.zone).start_record_name(&dns.record).send().await.unwrap();
    let ours = |set: &&ResourceRecordSet| set.failover().is_some() && set.name().trim_end_matches('.') == dns.record;
    listed.resource_record_sets().iter().filter(ours).cloned().collect()
}

/// In one batch both records lead to the target, whatever the health checks say; comes back when the change is in sync.
pub(crate) async fn pin(rig: &Rig, target: Site) {
    let id = lead(rig, target).await;
    until(300, async || is_in_sync(rig, &id).await, |in_sync| *in_sync).await;
}

/// Whether a change of records is everywhere, as Route 53 says.
pub(crate) async fn is_in_sync(rig: &Rig, change: &str) -> bool {
    let got = rig.aws.route53.get_change().id(change).send().await.unwrap();
    got.change_info.unwrap().status == ChangeStatus::Insync
}

/// The same, without waiting: the change's id.
pub(crate) async fn lead(rig: &Rig, target: Site) -> String {
    let (dns, route53) = (dns(rig), &rig.aws.route53);
    let pair = pair(rig).await;
    let wanted = pair.iter().find(|set| set.set_identifier() == Some(&dns.sites.get(target).set_identifier)).unwrap();
    let changes = pair.iter().map(|set| {
        let mut set = set.clone();
        (set.alias_target, set.resource_records, set.ttl) = (wanted.alias_target.clone(), wanted.resource_records.clone(), wanted.ttl);
        Change::builder().action(ChangeAction::Upsert).resource_record_set(set).build().unwrap()
    });
    let batch = ChangeBatch::builder().set_changes(Some(changes.collect())).build().unwrap();
    let asked = route53.change_resource_record_sets().hosted_zone_id(&dns.zone).change_batch(batch).send().await.unwrap();
    asked.change_info().unwrap().id().to_owned()
}

/// What users meet at both resolvers: an address of the site, and a write that was kept there.
pub(crate) async fn proven(rig: &Rig, site: Site) {
    let dns = dns(rig);
    let path = dns.probe.write_path.as_deref().unwrap();
    let network = match site {
        Site::Primary => [198, 51, 100],
        Site::Standby => [203, 0, 113],
    };
    for resolver in [ResolverId::A, ResolverId::B] {
        let lookup = async || rig.way.ask(|world| route53::resolve(world, resolver, &dns.record, RecordKind::A).addresses()).await;
        let addresses = until(300, lookup, |found| found.first().is_some_and(|address| address.octets()[..3] == network)).await;
        let fetch = async || rig.way.fetch(&addresses[0].to_string(), path, PATIENCE, PATIENCE).await;
        let sight = until(300, fetch, |sight| matches!(sight, Some(Sight::Answered { status: 200, .. }))).await;
        let Some(Sight::Answered { body, .. }) = sight else { panic!("{sight:?}") };
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((&body["site"], &body["wrote"]), (&site.word().into(), &true.into()), "{body}");
    }
}
