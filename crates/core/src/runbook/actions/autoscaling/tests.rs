use super::super::fixture::*;
use crate::config::Site;
use crate::domain::fact::Bounds;
use crate::domain::{Cause, Kind, What};
use crate::runbook::{Action, Standing};

const ALL: [Action; 3] = [Action::AutoscalingBounds, Action::AutoscalingSuspend, Action::AutoscalingResume];

fn play(action: Action, bounds: Bounds) -> Play {
    let mut play = Play::of("platform", action).at(Site::Standby);
    play.found(play.service_subject(Kind::Bounds), bounds);
    play
}

#[test]
fn only_autoscaled_services_have_a_scaler() {
    for action in ALL {
        assert!(action.deed().parts(&workload("tier2")).is_err());
        assert_eq!(action.deed().parts(&workload("platform")).unwrap().len(), 2);
        assert!(action.deed().about().may_fail, "a scaler that is down must not keep a failover from going on");
    }
}

#[test]
fn scenes_of_bounds() {
    let bounds = |min, max| Bounds { min, max, ..Bounds::default() };
    assert_eq!(kind_of(&play(Action::AutoscalingBounds, bounds(4, 10)).stand()), "proven");
    assert_eq!(kind_of(&play(Action::AutoscalingBounds, bounds(6, 12)).stand()), "proven", "more is no fault");
    let standing = play(Action::AutoscalingBounds, bounds(1, 10)).stand();
    assert!(matches!(changes(&standing)[..], [What::SetBounds { min: 4, max: 10, .. }]));
    let Standing::Needs { keep, .. } = standing else { panic!() };
    assert_eq!(keep.get("standby.frontend.min").map(String::as_str), Some("1"));
    let usual = play(Action::AutoscalingBounds, bounds(4, 10)).with("tasks", "usual");
    assert!(matches!(changes(&usual.stand())[..], [What::SetBounds { min: 1, max: 10, .. }]));
    let mut unknown = Play::of("platform", Action::AutoscalingBounds);
    unknown.missing(unknown.service_subject(Kind::Bounds));
    assert!(matches!(changes(&unknown.stand())[..], [What::SetBounds { min: 4, max: 10, .. }]));
    assert_eq!(kind_of(&play(Action::AutoscalingBounds, bounds(4, 10)).with("tasks", "many").stand()), "stuck");
}

#[test]
fn scenes_of_a_suspension() {
    let half = Bounds { suspended_in: true, ..Bounds::default() };
    let whole = Bounds { suspended_in: true, suspended_out: true, suspended_scheduled: true, ..Bounds::default() };
    for (bounds, suspend, resume) in [(Bounds::default(), "needs", "proven"), (half, "needs", "needs"), (whole, "proven", "needs")] {
        assert_eq!(kind_of(&play(Action::AutoscalingSuspend, bounds.clone()).stand()), suspend);
        assert_eq!(kind_of(&play(Action::AutoscalingResume, bounds).stand()), resume);
    }
}

#[test]
fn an_endpoint_without_a_scaler_is_not_waited_for() {
    for action in ALL {
        let mut play = Play::of("platform", action);
        assert_eq!(kind_of(&play.stand()), "looking");
        play.fails(play.service_subject(Kind::Bounds), Cause::Unintelligible, 1);
        assert_eq!(kind_of(&play.stand()), "stuck");
        play.later(5);
        play.fails(play.service_subject(Kind::Bounds), Cause::Silent, 1);
        assert_eq!(kind_of(&play.stand()), "blind");
    }
}
