//! `drlab-tui run`: a runbook, carried out without a screen.

use clap::Args;
use color_eyre::eyre::Result;
use drlab_core::config::Site;
use drlab_core::runbook::unfold;

use super::options::{Answers, Books, Set, Source, State, Target};
use super::telling::Telling;
use super::{Failure, glance, headless, runs};
use crate::shell::{self, Declaring, Script};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The runbook, by its name
    #[arg(value_name = "RUNBOOK")]
    runbook: String,
    /// Why: it is the first thing in the journal
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    answers: Answers,
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    state: State,
    #[command(flatten)]
    books: Books,
    #[command(flatten)]
    set: Set,
    #[command(flatten)]
    source: Source,
}

impl Arguments {
    /// Gives back the exit code: how the run has ended.
    pub(super) async fn run(self) -> Result<u8> {
        if self.reason.trim().is_empty() {
            return Err(Failure::usage("--reason: say why in a few words").into());
        }
        let runbook = self.books.complete(&self.runbook, &self.set)?;
        let config = self.target.one()?;
        let workload = &config.workloads[0];
        headless::confirmed(&self.answers.confirm, &workload.name)?;
        let place = self.state.place()?;
        // The steps are the same, whichever site they lead from.
        let plan = unfold(&runbook, workload, self.source.site().unwrap_or(Site::Primary), &|action| action.deed());
        let consent = self.answers.consent(&plan, &self.reason, None)?;
        let lab = shell::rehearses(&config).await;
        runs::nobody_is_at_it(&place, (&workload.name, lab), &self.state.argument())?;
        let access = self.state.of(self.target.access());
        let config = glance::settled(config, &access).await;
        let mut telling = Telling::new(self.answers.json, &self.state);
        let script = Script { access, who: shell::who(), consent, earlier: Some(place.clone()) };
        let declaring = Declaring { config, runbook, source: self.source.site(), reason: self.reason, place };
        let carried = shell::declare(declaring, script, &mut |told| telling.tell(&told)).await;
        headless::over(carried, &telling)
    }
}
