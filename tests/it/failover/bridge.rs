//! A run on a paused clock: the lab in this process, the real watch, the real engine, the real clients; only the operator is made up.

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use drlab_core::assess::assess;
use drlab_core::config::Site;
use drlab_core::domain::{Snapshot, Timestamp};
use drlab_core::run::{Catalogue, Desk, Mode, Order, Phase, Record, Rules, Run, Stance, replay};
use drlab_core::runbook::{History, shelf};
use drlab_tui::aws::{Endpoints, Keeper, Source, Timeouts, act};
use drlab_tui::engine::{Board, Declaration, Executor, Hands, Spoken, Stopped};
use drlab_tui::probe::Wire;
use drlab_tui::shell::withheld;
use drlab_tui::store::{Journal, Lease};
use drlab_tui::watch::{self, Eyes, News, Tally, Watch};
use futures_util::FutureExt;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep, timeout};

use super::witness::Witness;
use crate::lab::rig::{Rig, credentials};

/// What has come of a run.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) run: Arc<Run>,
    pub(crate) desk: Desk,
    pub(crate) stopped: Option<Stopped>,
    pub(crate) records: Vec<(Timestamp, Record)>,
    pub(crate) witness: Witness,
}

/// What people do beside consenting to whatever asks for it and acknowledging whatever is owed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Habits {
    /// Guards that they go past when they do not hold.
    pub(crate) overrides: &'static [&'static str],
    /// Steps that they skip when they have failed.
    pub(crate) skips: &'static [&'static str],
    /// Whether they leave the run as it is after a pause.
    pub(crate) leaves_pauses: bool,
    /// Whether they do not see to what only people can see to: a run that asks for it stands still.
    pub(crate) leaves_questions: bool,
    /// Whether they have seen, where nobody knows whether something was done, that it was not: then it is asked for once more.
    pub(crate) asks_again: bool,
    /// Whether they stay after the end for what is owed.
    pub(crate) waits_for_the_owed: bool,
    /// Whether they go for good when something has failed and the run stands still, as a script does.
    pub(crate) leaves_failures: bool,
}

impl Habits {
    pub(crate) const STEADY: Self = Self {
        overrides: &[],
        skips: &[],
        leaves_pauses: false,
        leaves_questions: false,
        asks_again: false,
        waits_for_the_owed: false,
        leaves_failures: false,
    };
}

/// Clients that can change the lab, on its clock.
pub(crate) async fn armed(rig: &Rig) -> act::Armed {
    let config = &rig.stage.config;
    act::arm(&rig.shared(), &config.regions(), &Endpoints::default(), Timeouts::default(), &config.workloads[0].account).await.unwrap()
}

/// What is declared.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Called<'a> {
    pub(crate) runbook: &'a str,
    pub(crate) source: Site,
    pub(crate) outage_at: Option<Timestamp>,
    /// `--set`.
    pub(crate) set: &'a [(&'a str, &'a str)],
    pub(crate) habits: Habits,
    /// The text of a runbook that is taken instead of the one that is built in.
    pub(crate) own: Option<&'a str>,
    /// Whether they have watched all the while, and declare it as soon as the evidence suffices; else they open the console and declare at once.
    pub(crate) watched: bool,
    /// The stage after which nobody is interested any more.
    pub(crate) until: Option<&'a str>,
}

impl<'a> Called<'a> {
    /// From the primary, with nothing wrong.
    pub(crate) const fn plain(runbook: &'a str) -> Self {
        Self { runbook, source: Site::Primary, outage_at: None, set: &[], habits: Habits::STEADY, own: None, watched: false, until: None }
    }
}

/// The same with people of certain habits.
pub(crate) async fn attended(rig: &Rig, runbook: &str, outage_at: Option<Timestamp>, patience: Duration, habits: Habits) -> Outcome {
    carry_out(rig, Called { outage_at, habits, ..Called::plain(runbook) }, patience).await
}

/// Carries a runbook out against a lab; somebody agrees to everything. Gives up after `patience`.
pub(crate) async fn carry_out(rig: &Rig, called: Called<'_>, patience: Duration) -> Outcome {
    carry_out_while(rig, called, patience, |_| Vec::new()).await
}

