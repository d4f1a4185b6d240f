//! Bad days that a run must survive: nothing is done twice, nothing is lost, and what is said is so. The lab's truth judges.

mod aborts;
mod clocks;
mod databases;
mod journals;
mod kills;
mod people;
mod regions;
mod targets;

use std::path::Path;
use std::time::Duration;

use drlab_core::domain::What;
use drlab_core::run::{Catalogue, Ending, Phase};
use drlab_tui::aws::act;
use tempfile::TempDir;
use tokio::time::sleep;

use super::bridge::{self, Begun, Called, Habits, Interrupt, Looking, Outcome, Sitting};
use super::unplanned::{NOTICED, OUTAGE, lost};
use super::witness::Witness;
use crate::lab::rig::{Rig, START, paused};

/// Where each bad day is: what it is called, the file, and the test. Days that a scenario tells are in the table of `liars`.
const DAYS: &[(&str, &str, &str)] = &[
    ("promotion rejected (backing-up)", "tests/it/failover/days/databases.rs", "a_promotion_is_refused_while_the_database_backs_up"),
    ("promotion stuck", "tests/it/failover/liars.rs", "promote-stuck"),
    ("replica lag -1", "tests/it/failover/days/databases.rs", "a_lag_of_minus_one_is_no_figure"),
    ("capacity short, tasks stay PENDING", "tests/it/failover/liars.rs", "capacity-short"),
    ("target never healthy", "tests/it/failover/days/targets.rs", "a_target_that_never_gets_well_gets_no_users"),
    ("Route 53's API unavailable", "tests/it/failover/days/targets.rs", "without_route_53_the_ways_that_need_none_are_offered"),
    ("throttling", "tests/it/failover/liars.rs", "api-throttled"),
    ("credentials expire mid-run", "tests/it/failover/liars.rs", "credentials-expired"),
    ("the region goes dark mid-run", "tests/it/failover/days/regions.rs", "the_region_goes_dark_in_the_middle"),
    ("the primary comes back mid-run", "tests/it/failover/days/regions.rs", "the_primary_comes_back_in_the_middle"),
    ("what is owed is done once it can be", "tests/it/failover/days/regions.rs", "what_is_owed_is_done_when_the_region_answers_again"),
    ("the clock jumps", "tests/it/failover/days/clocks.rs", "a_console_that_slept_for_hours_goes_on"),
    ("a journal from the future", "src/shell/headless/kept.rs", "a_journal_from_the_future_is_not_taken_up"),
    ("disk full while journaling", "tests/it/cli/runs.rs", "nothing_is_done_that_cannot_be_written_down"),
    ("two operators at once", "tests/it/failover/days/people.rs", "of_two_operators_at_once_one_goes_on"),
    (
        "two operators, two terminals",
        "tests/it/cli/runs.rs",
        "nothing_irreversible_is_asked_for_without_consent_and_one_operator_relieves_another",
    ),
    ("journal torn", "tests/it/failover/days/journals.rs", "a_torn_journal_is_mended_and_gone_on_with"),
    ("journal tampered with", "tests/it/failover/days/journals.rs", "a_journal_that_was_tampered_with_is_not_gone_on_with"),
    ("kill -9 between intent and call, and after every other record", "tests/it/failover/days/kills.rs", "killed_after_every_third_record"),
    ("kill -9 between call and outcome", "tests/it/failover/days/kills.rs", "killed_between_every_call_and_its_outcome"),
    ("kill -9 during each step", "tests/it/failover/days/kills.rs", "killed_during_every_step"),
    ("kill -9 of the real program", "tests/it/cli/runs.rs", "a_run_that_is_killed_again_and_again_ends_as_if_it_had_not_been"),
    ("abort at each step", "tests/it/failover/days/aborts.rs", "aborted_during_every_step"),
    ("an alarm at the target", "tests/it/failover/days/people.rs", "an_alarm_at_the_target_asks_before_what_cannot_be_undone"),
    ("the objective cannot be met any more", "tests/it/failover/days/people.rs", "a_missed_objective_asks_before_what_cannot_be_undone"),
    ("nobody looks when it stops", "tests/it/failover/days/people.rs", "whoever_does_not_look_is_told_of_a_failure_and_a_pause"),
    ("what failed before a pause", "tests/it/failover/days/people.rs", "what_failed_before_a_pause_is_tried_again_after_it"),
];

/// A day that nobody can find any more is not survived.
#[test]
fn every_bad_day_has_its_drill() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (day, file, test) in DAYS {
        let text = std::fs::read_to_string(folder.join(file)).unwrap_or_else(|error| panic!("{day}: {file}: {error}"));
        let is_there = text.contains(&format!("fn {test}(")) || text.contains(&format!("scenario: \"{test}\""));
        assert!(is_there, "{day}: there is no {test} in {file}");
    }
}

const LOSS: Habits = Habits { overrides: &["database.loss.bounded"], ..Habits::STEADY };
/// In the world's time; more than any of these days takes.
const PATIENCE: Duration = Duration::from_secs(2 * 3600);

