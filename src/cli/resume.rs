//! `drlab-tui resume`: goes on with a run that was left, by nothing but its journal.

use std::path::PathBuf;

use clap::Args;
use color_eyre::eyre::Result;
use drlab_core::run::Mode;

use super::options::{Answers, Books, Set, State, Target, pair};
use super::telling::Telling;
use super::{Failure, aside, headless, runs};
use crate::shell::{self, Kept, Resuming, Script, Switching, withheld};

/// What consents to going on by another runbook, where a step has its id.
const SWITCH: &str = "switch";

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The run, by its name; without it the latest that is not finished
    #[arg(value_name = "RUN", conflicts_with = "journal")]
    run: Option<String>,
    /// A journal that was brought from somewhere else
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Why; without it the run's own reason
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// A step to leave out, and why
    #[arg(long, value_name = "STEP=REASON", value_parser = pair)]
    skip: Vec<(String, String)>,
    /// The source is lost: go on by this runbook, which may lose something. What follows from it is said first, and done with `--approve switch`
    #[arg(long, value_name = "RUNBOOK", requires = "reason")]
    switch: Option<String>,
    /// Relieve whoever is at it: they stop before the next thing they would change
    #[arg(long)]
    take_over: bool,
    #[command(flatten)]
    answers: Answers,
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    state: State,
    #[command(flatten)]
    books: Books,
}

impl Arguments {
    /// Gives back the exit code: how the run has ended.
    pub(super) async fn run(self) -> Result<u8> {
        let (journal, lease) = match &self.journal {
            Some(journal) => (journal.clone(), journal.with_file_name("lease.json")),
            None => {
                let folder = runs::folder(&self.state.place()?, self.run.as_deref(), self.target.whose().named())?;
                (folder.journal(), folder.lease())
            }
        };
        let kept = shell::read(&journal).map_err(|error| Failure::config(format!("drlab-tui: {error}")))?;
        headless::confirmed(&self.answers.confirm, &kept.run.declared.workload)?;
        if kept.torn {
            aside(&format!("{}: its last line had not been written whole, and is cut off", journal.display()));
        }
        let at_hand = self.target.at_hand();
        self.compare(&kept, at_hand.as_ref());
        let reason = self.reason.clone().unwrap_or_else(|| kept.run.declared.reason.clone());
        let mut telling = Telling::new(self.answers.json, &self.state);
        telling.of(&kept.run);
        let switch = self.switching(&reason)?;
        let told = switch.as_ref().map(|switching| Switching::told(&kept, &switching.runbook)).transpose();
        let told = told.map_err(|why| Failure::usage(format!("--switch: {why}")))?;
        let consent = match &told {
            Some((plan, _)) => self.answers.consent(plan, &reason, Some(SWITCH))?,
            None => self.answers.consent(&kept.run.plan, &reason, None)?,
        };
        if let (Some(switching), Some((_, follows))) = (&switch, &told) {
            let name = &switching.runbook.name;
            let follows = format!("switched to {name}: {}", follows.join("; "));
            if !self.answers.approves(SWITCH) {
                return Ok(headless::asks(
                    &kept.run,
                    &format!("{follows}. Nothing was changed. To do it, add --approve {SWITCH}"),
                    &telling,
                ));
            }
            aside(&format!("drlab-tui: {follows}"));
        }
        let is_over = matches!(kept.run.mode, Mode::Finished) && kept.broken.is_none();
        let later = self.state.place().ok().filter(|_| is_over).and_then(|place| shell::overtaken_by(&place, &kept.run));
        if let Some(later) = &later {
            aside(&format!("drlab-tui: {later} was declared after this run; what this one owes is not tried any more"));
        }
        if is_over && (later.is_some() || kept.run.owed().next().is_none()) {
            return headless::over(Err(shell::NotBegun::Finished(Box::new(kept.run))), &telling);
        }
        let script = Script { access: self.target.access(), who: shell::who(), consent, earlier: self.state.place().ok() };
        let resuming = Resuming { journal, lease, take_over: self.take_over, skip: self.skip.into_iter().collect(), switch, at_hand };
        let carried = shell::resume(resuming, script, &mut |told| telling.tell(&told)).await;
        headless::over(carried, &telling)
    }

    fn switching(&self, reason: &str) -> Result<Option<Switching>> {
        let Some(name) = &self.switch else { return Ok(None) };
        Ok(Some(Switching { runbook: self.books.find(name, &Set::default())?, reason: reason.to_owned() }))
    }

    /// What was edited since is said, and changes nothing.
    fn compare(&self, kept: &Kept, at_hand: Option<&drlab_core::config::Config>) {
        let declared = &kept.run.declared;
        let now = at_hand.and_then(|config| {
            let mut config = withheld(config);
            config.workloads.retain(|workload| workload.name == declared.workload);
            config.to_toml().ok()
        });
        if now.is_some_and(|now| now != declared.config_text) {
            aside("drlab-tui: drlab.toml is not what it was when this run was declared; the run goes on with what it was declared with");
        }
        // What was set for the run stands in a line before the text of the file.
        let book = self.books.find(&declared.runbook, &Set::default());
        if book.is_ok_and(|book| !declared.runbook_text.ends_with(&book.text)) {
            aside(&format!(
                "drlab-tui: the runbook {} is not what it was when this run was declared; the run goes on with what it was declared with",
                declared.runbook
            ));
        }
    }
}
