use std::time::Duration;

use super::fixture::World;
use crate::config::{Flip, Site};
use crate::domain::fact::{Execution, HealthCheck, Instance, Machine, Point, Repository, Rule, Series, Sight};
use crate::domain::{Cause, Kind, Measure, Subject, Timestamp, Verdict};

fn check(world: &World, id: &str) -> Option<bool> {
    let checks = world.assess().readiness.checks;
    checks.iter().find(|check| check.id == id).unwrap_or_else(|| panic!("no {id} in {checks:#?}")).ok
}

#[test]
fn a_replica_that_is_backing_up_cannot_be_promoted() {
    let mut world = World::steady("tier2");
    let ready = world.assess().readiness.forecast.p50;
    world.later(5);
    world.found(world.database(Site::Standby), Instance { status: "backing-up".into(), ..world.instance(Site::Standby) });
    assert_eq!(check(&world, "database.target.promotable"), Some(false));
    assert_eq!(world.assess().readiness.ready(), Some(false));
    assert!(world.assess().readiness.forecast.p50 > ready);
}

#[test]
fn a_replica_without_backups_is_said_and_stops_nothing() {
    let world = World::steady("tier2");
    let readiness = world.assess().readiness;
    let found = readiness.checks.iter().find(|check| check.id == "database.target.backups").unwrap();
    assert_eq!((found.ok, found.required, found.why.as_str()), (Some(false), false, "replica keeps no backups for its first day"));
    assert_eq!(readiness.ready(), Some(true));
}

#[test]
fn the_image_must_be_where_it_is_needed() {
    let mut world = World::steady("tier2");
    world.later(5);
    let region = world.workload.standby.clone();
    world.found(Subject::new(Kind::Repository, &region, "tier2/app"), Repository { name: "tier2/app".into(), images: Vec::new() });
    assert_eq!(check(&world, "service.app.image"), Some(false));
}

#[test]
fn a_running_execution_is_not_quiet() {
    let mut world = World::steady("tier2");
    world.later(5);
    let subject = world.workload.automation_subject(&world.workload.automations[0].clone());
    let running = Execution { name: "auto".into(), status: "RUNNING".into(), ..Execution::default() };
    world.found(subject, Machine { executions: vec![running], ..Machine::default() });
    assert_eq!(check(&world, "automation.quiet"), Some(false));
}

#[test]
fn an_old_value_satisfies_nothing() {
    let mut world = World::steady("tier2");
    world.later(16);
    assert_eq!(check(&world, "database.target.promotable"), None);
    assert_eq!(world.assess().readiness.ready(), None);
}

#[test]
fn an_inverted_health_check_is_said() {
    let mut world = World::steady("tier2");
    world.later(5);
    world.workload.dns.as_mut().unwrap().flip = Flip::Automatic;
    let dns = world.workload.dns.clone().unwrap();
    let subject = world.workload.health_check_subject(Kind::HealthCheck, &dns, Site::Primary).unwrap();
    world.found(subject, HealthCheck { inverted: true, ..HealthCheck::default() });
    assert_eq!(check(&world, "dns.health_check"), Some(false));
    assert_eq!(world.assess().readiness.ready(), Some(false));
}

#[test]
fn a_silent_control_plane_is_no() {
    let mut world = World::steady("tier2");
    world.later(5);
    let dns = world.workload.dns.clone().unwrap();
    world.fails(&world.workload.record_subject(&dns), Cause::Silent, "no answer", 1);
    assert_eq!(check(&world, "dns.control_plane"), Some(false));
}

#[test]
fn loss_is_the_lag_and_what_came_since() {
    let world = World::steady("tier2");
    let loss = world.assess().readiness.loss;
    assert_eq!(loss.database, Some(Duration::from_millis(61_200)));
    assert_eq!((loss.objects, loss.bytes), (Some(0), Some(0)));
    assert_eq!(loss.told, "~1.2s of writes, at most 1m01s · 0 objects");
    assert_eq!(World::steady("payments").assess().readiness.loss.database, Some(Duration::from_millis(60_400)));
}

