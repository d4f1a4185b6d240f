//! A run on a paused clock: the lab in this process, the real watch, the real engine, the real clients; only the operator is made up.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig};
use drlab_core::assess::assess;
use drlab_core::config::{Site, Workload};
use drlab_core::domain::{Snapshot, Timestamp};
use drlab_core::run::{Catalogue, Desk, Mode, Order, Phase, Record, Run, Stance};
use drlab_core::runbook::{History, shelf};
use drlab_tui::aws::{Endpoints, Keeper, Source, Timeouts, act};
use drlab_tui::clock::WorldClock;
use drlab_tui::engine::{Board, Declaration, Executor, Hands, Stopped};
use drlab_tui::probe::Wire;
use drlab_tui::store::{Journal, Lease};
use drlab_tui::watch::{Eyes, News, Watch};
use futures_util::FutureExt;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::witness::Witness;
use crate::lab::rig::{Rig, START, credentials};
use crate::lab::transcript::Recorder;

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
}

impl Habits {
    pub(crate) const STEADY: Self = Self { overrides: &[], skips: &[], leaves_pauses: false, leaves_questions: false };
}

/// Clients that can change the lab, on its clock.
pub(crate) async fn armed(rig: &Rig) -> act::Armed {
    let config = &rig.stage.config;
    let shared = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(credentials())
        .http_client(Recorder { inner: rig.way.clone(), transcript: rig.transcript.clone() })
        .time_source(rig.way.clone())
        .build();
    act::arm(&shared, &config.regions(), &Endpoints::default(), Timeouts::default(), &config.workloads[0].account).await.unwrap()
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
    let config = Arc::new(rig.stage.config.clone());
    let workload = config.workloads[0].clone();
    let clock = WorldClock::new(START + rig_elapsed(rig), 1.0);
    let wire = Wire::lab(rig.way.clone(), &config);
    let eyes = Eyes { aws: rig.aws.clone(), wire: wire.clone(), clock };
    let (watch, orders, news) = Watch::new(eyes, Arc::clone(&config), 1);
    let mut watching = pin!(watch.run());
    let armed = armed(rig).await;
    let own: Vec<_> = called.own.iter().map(|text| (format!("{}.toml", called.runbook), text.as_bytes().to_vec())).collect();
    let (books, errors) = shelf(&own, &|action| action.deed());
    assert!(errors.is_empty(), "{errors:?}");
    let set = called.set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let book = books.iter().find(|book| book.name == called.runbook).unwrap();
    let book = &book.with_set(&set, &|action| action.deed()).unwrap();
    let mut snapshot = Snapshot::default();
    let seen = async { if called.watched { Some(impaired(&workload, &news, &mut snapshot, &clock).await) } else { None } };
    let seen = tokio::select! {
        biased;
        tally = &mut watching => panic!("the watch has ended by itself: {tally:?}"),
        seen = seen => seen,
    };
    let declaration = Declaration {
        workload: &workload,
        runbook: book,
        source: called.source,
        outage_at: called.outage_at.or(seen),
        reason: "a drill".to_owned(),
        who: "tests".to_owned(),
        lab: true,
        config_text: String::new(),
    };
    let begun = declaration.begin(clock.now());
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create(&folder.path().join("journal.jsonl")).unwrap();
    let (lease, _) = Lease::take(&folder.path().join("lease.json"), "tests", clock.now()).unwrap();
    let (give, take) = mpsc::channel(16);
    let board = Arc::new(Board::default());
    let mut outcome =
        Outcome { run: Arc::new(begun.clone()), desk: Desk::default(), stopped: None, records: Vec::new(), witness: Witness::default() };
    let mut witness = Witness::default();
    let executor = Executor {
        workload,
        run: begun,
        journal,
        lease,
        hands: Hands { aws: armed, wire, config: Arc::clone(&config), clock },
        rules: Box::new(Catalogue),
        history: History::default(),
        clock,
        watch: orders,
        news,
        snapshot,
        orders: take,
        board: Arc::clone(&board),
    };
    let agreeing = async {
        loop {
            let view = board.next().await;
            outcome.records.extend(view.news);
            (outcome.run, outcome.desk) = (view.run, view.desk);
            if called.until.is_some_and(|stage| outcome.run.memory.done.contains_key(stage)) {
                break;
            }
            agree(&outcome, called.habits, &give);
        }
    };
    // As the console has it: they are looked at without being asked for.
    let (mut keeper, _) = Keeper::new(Source::Lent(credentials()), clock);
    let told = Arc::clone(&executor.news);
    let keeping = async {
        let mut known = Snapshot::default();
        loop {
            for observation in keeper.next().await.into_iter().filter_map(|reading| known.take(reading)) {
                told.tell(observation);
            }
        }
    };
    let stopped = tokio::select! {
        biased;
        stopped = timeout(patience, executor.run()) => stopped.ok(),
        tally = watching => panic!("the watch has ended by itself: {tally:?}"),
        () = agreeing => None,
        () = witness.look_on(rig) => None,
        () = keeping => None,
    };
    if let Some(view) = board.next().now_or_never() {
        outcome.records.extend(view.news);
        (outcome.run, outcome.desk) = (view.run, view.desk);
    }
    witness.look(rig);
    (outcome.stopped, outcome.witness) = (stopped, witness);
    outcome
}

/// Somebody who looks at the console until it says that the primary is impaired; since when it is.
async fn impaired(workload: &Workload, news: &News, snapshot: &mut Snapshot, clock: &WorldClock) -> Timestamp {
    loop {
        for observation in news.next().await {
            snapshot.put(observation);
        }
        let found = assess(workload, snapshot, clock.now()).impairment;
        if let (Some(true), Some(since)) = (found.impaired, found.since) {
            return since;
        }
    }
}

/// How far the lab's clock is from its beginning.
fn rig_elapsed(rig: &Rig) -> Duration {
    rig.way.lab().clock().now().since(START)
}

/// Somebody who consents to what is asked, acknowledges what is owed, and goes on after a pause.
fn agree(outcome: &Outcome, habits: Habits, give: &mpsc::Sender<(Order, String, oneshot::Sender<Result<(), String>>)>) {
    let mut orders = Vec::new();
    for stage in &outcome.run.plan.stages {
        match outcome.desk.stances.get(&stage.id) {
            Some(Stance::Confirming) => {
                let typed = Some(outcome.run.declared.workload.clone());
                orders.push(Order::Approve { stage: stage.id.clone(), typed });
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
    if matches!(outcome.run.mode, Mode::Paused { .. }) && !habits.leaves_pauses {
        orders.push(Order::Resume);
    }
    for order in orders {
        let (heard, _) = oneshot::channel();
        drop(give.try_send((order, "tests".to_owned(), heard)));
    }
}
