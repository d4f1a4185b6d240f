//! Somebody who looks over the shoulder of the rules while they are applied: what a guard rests on is nowhere written down, and neither is
//! what the console says of a split at a given moment.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use drlab_core::assess::assess;
use drlab_core::config::Workload;
use drlab_core::domain::{Kind, Observation, Snapshot, Subject, Timestamp};
use drlab_core::run::{Catalogue, Guarded, Loss, Rules};
use drlab_core::runbook::{Guard, Scene, Stage, Standing};

use crate::lab::rig::Rig;

/// How often it is held against the truth what the console says of a split.
const EVERY: Duration = Duration::from_secs(5);

/// The catalogue, looked at.
#[derive(Debug)]
pub(super) struct Sentinel {
    pub(super) rig: Rig,
    pub(super) seen: Arc<Mutex<Seen>>,
}

/// What was seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// Guards that would not have held without what was too old to count.
    pub(super) leaning: Vec<String>,
    /// How many guards held.
    pub(super) held: usize,
    pub(super) looks: Vec<Look>,
}

/// One look at both: the truth, and what the console says.
#[derive(Clone, Debug)]
pub(super) struct Look {
    pub(super) at: Timestamp,
    /// Both databases take writes.
    pub(super) split: bool,
    /// Every region answers, as far as the lab's own faults go.
    pub(super) clear: bool,
    pub(super) alarmed: bool,
}

impl Sentinel {
    fn compare(&self, workload: &Workload, snapshot: &Snapshot, now: Timestamp) {
        let mut seen = self.seen.lock().unwrap();
        if seen.looks.last().is_some_and(|last| now.since(last.at) < EVERY) {
            return;
        }
        let truth = self.rig.workload();
        let split = truth["split"] == true;
        let clear = split && self.rig.truth(|world| world.faults.active().iter().all(|active| !hides(active.fault.name())));
        let alarmed = split && {
            let found = assess(workload, snapshot, now);
            let told = found.headline.map(|headline| headline.text).unwrap_or_default();
            told.contains("SPLIT") || told.contains("BOTH")
        };
        seen.looks.push(Look { at: now, split, clear, alarmed });
    }
}

/// Whether nobody can be blamed for not seeing what is so while this lasts.
fn hides(fault: &str) -> bool {
    fault.starts_with("api-") || matches!(fault, "region-dark" | "credentials-expired" | "liar-stale" | "liar-promotion")
}

impl Rules for Sentinel {
    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        Catalogue.subjects(scene)
    }

    fn guarded(&self, scene: &Scene<'_>) -> Vec<Subject> {
        Catalogue.guarded(scene)
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        self.compare(scene.configured, scene.snapshot, scene.now);
        Catalogue.stand(scene)
    }

    fn ways(&self, stage: &Stage) -> Vec<String> {
        Catalogue.ways(stage)
    }

    fn guard(&self, guard: Guard, scene: &Scene<'_>) -> Guarded {
        let held = Catalogue.guard(guard, scene);
        // What is lost at most is priced by the age of what was measured last, and what must run here is what ran there last, where a source
        // does not answer any more: there alone the old counts, as what it is.
        let priced = matches!(guard, Guard::LossBounded | Guard::ImagePresent);
        if held.holds == Some(true) && !priced {
            let mut young = Snapshot::default();
            for observation in scene.snapshot.iter().filter_map(|known| still_counts(known, guard, scene)) {
                young.put(Arc::new(observation));
            }
            let again = Catalogue.guard(guard, &Scene { snapshot: &young, ..*scene });
            let mut seen = self.seen.lock().unwrap();
            seen.held += 1;
            if again.holds != Some(true) {
                let told =
                    format!("{} at {} for {}: {}; without what is stale: {}", guard.word(), scene.now, scene.stage.id, held.why, again.why);
                seen.leaning.push(told);
            }
        }
        held
    }

    fn loss(&self, scene: &Scene<'_>) -> Loss {
        Catalogue.loss(scene)
    }
}

/// What is left of an observation when everything is forgotten that is too old to speak for the present, or that was looked at before the
/// step's turn had come. That looking fails is knowledge of its own; and of a count of failures that somebody has just looked at, silence is
/// the good news.
fn still_counts(known: &Observation, guard: Guard, scene: &Scene<'_>) -> Option<Observation> {
    let counted = guard == Guard::ObjectsReplicated && known.subject.kind == Kind::Metric;
    let young = counted || !known.is_stale(scene.now);
    let young = young && known.known.as_ref().is_some_and(|known| known.begun >= scene.since);
    let left = Observation { known: known.known.clone().filter(|_| young), ..known.clone() };
    (left.known.is_some() || left.failing.is_some()).then_some(left)
}
