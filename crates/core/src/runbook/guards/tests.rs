use crate::config::{DatabaseKind, Site};
use crate::domain::change::Way;
use crate::domain::fact::*;
use crate::domain::{Cause, Change, Kind, Measure, Snapshot, Subject, What};
use crate::runbook::Guard;
use crate::runbook::action::Action;
use crate::runbook::plan::Part;
use crate::runbook::testing::{Set, accepted, lost};

const NAMES: [&str; 4] = ["tier2", "pilot", "platform", "payments"];

mod aside;
mod backups;
mod source;

fn set(name: &str) -> Set {
    Set::new(name, Action::Manual)
}

#[test]
fn what_nobody_has_looked_at_since_does_not_hold() {
    for name in NAMES {
        for guard in Guard::ALL.iter().copied() {
            let mut set = set(name);
            set.later(1);
            set.since = set.now;
            let held = set.holds(guard);
            assert!(!held.why.is_empty() && guard.says().ends_with('.'));
            // The bound of the loss speaks of the past, and is priced by its age. What a workload has none of need not be looked at.
            if guard != Guard::LossBounded && !guard.subjects(&set.scene()).is_empty() {
                assert_ne!(held.holds, Some(true), "{name} {guard}: {}", held.why);
            }
        }
    }
}

#[test]
fn what_cannot_be_seen_does_not_hold() {
    for name in NAMES {
        for guard in Guard::ALL.iter().copied().filter(|guard| *guard != Guard::LossBounded) {
            let mut set = set(name);
            let subjects = guard.subjects(&set.scene());
            for subject in &subjects {
                set.fails(subject, Cause::Denied, 3);
            }
            let held = set.holds(guard);
            assert!(held.holds != Some(true) || subjects.is_empty(), "{name} {guard}: {}", held.why);
        }
    }
}

