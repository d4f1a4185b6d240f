//! Scenes for the actions that have no file of tests of their own, and what holds for all of them.

mod storage;

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use crate::config::Site;
use crate::domain::fact::{Execution, Function, Instance, Machine, Rule, Table};
use crate::domain::{Cause, Change, Kind, Measure, Receipt, Snapshot, Subject, Timestamp, What};
use crate::runbook::action::Action;
use crate::runbook::plan::Part;
use crate::runbook::standing::{Certainty, Standing};
use crate::runbook::testing::{Set, accepted, is_done, lost, refused};

const NAMES: [&str; 4] = ["tier2", "pilot", "platform", "payments"];

fn deeds() -> impl Iterator<Item = Action> {
    Action::ALL.iter().copied()
}

/// A stage for each part of each action that applies.
fn stages() -> Vec<Set> {
    let mut all = Vec::new();
    for name in NAMES {
        for action in deeds() {
            let set = Set::new(name, action);
            let Ok(parts) = action.deed().parts(&set.workload) else { continue };
            assert!(!parts.is_empty(), "{action}");
            all.extend(parts.into_iter().map(|part| Set::new(name, action).part(part).with("since", "2026-11-20T11:00:00Z")));
        }
    }
    all
}

#[test]
fn what_nobody_has_looked_at_since_is_never_done() {
    for mut set in stages() {
        let action = set.stage.action;
        set.later(1);
        set.since = set.now;
        let subjects = action.deed().subjects(&set.scene());
        let standing = set.stand();
        // What this run has not held need not be looked at to be let alone.
        if action == Action::AutomationRelease {
            continue;
        }
        assert!(!matches!(standing, Standing::Done { .. } | Standing::Holding { .. }), "{action}: {standing:?}");
        assert!(subjects.is_empty() || !matches!(standing, Standing::Needs { .. }), "{action} acts blindly: {standing:?}");
    }
}

#[test]
fn what_cannot_be_seen_is_never_done() {
    for mut set in stages() {
        let action = set.stage.action;
        if action == Action::AutomationRelease {
            continue;
        }
        for subject in action.deed().subjects(&set.scene()) {
            set.fails(&subject, Cause::Silent, 3);
        }
        let standing = set.stand();
        assert!(!matches!(standing, Standing::Done { .. } | Standing::Holding { .. }), "{action}: {standing:?}");
    }
}

#[test]
fn every_action_says_what_it_is_about() {
    for set in stages() {
        let deed = set.stage.action.deed();
        let about = deed.about();
        assert!(about.makes_true.ends_with('.') && about.proof.ends_with('.'), "{}", set.stage.action);
        assert!(about.timeout > about.expect);
        let (before, after) = deed.before_after(&set.scene());
        assert!(!before.is_empty() && !after.is_empty() && after.chars().count() < 250, "{}", set.stage.action);
    }
}

// automation

fn rule_set() -> (Set, Subject) {
    let set = Set::new("pilot", Action::AutomationHold).part(Part::Automation(0));
    let subject = set.workload.automation_subject(&set.workload.automations[0]);
    (set, subject)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn holding_and_releasing_leaves_everything_as_it_was(enabled in any::<bool>(), reserved in prop::option::of(0..50_i32), function in any::<bool>()) {
        let index = usize::from(function);
        let mut set = Set::new("pilot", Action::AutomationHold).part(Part::Automation(index));
        let subject = set.workload.automation_subject(&set.workload.automations[index]);
        let (mut is_enabled, mut has) = (enabled, reserved);
        for (id, action) in [("hold", Action::AutomationHold), ("release", Action::AutomationRelease)] {
            set.stage.id = id.to_owned();
            set.stage.action = action;
            for _ in 0..3 {
                set.later(1);
                if function {
                    set.found(subject.clone(), Function { reserved_concurrency: has, ..Function::default() });
                } else {
                    set.found(subject.clone(), Rule { enabled: is_enabled, ..Rule::default() });
                }
                let Standing::Needs { changes, .. } = set.stand() else { break };
                for change in &changes {
                    match &change.what {
                        What::SetRule { enabled, .. } => is_enabled = *enabled,
                        What::SetConcurrency { reserved, .. } => has = *reserved,
                        other => panic!("{other:?}"),
                    }
                }
                set.ask(|_| accepted(&[]));
            }
            prop_assert!(is_done(&set.stand()));
            if action == Action::AutomationHold {
                let held = if function { has == Some(0) } else { !is_enabled };
                prop_assert!(held);
            }
        }
        prop_assert_eq!((is_enabled, has), (enabled, reserved));
    }
}