/// RDS says that the link is gone before anybody has failed often enough: what is lost is what the source had not sent by then.
#[test]
fn a_link_that_goes_with_its_source_is_not_taken_for_one_that_has_stood() {
    let mut world = World::steady("tier2");
    world.later(200);
    let halted = Instance { replication: Some("error".to_owned()), ..world.instance(Site::Standby) };
    world.found(world.database(Site::Standby), halted);
    let loss = |world: &World| world.assess().readiness.loss;
    let stood = loss(&world);
    assert!(stood.about.is_none() && stood.told.starts_with("at most 4m21s of writes and growing"), "nobody knows when it went: {stood:?}");
    // Whoever answers after that is well, and it is the link alone.
    let mut link = World { now: world.now, workload: world.workload.clone(), snapshot: world.snapshot.clone() };
    link.later(5);
    link.seen(link.workload.site_sight(Site::Primary), Some(200));
    assert!(loss(&link).about > Some(Duration::from_secs(150)), "{:?}", loss(&link));
    let sight = world.workload.site_sight(Site::Primary);
    world.seen(sight, None);
    let gone = loss(&world);
    assert!(gone.about < Some(Duration::from_secs(5)) && gone.database == stood.database, "{gone:?}");
}

#[test]
fn a_bound_grows_while_nobody_measures() {
    let mut world = World::steady("tier2");
    world.later(600);
    assert_eq!(world.assess().readiness.loss.database, Some(Duration::from_millis(661_200)));
    assert_eq!(world.assess().readiness.loss.objects, None);
    assert_eq!(check(&world, "database.lag"), None);
}

#[test]
fn objects_on_their_way_are_counted_with_their_age() {
    let mut world = World::steady("tier2");
    world.later(60);
    let bucket = world.workload.buckets[0].clone();
    world.points(world.workload.bucket_metric(&bucket, Site::Primary, Measure::OperationsPending), 7.0);
    world.points(world.workload.bucket_metric(&bucket, Site::Primary, Measure::BytesPending), 2_500_000.0);
    let loss = world.assess().readiness.loss;
    assert_eq!((loss.objects, loss.bytes), (Some(7), Some(2_500_000)));
    assert!(loss.told.ends_with("7 objects, 2.5 MB as of 1m00s ago"), "{}", loss.told);
}

#[test]
fn the_forecast_is_the_sum_of_its_legs_and_within_reason() {
    for (name, least, most) in [("tier2", 400, 600), ("pilot", 400, 600), ("platform", 400, 600), ("payments", 250, 450)] {
        let forecast = World::steady(name).assess().readiness.forecast;
        assert_eq!(forecast.p50, forecast.legs.iter().map(|leg| leg.p50).sum(), "{name}");
        assert!((least..most).contains(&forecast.p50.as_secs()) && forecast.p90 > forecast.p50, "{name}: {forecast:?}");
        assert!(forecast.p90 <= forecast.legs.iter().map(|leg| leg.p90).sum(), "{name}");
    }
}

#[test]
fn an_objective_that_physics_cannot_meet_is_said() {
    let mut world = World::steady("pilot");
    assert_eq!(world.assess().readiness.forecast.unreachable, None);
    world.later(5);
    let rule = Rule { name: "pilot-dr-monitor".into(), enabled: true, schedule: Some("rate(5 minutes)".into()), ..Rule::default() };
    world.found(world.workload.automation_subject(&world.workload.automations[0].clone()), rule);
    let told = world.assess().readiness.forecast.unreachable.unwrap();
    assert!(told.starts_with("OBJECTIVE UNREACHABLE: detection 15m (pilot-dr-monitor) + failover ~") && told.ends_with("> 10m"), "{told}");
}

/// Where nobody writes, PostgreSQL's lag climbs and falls to nothing by itself: what has been made up for is no loss that grows.
#[test]
fn a_lag_that_climbs_no_higher_than_it_has_before_falls_behind_by_nothing() {
    for (peak, falls_behind) in [(240.0, false), (100.0, true)] {
        let mut world = World::steady("tier2");
        let values = [0.0, 60.0, peak, 0.0, 60.0, 120.0, 180.0];
        let points =
            (0_u32..).zip(values).map(|(nth, value)| Point { at: world.now - Duration::from_secs(60) * (7 - nth), value }).collect();
        world.found(world.lag(), Series { unit: "s".to_owned(), points });
        let loss = world.assess().readiness.loss;
        assert_eq!(loss.grows, falls_behind, "{peak}: {loss:?}");
        assert!(loss.about >= Some(Duration::from_secs(180)) && loss.about <= loss.database, "{loss:?}");
    }
}

