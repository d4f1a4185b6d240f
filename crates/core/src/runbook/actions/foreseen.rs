//! Nobody who has only paper is left without a call: every step that changes something says what it asks for, now or when its turn comes.

use std::sync::Arc;
use std::time::Duration;

use crate::config::{Site, Workload};
use crate::domain::change::Aim;
use crate::domain::fact::{Cluster, Fact, Instance, LifecycleRule, Replication, RestorePoint, Service};
use crate::domain::{Reading, Snapshot, Timestamp, Value};
use crate::runbook::fake::TOPOLOGIES;
use crate::runbook::{Action, DryRun, DryStage, Ground, History, Memory, shelf, unfold};

const INSTANT: &str = "2026-11-20T10:02:31Z";

/// Each built-in runbook, with what has to be said, and with each of its ways.
const BOOKS: [(&str, &[(&str, &str)]); 9] = [
    ("unplanned_failover", &[]),
    ("planned_failover", &[]),
    ("failback", &[]),
    ("dr_test", &[]),
    ("dr_test", &[("restore", "instant"), ("instant.at", INSTANT)]),
    ("db_restore", &[]),
    ("db_restore", &[("restore", "instant"), ("instant.at", INSTANT)]),
    ("s3_undelete", &[("undelete.since", INSTANT), ("versions.since", INSTANT)]),
    ("region_isolation", &[]),
];

/// What needs nobody's deed: which step, how it stands, and why there is nothing to be called.
const EXCUSED: [(Action, &str, &str); 4] = [
    (Action::AutomationHold, "no execution runs", "a machine is looked at; only what it runs could be stopped"),
    (Action::SecretPromote, "already so: written in", "it is nobody's replica there"),
    (Action::StorageReverseReplication, "already so: rule", "the rule of the way out is in force still"),
    (Action::DnsFlip, "already so: users land there already", "nobody is to be turned"),
];

fn dry(book: &str, set: &[(&str, &str)], topology: &str) -> DryRun {
    let (workload, mut snapshot, now) = crate::assess::tests::steady(topology);
    let source = if book == "failback" { Site::Standby } else { Site::Primary };
    complete(&mut snapshot, &workload, source, now);
    let (books, _) = shelf(&[], &|action| action.deed());
    let set = set.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let book = books.iter().find(|known| known.name == book).unwrap().with_set(&set, &|action| action.deed()).unwrap();
    let plan = unfold(&book, &workload, source, &|action| action.deed());
    let (memory, history) = (Memory::beginning("dry-run", now, None, &plan), History::new());
    let seen = snapshot.clone();
    let mut ground = Ground {
        workload: &workload,
        snapshot: &seen,
        now,
        since: now - Duration::from_secs(2),
        memory: &memory,
        history: &history,
        catalogue: &|action| action.deed(),
        holds: &|guard, scene| {
            let held = guard.holds(scene);
            (held.holds, held.why)
        },
        looks: &|guard, scene| guard.subjects(scene),
        aim: Aim::default(),
    };
    // Whatever else is looked at is not there: above all what the run has yet to make.
    for subject in ground.subjects(&plan) {
        if snapshot.get(&subject).is_none() {
            snapshot.take(Reading { subject, begun: now, read: now, outcome: Ok(Value::Missing("none".to_owned())) });
        }
    }
    ground.snapshot = &snapshot;
    DryRun::of(&plan, &ground)
}

/// What a healthy estate shows beside, led from a site: where databases are reached, what they can be restored to, and what takes versions away.
fn complete(snapshot: &mut Snapshot, workload: &Workload, source: Site, now: Timestamp) {
    let seen: Vec<_> = snapshot.iter().filter_map(|seen| Some((seen.subject.clone(), seen.fact()?.clone()))).collect();
    for (subject, fact) in seen {
        let at = workload.site_in(&subject.region);
        let fact: Fact = match fact {
            Fact::Instance(found) => Instance {
                arn: format!("arn:aws:rds:{}:{}:db:{}", subject.region, workload.account, found.id),
                endpoint: Some(format!("{}.example.rds.amazonaws.com", found.id)),
                engine: "postgres".to_owned(),
                // A failover has left both on their own.
                replica_of: found.replica_of.filter(|_| at != Some(source)),
                ..found
            }
            .into(),
            Fact::Cluster(found) => Cluster { endpoint: Some(format!("{}.example.rds.amazonaws.com", found.id)), ..found }.into(),
            Fact::GlobalCluster(mut found) => {
                for member in &mut found.members {
                    member.writer = member.cluster.contains(workload.region(source).as_str());
                }
                found.into()
            }
            Fact::RestorePoint(found) => RestorePoint {
                point_in_time: Some(now - Duration::from_secs(300)),
                replicated_backups: Some("arn:aws:rds:x:1:auto-backup:ab".to_owned()),
                ..found
            }
            .into(),
            Fact::Service(found) if at == Some(source) => {
                let tasks = found.desired.max(1);
                Service { desired: tasks, running: tasks, ..found }.into()
            }
            Fact::Replication(found) => {
                let lifecycle = Some(vec![LifecycleRule { id: "expire".to_owned(), enabled: true }]);
                Replication { lifecycle, ..found }.into()
            }
            _ => continue,
        };
        snapshot.take(Reading { subject, begun: now, read: now, outcome: Ok(Value::Found { fact: Arc::new(fact), at: None }) });
    }
}

