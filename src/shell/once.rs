use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use drlab_core::asking;
use drlab_core::assess::{Assessment, assess};
use drlab_core::config::Config;
use drlab_core::domain::{Cause, Failing, Question, Snapshot, Subject, Timestamp, Trouble};
use drlab_core::status::Session;

use super::outlook::Outlook;
use super::start::Access;
use crate::probe::handshake::{self, handshake};
use crate::watch;

/// How long everything together may take, in the world's time, and what that must be on the wall at least: long enough for what fails to fail
/// as often in a row as makes it evidence.
const PATIENCE: Duration = Duration::from_secs(15);
const LEAST_PATIENCE: Duration = Duration::from_secs(3);
/// Every further workload shares AWS's limits with the others.
const PATIENCE_PER_WORKLOAD: Duration = Duration::from_secs(3);
const MOST_PATIENCE: Duration = Duration::from_secs(120);

/// What one look has seen.
#[derive(Debug)]
pub struct Glance {
    pub session: Session,
    /// Whether runs here are a lab's.
    pub rehearses: bool,
    /// When looking began, and when it was over.
    pub began: Timestamp,
    pub now: Timestamp,
    /// What was asked.
    pub questions: Vec<Question>,
    pub snapshot: Snapshot,
    /// What it means, a workload each.
    pub assessments: Vec<Assessment>,
}

/// Why there was nothing to be seen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Blind {
    /// Nobody was asked: there is nothing to ask with.
    #[error("{0}")]
    Credentials(String),
    /// Nobody has answered.
    #[error("AWS cannot be reached: {0}")]
    Aws(String),
}

/// Looks for whoever wants to know and go: the same questions as the console asks, and the same conclusions. What has not been answered when
/// patience ends is unknown.
#[derive(Debug)]
pub struct Lookout {
    config: Arc<Config>,
    session: Session,
    rehearses: bool,
    outlook: Outlook,
}

impl Lookout {
    pub async fn new(config: Arc<Config>, access: Access) -> Self {
        let session = handshake(&config).await;
        let outlook = Outlook::new(&config, access, session.clock());
        Self { config, session: told(&session), rehearses: session.rehearses(), outlook }
    }

    /// At everything.
    pub async fn once(&mut self) -> Result<Glance, Blind> {
        let Self { config, session, rehearses, outlook } = self;
        let clock = outlook.eyes.clock;
        let began = clock.now();
        let snapshot = look(outlook, config).await?;
        let now: Timestamp = clock.now();
        let assessments = config.workloads.iter().map(|workload| assess(workload, &snapshot, now)).collect();
        let questions = asking::questions(config, &snapshot);
        Ok(Glance { session: *session, rehearses: *rehearses, began, now, questions, snapshot, assessments })
    }

    /// At these as well, which nobody knows to ask for before the first look.
    pub async fn beside(&self, glance: &mut Glance, subjects: &[Subject]) {
        let eyes = &self.outlook.eyes;
        watch::beside(eyes, &self.config, &mut glance.snapshot, subjects, patience(&self.config, eyes.clock.speed())).await;
        glance.now = eyes.clock.now();
    }
}

/// One look at everything.
pub async fn once(config: Arc<Config>, access: Access) -> Result<Glance, Blind> {
    Lookout::new(config, access).await.once().await
}

/// Whether runs here are a lab's, whose journals are no business of live ones.
pub async fn rehearses(config: &Config) -> bool {
    handshake(config).await.rehearses()
}

/// What has answered, as the reports call it.
const fn told(session: &handshake::Session) -> Session {
    match session {
        handshake::Session::Live(_) => Session::Live,
        handshake::Session::Lab { .. } => Session::Lab,
        handshake::Session::Elsewhere { .. } => Session::Elsewhere,
    }
}

/// Looks at everything once, credentials included.
pub(super) async fn look(outlook: &mut Outlook, config: &Arc<Config>) -> Result<Snapshot, Blind> {
    let credentials = outlook.keeper.next().await;
    if let Some(Err(trouble)) = credentials.iter().map(|reading| &reading.outcome).find(|outcome| outcome.is_err())
        && credentials.iter().all(|reading| reading.outcome.is_err())
    {
        return Err(Blind::Credentials(trouble.text.clone()));
    }
    let speed = outlook.eyes.clock.speed();
    let enough = |snapshot: &Snapshot, now| config.workloads.iter().all(|workload| is_decided(&assess(workload, snapshot, now)));
    let mut snapshot = watch::once(&outlook.eyes, Arc::clone(config), patience(config, speed), enough).await;
    for reading in credentials {
        snapshot.take(reading);
    }
    match unanswered(&snapshot) {
        Some(why) => Err(Blind::Aws(why)),
        None => Ok(snapshot),
    }
}

/// Nothing fails, or fails as often in a row as makes it evidence: one failure is neither.
fn is_decided(assessment: &Assessment) -> bool {
    assessment.impairment.evidence.iter().all(|kind| kind.failures == 0 || kind.failures >= kind.needed)
}

