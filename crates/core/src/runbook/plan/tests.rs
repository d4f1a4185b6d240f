use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::config::Site;
use crate::domain::change::Aim;
use crate::domain::{Snapshot, Timestamp};
use crate::runbook::fake::{built_in, catalogue, planned, workload};
use crate::runbook::{Memory, Runbook, Scene};

const NOW: Timestamp = Timestamp::from_secs(1_795_172_551);

fn waiting(_: &Stage) -> Progress {
    Progress::Waiting
}

fn told(plan: &Plan) -> Forecast {
    forecast(plan, &History::new(), NOW, &waiting)
}

/// A runbook of any shape: what each step needs is told by a mask over those before it.
fn any_runbook() -> impl Strategy<Value = Runbook> {
    let actions =
        ["check.identity", "service.scale", "storage.await-backlog", "database.switchover", "probe.client-eye", "automation.hold"];
    proptest::collection::vec((0..actions.len(), any::<u16>(), 1u64..600), 1..12).prop_map(move |steps| {
        let mut text = "title = \"t\"\nwhen = \"w\"\nkind = \"planned\"\n".to_owned();
        for (n, (action, mask, expect)) in steps.iter().enumerate() {
            let needs: Vec<_> = (0..n).filter(|m| mask >> m & 1 == 1).map(|m| format!("\"s{m}\"")).collect();
            let (action, needs) = (actions[*action], needs.join(", "));
            text.push_str(&format!(
                "[[step]]\nid = \"s{n}\"\ntitle = \"t\"\naction = \"{action}\"\nneeds = [{needs}]\nexpect = \"{expect}s\"\ntimeout = \"1h\"\n"
            ));
        }
        Runbook::parse("any", "any.toml", text, &catalogue).unwrap_or_else(|error| panic!("{error}"))
    })
}

fn any_plan() -> impl Strategy<Value = Plan> {
    (any_runbook(), prop::sample::select(vec!["tier2", "pilot", "platform", "payments"]), any::<bool>())
        .prop_map(|(runbook, name, home)| unfold(&runbook, &workload(name), if home { Site::Primary } else { Site::Standby }, &catalogue))
}

#[test]
fn two_services_are_two_stages_that_do_not_wait_for_each_other() {
    let plan = planned("unplanned_failover", "platform");
    let needs = |id: &str| plan.stages.iter().find(|stage| stage.id == id).unwrap_or_else(|| panic!("{id}")).needs.clone();
    assert_eq!(needs("redeploy:frontend"), ["secret"]);
    // What is done to the whole waits for both.
    assert_eq!(needs("health"), ["redeploy:frontend", "redeploy:backend", "scale:frontend", "scale:backend"]);
    let alone = planned("unplanned_failover", "tier2");
    assert!(alone.stages.iter().any(|stage| stage.id == "scale"), "one service needs no name");
}

#[test]
fn what_is_left_out_hands_on_what_it_needed() {
    let plan = planned("planned_failover", "payments");
    let left_out: Vec<_> = plan.omitted.iter().map(|omitted| omitted.step.as_str()).collect();
    for step in ["hold", "promote", "secret-promote", "caught-up"] {
        assert!(left_out.contains(&step), "{left_out:?}");
    }
    let switchover = plan.stages.iter().find(|stage| stage.id == "switchover").unwrap();
    assert_eq!(switchover.needs, ["fence"], "there is nothing to prove before: it waits for the fence itself");
}

#[test]
fn parts_of_one_name_are_told_apart() {
    let text = "title = \"t\"\nwhen = \"w\"\nkind = \"test\"\n[[step]]\nid = \"v\"\ntitle = \"Validate\"\naction = \"function.invoke\"\n";
    let read = |text: &str| Runbook::parse("t", "t.toml", text, &catalogue).unwrap();
    let plan = unfold(&read(text), &workload("payments"), Site::Primary, &catalogue);
    let ids: Vec<_> = plan.stages.iter().map(|stage| stage.id.as_str()).collect();
    assert_eq!(ids, ["v:payments-validation@us-east-1", "v:payments-validation@us-east-2"]);
    let plan = unfold(&read(&format!("{text}on = \"pilot-dr-test\"\n")), &workload("pilot"), Site::Primary, &catalogue);
    assert_eq!(plan.stages.iter().map(|stage| (stage.id.as_str(), stage.part)).collect::<Vec<_>>(), [("v", Part::Function(2))]);
    let plan = unfold(&read(&format!("{text}on = \"#2\"\n")), &workload("pilot"), Site::Primary, &catalogue);
    assert_eq!(plan.stages.iter().map(|stage| (stage.id.as_str(), stage.part)).collect::<Vec<_>>(), [("v", Part::Function(1))]);
    let plan = unfold(&read(&format!("{text}on = \"nothing\"\n")), &workload("pilot"), Site::Primary, &catalogue);
    assert_eq!((plan.stages.len(), plan.omitted[0].why.as_str()), (0, "there is no “nothing” to do it to"));
}

