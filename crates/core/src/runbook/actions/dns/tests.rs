use proptest::prelude::*;

use crate::config::{Flip, Site};
use crate::domain::fact::{Alias, HealthCheck, Record, RecordSet};
use crate::domain::{Cause, Change, Kind, Subject, What};
use crate::runbook::action::Action;
use crate::runbook::standing::Standing;
use crate::runbook::testing::{Set, accepted, address, is_done, lost, refused};

const SITES: [Site; 2] = [Site::Primary, Site::Standby];

/// What Route 53 does with a batch: each set replaces the one of its type and identifier.
fn applied(set: &Set, changes: &[Change]) -> Vec<RecordSet> {
    let dns = set.workload.dns.as_ref().unwrap();
    let Some(record) = set.snapshot.see::<Record>(&set.workload.record_subject(dns), set.now).last() else { panic!() };
    let mut sets = record.sets.clone();
    for change in changes {
        let What::ChangeRecords { sets: new, .. } = &change.what else { panic!("{change:?}") };
        for named in new {
            assert_eq!(named.name, dns.record);
            let old = sets.iter_mut().find(|old| old.kind == named.set.kind && old.set_identifier == named.set.set_identifier).unwrap();
            *old = as_read(named.set.clone());
        }
    }
    sets
}

/// Whoever reads a set reads names without the dot at their end.
fn as_read(mut set: RecordSet) -> RecordSet {
    if let Some(alias) = &mut set.alias {
        alias.name = alias.name.trim_end_matches('.').to_owned();
    }
    set
}

/// Route 53's answer in small: the sets that may be answered, whatever each of them counts as.
fn answered<'s>(sets: &'s [RecordSet], healthy: &dyn Fn(&RecordSet) -> bool) -> Vec<&'s RecordSet> {
    let mut kinds: Vec<&str> = sets.iter().map(|set| set.kind.as_str()).collect();
    kinds.dedup();
    let mut answers = Vec::new();
    for kind in kinds {
        let group: Vec<&RecordSet> = sets.iter().filter(|set| set.kind == kind).collect();
        if group[0].failover.is_some() {
            let role = |role: &str| *group.iter().find(|set| set.failover.as_deref() == Some(role)).unwrap();
            let (first, second) = (role("PRIMARY"), role("SECONDARY"));
            // With both unhealthy the primary is answered.
            answers.push(if healthy(first) || !healthy(second) { first } else { second });
        } else {
            let up: Vec<&RecordSet> = group.iter().copied().filter(|set| healthy(set)).collect();
            let eligible = if up.is_empty() { group } else { up };
            let heavy: Vec<&RecordSet> = eligible.iter().copied().filter(|set| set.weight > Some(0)).collect();
            answers.extend(if heavy.is_empty() { eligible } else { heavy });
        }
    }
    answers
}

/// The site whose load balancer or address a set gives.
fn goes_to(set: &Set, found: &RecordSet) -> Site {
    let dns = set.workload.dns.as_ref().unwrap();
    let text = found.alias.as_ref().map_or_else(|| found.values.join(" "), |alias| alias.name.clone());
    let is_of = |site: &Site| text.contains(dns.sites.get(*site).load_balancer.as_deref().unwrap()) || text.contains(address(*site));
    SITES.into_iter().find(is_of).unwrap()
}

fn refused_by_route53(sets: &[RecordSet]) -> bool {
    let watched = |set: &RecordSet| set.health_check.is_some() || set.alias.as_ref().is_some_and(|alias| alias.evaluate_target_health);
    sets.iter().any(|set| set.failover.as_deref() == Some("PRIMARY") && !watched(set))
}

