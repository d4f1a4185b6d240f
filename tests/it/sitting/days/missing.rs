//! What is not there is said to be missing: it is neither zero, nor unknown, nor well.

use drlab_core::config::{Named, Notify, Sites, Workflow, Workload};
use drlab_core::domain::{Region, Verdict};

use super::{MINUTE, built, misled};
use crate::lab::rig::config;

#[test]
fn a_service_that_does_not_exist_is_missing_and_not_zero_tasks() {
    misled(
        "tier2",
        |workload| workload.services[0].sites.standby.service = "no-such-service".to_owned(),
        async |seat| {
            seat.wait(MINUTE).await;
            let row = seat.row("standby/service/app");
            assert_eq!((row.verdict, row.value.as_str(), row.number, row.gauge), (Verdict::Critical, "missing", None, None));
            assert!(row.reason.as_ref().unwrap().starts_with("service no-such-service does not exist"), "{row:?}");
            assert!(seat.reads(&["app", "missing"]) && !seat.text().contains("0/0"), "{}", seat.text());
            assert_eq!(seat.assessment().readiness.ready(), Some(false));
            assert_eq!(seat.row("primary/service/app").verdict, Verdict::Healthy);
            seat.stands_everywhere();
        },
    );
}

#[test]
fn a_cluster_that_does_not_exist_is_a_missing_service() {
    misled(
        "tier2",
        |workload| workload.services[0].sites.primary.cluster = "no-such-cluster".to_owned(),
        async |seat| {
            seat.wait(MINUTE).await;
            let row = seat.row("primary/service/app");
            assert_eq!((row.verdict, row.value.as_str(), row.gauge), (Verdict::Critical, "missing", None), "{row:?}");
            assert!(seat.reads(&["app", "missing"]), "{}", seat.text());
        },
    );
}

#[test]
fn a_database_that_does_not_exist_is_missing_and_nothing_can_fail_over_to_it() {
    misled(
        "tier2",
        |workload| workload.database.as_mut().unwrap().sites.standby = "no-such-db".to_owned(),
        async |seat| {
            seat.wait(MINUTE).await;
            let row = seat.row("standby/database");
            assert_eq!((row.verdict, row.value.as_str()), (Verdict::Critical, "missing"), "{row:?}");
            assert!(seat.reads(&["db", "missing"]), "{}", seat.text());
            assert_eq!(seat.assessment().readiness.ready(), Some(false));
            assert_ne!(seat.assessment().verdict, Verdict::Healthy);
            assert!(
                seat.assessment().reasons.iter().any(|reason| reason.contains("no-such-db does not exist")),
                "{:?}",
                seat.assessment().reasons
            );
            seat.stands_everywhere();
        },
    );
}

#[test]
fn an_aurora_cluster_that_does_not_exist_is_missing() {
    misled(
        "payments",
        |workload| workload.database.as_mut().unwrap().sites.standby = "no-such-cluster".to_owned(),
        async |seat| {
            seat.wait(MINUTE).await;
            let row = seat.row("standby/database");
            assert_eq!((row.verdict, row.value.contains("missing")), (Verdict::Critical, true), "{row:?}");
            assert_eq!(seat.assessment().readiness.ready(), Some(false));
        },
    );
}

/// One of everything else that the configuration may name, and that nobody has made.
#[test]
fn whatever_else_does_not_exist_is_named() {
    let mislead = |workload: &mut Workload| {
        workload.buckets[0].sites.standby = "no-such-bucket".to_owned();
        workload.alarms[0].name = "no-such-alarm".to_owned();
        workload.keys[0].standby = "no-such-key".to_owned();
        workload.tables = vec![Named { name: "no-such-table".to_owned(), region: Region::new("us-west-2") }];
        workload.functions = vec![Named { name: "no-such-function".to_owned(), region: Region::new("us-west-2") }];
        workload.notify.topic.standby = Some("arn:aws:sns:us-west-2:123456789012:no-such-topic".to_owned());
        workload.database.as_mut().unwrap().secret = Some(drlab_core::config::Secret::Same("no/such/secret".to_owned()));
        let dns = workload.dns.as_mut().unwrap();
        dns.zone = "ZNOSUCHZONE".to_owned();
    };
    misled("tier2", mislead, async |seat| {
        seat.wait(MINUTE * 6).await;
        let rows = seat.assessment().components();
        let missing: Vec<_> = rows.filter(|row| row.value.contains("missing")).map(|row| row.id.clone()).collect();
        for id in ["standby/bucket", "primary/alarms", "standby/key", "standby/secret", "standby/topic", "dns/zone", "function", "table"] {
            assert!(missing.iter().any(|row| row.contains(id)), "{id} is not among the missing: {missing:?}\n{:#?}", seat.assessment());
        }
        for id in &missing {
            assert!(matches!(seat.row(id).verdict, Verdict::Degraded | Verdict::Critical), "{:?}", seat.row(id));
        }
        seat.stands_everywhere();
    });
}

