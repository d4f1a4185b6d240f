//! What bad days have shown: each a picture that used to be read wrongly.

use std::time::Duration;

use super::fixture::World;
use crate::assess::Whereabouts;
use crate::config::Site;
use crate::domain::fact::{Execution, GlobalFailover, Instance, Machine, Point, Resolution, Rule, Series, Sight};
use crate::domain::{Cause, Kind, Measure, Subject, Verdict};

/// A series of one figure a minute, the last three minutes old.
fn minutes(subject: Subject, world: &mut World, values: &[f64]) {
    let last = world.now - Duration::from_secs(180);
    let at = |back: usize| last - Duration::from_secs(60 * u64::try_from(back).unwrap());
    let points: Vec<_> = values.iter().rev().enumerate().map(|(back, value)| Point { at: at(back), value: *value }).rev().collect();
    world.found_at(subject, Series { unit: String::new(), points }, Some(last));
}

fn reason(world: &World, id: &str) -> String {
    world.assess().component(id).unwrap().reason.clone().unwrap_or_default()
}

fn loss(world: &World) -> String {
    world.assess().readiness.loss.told
}

fn within(world: &World) -> Option<bool> {
    world.assess().readiness.checks.into_iter().find(|check| check.id == "database.lag").unwrap().ok
}

fn later(name: &str) -> World {
    let mut world = World::steady(name);
    world.later(5);
    world
}

/// The primary's application answers nobody since `seconds` ago.
fn outage(world: &mut World, seconds: u64) {
    let (one, two) = (world.workload.site_sight(Site::Primary), world.target_group(Site::Primary));
    let now = world.now;
    for ago in [seconds, 12, 6, 1] {
        world.now = now - Duration::from_secs(ago - 1);
        world.seen(one.clone(), Some(503));
        world.found(two.clone(), World::targets(0, 2));
    }
    world.now = now;
    world.seen(world.workload.site_sight(Site::Standby), Some(200));
}

#[test]
fn the_minutes_since_a_climbing_figure_count() {
    let mut world = later("tier2");
    minutes(world.lag(), &mut world, &[1.0, 61.0, 121.0]);
    assert!(reason(&world, "replication/database").contains("falls behind by the second, ~4m31s by now"));
    assert_eq!(
        (loss(&world).split(" · ").next(), within(&world)),
        (Some("~4m31s of writes and growing, at most 5m01s as of 3m00s ago"), Some(true))
    );
    minutes(world.lag(), &mut world, &[121.0, 181.0]);
    assert_eq!((within(&world), world.assess().readiness.ready()), (Some(false), Some(false)));
    // One that comes down again is what it is.
    minutes(world.lag(), &mut world, &[240.0, 181.0]);
    assert!(loss(&world).starts_with("~3m01s of writes, at most 6m01s"), "{}", loss(&world));
    assert_eq!(within(&world), Some(true));
}

#[test]
fn after_an_outage_nothing_is_written_that_could_be_lost() {
    let mut world = World::steady("tier2");
    world.later(400);
    // Lag climbs since the source is gone, five minutes ago.
    outage(&mut world, 300);
    minutes(world.lag(), &mut world, &[1.0, 1.0, 61.0, 121.0]);
    assert_eq!(world.assess().impairment.impaired, Some(true));
    assert_eq!(within(&world), Some(true));
    assert!(!loss(&world).contains("growing"), "{}", loss(&world));
}

/// What a dark region does to the figures is not what it costs: they climb because nothing arrives any more, and until then it kept pace.
#[test]
fn the_estimate_does_not_jump_when_the_figures_of_an_outage_arrive() {
    let mut world = World::steady("tier2");
    world.later(600);
    outage(&mut world, 220);
    minutes(world.lag(), &mut world, &[1.3, 1.3, 1.3]);
    assert!(loss(&world).starts_with("~1.3s of writes, at most 3m01s"), "{}", loss(&world));
    world.later(60);
    outage(&mut world, 280);
    minutes(world.lag(), &mut world, &[1.3, 1.3, 1.3, 58.0]);
    assert!(loss(&world).starts_with("~1.3s of writes, at most 3m58s"), "{}", loss(&world));
    minutes(world.lag(), &mut world, &[1.3, 1.3, 1.3, 301.0]);
    let row = world.assess().component("replication/database").unwrap().clone();
    assert!(
        row.verdict == Verdict::Degraded && row.reason.unwrap().contains("~1.3s of writes went with it"),
        "beyond 5m00s: {}",
        row.value
    );
    // One that had stood still before the source failed is another matter.
    minutes(world.lag(), &mut world, &[1.3, 61.0, 121.0, 181.0, 241.0, 301.0]);
    assert!(loss(&world).starts_with("~2m"), "{}", loss(&world));
}

