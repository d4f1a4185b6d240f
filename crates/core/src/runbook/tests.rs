use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use proptest::prelude::*;

use super::fake::{TOPOLOGIES, built_in, catalogue, planned, workload};
use super::*;
use crate::config::{DatabaseKind, Site};
use crate::domain::parse_duration;

fn corpus(kind: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus/runbook").join(kind);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    assert!(files.len() >= 4, "the {kind} corpus is where it should be");
    files
}

fn read(text: &str) -> Runbook {
    Runbook::parse("mine", "mine.toml", text, &catalogue).unwrap_or_else(|error| panic!("{error}"))
}

fn valid(name: &str) -> Runbook {
    read(&fs::read_to_string(corpus("valid").into_iter().find(|path| path.ends_with(name)).unwrap()).unwrap())
}

#[test]
fn the_valid_corpus_is_read() {
    for path in corpus("valid") {
        read(&fs::read_to_string(path).unwrap());
    }
}

/// With `BLESS=1` the texts beside the files are written anew, to be read before they are committed.
#[test]
fn the_invalid_corpus_is_refused_in_the_words_beside_it() {
    for path in corpus("invalid") {
        let name = path.file_name().unwrap().to_str().unwrap();
        let error = Runbook::parse("mine", name, fs::read(&path).unwrap(), &catalogue).expect_err(name).to_string() + "\n";
        let beside = path.with_extension("expected");
        if std::env::var_os("BLESS").is_some() {
            fs::write(&beside, &error).unwrap();
        }
        assert_eq!(error, fs::read_to_string(&beside).unwrap_or_default(), "{name}");
    }
}

#[test]
fn what_is_not_said_comes_from_the_action() {
    let runbook = valid("least.toml");
    let step = &runbook.steps[0];
    let about = catalogue(Action::CheckIdentity).about();
    assert_eq!((step.site, step.confirm, step.expect, step.timeout), (about.site, about.confirm, about.expect, about.timeout));
    assert_eq!((step.on_fail, step.line), (OnFail::Pause, 5));
    let told = read("title = \"t\"\nwhen = \"w\"\nkind = \"test\"\n[[step]]\nid = \"n\"\ntitle = \"t\"\naction = \"notify.topic\"\n");
    assert_eq!(told.steps[0].on_fail, OnFail::Continue, "a dead topic never blocks");
    let promote =
        read("title = \"t\"\nwhen = \"w\"\nkind = \"unplanned\"\n[[step]]\nid = \"d\"\ntitle = \"t\"\naction = \"secret.promote\"\n");
    assert_eq!(promote.steps[0].confirm, Confirm::Type, "what cannot be undone is typed, though the action only asks for less");
}

#[test]
fn everything_that_is_said_is_taken() {
    let runbook = valid("everything.toml");
    assert_eq!(runbook.when, "When a test asks for it, and over several lines.");
    let [first, promote, secret] = runbook.steps.as_slice() else { panic!("three steps") };
    assert_eq!((first.site, first.on.as_deref(), first.on_fail), (RunSite::Source, Some("frontend"), OnFail::Retry(3)));
    assert_eq!(first.with, BTreeMap::from([("tasks".to_owned(), "3".to_owned())]));
    assert_eq!(promote.proof, [Guard::TargetWritable, Guard::NotSplit]);
    assert_eq!(
        (secret.needs.as_slice(), secret.guards.as_slice()),
        (["promote".to_owned()].as_slice(), [Guard::AutomationQuiet].as_slice())
    );
}