/// An unplanned failover of an outage, whoever sits before it.
struct Day {
    rig: Rig,
    folder: TempDir,
    armed: act::Armed,
    witness: Witness,
}

/// Nothing comes between.
fn quietly(_: &Outcome) -> Option<Interrupt> {
    None
}

impl Day {
    /// A minute into what the scenario breaks two minutes after its start.
    fn of(topology: &str, scenario: &str, story: impl AsyncFnOnce(&mut Self)) {
        paused(async {
            let rig = Rig::playing(topology, Some(scenario));
            sleep(OUTAGE.since(START) + NOTICED).await;
            let armed = bridge::armed(&rig).await;
            let mut day = Self { rig, folder: tempfile::tempdir().unwrap(), armed, witness: Witness::default() };
            story(&mut day).await;
        });
    }

    fn declared(&self) -> Begun {
        self.declared_with(&[("soak.for", "1m")])
    }

    fn declared_with(&self, set: &[(&str, &str)]) -> Begun {
        let called = Called { outage_at: Some(OUTAGE), set, ..Called::plain("unplanned_failover") };
        Begun::declared(&self.rig, called, self.folder.path())
    }

    fn left(&self, who: &str) -> Begun {
        Begun::left(&self.rig, self.folder.path(), who)
    }

    async fn sit(&mut self, begun: Begun, habits: Habits, interrupts: &dyn Fn(&Outcome) -> Option<Interrupt>) -> Outcome {
        self.sit_for(PATIENCE, begun, habits, interrupts).await
    }

    async fn sit_for(
        &mut self,
        patience: Duration,
        begun: Begun,
        habits: Habits,
        interrupts: &dyn Fn(&Outcome) -> Option<Interrupt>,
    ) -> Outcome {
        let sitting = Sitting { patience, habits, interrupts, happens: &mut |_| Vec::new(), rules: Box::new(Catalogue) };
        begun.sit(&self.rig, self.armed.clone(), Looking::at(&self.rig), Some(&mut self.witness), sitting).await
    }

    /// The journal's lines, as they are on the disk.
    fn lines(&self) -> Vec<String> {
        let text = std::fs::read_to_string(bridge::journal_in(self.folder.path())).unwrap();
        text.split_inclusive('\n').map(str::to_owned).collect()
    }

    fn write(&self, text: &str) {
        std::fs::write(bridge::journal_in(self.folder.path()), text).unwrap();
    }

    /// How often the lab took this.
    fn taken(&self, operation: &str) -> usize {
        self.witness.taken.get(operation).copied().unwrap_or(0)
    }

    /// It has ended proven, that is so, and nothing was done twice.
    fn proven(&self, outcome: &Outcome) {
        let story = || outcome.story(OUTAGE);
        let finished = outcome.run.finished.as_ref().unwrap_or_else(|| panic!("it does not end:\n{}", story()));
        assert_eq!(finished.verdict, Ending::Proven, "{}", story());
        let truth = self.witness.moments.last().unwrap();
        assert!(truth.serves("standby"), "{truth:?}");
        let lost = lost(&self.rig.workload());
        assert!(finished.rpo.is_none_or(|rpo| rpo >= lost), "stated {:?}, lost {lost:?}", finished.rpo);
        self.once(outcome);
    }

    /// Nothing was done twice, and nothing is called so that is not.
    fn once(&self, outcome: &Outcome) {
        assert!(self.taken("PromoteReadReplica") <= 1, "{} promotions", self.taken("PromoteReadReplica"));
        let wanted = |is: &dyn Fn(&What) -> bool| {
            let mut asked: Vec<_> = outcome.run.memory.past.iter().filter(|past| is(&past.change.what)).collect();
            asked.sort_by_key(|past| (past.stage.clone(), past.change.to_string()));
            asked.dedup_by_key(|past| (past.stage.clone(), past.change.to_string()));
            asked.len()
        };
        let messages = wanted(&|what| matches!(what, What::Publish { .. }));
        // Whoever says “once more” without looking whether it arrived may do it twice; nobody else does.
        let again = self.lines().iter().filter(|line| line.contains("\"record\":\"retried\",\"stage\":\"tell-")).count();
        assert!(self.taken("Publish") <= messages + again, "{} of {messages} messages, {again} once more", self.taken("Publish"));
        self.witness.assert_honest(&outcome.run);
        self.witness.assert_all_intended(&outcome.run);
    }
}

fn is_ready(outcome: &Outcome, stage: &str) -> bool {
    matches!(outcome.run.state(stage).map(|state| &state.phase), Some(Phase::Ready))
}

fn is_done(outcome: &Outcome, stage: &str) -> bool {
    matches!(outcome.run.state(stage).map(|state| &state.phase), Some(Phase::Done { .. }))
}

fn has_asked(outcome: &Outcome, stage: &str) -> bool {
    outcome.run.memory.past.iter().any(|past| past.stage == stage)
}
