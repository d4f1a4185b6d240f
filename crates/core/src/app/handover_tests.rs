//! Who is to consent sees the databases that the run goes to, and not those of the configuration.

use std::sync::Arc;
use std::time::Duration;

use super::homecoming::{Home, NEW, headline};
use super::*;
use crate::assess::Whereabouts;
use crate::config::Site;
use crate::domain::fact::{Instance, Point, Series};
use crate::domain::{Measure, Snapshot, Subject};
use crate::run::Mode;

#[test]
fn who_consents_is_told_of_the_database_that_is_promoted() {
    let mut home = Home::under_way();
    let lag = Subject::metric(&home.workload().primary, NEW, Measure::ReplicaLag.metric());
    let at = home.now - Duration::from_secs(60);
    home.found(lag, Series { unit: String::new(), points: vec![Point { at, value: 1.0 }] });
    let model = home.told();
    let Handover { workload, assessment, .. } = handover(&model).unwrap();
    assert_eq!(workload.database.as_ref().unwrap().sites.primary, NEW);
    assert_eq!(assessment.readiness.target, Some(Site::Primary));
    let row = assessment.component("replication/database").unwrap();
    assert_eq!((row.value.as_str(), row.reason.as_deref()), ("1s", None));
    let check = |id: &str| assessment.readiness.checks.iter().find(|check| check.id == id).unwrap();
    assert_eq!(check("database.target.replica").ok, Some(true), "{}", check("database.target.replica").why);
    assert_eq!(check("database.target.promotable").ok, Some(true));
    assert_eq!(check("database.target.backups").why, "kept for 1 days");
    assert!(check("database.target.multi_az").why.starts_with("one zone"), "{}", check("database.target.multi_az").why);
}

/// What is asked about is as it is now, in the direction of the run, whatever is looked at.
#[test]
fn a_picture_that_stands_still_says_nothing_of_a_handover() {
    let mut home = Home::under_way();
    // Nobody can see from which site the way leads, but for the run.
    home.found(home.new_replica(), Instance { replica_of: None, ..home.follower() });
    let mut model = home.told();
    let frozen = crate::assess::assess(&model.config.workloads[0], &Snapshot::default(), model.clock.now);
    let behind = std::mem::take(&mut model.picture);
    model.picture.assessments = vec![frozen];
    model.frozen = Some(Frozen { since: model.clock.now, behind, missed: 0, held: Timeline::default() });
    let found = handover(&model).unwrap();
    assert_eq!(found.assessment.readiness.target, Some(Site::Primary));
    let replica = found.assessment.readiness.checks.iter().find(|check| check.id == "database.target.replica").unwrap();
    assert_eq!((replica.ok, replica.why.as_str()), (Some(false), "it is nobody's replica"));
}

/// Tasks are started on the new replica before it is promoted. The database that it takes the place of is nobody's any more.
#[test]
fn a_replica_that_tasks_are_started_on_is_no_split() {
    let model = Home::under_way().told();
    assert_eq!(model.assessment().unwrap().active, Whereabouts::Standby, "{}", headline(&model));
    assert!(!headline(&model).contains("SPLIT"), "{}", headline(&model));
    let told: Vec<_> = model.events.events.iter().map(|event| event.text.as_str()).collect();
    assert!(told.iter().all(|text| !text.contains("SPLIT")), "{told:?}");
}

#[test]
fn a_replica_that_takes_writes_too_soon_is_a_split() {
    let mut home = Home::under_way();
    home.found(home.new_replica(), Instance { replica_of: None, replication: None, ..home.follower() });
    let model = home.told();
    assert_eq!((&model.assessment().unwrap().active, headline(&model)), (&Whereabouts::Both, "SPLIT: BOTH SITES WRITE"));
}

/// Nobody looks at what an aborted run has made: whether it has come to anything, nobody has said.
#[test]
fn what_an_aborted_run_has_made_takes_nobodys_place() {
    let mut home = Home::under_way();
    let running = home.model.running.as_mut().unwrap();
    Arc::make_mut(&mut running.run).mode = Mode::Aborted { reason: String::new() };
    assert_eq!(home.told().assessment().unwrap().active, Whereabouts::Both);
}

/// Of an orderly move nothing is lost; but for what somebody writes to the old database, who was not there when it was cleared.
#[test]
fn what_is_written_where_nobody_reads_is_at_stake() {
    let lost = |connections: f64| {
        let mut home = Home::under_way();
        let database = home.workload().database.clone().unwrap();
        let metric = home.workload().database_metric(&database, Site::Primary, Measure::Connections);
        let at = home.now - Duration::from_secs(60);
        home.found(metric, Series { unit: String::new(), points: vec![Point { at, value: connections }] });
        let stakes = stakes(&home.told()).unwrap();
        (stakes.loss, stakes.grows)
    };
    assert_eq!(lost(0.0), (Some(Duration::ZERO), false));
    let (loss, grows) = lost(4.0);
    assert!(loss.is_none_or(|loss| loss >= Duration::from_secs(600)) && grows, "{loss:?}");
}
