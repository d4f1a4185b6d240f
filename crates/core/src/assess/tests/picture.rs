use std::time::Duration;

use super::fixture::{NOW, World};
use crate::assess::{Gauge, Whereabouts};
use crate::config::Site;
use crate::domain::fact::{Alarm, Checkers, Credentials, Identity, Instance, Service, Subscribed, Topic};
use crate::domain::{Cause, Kind, Measure, Subject, Verdict};

fn value(world: &World, id: &str) -> String {
    world.assess().component(id).unwrap_or_else(|| panic!("no {id}")).value.clone()
}

fn verdict(world: &World, id: &str) -> Verdict {
    world.assess().component(id).unwrap_or_else(|| panic!("no {id}")).verdict
}

#[test]
fn the_steady_state_is_the_picture() {
    let world = World::steady("tier2");
    assert_eq!(value(&world, "primary/edge"), "2/2 healthy  p95 84ms  5xx 0.0%  5400 req/min");
    assert_eq!(value(&world, "primary/service/app"), "2/2 running");
    assert_eq!(value(&world, "primary/database"), "writable  cpu 23%  conn 41");
    assert_eq!(value(&world, "primary/alarms"), "0 of 8");
    assert_eq!(value(&world, "replication/database"), "1.2s");
    assert_eq!(value(&world, "replication/bucket/tier2-app-data"), "0 B · 0 ops");
    assert_eq!(value(&world, "dns/record"), "primary  16/16 up");
    assert_eq!(value(&world, "standby/edge"), "1/1 healthy");
    assert_eq!(value(&world, "standby/service/app"), "1/1 running  (2 on failover)");
    assert_eq!(value(&world, "standby/database"), "replica, promotable");
    assert_eq!(value(&world, "standby/alarms"), "0 of 3");
    let assessment = world.assess();
    assert_eq!(assessment.component("primary/service/app").unwrap().gauge, Some(Gauge { have: 2, want: 2 }));
    assert_eq!((assessment.active, assessment.landing, assessment.headline), (Whereabouts::Primary, Whereabouts::Primary, None));
}

#[test]
fn every_topology_is_healthy_when_all_is_well() {
    for name in ["tier2", "pilot", "platform", "payments", "example"] {
        let world = match name {
            // The example's services have target groups for one of two, and no image.
            "example" => continue,
            name => World::steady(name),
        };
        let assessment = world.assess();
        assert_eq!((assessment.verdict, &assessment.reasons), (Verdict::Healthy, &Vec::new()), "{name}");
        assert_eq!(assessment.readiness.ready(), Some(true), "{name}: {:#?}", assessment.readiness.checks);
        assert_eq!(assessment.impairment.impaired, Some(false), "{name}");
    }
}

#[test]
fn rows_come_in_the_order_in_which_they_are_read() {
    let assessment = World::steady("platform").assess();
    let labels: Vec<&str> = assessment.sites.primary.components.iter().map(|row| row.label.as_str()).collect();
    assert_eq!(labels[..5], ["edge", "frontend", "backend", "db", "alarms"]);
    assert!(assessment.component("control").is_some());
}

#[test]
fn before_anything_is_known_everything_is_named_and_unknown() {
    let assessment = World::empty("tier2").assess();
    assert_eq!(assessment.verdict, Verdict::Unknown);
    assert!(assessment.components().count() > 15);
    for row in assessment.components() {
        assert_eq!((row.verdict, row.value.contains("unknown")), (Verdict::Unknown, true), "{row:?}");
        assert!(row.reason.is_some(), "{row:?}");
    }
    assert_eq!(assessment.readiness.ready(), None);
}

#[test]
fn an_old_value_is_shown_with_its_age_and_called_unknown() {
    let mut world = World::steady("tier2");
    world.later(38);
    world.fails(&world.service(Site::Primary), Cause::Silent, "no answer", 7);
    let assessment = world.assess();
    let row = assessment.component("primary/service/app").unwrap();
    assert_eq!((row.value.as_str(), row.verdict, row.stale), ("2/2 running", Verdict::Unknown, true));
    assert_eq!(row.reason.as_deref(), Some("no answer from ap-southeast-2 for 31s, last seen 39s ago"));
    assert_eq!(row.source_at, Some(NOW - Duration::from_secs(1)));
}

