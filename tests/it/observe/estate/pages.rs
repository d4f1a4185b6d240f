//! Lists of many pages, and lists without an end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use drlab_core::config::{DatabaseKind, Site};
use drlab_core::domain::fact::{Cluster, HealthCheck, Instance, Record, Repository, RestorePoint, Tasks};
use drlab_core::domain::{Cause, Kind, Question, Region, Subject, Topic};
use drlab_lab::world::rds::{NewInstance, add_instance, add_snapshot};
use drlab_lab::world::{World, ecr, ecs};

use super::{ask, ask_at, ask_route53, meddler, workload};
use crate::lab::rig::{Rig, START};

const MINUTE: std::time::Duration = std::time::Duration::from_secs(60);

/// Every database of a kind that the fleet has in a region.
fn databases(rig: &Rig, kind: DatabaseKind, region: &Region) -> Vec<String> {
    let sites = [Site::Primary, Site::Standby];
    let all = rig.stage.config.workloads.iter().flat_map(|workload| sites.map(|site| (workload, site)));
    let here = all.filter(|(workload, site)| workload.region(*site) == region);
    here.filter_map(|(workload, site)| {
        let database = workload.database.as_ref().filter(|database| database.kind == kind)?;
        Some(database.sites.get(site).clone())
    })
    .collect()
}

#[tokio::test(start_paused = true)]
async fn a_region_full_of_databases_is_read_page_by_page() {
    let rig = Rig::open("fleet");
    let calls = Arc::new(AtomicUsize::new(0));
    // RDS's smallest page. The lab would give a hundred.
    let counted = Arc::clone(&calls);
    let small = meddler::asking(&rig, move |body| {
        counted.fetch_add(1, Ordering::Relaxed);
        body.replace("Action=DescribeDBInstances", "MaxRecords=20&Action=DescribeDBInstances")
    });
    let busy = workload(&rig).primary.clone();
    rig.truth(|world| {
        for nth in 0..45 {
            add_instance(world, &busy, NewInstance { id: format!("beside-{nth}"), ..NewInstance::default() }).unwrap();
        }
    });
    let mut paged = 0;
    for region in rig.stage.config.regions() {
        let names = databases(&rig, DatabaseKind::RdsReplica, &region);
        let held = rig.truth(|world| world.regional[&region].rds.instances.len());
        if names.is_empty() {
            continue;
        }
        calls.store(0, Ordering::Relaxed);
        let answer = ask(&small, Question::new(&region, Topic::Instances(names.clone()))).await;
        for name in &names {
            assert_eq!(answer.found::<Instance>(&Subject::new(Kind::Instance, &region, name)).id, *name);
        }
        let pages = held.div_ceil(20);
        assert_eq!(calls.load(Ordering::Relaxed), pages, "{region}: {held} instances");
        paged += usize::from(pages > 1);
        let names = databases(&rig, DatabaseKind::AuroraGlobal, &region);
        let answer = ask(&rig.aws, Question::new(&region, Topic::Clusters(names.clone()))).await;
        for name in &names {
            assert_eq!(answer.found::<Cluster>(&Subject::new(Kind::Cluster, &region, name)).id, *name);
        }
    }
    assert!(paged > 0);
}

#[tokio::test(start_paused = true)]
async fn all_records_and_health_checks_of_the_fleet_are_found_in_a_few_calls() {
    let rig = Rig::open("fleet");
    let all: Vec<_> = rig.stage.config.workloads.iter().filter_map(|workload| workload.dns.as_ref()).collect();
    let zone = &all[0].zone;
    let names: Vec<String> = all.iter().filter(|dns| dns.zone == *zone).map(|dns| dns.record.clone()).collect();
    assert!(names.len() > 10);
    let answer = ask_route53(&rig, Topic::Records { zone: zone.clone(), names: names.clone() }).await;
    for name in &names {
        assert!(!answer.found::<Record>(&Subject::global(Kind::Record, name)).sets.is_empty(), "{name}");
    }
    let ids: Vec<String> = all.iter().filter_map(|dns| dns.sites.get(Site::Primary).health_check.clone()).collect();
    let answer = ask_route53(&rig, Topic::HealthChecks(ids.iter().cloned().chain(["nobody".to_owned()]).collect())).await;
    for id in &ids {
        assert_eq!(answer.found::<HealthCheck>(&Subject::global(Kind::HealthCheck, id)).id, *id);
    }
    assert!(answer.is_missing(&Subject::global(Kind::HealthCheck, "nobody")));
    let asked = rig.way.lab().log(|log| log.entries().filter(|entry| entry.service == "route53").count());
    assert!(asked <= 3, "{asked} calls");
}