pub(super) fn patience(config: &Config, speed: f64) -> Duration {
    let further = u32::try_from(config.workloads.len().saturating_sub(1)).unwrap_or(u32::MAX);
    let wanted = PATIENCE.saturating_add(PATIENCE_PER_WORKLOAD.saturating_mul(further)).min(MOST_PATIENCE);
    wanted.max(LEAST_PATIENCE.mul_f64(speed))
}

/// Why AWS as a whole has not answered, if nothing of it has. A refusal is an answer, unless it is our credentials that are refused.
fn unanswered(snapshot: &Snapshot) -> Option<String> {
    let of_aws: Vec<_> =
        snapshot.iter().filter(|seen| !seen.subject.kind.is_a_clients() && seen.subject != Subject::credentials()).collect();
    let deaf = |failing: &Failing| matches!(failing.trouble.cause, Cause::Silent | Cause::Unreachable | Cause::Credentials | Cause::NotYet);
    if of_aws.iter().any(|seen| seen.known.is_some() || !seen.failing.as_ref().is_some_and(deaf)) {
        return None;
    }
    let troubles = of_aws.iter().filter_map(|seen| Some((&seen.subject.region, &seen.failing.as_ref()?.trouble)));
    // Whoever answers nothing has one thing wrong with them: what says more than silence.
    let mut of_each: BTreeMap<&str, &Trouble> = BTreeMap::new();
    for (region, trouble) in troubles {
        let whose = if region.is_global() { "Route 53 and other global services" } else { region.as_str() };
        let known = of_each.entry(whose).or_insert(trouble);
        if telling(trouble.cause) > telling(known.cause) {
            *known = trouble;
        }
    }
    let refused = of_each.values().any(|trouble| trouble.cause == Cause::Credentials);
    let mut alike: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (whose, trouble) in of_each.iter().filter(|(_, trouble)| !refused || trouble.cause == Cause::Credentials) {
        alike.entry(&trouble.text).or_default().push(whose);
    }
    let told = alike.into_iter().map(|(text, whose)| if refused { text.to_owned() } else { format!("{text} ({})", whose.join(", ")) });
    let told = told.collect::<Vec<_>>().join("; ");
    Some(match (told.is_empty(), refused) {
        (true, _) => format!("nothing was answered in time; {NEXT}"),
        (_, true) => told,
        _ => format!("{told}; {NEXT}"),
    })
}

/// What whoever reads it can do.
const NEXT: &str = "check this machine's network, VPN, proxy and the endpoints that are configured, and try again";

/// How much a cause says of what is wrong.
const fn telling(cause: Cause) -> u8 {
    match cause {
        Cause::Credentials => 3,
        Cause::Unreachable => 2,
        Cause::Silent => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use drlab_core::config::EXAMPLE;
    use drlab_core::domain::{Kind, Reading, Region, Value};

    use super::*;

    fn seen(outcomes: &[(Kind, Result<(), Cause>)]) -> Snapshot {
        let mut snapshot = Snapshot::default();
        for (kind, outcome) in outcomes {
            let subject = Subject::new(*kind, &Region::new("eu-west-1"), "it");
            let outcome = match outcome {
                Ok(()) => Ok(Value::Missing("there is none".to_owned())),
                Err(cause) => Err(Trouble::new(*cause, format!("{cause:?}"))),
            };
            snapshot.take(Reading { subject, begun: Timestamp::default(), read: Timestamp::default(), outcome });
        }
        snapshot
    }

    #[test]
    fn aws_is_out_of_reach_only_where_nothing_of_it_answers() {
        let silent = (Kind::Instance, Err(Cause::Silent));
        assert_eq!(unanswered(&seen(&[silent, (Kind::Alarm, Ok(()))])), None);
        for answer in [Cause::Denied, Cause::Throttled, Cause::Broken, Cause::Unintelligible] {
            assert_eq!(unanswered(&seen(&[silent, (Kind::Alarm, Err(answer))])), None, "{answer:?}");
        }
        // What users see is no answer of AWS's.
        let deaf = seen(&[silent, (Kind::Alarm, Err(Cause::Unreachable)), (Kind::Sight, Ok(()))]);
        let next = format!("; {NEXT}");
        assert_eq!(unanswered(&deaf).as_deref(), Some(&*format!("Unreachable (eu-west-1){next}")));
        assert_eq!(unanswered(&seen(&[(Kind::Alarm, Err(Cause::Credentials))])).as_deref(), Some("Credentials"));
        assert_eq!(unanswered(&Snapshot::default()).as_deref(), Some(&*format!("nothing was answered in time{next}")));
    }

    #[test]
    fn patience_grows_with_the_fleet_and_has_an_end() {
        let mut config = Config::parse("example", EXAMPLE, &[]).unwrap();
        config.workloads.truncate(1);
        assert_eq!(patience(&config, 1.0), PATIENCE);
        // A machine needs its time, however fast the world goes by.
        assert_eq!(patience(&config, 20.0), Duration::from_secs(60));
        let one = config.workloads[0].clone();
        config.workloads.resize(300, one);
        assert_eq!(patience(&config, 1.0), MOST_PATIENCE);
    }
}