#[test]
fn roles_change_sites_and_nothing_else_does() {
    let (out, home) = (planned("failback", "tier2"), unfold(&built_in("failback"), &workload("tier2"), Site::Standby, &catalogue));
    for (a, b) in out.stages.iter().zip(&home.stages) {
        assert_eq!((a.site, &a.id, &a.needs), (b.site.other(), &b.id, &b.needs));
    }
}

#[test]
fn the_critical_chain_of_a_failover_is_the_database_and_then_the_users() {
    let forecast = told(&planned("unplanned_failover", "tier2"));
    let chain: Vec<_> = forecast.critical.iter().map(String::as_str).collect();
    let expected = ["impaired", "hold", "fence", "promote", "secret", "redeploy", "health", "flip", "client-eye"];
    assert_eq!(chain, expected);
    let takes = forecast.proven.p50.since(NOW).as_secs();
    assert!((430..=460).contains(&takes), "{takes} s");
    assert!(forecast.proven.p90 > forecast.proven.p50 && forecast.over.p50 > forecast.proven.p50);
}

#[test]
fn history_takes_the_place_of_what_was_expected() {
    let plan = planned("unplanned_failover", "tier2");
    let promote = plan.stages.iter().find(|stage| stage.id == "promote").unwrap();
    let seconds = |all: &[u64]| all.iter().map(|one| Duration::from_secs(*one)).collect::<Vec<_>>();
    let takes = |all: &[u64]| Takes::of(promote, &BTreeMap::from([(promote.action, seconds(all))]));
    assert_eq!((takes(&[]).p50, takes(&[]).runs), (promote.expect, 0));
    // A single run says how long, not how late.
    let once = takes(&[100]);
    assert_eq!((once.p50, once.p90, once.runs), (Duration::from_secs(100), Duration::from_secs(135), 1));
    // A few say that it can be as late as it was.
    let some = takes(&[300, 100, 110, 120, 130]);
    assert_eq!((some.p50, some.p90), (Duration::from_secs(120), Duration::from_secs(300)));
    let often = takes(&[300, 100, 110, 120, 130, 100, 110, 120, 130, 140, 105]);
    assert_eq!((often.p50, often.p90), (Duration::from_secs(120), Duration::from_secs(268)));
    let history = BTreeMap::from([(promote.action, seconds(&[60, 60, 60, 60, 60]))]);
    let known = forecast(&plan, &history, NOW, &waiting);
    assert!(known.proven.p50 + Duration::from_secs(180) < told(&plan).proven.p50);
    assert_eq!(known.stages.iter().find(|stage| stage.id == "promote").unwrap().runs, 5);
}

