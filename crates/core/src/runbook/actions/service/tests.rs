use std::time::Duration;

use super::super::fixture::*;
use crate::config::Site;
use crate::domain::change::SHOWS_BY;
use crate::domain::fact::*;
use crate::domain::{Cause, Kind, Measure, Receipt, What};
use crate::runbook::{Action, Kind as RunKind, Standing};

/// A stage that scales `topology`'s first service at the standby, with so many tasks and healthy targets there.
fn scale(topology: &str, desired: i32, running: i32, healthy: i32) -> Play {
    let mut play = Play::of(topology, Action::ServiceScale);
    let tasks = play.tasks(desired, running);
    play.found(play.service_subject(Kind::Service), tasks);
    play.found(play.targets_subject(), Play::targets(healthy));
    play
}

fn bounded(mut play: Play, min: i32, max: i32) -> Play {
    let subject = play.service_subject(Kind::Bounds);
    play.found(subject, Bounds { min, max, ..Bounds::default() });
    play
}

#[test]
fn scenes_of_scaling() {
    for (what, desired, running, healthy, expected) in [
        ("already so", 2, 2, 2, "proven"),
        ("more than is wanted", 5, 5, 5, "proven"),
        ("to be raised", 1, 1, 1, "needs"),
        ("a pilot light", 0, 0, 0, "needs"),
        ("starting, perhaps by somebody else", 2, 1, 1, "working"),
        ("running and not healthy yet", 2, 2, 1, "working"),
    ] {
        assert_eq!(kind_of(&scale("tier2", desired, running, healthy).stand()), expected, "{what}");
    }
    let mut play = Play::of("tier2", Action::ServiceScale);
    assert_eq!(kind_of(&play.stand()), "looking");
    let tasks = play.tasks(2, 2);
    play.found_before(play.service_subject(Kind::Service), tasks);
    assert_eq!(kind_of(&play.stand()), "looking", "what was seen before says nothing");
    play.fails(play.service_subject(Kind::Service), Cause::Silent, 5);
    assert_eq!(kind_of(&play.stand()), "blind");
    let mut play = scale("tier2", 2, 2, 2);
    play.missing(play.service_subject(Kind::Service));
    assert_eq!(kind_of(&play.stand()), "stuck");
}

#[test]
fn a_pilot_light_is_lit_from_nothing_and_what_was_there_is_put_aside() {
    let standing = scale("pilot", 0, 0, 0).stand();
    let Standing::Needs { changes, keep } = &standing else { panic!("{standing:?}") };
    assert!(matches!(changes[0].what, What::ScaleService { desired: 2, .. }) && changes.len() == 1);
    assert_eq!(keep.get("standby.web.desired").map(String::as_str), Some("0"));
}

#[test]
fn trap_the_minimum_comes_before_the_count() {
    // A count of four above a minimum of one would be scaled in again.
    let play = bounded(scale("platform", 1, 1, 1), 1, 10);
    let standing = play.stand();
    let changes = changes(&standing);
    assert!(matches!(changes[0], What::SetBounds { min: 4, max: 10, .. }), "{changes:?}");
    assert!(matches!(changes[1], What::ScaleService { desired: 4, .. }), "{changes:?}");
    // Enough tasks and too low a minimum is not done.
    assert!(matches!(self::changes(&bounded(scale("platform", 4, 4, 4), 1, 10).stand())[..], [What::SetBounds { min: 4, .. }]));
    assert_eq!(kind_of(&bounded(scale("platform", 4, 4, 4), 4, 10).stand()), "proven");
    assert!(matches!(self::changes(&bounded(scale("platform", 1, 1, 1), 1, 3).stand())[0], What::SetBounds { min: 4, max: 10, .. }));
}

#[test]
fn a_scaler_that_cannot_be_asked_keeps_nobody_from_starting_tasks() {
    for (cause, times) in [(Cause::Unintelligible, 1), (Cause::Silent, 3)] {
        let mut play = scale("platform", 1, 1, 1);
        play.fails(play.service_subject(Kind::Bounds), cause, times);
        assert!(matches!(changes(&play.stand())[..], [What::ScaleService { desired: 4, .. }]));
        let mut play = scale("platform", 4, 4, 4);
        play.fails(play.service_subject(Kind::Bounds), cause, times);
        assert_eq!(kind_of(&play.stand()), "inferred");
    }
    let mut play = scale("platform", 1, 1, 1);
    play.fails(play.service_subject(Kind::Bounds), Cause::Credentials, 5);
    assert_eq!(kind_of(&play.stand()), "blind");
}

