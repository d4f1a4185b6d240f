//! From the command line to a run that is under way: whose AWS it is, from where it leads, who may, and where it is written down.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use drlab_core::assess::{Assessment, Whereabouts, assess, failing_since};
use drlab_core::config::{Config, Site, Workload};
use drlab_core::domain::{Snapshot, Timestamp};
use drlab_core::run::{Catalogue, Desk, Mode, Order, Record, Run, Switched, replay};
use drlab_core::runbook::{Plan, Runbook, unfold};
use tokio::sync::mpsc;

use super::super::once::{Blind, look};
use super::super::outlook::Outlook;
use super::super::past::history;
use super::super::start::Access;
use super::carry::{Carried, Carrying, Told};
use super::consent::Consent;
use super::kept::Kept;
use super::words::{restored, withheld};
use crate::aws::act::{Armed, NotArmed};
use crate::engine::{Board, Declaration, Executor, Hands};
use crate::probe::handshake::{Session, handshake};
use crate::store::{Holder, Journal, Lease, Place};
use crate::term::Signals;
use crate::watch::Watch;

/// What spreads those who back off. Nothing depends on its being secret or different.
const SEED: u64 = 1;

/// What any run needs that is begun or taken up without a screen.
#[derive(Debug)]
pub struct Script {
    pub access: Access,
    pub who: String,
    pub consent: Consent,
    /// Where earlier runs are kept: what they took is what this one is expected to take.
    pub earlier: Option<Place>,
}

#[derive(Debug)]
pub struct Declaring {
    /// With the one workload that is meant.
    pub config: Arc<Config>,
    pub runbook: Runbook,
    /// Where it was said from where it leads.
    pub source: Option<Site>,
    pub reason: String,
    pub place: Place,
}

#[derive(Debug)]
pub struct Resuming {
    pub journal: PathBuf,
    pub lease: PathBuf,
    /// Somebody who is still at it is relieved.
    pub take_over: bool,
    /// Steps to be left out, with the reason.
    pub skip: BTreeMap<String, String>,
    /// Another runbook to go on by: the source is lost, and what was planned is planned no more.
    pub switch: Option<Switching>,
    /// The configuration on the disk, for what a journal does not hold.
    pub at_hand: Option<Config>,
}

#[derive(Debug)]
pub struct Switching {
    pub runbook: Runbook,
    pub reason: String,
}

impl Switching {
    /// What a run of this journal would go on by, and what follows from that, in sentences; or why it cannot.
    pub fn told(kept: &Kept, runbook: &Runbook) -> Result<(Plan, Vec<String>), String> {
        let name = &kept.run.declared.workload;
        let workload = kept.config.workload(name).ok_or_else(|| format!("the journal has no workload “{name}”"))?;
        let plan = unfold(runbook, workload, kept.run.plan.source, &|action| action.deed());
        // Whoever resumes lets it go on before anything else.
        let mut run = kept.run.clone();
        if run.can_resume() {
            run.mode = Mode::Going;
        }
        run.may_switch(&plan)?;
        let follows = run.consequences(&plan);
        Ok((plan, follows))
    }
}