/// Where things take as long as they have taken before, each within bounds of its own, nine of ten runs are over by when that was said. Less is
/// a promise that is not kept, more is one that helps nobody to decide.
#[test]
fn what_history_has_taught_is_so_nine_times_of_ten() {
    for (runbook, name) in [("unplanned_failover", "tier2"), ("unplanned_failover", "platform"), ("planned_failover", "payments")] {
        let plan = planned(runbook, name);
        let mut dice = 0x5EED_u64;
        // Steps of a linear congruence: the upper bits are as good as dice.
        let mut thrown = move || {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            f64::from(u32::try_from(dice >> 33).unwrap()) / f64::from(1_u32 << 31)
        };
        let actions: BTreeSet<Action> = plan.stages.iter().map(|stage| stage.action).collect();
        let bounds: BTreeMap<Action, (f64, f64)> =
            actions.into_iter().map(|action| (action, (5.0 + 200.0 * thrown(), 1.2 + 1.5 * thrown()))).collect();
        let mut took = |action: Action| {
            let (least, times) = bounds[&action];
            Duration::from_secs_f64(least * (1.0 + (times - 1.0) * thrown()))
        };
        let (rounds, mut within) = (400, 0);
        for _ in 0..rounds {
            let history: History = bounds.keys().map(|action| (*action, (0..20).map(|_| took(*action)).collect())).collect();
            let told = forecast(&plan, &history, NOW, &waiting).proven.p90;
            let mut over: BTreeMap<&str, Timestamp> = BTreeMap::new();
            for stage in &plan.stages {
                let begun = stage.needs.iter().filter_map(|need| over.get(need.as_str())).max().copied().unwrap_or(NOW);
                over.insert(&stage.id, begun + took(stage.action));
            }
            within += u32::from(over["client-eye"] <= told);
        }
        let share = f64::from(within) / f64::from(rounds);
        assert!((0.85..=0.95).contains(&share), "{runbook} on {name}: {share}");
    }
}

#[test]
fn what_is_over_is_over_and_what_is_late_is_later() {
    let plan = planned("unplanned_failover", "tier2");
    let done = |stage: &Stage| match stage.id.as_str() {
        "identity" | "impaired" | "hold" | "fence" | "await-backup" | "scale" => Progress::Over(NOW - Duration::from_secs(60)),
        _ => Progress::Waiting,
    };
    let at_promotion = forecast(&plan, &History::new(), NOW, &done);
    assert!(at_promotion.proven.p50 < told(&plan).proven.p50);
    let begun = |seconds| {
        let progress =
            move |stage: &Stage| if stage.id == "promote" { Progress::Begun(NOW - Duration::from_secs(seconds)) } else { done(stage) };
        forecast(&plan, &History::new(), NOW, &progress)
    };
    let mut before = begun(0).proven.p50;
    assert!(before <= at_promotion.proven.p50 + Duration::from_secs(1));
    for seconds in [60, 200, 250, 400, 1_000] {
        let later = begun(seconds);
        let ends = later.stages.iter().find(|stage| stage.id == "promote").unwrap().ends;
        assert!(later.proven.p50 < before && ends.p50 > NOW, "after {seconds} s");
        before = later.proven.p50;
    }
}

proptest! {
    #[test]
    fn stages_are_in_an_order_in_which_they_could_be_done(plan in any_plan()) {
        for (n, stage) in plan.stages.iter().enumerate() {
            for need in &stage.needs {
                prop_assert!(plan.stages[..n].iter().any(|other| other.id == *need), "{} needs {need}", stage.id);
            }
            prop_assert!(plan.stages[..n].iter().all(|other| other.id != stage.id), "{} is there twice", stage.id);
        }
    }

    #[test]
    fn unfolding_is_the_same_every_time(runbook in any_runbook()) {
        let once = unfold(&runbook, &workload("platform"), Site::Primary, &catalogue);
        prop_assert_eq!(once, unfold(&runbook, &workload("platform"), Site::Primary, &catalogue));
    }

    /// Whatever is left out, a step still waits for everything it waited for that is there.
    #[test]
    fn leaving_out_loosens_nothing(runbook in any_runbook()) {
        let plan = unfold(&runbook, &workload("payments"), Site::Primary, &catalogue);
        let mut above: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for step in &runbook.steps {
            let mut all: Vec<&str> = step.needs.iter().map(String::as_str).collect();
            all.extend(step.needs.iter().flat_map(|need| above[need.as_str()].clone()));
            above.insert(&step.id, all);
        }
        let mut reached: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for stage in &plan.stages {
            let mut all: Vec<&str> = Vec::new();
            for need in &stage.needs {
                all.push(plan.stages.iter().find(|other| other.id == *need).unwrap().step.as_str());
                all.extend(reached[need.as_str()].clone());
            }
            for step in &above[stage.step.as_str()] {
                let there = plan.stages.iter().any(|other| other.step == *step);
                prop_assert!(!there || all.contains(step), "{} no longer waits for {step}", stage.id);
            }
            reached.insert(&stage.id, all);
        }
    }

    #[test]
    fn the_end_is_no_sooner_than_any_stage_and_no_later_than_all_of_them_in_a_row(plan in any_plan()) {
        let forecast = told(&plan);
        let sum: Duration = plan.stages.iter().map(|stage| stage.expect).sum();
        let whole = forecast.over.p50.since(NOW);
        // Instants are kept in milliseconds.
        let rounding = Duration::from_millis(5);
        for (stage, ends) in plan.stages.iter().zip(&forecast.stages) {
            prop_assert!(whole + rounding >= stage.expect && whole + rounding >= ends.ends.p50.since(NOW));
            prop_assert!(ends.begins.p50 <= ends.ends.p50 && ends.ends.p50 <= ends.ends.p90 && ends.begins.p90 <= ends.ends.p90);
        }
        prop_assert!(whole <= sum + rounding);
        prop_assert!(forecast.proven.p50 <= forecast.over.p50 + rounding);
    }

    /// A chain from a beginning to a goal, every link of which waits for the one before; never longer than the whole.
    #[test]
    fn the_critical_chain_is_a_chain(plan in any_plan()) {
        let forecast = told(&plan);
        let stage = |id: &String| plan.stages.iter().find(|stage| stage.id == *id).unwrap();
        for pair in forecast.critical.windows(2) {
            prop_assert!(stage(&pair[1]).needs.contains(&pair[0]));
        }
        prop_assert!(plan.stages.is_empty() || stage(&forecast.critical[0]).needs.is_empty());
        let chain: Duration = forecast.critical.iter().map(|id| stage(id).expect).sum();
        prop_assert!(chain <= forecast.proven.p50.since(NOW) + Duration::from_millis(5));
    }
}