#[test]
fn a_team_s_own_runbook_takes_the_place_of_ours() {
    let least = fs::read(corpus("valid").into_iter().find(|path| path.ends_with("least.toml")).unwrap()).unwrap();
    let own = [("failback.toml".to_owned(), least.clone()), ("ours.toml".to_owned(), least), ("dr_test.toml".to_owned(), b"x".to_vec())];
    let (runbooks, errors) = shelf(&own, &catalogue);
    let names: Vec<_> = runbooks.iter().map(|runbook| runbook.name.as_str()).collect();
    assert_eq!(names, ["unplanned_failover", "planned_failover", "db_restore", "s3_undelete", "region_isolation", "failback", "ours"]);
    assert_eq!(runbooks[5].title, "As little as can be said");
    assert_eq!(errors.len(), 1);
    assert!(errors[0].to_string().starts_with("dr_test.toml:1:"), "{}", errors[0]);
}

#[test]
fn what_is_set_for_a_run_is_part_of_its_text() {
    let restore = built_in("db_restore");
    let plan = unfold(&restore, &workload("tier2"), Site::Primary, &catalogue);
    let has = |plan: &Plan, id: &str| plan.stages.iter().any(|stage| stage.id == id);
    assert!(has(&plan, "snapshot") && !has(&plan, "instant"));
    let set = BTreeMap::from([("restore".to_owned(), "instant".to_owned()), ("instant.at".to_owned(), "2026-11-20T11:02:31Z".to_owned())]);
    let set = restore.with_set(&set, &catalogue).unwrap();
    assert_eq!(read(&set.text).steps, set.steps, "a resume reads the same");
    let plan = unfold(&set, &workload("tier2"), Site::Primary, &catalogue);
    assert!(!has(&plan, "snapshot") && has(&plan, "instant"));
    assert!(plan.omitted.iter().any(|omitted| omitted.step == "snapshot" && omitted.why.contains("--set restore=snapshot")));
    let secret = plan.stages.iter().find(|stage| stage.step == "secret").unwrap();
    assert!(secret.needs.contains(&"instant".to_owned()), "{:?}", secret.needs);
    let wrong = BTreeMap::from([("restore".to_owned(), "now".to_owned())]);
    assert!(restore.with_set(&wrong, &catalogue).unwrap_err().to_string().contains("known here: snapshot, instant"));
}

// ---- What the built-in runbooks must get right, whatever the workload

/// All that must be over before a stage begins.
fn before(plan: &Plan, id: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut next: Vec<String> = vec![id.to_owned()];
    while let Some(id) = next.pop() {
        let stage = plan.stages.iter().find(|stage| stage.id == id).unwrap();
        for need in &stage.needs {
            if !all.contains(need) {
                all.push(need.clone());
                next.push(need.clone());
            }
        }
    }
    all
}

fn every_plan() -> Vec<Plan> {
    let names = BUILT_IN.iter().map(|(name, _)| *name);
    names.flat_map(|runbook| TOPOLOGIES.iter().map(move |(workload, _)| planned(runbook, workload))).collect()
}

/// Whether a secret is to name a database that takes no writes yet.
fn ahead(stage: &Stage) -> bool {
    stage.with.get("ahead").map(String::as_str) == Some("yes")
}

fn of(plan: &Plan, action: Action) -> impl Iterator<Item = &Stage> {
    plan.stages.iter().filter(move |stage| stage.action == action)
}

/// That every stage of `later` comes after every stage of `earlier` that the plan has.
fn in_order(plan: &Plan, earlier: &[Action], later: &[Action]) {
    for stage in later.iter().flat_map(|action| of(plan, *action)).filter(|stage| !ahead(stage)) {
        let before = before(plan, &stage.id);
        for first in earlier.iter().flat_map(|action| of(plan, *action)).filter(|first| first.site == stage.site) {
            // Of services each waits for its own.
            let own = matches!((first.part, stage.part), (Part::Service(a), Part::Service(b)) if a != b);
            assert!(
                own || before.contains(&first.id),
                "{} of {}: {} does not wait for {}",
                plan.runbook,
                plan.workload,
                stage.id,
                first.id
            );
        }
    }
}

const WRITABLE: &[Action] = &[
    Action::DatabasePromote,
    Action::DatabaseSwitchover,
    Action::DatabaseFailover,
    Action::DatabaseRestoreSnapshot,
    Action::DatabaseRestorePointInTime,
];