/// Puts what fills pages into the lab: snapshots, images, tasks.
fn fill(world: &mut World, region: &Region) {
    for nth in 0..230_u32 {
        let taken = START - MINUTE * (230 - nth);
        add_snapshot(world, region, "tier2-db", &format!("by-hand-{:03}", (nth * 77) % 230), taken, region).unwrap();
    }
    for nth in 0..250 {
        ecr::add_image(world, region, "tier2/app", &format!("build-{nth}")).unwrap();
    }
    let new = ecs::NewService { cluster: "tier2-primary".into(), name: "many".into(), desired: 130, ..ecs::NewService::default() };
    ecs::add_service(world, region, new).unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_is_newest_is_found_on_whatever_page_it_is() {
    let rig = Rig::open("tier2");
    let region = workload(&rig).primary.clone();
    rig.truth(|world| fill(world, &region));
    let point: RestorePoint = ask_at(&rig, Site::Primary, Topic::RestorePoints(vec!["tier2-db".to_owned()])).await.only();
    assert_eq!(point.snapshot.unwrap().at, START - MINUTE);

    let all = ask_at(&rig, Site::Primary, Topic::Repository("tier2/app".to_owned())).await.only::<Repository>().images;
    assert!((0..250).all(|nth| all.iter().any(|image| image.tags.contains(&format!("build-{nth}")))), "{} images", all.len());

    let many = Topic::Tasks { cluster: "tier2-primary".to_owned(), service: "many".to_owned() };
    assert_eq!(ask_at(&rig, Site::Primary, many).await.only::<Tasks>().tasks.len(), 130);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_goes_in_circles_is_left_and_proves_nothing_of_what_it_did_not_show() {
    let rig = Rig::open("tier2");
    let region = workload(&rig).primary.clone();
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    // The same page again and again, whatever marker is sent.
    let circles = meddler::both(
        &rig,
        |body| body.replace("&Marker=again", ""),
        move |status, body| {
            counted.fetch_add(1, Ordering::Relaxed);
            (status, body.replace("</DBInstances>", "</DBInstances><Marker>again</Marker>"))
        },
    );
    let question = |names: &[&str]| Question::new(&region, Topic::Instances(names.iter().map(|name| (*name).to_owned()).collect()));
    let found: Instance = ask(&circles, question(&["tier2-db"])).await.only();
    assert_eq!((found.id.as_str(), calls.load(Ordering::Relaxed)), ("tier2-db", 2), "what was seen is there");
    // The other one may well be on a page that never came: that is not knowing, and not missing.
    let trouble = ask(&circles, question(&["tier2-db", "other"])).await.trouble();
    assert_eq!(trouble.cause, Cause::Unintelligible);
    assert!(trouble.text.contains("does not end"), "{}", trouble.text);
}

#[tokio::test(start_paused = true)]
async fn a_list_of_ever_new_pages_is_left_as_well() {
    let rig = Rig::open("tier2");
    let region = workload(&rig).primary.clone();
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let endless = meddler::both(
        &rig,
        |body| body.split("&Marker=").next().unwrap_or_default().to_owned(),
        move |status, body| {
            let nth = counted.fetch_add(1, Ordering::Relaxed);
            (status, body.replace("</DBInstances>", &format!("</DBInstances><Marker>{nth}</Marker>")))
        },
    );
    let trouble = ask(&endless, Question::new(&region, Topic::Instances(vec!["other".to_owned()]))).await.trouble();
    assert_eq!((trouble.cause, calls.load(Ordering::Relaxed)), (Cause::Unintelligible, 100));
}

#[tokio::test(start_paused = true)]
async fn record_pages_that_repeat_give_what_is_on_them() {
    let rig = Rig::open("tier2");
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    // Every page ends where it began.
    let stuck = meddler::answering(&rig, move |status, body| {
        counted.fetch_add(1, Ordering::Relaxed);
        let next = "<IsTruncated>true</IsTruncated><NextRecordName>aaa.example.com.</NextRecordName><NextRecordType>A</NextRecordType>";
        (status, body.replace("<IsTruncated>false</IsTruncated>", next))
    });
    let zone = || "Z04TIER2LAB0123456789".to_owned();
    let records =
        |names: &[&str]| Question::global(Topic::Records { zone: zone(), names: names.iter().map(|name| (*name).to_owned()).collect() });
    assert_eq!(ask(&stuck, records(&["tier2.example.com"])).await.only::<Record>().sets.len(), 2);
    assert_eq!(ask(&stuck, records(&["tier2.example.com", "zzz.example.com"])).await.trouble().cause, Cause::Unintelligible);
    assert!(calls.load(Ordering::Relaxed) <= 6, "{calls:?}");
}