// ---- Dry runs

fn dry(runbook: &str, name: &str, holds: Holds<'_>, aim: Aim<'_>) -> DryRun {
    let (workload, snapshot, memory, history) = (workload(name), Snapshot::default(), Memory::default(), History::new());
    let plan = planned(runbook, name);
    let ground = Ground {
        workload: &workload,
        snapshot: &snapshot,
        now: NOW,
        since: NOW,
        memory: &memory,
        history: &history,
        catalogue: &catalogue,
        holds,
        looks: &|guard, _| vec![crate::domain::Subject::global(crate::domain::Kind::Record, guard.word())],
        aim,
    };
    let guards: std::collections::BTreeSet<_> = plan.stages.iter().flat_map(|stage| &stage.guards).collect();
    assert_eq!(ground.subjects(&plan).len(), 1 + guards.len(), "each subject once");
    DryRun::of(&plan, &ground)
}

fn all_hold(_: Guard, _: &Scene<'_>) -> (Option<bool>, String) {
    (Some(true), "so it is".to_owned())
}

#[test]
fn a_dry_run_says_what_would_be_asked_for() {
    let run = dry("unplanned_failover", "tier2", &all_hold, Aim { profile: Some("ops"), ..Aim::default() });
    assert_eq!(run.ok, Some(true));
    let promote = run.steps.iter().find(|step| step.id == "promote").unwrap();
    assert_eq!(
        promote.commands,
        ["aws rds promote-read-replica --db-instance-identifier tier2-db-replica --region us-west-2 --profile ops"]
    );
    assert_eq!((promote.irreversible, promote.control_planes.as_slice()), (true, ["RDS in us-west-2".to_owned()].as_slice()));
    assert_eq!(promote.undo.as_deref(), Some("cannot be undone: replication ends"));
    let pin = run.steps.iter().find(|step| step.id == "pin").unwrap();
    assert_eq!(pin.control_planes, ["Route 53 in us-east-1"]);
    let json = serde_json::to_value(&run).unwrap();
    assert_eq!(
        (json["schema"].as_str(), json["workload"].as_str(), json["at"].as_str()),
        (Some("drlab-tui/plan/1"), Some("tier2"), Some("2026-11-20T11:02:31.000Z"))
    );
    assert_eq!(json["target"]["region"], "us-west-2");
    assert_eq!(json["steps"][0]["guards"], serde_json::json!([]));
}

