//! On the way home the databases go by other names than the configuration's.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::assess::Whereabouts;
use crate::assess::tests::steady;
use crate::config::{Config, EXAMPLE, Endpoints, Site};
use crate::domain::change::Shape;
use crate::domain::fact::{Instance, Point, Series, Service};
use crate::domain::{Change, Kind, Measure, Reading, Receipt, Snapshot, Subject, Timestamp, Value, Verdict, What};
use crate::keymap::Keymap;
use crate::run::{Declared, Desk, Ending, Finished, Mode, Renamed, Run};
use crate::runbook::{Past, shelf, unfold};

const LOOK: Look = Look { theme: Theme::Terminal, ascii: false };
const NEW: &str = "pilot-db-replica-20261120-1102-x";

/// A failback of `pilot` that has made its replica, and what has just been seen.
struct Home {
    model: Model,
    snapshot: Snapshot,
    now: Timestamp,
}

impl Home {
    /// The standby writes since its failover; the old primary takes writes as well, as RDS says; and the new replica follows.
    fn under_way() -> Self {
        let (workload, snapshot, now) = steady("pilot");
        let mut config = Config::parse("drlab.toml", EXAMPLE, &[]).unwrap();
        config.workloads = vec![workload];
        let model = Model::new(Arc::new(config), Arc::new(Keymap::default()), LOOK, (120, 40), now);
        let mut home = Self { model, snapshot, now };
        let (old, active) = (home.configured(Site::Primary), home.configured(Site::Standby));
        let own = |subject: &Subject| Instance { id: subject.name.clone(), status: "available".to_owned(), ..Instance::default() };
        home.found(old.clone(), Instance { backup_retention_days: 7, multi_az: true, ..own(&old) });
        home.found(active.clone(), own(&active));
        home.found(home.new_replica(), home.follower());
        for site in [Site::Primary, Site::Standby] {
            home.runs(site, 2);
        }
        home.declare();
        home
    }

    fn workload(&self) -> &crate::config::Workload {
        &self.model.config.workloads[0]
    }

    fn configured(&self, site: Site) -> Subject {
        self.workload().database_subject(self.workload().database.as_ref().unwrap(), site)
    }

    fn new_replica(&self) -> Subject {
        Subject::new(Kind::Instance, &self.workload().primary, NEW)
    }

    fn follower(&self) -> Instance {
        let of = format!("arn:aws:rds:{}:{}:db:{}", self.workload().standby, self.workload().account, self.configured(Site::Standby).name);
        Instance {
            id: NEW.to_owned(),
            status: "available".to_owned(),
            replica_of: Some(of),
            replication: Some("replicating".to_owned()),
            backup_retention_days: 1,
            ..Instance::default()
        }
    }

    fn found(&mut self, subject: Subject, fact: impl Into<crate::domain::fact::Fact>) {
        let outcome = Ok(Value::Found { fact: Arc::new(fact.into()), at: None });
        self.snapshot.take(Reading { subject, begun: self.now, read: self.now, outcome });
    }

    fn runs(&mut self, site: Site, running: i32) {
        for service in self.workload().services.clone() {
            let subject = self.workload().service_subject(Kind::Service, &service, site);
            self.found(subject, Service { desired: running, running, ..Service::default() });
        }
    }