/// What each guard says of a workload in its steady state, on the way to the standby.
#[test]
fn in_the_steady_state_each_guard_says_what_is_so() {
    let mut wrong = Vec::new();
    for name in NAMES {
        for guard in Guard::ALL.iter().copied() {
            let set = set(name);
            let held = set.holds(guard);
            let wanted = match guard {
                Guard::SourceImpaired | Guard::SourceFenced | Guard::TargetWritable => Some(false),
                // The source is not fenced; nobody has tried to write; nobody knows the lifecycle rules or the standby's own snapshots.
                Guard::CaughtUp | Guard::WriteProven | Guard::BucketQuiet | Guard::Saved => None,
                Guard::CapacityReady => Some(false),
                // Replicated secrets belong to the primary, and the fixture's say so.
                Guard::SecretWritable => Some(false),
                // A minute's figure is older than a minute.
                Guard::LossBounded => Some(set.workload.objectives.rpo.as_secs() >= 300),
                _ => Some(true),
            };
            if held.holds != wanted {
                wrong.push(format!("{name} {guard}: {:?}, {}", held.holds, held.why));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn lag(set: &Set) -> Subject {
    let database = set.workload.database.as_ref().unwrap();
    let measure = if database.kind == DatabaseKind::RdsReplica { Measure::ReplicaLag } else { Measure::GlobalLag };
    set.workload.database_metric(database, Site::Standby, measure)
}

#[test]
fn loss_is_priced_by_the_age_of_the_last_valid_lag() {
    // (lag, how long ago, within 300 s)
    for (value, ago, wanted) in
        [(1.0, 60, Some(true)), (1.0, 298, Some(true)), (1.0, 299, Some(true)), (1.0, 300, Some(false)), (250.0, 60, Some(false))]
    {
        let mut set = set("tier2");
        set.point(lag(&set), value, ago);
        assert_eq!(set.holds(Guard::LossBounded).holds, wanted, "{value} {ago}");
    }
    // −1 is no figure, and takes nothing back of what was measured before.
    let mut set = set("tier2");
    let now = set.now;
    let series = |points: &[(u64, f64)]| Series {
        unit: String::new(),
        points: points.iter().map(|(ago, value)| Point { at: now - std::time::Duration::from_secs(*ago), value: *value }).collect(),
    };
    set.found(lag(&set), series(&[(180, 2.0), (120, -1.0), (60, -1.0)]));
    let held = set.holds(Guard::LossBounded);
    assert_eq!(held.holds, Some(true), "{}", held.why);
    assert!(held.why.contains("3m02s"), "{}", held.why);
    set.later(1);
    set.found(lag(&set), series(&[(120, -1.0), (60, -1.0)]));
    assert_eq!(set.holds(Guard::LossBounded).holds, None);
    // Up to the fence, where it is proven.
    let mut set = self::set("tier2");
    set.point(lag(&set), 1.0, 400);
    assert_eq!(set.holds(Guard::LossBounded).holds, Some(false));
    set.done("fence", Action::ServiceStop, Site::Primary, 200);
    assert_eq!(set.holds(Guard::LossBounded).holds, Some(true));
}

/// Tasks at the target that read the secret before write to the source's database all the while: a figure of the lag from after the fence says
/// nothing of what they have written since.
#[test]
fn a_fence_that_is_only_inferred_bounds_no_loss() {
    let mut set = self::set("tier2");
    set.point(lag(&set), 1.0, 170);
    set.done("fence", Action::ServiceStop, Site::Primary, 240);
    assert_eq!(super::loss_at_the_cut(&set.scene()).database, Some(std::time::Duration::ZERO), "nobody was left who writes");
    set.memory.inferred.insert("fence".to_owned());
    assert_eq!(super::loss_at_the_cut(&set.scene()).database, Some(std::time::Duration::from_secs(171)));
    assert!(set.holds(Guard::LossBounded).why.contains("until now"));
}

/// Somebody who was asked about connections from elsewhere has said that they do not write. If that is not so, what they write is lost.
#[test]
fn what_has_caught_up_may_be_overtaken_by_somebody_who_was_only_vouched_for() {
    let mut set = set("tier2");
    set.point(lag(&set), 1.0, 170);
    set.done("fence", Action::ServiceStop, Site::Primary, 240);
    set.done("prove", Action::DatabaseProveCaughtUp, Site::Standby, 5);
    assert_eq!(super::loss_at_the_cut(&set.scene()).database, Some(std::time::Duration::ZERO));
    set.memory.inferred.insert("fence".to_owned());
    set.memory.said.insert("fence".to_owned(), "reports only read".to_owned());
    assert_eq!(super::loss_at_the_cut(&set.scene()).database, Some(std::time::Duration::from_secs(171)));
    assert!(super::loss_grows(&set.scene()));
    assert_eq!(set.holds(Guard::CaughtUp).holds, Some(true), "it is said, and nobody is held up by it");
}

/// A planned move that has been proven complete is not held up by how old the last figure of the lag is by now.
#[test]
fn what_has_caught_up_loses_nothing() {
    let mut set = set("tier2");
    set.point(lag(&set), 1.0, 900);
    set.done("fence", Action::ServiceStop, Site::Primary, 200);
    assert_eq!(set.holds(Guard::LossBounded).holds, Some(false));
    set.done("prove", Action::DatabaseProveCaughtUp, Site::Standby, 300);
    assert_eq!(set.holds(Guard::LossBounded).holds, Some(false), "what was seen before the fence says nothing of what came until it");
    set.done("prove", Action::DatabaseProveCaughtUp, Site::Standby, 5);
    assert_eq!(set.holds(Guard::LossBounded).holds, Some(true));
    assert_eq!(super::loss_at_the_cut(&set.scene()).database, Some(std::time::Duration::ZERO));
}

#[test]
fn caught_up_speaks_of_after_the_fence() {
    let mut set = set("tier2");
    set.done("fence", Action::ServiceStop, Site::Primary, 120);
    // (lag, how long ago it was measured)
    for (value, ago, wanted) in
        [(1.0, 60, Some(true)), (1.0, 119, Some(true)), (1.0, 120, Some(false)), (90.0, 60, Some(false)), (-1.0, 60, Some(false))]
    {
        set.later(1);
        set.memory.done.insert("fence".to_owned(), set.now - std::time::Duration::from_secs(120));
        set.point(lag(&set), value, ago);
        let held = set.holds(Guard::CaughtUp);
        assert_eq!(held.holds, wanted, "{value} {ago}: {}", held.why);
    }
    set.done("prove", Action::DatabaseProveCaughtUp, Site::Standby, 130);
    assert_eq!(set.holds(Guard::CaughtUp).holds, Some(false), "proven before the fence is not proven");
    set.done("prove", Action::DatabaseProveCaughtUp, Site::Standby, 5);
    assert_eq!(set.holds(Guard::CaughtUp).holds, Some(true));
}

fn services_at(set: &mut Set, site: Site, desired: i32, running: i32) {
    for service in set.workload.services.clone() {
        let subject = set.workload.service_subject(Kind::Service, &service, site);
        set.found(subject, Service { name: service.name, status: "ACTIVE".to_owned(), desired, running, ..Service::default() });
    }
}

#[test]
fn a_fence_is_seen_or_acknowledged_as_owed() {
    let mut set = set("platform");
    for (desired, running, wanted) in [(4, 4, Some(false)), (0, 2, Some(false)), (0, 0, Some(true))] {
        set.later(1);
        services_at(&mut set, Site::Primary, desired, running);
        assert_eq!(set.holds(Guard::SourceFenced).holds, wanted);
    }
    for service in set.workload.services.clone() {
        let subject = set.workload.service_subject(Kind::Service, &service, Site::Primary);
        set.fails(&subject, Cause::Silent, 3);
        set.plan(&format!("fence:{}", service.name), Action::ServiceStop, Site::Primary);
    }
    assert_eq!(set.holds(Guard::SourceFenced).holds, None);
    set.memory.said.insert("fence:frontend".to_owned(), "it is dark".to_owned());
    assert_eq!(set.holds(Guard::SourceFenced).holds, None, "all of them must be acknowledged");
    set.memory.said.insert("fence:backend".to_owned(), "it is dark".to_owned());
    assert_eq!(set.holds(Guard::SourceFenced).holds, Some(true));
    // Nobody is held up by what cannot be seen, and nobody is told that it is well.
    let database = set.workload.database.clone().unwrap();
    let (here, there) = (Site::Standby, Site::Primary);
    set.found(set.workload.database_subject(&database, here), Instance { status: "available".to_owned(), ..Instance::default() });
    set.fails(&set.workload.database_subject(&database, there), Cause::Silent, 3);
    assert_eq!(set.holds(Guard::NotSplit).holds, Some(true));
    assert_eq!(super::seen_to_be_one(&set.scene()).holds, None);
    // It answers again, and tasks run: what was acknowledged is over.
    set.later(1);
    services_at(&mut set, Site::Primary, 4, 4);
    assert_eq!(set.holds(Guard::SourceFenced).holds, Some(false));
}

#[test]
fn what_ran_in_a_region_that_went_dark_is_still_what_must_run() {
    let mut set = set("tier2");
    assert_eq!(set.holds(Guard::ImagePresent).holds, Some(true));
    for service in set.workload.services.clone() {
        let subject = set.workload.service_subject(Kind::Tasks, &service, Site::Primary);
        set.fails(&subject, Cause::Silent, 3);
    }
    assert_eq!(set.holds(Guard::ImagePresent).holds, Some(true));
}

#[test]
fn where_nobody_saw_what_ran_the_words_say_how_to_go_on() {
    let mut set = set("pilot");
    for service in set.workload.services.clone() {
        let there = set.workload.service_subject(Kind::Tasks, &service, Site::Primary);
        set.snapshot = set.snapshot.iter().filter(|seen| seen.subject != there).fold(Snapshot::default(), |mut rest, seen| {
            rest.put(std::sync::Arc::new(seen.clone()));
            rest
        });
        set.fails(&there, Cause::Silent, 3);
        set.found(set.workload.service_subject(Kind::Tasks, &service, Site::Standby), Tasks { tasks: Vec::new() });
    }
    let held = set.holds(Guard::ImagePresent);
    assert_eq!(held.holds, None, "{}", held.why);
    assert!(held.why.contains("go past this with what you found") && held.why.contains("eu-central-1"), "{}", held.why);
}

#[test]
fn two_writers_are_a_split_unless_one_is_fenced() {
    let mut set = set("tier2");
    let database = set.workload.database.clone().unwrap();
    let standby = set.workload.database_subject(&database, Site::Standby);
    let primary = set.workload.database_subject(&database, Site::Primary);
    set.found(standby, Instance { id: "tier2-db-replica".to_owned(), status: "available".to_owned(), ..Instance::default() });
    assert_eq!(set.holds(Guard::TargetWritable).holds, Some(true));
    assert_eq!(set.holds(Guard::NotSplit).holds, Some(false));
    set.later(1);
    services_at(&mut set, Site::Primary, 0, 0);
    assert_eq!(set.holds(Guard::NotSplit).holds, Some(true));
    assert_eq!(super::seen_to_be_one(&set.scene()).holds, Some(true));
    // Nobody of ours runs there, and somebody is connected.
    set.done("promote", Action::DatabasePromote, Site::Standby, 200);
    let connections = crate::runbook::database_metric(&set.scene(), Site::Primary, crate::domain::Measure::Connections).unwrap();
    for (ago, seen) in [(260, Some(true)), (60, None)] {
        set.point(connections.clone(), 10.0, ago);
        assert_eq!(super::seen_to_be_one(&set.scene()).holds, seen, "{ago}");
    }
    services_at(&mut set, Site::Primary, 2, 2);
    set.fails(&primary, Cause::Silent, 3);
    assert_eq!(set.holds(Guard::NotSplit).holds, None);
}

/// The run's own fence takes the targets away: nobody is left who could fail, and the outage is no less an outage.
#[test]
fn trap_a_fence_does_not_silence_what_was_found_before_it() {
    let failing = |set: &mut Set, state: Option<&str>| {
        let group = set.workload.target_subject(Kind::Targets, &set.workload.services[0], Site::Primary).unwrap();
        let target = |state: &str| Target { id: "10.0.0.1".to_owned(), state: state.to_owned(), ..Target::default() };
        for _ in 0..3 {
            set.later(1);
            set.found(group.clone(), Targets { targets: state.map(target).into_iter().collect() });
            for (site, status) in [(Site::Primary, 503), (Site::Standby, 200)] {
                set.sees(set.workload.site_sight(site), status, "");
            }
        }
    };
    let fence = |set: &mut Set| {
        set.plan("fence", Action::ServiceStop, Site::Primary);
        let at = set.workload.services[0].sites.primary.clone();
        let what = What::ScaleService { cluster: at.cluster, service: at.service, desired: 0 };
        let stage = std::mem::replace(&mut set.stage.id, "fence".to_owned());
        set.past(Change::new(&set.workload.primary.clone(), what), Some(accepted(&[])));
        set.stage.id = stage;
    };
    let gone = |fenced: bool| {
        let mut set = set("tier2");
        failing(&mut set, Some("unhealthy"));
        assert_eq!(set.holds(Guard::SourceImpaired).holds, Some(true));
        if fenced {
            fence(&mut set);
        }
        set.later(2);
        set.since = set.now;
        failing(&mut set, None);
        set
    };
    assert_ne!(gone(false).holds(Guard::SourceImpaired).holds, Some(true), "somebody else has taken them away");
    let mut set = gone(true);
    assert_eq!(set.holds(Guard::SourceImpaired).holds, Some(true), "{}", set.holds(Guard::SourceImpaired).why);
    // Whoever comes back and is well is heard.
    failing(&mut set, Some("healthy"));
    assert_ne!(set.holds(Guard::SourceImpaired).holds, Some(true));
}

/// Nobody fails at a site where the run itself has stopped everything, and with Route 53's API down its checkers tell nothing either.
#[test]
fn trap_a_fence_of_our_own_leaves_nobody_who_could_say_that_the_source_fails() {
    let stopped = |found_ago: Option<u64>, tasks: i32| {
        let mut set = set("tier2");
        if let Some(ago) = found_ago {
            set.done("impaired", Action::CheckImpaired, Site::Primary, ago);
        }
        set.done("fence", Action::ServiceStop, Site::Primary, 60);
        for subject in Guard::SourceImpaired.subjects(&set.scene()) {
            set.fails(&subject, Cause::Throttled, 3);
        }
        services_at(&mut set, Site::Primary, tasks, tasks);
        set.holds(Guard::SourceImpaired)
    };
    let held = stopped(Some(90), 0);
    assert_eq!(held.holds, Some(true), "{}", held.why);
    assert!(held.why.contains("before this run stopped it"), "{}", held.why);
    assert_eq!(stopped(Some(30), 0).holds, None, "found after the fence, when the fence alone makes users fail");
    assert_eq!(stopped(None, 0).holds, None, "never found");
    assert_eq!(stopped(Some(90), 2).holds, None, "its tasks run again");
}

#[test]
fn a_proof_of_a_write_is_the_targets_and_young() {
    let body = r#"{"site":"standby","region":"us-west-2","database":"tier2-db-replica","wrote":true}"#;
    let strange = r#"{"site":"primary","region":"ap-southeast-2","database":"tier2-db","wrote":true}"#;
    let write = |site: &str| Change::global(What::WriteThrough { workload: "tier2".to_owned(), way: Way::Site(site.to_owned()) });
    for (site, receipt, wanted) in [
        ("standby", accepted(&[("status", "200"), ("body", body)]), Some(true)),
        ("standby", accepted(&[("status", "200"), ("body", strange)]), Some(false)),
        ("standby", lost(), Some(false)),
        ("primary", accepted(&[("status", "200"), ("body", body)]), None),
    ] {
        let mut set = set("tier2");
        set.past(write(site), Some(receipt.clone()));
        assert_eq!(set.holds(Guard::WriteProven).holds, wanted, "{site} {receipt:?}");
        set.later(400);
        set.again();
        assert_ne!(set.holds(Guard::WriteProven).holds, Some(true));
    }
}

#[test]
fn what_is_held_must_stay_held() {
    let mut set = set("pilot");
    let rule = set.workload.automation_subject(&set.workload.automations[0]);
    assert_eq!(set.holds(Guard::AutomationQuiet).holds, Some(true));
    set.memory.kept.insert(("hold".to_owned(), rule.to_string()), "enabled".to_owned());
    set.plan("hold", Action::AutomationHold, Site::Standby);
    let held = set.holds(Guard::AutomationQuiet);
    assert_eq!(held.holds, Some(false), "{}", held.why);
    set.found(rule, Rule { enabled: false, ..Rule::default() });
    assert_eq!(set.holds(Guard::AutomationQuiet).holds, Some(true));
    let mut set = self::set("tier2");
    let machine = set.workload.automation_subject(&set.workload.automations[0]);
    let running = |name: &str| Execution { name: name.to_owned(), status: "RUNNING".to_owned(), ..Execution::default() };
    for (name, wanted) in [("by-hand", Some(false)), ("r-7-1", Some(true))] {
        set.later(1);
        set.found(machine.clone(), Machine { name: "tier2-failover".to_owned(), executions: vec![running(name)], ..Machine::default() });
        assert_eq!(set.holds(Guard::AutomationQuiet).holds, wanted, "{name}");
    }
    set.later(1);
    set.found(machine, Machine { name: "tier2-failover".to_owned(), executions: vec![running("by-hand")], ..Machine::default() });
    set.plan("hold", Action::AutomationHold, Site::Standby);
    set.memory.said.insert("hold".to_owned(), "adopted".to_owned());
    assert_eq!(set.holds(Guard::AutomationQuiet).holds, Some(true));
}

#[test]
fn capacity_is_tasks_bounds_and_healthy_targets() {
    let mut set = set("platform");
    let service = set.workload.services[0].clone();
    set.stage.part = Part::Service(0);
    let subject = |set: &Set, kind| set.workload.service_subject(kind, &service, Site::Standby);
    let group = set.workload.target_subject(Kind::Targets, &service, Site::Standby).unwrap();
    let targets = |healthy: usize| Targets {
        targets: (0..4)
            .map(|index| Target { state: if index < healthy { "healthy" } else { "initial" }.to_owned(), ..Target::default() })
            .collect(),
    };
    for (running, healthy, max, wanted) in [(4, 4, 10, true), (3, 4, 10, false), (4, 3, 10, false), (4, 4, 3, false)] {
        set.later(1);
        let found = Service { status: "ACTIVE".to_owned(), desired: 4, running, ..Service::default() };
        set.found(subject(&set, Kind::Service), found);
        set.found(subject(&set, Kind::Bounds), Bounds { min: 1, max, ..Bounds::default() });
        set.found(group.clone(), targets(healthy));
        assert_eq!(set.holds(Guard::CapacityReady).holds, Some(wanted), "{running} {healthy} {max}");
    }
}

#[test]
fn secrets_belong_to_their_own_region_before_they_are_written() {
    let mut set = set("pilot");
    let subject = set.workload.secret_subject(set.workload.database.as_ref().unwrap(), Site::Standby).unwrap();
    assert_eq!(set.holds(Guard::SecretWritable).holds, Some(false));
    for home in [None, Some(set.workload.standby.clone())] {
        set.later(1);
        set.found(subject.clone(), Secret { primary_region: home, ..Secret::default() });
        assert_eq!(set.holds(Guard::SecretWritable).holds, Some(true));
    }
}

#[test]
fn the_control_plane_is_the_one_the_step_needs() {
    let mut set = Set::new("tier2", Action::DnsPin);
    let record = set.workload.record_subject(set.workload.dns.as_ref().unwrap());
    assert_eq!(set.holds(Guard::ControlPlane).holds, Some(true));
    set.fails(&record, Cause::Broken, 2);
    assert_eq!(set.holds(Guard::ControlPlane).holds, Some(false));
    set.stage.action = Action::ServiceScale;
    assert_eq!(set.holds(Guard::ControlPlane).holds, Some(true));
    for subject in Guard::ControlPlane.subjects(&set.scene()) {
        set.fails(&subject, Cause::Silent, 2);
    }
    assert_eq!(set.holds(Guard::ControlPlane).holds, Some(false));
    assert_eq!(set.holds(Guard::TargetAnswers).holds, Some(false));
}

#[test]
fn a_bucket_is_quiet_or_will_be_made_so() {
    let mut set = Set::new("tier2", Action::DatabasePromote);
    set.stage.site = Site::Primary;
    let bucket = set.workload.buckets[0].clone();
    let found = |lifecycle: bool, inward: bool| {
        let rule = ReplicationRule {
            id: "home".to_owned(),
            enabled: inward,
            destination: bucket.sites.primary.clone(),
            ..ReplicationRule::default()
        };
        Replication {
            versioning: "Enabled".to_owned(),
            rules: vec![rule],
            lifecycle: Some(vec![LifecycleRule { id: "archive".to_owned(), enabled: lifecycle }]),
            ..Replication::default()
        }
    };
    for (lifecycle, inward, wanted) in [(true, false, false), (false, true, false), (false, false, true)] {
        set.later(1);
        set.found(set.workload.bucket_subject(&bucket, Site::Primary), found(lifecycle, false));
        set.found(set.workload.bucket_subject(&bucket, Site::Standby), found(false, inward));
        assert_eq!(set.holds(Guard::BucketQuiet).holds, Some(wanted), "{lifecycle} {inward}");
        set.stage.action = Action::StorageUndelete;
        assert_eq!(set.holds(Guard::BucketQuiet).holds, Some(true));
        set.stage.action = Action::DatabasePromote;
    }
}
