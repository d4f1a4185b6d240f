//! What holds of every deed, whatever is seen: laws that are tried on thousands of scenes.

use std::time::Duration;

use proptest::prelude::*;

use super::fixture::*;
use crate::config::Site;
use crate::domain::fact::*;
use crate::domain::{Change, Kind, Measure, What};
use crate::runbook::{Action, Kind as RunKind, Scene, Standing};

const DEEDS: [(Action, &[&str]); 19] = [
    (Action::ServiceScale, &["tier2", "pilot", "platform", "payments"]),
    (Action::ServiceStop, &["tier2", "pilot", "platform", "payments"]),
    (Action::ServiceRedeploy, &["tier2", "pilot", "platform", "payments"]),
    (Action::AutoscalingBounds, &["platform", "payments"]),
    (Action::AutoscalingSuspend, &["platform", "payments"]),
    (Action::AutoscalingResume, &["platform", "payments"]),
    (Action::DatabaseAwaitBackup, &["tier2", "pilot", "platform"]),
    (Action::DatabaseMarker, &["tier2", "payments"]),
    (Action::DatabaseProveCaughtUp, &["tier2", "pilot", "platform"]),
    (Action::DatabasePromote, &["tier2", "pilot", "platform"]),
    (Action::DatabaseSwitchover, &["payments"]),
    (Action::DatabaseFailover, &["payments"]),
    (Action::DatabaseRestoreSnapshot, &["tier2", "pilot"]),
    (Action::DatabaseRestorePointInTime, &["tier2", "pilot"]),
    (Action::DatabaseRebuildReplica, &["tier2", "pilot"]),
    (Action::DatabaseProtect, &["tier2", "pilot", "platform"]),
    (Action::DatabaseDiscard, &["tier2", "pilot", "platform"]),
    (Action::SecretPromote, &["pilot", "platform"]),
    (Action::SecretUpdateEndpoint, &["tier2", "pilot", "payments"]),
];

/// How the world happens to be.
#[derive(Clone, Debug)]
struct Dice {
    deed: usize,
    topology: usize,
    desired: i32,
    running: i32,
    healthy: i32,
    min: i32,
    suspended: [bool; 3],
    rolling: bool,
    deployed_ago: u64,
    status: &'static str,
    follows: bool,
    writes: bool,
    retention: i32,
    lag: f64,
    connections: f64,
    lag_ago: u64,
    secret_here: bool,
    backups: bool,
    planned: bool,
}

fn dice() -> impl Strategy<Value = Dice> {
    let status =
        prop::sample::select(vec!["available", "available", "available", "backing-up", "modifying", "rebooting", "failed", "creating"]);
    let counts = (0..18usize, 0..4usize, 0..6i32, 0..6i32, 0..6i32, 0..6i32, any::<[bool; 3]>(), any::<bool>(), 0..200u64);
    let database =
        (status, any::<bool>(), any::<bool>(), 0..9i32, -1..80i32, 0..3i32, 0..120u64, any::<bool>(), any::<bool>(), any::<bool>());
    (counts, database).prop_map(|(counts, database)| {
        let (deed, topology, desired, running, healthy, min, suspended, rolling, deployed_ago) = counts;
        let (status, follows, writes, retention, lag, connections, lag_ago, secret_here, backups, planned) = database;
        let (lag, connections) = (lag.into(), connections.into());
        Dice {
            deed,
            topology,
            desired,
            running,
            healthy,
            min,
            suspended,
            rolling,
            deployed_ago,
            status,
            follows,
            writes,
            retention,
            lag,
            connections,
            lag_ago,
            secret_here,
            backups,
            planned,
        }
    })
}

impl Dice {
    fn play(&self) -> Play {
        let (action, topologies) = DEEDS[self.deed];
        let mut play = Play::of(topologies[self.topology % topologies.len()], action);
        play.kind = if self.planned { RunKind::Planned } else { RunKind::Unplanned };
        if action == Action::DatabaseRebuildReplica {
            (play.kind, play.source, play.stage.site) = (RunKind::Failback, Site::Standby, Site::Primary);
        }
        play
    }