fn is_told(step: &DryStage) -> bool {
    !step.commands.is_empty() || !step.later.is_empty()
}

#[test]
fn every_step_that_changes_something_has_its_call() {
    let mut wanting = Vec::new();
    for (topology, _) in TOPOLOGIES {
        for (book, set) in BOOKS {
            let run = dry(book, set, topology);
            let changes = |step: &&DryStage| !step.action.specimens().is_empty() && !is_told(step);
            let excused =
                |step: &&DryStage| EXCUSED.iter().any(|(action, stands, _)| *action == step.action && step.stands.contains(stands));
            let without = run.steps.iter().filter(changes).filter(|step| !excused(step));
            wanting.extend(without.map(|step| format!("{topology} {book} {}: {}", step.id, step.stands)));
        }
    }
    assert!(wanting.is_empty(), "{wanting:#?}");
}

fn step<'r>(run: &'r DryRun, id: &str) -> &'r DryStage {
    run.steps.iter().find(|step| step.id == id).unwrap_or_else(|| panic!("{id}"))
}

/// All that steps before it would have put aside, made and named is known to the ones after.
#[test]
fn what_comes_later_goes_by_what_was_done_before() {
    let run = dry("unplanned_failover", &[], "pilot");
    let secret = step(&run, "secret");
    assert!(secret.commands.is_empty() && secret.later[0].contains("--arg host pilot-db-replica.example.rds.amazonaws.com"), "{secret:?}");
    assert!(step(&run, "redeploy").later[0].contains("--force-new-deployment"));
    assert!(step(&run, "protect").later[0].contains("--backup-retention-period 7"), "as the source has it");
    let (text, binder) = (run.to_string(), run.markdown(""));
    for command in run.steps.iter().flat_map(|step| &step.later) {
        assert!(binder.contains(command.as_str()) && command.lines().all(|line| text.contains(&format!("    $ {line}\n"))), "{command}");
    }
    assert!(text.contains("    then     when its turn comes\n") && binder.contains("\nWhen its turn comes:\n\n```sh\n"), "{binder}");
}

/// Nobody knows where a database is reached that is yet to be made; the replica that it takes the place of must not be named.
#[test]
fn a_database_that_is_yet_to_be_made_is_told_by_its_name() {
    for (set, made) in [(BOOKS[5].1, "restored"), (BOOKS[6].1, "rewound")] {
        let run = dry("db_restore", set, "tier2");
        let made = format!("tier2-db-replica-{made}-dry-run");
        assert!(step(&run, "secret").later[0].contains(&format!("--arg host ENDPOINT_OF_{made} ")), "{:?}", step(&run, "secret"));
        assert!(step(&run, "protect").later[0].contains(&format!("--db-instance-identifier {made} ")), "{:?}", step(&run, "protect"));
    }
    let run = dry("dr_test", &[], "tier2");
    assert!(step(&run, "discard").later[0].contains("tier2-db-replica-restored-dry-run"), "{:?}", step(&run, "discard"));
}

/// What a restoration holds is in force again afterwards; without an instant there is nothing to be called, and that is said.
#[test]
fn objects_come_back_since_an_instant_that_somebody_has_named() {
    let run = dry("s3_undelete", BOOKS[7].1, "tier2");
    let (undelete, versions) = (step(&run, "undelete"), step(&run, "versions"));
    assert!(undelete.commands.iter().any(|command| command.contains("put-bucket-lifecycle")), "{undelete:?}");
    assert!(undelete.later[0].contains("2026-11-20T10:02:31") && versions.later[0].contains("2026-11-20T10:02:31"), "{undelete:?}");
    assert!(undelete.later.len() > 1 && undelete.later[1..].iter().all(|command| !undelete.commands.contains(command)), "{undelete:?}");
    let without = dry("s3_undelete", &[], "tier2");
    for id in ["undelete", "versions"] {
        let step = step(&without, id);
        assert!(!is_told(step) && step.stands.contains("nobody has said since when"), "{step:?}");
    }
}

/// A machine's rule is put back only if it was in force.
#[test]
fn what_is_held_is_released_as_it_was() {
    let run = dry("unplanned_failover", &[], "pilot");
    let of = |name: &str| run.steps.iter().filter(|step| step.step == name).collect::<Vec<_>>();
    for released in of("release") {
        let held = released.id.replace("release", "hold");
        assert_eq!(released.later.is_empty(), step(&run, &held).commands.is_empty(), "{released:?}");
    }
    assert!(!of("release").is_empty());
}
