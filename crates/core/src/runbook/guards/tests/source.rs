//! Whether the source is ill, and by whose doing.

use super::*;

#[test]
fn impaired_is_not_our_own_network() {
    let mut set = set("tier2");
    let subjects = Guard::SourceImpaired.subjects(&set.scene());
    // Everything is silent, both sites alike.
    for subject in &subjects {
        set.fails(subject, Cause::Silent, 3);
    }
    let held = set.holds(Guard::SourceImpaired);
    assert_eq!(held.holds, None, "{}", held.why);
    assert!(held.why.contains("own network"), "{}", held.why);
    // The standby answers.
    set.later(1);
    set.sees(set.workload.site_sight(Site::Standby), 200, "");
    assert_eq!(set.holds(Guard::SourceImpaired).holds, Some(true));
    assert_eq!(set.holds(Guard::SourceWell).holds, Some(false));
    // Throttled is not silent.
    let mut set = self::set("tier2");
    for subject in &subjects {
        set.fails(subject, Cause::Throttled, 5);
    }
    assert_ne!(set.holds(Guard::SourceImpaired).holds, Some(true));
    assert_ne!(set.holds(Guard::SourceWell).holds, Some(true));
}

/// Of two services one is stopped before the other: users fail from then on, and that says nothing against stopping the other.
#[test]
fn trap_a_source_that_is_being_stopped_is_not_called_ill_for_it() {
    let mut set = set("platform");
    let looks = |set: &mut Set| {
        for _ in 0..3 {
            set.later(1);
            set.sees(set.workload.site_sight(Site::Primary), 503, "");
            set.sees(set.workload.record_sight(), 503, "");
        }
    };
    looks(&mut set);
    assert_eq!(set.holds(Guard::SourceWell).holds, Some(false), "before anything is stopped it is ill");
    let scale = |desired| What::ScaleService { cluster: "platform-primary".to_owned(), service: "frontend".to_owned(), desired };
    let primary = set.workload.primary.clone();
    set.past(Change::new(&primary, scale(0)), Some(accepted(&[])));
    let held = set.holds(Guard::SourceWell);
    assert_eq!(held.holds, Some(true), "{}", held.why);
    assert!(held.why.contains("has been stopping it"), "{}", held.why);
    // Started again it is looked at like any other; and a database that takes no writes is no way to leave.
    set.past(Change::new(&primary, scale(4)), Some(accepted(&[])));
    assert_eq!(set.holds(Guard::SourceWell).holds, Some(false));
    set.past(Change::new(&primary, scale(0)), Some(accepted(&[])));
    let database = set.workload.database_subject(&set.workload.database.clone().unwrap(), Site::Primary);
    set.fails(&database, Cause::Silent, 3);
    set.later(60);
    assert_ne!(set.holds(Guard::SourceWell).holds, Some(true));
}
