//! Before anything happens nothing is wrong: what would be red on the first morning is a mistake of the lab's, not a finding.

use aws_sdk_cloudwatch::types::{AlarmType, StateValue};
use drlab_core::config::SiteService;
use drlab_lab::topologies::TOPOLOGIES;
use tokio::time::{Duration, sleep};

use crate::lab::rig::{Rig, paused};

/// Longer than any built-in alarm looks back, and than any metric is late.
const A_WHILE: Duration = Duration::from_secs(20 * 60);

#[test]
fn a_lab_that_nobody_breaks_stays_well() {
    for topology in TOPOLOGIES.iter().filter(|topology| topology.name != "fleet") {
        paused(async {
            let rig = Rig::open(topology.name);
            sleep(A_WHILE).await;
            let ill: Vec<_> = alarms(&rig).await.into_iter().chain(targets(&rig).await).collect();
            assert!(ill.is_empty(), "{}: {ill:#?}", topology.name);
            let truth = rig.workload();
            assert_eq!((&truth["landing"], &truth["split"]), (&"primary".into(), &false.into()), "{}", topology.name);
        });
    }
}

async fn alarms(rig: &Rig) -> Vec<String> {
    let mut ringing = Vec::new();
    for (region, clients) in &rig.aws.regions {
        let asked = clients.cloudwatch.describe_alarms().alarm_types(AlarmType::MetricAlarm).alarm_types(AlarmType::CompositeAlarm);
        let found = asked.state_value(StateValue::Alarm).send().await.unwrap();
        let metric = found.metric_alarms().iter().map(|alarm| (alarm.alarm_name(), alarm.state_reason()));
        let composite = found.composite_alarms().iter().map(|alarm| (alarm.alarm_name(), alarm.state_reason()));
        ringing.extend(metric.chain(composite).map(|alarm| format!("{region} {alarm:?}")));
    }
    ringing
}

/// Services that do not run what they should, and targets that are not healthy.
async fn targets(rig: &Rig) -> Vec<String> {
    let workload = &rig.stage.config.workloads[0];
    let mut ill = Vec::new();
    for service in &workload.services {
        for (region, at) in [(&workload.primary, &service.sites.primary), (&workload.standby, &service.sites.standby)] {
            ill.extend(ill_of(rig, region, at).await);
        }
    }
    ill
}

async fn ill_of(rig: &Rig, region: &drlab_core::domain::Region, at: &SiteService) -> Vec<String> {
    let clients = rig.at(region);
    let found = clients.ecs.describe_services().cluster(&at.cluster).services(&at.service).send().await.unwrap();
    let health = clients.elb.describe_target_health().target_group_arn(at.target_group.as_ref().unwrap()).send().await.unwrap();
    let states = health.target_health_descriptions().iter().filter_map(|target| target.target_health());
    let unwell = states.filter(|health| health.state().is_none_or(|state| state.as_str() != "healthy"));
    let mut ill: Vec<_> = unwell.map(|health| format!("{region} {}: {health:?}", at.service)).collect();
    let service = &found.services()[0];
    let configured = i32::try_from(at.tasks).unwrap();
    // Where the service scales by itself it may want more, and has it.
    let wanted = if at.bounds.is_some() { service.desired_count().max(configured) } else { configured };
    if (service.running_count(), service.desired_count()) != (wanted, wanted) {
        ill.push(format!("{region} {}: {} running, {} desired", at.service, service.running_count(), service.desired_count()));
    }
    ill
}