/// The same while something happens: it sees the run at every turn, and says what is ordered because of that.
pub(crate) async fn carry_out_while(
    rig: &Rig,
    called: Called<'_>,
    patience: Duration,
    mut happens: impl FnMut(&Outcome) -> Vec<Order>,
) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    // Who declares is armed by then.
    let armed = armed(rig).await;
    let mut looking = Looking::at(rig);
    let seen = if called.watched { Some(looking.until_impaired(rig).await) } else { None };
    let begun = Begun::declared(rig, Called { outage_at: called.outage_at.or(seen), ..called }, folder.path());
    let mut witness = Witness::default();
    let leave = |outcome: &Outcome| {
        let done = called.until.is_some_and(|stage| outcome.run.memory.done.contains_key(stage));
        let stands = called.habits.leaves_failures && matches!(outcome.run.mode, Mode::Paused { .. });
        let failed = stands && outcome.run.stages.values().any(|state| matches!(state.phase, Phase::Failed { .. }));
        (done || failed).then_some(Interrupt::Kill(Duration::ZERO))
    };
    let sitting = Sitting { patience, habits: called.habits, interrupts: &leave, happens: &mut happens, rules: Box::new(Catalogue) };
    let outcome = begun.sit(rig, armed, looking, Some(&mut witness), sitting).await;
    Outcome { witness, ..outcome }
}

/// A watch, and what it has shown so far.
pub(crate) struct Looking {
    watch: Pin<Box<dyn Future<Output = Tally>>>,
    orders: mpsc::Sender<watch::Order>,
    news: Arc<News>,
    snapshot: Snapshot,
}

impl Looking {
    pub(crate) fn at(rig: &Rig) -> Self {
        let config = Arc::new(rig.stage.config.clone());
        let eyes = Eyes { aws: rig.aws.clone(), wire: Wire::lab(rig.way.clone(), &config), clock: rig.clock() };
        let (watch, orders, news) = Watch::new(eyes, config, 1);
        Self { watch: Box::pin(watch.run()), orders, news, snapshot: Snapshot::default() }
    }

    /// Somebody looks at the console until it says that the primary is impaired; since when it is.
    async fn until_impaired(&mut self, rig: &Rig) -> Timestamp {
        let workload = &rig.stage.config.workloads[0];
        self.until(rig, |snapshot, now| {
            let found = assess(workload, snapshot, now).impairment;
            found.since.filter(|_| found.impaired == Some(true))
        })
        .await
    }

    /// Somebody looks at the console until they have seen what they look for; whenever there is news they look again.
    pub(crate) async fn until<T>(&mut self, rig: &Rig, mut sees: impl FnMut(&Snapshot, Timestamp) -> Option<T>) -> T {
        let Self { watch, news, snapshot, .. } = self;
        let clock = rig.clock();
        let looking = async {
            loop {
                for observation in news.next().await {
                    snapshot.put(observation);
                }
                if let Some(seen) = sees(snapshot, clock.now()) {
                    return seen;
                }
            }
        };
        tokio::select! {
            biased;
            tally = watch => panic!("the watch has ended by itself: {tally:?}"),
            seen = looking => seen,
        }
    }
}

/// A run, and what is needed to write down what becomes of it.
#[derive(Debug)]
pub(crate) struct Begun {
    pub(crate) run: Run,
    pub(crate) journal: Journal,
    pub(crate) lease: Lease,
}

/// Somebody before a run, for as long as they stay.
pub(crate) struct Sitting<'s> {
    pub(crate) patience: Duration,
    pub(crate) habits: Habits,
    /// What comes between.
    pub(crate) interrupts: &'s dyn Fn(&Outcome) -> Option<Interrupt>,
    /// What happens meanwhile, and is ordered because of that.
    pub(crate) happens: &'s mut dyn FnMut(&Outcome) -> Vec<Order>,
    /// By what is judged what is to be done: the catalogue, or the catalogue with somebody who looks over its shoulder.
    pub(crate) rules: Box<dyn Rules + Send>,
}