/// Any record that a topology may have: aliases or plain values, failover or weighted, one type or two.
fn records() -> impl Strategy<Value = (Set, Vec<RecordSet>)> {
    let shapes = (prop::sample::select(vec!["tier2", "pilot", "payments"]), 0..3_u8, any::<bool>(), any::<[bool; 4]>(), 1..255_i64);
    shapes.prop_map(|(name, shape, weighted, flags, weight)| {
        let mut set = Set::new(name, Action::DnsPin);
        let mut sets = set.pair();
        for (index, one) in sets.iter_mut().enumerate() {
            if weighted {
                one.failover = None;
                one.weight = Some(if index == 0 { weight } else { 0 });
            }
            match (&mut one.alias, shape) {
                (Some(alias), 0) => alias.evaluate_target_health = flags[index],
                // Plain addresses: no name says whose they are.
                (_, 1) => {
                    one.alias = None;
                    one.kind = "A".to_owned();
                    one.ttl = Some(60);
                    one.values = vec![address(SITES[index]).to_owned()];
                }
                _ => {}
            }
            if flags[2] && index == 1 {
                one.health_check = Some("standby-check".to_owned());
            }
        }
        if flags[3] && shape == 0 && sets[0].alias.is_some() {
            let mut six = sets.clone();
            six.iter_mut().for_each(|one| one.kind = "AAAA".to_owned());
            sets.extend(six);
        }
        set.workload.dns.as_mut().unwrap().flip = if weighted { Flip::Weighted } else { Flip::FailoverRecord };
        set.record(sets.clone());
        (set, sets)
    })
}

/// Runs the stage until it has nothing more to ask for, with Route 53 doing what it is asked.
fn carried_out(set: &mut Set) {
    for _ in 0..3 {
        set.later(1);
        set.again();
        let Standing::Needs { changes, .. } = set.stand() else { return };
        let sets = applied(set, &changes);
        assert!(!refused_by_route53(&sets), "{sets:?}");
        set.ask(|_| accepted(&[("change", "C1"), ("status", "PENDING")]));
        set.later(1);
        set.record(sets);
        set.again();
    }
}

fn become_stage(set: &mut Set, id: &str, action: Action, site: Site) {
    set.stage.id = id.to_owned();
    set.stage.action = action;
    set.stage.site = site;
    set.since = set.now;
}

fn sets_now(set: &Set) -> Vec<RecordSet> {
    applied(set, &[])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_pin_answers_its_site_whatever_is_healthy((mut set, _) in records(), standby in any::<bool>()) {
        let site = if standby { Site::Standby } else { Site::Primary };
        set.stage.site = site;
        carried_out(&mut set);
        prop_assert!(is_done(&set.stand()), "{:?}", set.stand());
        let sets = sets_now(&set);
        for health in 0..1_u8 << sets.len() {
            let healthy = |one: &RecordSet| {
                let index = sets.iter().position(|other| std::ptr::eq(other, one)).unwrap();
                health & (1 << index) > 0
            };
            for answer in answered(&sets, &healthy) {
                prop_assert_eq!(goes_to(&set, answer), site, "health {:b}: {:?}", health, sets);
            }
        }
    }

    #[test]
    fn unpinning_gives_back_exactly_what_was_there((mut set, before) in records(), first in any::<bool>(), twice in any::<bool>()) {
        // To the source first, as a planned failover does, then to the target: the first finds what nobody had changed.
        let order = if first { [Site::Primary, Site::Standby] } else { [Site::Standby, Site::Primary] };
        for (index, site) in order.into_iter().enumerate().take(if twice { 2 } else { 1 }) {
            become_stage(&mut set, &format!("pin-{index}"), Action::DnsPin, site);
            carried_out(&mut set);
            prop_assert!(is_done(&set.stand()));
        }
        // The checkers call the primary up: that is where users go without a pin.
        become_stage(&mut set, "unpin", Action::DnsUnpin, Site::Primary);
        carried_out(&mut set);
        prop_assert!(is_done(&set.stand()), "{:?}", set.stand());
        let plain = |sets: Vec<RecordSet>| sets.into_iter().map(as_read).collect::<Vec<_>>();
        prop_assert_eq!(plain(sets_now(&set)), plain(before));
    }

    #[test]
    fn nothing_is_asked_for_twice((mut set, _) in records()) {
        // Accepted, and nothing comes of it: that is said, not asked for again.
        let Standing::Needs { .. } = set.stand() else { return Ok(()) };
        set.ask(|_| accepted(&[("change", "C1")]));
        set.later(20);
        set.again();
        prop_assert!(matches!(set.stand(), Standing::Working { .. }), "{:?}", set.stand());
    }
}