    fn declare(&mut self) {
        let workload = self.workload();
        let book = shelf(&[], &|action| action.deed()).0.into_iter().find(|book| book.name == "failback").unwrap();
        let declared = Declared {
            run: "20261120t110231-pilot".to_owned(),
            version: "1".to_owned(),
            workload: workload.name.clone(),
            account: workload.account.clone(),
            runbook: book.name.clone(),
            runbook_text: book.text.clone(),
            config_text: String::new(),
            source: Site::Standby,
            outage_at: None,
            reason: "home".to_owned(),
            who: "somebody".to_owned(),
            lab: true,
        };
        let mut run = Run::declared(self.now, declared, unfold(&book, workload, Site::Standby, &|action| action.deed()));
        let (source_region, shape) = (workload.standby.clone(), Shape::default());
        let what = What::CreateReplica { instance: NEW.to_owned(), source_arn: String::new(), source_region, shape };
        let answer = Some((self.now, Receipt::Accepted { told: BTreeMap::new() }));
        let change = Change::new(&workload.primary, what);
        let cleared = run.plan.stages.iter().find(|stage| stage.step == "clear").unwrap();
        run.memory.done.insert(cleared.id.clone(), self.now - Duration::from_secs(600));
        run.memory.past.push(Past { stage: "rebuild".to_owned(), change, asked_at: self.now, answer });
        update(&mut self.model, Message::Run { run: Arc::new(run), desk: Desk::default(), news: Vec::new() });
    }

    /// The console learns all of it.
    fn told(mut self) -> Model {
        let news = self.snapshot.iter().map(|seen| Arc::new(seen.clone())).collect();
        update(&mut self.model, Message::Observed(news));
        update(&mut self.model, Message::Tick(self.now));
        while self.model.is_behind() {
            update(&mut self.model, Message::Settle(self.now));
        }
        self.model
    }
}

fn headline(model: &Model) -> &str {
    model.assessment().and_then(|seen| seen.headline.as_ref()).map_or("", |headline| &headline.text)
}

#[test]
fn who_consents_is_told_of_the_database_that_is_promoted() {
    let mut home = Home::under_way();
    let lag = Subject::metric(&home.workload().primary, NEW, Measure::ReplicaLag.metric());
    let at = home.now - Duration::from_secs(60);
    home.found(lag, Series { unit: String::new(), points: vec![Point { at, value: 1.0 }] });
    let model = home.told();
    let Handover { workload, assessment, .. } = handover(&model).unwrap();
    assert_eq!(workload.database.as_ref().unwrap().sites.primary, NEW);
    assert_eq!(assessment.readiness.target, Some(Site::Primary));
    let row = assessment.component("replication/database").unwrap();
    assert_eq!((row.value.as_str(), row.reason.as_deref()), ("1s", None));
    let check = |id: &str| assessment.readiness.checks.iter().find(|check| check.id == id).unwrap();
    assert_eq!(check("database.target.replica").ok, Some(true), "{}", check("database.target.replica").why);
    assert_eq!(check("database.target.promotable").ok, Some(true));
    assert_eq!(check("database.target.backups").why, "kept for 1 days");
    assert!(check("database.target.multi_az").why.starts_with("one zone"), "{}", check("database.target.multi_az").why);
}

/// What is asked about is as it is now, in the direction of the run, whatever is looked at.
#[test]
fn a_picture_that_stands_still_says_nothing_of_a_handover() {
    let mut home = Home::under_way();
    // Nobody can see from which site the way leads, but for the run.
    home.found(home.new_replica(), Instance { replica_of: None, ..home.follower() });
    let mut model = home.told();
    let frozen = crate::assess::assess(&model.config.workloads[0], &Snapshot::default(), model.clock.now);
    let behind = std::mem::take(&mut model.picture);
    model.picture.assessments = vec![frozen];
    model.frozen = Some(Frozen { since: model.clock.now, behind, missed: 0, held: Timeline::default() });
    let found = handover(&model).unwrap();
    assert_eq!(found.assessment.readiness.target, Some(Site::Primary));
    let replica = found.assessment.readiness.checks.iter().find(|check| check.id == "database.target.replica").unwrap();
    assert_eq!((replica.ok, replica.why.as_str()), (Some(false), "it is nobody's replica"));
}