#[test]
fn a_region_that_does_not_answer_leaves_its_automation_owed() {
    let (mut set, subject) = rule_set();
    set.fails(&subject, Cause::Silent, 3);
    assert!(matches!(set.stand(), Standing::Owed { .. }));
    let (mut set, subject) = rule_set();
    set.fails(&subject, Cause::Denied, 3);
    assert!(matches!(set.stand(), Standing::Blind { .. }));
    let (mut set, subject) = rule_set();
    set.missing(subject);
    assert!(is_done(&set.stand()));
}

#[test]
fn a_refusal_is_said_and_a_retry_asks_again() {
    let (mut set, subject) = rule_set();
    set.ask(|_| refused("AccessDeniedException"));
    set.found(subject.clone(), Rule { enabled: true, ..Rule::default() });
    let Standing::Stuck { why, ways } = set.stand() else { panic!("{:?}", set.stand()) };
    assert!(why.contains("AccessDenied") && !ways.is_empty());
    set.later(1);
    set.since = set.now;
    set.found(subject.clone(), Rule { enabled: true, ..Rule::default() });
    assert_eq!(set.changes().len(), 1);
    // Throttled is no refusal: after a while it is asked again by itself.
    set.ask(|_| refused("ThrottlingException"));
    set.found(subject.clone(), Rule { enabled: true, ..Rule::default() });
    assert!(matches!(set.stand(), Standing::Working { .. }));
    set.later(6);
    assert_eq!(set.changes().len(), 1);
}

fn execution(name: &str, status: &str, at: Timestamp) -> Machine {
    let one =
        Execution { name: name.to_owned(), arn: format!("arn:{name}"), status: status.to_owned(), started_at: Some(at), stopped_at: None };
    Machine { arn: "arn:machine".to_owned(), name: "tier2-failover".to_owned(), status: None, executions: vec![one] }
}

#[test]
fn an_execution_that_runs_is_asked_about_adopted_or_stopped() {
    let mut set = Set::new("tier2", Action::AutomationHold).part(Part::Automation(0));
    let subject = set.workload.automation_subject(&set.workload.automations[0]);
    assert!(is_done(&set.stand()));
    set.later(1);
    set.found(subject.clone(), execution("by-a-colleague", "RUNNING", set.now));
    assert!(matches!(set.stand(), Standing::Asks { .. }));
    set.stage.with.insert("running".to_owned(), "adopt".to_owned());
    assert!(matches!(set.stand(), Standing::Working { .. }));
    set.stage.with.insert("running".to_owned(), "stop".to_owned());
    assert!(matches!(&set.changes()[0].what, What::StopExecution { execution, .. } if execution == "arn:by-a-colleague"));
    set.said("it is Anna's; let it run");
    assert!(matches!(set.stand(), Standing::Done { certainty: Certainty::Told, .. }));
    set.memory.said.clear();
    // The run's own is nobody else's.
    set.later(1);
    set.found(subject, execution("r-7-1", "RUNNING", set.now));
    assert!(is_done(&set.stand()));
}

// calling and telling

#[test]
fn what_must_not_happen_twice_is_asked_for_once() {
    for (name, action, part) in [
        ("tier2", Action::NotifyTopic, Part::Whole),
        ("tier2", Action::NotifyWebhook, Part::Whole),
        ("pilot", Action::FunctionInvoke, Part::Function(2)),
    ] {
        let mut set = Set::new(name, action).part(part);
        assert_eq!(set.changes().len(), 1);
        set.ask(|_| accepted(&[("status", "200"), ("body", "fine")]));
        set.later(60);
        set.again();
        assert!(matches!(set.stand(), Standing::Done { certainty: Certainty::Told, .. }), "{action}: {:?}", set.stand());
        // After a crash nobody knows whether it arrived: a person must say.
        let mut set = Set::new(name, action).part(part);
        set.ask(|_| lost());
        set.later(60);
        set.again();
        assert!(matches!(set.stand(), Standing::Asks { .. }), "{action}");
        set.said("it was in the channel");
        assert!(is_done(&set.stand()), "{action}");
    }
    let mut set = Set::new("pilot", Action::FunctionInvoke).part(Part::Function(2));
    set.ask(|_| accepted(&[("error", "Unhandled"), ("body", "boom")]));
    set.again();
    assert!(matches!(set.stand(), Standing::Stuck { .. }));
    set.later(1);
    set.since = set.now;
    assert_eq!(set.changes().len(), 1);
    let mut set = Set::new("pilot", Action::FunctionInvoke).part(Part::Function(2));
    let function = set.workload.functions[2].clone();
    let held = Function { reserved_concurrency: Some(0), ..Function::default() };
    set.found(Subject::new(Kind::Function, &function.region, &function.name), held);
    assert!(matches!(set.stand(), Standing::Stuck { .. }));
}

