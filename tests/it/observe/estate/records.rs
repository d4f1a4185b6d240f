//! Zones, records, health checks and their checkers.

use drlab_core::config::Site;
use drlab_core::domain::fact::{Checkers, HealthCheck, Record, Zone};
use drlab_core::domain::{Cause, Kind, Subject, Topic};
use drlab_lab::world::route53::{CheckConfig, CheckKind, RecordKind, RecordSet, accelerate_recovery, add_health_check, add_record};
use tokio::time::{Duration, Instant, sleep};

use super::{Answer, SITES, SYSTEMS, ask_route53, paused, workload};
use crate::lab::rig::{LOOK, Rig};

const ZONE: &str = "Z04TIER2LAB0123456789";

async fn records(rig: &Rig, zone: &str, names: &[&str]) -> Answer {
    ask_route53(rig, Topic::Records { zone: zone.to_owned(), names: names.iter().map(|name| (*name).to_owned()).collect() }).await
}

fn record(name: &str) -> Subject {
    Subject::global(Kind::Record, name)
}

/// How often Route 53 was asked for records so far.
fn pages_read(rig: &Rig) -> usize {
    rig.way.lab().log(|log| log.entries().filter(|entry| entry.operation == "ListResourceRecordSets").count())
}

#[test]
fn the_record_leads_to_both_sites_in_their_roles() {
    for topology in SYSTEMS {
        paused(async {
            let rig = Rig::open(topology);
            let dns = workload(&rig).dns.as_ref().unwrap();
            let found: Record = records(&rig, &dns.zone, &[&dns.record]).await.found(&workload(&rig).record_subject(dns));
            assert_eq!((found.name.as_str(), found.sets.len()), (dns.record.as_str(), 2), "{topology}");
            for (site, role) in SITES.into_iter().zip(["PRIMARY", "SECONDARY"]) {
                let at = dns.sites.get(site);
                let set = found.sets.iter().find(|set| set.set_identifier.as_deref() == Some(&*at.set_identifier)).unwrap();
                let kind = if set.alias.is_some() { "A" } else { "CNAME" };
                assert_eq!((set.kind.as_str(), set.failover.as_deref(), set.weight), (kind, Some(role), None));
                assert_eq!(set.health_check, at.health_check, "{topology} {site:?}");
                match &set.alias {
                    Some(alias) => {
                        assert_eq!(Some(&alias.name), at.load_balancer.as_ref());
                        assert!(alias.zone.starts_with('Z') && set.ttl.is_none() && set.values.is_empty());
                    }
                    None => assert!(set.ttl.is_some() && !set.values.is_empty(), "{set:?}"),
                }
            }
        });
    }
}

#[tokio::test(start_paused = true)]
async fn a_zone_says_what_it_is_and_whether_it_outlives_its_control_plane() {
    let rig = Rig::open("tier2");
    let zone = async || ask_route53(&rig, Topic::Zone(ZONE.to_owned())).await.only::<Zone>();
    let found = zone().await;
    assert_eq!((found.id.as_str(), found.name.as_str(), found.private), (ZONE, "example.com", false));
    assert_eq!((found.accelerated_recovery, found.name_servers.len()), (Some(false), 4));
    assert!(found.records.unwrap() >= 4 && found.name_servers.iter().all(|server| !server.ends_with('.')));
    rig.truth(|world| accelerate_recovery(world, ZONE));
    assert_eq!(zone().await.accelerated_recovery, Some(true));
    assert!(ask_route53(&rig, Topic::Zone("Z0000000NOBODY".to_owned())).await.all_missing());
}

#[tokio::test(start_paused = true)]
async fn names_without_records_are_missing_and_so_is_all_of_a_zone_that_is_not_there() {
    let rig = Rig::open("tier2");
    // Before, beneath, and past everything there is.
    let names = ["aaa.example.com", "x.tier2.example.com", "zzz.example.com", "tier2.example.com"];
    let answer = records(&rig, ZONE, &names).await;
    assert!(names[..3].iter().all(|name| answer.is_missing(&record(name))));
    assert_eq!(answer.found::<Record>(&record(names[3])).sets.len(), 2);
    assert!(records(&rig, "Z0000000NOBODY", &names).await.all_missing());
}

#[tokio::test(start_paused = true)]
async fn a_large_zone_costs_a_page_for_a_name_and_not_the_whole_list() {
    let rig = Rig::open("tier2");
    rig.truth(|world| {
        for nth in 0..120 {
            for name in [format!("a{nth:03}.example.com"), format!("z{nth:03}.example.com")] {
                add_record(world, ZONE, RecordSet::simple(&name, RecordKind::Txt, 60, &["\"x\""])).unwrap();
            }
        }
    });
    let answer = records(&rig, ZONE, &["tier2.example.com"]).await;
    assert_eq!((answer.only::<Record>().sets.len(), pages_read(&rig)), (2, 1));
    let answer = records(&rig, ZONE, &["z119.example.com", "a000.example.com", "a050.example.com", "Z000.example.com"]).await;
    for name in ["z119.example.com", "a000.example.com", "a050.example.com", "Z000.example.com"] {
        let found: Record = answer.found(&record(name));
        assert_eq!((found.name.as_str(), found.sets.len(), found.sets[0].ttl), (name, 1, Some(60)));
    }
    assert!(pages_read(&rig) <= 1 + 4, "at most a page for each name");
}