#[test]
fn every_built_in_runbook_is_whole() {
    let (runbooks, errors) = shelf(&[], &catalogue);
    assert!(errors.is_empty(), "{}", errors[0]);
    assert_eq!(runbooks.len(), BUILT_IN.len());
    for runbook in &runbooks {
        assert!(runbook.when.len() > 60, "{} says when it is used", runbook.name);
        let last = |action| runbook.steps.iter().any(|step| step.action == action && step.id.ends_with("done"));
        assert!(last(Action::NotifyTopic) && last(Action::NotifyWebhook), "{} tells that it is done", runbook.name);
    }
}

/// Database writable, secret, redeploy, write proof, DNS, client's eye.
#[test]
fn users_are_sent_only_where_a_write_has_been_proven() {
    for plan in every_plan().into_iter().filter(|plan| plan.kind != Kind::Isolation && plan.kind != Kind::Test) {
        in_order(&plan, WRITABLE, &[Action::SecretPromote, Action::SecretUpdateEndpoint, Action::ServiceRedeploy]);
        in_order(&plan, &[Action::SecretPromote], &[Action::SecretUpdateEndpoint]);
        in_order(&plan, &[Action::SecretUpdateEndpoint], &[Action::ServiceRedeploy]);
        in_order(&plan, &[Action::ServiceRedeploy, Action::SecretUpdateEndpoint], &[Action::ProbeWrite]);
        in_order(&plan, &[Action::ProbeWrite], &[Action::DnsFlip]);
        in_order(&plan, &[Action::DnsFlip], &[Action::ProbeClientEye]);
        in_order(&plan, &[Action::ProbeClientEye], &[Action::DatabaseProtect]);
        for flip in of(&plan, Action::DnsFlip) {
            assert!(flip.guards.contains(&Guard::WriteProven), "{}: the flip demands its proof", plan.runbook);
        }
        for write in of(&plan, Action::ProbeWrite) {
            assert!(write.guards.contains(&Guard::TargetWritable));
        }
    }
}

/// The database that was left takes writes, and the secret beside it names it.
#[test]
fn nothing_starts_on_the_way_home_that_would_find_the_old_database() {
    for plan in every_plan().into_iter().filter(|plan| plan.kind == Kind::Failback) {
        for rebuild in of(&plan, Action::DatabaseRebuildReplica).filter(|stage| stage.site != plan.source) {
            let cleared = of(&plan, Action::ServiceStop).filter(|stage| stage.site == rebuild.site).count();
            assert!(cleared > 0, "{}: whoever still writes there writes what is not in the snapshot", plan.workload);
            let before = before(&plan, &rebuild.id);
            assert!(of(&plan, Action::ServiceStop).filter(|stage| stage.site == rebuild.site).all(|stage| before.contains(&stage.id)));
        }
        // It may have been down when it was cleared.
        for promote in of(&plan, Action::DatabasePromote) {
            assert!(promote.guards.contains(&Guard::NotSplit), "{}: who came back with it is seen", plan.workload);
        }
        // At both sites: the database that was active until now goes on taking writes as well, once everybody has left it.
        for scale in of(&plan, Action::ServiceScale) {
            let before = before(&plan, &scale.id);
            let mut secrets = of(&plan, Action::SecretUpdateEndpoint).filter(|stage| ahead(stage) && stage.site == scale.site).peekable();
            assert!(secrets.peek().is_some() && secrets.all(|stage| before.contains(&stage.id)), "{}: {}", plan.workload, scale.id);
            assert!(scale.site == plan.source || scale.guards.contains(&Guard::NotSplit), "{}: {}", plan.workload, scale.id);
        }
    }
}

