//! Target groups, targets and certificates.

use std::time::Duration;

use drlab_core::config::Site;
use drlab_core::domain::fact::{Certificate, TargetGroup, Targets};
use drlab_core::domain::{Kind, Region, Subject, Topic};
use drlab_lab::world::acm::add_certificate;
use drlab_lab::world::elb::{NewTargetGroup, add_target_group};
use tokio::time::sleep;

use super::{Answer, SITES, SYSTEMS, ask_at, paused, workload};
use crate::lab::rig::{LOOK, Rig, START};

const DAY: Duration = Duration::from_secs(86_400);

async fn groups(rig: &Rig, arns: &[String]) -> Answer {
    ask_at(rig, Site::Primary, Topic::TargetGroups(arns.to_vec())).await
}

async fn certificate(rig: &Rig, name: &str) -> Answer {
    ask_at(rig, Site::Standby, Topic::Certificates(vec![name.to_owned()])).await
}

fn arn_of(rig: &Rig) -> String {
    workload(rig).services[0].sites.primary.target_group.clone().unwrap()
}

#[test]
fn every_task_is_a_healthy_target_of_a_group_in_use() {
    for topology in SYSTEMS {
        paused(async {
            let rig = Rig::open(topology);
            for site in SITES {
                for service in &workload(&rig).services {
                    let Some(subject) = workload(&rig).target_subject(Kind::TargetGroup, service, site) else { continue };
                    let answer = ask_at(&rig, site, Topic::TargetGroups(vec![subject.name.clone()])).await;
                    let group: TargetGroup = answer.found(&subject);
                    assert_eq!((group.arn.as_str(), group.load_balancers.len()), (subject.name.as_str(), 1));
                    assert_eq!((group.protocol.as_deref(), group.target_type.as_deref()), (Some("HTTP"), Some("ip")));
                    assert!(group.port.is_some() && group.health_path.as_deref().is_some_and(|path| path.starts_with('/')));
                    assert!(subject.name.contains(&format!("targetgroup/{}/", group.name)));

                    let subject = workload(&rig).target_subject(Kind::Targets, service, site).unwrap();
                    let targets: Targets = ask_at(&rig, site, Topic::Targets(subject.name.clone())).await.found(&subject);
                    let tasks = service.sites.get(site).tasks as usize;
                    assert_eq!((targets.healthy(), targets.registered()), (tasks, tasks), "{topology} {site:?}");
                    assert!(targets.targets.iter().all(|target| target.port.is_some() && target.reason.is_none()));
                }
            }
        });
    }
}

#[tokio::test(start_paused = true)]
async fn targets_say_what_is_wrong_with_them() {
    let rig = Rig::open("payments");
    rig.inject("app-down:primary", None, None);
    let arn = arn_of(&rig);
    let sick = async || {
        let targets: Targets = ask_at(&rig, Site::Primary, Topic::Targets(arn.clone())).await.only();
        targets.targets.into_iter().find(|target| target.state == "unhealthy")
    };
    let found = loop {
        if let Some(found) = sick().await {
            break found;
        }
        sleep(LOOK).await;
    };
    assert_eq!(found.reason.as_deref(), Some("Target.ResponseCodeMismatch"));
    assert!(found.description.unwrap().contains("503"));
}

#[tokio::test(start_paused = true)]
async fn one_bad_arn_does_not_lose_the_others() {
    let rig = Rig::open("tier2");
    let region: Region = workload(&rig).primary.clone();
    let arn = arn_of(&rig);
    let stranger = format!("{}beef", &arn[..arn.len() - 4]);
    // More than one call takes, the bad ones among the first.
    let more = rig.truth(|world| {
        let new = |nth: i32| NewTargetGroup { name: format!("more-{nth}"), ..NewTargetGroup::default() };
        (0..24).map(|nth| add_target_group(world, &region, new(nth)).unwrap()).collect::<Vec<_>>()
    });
    let bad = [stranger.clone(), "no arn at all".to_owned()];
    let asked: Vec<String> = bad.iter().cloned().chain([arn.clone()]).chain(more.clone()).collect();
    let answer = groups(&rig, &asked).await;
    let subject = |arn: &String| Subject::new(Kind::TargetGroup, &region, arn);
    for good in more.iter().chain([&arn]) {
        assert_eq!(answer.found::<TargetGroup>(&subject(good)).arn, *good);
    }
    assert!(bad.iter().all(|arn| answer.is_missing(&subject(arn))));
    assert!(groups(&rig, &bad[..1]).await.all_missing());
    assert!(ask_at(&rig, Site::Primary, Topic::Targets(stranger)).await.all_missing());
}

#[test]
fn both_sites_hold_a_certificate_for_what_users_ask_for() {
    for topology in SYSTEMS {
        paused(async {
            let rig = Rig::open(topology);
            let dns = workload(&rig).dns.as_ref().unwrap();
            for site in SITES {
                let answer = ask_at(&rig, site, Topic::Certificates(vec![dns.record.clone()])).await;
                let found: Certificate = answer.found(&workload(&rig).certificate_subject(dns, site));
                assert_eq!(found.status, "ISSUED", "{topology} {site:?}");
                assert!(found.not_after.unwrap() > START + DAY && found.names.contains(&dns.record));
            }
        });
    }
}

#[tokio::test(start_paused = true)]
async fn the_issued_certificate_that_lives_longest_counts_and_a_star_covers_one_label() {
    let rig = Rig::open("tier2");
    let region = workload(&rig).standby.clone();
    let arns = rig.truth(|world| {
        let mut add = |domain: &str, others: &[&str], days: u32| add_certificate(world, &region, domain, others, DAY * days);
        [
            add("shop.example.org", &[], 0),
            add("*.example.org", &["example.org"], 30),
            add("api.example.org", &["shop.example.org"], 90),
            add("gone.example.net", &[], 0),
        ]
    });
    let found = async |name: &str| certificate(&rig, name).await.only::<Certificate>();
    assert_eq!(found("shop.example.org").await.arn, arns[2], "of two that are issued the longer one");
    assert_eq!(found("Other.Example.org").await.arn, arns[1]);
    assert_eq!(found("example.org").await.arn, arns[1]);
    assert!(certificate(&rig, "a.b.example.org").await.all_missing());
    let expired = found("gone.example.net").await;
    assert_eq!((expired.arn.as_str(), expired.status.as_str()), (arns[3].as_str(), "EXPIRED"), "it tells more than nothing does");
}
