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

/// Its clients and the record's are turned away three times in a row.
fn turned_away(set: &mut Set) {
    for _ in 0..3 {
        set.later(1);
        set.sees(set.workload.site_sight(Site::Primary), 503, "");
        set.sees(set.workload.record_sight(), 503, "");
    }
}

fn scaled(set: &mut Set, desired: i32) {
    let scale = What::ScaleService { cluster: "platform-primary".to_owned(), service: "frontend".to_owned(), desired };
    let primary = set.workload.primary.clone();
    set.past(Change::new(&primary, scale), Some(accepted(&[])));
}

/// Of two services one is stopped before the other: users fail from then on, and that says nothing against stopping the other.
#[test]
fn trap_a_source_that_is_being_stopped_is_not_called_ill_for_it() {
    let mut set = set("platform");
    assert_eq!(set.holds(Guard::SourceWell).holds, Some(true), "{}", set.holds(Guard::SourceWell).why);
    scaled(&mut set, 0);
    turned_away(&mut set);
    // Asked for once more it has not begun anew.
    scaled(&mut set, 0);
    let held = set.holds(Guard::SourceWell);
    assert_eq!(held.holds, Some(true), "{}", held.why);
    assert!(held.why.contains("has been stopping it"), "{}", held.why);
    // Started again it is looked at like any other; and a database that takes no writes is no way to leave.
    scaled(&mut set, 4);
    assert_eq!(set.holds(Guard::SourceWell).holds, Some(false));
    let mut set = self::set("platform");
    scaled(&mut set, 0);
    let database = set.workload.database_subject(&set.workload.database.clone().unwrap(), Site::Primary);
    set.fails(&database, Cause::Silent, 3);
    set.later(60);
    assert_ne!(set.holds(Guard::SourceWell).holds, Some(true));
}

/// Somebody went past what failed there by name; that the run has begun to stop it since makes that no doing of the run's.
#[test]
fn trap_what_failed_before_it_was_stopped_goes_on_counting() {
    let mut set = set("platform");
    turned_away(&mut set);
    assert_eq!(set.holds(Guard::SourceWell).holds, Some(false), "before anything is stopped it is ill");
    scaled(&mut set, 0);
    let held = set.holds(Guard::SourceWell);
    assert_eq!(held.holds, Some(false), "{}", held.why);
    assert!(held.why.contains("since before this run began to stop it"), "{}", held.why);
    // What has recovered and fails again does so since it is being stopped.
    set.later(1);
    set.sees(set.workload.site_sight(Site::Primary), 200, "");
    set.sees(set.workload.record_sight(), 200, "");
    turned_away(&mut set);
    let held = set.holds(Guard::SourceWell);
    assert_eq!(held.holds, Some(true), "{}", held.why);
}
