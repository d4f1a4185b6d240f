use std::time::Duration;

use super::super::super::fixture::*;
use super::target;
use crate::config::Site;
use crate::domain::fact::*;
use crate::domain::{Change, Measure, Receipt, What};
use crate::runbook::{Action, Kind as RunKind, Past};

/// A replica whose lag was read at these points; the fence was a minute ago.
fn caught_up(points: &[(u64, f64)]) -> Play {
    let mut play = target(Action::DatabaseProveCaughtUp, |_| {}).kind(RunKind::Planned);
    play.points(play.metric(Site::Standby, Measure::ReplicaLag), points);
    play
}

#[test]
fn trap_a_lag_proves_something_only_if_it_reaches_past_the_fence() {
    for (what, points, expected) in [
        ("a small lag from before the fence", &[(120, 0.0), (61, 0.0)][..], "working"),
        ("after the fence, and not far enough", &[(61, 0.0), (30, 31.0)], "working"),
        ("far enough", &[(30, 29.0)], "inferred"),
        ("nothing behind", &[(30, 0.0)], "inferred"),
        ("broken is not zero", &[(90, 0.0), (30, -1.0)], "stuck"),
        ("no length of time", &[(30, f64::NAN)], "working"),
        ("what was good once and is broken now", &[(50, 0.0), (20, -1.0)], "stuck"),
    ] {
        assert_eq!(kind_of(&caught_up(points).stand()), expected, "{what}");
    }
    let mut play = target(Action::DatabaseProveCaughtUp, |_| {});
    assert_eq!(kind_of(&play.stand()), "looking", "no figure counts for nothing");
    play.missing(play.metric(Site::Standby, Measure::ReplicaLag));
    assert_ne!(kind_of(&play.stand()), "inferred");
    play.points(play.metric(Site::Standby, Measure::ReplicaLag), &[]);
    assert_eq!(kind_of(&play.stand()), "working");
}

#[test]
fn trap_without_a_fence_nothing_is_ever_complete() {
    let mut play = caught_up(&[(30, 0.0)]);
    play.memory.done.clear();
    assert_eq!(kind_of(&play.stand()), "stuck", "a fence that is owed is none");
    // One of two services is still owed.
    let mut play = caught_up(&[(30, 0.0)]);
    play.stage.needs.push("fence:backend".to_owned());
    assert_eq!(kind_of(&play.stand()), "stuck");
    let promoted = target(Action::DatabaseProveCaughtUp, |found| found.replica_of = None);
    assert_eq!(kind_of(&promoted.stand()), "stuck");
}