#[test]
fn what_does_not_exist_is_missing_and_not_zero() {
    let mut world = World::steady("tier2");
    world.later(5);
    world.missing(world.service(Site::Primary));
    let assessment = world.assess();
    let row = assessment.component("primary/service/app").unwrap();
    assert_eq!((row.value.as_str(), row.verdict, row.number), ("missing", Verdict::Critical, None));
}

#[test]
fn a_pilot_light_is_healthy_until_users_depend_on_it() {
    let mut world = World::steady("pilot");
    assert_eq!(value(&world, "standby/service/web"), "0/0 running  (2 on failover)");
    assert_eq!(verdict(&world, "standby/service/web"), Verdict::Healthy);
    world.later(5);
    world.land(Site::Standby);
    assert_eq!(verdict(&world, "standby/service/web"), Verdict::Critical);
}

#[test]
fn too_few_tasks_and_a_failed_rollout_are_said() {
    let mut world = World::steady("tier2");
    world.later(5);
    let short = Service { status: "ACTIVE".into(), desired: 2, running: 1, pending: 1, ..Service::default() };
    world.found(world.service(Site::Primary), short);
    assert_eq!(value(&world, "primary/service/app"), "1/2 running  1 pending");
    assert_eq!(world.assess().verdict, Verdict::Degraded);
    world.later(5);
    world.found(world.service(Site::Primary), Service { status: "ACTIVE".into(), desired: 2, running: 0, ..Service::default() });
    assert_eq!(world.assess().verdict, Verdict::Critical);
}

#[test]
fn ringing_alarms_are_named_and_silent_ones_unknown() {
    let mut world = World::steady("tier2");
    world.later(5);
    let ring = |state: &str| Alarm { state: state.to_owned(), ..Alarm::default() };
    let region = world.workload.primary.clone();
    world.found(Subject::new(Kind::Alarm, &region, "tier2-alb-5xx"), ring("ALARM"));
    assert_eq!((value(&world, "primary/alarms"), verdict(&world, "primary/alarms")), ("1 of 8".to_owned(), Verdict::Degraded));
    let assessment = world.assess();
    assert!(assessment.component("primary/alarms").unwrap().reason.as_deref().unwrap().contains("tier2-alb-5xx"));
    world.found(Subject::new(Kind::Alarm, &region, "tier2-db-cpu"), ring("INSUFFICIENT_DATA"));
    assert_eq!(verdict(&world, "primary/alarms"), Verdict::Unknown);
}

#[test]
fn a_lag_of_minus_one_is_broken_and_no_lag_unknown() {
    let mut world = World::steady("tier2");
    world.later(60);
    world.points(world.lag(), -1.0);
    let assessment = world.assess();
    let row = assessment.component("replication/database").unwrap();
    assert_eq!((row.value.as_str(), row.verdict, row.number), ("broken", Verdict::Critical, None));
    assert_eq!(assessment.readiness.loss.database, None);
    assert!(assessment.readiness.loss.told.contains("unbounded"));
    let mut world = World::steady("tier2");
    world.later(5);
    world.found(world.lag(), crate::domain::fact::Series::default());
    assert_eq!((value(&world, "replication/database"), verdict(&world, "replication/database")), ("unknown".to_owned(), Verdict::Unknown));
}

#[test]
fn a_standby_in_trouble_degrades_the_whole_and_no_more() {
    let mut world = World::steady("tier2");
    world.later(5);
    world.found(world.database(Site::Standby), Instance { status: "failed".into(), ..world.instance(Site::Standby) });
    world.found(world.service(Site::Standby), Service { status: "ACTIVE".into(), desired: 1, running: 0, ..Service::default() });
    let assessment = world.assess();
    assert_eq!((assessment.verdict, assessment.readiness.ready()), (Verdict::Degraded, Some(false)));
}

