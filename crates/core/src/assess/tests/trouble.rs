use std::time::Duration;

use super::super::failing_since;
use super::fixture::{World, address};
use crate::config::Site;
use crate::domain::fact::{Fact, Instance, Service};
use crate::domain::{Cause, Kind, Observation, Reading, Trouble, Value, Verdict};

/// The primary's application is down for `looks` looks, five seconds apart; the standby answers.
fn outage(world: &mut World, looks: u32) {
    for _ in 0..looks {
        world.later(5);
        world.found(world.target_group(Site::Primary), World::targets(0, 2));
        let sight = world.workload.site_sight(Site::Primary);
        world.seen(sight, Some(503));
        world.found(world.database(Site::Standby), world.instance(Site::Standby));
        world.found(world.database(Site::Primary), world.instance(Site::Primary));
    }
}

#[test]
fn two_kinds_failing_in_a_row_impair_and_the_clock_starts_at_the_first() {
    let mut world = World::steady("tier2");
    let first = world.now + Duration::from_secs(4);
    outage(&mut world, 2);
    let begun = world.assess().impairment;
    assert_eq!((begun.impaired, begun.since), (None, None), "not yet three in a row, and no green word any more: {begun:?}");
    outage(&mut world, 1);
    let assessment = world.assess();
    assert_eq!((assessment.impairment.impaired, assessment.impairment.since), (Some(true), Some(first)), "{:?}", assessment.impairment);
    let headline = assessment.headline.unwrap().text;
    assert!(headline.starts_with("PRIMARY IMPAIRED") && !headline.contains("STOPPED"), "{headline}");
    let forecast = assessment.readiness.forecast;
    assert_eq!(forecast.latest_safe_start, Some(first + world.workload.objectives.rto - forecast.p90));
    // Whoever has stopped it on purpose is reminded of it.
    world.found(world.service(Site::Primary), Service::default());
    let headline = world.assess().headline.unwrap().text;
    assert!(headline.contains("ITS TASKS ARE STOPPED"), "{headline}");
}

/// Somebody else has promoted the standby meanwhile, and users are there: the outage of the site that a run leads from is none the less one.
#[test]
fn an_outage_is_known_whichever_site_is_seen_to_be_active() {
    let mut world = World::steady("tier2");
    let first = world.now + Duration::from_secs(4);
    outage(&mut world, 3);
    let promoted = Instance { replica_of: None, replication: None, ..world.instance(Site::Standby) };
    world.found(world.database(Site::Standby), promoted);
    world.land(Site::Standby);
    let since = |world: &World, site| failing_since(&world.workload, &world.snapshot, world.now, site);
    assert_eq!((since(&world, Site::Primary), since(&world, Site::Standby)), (Some(first), None));
}

/// A lab that runs twenty times as fast has looks of twenty seconds each at whatever does not answer.
#[test]
fn a_look_that_is_kept_waiting_is_no_look_that_was_missed() {
    let world = World::steady("tier2");
    let subject = world.target_group(Site::Primary);
    let silent = |begun, took: u64| Reading {
        subject: subject.clone(),
        begun,
        read: begun + Duration::from_secs(took),
        outcome: Err(Trouble::new(Cause::Silent, "no answer")),
    };
    for took in [3, 20] {
        let mut seen = Observation::blank(subject.clone());
        let mut begun = world.now;
        for _ in 0..3 {
            seen = seen.after(silent(begun, took));
            begun += Duration::from_secs(took + 5);
        }
        // Until the next one is over, and not for ever.
        let next = begun + Duration::from_secs(took);
        assert_eq!(seen.ails_at(next).map(|streak| streak.times), Some(3), "looks of {took} s");
        assert_eq!(seen.ails_at(next + seen.stale_after() + Duration::from_secs(took)), None);
    }
}

/// AWS is slow, and then answers no more: what it said last speaks no longer for its having been long on its way.
#[test]
fn what_an_answer_says_fails_no_longer_than_the_answer_counts() {
    let world = World::steady("tier2");
    let subject = world.workload.health_check_subject(Kind::Checkers, world.workload.dns.as_ref().unwrap(), Site::Primary).unwrap();
    let took = Duration::from_secs(3);
    let (begun, fact) = (world.now, Fact::Checkers(World::checkers(0, 3)));
    let down = Reading { subject: subject.clone(), begun, read: begun + took, outcome: Ok(Value::Found { fact: fact.into(), at: None }) };
    let seen = Observation::blank(subject).after(down);
    let last = begun + seen.stale_after();
    assert!(seen.ails_at(last).is_some() && !seen.is_stale(last));
    let past = last + Duration::from_millis(1);
    assert!(seen.ails_at(past).is_none() && seen.is_stale(past));
}