/// A marker that was asked for so many seconds ago.
fn marked(play: &mut Play, ago: u64, marker: &str) {
    let what = What::WriteThrough { workload: "tier2".to_owned(), way: crate::domain::change::Way::Site("primary".to_owned()) };
    let at = play.now - Duration::from_secs(ago);
    let body = format!(r#"{{"database":"tier2-db","row":"{marker}"}}"#);
    let told = [("body", body.as_str()), ("status", "200")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let answer = Some((at, Receipt::Accepted { told: told.into() }));
    play.memory.past.push(Past { stage: "marker".to_owned(), change: Change::global(what), asked_at: at, answer });
}

#[test]
fn trap_a_marker_from_before_the_fence_proves_nothing_of_what_came_after() {
    let read = |play: &mut Play, body: &str| {
        let sight = Sight { status: Some(200), body: body.to_owned(), ..Sight::default() };
        play.found(play.workload.site_sight(Site::Standby), sight);
    };
    for (ago, name, body, expected) in [
        (70, "abc", r#"{"row":"abc"}"#, "working"),
        (50, "abc", r#"{"row":"abc"}"#, "proven"),
        (50, "abc", r#"{"row":"abd"}"#, "working"),
        (50, "42", r#"{"row":42}"#, "proven"),
        (50, "42", r#"{"row":100}"#, "proven"),
        (50, "42", r#"{"row":41}"#, "working"),
        (50, "42", r#"{"other":42}"#, "working"),
        (50, "42", "42", "working"),
    ] {
        let mut play = caught_up(&[(61, 0.0)]);
        marked(&mut play, ago, name);
        read(&mut play, body);
        assert_eq!(kind_of(&play.stand()), expected, "{ago} {body}");
    }
}

#[test]
fn a_lag_is_not_believed_against_a_row_that_is_not_there() {
    for (body, expected) in [(r#"{"row":41}"#, "working"), (r#"{"row":42}"#, "inferred"), ("", "inferred")] {
        let mut play = caught_up(&[(30, 0.0)]);
        marked(&mut play, 70, "42");
        assert_eq!(kind_of(&play.stand()), "looking");
        let sight = Sight { status: Some(200), body: body.to_owned(), ..Sight::default() };
        play.found(play.workload.site_sight(Site::Standby), sight);
        assert_eq!(kind_of(&play.stand()), expected, "{body}");
    }
}

#[test]
fn scenes_of_a_marker() {
    let page = |status, body: &str| Sight { status: Some(status), body: body.to_owned(), ..Sight::default() };
    let mut play = Play::of("tier2", Action::DatabaseMarker).kind(RunKind::Planned);
    assert_eq!((play.stage.site, kind_of(&play.stand())), (Site::Primary, "looking"), "where nothing can be read nothing is written");
    let before = |body: &str| {
        let mut play = play.clone();
        play.found(play.workload.site_sight(Site::Standby), page(200, body));
        play.stand()
    };
    assert_eq!(kind_of(&before("")), "working", "nor where the page names no row");
    assert_eq!(kind_of(&before(r#"{"database":"tier2-db","row":6}"#)), "working", "nor where the row is in the source's database");
    let write = change(&before(r#"{"row":6}"#));
    let answers = |status: &str, body: &str, at_the_target: Sight| {
        let mut play = play.clone();
        let told = [("status", status), ("body", body)].map(|(name, value)| (name.to_owned(), value.to_owned()));
        play.asked(&write, Receipt::Accepted { told: told.into() });
        play.found(play.workload.site_sight(Site::Standby), at_the_target);
        kind_of(&play.stand())
    };
    let seven = || page(200, r#"{"row":7}"#);
    assert_eq!(answers("503", "", seven()), "needs", "a refusal of the application's is no row, and it is asked once more");
    assert_eq!(answers("200", r#"{"database":"tier2-db-replica","row":7}"#, seven()), "needs", "the other site's is no marker");
    assert_eq!(answers("200", r#"{"database":"tier2-db"}"#, seven()), "stuck", "a row without a name cannot be looked for");
    for (at_the_target, expected) in [
        (page(200, r#"{"row":6}"#), "working"),
        (page(503, r#"{"row":7}"#), "working"),
        (page(200, r#"{"site":"primary","row":7}"#), "working"),
        (seven(), "proven"),
        (page(200, r#"{"row":8}"#), "proven"),
    ] {
        let told = format!("{at_the_target:?}");
        assert_eq!(answers("200", r#"{"database":"tier2-db","row":7}"#, at_the_target), expected, "{told}");
    }
    let told = [("status", "200"), ("body", r#"{"row":7}"#)].map(|(name, value)| (name.to_owned(), value.to_owned()));
    play.asked(&write, Receipt::Accepted { told: told.into() });
    play.found(play.workload.site_sight(Site::Primary), seven());
    assert_eq!(kind_of(&play.stand()), "looking", "that it is where it was written says nothing");
}

/// With one secret for both sites the standby shows the source's rows as its own: that is no proof that they have arrived.
#[test]
fn what_is_read_from_afar_has_not_arrived() {
    for (body, expected) in [
        (r#"{"row":7}"#, "inferred"),
        (r#"{"row":null}"#, "inferred"),
        ("", "inferred"),
        (r#"{"database":"pilot-db-replica","row":7}"#, "proven"),
        (r#"{"database":"pilot-db-replica","row":6}"#, "working"),
    ] {
        let mut play = Play::of("pilot", Action::DatabaseMarker).kind(RunKind::Planned);
        let read = |play: &mut Play| {
            let sight = Sight { status: Some(200), body: body.to_owned(), ..Sight::default() };
            play.found(play.workload.site_sight(Site::Standby), sight);
        };
        read(&mut play);
        let write = change(&play.stand());
        let told =
            [("status", "200"), ("body", r#"{"database":"pilot-db","row":7}"#)].map(|(name, value)| (name.to_owned(), value.to_owned()));
        play.asked(&write, Receipt::Accepted { told: told.into() });
        read(&mut play);
        assert_eq!(kind_of(&play.stand()), expected, "{body}");
    }
}

#[test]
fn where_nothing_names_a_row_no_marker_is_asked_for() {
    let mut play = Play::of("tier2", Action::DatabaseMarker);
    play.workload.dns.as_mut().unwrap().probe.marker = None;
    assert!(Action::DatabaseMarker.deed().parts(&play.workload).unwrap_err().contains("marker"));
}