/// What can happen to somebody who sits before a run.
#[derive(Clone, Debug)]
pub(crate) enum Interrupt {
    /// The process is killed, after so long.
    Kill(Duration),
    /// Somebody says something.
    Say(Order),
    /// Nobody says anything yet.
    Wait,
}

/// Where a run's journal and lease are, in a folder of its own.
pub(crate) fn journal_in(folder: &Path) -> PathBuf {
    folder.join("journal.jsonl")
}

fn lease_in(folder: &Path) -> PathBuf {
    folder.join("lease.json")
}

impl Begun {
    pub(crate) fn declared(rig: &Rig, called: Called<'_>, folder: &Path) -> Self {
        let config = &rig.stage.config;
        let own: Vec<_> = called.own.iter().map(|text| (format!("{}.toml", called.runbook), text.as_bytes().to_vec())).collect();
        let (books, errors) = shelf(&own, &|action| action.deed());
        assert!(errors.is_empty(), "{errors:?}");
        let set = called.set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let book = books.iter().find(|book| book.name == called.runbook).unwrap();
        let declaration = Declaration {
            workload: &config.workloads[0],
            runbook: &book.with_set(&set, &|action| action.deed()).unwrap(),
            source: called.source,
            outage_at: called.outage_at,
            reason: "a drill".to_owned(),
            who: "tests".to_owned(),
            lab: true,
            config_text: withheld(config).to_toml().unwrap(),
        };
        let now = rig.clock().now();
        let run = declaration.begin(now).unwrap();
        let mut journal = Journal::create(&journal_in(folder)).unwrap();
        journal.append(now, &Record::Declared(Box::new(run.declared.clone()))).unwrap();
        let (lease, _) = Lease::take(&lease_in(folder), "tests", now).unwrap();
        Self { run, journal, lease }
    }

    /// What was left, by nothing but its journal.
    pub(crate) fn left(rig: &Rig, folder: &Path, who: &str) -> Self {
        let now = rig.clock().now();
        let (lease, from) = Lease::take(&lease_in(folder), who, now).unwrap();
        let opened = Journal::open(&journal_in(folder)).unwrap();
        let (mut run, _) = replay(opened.lines.iter().map(|line| (line.at, &line.record)), &|action| action.deed()).unwrap();
        let mut journal = opened.journal;
        let taken = Record::TakenOver { who: who.to_owned(), from: from.map(|holder| holder.who), lease: lease.mine().number };
        let resumed = run.can_resume().then(|| Order::Resume.heard(&run, &Desk::default(), who).unwrap());
        for record in std::iter::once(taken).chain(resumed) {
            journal.append(now, &record).unwrap();
            run.take(now, record, None);
        }
        Self { run, journal, lease }
    }