#[test]
fn credentials_are_said_before_they_end_and_after() {
    let mut world = World::steady("tier2");
    world.later(1);
    let ends = |at| Credentials { provider: "sso".to_owned(), expires_at: Some(at) };
    world.found(Subject::credentials(), ends(world.now + Duration::from_secs(29 * 60)));
    assert_eq!(verdict(&world, "credentials"), Verdict::Degraded);
    world.later(1);
    world.found(Subject::credentials(), ends(world.now + Duration::from_secs(31 * 60)));
    assert_eq!(verdict(&world, "credentials"), Verdict::Healthy);
    world.later(1);
    world.found(Subject::credentials(), ends(world.now - Duration::from_secs(240)));
    let assessment = world.assess();
    assert_eq!(assessment.component("credentials").unwrap().reason.as_deref(), Some("credentials expired 4m00s ago"));
    assert!(assessment.headline.unwrap().text.starts_with("CREDENTIALS EXPIRED"));
}

#[test]
fn the_wrong_account_is_critical() {
    let mut world = World::steady("tier2");
    world.later(1);
    let other = Identity { account: "999999999999".to_owned(), arn: String::new() };
    world.found(Subject::new(Kind::Identity, &world.workload.primary.clone(), "caller"), other);
    let assessment = world.assess();
    assert_eq!((verdict(&world, "identity"), assessment.verdict), (Verdict::Critical, Verdict::Critical));
    assert!(assessment.headline.unwrap().text.starts_with("WRONG ACCOUNT"));
    assert_eq!(assessment.readiness.ready(), Some(false));
}

#[test]
fn checkers_without_a_report_are_unknown() {
    let mut world = World::steady("tier2");
    world.later(1);
    let dns = world.workload.dns.clone().unwrap();
    world.found(world.workload.health_check_subject(Kind::Checkers, &dns, Site::Primary).unwrap(), Checkers::default());
    assert_eq!((value(&world, "dns/record"), verdict(&world, "dns/record")), ("primary  checkers unknown".to_owned(), Verdict::Unknown));
}

/// Green stands beside nothing that is wrong.
#[test]
fn what_is_beyond_the_objective_or_heard_by_few_is_not_green() {
    let mut world = World::steady("payments");
    world.workload.objectives.rpo = Duration::from_secs(60);
    world.later(400);
    world.points(world.lag(), 80_000.0);
    assert_eq!(world.assess().component("replication/database").unwrap().verdict, Verdict::Degraded);
    let mut world = World::steady("tier2");
    let arn = world.workload.notify.topic.get(Site::Standby).clone().unwrap();
    let subscriber = |confirmed| Subscribed { protocol: "email".to_owned(), endpoint: String::new(), confirmed };
    world.later(5);
    world.found(
        Subject::new(Kind::Topic, &world.workload.standby.clone(), &arn),
        Topic { arn: arn.clone(), subscriptions: vec![subscriber(true), subscriber(false)] },
    );
    let assessment = world.assess();
    assert_eq!(assessment.component("standby/topic").unwrap().verdict, Verdict::Degraded);
    assert_eq!((assessment.verdict, assessment.sites.standby.verdict), (Verdict::Healthy, Verdict::Healthy), "{:?}", assessment.reasons);
    let check = assessment.readiness.checks.iter().find(|check| check.id == "notify.target").unwrap();
    assert_eq!((check.ok, assessment.readiness.ready()), (Some(false), Some(true)));
}

#[test]
fn a_banner_that_is_amber_says_why_something_below_is_red() {
    let mut world = World::steady("pilot");
    world.later(5);
    world.points(world.lag(), -1.0);
    let halted = Instance { replication: Some("error".to_owned()), ..world.instance(Site::Standby) };
    world.found(world.database(Site::Standby), halted);
    let assessment = world.assess();
    assert_eq!((assessment.verdict, assessment.sites.standby.verdict), (Verdict::Degraded, Verdict::Critical));
    assert_eq!(assessment.reasons[0], "users are served, but a failover would not succeed now");
}