#[test]
fn trap_tasks_of_an_old_deployment_are_no_tasks_of_the_new_one() {
    let mut play = scale("tier2", 2, 2, 2);
    let mut found = play.tasks(2, 2);
    found.deployments[0].rollout = Some("IN_PROGRESS".to_owned());
    found.deployments.push(Deployment { status: "ACTIVE".to_owned(), running: 2, ..Deployment::default() });
    play.found(play.service_subject(Kind::Service), found.clone());
    assert_eq!(kind_of(&play.stand()), "working");
    found.deployments[0].rollout = Some("FAILED".to_owned());
    play.later(1);
    play.found(play.service_subject(Kind::Service), found);
    assert_eq!(kind_of(&play.stand()), "stuck");
}

#[test]
fn a_region_without_room_says_so_in_its_own_words() {
    let mut play = scale("tier2", 2, 0, 0);
    let mut found = play.tasks(2, 0);
    found.events = vec![ServiceEvent { at: play.now, text: "(service app) was unable to place a task: no capacity".to_owned() }];
    play.found(play.service_subject(Kind::Service), found);
    let Standing::Working { says, .. } = play.stand() else { panic!() };
    assert!(says.contains("no capacity"), "{says}");
}

#[test]
fn what_was_there_before_is_put_back() {
    let mut play = bounded(scale("platform", 4, 4, 4), 4, 10).with("tasks", "before");
    let aside = [("desired", "2"), ("min", "1"), ("max", "8")];
    play.memory.kept = aside.map(|(what, value)| (("scale".to_owned(), format!("standby.frontend.{what}")), value.to_owned())).into();
    let standing = play.stand();
    assert!(matches!(changes(&standing)[..], [What::SetBounds { min: 1, max: 8, .. }, What::ScaleService { desired: 2, .. }]));
    let Standing::Needs { keep, .. } = standing else { panic!() };
    assert!(keep.is_empty(), "what the run has made of it is not what was there: {keep:?}");
    // Once it was told, the count is the scaler's own business.
    let scale = play.stand();
    let Standing::Needs { changes, .. } = scale else { panic!() };
    play.asked(&changes[1], accepted());
    let (tasks, bounds) = (play.tasks(3, 3), Bounds { min: 1, max: 8, ..Bounds::default() });
    play.found(play.service_subject(Kind::Service), tasks);
    play.found(play.service_subject(Kind::Bounds), bounds);
    play.found(play.targets_subject(), Play::targets(3));
    assert_eq!(kind_of(&play.stand()), "proven");
}

fn stop(topology: &str, desired: i32, running: i32) -> Play {
    let mut play = Play::of(topology, Action::ServiceStop);
    let tasks = play.tasks(desired, running);
    play.found(play.service_subject(Kind::Service), tasks);
    play
}

fn connections(mut play: Play, points: &[(u64, f64)]) -> Play {
    play.points(play.metric(Site::Primary, Measure::Connections), points);
    play
}

#[test]
fn scenes_of_a_fence() {
    assert_eq!(kind_of(&stop("tier2", 2, 2).stand()), "needs");
    assert_eq!(kind_of(&stop("tier2", 0, 1).stand()), "working");
    assert_eq!(kind_of(&stop("tier2", 0, 0).stand()), "inferred", "in a hurry, what follows is enough");
    assert_eq!(kind_of(&stop("tier2", 0, 0).kind(RunKind::Planned).stand()), "working", "with time, it is proven");
    assert_eq!(kind_of(&connections(stop("tier2", 0, 0), &[(30, 0.0)]).stand()), "proven");
    let mut play = stop("tier2", 2, 2);
    play.missing(play.service_subject(Kind::Service));
    assert_eq!(kind_of(&play.stand()), "asks");
    assert_eq!(kind_of(&play.said("it was deleted last week").stand()), "told");
}