/// Half of the users have been turned to the standby already: that those are served is nobody's word for the primary.
#[test]
fn users_who_are_served_somewhere_do_not_speak_for_the_primary() {
    let mut world = World::steady("tier2");
    world.later(200);
    for (resolver, site) in world.resolvers().into_iter().zip([Site::Standby, Site::Primary]) {
        world.land_at(&resolver, site);
    }
    for _ in 0..3 {
        world.later(5);
        world.found(world.target_group(Site::Primary), World::targets(0, 2));
        world.seen(world.workload.record_sight(), Some(200));
        world.found(world.database(Site::Primary), world.instance(Site::Primary));
        world.found(world.database(Site::Standby), world.instance(Site::Standby));
    }
    let checkers = world.workload.health_check_subject(Kind::Checkers, world.workload.dns.as_ref().unwrap(), Site::Primary).unwrap();
    world.found(checkers, World::checkers(16, 16));
    let impairment = world.assess().impairment;
    assert_eq!(impairment.impaired, None, "{impairment:?}");
    let sight = world.workload.site_sight(Site::Primary);
    world.seen(sight, Some(200));
    assert_eq!(world.assess().impairment.impaired, Some(false), "a client of its own is");
}

#[test]
fn one_kind_alone_impairs_nothing() {
    let mut world = World::steady("tier2");
    for _ in 0..4 {
        world.later(3);
        world.found(world.target_group(Site::Primary), World::targets(0, 2));
    }
    let impairment = world.assess().impairment;
    assert_eq!(impairment.impaired, Some(false), "{impairment:?}");
}

/// The region's endpoints refuse us, and whoever uses the site notices nothing: to fail over because of that would be the outage.
#[test]
fn an_api_that_is_gone_is_no_site_that_is_gone() {
    let mut world = World::steady("tier2");
    world.later(20);
    let fails = |world: &mut World, served: Option<u16>| {
        for subject in [world.target_group(Site::Primary), world.database(Site::Primary), world.service(Site::Primary)] {
            world.fails(&subject, Cause::Unreachable, "connection refused", 4);
        }
        for sight in [world.workload.site_sight(Site::Primary), world.workload.record_sight()] {
            world.seen(sight, served);
        }
        world.found(world.database(Site::Standby), world.instance(Site::Standby));
        world.assess().impairment
    };
    let impairment = fails(&mut world, Some(200));
    assert_eq!(impairment.impaired, None, "{impairment:?}");
    assert!(impairment.why.contains("clients are served there"), "{impairment:?}");
    // One look of theirs that fails is enough: nobody speaks for the site any more.
    world.later(5);
    let impairment = fails(&mut world, None);
    assert_eq!(impairment.impaired, Some(true), "{impairment:?}");
}

#[test]
fn if_the_other_site_is_silent_too_our_own_network_is_suspected() {
    let mut world = World::steady("tier2");
    world.later(60);
    for site in [Site::Primary, Site::Standby] {
        for subject in [world.target_group(site), world.database(site), world.service(site), world.workload.site_sight(site)] {
            world.fails(&subject, Cause::Silent, "no answer", 5);
        }
    }
    let assessment = world.assess();
    assert_eq!(assessment.impairment.impaired, None);
    assert!(assessment.impairment.why.contains("own network"), "{:?}", assessment.impairment);
    assert!(assessment.headline.unwrap().text.contains("OWN NETWORK"));
}

