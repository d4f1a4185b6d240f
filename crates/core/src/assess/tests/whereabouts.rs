use super::fixture::World;
use crate::assess::Whereabouts;
use crate::config::Site;
use crate::domain::fact::{Instance, Resolution, Service};
use crate::domain::{Cause, Kind, Subject, Verdict};

fn headline(world: &World) -> String {
    world.assess().headline.map(|headline| headline.text).unwrap_or_default()
}

#[test]
fn users_on_a_read_only_standby_are_said_across_the_room() {
    let mut world = World::steady("tier2");
    world.later(5);
    world.land(Site::Standby);
    let assessment = world.assess();
    assert_eq!(
        (assessment.active, assessment.landing, assessment.verdict),
        (Whereabouts::Primary, Whereabouts::Standby, Verdict::Critical)
    );
    assert_eq!(headline(&world), "USERS ON STANDBY · DATABASE READ-ONLY");
    let row = world.assess().component("dns/record").unwrap().clone();
    assert!(row.reason.unwrap().contains("should land on the primary"));
    // Even when the primary's database can no longer be seen.
    world.later(40);
    world.found(world.database(Site::Standby), world.instance(Site::Standby));
    world.land(Site::Standby);
    world.doors_resolve();
    assert_eq!(headline(&world), "USERS ON STANDBY · DATABASE READ-ONLY");
}

#[test]
fn two_writable_databases_are_a_split() {
    let mut world = World::steady("tier2");
    world.later(5);
    let writable = Instance { replica_of: None, replication: None, ..world.instance(Site::Standby) };
    world.found(world.database(Site::Standby), writable);
    let assessment = world.assess();
    assert_eq!((assessment.active, assessment.verdict), (Whereabouts::Both, Verdict::Critical));
    assert_eq!(headline(&world), "SPLIT: BOTH SITES WRITE");
    assert_eq!(assessment.readiness.ready(), Some(false));
}

#[test]
fn a_database_that_nobody_is_left_to_write_to_is_no_split() {
    let mut world = World::steady("tier2");
    world.later(5);
    let writable = Instance { replica_of: None, replication: None, ..world.instance(Site::Standby) };
    world.found(world.database(Site::Standby), writable);
    world.land(Site::Standby);
    let mut running = |running| {
        world.found(world.service(Site::Primary), Service { running, ..Service::default() });
        let found = world.assess().headline.unwrap();
        (found.verdict, found.text)
    };
    let fenced = "BOTH DATABASES TAKE WRITES · NOTHING RUNS AT PRIMARY ANY MORE".to_owned();
    assert_eq!(running(0), (Verdict::Degraded, fenced));
    assert_eq!(running(1), (Verdict::Critical, "SPLIT: BOTH SITES WRITE".to_owned()));
}

/// After a failover the database that was left goes on taking writes until the way home. When the region that users were brought to is lost as
/// well, it is not what was lost before that is active again.
#[test]
fn a_database_that_was_left_behind_does_not_become_the_one_in_use_because_the_other_falls_silent() {
    for (topology, tasks) in [("tier2", 0), ("tier2", 1), ("payments", 0), ("payments", 1)] {
        let mut world = World::steady(topology);
        world.later(240);
        let database = world.workload.database.clone().unwrap();
        match world.workload.global_cluster_subject(&database, Site::Primary) {
            Some(global) => {
                let (told, cluster) = (world.global(Site::Primary), world.cluster(Site::Primary));
                world.found(global, told);
                world.found(world.database(Site::Primary), cluster);
            }
            None => world.found(world.database(Site::Primary), world.instance(Site::Primary)),
        }
        world.fails(&world.database(Site::Standby), Cause::Silent, "no answer", 9);
        for service in world.workload.services.clone() {
            let running = Service { desired: tasks, running: tasks, ..Service::default() };
            world.found(world.workload.service_subject(Kind::Service, &service, Site::Primary), running);
        }
        world.land(Site::Standby);
        world.doors_resolve();
        let seen = world.assess();
        let told = (seen.impairment.site, seen.readiness.target, headline(&world).starts_with("USERS ON STANDBY · DATABASE READ-ONLY"));
        if tasks > 0 {
            assert_eq!((&seen.active, told), (&Whereabouts::Primary, (Some(Site::Primary), Some(Site::Standby), true)), "{topology}");
            continue;
        }
        let Whereabouts::Unknown(why) = &seen.active else { panic!("{topology}: {:?}", seen.active) };
        let id = database.sites.get(Site::Primary);
        let left = format!("{id} takes writes, but users land on the standby, and nothing runs at the primary");
        assert!(why.starts_with(&left), "{topology}: {why}");
        assert_eq!(told, (Some(Site::Standby), Some(Site::Primary), false), "{topology}: {}", headline(&world));
    }
}