#[test]
fn the_pin_is_one_batch_and_puts_the_originals_aside() {
    let set = Set::new("tier2", Action::DnsPin);
    let Standing::Needs { changes, keep } = set.stand() else { panic!() };
    assert_eq!(changes.len(), 1);
    let What::ChangeRecords { sets, zone, .. } = &changes[0].what else { panic!() };
    assert_eq!((zone.as_str(), sets.len()), ("Z04TIER2LAB0123456789", 2));
    assert_eq!(sets[0].set.alias.as_ref().unwrap().zone, "ZONE-OF-STANDBY");
    let kept: Vec<crate::domain::change::NamedSet> = serde_json::from_str(&keep["records"]).unwrap();
    assert_eq!(kept.into_iter().map(|named| named.set).collect::<Vec<_>>(), set.pair());
}

#[test]
fn a_run_that_finds_a_pin_knows_the_way_all_the_same() {
    // An earlier run has pinned to the standby; this one, on the way home, has none of its memory.
    for name in ["tier2", "pilot"] {
        let mut set = Set::new(name, Action::DnsPin);
        let sets = applied(&set, &set.changes());
        set.record(sets);
        assert!(is_done(&set.stand()));
        become_stage(&mut set, "home", Action::DnsFlip, Site::Primary);
        set.land(Site::Standby);
        carried_out(&mut set);
        assert!(sets_now(&set).iter().all(|one| goes_to(&set, one) == Site::Primary), "{name}");
        become_stage(&mut set, "unpin", Action::DnsUnpin, Site::Primary);
        carried_out(&mut set);
        assert!(is_done(&set.stand()), "{name}: {:?}", set.stand());
        let now = sets_now(&set);
        assert_eq!([goes_to(&set, &now[0]), goes_to(&set, &now[1])], SITES, "{name}");
        if name == "tier2" {
            assert_eq!(now[0].alias.as_ref().unwrap().zone, "Z1GM3OXH4ZPM65");
        }
    }
}

#[test]
fn an_unpin_never_sends_users_away_from_where_the_run_has_led_them() {
    let mut set = Set::new("tier2", Action::DnsPin);
    carried_out(&mut set);
    // The old primary's checkers call it up again; its database is no longer the one that writes.
    become_stage(&mut set, "unpin", Action::DnsUnpin, Site::Standby);
    set.later(1);
    set.again();
    let Standing::Stuck { why, ways } = set.stand() else { panic!("{:?}", set.stand()) };
    assert!(why.contains("primary") && ways[0].contains("pinned"), "{why}");
    let check = set.workload.health_check_subject(Kind::Checkers, set.workload.dns.as_ref().unwrap(), Site::Primary).unwrap();
    set.later(1);
    set.fails(&check, Cause::Silent, 2);
    assert!(matches!(set.stand(), Standing::Blind { .. }), "{:?}", set.stand());
}

/// A site that has just come back is well before its checkers have found that it is.
#[test]
fn an_unpin_waits_for_the_checkers_of_the_site_it_comes_home_to() {
    let mut set = Set::new("tier2", Action::DnsPin).at(Site::Primary);
    carried_out(&mut set);
    become_stage(&mut set, "unpin", Action::DnsUnpin, Site::Primary);
    let check = set.workload.health_check_subject(Kind::Checkers, set.workload.dns.as_ref().unwrap(), Site::Primary).unwrap();
    let up = |up: usize| crate::domain::fact::Checkers {
        reports: (0..16).map(|index| crate::domain::fact::CheckerReport { ok: index < up, ..Default::default() }).collect(),
    };
    set.later(1);
    set.again();
    set.found(check.clone(), up(0));
    let Standing::Working { says, .. } = set.stand() else { panic!("{:?}", set.stand()) };
    assert!(says.contains("primary well yet") && says.contains("standby"), "{says}");
    set.later(1);
    set.again();
    set.found(check, up(16));
    assert_eq!(set.changes().len(), 1);
}