#[test]
fn throttling_and_credentials_are_no_evidence() {
    for cause in [Cause::Throttled, Cause::Credentials, Cause::Denied] {
        let mut world = World::steady("tier2");
        world.later(60);
        let dns = world.workload.dns.clone().unwrap();
        let checkers = world.workload.health_check_subject(Kind::Checkers, &dns, Site::Primary).unwrap();
        for subject in
            [world.target_group(Site::Primary), world.database(Site::Primary), world.workload.site_sight(Site::Primary), checkers]
        {
            world.fails(&subject, cause, "no", 9);
        }
        world.found(world.database(Site::Standby), world.instance(Site::Standby));
        let assessment = world.assess();
        assert_ne!(assessment.impairment.impaired, Some(true), "{cause:?}");
        assert_eq!(assessment.sites.primary.dark_since, None, "{cause:?}");
    }
}

#[test]
fn a_streak_that_could_not_be_followed_is_no_evidence_any_more() {
    let mut world = World::steady("tier2");
    outage(&mut world, 4);
    assert_eq!(world.assess().impairment.impaired, Some(true));
    world.later(50);
    world.found(world.database(Site::Standby), world.instance(Site::Standby));
    assert_eq!(world.assess().impairment.impaired, None);
}

#[test]
fn a_dark_region_is_dark_since_its_first_silence() {
    let mut world = World::steady("tier2");
    world.later(60);
    let begun = world.now - Duration::from_secs(1 + 8 * 5);
    for subject in [world.target_group(Site::Primary), world.database(Site::Primary), world.service(Site::Primary)] {
        world.fails(&subject, Cause::Silent, "no answer", 9);
    }
    world.found(world.database(Site::Standby), world.instance(Site::Standby));
    // No client has been looked at for a minute: that the API alone is gone is as likely.
    let impairment = world.assess().impairment;
    assert!(impairment.impaired.is_none() && impairment.why.contains("no client has been looked at"), "{impairment:?}");
    world.seen(world.workload.site_sight(Site::Primary), None);
    let assessment = world.assess();
    assert_eq!((assessment.sites.primary.dark_since, assessment.sites.standby.dark_since), (Some(begun), None));
    assert_eq!((assessment.verdict, assessment.impairment.impaired), (Verdict::Critical, Some(true)), "{:?}", assessment.impairment);
    assert!(assessment.headline.unwrap().text.contains("DARK"));
    // One answer, and it is not dark.
    world.later(1);
    world.found(world.service(Site::Primary), crate::domain::fact::Service::default());
    assert_eq!(world.assess().sites.primary.dark_since, None);
}

#[test]
fn a_dark_standby_degrades() {
    let mut world = World::steady("tier2");
    world.later(4);
    for subject in [world.target_group(Site::Standby), world.database(Site::Standby), world.service(Site::Standby)] {
        world.fails(&subject, Cause::Silent, "no answer", 1);
    }
    let assessment = world.assess();
    assert!(assessment.sites.standby.dark_since.is_some());
    assert_eq!(assessment.verdict, Verdict::Degraded, "{:?}", assessment.reasons);
    assert!(assessment.headline.unwrap().text.contains("NOTHING TO FAIL OVER TO"));
}

/// AWS does not speak of the region any more, and users are served there: that is no outage.
#[test]
fn an_api_that_is_silent_alone_is_no_dark_region() {
    let mut world = World::steady("tier2");
    world.later(180);
    for subject in [world.database(Site::Primary), world.service(Site::Primary), world.target_group(Site::Primary)] {
        world.fails(&subject, Cause::Silent, "no answer", 9);
    }
    assert!(world.assess().headline.unwrap().text.starts_with("PRIMARY DARK: ap-southeast-2"), "nobody has seen that it serves");
    world.land(Site::Primary);
    let name = world.workload.dns.as_ref().unwrap().sites.primary.load_balancer.clone().unwrap();
    for resolver in world.resolvers() {
        world.resolves(&resolver, &name, address(Site::Primary));
    }
    world.seen(world.workload.site_sight(Site::Primary), Some(200));
    world.seen(world.workload.record_sight(), Some(200));
    let assessment = world.assess();
    let told = assessment.headline.as_ref().unwrap();
    assert_eq!(told.text, "PRIMARY: ONLY AWS'S API DOES NOT ANSWER FOR 41s · USERS ARE SERVED THERE");
    assert_eq!((told.verdict, assessment.impairment.impaired), (Verdict::Unknown, None));
    assert_eq!((assessment.verdict, assessment.sites.primary.dark_since), (Verdict::Unknown, None));
    assert_ne!(assessment.component("primary/database").unwrap().verdict, Verdict::Healthy);
}