#[test]
fn after_a_failover_the_roles_are_exchanged() {
    let mut world = World::steady("tier2");
    world.later(5);
    let promoted = Instance { replica_of: None, replication: None, ..world.instance(Site::Standby) };
    world.found(world.database(Site::Standby), promoted);
    world.missing(world.database(Site::Primary));
    world.land(Site::Standby);
    let assessment = world.assess();
    assert_eq!((assessment.active, assessment.landing), (Whereabouts::Standby, Whereabouts::Standby));
    assert_eq!((assessment.readiness.target, assessment.headline), (Some(Site::Primary), None));
}

#[test]
fn an_unseen_writer_is_told_with_when_it_was_seen() {
    let mut world = World::steady("tier2");
    world.later(240);
    world.fails(&world.database(Site::Primary), Cause::Silent, "no answer", 9);
    let assessment = world.assess();
    let Whereabouts::Unknown(why) = &assessment.active else { panic!("{:?}", assessment.active) };
    assert!(why.starts_with("last seen primary 4m01s ago"), "{why}");
    // Its replica, which is looked at all the while, still names it; that is no sight of it.
    let replica = world.instance(Site::Standby);
    world.found(world.database(Site::Standby), replica);
    let Whereabouts::Unknown(why) = world.assess().active else { panic!() };
    assert!(why.starts_with("last seen primary 4m01s ago"), "{why}");
    assert_eq!((assessment.impairment.site, assessment.readiness.target), (Some(Site::Primary), Some(Site::Standby)));
}

#[test]
fn auroras_newest_answer_counts() {
    let mut world = World::steady("payments");
    world.later(3);
    let database = world.workload.database.clone().unwrap();
    let moved = world.global(Site::Standby);
    world.found(world.workload.global_cluster_subject(&database, Site::Standby).unwrap(), moved);
    assert_eq!(world.assess().active, Whereabouts::Both, "each region calls its own the writer");
    let moved = world.global(Site::Standby);
    world.later(3);
    world.found(world.workload.global_cluster_subject(&database, Site::Primary).unwrap(), moved);
    assert_eq!(world.assess().active, Whereabouts::Standby);
}

#[test]
fn resolvers_that_disagree_are_named() {
    let mut world = World::steady("tier2");
    world.later(5);
    world.land_at("8.8.8.8:53", Site::Standby);
    let assessment = world.assess();
    assert_eq!(assessment.landing, Whereabouts::Both);
    let reason = assessment.component("dns/record").unwrap().reason.clone().unwrap();
    assert!(reason.contains("8.8.8.8:53 → standby") && reason.contains("1.1.1.1:53 → primary"), "{reason}");
}

#[test]
fn one_deaf_resolver_leaves_the_answer_and_all_deaf_ones_none() {
    let mut world = World::steady("tier2");
    world.later(5);
    let record = world.workload.dns.as_ref().unwrap().record.clone();
    let deaf = Resolution { code: "SERVFAIL".to_owned(), ..Resolution::default() };
    world.found(Subject::resolution("8.8.8.8:53", &record), deaf.clone());
    let assessment = world.assess();
    assert_eq!(assessment.landing, Whereabouts::Primary);
    let agree = assessment.readiness.checks.iter().find(|check| check.id == "dns.resolvers_agree").unwrap();
    assert_eq!(agree.ok, None);
    for resolver in world.resolvers() {
        world.found(Subject::resolution(&resolver, &record), deaf.clone());
    }
    assert!(matches!(world.assess().landing, Whereabouts::Unknown(_)));
}

#[test]
fn addresses_of_neither_site_are_told() {
    let mut world = World::steady("tier2");
    world.later(5);
    let record = world.workload.dns.as_ref().unwrap().record.clone();
    for resolver in world.resolvers() {
        world.resolves(&resolver, &record, "192.0.2.9");
    }
    assert_eq!(world.assess().landing, Whereabouts::Neither("addresses of neither site: 192.0.2.9".to_owned()));
}

#[test]
fn a_pinned_record_says_to_where() {
    let mut world = World::steady("tier2");
    world.later(5);
    let mut record = world.record();
    record.sets[0].alias = record.sets[1].alias.clone();
    let dns = world.workload.dns.clone().unwrap();
    world.found(world.workload.record_subject(&dns), record);
    assert!(world.assess().component("dns/record").unwrap().value.contains("pinned to standby"));
}