#[test]
fn everybody_hears_of_a_pause() {
    let set = Set::new("tier2", Action::NotifyTopic);
    let notices = super::notices(&set.workload, "tier2: the run\npauses", "promotion was refused");
    assert_eq!(notices.len(), 3);
    assert!(matches!(&notices[0].what, What::Publish { subject, .. } if subject == "tier2: the run pauses"));
    assert!(notices.iter().any(|change| matches!(change.what, What::Post { .. })));
    assert_eq!(notices.iter().filter(|change| change.region == set.workload.standby).count(), 1);
}

#[test]
fn a_workflow_is_started_once_and_followed_to_its_end() {
    let mut set = Set::new("tier2", Action::WorkflowStart);
    let arn = set.workload.workflow.failover.clone().unwrap();
    let subject = set.workload.machine_subject(&arn);
    let idle = Machine { arn: arn.clone(), name: "tier2-failover".to_owned(), ..Machine::default() };
    set.found(subject.clone(), idle.clone());
    assert!(matches!(&set.changes()[0].what, What::StartExecution { name, machine, .. } if name == "r-7-1" && *machine == arn));
    set.ask(|_| lost());
    set.later(1);
    set.found(subject.clone(), idle);
    // Asked again under the same name, which Step Functions refuses if the first has arrived.
    assert!(matches!(&set.changes()[0].what, What::StartExecution { name, .. } if name == "r-7-1"));
    for (status, done) in [("RUNNING", false), ("SUCCEEDED", true)] {
        set.later(1);
        set.found(subject.clone(), execution("r-7-1", status, set.now));
        assert_eq!(is_done(&set.stand()), done);
    }
    set.later(1);
    set.found(subject.clone(), execution("r-7-1", "FAILED", set.now));
    assert!(matches!(set.stand(), Standing::Stuck { .. }), "{:?}", set.stand());
    set.later(1);
    set.since = set.now;
    set.found(subject.clone(), execution("r-7-1", "FAILED", set.now));
    assert!(matches!(&set.changes()[0].what, What::StartExecution { name, .. } if name == "r-7-2"));
    // Somebody else's is followed, not joined.
    let mut set = Set::new("tier2", Action::WorkflowStart);
    set.found(subject.clone(), execution("by-hand", "RUNNING", set.now));
    assert!(matches!(set.stand(), Standing::Working { .. }));
    // One that succeeded before this run was declared is none of it.
    set.later(1);
    set.found(subject, execution("last-week", "SUCCEEDED", set.now - Duration::from_secs(7 * 86_400)));
    assert_eq!(set.changes().len(), 1);
}

#[test]
fn a_record_of_state_is_read_back() {
    let mut set =
        Set::new("platform", Action::StateRecord).part(Part::Table(0)).with("item", "workload={workload}; active_region={target}");
    let What::PutItem { item, table } = set.changes().remove(0).what else { panic!() };
    assert_eq!((item["workload"].as_str(), item["active_region"].as_str()), ("platform", "us-west-2"));
    let region = set.workload.control.clone().unwrap();
    set.ask(|_| accepted(&[]));
    set.again();
    assert!(!is_done(&set.stand()));
    set.found(Subject::new(Kind::Table, &region, &table), Table { items: vec![item], ..Table::default() });
    assert!(is_done(&set.stand()));
}

// checks and waits

#[test]
fn the_account_is_the_workloads() {
    let mut set = Set::new("tier2", Action::CheckIdentity);
    assert!(is_done(&set.stand()));
    let primary = Subject::new(Kind::Identity, &set.workload.primary, "caller");
    set.fails(&primary, Cause::Silent, 3);
    assert!(is_done(&set.stand()), "a dark region must not hide who we are");
    let standby = Subject::new(Kind::Identity, &set.workload.standby, "caller");
    set.found(standby, crate::domain::fact::Identity { account: "999999999999".to_owned(), arn: String::new() });
    assert!(matches!(set.stand(), Standing::Stuck { .. }));
}

