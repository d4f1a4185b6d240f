use std::time::Duration;

use proptest::prelude::*;

use super::whose::{stranger, wrote};
use crate::config::Site;
use crate::domain::change::Way;
use crate::domain::{Cause, Change, Receipt, Subject, What};
use crate::runbook::action::Action;
use crate::runbook::model::Kind;
use crate::runbook::standing::{Certainty, Standing};
use crate::runbook::testing::{Set, accepted, address, is_done, lost};

/// A page as the lab's application writes it.
fn page(site: &str, region: &str, database: &str) -> String {
    format!(r#"{{"workload":"tier2","site":"{site}","region":"{region}","ok":true,"database":"{database}","wrote":true}}"#)
}

fn own() -> String {
    page("standby", "us-west-2", "tier2-db-replica")
}

fn stranger_page() -> String {
    page("primary", "ap-southeast-2", "tier2-db")
}

#[test]
fn an_answer_belongs_to_whom_it_names() {
    let set = Set::new("tier2", Action::ProbeWrite);
    let wrote = |body: &str| wrote(&set.workload, Site::Standby, body);
    assert_eq!(wrote(&own()), Ok(Some("tier2-db-replica".to_owned())));
    // The target's application that still writes to the source's database has proven nothing.
    for (body, part) in [
        (stranger_page(), "tier2-db"),
        (page("standby", "us-west-2", "tier2-db"), "tier2-db"),
        (page("primary", "ap-southeast-2", ""), "application"),
        (r#"{"host":"tier2-db.abc.ap-southeast-2.rds.amazonaws.com"}"#.to_owned(), "tier2-db"),
        ("<p>written to tier2-db</p>".to_owned(), "tier2-db"),
        ("region: ap-southeast-2".to_owned(), "application"),
        (r#"{"wrote":false}"#.to_owned(), "nothing was written"),
        // The beginning of a long page.
        (stranger_page().chars().take(90).collect(), "primary"),
    ] {
        let why = wrote(&body).unwrap_err();
        assert!(why.contains(part), "{body}: {why}");
    }
    // An application need not say anything; the replica's name begins like its source's.
    for body in ["", "OK", "{}", "[1,2", r#"{"db":"tier2-database"}"#, r#"{"primary":true}"#] {
        assert_eq!(wrote(body), Ok(None), "{body}");
    }
    assert_eq!(wrote("wrote to tier2-db-replica.x.us-west-2.rds.amazonaws.com"), Ok(Some("tier2-db-replica".to_owned())));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_names_the_other_database_proves_nothing(before in "[ -~]{0,40}[ \",:>]", after in "[ \",:<][ -~]{0,40}") {
        let set = Set::new("tier2", Action::ProbeWrite);
        let body = format!("{before}tier2-db{after}");
        prop_assert!(stranger(&set.workload, Site::Standby, &body).is_err(), "{}", body);
        prop_assert!(wrote(&set.workload, Site::Standby, &body).is_err());
    }
}

#[test]
fn a_write_is_asked_for_until_it_is_proven() {
    let mut set = Set::new("tier2", Action::ProbeWrite);
    let way = Way::Site("standby".to_owned());
    let write = Change::global(What::WriteThrough { workload: "tier2".to_owned(), way });
    assert_eq!(set.changes(), std::slice::from_ref(&write));
    for answer in [
        accepted(&[("status", "503"), ("body", "")]),
        accepted(&[("problem", "connection refused")]),
        // A 200 from the source's application.
        accepted(&[("status", "200"), ("body", &stranger_page())]),
        lost(),
    ] {
        set.ask(|_| answer.clone());
        assert!(matches!(set.stand(), Standing::Working { .. }), "{answer:?}: {:?}", set.stand());
        set.later(2);
        assert_eq!(set.changes(), std::slice::from_ref(&write), "{answer:?}");
    }
    set.ask(|_| accepted(&[("status", "200"), ("body", &own())]));
    assert!(matches!(set.stand(), Standing::Done { certainty: Certainty::Proven, .. }));
    let mut silent = Set::new("tier2", Action::ProbeWrite);
    silent.ask(|_| accepted(&[("status", "200"), ("body", "OK")]));
    assert!(matches!(silent.stand(), Standing::Done { certainty: Certainty::Inferred, .. }));
    silent.workload.dns.as_mut().unwrap().probe.write_path = None;
    assert!(Action::ProbeWrite.deed().parts(&silent.workload).is_err());
    assert!(Action::ProbeClientEye.deed().parts(&silent.workload).is_err());
}

/// Where nothing may be lost the first row at the target comes after the last one that is known of the source.
#[test]
fn trap_the_first_row_at_the_target_is_counted() {
    let answer =
        |database: &str, row: u64| accepted(&[("status", "200"), ("body", &format!(r#"{{"database":"{database}","row":{row}}}"#))]);
    let through = |site: &str| {
        let way = Way::Site(site.to_owned());
        Change::global(What::WriteThrough { workload: "tier2".to_owned(), way })
    };
    for (kind, row, owed) in [
        (Kind::Planned, 4999, true),
        (Kind::Planned, 5000, false),
        (Kind::Planned, 5001, false),
        (Kind::Failback, 4000, true),
        // What an outage has cost was stated before.
        (Kind::Unplanned, 4000, false),
    ] {
        let mut set = Set::new("tier2", Action::ProbeWrite);
        set.kind = kind;
        set.past(through("primary"), Some(answer("tier2-db", 5000)));
        set.past(through("standby"), Some(answer("tier2-db-replica", row)));
        // The next one has the number of one that is gone.
        set.past(through("standby"), Some(answer("tier2-db-replica", 5002)));
        match set.stand() {
            Standing::Owed { why } => assert!(owed && why.contains(&format!("{} are missing", 5000 - row)), "{kind:?} {row}: {why}"),
            standing => assert!(!owed && is_done(&standing), "{kind:?} {row}: {standing:?}"),
        }
    }
}

#[test]
fn health_is_the_sites_own() {
    let mut set = Set::new("tier2", Action::ProbeHealth);
    let sight = set.workload.site_sight(Site::Standby);
    for (status, body, done) in [(200, own(), true), (200, String::new(), true), (200, stranger_page(), false), (503, own(), false)] {
        set.later(1);
        set.sees(sight.clone(), status, &body);
        assert_eq!(is_done(&set.stand()), done, "{status} {body}");
    }
    set.fails(&sight, Cause::NotYet, 1);
    assert!(matches!(set.stand(), Standing::Blind { .. }));
}

/// Users land on the standby and see it well.
fn landed() -> Set {
    let mut set = Set::new("tier2", Action::ProbeClientEye);
    look(&mut set);
    set
}

fn look(set: &mut Set) {
    set.land(Site::Standby);
    set.sees(set.workload.record_sight(), 200, &own());
}

fn good() -> Receipt {
    accepted(&[("status", "200"), ("body", &own()), ("address", address(Site::Standby))])
}

/// A round of writes, and the looks after it.
fn round(set: &mut Set, answer: impl Fn(&Change) -> Receipt) {
    set.ask(answer);
    look(set);
}

#[test]
fn three_rounds_five_seconds_apart_at_every_resolver() {
    let mut set = landed();
    for done in 0..3_u32 {
        let changes = set.changes();
        assert_eq!(changes.len(), set.workload.dns.as_ref().unwrap().resolvers.len());
        round(&mut set, |_| good());
        if done < 2 {
            let Standing::Working { says, .. } = set.stand() else { panic!("{:?}", set.stand()) };
            assert!(says.contains(&format!("{} of 3", done + 1)), "{says}");
            set.later(4);
            look(&mut set);
            assert!(!matches!(set.stand(), Standing::Needs { .. }), "too soon");
            set.later(1);
            look(&mut set);
        }
    }
    assert!(is_done(&set.stand()), "{:?}", set.stand());
    // What is seen now must still be so.
    set.later(1);
    set.sees(set.workload.record_sight(), 503, "");
    assert!(!is_done(&set.stand()));
    set.later(1);
    look(&mut set);
    set.sees(set.workload.record_sight(), 200, &stranger_page());
    assert!(!is_done(&set.stand()));
}

/// Health checks may turn the record back while resolvers still keep what they were told: what they keep is so for a minute more.
#[test]
fn what_resolvers_keep_proves_nothing_where_the_name_servers_lead_elsewhere() {
    let mut set = landed();
    let dns = set.workload.dns.clone().unwrap();
    let leads = |set: &mut Set, site: Site| {
        look(set);
        for server in &dns.name_servers {
            set.resolves(&server.to_string(), &dns.record, address(site));
        }
    };
    for _ in 0..3 {
        set.ask(|_| good());
        set.later(5);
        leads(&mut set, Site::Primary);
        let Standing::Working { says, .. } = set.stand() else { panic!("{:?}", set.stand()) };
        assert!(says.starts_with("whoever asks anew is led to the primary: "), "{says}");
        leads(&mut set, Site::Standby);
    }
    assert!(is_done(&set.stand()), "{:?}", set.stand());
    // One that does not answer leads nobody anywhere.
    for server in &dns.name_servers {
        set.fails(&Subject::resolution(&server.to_string(), &dns.record), Cause::Silent, 1);
    }
    assert!(is_done(&set.stand()), "{:?}", set.stand());
}

/// The rounds change nothing of what a client gets: whoever has looked since they began need not look again.
#[test]
fn how_users_fare_is_told_by_a_look_that_began_among_the_rounds() {
    for (looks, done) in [([false, false], false), ([true, false], true), ([false, true], true)] {
        let mut set = landed();
        set.later(1);
        set.land(Site::Standby);
        for looks in looks.into_iter().chain([false]) {
            set.ask(|_| good());
            set.later(5);
            set.land(Site::Standby);
            if looks {
                set.sees(set.workload.record_sight(), 200, &own());
            }
        }
        assert_eq!(is_done(&set.stand()), done, "{looks:?}: {:?}", set.stand());
    }
}

#[test]
fn one_failure_starts_the_count_anew() {
    let resolver = Set::new("tier2", Action::ProbeClientEye).workload.dns.unwrap().resolvers[1].to_string();
    let is_there =
        |change: &Change| matches!(&change.what, What::WriteThrough { way: Way::Record { resolver: at }, .. } if *at == resolver);
    for bad in [
        lost(),
        accepted(&[("status", "503"), ("address", address(Site::Standby))]),
        accepted(&[("status", "200"), ("body", &own()), ("address", address(Site::Primary))]),
        accepted(&[("status", "200"), ("body", &stranger_page()), ("address", address(Site::Standby))]),
        // Where it went nobody knows.
        accepted(&[("status", "200"), ("body", &own())]),
    ] {
        let mut set = landed();
        for fails in [false, false, true, false, false] {
            if fails {
                round(&mut set, |change| if is_there(change) { bad.clone() } else { good() });
            } else {
                round(&mut set, |_| good());
            }
            assert!(!is_done(&set.stand()), "{bad:?}");
            set.later(5);
            look(&mut set);
        }
        round(&mut set, |_| good());
        assert!(is_done(&set.stand()), "{bad:?}: {:?}", set.stand());
    }
}

#[test]
fn nothing_is_written_by_the_way_of_users_who_are_elsewhere() {
    let mut set = landed();
    let dns = set.workload.dns.clone().unwrap();
    set.later(1);
    set.resolves(&dns.resolvers[0].to_string(), &dns.record, address(Site::Primary));
    assert!(matches!(set.stand(), Standing::Working { .. }), "{:?}", set.stand());
    // Fewer than two that answer prove nothing.
    for resolver in dns.resolvers.iter().skip(1) {
        set.fails(&Subject::resolution(&resolver.to_string(), &dns.record), Cause::Silent, 1);
    }
    assert!(matches!(set.stand(), Standing::Blind { .. }));
    let mut set = landed();
    set.since = set.now + Duration::from_secs(1);
    assert!(matches!(set.stand(), Standing::Looking { .. }));
}
