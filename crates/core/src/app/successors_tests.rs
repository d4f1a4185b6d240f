//! What a run has left takes the place of what drlab.toml names, once it is seen, and as long as it is there.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::homecoming::{Home, NEW, headline};
use super::*;
use crate::assess::Whereabouts;
use crate::assess::tests::steady;
use crate::config::{Config, EXAMPLE, Endpoints, Site};
use crate::domain::fact::{Instance, Point, Series};
use crate::domain::{Measure, Reading, Snapshot, Subject, Value, Verdict};
use crate::run::{Desk, Ending, Finished, Mode, Record, Renamed, Run};
use crate::runbook::{Action, Certainty};

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

/// The failback of this console is over: it has promoted its replica.
fn over(home: &Home) -> Arc<Run> {
    let mut run = (*home.model.running.as_ref().unwrap().run).clone();
    let promote = run.plan.stages.iter().find(|stage| stage.action == Action::DatabasePromote).unwrap().id.clone();
    run.take(home.now, Record::Done { stage: promote, shows: String::new(), certainty: Certainty::Proven }, None);
    run.memory.done.insert("rebuild".to_owned(), home.now);
    run.mode = Mode::Finished;
    run.finished = Some(Finished { verdict: Ending::Proven, rto: None, rpo: None, met: None, owed: Vec::new(), unproven: Vec::new() });
    Arc::new(run)
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
    let run = over(&home);
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

/// Whether both sites write is a question of the databases that the run found and left, however the configuration goes on.
#[test]
fn who_writes_to_what_was_put_aside_is_watched_for_when_the_run_is_over() {
    let watched = |connections: f64| {
        let mut home = Home::under_way();
        let old = home.configured(Site::Primary);
        let metric = Subject::metric(&home.workload().primary, &old.name, Measure::Connections.metric());
        let at = home.now - Duration::from_secs(60);
        home.found(metric, Series { unit: String::new(), points: vec![Point { at, value: connections }] });
        home.found(home.new_replica(), Instance { replica_of: None, replication: None, ..home.follower() });
        let standby = home.configured(Site::Standby);
        home.found(standby.clone(), Instance { replica_of: Some("a".to_owned()), id: standby.name.clone(), ..home.follower() });
        let run = over(&home);
        update(&mut home.model, Message::Run { run, desk: Desk::default(), news: Vec::new() });
        assert_eq!(primary(&home.model), NEW);
        split_watch(&home.told()).unwrap()
    };
    assert_eq!(watched(0.0).verdict, Verdict::Healthy);
    let SplitWatch { verdict, says } = watched(4.0);
    assert_eq!((verdict, says.contains("4 connections to pilot-db, which was put aside")), (Verdict::Unknown, true), "{says}");
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

/// The region is dark before anybody has opened a console: what follows the new database says that it is there. By the old name there would be
/// nothing to promote.
#[test]
fn a_replica_speaks_for_what_it_follows_where_that_is_dark() {
    let followed = |of: &str| {
        let mut home = Home::under_way();
        home.model.running = None;
        let (old, standby) = (primary(&home.model).to_owned(), home.configured(Site::Standby));
        let runs = vec![past(&home, "1", (&old, NEW))];
        tell_of(&mut home.model, runs);
        let of = format!("arn:aws:rds:us-east-1:123456789012:db:{of}");
        let follower = Instance { id: standby.name.clone(), replica_of: Some(of), ..home.follower() };
        home.snapshot = Snapshot::default();
        home.found(standby, follower);
        let model = home.told();
        (primary(&model) == NEW, primary(&model) == old)
    };
    assert_eq!(followed(NEW), (true, false));
    assert_eq!(followed("pilot-db"), (false, true));
}

/// A folder that cannot be read just now, or a hundred rehearsals later: the old database is no better for that.
#[test]
fn what_was_taken_stays_where_journals_are_gone() {
    let mut home = Home::under_way();
    home.model.running = None;
    let runs = vec![past(&home, "1", (primary(&home.model), NEW))];
    tell_of(&mut home.model, runs);
    home.found(home.new_replica(), home.follower());
    let mut model = home.told();
    assert_eq!(primary(&model), NEW);
    tell_of(&mut model, Vec::new());
    let later = model.clock.now + Duration::from_secs(1);
    update(&mut model, Message::Tick(later));
    assert_eq!(primary(&model), NEW);
}

/// drlab.toml names something else by now than the run has found.
#[test]
fn a_run_takes_no_place_of_which_somebody_knows_better() {
    let mut home = Home::under_way();
    home.found(home.new_replica(), Instance { replica_of: None, replication: None, ..home.follower() });
    let mut model = std::mem::take(&mut home.snapshot).iter().fold(home.model.clone(), |mut model, seen| {
        update(&mut model, Message::Observed(vec![Arc::new(seen.clone())]));
        model
    });
    let config = Arc::make_mut(&mut model.config);
    config.workloads[0].database.as_mut().unwrap().sites.primary = "written-by-hand".to_owned();
    update(&mut model, Message::Run { run: over(&home), desk: Desk::default(), news: Vec::new() });
    assert_eq!(primary(&model), "written-by-hand");
}

/// A second way home has put aside what the first one had left: that one may be deleted, and means nothing any more.
#[test]
fn each_place_has_one_successor() {
    let mut home = Home::under_way();
    home.model.running = None;
    let (old, newer) = (primary(&home.model).to_owned(), "pilot-db-replica-20261121-1102-x");
    let second = Subject { name: newer.into(), ..home.new_replica() };
    home.found(home.new_replica(), home.follower());
    let runs = vec![past(&home, "1", (&old, NEW))];
    tell_of(&mut home.model, runs);
    let mut model = home.told();
    assert_eq!(primary(&model), NEW);
    let mut snapshot = model.current().snapshot.clone();
    let mut news = |name: Subject, after: u64, value: Value| {
        let at = model.clock.now + Duration::from_secs(after);
        snapshot.take(Reading { subject: name, begun: at, read: at, outcome: Ok(value) }).unwrap()
    };
    let there = Instance { id: newer.to_owned(), status: "available".to_owned(), ..Instance::default() };
    let there = news(second, 10, Value::Found { fact: Arc::new(there.into()), at: None });
    let gone = news(Subject { name: NEW.into(), ..there.subject.clone() }, 20, Value::Missing("no such instance".to_owned()));
    let mut runs = model.past.to_vec();
    let named = |mut past: PastRun| {
        past.renamed[0].to = newer.to_owned();
        past.named.as_mut().unwrap().primary = NEW.to_owned();
        past
    };
    runs.insert(0, named(runs[0].clone()));
    tell_of(&mut model, runs);
    update(&mut model, Message::Observed(vec![there]));
    assert_eq!(primary(&model), newer);
    update(&mut model, Message::Observed(vec![gone]));
    assert_eq!(primary(&model), newer);
}

/// The run that has left it is still on the screen, and by and by nobody remembers having seen that it is gone.
#[test]
fn what_has_gone_again_is_not_taken_a_second_time() {
    let mut home = Home::under_way();
    let (old, replica) = (primary(&home.model).to_owned(), home.new_replica());
    let (run, mut now) = (over(&home), home.now);
    update(&mut home.model, Message::Run { run: Arc::clone(&run), desk: Desk::default(), news: Vec::new() });
    let mut model = home.told();
    assert_eq!(primary(&model), NEW);
    let mut snapshot = model.current().snapshot.clone();
    now += Duration::from_secs(30);
    let outcome = Ok(Value::Missing("no such instance".to_owned()));
    let gone = snapshot.take(Reading { subject: replica, begun: now, read: now, outcome }).unwrap();
    update(&mut model, Message::Observed(vec![gone]));
    assert_eq!(primary(&model), old);
    update(&mut model, Message::Tick(now + Duration::from_secs(3_600)));
    update(&mut model, Message::Run { run, desk: Desk::default(), news: Vec::new() });
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
        let says = format!("a run has put {old} aside for {NEW}, which nobody can see now");
        let said = |model: &Model| model.events.events.iter().filter(|event| event.text.starts_with(&says)).count();
        assert_eq!(said(&home.model), 1);
        update(&mut home.model, Message::Tick(home.now + Duration::from_secs(41)));
        assert_eq!(said(&home.model), 1, "once");
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
    let (now, _) = begin(&|home, old| vec![past(home, "2", (old, NEW)), past(home, "1", (old, "nobody has seen it"))]);
    assert_eq!(now, NEW, "the later one was declared before anybody had seen what the earlier one has left");
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