/// What was read before a region fell silent is young still, and nobody must begin because of it.
#[test]
fn a_target_that_has_fallen_silent_is_not_ready() {
    let mut world = World::steady("tier2");
    assert_eq!(check(&world, "target.answers"), Some(true));
    world.later(12);
    for subject in crate::assess::rules::estate(&world.workload, Site::Standby) {
        world.fails(&subject, Cause::Silent, "no answer", 3);
    }
    assert_eq!((check(&world, "target.answers"), world.assess().readiness.ready()), (Some(false), Some(false)));
    let topic = world.assess();
    let silent = topic.sites.standby.components.iter().filter(|row| row.verdict == Verdict::Degraded).count();
    assert_eq!(silent, 0, "what was amiss there before may be worse by now: {:#?}", topic.sites.standby.components);
}

/// Whose an address is nobody can tell without the name of the load balancer, and where users land is unknown: that is said, and what to do.
#[test]
fn a_load_balancer_that_is_not_named_is_asked_for() {
    let mut world = World::steady("tier2");
    world.workload.dns.as_mut().unwrap().sites.standby.load_balancer = None;
    let assessment = world.assess();
    let records = assessment.readiness.checks.iter().find(|check| check.id == "dns.records").unwrap();
    assert!(records.ok.is_none() && records.why.contains("give [workload.dns] standby its load_balancer"), "{records:?}");
}

/// CloudWatch forgets after an hour what we keep of it; what was lost is no more because nothing before the outage is left to be seen.
#[test]
fn an_hour_into_an_outage_no_more_is_lost_than_in_its_first_minute() {
    // In the first of them the oldest minute that is left is the one in which it began.
    for seconds in [3_537, 3_720, 6_000, 18_000] {
        let mut world = World::steady("tier2");
        let outage = world.now - Duration::from_secs(seconds);
        // Since then nothing arrives, and the lag is how long that is: a second and a half more than the outage lasts.
        let value = |at: Timestamp| (at + Duration::from_secs(30)).since(outage).as_secs_f64() + 1.5;
        let points = (1..60_u32).rev().map(|back| world.now - Duration::from_secs(60) * back).map(|at| Point { at, value: value(at) });
        let series = Series { unit: "s".to_owned(), points: points.collect() };
        world.found(world.lag(), series);
        let look = crate::assess::rules::Look { workload: &world.workload, snapshot: &world.snapshot, now: world.now };
        let roles = crate::assess::rules::Roles::from(look, Site::Primary);
        let loss = crate::assess::rules::loss(look, &roles, Some(outage));
        assert!(loss.about.unwrap() <= Duration::from_secs(2), "{seconds}: {loss:?}");
    }
}

#[test]
fn a_target_that_no_client_reaches_is_not_ready() {
    let shut = Sight { problem: Some("certificate: it is another name's".to_owned()), ..Sight::default() };
    let mut world = World::steady("tier2");
    assert_eq!(check(&world, "target.reached"), Some(true));
    world.turned_away(Site::Standby, &shut, 1);
    assert_eq!(check(&world, "target.reached"), None);
    world.turned_away(Site::Standby, &shut, 1);
    assert_eq!((check(&world, "target.reached"), world.assess().readiness.ready()), (Some(false), Some(false)));
    // Behind the door there is nobody yet, or nobody who may write: that is what a failover is for.
    world.turned_away(Site::Standby, &Sight { status: Some(503), ..Sight::default() }, 3);
    assert_eq!(check(&world, "target.reached"), Some(true));
    // Without a way past the record nobody can look.
    let mut blind = World::steady("tier2");
    blind.workload.dns.as_mut().unwrap().sites.standby.load_balancer = None;
    assert!(!blind.assess().readiness.checks.iter().any(|check| check.id == "target.reached"));
}