/// CloudWatch's minutes are no loss: where less may be lost than a figure is old, that is said, and is not alarming.
#[test]
fn a_figure_that_is_old_is_amber_and_one_that_is_bad_is_red() {
    let mut world = later("payments");
    world.workload.objectives.rpo = Duration::from_secs(60);
    minutes(world.lag(), &mut world, &[400.0, 400.0]);
    let readiness = world.assess().readiness;
    assert_eq!((readiness.loss.verdict, within(&world)), (Verdict::Degraded, Some(true)));
    assert!(loss(&world).starts_with("~400ms of writes, at most 3m00s as of 3m00s ago"), "{}", loss(&world));
    minutes(world.lag(), &mut world, &[61_000.0, 61_000.0]);
    assert_eq!((world.assess().readiness.loss.verdict, within(&world)), (Verdict::Critical, Some(false)));
    world.land(Site::Standby);
    let mut global = world.global(Site::Primary);
    global.members.pop();
    let database = world.workload.database.clone().unwrap();
    world.found(world.workload.global_cluster_subject(&database, Site::Primary).unwrap(), global.clone());
    world.found(world.workload.global_cluster_subject(&database, Site::Standby).unwrap(), global);
    assert_eq!((world.assess().readiness.loss.verdict, within(&world)), (Verdict::Critical, Some(false)), "both write");
}

#[test]
fn broken_counts_from_the_last_figure_that_was_one() {
    let mut world = later("pilot");
    minutes(world.lag(), &mut world, &[0.0, 0.0, -1.0, -1.0]);
    assert!(loss(&world).starts_with("~4m30s of writes and growing, at most 5m00s"), "{}", loss(&world));
    assert_eq!((within(&world), world.assess().component("replication/database").unwrap().value.as_str()), (Some(false), "broken"));
}

#[test]
fn what_checkers_say_is_not_what_route_53_does_not() {
    let mut world = later("tier2");
    let dns = world.workload.dns.clone().unwrap();
    let checkers = world.workload.health_check_subject(Kind::Checkers, &dns, Site::Primary).unwrap();
    world.later(30);
    world.fails(&checkers, Cause::Silent, "no answer", 5);
    world.fails(&world.workload.record_subject(&dns), Cause::Silent, "no answer", 5);
    let assessment = world.assess();
    assert!(assessment.impairment.evidence.iter().all(|kind| kind.failures == 0), "{:?}", assessment.impairment.evidence);
    assert_eq!(assessment.impairment.since, None);
    assert!(reason(&world, "dns/record").contains("no record can be changed"));
}

#[test]
fn credentials_that_aws_refuses_are_said_first() {
    let mut world = later("tier2");
    world.later(10);
    for site in [Site::Primary, Site::Standby] {
        let database = world.database(site);
        world.fails(&database, Cause::Credentials, "credentials expired", 2);
    }
    let assessment = world.assess();
    assert!(assessment.headline.unwrap().text.starts_with("CREDENTIALS EXPIRED"));
    assert!(reason(&world, "credentials").contains("AWS refuses them"));
    // One answer since, and they are as good as ever.
    world.later(5);
    let instance = world.instance(Site::Primary);
    world.found(world.database(Site::Primary), instance);
    assert_eq!(world.assess().component("credentials").unwrap().verdict, Verdict::Healthy);
}

#[test]
fn a_cluster_out_of_its_global_cluster_writes_for_itself() {
    let mut world = later("payments");
    let mut global = world.global(Site::Primary);
    global.members.pop();
    for site in [Site::Primary, Site::Standby] {
        let database = world.workload.database.clone().unwrap();
        world.found(world.workload.global_cluster_subject(&database, site).unwrap(), global.clone());
    }
    let assessment = world.assess();
    assert_eq!(assessment.active, Whereabouts::Both);
    assert_eq!(assessment.headline.unwrap().text, "SPLIT: BOTH SITES WRITE");
    assert!(assessment.sites.standby.components.iter().any(|row| row.value.starts_with("writable, on its own")));
    assert_eq!(assessment.readiness.loss.database, None);
}

#[test]
fn a_name_server_that_ends_with_the_balancers_name_has_answered() {
    let mut world = later("pilot");
    let dns = world.workload.dns.clone().unwrap();
    let alias = dns.sites.standby.load_balancer.clone().unwrap();
    let answer = Resolution { aliases: vec![alias], code: "NOERROR".to_owned(), ..Resolution::default() };
    for resolver in world.resolvers() {
        world.found(Subject::resolution(&resolver, &dns.record), answer.clone());
    }
    assert_eq!(world.assess().landing, Whereabouts::Standby);
}