#[test]
fn the_source_is_fenced_before_another_database_takes_writes() {
    for plan in every_plan().into_iter().filter(|plan| matches!(plan.kind, Kind::Planned | Kind::Unplanned | Kind::Failback)) {
        let handovers: Vec<_> = WRITABLE.iter().flat_map(|action| of(&plan, *action)).collect();
        assert!(!handovers.is_empty(), "{} hands the database of {} over", plan.runbook, plan.workload);
        for stage in handovers {
            let before = before(&plan, &stage.id);
            for fence in of(&plan, Action::ServiceStop) {
                assert!(before.contains(&fence.id), "{} of {}: {} without {}", plan.runbook, plan.workload, stage.id, fence.id);
            }
            assert!(stage.guards.contains(&Guard::SourceFenced) && stage.guards.contains(&Guard::AutomationQuiet));
            assert_eq!(stage.confirm, Confirm::Type);
        }
    }
}

#[test]
fn other_automation_is_held_before_anything_is_changed_and_released_at_the_end() {
    let harmless = |stage: &Stage| {
        let word = stage.action.word();
        ["check.", "notify.", "state.", "automation.hold"].iter().any(|start| word.starts_with(start)) || stage.action == Action::Manual
    };
    for plan in every_plan().into_iter().filter(|plan| !matches!(plan.kind, Kind::Test | Kind::Undelete)) {
        let holds: Vec<_> = of(&plan, Action::AutomationHold).map(|stage| stage.id.clone()).collect();
        for stage in plan.stages.iter().filter(|stage| !harmless(stage) && !stage.with.contains_key("direction")) {
            let before = before(&plan, &stage.id);
            // Each automation is released once it, and not its neighbour, was held; the whole run lies between.
            let own = |hold: &&String| {
                stage.action != Action::AutomationRelease || hold.ends_with(stage.part.name(&workload(&plan.workload)).unwrap_or("?"))
            };
            for hold in holds.iter().filter(own) {
                assert!(before.contains(hold), "{} of {}: {} does not wait for {hold}", plan.runbook, plan.workload, stage.id);
            }
        }
        if plan.kind != Kind::Isolation {
            in_order(&plan, &[Action::ProbeClientEye], &[Action::AutomationRelease]);
        }
    }
}

#[test]
fn a_plan_loses_nothing_and_pins_users_before_it_stops_their_site() {
    for (runbook, topology) in ["planned_failover", "failback"].iter().flat_map(|runbook| TOPOLOGIES.map(|(name, _)| (*runbook, name))) {
        let plan = planned(runbook, topology);
        let pin = of(&plan, Action::DnsPin).find(|stage| stage.site == plan.source).unwrap();
        for fence in of(&plan, Action::ServiceStop).filter(|fence| fence.site == plan.source) {
            let before = before(&plan, &fence.id);
            assert!(before.contains(&pin.id), "{runbook} of {topology}: the health check fails and sends users away");
            // What is slow is over before users wait.
            for scale in of(&plan, Action::ServiceScale).filter(|scale| scale.site != plan.source && scale.part == fence.part) {
                assert!(before.contains(&scale.id), "{runbook} of {topology}: users wait for {}", scale.id);
            }
        }
        for promote in of(&plan, Action::DatabasePromote) {
            assert!(promote.guards.contains(&Guard::CaughtUp), "{runbook} of {topology}");
            let prove = of(&plan, Action::DatabaseProveCaughtUp).next().unwrap();
            assert!(before(&plan, &promote.id).contains(&prove.id));
        }
        for flip in of(&plan, Action::DnsFlip) {
            assert!(flip.guards.contains(&Guard::ObjectsReplicated), "{runbook} of {topology}: the last object is there too");
        }
    }
}

#[test]
fn tasks_start_while_the_database_is_promoted() {
    for (topology, _) in TOPOLOGIES {
        let plan = planned("unplanned_failover", topology);
        for handover in WRITABLE.iter().flat_map(|action| of(&plan, *action)) {
            let before = before(&plan, &handover.id);
            assert!(of(&plan, Action::ServiceScale).all(|scale| !before.contains(&scale.id)), "{topology}");
        }
    }
}