    /// Shows everything that the deed asks for, as it happens to be.
    fn show(&self, play: &mut Play) {
        for subject in play.deed().subjects(&play.scene()) {
            let site = play.workload.site_in(&subject.region).unwrap_or(Site::Primary);
            let fact: Fact = match subject.kind {
                Kind::Service => self.tasks(play).into(),
                Kind::Targets => Play::targets(self.healthy).into(),
                Kind::Bounds => self.bounds().into(),
                Kind::Instance if play.database(site) != subject => {
                    play.missing(subject);
                    continue;
                }
                Kind::Instance => self.instance(play, site).into(),
                Kind::Cluster => Cluster {
                    status: self.status.to_owned(),
                    members: vec![ClusterMember { writer: self.writes, ..ClusterMember::default() }],
                    ..play.cluster(site)
                }
                .into(),
                Kind::GlobalCluster => play.global(if self.writes { play.stage.site } else { play.stage.site.other() }).into(),
                Kind::Secret => {
                    let written_in = if self.secret_here { site } else { site.other() };
                    play.secret(Some(written_in), 100).into()
                }
                Kind::RestorePoint if self.backups => RestorePoint {
                    snapshot: Some(Snapshotted { id: "nightly".to_owned(), at: NOW - Duration::from_secs(7200), kind: String::new() }),
                    point_in_time: Some(NOW - Duration::from_secs(300)),
                    replicated_backups: Some("arn:aws:rds:x:1:auto-backup:ab".to_owned()),
                    manual: Vec::new(),
                }
                .into(),
                Kind::RestorePoint => RestorePoint::default().into(),
                Kind::Sight => Sight { status: Some(200), body: format!(r#"{{"row":{}}}"#, self.running), ..Sight::default() }.into(),
                Kind::Metric if subject.name.ends_with(Measure::Connections.metric()) => {
                    play.points(subject, &[(self.lag_ago, self.connections)]);
                    continue;
                }
                Kind::Metric => {
                    play.points(subject, &[(self.lag_ago, self.lag)]);
                    continue;
                }
                kind => panic!("{kind} is shown nowhere"),
            };
            play.found(subject, fact);
        }
    }

    fn tasks(&self, play: &Play) -> Service {
        let mut found = play.tasks(self.desired, self.running);
        found.deployments[0].created_at = Some(play.now - Duration::from_secs(self.deployed_ago));
        if self.rolling {
            found.deployments[0].rollout = Some("IN_PROGRESS".to_owned());
            found.deployments.push(Deployment { status: "ACTIVE".to_owned(), desired: 1, running: 1, ..Deployment::default() });
        }
        found
    }

    fn bounds(&self) -> Bounds {
        let [suspended_in, suspended_out, suspended_scheduled] = self.suspended;
        Bounds { min: self.min, max: 50, suspended_in, suspended_out, suspended_scheduled }
    }

    fn instance(&self, play: &Play, site: Site) -> Instance {
        let found = if site == play.stage.site && self.follows { play.instance(site) } else { play.writable(site) };
        Instance { status: self.status.to_owned(), backup_retention_days: self.retention, ..found }
    }

    /// The world after a change, as far as the deed can see it.
    fn after(&mut self, change: &Change) {
        match &change.what {
            What::ScaleService { desired, .. } => {
                (self.desired, self.running) = (*desired, *desired);
                (self.healthy, self.rolling) = (*desired, false);
            }
            What::SetBounds { min, .. } => self.min = *min,
            What::SuspendScaling { suspended, .. } => self.suspended = [*suspended; 3],
            What::Redeploy { .. } => (self.deployed_ago, self.rolling, self.running, self.healthy) = (1, false, self.desired, self.desired),
            What::PromoteReplica { .. } => (self.follows, self.status) = (false, "available"),
            What::SwitchoverGlobal { .. } | What::FailoverGlobal { .. } => (self.writes, self.status) = (true, "available"),
            What::ProtectInstance { backup_retention_days, .. } => self.retention = backup_retention_days.unwrap_or(self.retention),
            What::PromoteSecret { .. } => self.secret_here = true,
            _ => {}
        }
    }
}

/// What must be so where a deed says that it is.
fn truly_done(scene: &Scene<'_>, dice: &Dice, action: Action) -> bool {
    let failover = || match scene.stage.part {
        crate::runbook::Part::Service(index) => {
            i32::try_from(scene.workload.services[index].sites.get(scene.site()).failover_tasks).unwrap()
        }
        _ => 0,
    };
    match action {
        Action::ServiceScale => dice.running >= failover() && dice.healthy >= failover() && !dice.rolling,
        Action::ServiceStop => dice.desired == 0 && dice.running == 0,
        Action::ServiceRedeploy => (dice.deployed_ago <= 100 && !dice.rolling && dice.running >= dice.desired) || dice.desired == 0,
        Action::AutoscalingBounds => dice.min >= failover(),
        Action::AutoscalingSuspend => dice.suspended == [true; 3],
        Action::AutoscalingResume => dice.suspended == [false; 3],
        Action::DatabaseAwaitBackup => dice.status == "available" || !dice.follows,
        Action::DatabasePromote => !dice.follows && matches!(dice.status, "available" | "backing-up"),
        Action::DatabaseProveCaughtUp => dice.follows && dice.lag >= 0.0 && u64::from(dice.lag as u32) + dice.lag_ago <= 60,
        Action::DatabaseSwitchover | Action::DatabaseFailover => dice.writes,
        Action::DatabaseProtect => !dice.follows && dice.retention >= 1,
        Action::DatabaseRebuildReplica => dice.follows,
        Action::SecretPromote => dice.secret_here,
        // These are done only by what the run itself has asked for.
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn done_is_said_only_of_what_is_so(dice in dice()) {
        let mut play = dice.play();
        dice.show(&mut play);
        match play.stand() {
            Standing::Done { shows, .. } => {
                prop_assert!(!shows.is_empty());
                prop_assert!(truly_done(&play.scene(), &dice, play.stage.action), "{}: {shows}", play.stage.action);
            }
            Standing::Needs { changes, .. } => prop_assert!(!changes.is_empty(), "{}", play.stage.action),
            _ => {}
        }
    }

    #[test]
    fn what_was_not_looked_at_since_decides_nothing(dice in dice(), age in 0u64..100_000, moved in any::<bool>()) {
        let mut play = dice.play();
        dice.show(&mut play);
        if moved {
            // Everything was seen before the step was ready.
            play.since = play.now;
        } else {
            // Everything is far too old.
            play.later(1_000 + age);
        }
        let standing = play.stand();
        let decides = matches!(standing, Standing::Done { .. } | Standing::Needs { .. } | Standing::Owed { .. });
        // Nobody can be asked whether a marker was written: it asks of nothing.
        prop_assert!(!decides || play.deed().subjects(&play.scene()).is_empty(), "{}: {standing:?}", play.stage.action);
    }

    #[test]
    fn what_has_been_done_is_not_needed_again(dice in dice()) {
        let (mut dice, mut play) = (dice.clone(), dice.play());
        dice.show(&mut play);
        let mut asked: Vec<Change> = Vec::new();
        for _ in 0..5 {
            let Standing::Needs { changes, .. } = play.stand() else { break };
            for change in changes {
                prop_assert!(!asked.contains(&change), "{}: twice {change:?}", play.stage.action);
                dice.after(&change);
                play.asked(&change, telling("status", "200"));
                asked.push(change);
            }
            dice.deployed_ago += 5;
            for subject in play.deed().subjects(&play.scene()) {
                // What was made is there now.
                let made = asked.iter().find_map(|change| match &change.what {
                    What::RestoreSnapshot { instance, .. } | What::RestorePointInTime { instance, .. } | What::CreateReplica { instance, .. }
                        if *instance == subject.name => Some(instance.clone()),
                    _ => None,
                });
                if let Some(id) = made {
                    play.found(subject, Instance { id, status: "available".to_owned(), ..Instance::default() });
                }
            }
            show_again(&dice, &mut play, &asked);
        }
        prop_assert!(!matches!(play.stand(), Standing::Needs { .. }), "{}: {asked:?}", play.stage.action);
    }

    #[test]
    fn every_deed_can_say_what_it_will_do(dice in dice(), blind in any::<bool>()) {
        let mut play = dice.play();
        if !blind {
            dice.show(&mut play);
        }
        let (before, after) = play.deed().before_after(&play.scene());
        prop_assert!(!before.is_empty() && !after.is_empty());
        let about = play.deed().about();
        prop_assert!(!about.makes_true.is_empty() && about.expect < about.timeout);
    }
}

/// What the changes so far have made of the world, seen anew.
fn show_again(dice: &Dice, play: &mut Play, asked: &[Change]) {
    let made: Vec<_> = play
        .deed()
        .subjects(&play.scene())
        .into_iter()
        .filter(|subject| {
            subject.kind == Kind::Instance
                && play.snapshot.get(subject).and_then(|seen| seen.fact()).is_some()
                && play.workload.site_in(&subject.region).is_some_and(|site| play.database(site) != *subject)
        })
        .collect();
    let kept: Vec<_> = made.iter().filter_map(|subject| Some((subject.clone(), play.snapshot.get(subject)?.fact()?.clone()))).collect();
    dice.show(play);
    for (subject, fact) in kept {
        play.later(1);
        play.found(subject, fact);
    }
    for change in asked {
        match &change.what {
            What::PointSecret { .. } => {
                let secret = Secret { last_changed: Some(play.now), ..play.secret(Some(play.stage.site), 0) };
                play.later(1);
                play.found(play.secret_subject(), secret);
            }
            What::SnapshotInstance { snapshot, .. } => {
                let manual = vec![ManualSnapshot { id: snapshot.clone(), status: "available".to_owned(), at: None }];
                play.later(1);
                play.found(play.points_of(play.stage.site), RestorePoint { manual, ..RestorePoint::default() });
            }
            What::ProtectInstance { multi_az, backup_window, .. } => {
                let site = play.stage.site;
                let mut found = dice.instance(play, site);
                found.multi_az = multi_az.unwrap_or(found.multi_az);
                found.backup_window = backup_window.clone().or(found.backup_window);
                play.later(1);
                play.found(play.database(site), found);
            }
            _ => {}
        }
    }
}

#[test]
fn every_deed_of_this_room_is_tried() {
    let known = Action::ALL.iter().filter(|action| {
        let word = action.word();
        ["service.", "autoscaling.", "database.", "secret."].iter().any(|room| word.starts_with(room))
    });
    let tried: Vec<Action> = DEEDS.iter().map(|(action, _)| *action).collect();
    for action in known {
        assert!(tried.contains(action), "{action}");
    }
    for (action, topologies) in DEEDS {
        for topology in topologies {
            assert!(action.deed().parts(&workload(topology)).is_ok(), "{action} on {topology}");
        }
    }
}
