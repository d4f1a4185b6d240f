//! `drlab-tui plan`: what a runbook would do now, on live data. It changes nothing.

use clap::Args;
use color_eyre::eyre::Result;
use drlab_core::assess::Assessment;
use drlab_core::config::{Config, Site};
use drlab_core::domain::change::Aim;
use drlab_core::domain::{Snapshot, Timestamp, mask_accounts};
use drlab_core::runbook::{DryRun, Ground, History, Memory, Runbook, unfold};
use drlab_core::status::Session;

use super::options::{Books, Set, Source, State, Target};
use super::{Failure, aside, glance, print};
use crate::shell::{find_source, history, left_at};

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
        self.target.one()?;
        let (config, seen) = glance::look(&self.target).await?;
        let assessment = seen.assessments.first();
        let lab = seen.session == Session::Lab;
        let source = source(assessment, self.source.site(), &self.state, (&config.workloads[0].name, lab))?;
        let history = self.state.place().map(|place| history(&place, &config.workloads[0].name, lab)).unwrap_or_default();
        let dry = dry(&config, &runbook, source, &seen.snapshot, (seen.began, seen.now), self.target.profile(), &history);
        print(&if self.json { serde_json::to_string(&dry)? + "\n" } else { mask_accounts(&dry.to_string()).into_owned() })?;
        Ok(if dry.ok == Some(true) { 0 } else { 4 })
    }
}

/// From where it leads: as it was said, or as it is seen; where neither is so, as the last run here has left it, which is said.
pub(super) fn source(assessment: Option<&Assessment>, said: Option<Site>, state: &State, (workload, lab): (&str, bool)) -> Result<Site> {
    let assessment = assessment.ok_or_else(|| Failure::usage("there is no workload"))?;
    let why = match find_source(assessment, said) {
        Ok((site, _)) => return Ok(site),
        Err(why) => why,
    };
    let left = state.place().ok().and_then(|place| left_at(&place, workload, lab));
    let Some((run, site)) = left else { return Err(Failure::usage(why).into()) };
    aside(&format!("drlab-tui: taken to lead from the {site}, where {run} has left it; {why}"));
    Ok(site)
}

/// The plan on what was seen between two instants.
pub(super) fn dry(
    config: &Config,
    runbook: &Runbook,
    source: Site,
    snapshot: &Snapshot,
    (since, now): (Timestamp, Timestamp),
    profile: Option<&str>,
    history: &History,
) -> DryRun {
    let workload = &config.workloads[0];
    let plan = unfold(runbook, workload, source, &|action| action.deed());
    let aim = Aim { profile, regions: Some(&config.endpoints.regions), route53: config.endpoints.route53.as_deref() };
    let ground = Ground {
        workload,
        snapshot,
        now,
        since,
        memory: &Memory::beginning("dry-run", now, None, &plan),
        history,
        catalogue: &|action| action.deed(),
        holds: &|guard, scene| {
            let held = guard.holds(scene);
            (held.holds, held.why)
        },
        looks: &|guard, scene| guard.subjects(scene),
        aim,
    };
    DryRun::of(&plan, &ground)
}