/// What is read is used: refusals, the load balancer's own count, and what Aurora's source says of its secondary.
#[test]
fn what_is_paid_for_is_shown() {
    let mut world = World::steady("payments");
    world.later(5);
    let service = world.workload.services[0].clone();
    let edge = |measure| world.workload.edge_metric(&service, Site::Primary, measure).unwrap();
    let (refused, hosts) = (edge(Measure::ClientErrors), edge(Measure::HealthyHosts));
    world.points(refused, 5_000.0);
    let row = world.assess().component("primary/edge").unwrap().clone();
    assert!(row.value.contains("4xx 92.6%") && row.reason.unwrap().contains("93% of requests were refused (4xx)"), "{}", row.value);
    world.later(100);
    world.points(hosts, 7.0);
    world.fails(&world.target_group(Site::Primary), Cause::Throttled, "throttled", 3);
    let row = world.assess().component("primary/edge").unwrap().clone();
    assert!(row.value.contains("7 healthy by CloudWatch 1m00s ago") && row.verdict == Verdict::Unknown, "{row:?}");
    let database = world.workload.database.clone().unwrap();
    world.points(world.workload.database_metric(&database, Site::Primary, Measure::GlobalRpoLag), 700.0);
    let assessment = world.assess();
    assert!(assessment.component("replication/database").unwrap().value.contains("rpo 700ms"));
    assert!(assessment.readiness.loss.told.starts_with("~700ms of writes"), "{}", assessment.readiness.loss.told);
    // One that is older than the target's own word is not listened to.
    world.later(60);
    world.points(world.lag(), 300.0);
    assert!(world.assess().readiness.loss.told.starts_with("~300ms of writes"), "{}", world.assess().readiness.loss.told);
}

/// A bucket's row leads with its backlog, and rests upon the configuration that nobody sees.
#[test]
fn a_backlog_is_as_old_as_its_point_and_as_sure_as_its_rules() {
    let mut world = World::steady("tier2");
    let id = "replication/bucket/tier2-app-data";
    let row = world.assess().component(id).unwrap().clone();
    assert_eq!((row.source_at, row.stale), (Some(NOW - Duration::from_secs(60)), false));
    let bucket = world.workload.buckets[0].clone();
    world.later(1_000);
    for measure in [Measure::BytesPending, Measure::OperationsPending, Measure::OperationsFailed] {
        world.points(world.workload.bucket_metric(&bucket, Site::Primary, measure), 0.0);
    }
    let row = world.assess().component(id).unwrap().clone();
    assert_eq!((row.source_at, row.stale), (Some(NOW + Duration::from_secs(940)), true));
    assert_eq!(row.verdict, Verdict::Unknown, "{row:?}");
}

/// Somebody still asks for something where users are not: what comes of it is not known, and that is not green.
#[test]
fn what_is_shown_as_unknown_is_not_green_where_nobody_is_either() {
    let mut world = World::steady("tier2");
    let service = world.workload.services[0].clone();
    let edge = |measure| world.workload.edge_metric(&service, Site::Standby, measure).unwrap();
    let (asked, failed) = (edge(Measure::Requests), edge(Measure::ServerErrors));
    world.points(asked, 12.0);
    world.fails(&failed, Cause::Denied, "no", 3);
    let row = world.assess().component("standby/edge").unwrap().clone();
    assert!(row.value.contains("5xx unknown"), "{}", row.value);
    assert_eq!(row.verdict, Verdict::Unknown, "{row:?}");
}

/// A figure of minutes ago beside one of a second ago: the mark of doubt is not shown with the younger one's age.
#[test]
fn what_makes_a_row_doubtful_gives_it_its_age() {
    let mut world = World::steady("tier2");
    let began = world.now;
    let row = |world: &World| world.assess().component("dns/record").unwrap().clone();
    assert!(!row(&world).stale);
    world.later(600);
    world.land(Site::Primary);
    let row = row(&world);
    assert!(row.stale && row.source_at.unwrap() <= began, "{row:?}");
}