/// Tasks are started on the new replica before it is promoted. The database that it takes the place of is nobody's any more.
#[test]
fn a_replica_that_tasks_are_started_on_is_no_split() {
    let model = Home::under_way().told();
    assert_eq!(model.assessment().unwrap().active, Whereabouts::Standby, "{}", headline(&model));
    assert!(!headline(&model).contains("SPLIT"), "{}", headline(&model));
    let told: Vec<_> = model.events.events.iter().map(|event| event.text.as_str()).collect();
    assert!(told.iter().all(|text| !text.contains("SPLIT")), "{told:?}");
}

#[test]
fn a_replica_that_takes_writes_too_soon_is_a_split() {
    let mut home = Home::under_way();
    home.found(home.new_replica(), Instance { replica_of: None, replication: None, ..home.follower() });
    let model = home.told();
    assert_eq!((&model.assessment().unwrap().active, headline(&model)), (&Whereabouts::Both, "SPLIT: BOTH SITES WRITE"));
}

/// Nobody looks at what an aborted run has made: whether it has come to anything, nobody has said.
#[test]
fn what_an_aborted_run_has_made_takes_nobodys_place() {
    let mut home = Home::under_way();
    let running = home.model.running.as_mut().unwrap();
    Arc::make_mut(&mut running.run).mode = Mode::Aborted { reason: String::new() };
    assert_eq!(home.told().assessment().unwrap().active, Whereabouts::Both);
}

/// Of an orderly move nothing is lost; but for what somebody writes to the old database, who was not there when it was cleared.
#[test]
fn what_is_written_where_nobody_reads_is_at_stake() {
    let lost = |connections: f64| {
        let mut home = Home::under_way();
        let database = home.workload().database.clone().unwrap();
        let metric = home.workload().database_metric(&database, Site::Primary, Measure::Connections);
        let at = home.now - Duration::from_secs(60);
        home.found(metric, Series { unit: String::new(), points: vec![Point { at, value: connections }] });
        let stakes = stakes(&home.told()).unwrap();
        (stakes.loss, stakes.grows)
    };
    assert_eq!(lost(0.0), (Some(Duration::ZERO), false));
    let (loss, grows) = lost(4.0);
    assert!(loss.is_none_or(|loss| loss >= Duration::from_secs(600)) && grows, "{loss:?}");
}

/// The failback is over, by a journal of this machine's.
fn past(home: &Home, run: &str, (from, to): (&str, &str)) -> PastRun {
    let mut named = home.workload().database.as_ref().unwrap().sites.clone();
    named.primary = from.to_owned();
    let renamed = vec![Renamed { site: Site::Primary, to: to.to_owned() }];
    PastRun { workload: "pilot".to_owned(), named: Some(named), renamed, ..PastRun::unreadable(run, "") }
}

fn tell_of(model: &mut Model, runs: Vec<PastRun>) -> Vec<Effect> {
    update(model, Message::Past { runs, histories: BTreeMap::new() })
}

fn primary(model: &Model) -> &str {
    &model.config.workloads[0].database.as_ref().unwrap().sites.primary
}