/// A card that is passed speaks for what cannot be undone after it.
#[test]
fn nothing_that_cannot_be_undone_goes_without_a_typed_name() {
    for plan in every_plan() {
        for stage in &plan.stages {
            if catalogue(stage.action).about().for_good().is_some() {
                let typed = |id: &String| plan.stages.iter().any(|other| other.id == *id && other.confirm == Confirm::Type);
                let carded = stage.confirm == Confirm::Type || before(&plan, &stage.id).iter().any(typed);
                assert!(carded, "{} of {}: {}", plan.runbook, plan.workload, stage.id);
            }
        }
    }
}

#[test]
fn a_test_of_the_standby_touches_neither_the_database_nor_the_record() {
    for (topology, _) in TOPOLOGIES {
        let plan = planned("dr_test", topology);
        let touching = |stage: &&Stage| {
            let word = stage.action.word();
            word.starts_with("dns.")
                || word.starts_with("secret.")
                || [Action::DatabasePromote, Action::ServiceStop].contains(&stage.action)
        };
        assert_eq!(plan.stages.iter().find(touching), None, "{topology}");
        let back = of(&plan, Action::ServiceScale).filter(|stage| stage.with.get("tasks").is_some_and(|tasks| tasks == "before")).count();
        assert_eq!(back, workload(topology).services.len(), "{topology}: as many as before");
    }
}

/// Of each kind: whether users are elsewhere afterwards is told by what its runbook does with them.
#[test]
fn users_are_moved_where_the_record_is_turned_and_they_are_looked_after() {
    for (name, _) in BUILT_IN {
        for (topology, _) in TOPOLOGIES {
            let plan = planned(name, topology);
            let moves = plan.kind.moves_users();
            assert_eq!(of(&plan, Action::DnsFlip).next().is_some(), moves, "{name} on {topology}");
            assert_eq!(of(&plan, Action::ProbeClientEye).next().is_some(), moves, "{name} on {topology}");
        }
    }
}

/// Whoever waits for as long as it takes is told of the tenth minute, and not of the fifth.
#[test]
fn a_site_is_watched_for_as_long_as_it_is_expected_to_take() {
    for (name, _) in BUILT_IN {
        let runbook = built_in(name);
        for step in runbook.steps.iter().filter(|step| step.action == Action::Soak) {
            let lasting = step.with.get("for").map_or(step.action.deed().about().expect, |told| parse_duration(told).unwrap());
            assert_eq!(step.expect, lasting, "{name}");
        }
    }
}

/// Whoever writes it is told, and not whoever runs it.
#[test]
fn a_parameter_that_means_nothing_is_refused_where_it_stands() {
    let real = |action: Action| action.deed();
    for (book, key, value, why) in [
        ("unplanned_failover", "soak.for", "abc", "abc"),
        ("dr_test", "scale.tasks", "many", "“tasks” is failover, usual, before or a number"),
        ("db_restore", "instant.at", "foo", "“foo” is no instant"),
        ("s3_undelete", "undelete.since", "latest", "“latest” is no instant"),
    ] {
        let set = BTreeMap::from([(key.to_owned(), value.to_owned())]);
        let refused = built_in(book).with_set(&set, &real).unwrap_err().to_string();
        assert!(refused.contains(":1:") && refused.contains(why), "{key}: {refused}");
        let (id, parameter) = key.split_once('.').unwrap();
        let (_, text) = BUILT_IN.iter().find(|(name, _)| *name == book).unwrap();
        let at = text.find(&format!("id = \"{id}\"\n")).unwrap();
        let (before, after) = text.split_at(at);
        let after = after.lines().filter(|line| !line.starts_with("with = ")).collect::<Vec<_>>().join("\n");
        let own = format!("{before}with = {{ {parameter} = \"{value}\" }}\n{after}");
        let refused = Runbook::parse("own", "own.toml", &own, &real).unwrap_err().to_string();
        let line = before.lines().count() + 1;
        assert!(refused.starts_with(&format!("own.toml:{line}:")) && refused.contains(why), "{key}: {refused}");
    }
}