/// Why nothing was begun.
#[derive(Debug, thiserror::Error)]
pub enum NotBegun {
    #[error(transparent)]
    Blind(#[from] Blind),
    #[error("{0}")]
    NoSource(String),
    #[error("nobody is armed: {0}")]
    NotArmed(#[from] NotArmed),
    #[error("{} (process {}) is at it since {}: to relieve them, add --take-over", .0.who, .0.process, .0.since)]
    Held(Holder),
    /// What cannot be written down is not done.
    #[error("nothing is done that cannot be written down: {0}")]
    Store(#[from] io::Error),
    #[error("{0}")]
    Unreadable(String),
    #[error("{0}")]
    Refused(String),
    #[error("the run is finished")]
    Finished(Box<Run>),
}

/// What everything else stands on.
struct Ground {
    config: Arc<Config>,
    outlook: Outlook,
    snapshot: Snapshot,
    session: Session,
}

impl Ground {
    async fn seen(config: Arc<Config>, access: Access) -> Result<Self, Blind> {
        let session = handshake(&config).await;
        let mut outlook = Outlook::new(&config, access, session.clock());
        let snapshot = look(&mut outlook, &config).await?;
        Ok(Self { config, outlook, snapshot, session })
    }

    fn now(&self) -> Timestamp {
        self.session.clock().now()
    }

    fn carrying(
        self,
        workload: Workload,
        run: Run,
        (journal, lease): (Journal, Lease),
        armed: Armed,
        script: &Script,
        seq: u64,
    ) -> Result<Carrying, NotBegun> {
        let lab = self.session.rehearses();
        let history = script.earlier.as_ref().map(|place| history(place, &workload.name, lab)).unwrap_or_default();
        let Outlook { eyes, keeper, .. } = self.outlook;
        let clock = eyes.clock;
        // Whoever takes up what is finished wants what is owed.
        let persists = matches!(run.mode, Mode::Finished);
        let hands = Hands { aws: armed, wire: eyes.wire.clone(), config: Arc::clone(&self.config), clock };
        let (watch, orders, news) = Watch::new(eyes, self.config, SEED);
        let (give, take) = mpsc::channel(64);
        let executor = Executor {
            workload,
            run,
            journal,
            lease: lease.clone(),
            hands,
            rules: Box::new(Catalogue),
            history,
            clock,
            watch: orders,
            news,
            snapshot: self.snapshot,
            orders: take,
            board: Arc::new(Board::default()),
            told: Vec::new(),
            persists,
        };
        let signals = Signals::listen()?;
        Ok(Carrying { executor, watch, keeper, give, who: script.who.clone(), lease, signals, seq })
    }
}

/// From where a run leads, as far as it is seen.
pub fn find_source(assessment: &Assessment, said: Option<Site>) -> Result<Site, String> {
    let seen = match &assessment.active {
        Whereabouts::Primary => Some(Site::Primary),
        Whereabouts::Standby => Some(Site::Standby),
        // Its database is down and nobody else's writes: it is still known whose turn it was.
        Whereabouts::Neither(_) => assessment.impairment.site,
        Whereabouts::Both | Whereabouts::Unknown(_) => None,
    };
    said.or(seen).ok_or_else(|| {
        let why = match &assessment.active {
            Whereabouts::Both => "both sites take writes".to_owned(),
            Whereabouts::Neither(why) | Whereabouts::Unknown(why) => why.clone(),
            Whereabouts::Primary | Whereabouts::Standby => String::new(),
        };
        format!("which site is active cannot be seen ({why}): say from where it leads, --source primary or --source standby")
    })
}

/// Declares a run and carries it out.
pub async fn declare(declaring: Declaring, script: Script, tell: &mut dyn FnMut(Told<'_>)) -> Result<Carried, NotBegun> {
    let Declaring { config, runbook, source, reason, place } = declaring;
    let workload = config.workloads.first().cloned().ok_or_else(|| NotBegun::Refused("there is no workload".to_owned()))?;
    let ground = Ground::seen(Arc::clone(&config), script.access.clone()).await?;
    let assessment = assess(&workload, &ground.snapshot, ground.now());
    let source = find_source(&assessment, source).map_err(NotBegun::NoSource)?;
    let outage_at = failing_since(&workload, &ground.snapshot, ground.now(), source);
    let armed = ground.outlook.arm(&config, &workload.account).await?;
    let config_text = withheld(&config).to_toml().map_err(|error| NotBegun::Unreadable(error.to_string()))?;
    let now = ground.now();
    let lab = ground.session.rehearses();
    let run = Declaration { workload: &workload, runbook: &runbook, source, outage_at, reason, who: script.who.clone(), lab, config_text }
        .begin(now)
        .map_err(NotBegun::Refused)?;
    let folder = place.make(&run.declared.run)?;
    let (lease, _) = Lease::take(&folder.lease(), &script.who, now)?;
    let mut journal = Journal::create(&folder.journal())?;
    let first = Record::Declared(Box::new(run.declared.clone()));
    journal.append(now, &first)?;
    tell(Told { seq: 0, at: now, record: &first, run: &run });
    let carrying = ground.carrying(workload, run, (journal, lease), armed, &script, 1)?;
    Ok(carrying.carry(&script.consent, tell).await)
}

/// Takes a run up again, by nothing but its journal.
pub async fn resume(resuming: Resuming, script: Script, tell: &mut dyn FnMut(Told<'_>)) -> Result<Carried, NotBegun> {
    // Before it is opened for writing: it may be somebody's who is at it.
    if let Some(holder) = Lease::holder(&resuming.lease)?.filter(|holder| holder.is_alive() && !resuming.take_over) {
        return Err(NotBegun::Held(holder));
    }
    let before = super::read(&resuming.journal).map_err(|error| NotBegun::Unreadable(error.to_string()))?;
    if let Some(broken) = before.broken {
        return Err(NotBegun::Unreadable(format!("{}: {broken}: a person must look at it", resuming.journal.display())));
    }
    if matches!(before.run.mode, Mode::Finished) && before.run.owed().next().is_none() {
        return Err(NotBegun::Finished(Box::new(before.run)));
    }
    let switched =
        resuming.switch.as_ref().map(|switching| Switching::told(&before, &switching.runbook).map(|(plan, _)| (switching, plan)));
    let switched = switched.transpose().map_err(NotBegun::Refused)?;
    let config = Arc::new(restored(before.config.clone(), resuming.at_hand.as_ref()));
    let ground = Ground::seen(Arc::clone(&config), script.access.clone()).await?;
    let name = before.run.declared.workload.clone();
    let workload = config.workload(&name).cloned().ok_or_else(|| NotBegun::Refused(format!("the journal has no workload “{name}”")))?;
    let armed = ground.outlook.arm(&config, &workload.account).await?;
    let now = ground.now();
    before.not_from_the_future(now).map_err(NotBegun::Refused)?;
    let (lease, from) = Lease::take(&resuming.lease, &script.who, now)?;
    // Only now: whoever held it may have written more until a moment ago.
    let opened = Journal::open(&resuming.journal).map_err(|error| NotBegun::Unreadable(error.to_string()))?;
    let records = opened.lines.iter().map(|line| (line.at, &line.record));
    let (mut run, _) = replay(records, &|action| action.deed()).map_err(|error| NotBegun::Unreadable(error.to_string()))?;
    let (mut journal, mut seq) = (opened.journal, opened.lines.len() as u64);
    let lease_number = lease.mine().number;
    let taken = Record::TakenOver { who: script.who.clone(), from: from.map(|holder| holder.who), lease: lease_number };
    let said = |run: &Run, order: Order| order.heard(run, &Desk::default(), &script.who).map_err(NotBegun::Refused);
    let mut write = |run: &mut Run, record: Record, plan: Option<Plan>| -> Result<(), NotBegun> {
        journal.append(now, &record)?;
        run.take(now, record.clone(), plan);
        tell(Told { seq, at: now, record: &record, run });
        seq += 1;
        Ok(())
    };
    write(&mut run, taken, None)?;
    if run.can_resume() {
        let record = said(&run, Order::Resume)?;
        write(&mut run, record, None)?;
    }
    if let Some((switching, plan)) = switched {
        let switched = Switched {
            runbook: switching.runbook.name.clone(),
            runbook_text: switching.runbook.text.clone(),
            reason: switching.reason.clone(),
            who: String::new(),
            outage_at: failing_since(&workload, &ground.snapshot, now, run.plan.source),
            told: run.consequences(&plan).join("; "),
        };
        let record = said(&run, Order::Switch(Box::new(switched)))?;
        write(&mut run, record, Some(plan))?;
    }
    for (stage, reason) in stages(&run, &resuming.skip)? {
        let record = said(&run, Order::Skip { stage, reason })?;
        write(&mut run, record, None)?;
    }
    let carrying = ground.carrying(workload, run, (journal, lease), armed, &script, seq)?;
    Ok(carrying.carry(&script.consent, tell).await)
}

/// Steps that are named, as the stages they became.
fn stages(run: &Run, named: &BTreeMap<String, String>) -> Result<Vec<(String, String)>, NotBegun> {
    let mut found = Vec::new();
    for (name, reason) in named {
        let stages: Vec<_> = run.plan.stages.iter().filter(|stage| stage.id == *name || stage.step == *name).collect();
        if stages.is_empty() {
            return Err(NotBegun::Refused(format!("there is no step “{name}”")));
        }
        found.extend(stages.into_iter().map(|stage| (stage.id.clone(), reason.clone())));
    }
    Ok(found)
}