#[test]
fn a_record_that_does_not_exist_leads_nowhere_and_says_so() {
    misled(
        "tier2",
        |workload| workload.dns.as_mut().unwrap().record = "nowhere.example.com".to_owned(),
        async |seat| {
            seat.wait(MINUTE).await;
            let row = seat.row("dns/record");
            assert!(matches!(row.verdict, Verdict::Critical | Verdict::Degraded), "{row:?}");
            assert_eq!(seat.assessment().landing.site(), None);
            assert!(seat.text().contains("nowhere.example.com"), "{}", seat.text());
        },
    );
}

/// What a workload does not have is not asked for, not shown, and nothing to worry about.
#[test]
fn a_workload_may_consist_of_almost_nothing() {
    let bare = |workload: &mut Workload| {
        workload.database = None;
        workload.buckets.clear();
        workload.dns = None;
        workload.alarms.clear();
        workload.keys.clear();
        workload.repositories.clear();
        workload.automations.clear();
        workload.log_groups.clear();
        workload.notify = Notify::default();
        workload.workflow = Workflow::default();
    };
    let barest = |workload: &mut Workload| {
        bare(workload);
        workload.services.clear();
    };
    misled("tier2", bare, async |seat| {
        seat.wait(MINUTE * 2).await;
        assert_ne!(seat.assessment().verdict, Verdict::Critical, "{:#?}", seat.assessment().reasons);
        assert!(!seat.text().contains("db "), "{}", seat.text());
        assert!(seat.reads(&["app", "2/2 running"]), "{}", seat.text());
        seat.press("y L c R");
        seat.stands_everywhere();
    });
    misled("tier2", barest, async |seat| {
        seat.wait(MINUTE * 2).await;
        assert_ne!(seat.assessment().readiness.ready(), Some(true), "nothing is never ready");
        seat.press("enter y L c R j k l h");
        seat.stands_everywhere();
    });
}

/// A pilot light runs nothing by design: that is no outage, and it says what it would run.
#[test]
fn no_task_at_a_pilot_light_is_as_it_should_be() {
    let resolvers_alone = |workload: &mut Workload| workload.dns.as_mut().unwrap().name_servers.clear();
    misled("pilot", resolvers_alone, async |seat| {
        seat.wait(MINUTE * 3).await;
        let row = seat.row("standby/service/web");
        assert_eq!(row.verdict, Verdict::Healthy, "{row:?}");
        assert!(row.value.starts_with("0/0 running") && row.value.contains("(2 on failover)"), "{row:?}");
        assert_eq!(seat.assessment().sites.standby.dark_since, None);
        assert!(seat.reads(&["web", "0/0 running"]), "{}", seat.text());
        let edge = seat.assessment().sites.standby.components.iter().find(|row| row.label == "edge").unwrap();
        assert_eq!(edge.verdict, Verdict::Healthy, "{edge:?}");
    });
}

/// The same where users are is an outage.
#[test]
fn no_task_where_users_are_is_an_outage() {
    let config = config("pilot");
    built(config, async |seat| {
        let ecs = seat.rig.primary().ecs.clone();
        ecs.update_service().cluster("pilot-primary").service("web").desired_count(0).send().await.unwrap();
        seat.wait(MINUTE * 2).await;
        let row = seat.row("primary/service/web");
        assert_eq!(row.verdict, Verdict::Critical, "{row:?}");
        assert_eq!(seat.assessment().verdict, Verdict::Critical);
    });
}

/// Sites are told apart even where they have the same names.
#[test]
fn the_same_name_at_both_sites_is_two_things() {
    misled(
        "tier2",
        |workload| workload.keys = vec![Sites::new("mrk-x".to_owned(), "mrk-x".to_owned())],
        async |seat| {
            seat.wait(MINUTE * 6).await;
            for id in ["primary/key", "standby/key"] {
                assert_eq!(seat.row(id).value, "missing", "{:?}", seat.row(id));
            }
        },
    );
}