#[test]
fn objects_that_wait_too_long_and_too_many_are_said() {
    let mut world = later("tier2");
    let bucket = world.workload.buckets[0].clone();
    minutes(world.workload.bucket_metric(&bucket, Site::Primary, Measure::ReplicationLatency), &mut world, &[10.0, 70.0, 130.0, 190.0]);
    minutes(world.workload.bucket_metric(&bucket, Site::Primary, Measure::OperationsPending), &mut world, &[2.0, 3.0, 2.0, 517.0]);
    let why = reason(&world, "replication/bucket/tier2-app-data");
    assert!(why.contains("the oldest object waits for ~6m10s") && why.contains("517 operations wait where 3 are usual"), "{why}");
    assert_eq!(world.assess().readiness.ready(), Some(false));
}

#[test]
fn in_a_dark_region_nothing_stays_green() {
    let mut world = later("tier2");
    world.later(20);
    for subject in [world.database(Site::Primary), world.service(Site::Primary), world.target_group(Site::Primary)] {
        world.fails(&subject, Cause::Silent, "no answer", 4);
    }
    let assessment = world.assess();
    assert!(assessment.sites.primary.dark_since.is_some());
    let green: Vec<_> = assessment.sites.primary.components.iter().filter(|row| row.verdict == Verdict::Healthy).collect();
    assert!(green.is_empty(), "{green:#?}");
}

#[test]
fn without_a_replica_the_backup_is_what_would_be_left() {
    let mut world = later("tier2");
    world.missing(world.database(Site::Standby));
    assert!(loss(&world).starts_with("2h00m of writes: nothing to promote"), "{}", loss(&world));
    assert!(reason(&world, "replication/database").contains("nothing is replicated: tier2-db-replica does not exist"));
    world.land(Site::Standby);
    assert_eq!(world.assess().headline.unwrap().text, "USERS ON STANDBY · NO DATABASE THERE");
}

#[test]
fn who_is_already_at_it_is_in_the_headline() {
    let headline = |world: &World| world.assess().headline.unwrap().text;
    let mut world = later("tier2");
    world.land(Site::Standby);
    let machine = world
        .workload
        .automations
        .iter()
        .map(|automation| world.workload.automation_subject(automation))
        .find(|one| one.kind == Kind::Machine);
    let running = Execution { name: "one".to_owned(), status: "RUNNING".to_owned(), ..Execution::default() };
    world.found(machine.unwrap(), Machine { executions: vec![running], ..Machine::default() });
    assert_eq!(headline(&world), "USERS ON STANDBY · DATABASE READ-ONLY · AUTOMATION IS RUNNING");
    let promoted = Instance { status: "modifying".to_owned(), replication: Some("error".to_owned()), ..world.instance(Site::Standby) };
    world.found(world.database(Site::Standby), promoted);
    assert_eq!(headline(&world), "USERS ON STANDBY · DATABASE READ-ONLY · PROMOTION UNDER WAY?");
    assert!(world.assess().sites.standby.components.iter().any(|row| row.value.starts_with("promoting? modifying")));
    let mut world = later("payments");
    world.land(Site::Standby);
    let mut global = world.global(Site::Primary);
    global.failover = Some(GlobalFailover { status: "failing-over".to_owned(), ..GlobalFailover::default() });
    for site in [Site::Primary, Site::Standby] {
        let database = world.workload.database.clone().unwrap();
        world.found(world.workload.global_cluster_subject(&database, site).unwrap(), global.clone());
    }
    assert!(headline(&world).ends_with("PROMOTION UNDER WAY?"), "{}", headline(&world));
}

