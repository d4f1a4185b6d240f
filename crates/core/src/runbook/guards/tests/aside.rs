//! The way home goes past the database that was left: it takes writes all the while.

use std::time::Duration;

use super::*;
use crate::config::Site;
use crate::domain::change::Shape;
use crate::runbook::Kind as RunKind;

const NEW: &str = "tier2-db-replica-20261120-1102-x";

/// A failback that cleared the primary ten minutes ago, made a replica there, and has shown that it holds everything.
fn home() -> Set {
    let mut set = set("tier2");
    (set.kind, set.source) = (RunKind::Failback, Site::Standby);
    let (primary, source_region) = (set.workload.primary.clone(), set.workload.standby.clone());
    let what = What::CreateReplica { instance: NEW.to_owned(), source_arn: String::new(), source_region, shape: Shape::default() };
    set.past(Change::new(&primary, what), Some(accepted(&[])));
    for (stage, action, site, ago) in [
        ("clear", Action::ServiceStop, Site::Primary, 600),
        ("fence", Action::ServiceStop, Site::Standby, 120),
        ("prove", Action::DatabaseProveCaughtUp, Site::Primary, 5),
    ] {
        set.done(stage, action, site, ago);
    }
    follower(&mut set, Some("tier2-db-replica"));
    old_is(&mut set, "available");
    let standby = set.workload.database_subject(set.workload.database.as_ref().unwrap(), Site::Standby);
    set.found(standby, Instance { status: "available".to_owned(), ..Instance::default() });
    services_at(&mut set, Site::Standby, 0, 0);
    connections(&mut set, &[(120, 0.0), (60, 0.0)]);
    let source = set.workload.database_metric(set.workload.database.as_ref().unwrap(), Site::Standby, Measure::Connections);
    set.point(source, 0.0, 60);
    set
}

fn follower(set: &mut Set, of: Option<&str>) {
    let new = Subject::new(Kind::Instance, &set.workload.primary, NEW);
    let replica_of = of.map(str::to_owned);
    set.found(new, Instance { id: NEW.to_owned(), status: "available".to_owned(), replica_of, ..Instance::default() });
}

fn old(set: &Set) -> Subject {
    set.workload.database_subject(set.workload.database.as_ref().unwrap(), Site::Primary)
}

fn old_is(set: &mut Set, status: &str) {
    set.found(old(set), Instance { status: status.to_owned(), ..Instance::default() });
}

/// To the database that was left, by how many seconds ago the minute began.
fn connections(set: &mut Set, points: &[(u64, f64)]) {
    let metric = set.workload.database_metric(set.workload.database.as_ref().unwrap(), Site::Primary, Measure::Connections);
    let point = |(ago, value): &(u64, f64)| Point { at: set.now - Duration::from_secs(*ago), value: *value };
    let points = points.iter().map(point).collect();
    set.found(metric, Series { unit: String::new(), points });
}

#[test]
fn trap_a_database_that_was_down_when_it_was_cleared_comes_back_with_whoever_wrote_there() {
    let mut set = home();
    let held = set.holds(Guard::NotSplit);
    assert_eq!((held.holds, held.why), (Some(true), format!("the target takes no writes: {NEW} is a replica")));
    let loss = super::super::loss_at_the_cut(&set.scene());
    assert_eq!((loss.database, super::super::writes_go_aside(&set.scene())), (Some(Duration::ZERO), None));
    for (points, holds) in [
        (&[(120, 3.0), (60, 3.0)][..], Some(false)),
        // What was written is not there, though they have gone.
        (&[(300, 3.0), (60, 0.0)], Some(false)),
        (&[(660, 3.0), (60, 0.0)], Some(true)),
    ] {
        set.later(1);
        connections(&mut set, points);
        let held = set.holds(Guard::NotSplit);
        assert_eq!(held.holds, holds, "{points:?}: {}", held.why);
        assert!(holds == Some(true) || held.why.starts_with("3 connections to tier2-db, which was put aside"), "{}", held.why);
    }
}

#[test]
fn what_was_written_to_the_database_that_was_put_aside_is_lost_however_complete_the_rest_is() {
    let mut set = home();
    connections(&mut set, &[(60, 3.0)]);
    let loss = super::super::loss_at_the_cut(&set.scene());
    assert_eq!((loss.database, loss.about, loss.grows), (Some(Duration::from_secs(600)), None, true));
    assert!(
        loss.told.starts_with("at most 10m00s of writes: 3 connections to tier2-db") && super::super::loss_grows(&set.scene()),
        "{loss:?}"
    );
    assert_eq!(set.holds(Guard::CaughtUp).holds, Some(true), "of the source's");
    // Somebody who was asked when it was cleared has said that they only read.
    set.memory.inferred.insert("clear".to_owned());
    set.memory.said.insert("clear".to_owned(), "reports only read".to_owned());
    assert_eq!(set.holds(Guard::NotSplit).holds, Some(true), "it is said, and nobody is held up by it");
    assert_eq!(super::super::loss_at_the_cut(&set.scene()).database, Some(Duration::from_secs(600)), "and if it is not so, it is lost");
    // Nobody cleared it: since when they write there is not known.
    set.memory.done.remove("clear");
    assert_eq!(super::super::loss_at_the_cut(&set.scene()).database, None);
}

#[test]
fn a_database_that_was_put_aside_is_known_to_be_left_alone_or_cannot_be_written_to() {
    let mut set = home();
    connections(&mut set, &[]);
    let held = set.holds(Guard::NotSplit);
    assert_eq!(held.holds, None, "{}", held.why);
    old_is(&mut set, "stopped");
    assert_eq!(set.holds(Guard::NotSplit).holds, Some(true));
    set.missing(old(&set));
    assert_eq!(set.holds(Guard::NotSplit).holds, Some(true));
    set.fails(&old(&set), Cause::Silent, 3);
    assert_eq!(set.holds(Guard::NotSplit).holds, None);
    // It is looked at for it.
    let subjects = Guard::NotSplit.subjects(&set.scene());
    assert!(subjects.contains(&old(&set)) && subjects.iter().any(|subject| subject.kind == Kind::Metric));
}

/// Too late to keep anything from being lost, and nobody who waits is held up by it; but it is not told to be well.
#[test]
fn after_the_promotion_who_writes_there_is_told() {
    let mut set = home();
    set.done("promote", Action::DatabasePromote, Site::Primary, 200);
    follower(&mut set, None);
    assert_eq!(super::super::seen_to_be_one(&set.scene()).holds, Some(true));
    connections(&mut set, &[(60, 3.0)]);
    let seen = super::super::seen_to_be_one(&set.scene());
    assert!(seen.holds.is_none() && seen.why.contains("3 connections to tier2-db, which was put aside"), "{}", seen.why);
    assert_eq!(set.holds(Guard::NotSplit).holds, Some(true));
}