/// There is a way back only for who has left.
#[test]
fn nobody_goes_back_from_home() {
    for (source, refused) in [(Site::Primary, true), (Site::Standby, false)] {
        let plan = unfold(&built_in("failback"), &workload("tier2"), source, &catalogue);
        assert_eq!(plan.refused.is_some(), refused, "{:?}", plan.refused);
    }
}

/// How long somebody wants it watched is what is forecast, and it is not given up before.
#[test]
fn a_watch_lasts_as_long_as_was_said() {
    let real = |action: Action| action.deed();
    for (said, timeout) in [("1m", Duration::from_secs(1800)), ("2h", Duration::from_secs(4 * 3600))] {
        let set = BTreeMap::from([("soak.for".to_owned(), said.to_owned())]);
        let book = built_in("unplanned_failover").with_set(&set, &real).unwrap();
        let plan = unfold(&book, &workload("tier2"), Site::Primary, &real);
        let soak = plan.stages.iter().find(|stage| stage.action == Action::Soak).unwrap();
        assert_eq!((soak.expect, soak.timeout), (parse_duration(said).unwrap(), timeout), "{said}");
    }
}

#[test]
fn each_database_goes_its_own_way() {
    for (topology, _) in TOPOLOGIES {
        let plan = planned("unplanned_failover", topology);
        let aurora = workload(topology).database.unwrap().kind == DatabaseKind::AuroraGlobal;
        assert_eq!(of(&plan, Action::DatabaseFailover).count(), usize::from(aurora), "{topology}");
        assert_eq!(of(&plan, Action::DatabasePromote).count(), usize::from(!aurora), "{topology}");
        let secret = of(&plan, Action::SecretUpdateEndpoint).next().unwrap();
        let expected = if aurora { "failover" } else { "promote" };
        assert!(secret.needs.contains(&expected.to_owned()), "{topology}: {:?}", secret.needs);
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_refused_politely(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let error = Runbook::parse("x", "x.toml", &bytes, &catalogue).unwrap_err();
        prop_assert!(error.to_string().len() < 40_000);
    }

    /// One character of a good file replaced, removed or doubled: read or refused, never a panic, and the place is in the file.
    #[test]
    fn slips_in_a_good_file_are_shown_in_the_file(
        which in 0..BUILT_IN.len(), at in any::<prop::sample::Index>(), put in "[\"=\\[\\]{}#.,a0\n\\\\é\u{0}-]{0,3}", cut in 0usize..4,
    ) {
        let all: Vec<char> = BUILT_IN[which].1.chars().collect();
        let at = at.index(all.len());
        let text: String = all[..at].iter().copied().chain(put.chars()).chain(all[(at + cut).min(all.len())..].iter().copied()).collect();
        if let Err(error) = Runbook::parse("x", "x.toml", &text, &catalogue) {
            let lines: Vec<_> = text.split('\n').collect();
            for wrong in &error.diagnostics {
                prop_assert!(wrong.line <= lines.len() && wrong.column <= lines[wrong.line - 1].chars().count() + 1, "{error}");
            }
            prop_assert!(error.to_string().len() < 40_000);
        }
    }

    /// What is set comes from a command line: whatever it is, it is a value and nothing else.
    #[test]
    fn nothing_that_is_set_becomes_anything_but_a_value(value in "(\\PC|[\"'\\\\\n=\\[\\]]){1,20}") {
        let restore = built_in("db_restore");
        let set = BTreeMap::from([("instant.at".to_owned(), value.clone())]);
        match restore.with_set(&set, &catalogue) {
            Ok(set) => {
                prop_assert_eq!(&set.steps.iter().find(|step| step.id == "instant").unwrap().with["at"], &value);
                prop_assert_eq!(set.steps.len(), restore.steps.len());
            }
            Err(error) => prop_assert!(value.trim().is_empty() || value.chars().any(char::is_control), "{error}"),
        }
    }
}