#[tokio::test(start_paused = true)]
async fn a_name_with_more_records_than_a_page_has_all_of_them() {
    let rig = Rig::open("tier2");
    rig.truth(|world| {
        for nth in 0..240 {
            let set = RecordSet::simple("busy.example.com", RecordKind::A, 60, &["198.51.100.9"]).weighted(&format!("s{nth:03}"), 1);
            add_record(world, ZONE, set).unwrap();
        }
        add_record(world, ZONE, RecordSet::simple("*.wild.example.com", RecordKind::Txt, 60, &["\"x\""])).unwrap();
    });
    let answer = records(&rig, ZONE, &["busy.example.com", "busz.example.com", "tier2.example.com", "*.wild.example.com"]).await;
    let busy: Record = answer.found(&record("busy.example.com"));
    assert_eq!(busy.sets.len(), 240);
    assert!(busy.sets.iter().all(|set| set.weight == Some(1) && set.values == ["198.51.100.9"]));
    assert!(answer.is_missing(&record("busz.example.com")));
    assert_eq!(answer.found::<Record>(&record("tier2.example.com")).sets.len(), 2);
    assert_eq!(answer.found::<Record>(&record("*.wild.example.com")).sets[0].kind, "TXT");
}

#[test]
fn health_checks_look_at_the_site_they_stand_for() {
    for topology in SYSTEMS {
        paused(async {
            let rig = Rig::open(topology);
            let dns = workload(&rig).dns.as_ref().unwrap();
            let subjects: Vec<Subject> =
                SITES.iter().filter_map(|site| workload(&rig).health_check_subject(Kind::HealthCheck, dns, *site)).collect();
            let ids: Vec<String> = subjects.iter().map(|subject| subject.name.clone()).chain(["nobody".to_owned()]).collect();
            let answer = ask_route53(&rig, Topic::HealthChecks(ids)).await;
            for subject in &subjects {
                let check: HealthCheck = answer.found(subject);
                assert!(check.kind.starts_with("HTTP") && check.target.contains(&dns.probe.path), "{topology}: {check:?}");
                assert!(check.interval_seconds.is_some() && check.failure_threshold == Some(3));
                assert!(!check.inverted && !check.disabled && check.version >= 1);
                let checkers: Checkers = ask_route53(&rig, Topic::Checkers(check.id.clone())).await.only();
                assert!(
                    checkers.reports.len() >= 8 && checkers.is_healthy() == Some(*subject == subjects[0] || topology != "pilot"),
                    "{topology}: {checkers:?}"
                );
                assert!(checkers.reports.iter().all(|report| !report.region.is_empty() && !report.address.is_empty()));
            }
            assert!(answer.is_missing(&Subject::global(Kind::HealthCheck, "nobody")));
            assert!(ask_route53(&rig, Topic::Checkers("nobody".to_owned())).await.all_missing());
        });
    }
}

#[tokio::test(start_paused = true)]
async fn checkers_see_the_primary_go_down() {
    let rig = Rig::open("payments");
    let dns = workload(&rig).dns.as_ref().unwrap();
    let id = dns.sites.get(Site::Primary).health_check.clone().unwrap();
    rig.inject("app-down:primary", None, None);
    let deadline = Instant::now() + Duration::from_secs(120);
    loop {
        let now: Checkers = ask_route53(&rig, Topic::Checkers(id.clone())).await.only();
        if now.is_healthy() == Some(false) {
            let failing = now.reports.iter().find(|report| !report.ok).unwrap();
            assert!(failing.report.starts_with("Failure"), "{failing:?}");
            break;
        }
        assert!(Instant::now() < deadline, "{now:?}");
        sleep(LOOK).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_check_made_of_others_has_no_checkers_and_says_so() {
    let rig = Rig::open("tier2");
    let child = workload(&rig).dns.as_ref().unwrap().sites.get(Site::Primary).health_check.clone().unwrap();
    rig.truth(|world| {
        let children = vec![child];
        add_health_check(world, "sum", CheckConfig { children, health_threshold: 1, ..CheckConfig::new(CheckKind::Calculated) });
    });
    let trouble = ask_route53(&rig, Topic::Checkers("sum".to_owned())).await.trouble();
    assert_eq!(trouble.cause, Cause::Unintelligible);
    assert!(trouble.text.contains("sum has no checkers of its own"), "{}", trouble.text);
    let check: HealthCheck = ask_route53(&rig, Topic::HealthChecks(vec!["sum".to_owned()])).await.only();
    assert_eq!((check.kind.as_str(), check.target.as_str()), ("CALCULATED", "1 of 1 health checks"));
}