#[test]
fn the_last_row_before_a_fence_is_written_once_and_holds_nobody_up() {
    let mut play = stop("tier2", 2, 2).kind(RunKind::Planned);
    let Standing::Needs { changes: asked, .. } = play.stand() else { panic!() };
    let whats: Vec<_> = asked.iter().map(|change| &change.what).collect();
    assert!(matches!(whats[..], [What::WriteThrough { .. }, What::ScaleService { desired: 0, .. }]), "who consents sees both: {asked:?}");
    // Whatever is answered: users have been promised nothing by it.
    play.asked(&asked[0], Receipt::Unknown { text: "no answer".to_owned() });
    let tasks = play.tasks(2, 2);
    play.found(play.service_subject(Kind::Service), tasks);
    assert!(matches!(changes(&play.stand())[..], [What::ScaleService { desired: 0, .. }]));
    // Where seconds count, or nothing tells one row from another, there is none.
    let mut unnamed = stop("tier2", 2, 2).kind(RunKind::Planned);
    unnamed.workload.dns.as_mut().unwrap().probe.marker = None;
    for play in [stop("tier2", 2, 2), unnamed] {
        assert!(matches!(changes(&play.stand())[..], [What::ScaleService { desired: 0, .. }]));
    }
}

#[test]
fn trap_a_dark_region_is_never_fenced() {
    // The last that was seen, a second before: nothing ran.
    let mut play = stop("tier2", 0, 0);
    play.later(20);
    play.fails(play.service_subject(Kind::Service), Cause::Silent, 3);
    assert_eq!(kind_of(&play.stand()), "owed");
    assert_eq!(kind_of(&play.said("acknowledged").stand()), "owed");
    // Our own credentials say nothing of the region.
    let mut play = stop("tier2", 2, 2);
    play.later(30);
    play.fails(play.service_subject(Kind::Service), Cause::Credentials, 5);
    assert_eq!(kind_of(&play.stand()), "blind");
    // When the region answers again, the debt is paid.
    let mut play = stop("tier2", 2, 2);
    play.fails(play.service_subject(Kind::Service), Cause::Silent, 3);
    let tasks = play.tasks(2, 2);
    play.later(5);
    play.found(play.service_subject(Kind::Service), tasks);
    assert_eq!(kind_of(&play.stand()), "needs");
}

#[test]
fn trap_a_minimum_left_alone_starts_the_tasks_again() {
    let mut play = stop("platform", 4, 4);
    play.found(play.service_subject(Kind::Bounds), Bounds { min: 2, max: 10, ..Bounds::default() });
    let standing = play.stand();
    assert!(matches!(changes(&standing)[..], [What::SetBounds { min: 0, max: 10, .. }, What::ScaleService { desired: 0, .. }]));
    let Standing::Needs { keep, .. } = standing else { panic!() };
    let kept: Vec<_> = keep.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(kept, ["primary.frontend.desired=4", "primary.frontend.max=10", "primary.frontend.min=2"]);
    // The scaler has brought them back.
    let mut play = stop("platform", 2, 0);
    play.found(play.service_subject(Kind::Bounds), Bounds { min: 0, max: 10, ..Bounds::default() });
    assert_eq!(kind_of(&play.stand()), "needs");
}

#[test]
fn trap_tasks_alone_are_not_everybody_who_writes() {
    let others = |points: &[(u64, f64)]| connections(stop("tier2", 0, 0), points).kind(RunKind::Planned);
    assert_eq!(kind_of(&others(&[(55, 12.0)]).stand()), "working", "the first minute may hold what is just closing");
    let mut play = connections(stop("tier2", 0, 0).kind(RunKind::Planned), &[]);
    play.later(120);
    play.points(play.metric(Site::Primary, Measure::Connections), &[(115, 9.0), (55, 4.0)]);
    let tasks = play.tasks(0, 0);
    play.found(play.service_subject(Kind::Service), tasks);
    assert_eq!(kind_of(&play.stand()), "asks");
    assert_eq!(kind_of(&play.said("a report, which only reads").stand()), "told");
}

#[test]
fn trap_a_minute_that_began_before_the_fence_proves_nothing() {
    let mut play = stop("tier2", 2, 2).kind(RunKind::Planned);
    let fence = change(&play.stand());
    play.asked(&fence, accepted());
    let tasks = play.tasks(0, 0);
    play.found(play.service_subject(Kind::Service), tasks.clone());
    play.points(play.metric(Site::Primary, Measure::Connections), &[(60, 0.0)]);
    assert_eq!(kind_of(&play.stand()), "working");
    play.later(90);
    play.points(play.metric(Site::Primary, Measure::Connections), &[(150, 0.0), (60, 0.0)]);
    play.found(play.service_subject(Kind::Service), tasks.clone());
    assert_eq!(kind_of(&play.stand()), "proven");
    // A metric that never comes is not waited for for ever, and never counts as zero.
    let mut play = stop("tier2", 0, 0).kind(RunKind::Planned);
    play.later(400);
    play.found(play.service_subject(Kind::Service), tasks);
    assert_eq!(kind_of(&play.stand()), "inferred");
}

