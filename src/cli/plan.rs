//! `drlab-tui plan`: what a runbook would do now, on live data. It changes nothing.

use std::sync::Arc;

use clap::Args;
use color_eyre::eyre::Result;
use drlab_core::assess::Assessment;
use drlab_core::config::{Config, Site};
use drlab_core::domain::change::Aim;
use drlab_core::domain::{Snapshot, Subject, Timestamp, mask_accounts};
use drlab_core::runbook::{DryRun, Ground, History, Memory, Plan, Runbook, unfold};

use super::options::{Books, Set, Source, State, Target};
use super::{Failure, aside, glance, print};
use crate::shell::{Lookout, find_source, history, left_at};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The runbook, by its name
    #[arg(value_name = "RUNBOOK")]
    runbook: String,
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    books: Books,
    #[command(flatten)]
    set: Set,
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    state: State,
    /// One JSON object, as docs/RUNS.md describes it
    #[arg(long)]
    json: bool,
}

impl Arguments {
    /// Gives back the exit code: whether every guard holds.
    pub(super) async fn run(self) -> Result<u8> {
        let runbook = self.books.complete(&self.runbook, &self.set)?;
        let access = self.state.of(self.target.access());
        let config = glance::settled(self.target.one()?, &access).await;
        let mut lookout = Lookout::new(Arc::clone(&config), access).await;
        let mut seen = lookout.once().await.map_err(|blind| glance::unreachable(&blind))?;
        let assessment = seen.assessments.first();
        let lab = seen.rehearses;
        let source = source(assessment, self.source.site(), &self.state, (&config.workloads[0].name, lab))?;
        let history = self.state.place().map(|place| history(&place, &config.workloads[0].name, lab)).unwrap_or_default();
        let planning = Planning { config: &config, runbook: &runbook, source, profile: self.target.profile(), history: &history };
        let subjects = planning.subjects(&seen.snapshot, (seen.began, seen.now));
        lookout.beside(&mut seen, &subjects).await;
        let dry = planning.dry(&seen.snapshot, (seen.began, seen.now));
        print(&if self.json { serde_json::to_string(&dry)? + "\n" } else { mask_accounts(&dry.to_string()).into_owned() })?;
        Ok(if dry.ok == Some(true) { 0 } else { 4 })
    }
}

/// From where it leads: as it was said, or as it is seen; where neither is so, as the last run here has left it, which is said.
pub(super) fn source(assessment: Option<&Assessment>, said: Option<Site>, state: &State, (workload, lab): (&str, bool)) -> Result<Site> {
    let assessment = assessment.ok_or_else(|| Failure::usage("there is no workload"))?;
    let why = match find_source(assessment, said) {
        Ok(site) => return Ok(site),
        Err(why) => why,
    };
    let left = state.place().ok().and_then(|place| left_at(&place, workload, lab));
    let Some((run, site)) = left else { return Err(Failure::usage(why).into()) };
    aside(&format!("drlab-tui: taken to lead from the {site}, where {run} has left it; {why}"));
    Ok(site)
}

/// What would be done to the one workload of a configuration.
#[derive(Debug)]
pub(super) struct Planning<'a> {
    pub(super) config: &'a Config,
    pub(super) runbook: &'a Runbook,
    pub(super) source: Site,
    pub(super) profile: Option<&'a str>,
    pub(super) history: &'a History,
}

impl Planning<'_> {
    /// The plan on what was seen between two instants.
    pub(super) fn dry(&self, snapshot: &Snapshot, seen: (Timestamp, Timestamp)) -> DryRun {
        self.on_ground(snapshot, seen, DryRun::of)
    }

    /// What its steps and guards look at.
    pub(super) fn subjects(&self, snapshot: &Snapshot, seen: (Timestamp, Timestamp)) -> Vec<Subject> {
        self.on_ground(snapshot, seen, |plan, ground| ground.subjects(plan))
    }

    fn on_ground<T>(&self, snapshot: &Snapshot, (since, now): (Timestamp, Timestamp), of: impl FnOnce(&Plan, &Ground<'_>) -> T) -> T {
        let (workload, endpoints) = (&self.config.workloads[0], &self.config.endpoints);
        let plan = unfold(self.runbook, workload, self.source, &|action| action.deed());
        let ground = Ground {
            workload,
            snapshot,
            now,
            since,
            memory: &Memory::beginning("dry-run", now, None, &plan),
            history: self.history,
            catalogue: &|action| action.deed(),
            holds: &|guard, scene| {
                let held = guard.holds(scene);
                (held.holds, held.why)
            },
            looks: &|guard, scene| guard.subjects(scene),
            aim: Aim { profile: self.profile, regions: Some(&endpoints.regions), route53: endpoints.route53.as_deref() },
        };
        of(&plan, &ground)
    }
}
