use super::*;
use crate::config::EXAMPLE;
use crate::domain::Write;

fn example() -> Config {
    Config::parse("example", EXAMPLE, &[]).unwrap()
}

#[test]
fn watching_allows_every_read_of_what_is_named_and_nothing_else() {
    let policy = Policy::of(&example(), false);
    let allowed: BTreeSet<_> = policy.statements.iter().flat_map(|statement| statement.actions.iter().copied()).collect();
    let reads: BTreeSet<_> = READS.iter().map(|read| read.action).collect();
    assert!(allowed.is_subset(&reads), "{:?}", allowed.difference(&reads));
    for must in ["rds:DescribeDBInstances", "cloudwatch:GetMetricData", "route53:ListResourceRecordSets", "sts:GetCallerIdentity"] {
        assert!(allowed.contains(must), "{must}");
    }
}

#[test]
fn operating_adds_what_changes_something_and_never_on_everything() {
    let (watch, operate) = (Policy::of(&example(), false), Policy::of(&example(), true));
    for statement in &watch.statements {
        let same = operate.statements.iter().find(|other| other.id == statement.id).unwrap();
        assert!(same.actions.is_superset(&statement.actions) && same.resources == statement.resources, "{statement:?}");
    }
    assert!(operate.statements.iter().any(|statement| statement.actions.contains("rds:PromoteReadReplica")));
    let reads: BTreeSet<_> = READS.iter().map(|read| read.action).collect();
    for statement in operate.statements.iter().filter(|statement| statement.resources.contains("*")) {
        assert!(statement.actions.is_subset(&reads), "{statement:?}");
    }
    // The database itself can never be deleted by it.
    let deletes = operate.statements.iter().find(|statement| statement.actions.contains("rds:DeleteDBInstance")).unwrap();
    assert!(deletes.resources.iter().all(|name| name.contains("-restored-") || name.contains("-rewound-")), "{deletes:?}");
}

#[test]
fn every_name_is_whole_and_every_statement_has_a_name_of_its_own() {
    let policy = Policy::of(&example(), true);
    let ids: BTreeSet<_> = policy.statements.iter().map(|statement| &statement.id).collect();
    assert_eq!(ids.len(), policy.statements.len());
    for statement in &policy.statements {
        assert!(statement.id.chars().all(|c| c.is_ascii_alphanumeric()), "{}", statement.id);
        for name in &statement.resources {
            assert!(name == "*" || (name.starts_with("arn:aws:") && name.splitn(6, ':').count() == 6), "{name}");
            assert!(!name.contains("arn:aws:rds:arn") && name.matches("arn:aws").count() <= 1, "{name}");
        }
    }
}

#[test]
fn what_is_not_there_needs_no_leave() {
    let mut config = example();
    for workload in &mut config.workloads {
        workload.tables.clear();
        workload.buckets.clear();
    }
    let policy = Policy::of(&config, true);
    assert!(policy.permissions.iter().all(|found| !found.action.starts_with("s3:") && !found.action.starts_with("dynamodb:")));
}

#[test]
fn every_permission_says_what_it_is_for() {
    let policy = Policy::of(&example(), true);
    let table = policy.markdown();
    for permission in &policy.permissions {
        assert!(table.contains(&format!("`{}`", permission.action)) && !permission.purpose.is_empty());
    }
    assert!(Write::of("RDS", "PromoteReadReplica").is_some_and(|write| table.contains(write.purpose)));
    let json = policy.json();
    assert_eq!(json["Statement"].as_array().map(Vec::len), Some(policy.statements.len()));
}