/// A guard that a step before it is there to make hold does not stop a plan; one that nobody sees to does.
#[test]
fn only_guards_that_nobody_sees_to_stop_a_plan() {
    let without = |failing: Guard, holds: Option<bool>| {
        let says =
            move |guard: Guard, _: &Scene<'_>| if guard == failing { (holds, "no".to_owned()) } else { (Some(true), "yes".to_owned()) };
        dry("unplanned_failover", "tier2", &says, Aim::default())
    };
    let later =
        [Guard::SourceFenced, Guard::TargetWritable, Guard::WriteProven, Guard::CapacityReady, Guard::AutomationQuiet, Guard::NotSplit];
    for later in later {
        assert_eq!(without(later, Some(false)).ok, Some(true), "{later}");
    }
    let fenced = without(Guard::SourceFenced, Some(false));
    let promote = fenced.steps.iter().find(|step| step.id == "promote").unwrap();
    assert_eq!(promote.guards.iter().find(|guard| guard.guard == Guard::SourceFenced).unwrap().after, ["fence"]);
    assert!(fenced.to_string().contains("later    source.fenced: no (after fence)"), "{fenced}");
    for now in [Guard::SourceImpaired, Guard::LossBounded] {
        assert_eq!(without(now, Some(false)).ok, Some(false), "{now}");
        assert_eq!(without(now, None).ok, None, "{now}");
    }
}

#[test]
fn nothing_from_outside_steers_the_terminal_or_the_binder() {
    let says = |_: Guard, _: &Scene<'_>| (Some(false), "<b>\u{1b}[2J\n# not a heading".to_owned());
    let run = dry("planned_failover", "platform", &says, Aim::default());
    let (text, binder) = (run.to_string(), run.markdown("When it is time."));
    for shown in [&text, &binder] {
        assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown}");
    }
    assert!(!binder.contains("<b>") && !binder.contains("\n# not") && binder.contains("\\<b\\>"));
    assert!(text.lines().all(|line| !line.starts_with("# not")));
    // A backtick in a command does not end its block.
    assert!(binder.contains("```sh\naws route53 update-health-check --health-check-id 'hc`1' --inverted\n```"), "{binder}");
}

#[test]
fn the_binder_has_every_step_and_every_name() {
    let run = dry("unplanned_failover", "platform", &all_hold, Aim::default());
    let binder = run.markdown("When it is time.");
    for step in &run.steps {
        assert!(binder.contains(&format!("(`{}`)", step.id)), "{}", step.id);
        for command in &step.commands {
            assert!(binder.contains(command.as_str()), "{command}");
        }
    }
    assert!(binder.contains("us-west-2") && binder.contains("platform-db-replica"));
    assert!(run.omitted.iter().all(|omitted| binder.contains(&omitted.why)));
}

/// The source is stopped and users follow: they wait since it was declared, if not before.
#[test]
fn a_restore_is_measured_like_any_other_move() {
    let run = dry("db_restore", "tier2", &all_hold, Aim::default());
    let text = run.to_string();
    assert!(text.contains("\n  proven after ~15m") && text.contains(") of 30m") && !text.contains("nobody is moved"), "{text}");
    let test = dry("dr_test", "tier2", &all_hold, Aim::default()).to_string();
    assert!(test.contains("nobody is moved by it"), "{test}");
}

/// A restore that restores nothing would stop the source and turn users for nothing.
#[test]
fn what_a_runbook_is_for_cannot_be_left_out() {
    for (book, name, refused) in [
        ("db_restore", "tier2", false),
        ("db_restore", "payments", true),
        ("s3_undelete", "payments", false),
        ("planned_failover", "payments", false),
        ("dr_test", "payments", false),
    ] {
        let found = built_in(book);
        let instants = found.instants(&|action| action.deed()).into_iter();
        let set = instants.map(|wanted| (format!("{}.{}", wanted.step, wanted.instant.parameter), "2026-11-20T11:02:31Z".to_owned()));
        let found = found.with_set(&set.collect(), &|action| action.deed()).unwrap();
        let plan = unfold(&found, &workload(name), Site::Primary, &|action| action.deed());
        assert_eq!(plan.refused.is_some(), refused, "{book} {name}: {:?}", plan.refused);
        assert!(plan.refused.is_none_or(|why| why.contains("restore-db-cluster-from-snapshot")), "it says what to do instead");
    }
}