#[test]
fn readiness_is_the_dashboards() {
    for name in NAMES {
        let mut set = Set::new(name, Action::CheckReadiness);
        assert!(is_done(&set.stand()), "{name}: {:?}", set.stand());
        let database = set.workload.database_subject(set.workload.database.as_ref().unwrap(), Site::Standby);
        set.missing(database.clone());
        assert!(matches!(set.stand(), Standing::Stuck { .. }), "{name}");
        // A replica that was made a minute ago is still catching up: that is no failure of a failback.
        let mut set = set.with("wait", "yes");
        assert!(matches!(set.stand(), Standing::Working { .. }), "{name}");
        set.fails(&database, Cause::Silent, 1);
        assert!(matches!(set.stand(), Standing::Blind { .. }), "{name}");
    }
}

#[test]
fn an_outage_has_two_witnesses() {
    let mut set = Set::new("tier2", Action::CheckImpaired);
    assert!(matches!(set.stand(), Standing::Stuck { .. }));
    let sight = set.workload.site_sight(Site::Primary);
    let targets = set.workload.target_subject(Kind::Targets, &set.workload.services[0], Site::Primary).unwrap();
    let down = |set: &mut Set, times: u32| {
        for _ in 0..times {
            set.later(1);
            set.sees(sight.clone(), 503, "");
            let ill = crate::domain::fact::Target { state: "unhealthy".to_owned(), ..Default::default() };
            set.found(targets.clone(), crate::domain::fact::Targets { targets: vec![ill] });
        }
        set.later(1);
        set.found(
            set.workload.database_subject(set.workload.database.as_ref().unwrap(), Site::Standby),
            Instance { id: "tier2-db-replica".to_owned(), ..Instance::default() },
        );
    };
    down(&mut set, 2);
    assert!(matches!(set.stand(), Standing::Working { .. }), "{:?}", set.stand());
    down(&mut set, 1);
    assert!(is_done(&set.stand()), "{:?}", set.stand());
}

/// Targets are called unhealthy half a minute after users have seen it, and without Route 53's API its checkers are not heard.
#[test]
fn an_outage_that_only_begins_to_be_seen_is_waited_for() {
    let mut set = Set::new("tier2", Action::CheckImpaired);
    let dns = set.workload.dns.clone().unwrap();
    let checkers = set.workload.health_check_subject(Kind::Checkers, &dns, Site::Primary).unwrap();
    let sight = set.workload.site_sight(Site::Primary);
    for times in 1..3 {
        set.later(1);
        set.sees(sight.clone(), 503, "");
        let Standing::Working { says, .. } = set.stand() else { panic!("{times}: {:?}", set.stand()) };
        assert!(says.contains(&format!("client {times}/3")), "{says}");
    }
    // Of those who are heard it alone fails: that is no outage.
    set.later(1);
    set.sees(sight.clone(), 503, "");
    assert!(matches!(set.stand(), Standing::Stuck { .. }), "{:?}", set.stand());
    // Whoever is not heard could be the second.
    let mut heard = Snapshot::default();
    for seen in set.snapshot.iter().filter(|seen| seen.subject != checkers) {
        heard.put(Arc::new(seen.clone()));
    }
    set.snapshot = heard;
    assert!(matches!(set.stand(), Standing::Blind { .. }), "{:?}", set.stand());
}

#[test]
fn people_are_waited_for_and_calm_is_counted() {
    let mut set = Set::new("tier2", Action::Manual).with("ask", "call the bank");
    assert_eq!(set.stand(), Standing::Asks { whom: "call the bank".to_owned() });
    set.said("they know");
    assert!(is_done(&set.stand()));
    for name in NAMES {
        // After a failover home: the primary writes, users are there.
        let mut set = Set::new(name, Action::Soak).at(Site::Primary).with("for", "1m");
        let Standing::Holding { times, apart, as_of, .. } = set.stand() else { panic!("{name}: {:?}", set.stand()) };
        assert!(apart * (times - 1) >= Duration::from_secs(60) && as_of >= set.since);
        // A round of looks may have taken a while: what it found is judged as it was then.
        set.later(40);
        assert!(matches!(set.stand(), Standing::Holding { as_of: same, .. } if same == as_of), "{name}: {:?}", set.stand());
        let record = set.workload.record_sight();
        set.later(1);
        set.sees(record, 503, "");
        assert!(matches!(set.stand(), Standing::Working { .. }), "{name}");
        // Nobody is calm about a site that does not write.
        let set = Set::new(name, Action::Soak).with("for", "1m");
        assert!(matches!(set.stand(), Standing::Working { .. }), "{name}");
    }
    assert!(matches!(Set::new("tier2", Action::Soak).with("for", "long").stand(), Standing::Stuck { .. }));
}