/// Its databases are what there is from now on, whatever drlab.toml says; and that it says something else is shown until somebody writes it.
#[test]
fn what_a_run_has_left_behind_is_looked_at_and_acted_on() {
    let mut home = Home::under_way();
    let old = home.configured(Site::Primary).name;
    let connections = Subject::metric(&home.workload().primary, &old, Measure::Connections.metric());
    home.found(connections, Series { unit: String::new(), points: vec![Point { at: home.now - Duration::from_secs(60), value: 0.0 }] });
    home.found(home.new_replica(), Instance { replica_of: None, replication: None, ..home.follower() });
    let standby = home.configured(Site::Standby);
    home.found(standby.clone(), Instance { replica_of: Some("a".to_owned()), id: standby.name.clone(), ..home.follower() });
    let mut run = (*home.model.running.as_ref().unwrap().run).clone();
    run.memory.done.insert("rebuild".to_owned(), home.now);
    run.mode = Mode::Finished;
    run.finished = Some(Finished { verdict: Ending::Proven, rto: None, rpo: None, met: None, owed: Vec::new(), unproven: Vec::new() });
    let run = Arc::new(run);
    let effects = update(&mut home.model, Message::Run { run: Arc::clone(&run), desk: Desk::default(), news: Vec::new() });
    let planned =
        |effect: &Effect| matches!(effect, Effect::Plan(config) if config.workloads[0].database.as_ref().unwrap().sites.primary == NEW);
    assert!(effects.iter().any(planned), "{effects:?}");
    let again = update(&mut home.model, Message::Run { run, desk: Desk::default(), news: Vec::new() });
    assert!(!again.iter().any(|effect| matches!(effect, Effect::Plan(_))), "once: {again:?}");
    let model = home.told();
    let seen = model.assessment().unwrap();
    assert_eq!((&seen.active, headline(&model)), (&Whereabouts::Primary, ""));
    let row = seen.component("configuration/primary").unwrap();
    assert_eq!((row.verdict, row.value.as_str()), (Verdict::Degraded, "old primary"));
    let says = format!("write [workload.database] primary = \"{NEW}\", which a run has put in the place of {old}");
    assert_eq!(row.reason.as_deref(), Some(&*says));
    // The next run is declared with what there is; and a file that says so has nothing to be told.
    let written = Config::parse("drlab.toml", model.config.for_console(Endpoints::default()).to_toml().unwrap(), &[]).unwrap();
    assert_eq!(written.workloads[0].database.as_ref().unwrap().sites.primary, NEW);
    assert!(
        crate::assess::assess(&written.workloads[0], &Snapshot::default(), model.clock.now).component("configuration/primary").is_none()
    );
}

/// The lab is at its beginning again, or somebody has given it the old name.
#[test]
fn what_has_gone_again_gives_its_place_back() {
    let mut home = Home::under_way();
    home.model.running = None;
    let old = primary(&home.model).to_owned();
    home.found(home.new_replica(), home.follower());
    let (replica, runs) = (home.new_replica(), vec![past(&home, "2", (&old, NEW))]);
    tell_of(&mut home.model, runs.clone());
    let mut model = home.told();
    assert_eq!(primary(&model), NEW);
    let then = model.clock.now + Duration::from_secs(30);
    let mut snapshot = model.current().snapshot.clone();
    let outcome = Ok(Value::Missing("no such instance".to_owned()));
    let gone = snapshot.take(Reading { subject: replica, begun: then, read: then, outcome }).unwrap();
    let effects = update(&mut model, Message::Observed(vec![gone]));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Plan(_))), "{effects:?}");
    assert_eq!(primary(&model), old);
    assert_eq!(model.config.workloads[0].database.as_ref().unwrap().replaced.primary, None);
    // The journal goes on telling of it.
    tell_of(&mut model, runs);
    update(&mut model, Message::Tick(then + Duration::from_secs(1)));
    assert_eq!(primary(&model), old);
}

/// A function that was given its name long ago, say: nobody reads what it writes there.
#[test]
fn who_is_connected_to_what_was_put_aside_is_told() {
    let judged = |connections: f64| {
        let (mut workload, mut snapshot, now) = steady("pilot");
        let old = workload.database.as_ref().unwrap().sites.primary.clone();
        workload.database.as_mut().unwrap().replace(Site::Primary, NEW);
        let subject = Subject::metric(&workload.primary, &old, Measure::Connections.metric());
        let at = now - Duration::from_secs(60);
        let fact = Arc::new(Series { unit: String::new(), points: vec![Point { at, value: connections }] }.into());
        snapshot.take(Reading { subject: subject.clone(), begun: now, read: now, outcome: Ok(Value::Found { fact, at: None }) });
        let mut config = Config::parse("drlab.toml", EXAMPLE, &[]).unwrap();
        config.workloads = vec![workload.clone()];
        let asked = crate::asking::questions(&config, &snapshot).iter().any(|question| question.subjects().contains(&subject));
        assert!(asked, "somebody looks");
        let seen = crate::assess::assess(&workload, &snapshot, now);
        let row = seen.component("configuration/primary").unwrap().clone();
        (row.verdict, row.reason.unwrap().starts_with("4 connections to pilot-db, which was put aside"), seen.verdict)
    };
    assert_eq!(judged(4.0), (Verdict::Critical, true, Verdict::Critical));
    let (row, told, _) = judged(0.0);
    assert_eq!((row, told), (Verdict::Degraded, false));
}