fn redeploy(deployed_ago: u64) -> Play {
    let mut play = Play::of("tier2", Action::ServiceRedeploy);
    let (secret, mut tasks) = (play.secret(None, 30), play.tasks(2, 2));
    tasks.deployments[0].created_at = Some(play.now - Duration::from_secs(deployed_ago));
    play.found(play.secret_subject(), secret);
    play.found(play.service_subject(Kind::Service), tasks);
    play.found(play.targets_subject(), Play::targets(2));
    play
}

#[test]
fn scenes_of_a_redeployment() {
    assert_eq!(kind_of(&redeploy(3600).stand()), "needs");
    assert_eq!(kind_of(&redeploy(31).stand()), "needs", "a second before the secret was written");
    assert_eq!(kind_of(&redeploy(20).stand()), "proven", "somebody else's is as good");
    let mut play = redeploy(20);
    play.found(play.targets_subject(), Play::targets(1));
    assert_eq!(kind_of(&play.stand()), "working");
    let mut play = redeploy(3600);
    let tasks = play.tasks(0, 0);
    play.found(play.service_subject(Kind::Service), tasks);
    assert_eq!(kind_of(&play.stand()), "proven", "a pilot light reads the secret when it is lit");
    let mut play = redeploy(3600);
    play.later(90);
    assert_eq!(kind_of(&play.stand()), "looking", "too old to decide by");
}

#[test]
fn trap_a_second_deployment_is_asked_for_only_where_the_first_would_have_shown() {
    let mut play = redeploy(3600);
    let old = play.tasks(2, 2);
    let ours = change(&play.stand());
    let see = |play: &mut Play, tasks: Service| {
        let secret = play.secret(None, 100);
        play.found(play.secret_subject(), secret);
        play.found(play.service_subject(Kind::Service), tasks);
        play.found(play.targets_subject(), Play::targets(2));
    };
    play.asked(&ours, unknown());
    see(&mut play, old.clone());
    assert_eq!(kind_of(&play.stand()), "working");
    play.later(30);
    see(&mut play, old.clone());
    assert_eq!(kind_of(&play.stand()), "working", "it may show yet");
    let mut silent = play.clone();
    silent.later(SHOWS_BY.as_secs());
    see(&mut silent, old.clone());
    assert_eq!(kind_of(&silent.stand()), "needs", "it has not arrived");
    // A look from before it would have shown says nothing.
    let mut unseen = play.clone();
    unseen.later(SHOWS_BY.as_secs() - 36);
    see(&mut unseen, old.clone());
    unseen.later(2);
    assert_eq!(kind_of(&unseen.stand()), "working");
    // A person who says that it was not is believed at once.
    let mut again = play.clone();
    again.retried();
    see(&mut again, old.clone());
    assert_eq!(kind_of(&again.stand()), "needs");
    // It had arrived after all.
    let mut new = old.clone();
    new.deployments[0].created_at = Some(play.now - Duration::from_secs(20));
    new.deployments[0].rollout = Some("IN_PROGRESS".to_owned());
    new.deployments.push(Deployment { status: "ACTIVE".to_owned(), desired: 1, running: 2, ..Deployment::default() });
    see(&mut play, new.clone());
    assert_eq!(kind_of(&play.stand()), "working");
    // Old tasks that only drain keep nobody waiting; new ones that do not run yet do.
    let mut drains = new.clone();
    (drains.deployments[1].desired, drains.deployments[1].running) = (0, 0);
    play.later(1);
    see(&mut play, drains.clone());
    assert_eq!(kind_of(&play.stand()), "proven");
    drains.deployments[0].running = 1;
    play.later(1);
    see(&mut play, drains);
    assert_eq!(kind_of(&play.stand()), "working", "the old tasks are no tasks of the new one");
    new.deployments[0].rollout = Some("FAILED".to_owned());
    play.later(1);
    see(&mut play, new);
    assert_eq!(kind_of(&play.stand()), "stuck");
}