    /// Carries it out, with a watch of its own, until it ends, or whoever sits before it does. The outcome's witness is another's; without one
    /// somebody else looks on.
    pub(crate) async fn sit(
        self,
        rig: &Rig,
        armed: act::Armed,
        looking: Looking,
        mut witness: Option<&mut Witness>,
        sitting: Sitting<'_>,
    ) -> Outcome {
        let Self { run, journal, lease } = self;
        let config = Arc::new(rig.stage.config.clone());
        let clock = rig.clock();
        let wire = Wire::lab(rig.way.clone(), &config);
        let Looking { watch, orders, news, snapshot } = looking;
        let (give, take) = mpsc::channel(16);
        let board = Arc::new(Board::default());
        let mut outcome =
            Outcome { run: Arc::new(run.clone()), desk: Desk::default(), stopped: None, records: Vec::new(), witness: Witness::default() };
        let learn = orders.clone();
        let executor = Executor {
            workload: config.workloads[0].clone(),
            run,
            journal,
            lease,
            hands: Hands { aws: armed, wire, config: Arc::clone(&config), clock },
            rules: sitting.rules,
            history: History::default(),
            clock,
            watch: orders,
            news,
            snapshot,
            orders: take,
            board: Arc::clone(&board),
            told: Vec::new(),
            persists: sitting.habits.waits_for_the_owed,
        };
        let attending = async {
            loop {
                let view = board.next().await;
                outcome.records.extend(view.news);
                (outcome.run, outcome.desk) = (view.run, view.desk);
                for order in (sitting.happens)(&outcome) {
                    say(&give, order);
                }
                match (sitting.interrupts)(&outcome) {
                    Some(Interrupt::Kill(after)) => return sleep(after).await,
                    Some(Interrupt::Say(order)) => say(&give, order),
                    Some(Interrupt::Wait) => {}
                    None => {
                        // Nobody has looked in the very instant in which there was something to look for.
                        if sitting.habits.asks_again {
                            sleep(Duration::from_millis(1)).await;
                        }
                        agree(&outcome, sitting.habits, &give);
                    }
                }
            }
        };
        // As the console has it: they are looked at without being asked for.
        let (mut keeper, _) = Keeper::new(Source::Lent(credentials()), clock);
        let keeping = async { while learn.send(watch::Order::Learn(keeper.next().await)).await.is_ok() {} };
        let stopped = tokio::select! {
            biased;
            stopped = timeout(sitting.patience, executor.run()) => stopped.ok(),
            tally = watch => panic!("the watch has ended by itself: {tally:?}"),
            () = attending => None,
            () = looked_on(rig, witness.as_deref_mut()) => None,
            () = keeping => None,
        };
        if let Some(view) = board.next().now_or_never() {
            outcome.records.extend(view.news);
            (outcome.run, outcome.desk) = (view.run, view.desk);
        }
        if let Some(witness) = witness {
            witness.look(rig);
        }
        outcome.stopped = stopped;
        outcome
    }
}

async fn looked_on(rig: &Rig, witness: Option<&mut Witness>) {
    match witness {
        Some(witness) => witness.look_on(rig).await,
        None => std::future::pending().await,
    }
}

/// Somebody who consents to what is asked, acknowledges what is owed, and goes on after a pause, unless something has failed.
fn agree(outcome: &Outcome, habits: Habits, give: &mpsc::Sender<Spoken>) {
    let mut orders = Vec::new();
    for stage in &outcome.run.plan.stages {
        match outcome.desk.stances.get(&stage.id) {
            Some(Stance::Confirming) => {
                let typed = Some(outcome.run.declared.workload.clone());
                orders.push(Order::Approve { stage: stage.id.clone(), typed });
            }
            Some(Stance::Asking { whom }) if habits.asks_again && whom.contains("nobody knows whether") => {
                orders.push(Order::Retry { stage: stage.id.clone() });
            }
            Some(Stance::Asking { .. }) if !habits.leaves_questions => {
                orders.push(Order::Acknowledge { stage: stage.id.clone(), note: "seen to".to_owned() });
            }
            Some(Stance::Held { guards }) => {
                for held in guards.iter().filter(|held| habits.overrides.contains(&held.guard.as_str())) {
                    let reason = "somebody looked and knows better".to_owned();
                    orders.push(Order::Override { stage: stage.id.clone(), guard: held.guard.clone(), reason });
                }
            }
            _ => {}
        }
    }
    for (id, state) in &outcome.run.stages {
        if matches!(state.phase, Phase::Failed { .. }) && habits.skips.contains(&id.as_str()) {
            orders.push(Order::Skip { stage: id.clone(), reason: "somebody looked and knows better".to_owned() });
        }
    }
    for (stage, _) in outcome.run.owed() {
        if outcome.run.stages[&stage.id].acknowledged.is_none() {
            orders.push(Order::Acknowledge { stage: stage.id.clone(), note: "it is dark".to_owned() });
        }
    }
    // To go on is to try once more what failed: whoever does that without a thought does it for ever.
    let failed = outcome.run.stages.values().any(|state| matches!(state.phase, Phase::Failed { .. }));
    if matches!(outcome.run.mode, Mode::Paused { .. }) && !failed && !habits.leaves_pauses {
        orders.push(Order::Resume);
    }
    for order in orders {
        say(give, order);
    }
}

fn say(give: &mpsc::Sender<Spoken>, order: Order) {
    let (heard, _) = oneshot::channel();
    drop(give.try_send((order, "tests".to_owned(), heard)));
}