/// A rehearsal that leaves its copy behind has put nothing aside.
#[test]
fn what_a_rehearsal_leaves_behind_takes_nobodys_place() {
    let home = Home::under_way();
    let mut run = (*home.model.running.as_ref().unwrap().run).clone();
    run.memory.done.insert("rebuild".to_owned(), home.now);
    assert_eq!(run.renamed(), [Renamed { site: Site::Primary, to: NEW.to_owned() }]);
    run.plan.kind = crate::runbook::Kind::Test;
    assert_eq!(run.renamed(), []);
}

/// A journal alone is not believed: what it tells of may have been renamed or deleted since.
#[test]
fn what_a_journal_tells_of_is_looked_at_once_it_has_been_seen() {
    let look_for =
        |effects: &[Effect]| effects.iter().any(|effect| matches!(effect, Effect::Await { subjects, .. } if subjects[0].name == NEW));
    let begin = || {
        let mut home = Home::under_way();
        home.model.running = None;
        let old = primary(&home.model).to_owned();
        let runs = vec![past(&home, "2", (&old, NEW))];
        let effects = tell_of(&mut home.model, runs);
        assert!(look_for(&effects), "{effects:?}");
        let at_once = update(&mut home.model, Message::Tick(home.now + Duration::from_secs(1)));
        assert!(!look_for(&at_once), "{at_once:?}");
        let later = update(&mut home.model, Message::Tick(home.now + Duration::from_secs(21)));
        assert!(look_for(&later), "it is asked for as long as nobody has seen it: {later:?}");
        (home, old)
    };
    let (mut home, old) = begin();
    assert_eq!(primary(&home.model), old);
    home.found(home.new_replica(), home.follower());
    assert_eq!(primary(&home.told()), NEW);

    let (mut home, old) = begin();
    let outcome = Ok(Value::Missing("no such instance".to_owned()));
    home.snapshot.take(Reading { subject: home.new_replica(), begun: home.now, read: home.now, outcome });
    let mut model = home.told();
    assert_eq!(primary(&model), old);
    let then = model.clock.now + Duration::from_secs(60);
    let later = update(&mut model, Message::Tick(then));
    assert!(!look_for(&later), "there is nothing to wait for: {later:?}");
}

#[test]
fn runs_are_followed_one_after_the_other_and_a_newer_file_knows_better() {
    let begin = |runs: &dyn Fn(&Home, &str) -> Vec<PastRun>| {
        let mut home = Home::under_way();
        home.model.running = None;
        let old = primary(&home.model).to_owned();
        home.found(home.new_replica(), home.follower());
        let runs = runs(&home, &old);
        tell_of(&mut home.model, runs);
        (primary(&home.told()).to_owned(), old)
    };
    let (now, _) = begin(&|home, old| vec![past(home, "2", ("between", NEW)), past(home, "1", (old, "between"))]);
    assert_eq!(now, NEW, "the newest is told first");
    let (now, old) = begin(&|home, _| vec![past(home, "1", ("an older one", NEW))]);
    assert_eq!(now, old, "somebody has written another name since");
}

#[test]
fn a_run_that_is_under_way_keeps_what_it_was_declared_with() {
    let mut home = Home::under_way();
    let old = primary(&home.model).to_owned();
    let runs = vec![past(&home, "2", (&old, NEW))];
    tell_of(&mut home.model, runs);
    assert_eq!(primary(&home.told()), old);
}
