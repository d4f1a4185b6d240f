use std::time::Duration;

use super::super::database::{database_metric, written_through};
use super::super::judging::{Judged, concluded, here, inferred, is_out_of_reach, keep, last, service, services, told, word};
use super::load::name;
use crate::config::{Service, Workload};
use crate::domain::fact::{Bounds, Point, Series, Service as Found};
use crate::domain::{Change, Kind, Measure, Subject, Timestamp, What};
use crate::runbook::{About, Action, Confirm, Deed, Fresh, Kind as RunKind, Part, RunSite, Scene, Standing, Undo};

/// The fence: nothing of a service runs any more, and nobody is connected to its database.
#[derive(Debug)]
pub(in crate::runbook) struct Stop;

/// A point that has not come by then will not come.
const LATEST: Duration = Duration::from_secs(360);

impl Deed for Stop {
    fn about(&self) -> About {
        About {
            makes_true: "No task of the service runs, and none is started again.",
            turns: ("how many tasks run", "no task runs"),
            proof: "No task runs, and nobody was connected to the database over a whole period afterwards.",
            undo: Undo::By("service.scale with tasks = \"before\""),
            guards: &[],
            site: RunSite::Source,
            confirm: Confirm::Key,
            expect: Duration::from_secs(60),
            timeout: Duration::from_secs(900),
            may_fail: false,
            parameters: &[("connections", "wait for nobody to be connected to the database: yes or no; yes where nothing may be lost")],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        services(workload, |_| true, "the workload has no services")
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        let Ok(service) = service(scene) else { return Vec::new() };
        let mut subjects = vec![scene.workload.service_subject(Kind::Service, service, scene.site())];
        if service.autoscaled {
            subjects.push(scene.workload.service_subject(Kind::Bounds, service, scene.site()));
        }
        subjects.extend(database_metric(scene, scene.site(), Measure::Connections));
        subjects
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        concluded(judge(scene))
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        let Ok(service) = service(scene) else { return Default::default() };
        let found = last::<Found>(scene, &scene.workload.service_subject(Kind::Service, service, scene.site()));
        let before = found.map_or("unknown".to_owned(), |found| format!("{} of {} tasks run", found.running, found.desired));
        (before, "no task runs".to_owned())
    }
}

fn judge(scene: &Scene<'_>) -> Judged {
    let (service, at) = here(scene)?;
    let subject = scene.workload.service_subject(Kind::Service, service, scene.site());
    let found = match scene.see::<Found>(&subject) {
        // What cannot be reached cannot be stopped, and may well be running: that is a debt, and never done.
        Fresh::Failing(failing) if is_out_of_reach(failing) => {
            let why =
                format!("{} cannot be fenced while {} does not answer: {}", service.name, scene.region(), word(&failing.trouble.text));
            return Ok(Standing::Owed { why });
        }
        Fresh::Missing => {
            return Ok(match scene.memory.said.get(&scene.stage.id) {
                Some(note) => told(word(note)),
                None => {
                    Standing::Asks { whom: format!("{subject} does not exist: is there another that writes? Acknowledge if there is none") }
                }
            });
        }
        seen => seen.or_wait(&subject)?,
    };
    let mut changes = Vec::new();
    let mut aside = Vec::new();
    if service.autoscaled {
        let subject = scene.workload.service_subject(Kind::Bounds, service, scene.site());
        match scene.see::<Bounds>(&subject) {
            Fresh::Is(bounds, _) => {
                aside.extend([("min", bounds.min), ("max", bounds.max)]);
                // The minimum first, or the tasks are started again.
                if bounds.min > 0 {
                    let what = What::SetBounds { cluster: at.cluster.clone(), service: at.service.clone(), min: 0, max: bounds.max };
                    changes.push(Change::new(scene.region(), what));
                }
            }
            Fresh::NotYet => return Ok(Standing::Looking { what: subject.to_string() }),
            // Stopping the tasks must not wait for the scaler; should it start them again, that is seen and undone.
            Fresh::Missing | Fresh::Failing(_) => {}
        }
    }
    if found.desired > 0 {
        aside.push(("desired", found.desired));
        let what = What::ScaleService { cluster: at.cluster.clone(), service: at.service.clone(), desired: 0 };
        changes.push(Change::new(scene.region(), what));
    }
    if changes.iter().any(|change| matches!(change.what, What::ScaleService { .. })) && waits(scene) {
        changes.splice(0..0, last_row(scene)?);
    }
    if !changes.is_empty() {
        let keep = keep(scene, aside.into_iter().map(|(what, value)| (name(scene.site(), service, what), value.to_string())));
        return Ok(Standing::Needs { changes, keep });
    }
    if found.running > 0 || found.pending > 0 {
        return Ok(Standing::working(format!("{} tasks still run", found.running.max(found.pending))));
    }
    Ok(disconnected(scene, service))
}

/// The last row before the stop, to be looked for at the target; nothing once it was asked for, whatever came of it.
fn last_row(scene: &Scene<'_>) -> Result<Option<Change>, Standing> {
    if scene.site() != scene.source || Action::DatabaseMarker.deed().parts(scene.workload).is_err() {
        return Ok(None);
    }
    let write = written_through(scene.workload, scene.site());
    match scene.past().rev().find(|past| past.change == write) {
        None => Ok(Some(write)),
        Some(past) if past.answer.is_none() => Err(Standing::working("the last row is being written")),
        Some(_) => Ok(None),
    }
}

/// No task runs. Whether anybody else writes is told by the database's connections.
fn disconnected(scene: &Scene<'_>, service: &Service) -> Standing {
    let Some(subject) = database_metric(scene, scene.site(), Measure::Connections) else { return Standing::proven("no task runs") };
    let asked = asked_at(scene);
    let periods: Vec<Point> = match scene.see::<Series>(&subject) {
        // Only a minute that began after the tasks were told to stop speaks of the time after.
        Fresh::Is(series, _) => series.points.iter().filter(|point| point.at >= asked).copied().collect(),
        _ => Vec::new(),
    };
    if let Some(quiet) = periods.last().filter(|point| (0.0..f64::EPSILON).contains(&point.value)) {
        return Standing::proven(format!("no task runs, and nobody was connected to the database in the minute from {}", quiet.at));
    }
    if let Some(note) = scene.memory.said.get(&scene.stage.id) {
        return told(format!("no task of {} runs; of what else is connected: {}", service.name, word(note)));
    }
    let others = match periods.last() {
        Some(point) => format!("{:.0} connections to the database in the minute from {}", point.value, point.at),
        None => "its database's connections are not known yet".to_owned(),
    };
    if !waits(scene) {
        return inferred(format!("no task runs; {others}"));
    }
    match periods.as_slice() {
        [] if scene.now.since(asked) > LATEST => inferred("no task runs; there is no figure of the database's connections"),
        // The first whole period may hold what is just closing.
        [] | [_] => Standing::working(format!("no task runs; {others}")),
        _ => Standing::Asks {
            whom: format!(
                "no task of {} runs, and yet there are {others}: stop what else writes, or acknowledge that it does not",
                service.name
            ),
        },
    }
}

/// Where nothing may be lost, the proof is waited for; where seconds count, what follows is enough.
fn waits(scene: &Scene<'_>) -> bool {
    match scene.stage.with.get("connections").map(String::as_str) {
        Some("yes") => true,
        Some("no") => false,
        _ => matches!(scene.kind, RunKind::Planned | RunKind::Failback),
    }
}

/// When this stage last told the tasks to stop; where somebody else had done it, when the stage began to look.
fn asked_at(scene: &Scene<'_>) -> Timestamp {
    let stops = |what: &What| matches!(what, What::ScaleService { desired: 0, .. });
    let answered =
        scene.past().rev().find(|past| stops(&past.change.what)).map(|past| past.answer.as_ref().map_or(past.asked_at, |(at, _)| *at));
    answered.unwrap_or(scene.since)
}