#[test]
fn a_control_plane_that_is_down_makes_it_owed_with_the_ways_that_are_left() {
    for action in [Action::DnsPin, Action::DnsFlip] {
        let mut set = Set::new("tier2", action);
        let record = set.workload.record_subject(set.workload.dns.as_ref().unwrap());
        set.land(Site::Primary);
        set.fails(&record, Cause::Broken, 3);
        let Standing::Owed { why } = set.stand() else { panic!("{:?}", set.stand()) };
        assert!(why.contains("no control plane") && why.contains("health check"), "{why}");
        // Throttled we are by our own doing.
        let mut set = Set::new("tier2", action);
        set.land(Site::Primary);
        set.fails(&record, Cause::Throttled, 3);
        assert!(matches!(set.stand(), Standing::Blind { .. }));
        // It can be read, and nobody answers the change: owed, and tried again.
        for receipt in [lost(), refused("ServiceUnavailable")] {
            let mut set = Set::new("tier2", action);
            set.land(Site::Primary);
            set.ask(|_| receipt.clone());
            set.again();
            assert!(matches!(set.stand(), Standing::Owed { .. }), "{:?}", set.stand());
            set.later(6);
            set.again();
            assert_eq!(set.changes().len(), 1);
        }
        let mut set = Set::new("tier2", action);
        set.land(Site::Primary);
        set.ask(|_| refused("InvalidChangeBatch"));
        set.again();
        assert!(matches!(set.stand(), Standing::Stuck { .. }));
        // A second later somebody has said to try again.
        set.later(1);
        set.since = set.now;
        set.again();
        assert_eq!(set.changes().len(), 1);
    }
}

#[test]
fn who_has_landed_already_need_not_be_turned() {
    let mut set = Set::new("tier2", Action::DnsFlip);
    set.land(Site::Standby);
    let Standing::Done { shows, .. } = set.stand() else { panic!("{:?}", set.stand()) };
    assert!(shows.contains("already"), "{shows}");
    // One resolver says otherwise: users are still to be turned.
    set.later(1);
    let dns = set.workload.dns.clone().unwrap();
    set.resolves(&dns.resolvers[0].to_string(), &dns.record, address(Site::Primary));
    assert_eq!(set.changes().len(), 1);
    // As is whoever landed before the step began.
    let mut set = Set::new("tier2", Action::DnsFlip);
    set.land(Site::Standby);
    set.later(10);
    set.since = set.now;
    assert!(!is_done(&set.stand()));
}

#[test]
fn inversion_turns_users_and_never_pins() {
    let mut set = Set::new("tier2", Action::DnsFlip);
    set.workload.dns.as_mut().unwrap().flip = Flip::HealthCheckInvert;
    set.land(Site::Primary);
    let dns = set.workload.dns.clone().unwrap();
    let check = set.workload.health_check_subject(Kind::HealthCheck, &dns, Site::Primary).unwrap();
    let checkers = set.workload.health_check_subject(Kind::Checkers, &dns, Site::Primary).unwrap();
    let up = |up: usize| crate::domain::fact::Checkers {
        reports: (0..16).map(|index| crate::domain::fact::CheckerReport { ok: index < up, ..Default::default() }).collect(),
    };
    let inverted = |inverted: bool| HealthCheck { id: check.name.clone(), inverted, ..HealthCheck::default() };
    // (target, what the checkers find, as it is set) -> what it must be set to.
    for (site, healthy, now, wanted) in [
        (Site::Standby, true, false, Some(true)),
        (Site::Standby, true, true, None),
        (Site::Standby, false, false, None),
        // Turned round while the primary is down, users would be sent back to it.
        (Site::Standby, false, true, Some(false)),
        (Site::Primary, true, true, Some(false)),
    ] {
        set.later(1);
        set.land(site.other());
        set.stage.site = site;
        set.found(check.clone(), inverted(now));
        set.found(checkers.clone(), up(if healthy { 16 } else { 0 }));
        match (set.stand(), wanted) {
            (Standing::Done { shows, .. }, None) => assert!(shows.contains("pins nothing"), "{shows}"),
            (Standing::Needs { changes, .. }, Some(wanted)) => {
                assert_eq!(changes[0].what, What::InvertHealthCheck { health_check: check.name.clone(), inverted: wanted });
            }
            (standing, wanted) => panic!("{site} {healthy} {now}: {standing:?}, not {wanted:?}"),
        }
    }
    set.found(check.clone(), inverted(false));
    set.found(checkers, up(0));
    set.stage.site = Site::Primary;
    set.land(Site::Standby);
    assert!(matches!(set.stand(), Standing::Working { .. }));
    for action in [Action::DnsPin, Action::DnsUnpin] {
        let why = action.deed().parts(&set.workload).unwrap_err();
        assert!(why.contains("pins nothing"), "{why}");
    }
}