/// A function keeps no list of its executions: that it has run is told by CloudWatch alone.
#[test]
fn a_function_that_runs_out_of_turn_has_acted() {
    let mut world = later("pilot");
    world.land(Site::Standby);
    let ran = Subject::metric(&world.workload.standby.clone(), "pilot-dr-automation", Measure::Invocations.metric());
    let watchman = Subject::metric(&world.workload.standby.clone(), "pilot-health-monitor", Measure::Invocations.metric());
    let every = |world: &World, minutes: &[u64]| {
        let at = |ago: &u64| Point { at: world.now - Duration::from_secs(ago * 60), value: 1.0 };
        Series { unit: String::new(), points: minutes.iter().map(at).collect() }
    };
    let series = every(&world, &[38, 33, 28, 23, 18, 13, 8, 3]);
    world.found_at(watchman.clone(), series, None);
    let regular = world.assess().component("automation/function/pilot-health-monitor").unwrap().clone();
    assert!(regular.value.contains("ran 3m00s ago") && regular.verdict == Verdict::Healthy, "{regular:?}");
    assert!(world.assess().headline.unwrap().text.ends_with("DATABASE READ-ONLY"));
    // One that has only just been set up has no hour behind it, and its rule says that it will run again.
    let series = every(&world, &[3]);
    world.found_at(watchman.clone(), series, None);
    assert!(world.assess().headline.unwrap().text.ends_with("AUTOMATION HAS ACTED"), "nobody has said that it is regular");
    let rule = Rule {
        name: "pilot-dr-monitor".to_owned(),
        enabled: true,
        schedule: Some("rate(5 minutes)".to_owned()),
        targets: vec!["arn:aws:lambda:eu-central-1:123456789012:function:pilot-health-monitor".to_owned()],
        ..Rule::default()
    };
    let region = world.workload.standby.clone();
    world.later(1);
    world.found(Subject::new(Kind::Rule, &region, "pilot-dr-monitor"), rule);
    assert!(world.assess().headline.unwrap().text.ends_with("DATABASE READ-ONLY"));
    let series = every(&world, &[4]);
    world.found_at(ran, series, None);
    assert!(reason(&world, "automation/function/pilot-dr-automation").starts_with("it ran 4m00s ago"));
    assert!(world.assess().headline.unwrap().text.ends_with("AUTOMATION HAS ACTED"));
}

#[test]
fn a_third_of_the_requests_is_degraded_and_most_of_them_critical() {
    let mut world = later("tier2");
    let errors = world.workload.edge_metric(&world.workload.services[0].clone(), Site::Primary, Measure::ServerErrors).unwrap();
    world.points(errors.clone(), 5400.0 * 0.3);
    assert_eq!(world.assess().component("primary/edge").unwrap().verdict, Verdict::Degraded);
    assert!(reason(&world, "primary/edge").contains("30.0% of requests failed, as of"));
    world.points(errors, 5400.0 * 0.7);
    assert_eq!(world.assess().component("primary/edge").unwrap().verdict, Verdict::Critical);
}

#[test]
fn a_load_balancer_without_a_healthy_target_may_still_answer() {
    let mut world = later("tier2");
    world.found(world.target_group(Site::Primary), World::targets(0, 2));
    let row = world.assess().component("primary/edge").unwrap().clone();
    assert_eq!(row.verdict, Verdict::Degraded, "{row:#?}");
    world.seen(world.workload.site_sight(Site::Primary), Some(503));
    assert_eq!(world.assess().component("primary/edge").unwrap().verdict, Verdict::Critical);
}

/// Targets are well, the database is, and every checker: behind a certificate that has ended all the same nobody is served. One look that goes
/// wrong is the network's.
#[test]
fn a_door_that_nobody_can_come_in_by_is_not_green() {
    let shut = Sight { problem: Some("certificate: it has expired".to_owned()), ..Sight::default() };
    for (site, once, twice) in [(Site::Primary, Verdict::Healthy, Verdict::Degraded), (Site::Standby, Verdict::Healthy, Verdict::Degraded)]
    {
        let mut world = World::steady("tier2");
        let edge = |world: &World| world.assess().component(&format!("{site}/edge")).unwrap().clone();
        world.turned_away(site, &shut, 1);
        assert_eq!((edge(&world).verdict, world.assess().verdict), (once, Verdict::Healthy));
        world.turned_away(site, &shut, 1);
        assert_eq!((edge(&world).verdict, world.assess().verdict), (twice, Verdict::Degraded));
        assert_eq!(edge(&world).reason.as_deref(), Some("clients: certificate: it has expired, 2 in a row"));
        assert!(world.assess().reasons[0].contains("it has expired"), "{:?}", world.assess().reasons);
    }
    // Where nobody is sent, nobody need be there.
    for (site, verdict) in [(Site::Primary, Verdict::Degraded), (Site::Standby, Verdict::Healthy)] {
        let mut world = World::steady("tier2");
        world.turned_away(site, &Sight { status: Some(503), ..Sight::default() }, 2);
        assert_eq!(world.assess().component(&format!("{site}/edge")).unwrap().verdict, verdict, "{site}");
    }
}

/// Who has no target groups has a door, too.
#[test]
fn a_door_without_targets_is_known_by_its_clients() {
    let mut world = World::steady("tier2");
    for service in &mut world.workload.services {
        service.sites.primary.target_group = None;
    }
    let edge = |world: &World| world.assess().component("primary/edge").map(|row| (row.value.clone(), row.verdict));
    assert_eq!(edge(&world), Some(("HTTP 200".to_owned(), Verdict::Healthy)));
    world.turned_away(Site::Primary, &Sight { problem: Some("connection refused".to_owned()), ..Sight::default() }, 2);
    assert_eq!(edge(&world), Some(("connection refused".to_owned(), Verdict::Degraded)));
}