#[test]
fn whoever_turns_users_elsewhere_is_asked() {
    let mut set = Set::new("tier2", Action::DnsFlip);
    set.land(Site::Primary);
    set.workload.dns.as_mut().unwrap().flip = Flip::Manual;
    for action in [Action::DnsFlip, Action::DnsPin, Action::DnsUnpin] {
        set.stage.action = action;
        assert!(matches!(set.stand(), Standing::Asks { .. }), "{action}");
    }
    set.said("done in the other console");
    for action in [Action::DnsFlip, Action::DnsPin, Action::DnsUnpin] {
        set.stage.action = action;
        assert!(is_done(&set.stand()), "{action}");
    }
    set.workload.dns.as_mut().unwrap().flip = Flip::Automatic;
    for action in [Action::DnsFlip, Action::DnsPin] {
        assert!(action.deed().parts(&set.workload).unwrap_err().contains("health checks"), "{action}");
    }
}

#[test]
fn weights_alone_turn_users_and_a_pin_does_more() {
    let mut set = Set::new("tier2", Action::DnsFlip);
    set.workload.dns.as_mut().unwrap().flip = Flip::Weighted;
    let mut sets = set.pair();
    for (one, weight) in sets.iter_mut().zip([100, 0]) {
        one.failover = None;
        one.weight = Some(weight);
    }
    set.record(sets);
    set.land(Site::Primary);
    carried_out(&mut set);
    let now = sets_now(&set);
    assert_eq!([now[0].weight, now[1].weight], [Some(0), Some(100)]);
    assert_eq!([goes_to(&set, &now[0]), goes_to(&set, &now[1])], SITES);
    // The standby unhealthy: zero-weight sets are answered after all.
    let standby_down = |one: &RecordSet| goes_to(&set, one) == Site::Primary;
    assert_eq!(goes_to(&set, answered(&now, &standby_down)[0]), Site::Primary);
}

#[test]
fn in_sync_is_not_arrived() {
    let mut set = Set::new("tier2", Action::DnsAwait);
    let dns = set.workload.dns.clone().unwrap();
    let batch = What::ChangeRecords { zone: dns.zone.clone(), comment: String::new(), sets: Vec::new() };
    set.past(Change::global(batch), Some(accepted(&[("status", "INSYNC")])));
    set.land(Site::Primary);
    let Standing::Working { says, .. } = set.stand() else { panic!("{:?}", set.stand()) };
    assert!(says.contains("INSYNC") && says.contains("primary"), "{says}");
    set.later(1);
    set.land(Site::Standby);
    assert!(is_done(&set.stand()));
    // One name server still has the old answer.
    set.later(1);
    set.resolves(&dns.name_servers[1].to_string(), &dns.record, address(Site::Primary));
    let Standing::Working { share, .. } = set.stand() else { panic!() };
    assert_eq!(share, Some(0.75));
    // A deaf one keeps nobody waiting; all but one deaf is too few.
    let deaf = Subject::resolution(&dns.name_servers[1].to_string(), &dns.record);
    set.later(1);
    set.fails(&deaf, Cause::Silent, 1);
    assert!(is_done(&set.stand()));
    for resolver in dns.resolvers.iter().skip(1).chain(&dns.name_servers) {
        set.fails(&Subject::resolution(&resolver.to_string(), &dns.record), Cause::Silent, 1);
    }
    assert!(matches!(set.stand(), Standing::Blind { .. }), "{:?}", set.stand());
}

#[test]
fn a_record_that_is_no_pair_is_said_to_be_none() {
    let mut set = Set::new("tier2", Action::DnsPin);
    let pair = set.pair();
    let bare = |one: &RecordSet| RecordSet { failover: None, ..one.clone() };
    for sets in [Vec::new(), vec![pair[0].clone()], pair.iter().map(bare).collect()] {
        set.later(1);
        set.record(sets);
        assert!(matches!(set.stand(), Standing::Stuck { .. }));
    }
    // A name outside ELB's own, in no set and no memory: the alias cannot be made up.
    let mut sets = pair;
    let elsewhere = Alias { name: "d111.cloudfront.net.".to_owned(), ..Alias::default() };
    sets.iter_mut().for_each(|one| one.alias = Some(elsewhere.clone()));
    set.workload.dns.as_mut().unwrap().sites.standby.load_balancer = Some("nlb-1.elb.us-west-2.amazonaws.com".to_owned());
    set.later(1);
    set.record(sets);
    assert!(matches!(set.stand(), Standing::Stuck { .. }), "{:?}", set.stand());
}
