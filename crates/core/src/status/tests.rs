use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::{CheckReport, Session, StatusReport};
use crate::asking;
use crate::assess::tests::fixture::World;
use crate::assess::tests::properties::world;
use crate::config::{Config, Endpoints, Lab, Timeouts};
use crate::domain::{Cause, Kind, Question, Verdict};

const STATUS: &str = include_str!("../../../../docs/status.schema.json");
const CHECK: &str = include_str!("../../../../docs/check.schema.json");

fn questions(world: &World) -> Vec<Question> {
    let workloads = vec![world.workload.clone()];
    let lab = Lab::standard(&workloads);
    let config = Config { endpoints: Endpoints::default(), timeouts: Timeouts::default(), workloads, lab };
    asking::questions(&config, &world.snapshot)
}

fn status(world: &World) -> StatusReport {
    StatusReport::new(&world.workload, &world.assess(), Session::Live)
}

fn check(world: &World) -> CheckReport {
    CheckReport::new(&world.workload, &world.assess(), &questions(world), &world.snapshot, Session::Live)
}

/// Where a document and its schema part: as much of JSON Schema as these two use, and every member that one has and the other has not.
fn strays(schema: &Json, root: &Json, value: &Json, path: &str, found: &mut Vec<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        return strays(root.pointer(name.trim_start_matches('#')).unwrap(), root, value, path, found);
    }
    if let Some(kinds) = schema["anyOf"].as_array() {
        let fits = |kind: &Json| {
            let mut tried = Vec::new();
            strays(kind, root, value, path, &mut tried);
            tried.is_empty()
        };
        if !kinds.iter().any(fits) {
            found.push(format!("{path}: {value} is none of them"));
        }
        return;
    }
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64(),
        "number" => value.is_number(),
        _ => value.is_null(),
    };
    let allowed = match &schema["type"] {
        Json::String(name) => is(name),
        Json::Array(names) => names.iter().filter_map(Json::as_str).any(is),
        _ => true,
    };
    let constant = schema.get("const").is_none_or(|wanted| wanted == value);
    let listed = schema["enum"].as_array().is_none_or(|all| all.contains(value));
    if !(allowed && constant && listed) {
        found.push(format!("{path}: {value}"));
    }
    if let (Some(members), Some(named)) = (value.as_object(), schema["properties"].as_object()) {
        let required: Vec<_> = schema["required"].as_array().unwrap().iter().filter_map(Json::as_str).collect();
        found.extend(named.keys().filter(|name| !members.contains_key(*name)).map(|name| format!("{path}.{name} is never there")));
        found.extend(named.keys().filter(|name| !required.contains(&name.as_str())).map(|name| format!("{path}.{name} is not required")));
        for (name, member) in members {
            let at = format!("{path}.{name}");
            match named.get(name) {
                Some(schema) => strays(schema, root, member, &at, found),
                None => found.push(format!("{at} is not in the schema")),
            }
        }
    }
    for (nth, item) in value.as_array().into_iter().flatten().enumerate() {
        strays(&schema["items"], root, item, &format!("{path}[{nth}]"), found);
    }
}

fn strays_of(schema: &str, report: &impl serde::Serialize) -> Vec<String> {
    let (schema, value) = (serde_json::from_str(schema).unwrap(), serde_json::to_value(report).unwrap());
    let mut found = Vec::new();
    strays(&schema, &schema, &value, "", &mut found);
    found
}

#[test]
fn a_steady_workload_is_told_in_json() {
    let json = serde_json::to_value(status(&World::steady("tier2"))).unwrap();
    for (member, wanted) in [
        ("schema", json!("drlab-tui/status/1")),
        ("workload", json!("tier2")),
        ("session", json!("live")),
        ("verdict", json!("healthy")),
        ("active", json!("primary")),
        ("landing", json!("primary")),
        ("headline", json!(null)),
        ("ready", json!(true)),
    ] {
        assert_eq!(json[member], wanted, "{member}");
    }
    let app = json["components"].as_array().unwrap().iter().find(|row| row["id"] == "primary/service/app").unwrap();
    assert_eq!((&app["site"], &app["verdict"], &app["number"]), (&json!("primary"), &json!("healthy"), &json!(2.0)), "{app}");
    assert_eq!(app["source_at"], json!("2026-11-20T11:02:30.000Z"));
}

#[test]
fn a_steady_workload_is_told_in_words() {
    let text = status(&World::steady("tier2")).to_string();
    assert!(text.starts_with("tier2: HEALTHY at 2026-11-20T11:02:31.000Z\n"), "{text}");
    assert!(text.contains("\n  active   primary\n  landing  primary\n"), "{text}");
    assert!(text.contains("primary/service/app ") && text.contains("2/2 running"), "{text}");
    assert!(text.contains("a failover would succeed now: "), "{text}");
    let lab = StatusReport { session: Session::Lab, ..status(&World::steady("tier2")) };
    assert!(lab.to_string().lines().next().unwrap().ends_with("Z, LAB"));
}

#[test]
fn what_is_not_known_is_null_in_json_and_unknown_in_words() {
    let world = World::empty("payments");
    let report = status(&world);
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!((&json["verdict"], &json["ready"], &json["active"]), (&json!("unknown"), &json!(null), &json!("unknown")));
    for row in json["components"].as_array().unwrap() {
        assert_eq!((&row["number"], &row["source_at"]), (&json!(null), &json!(null)), "{row}");
        assert!(row["reason"].is_string(), "{row}");
    }
    assert!(report.to_string().contains("cannot be told now"));
    let told = check(&world);
    assert_eq!((told.ready, told.credentials.ok, told.identity.ok), (None, None, None));
    assert!(told.permissions.iter().all(|permission| permission.ok.is_none() && permission.why == "not asked"));
}

#[test]
fn a_refusal_of_one_thing_outweighs_the_answers_of_others_of_its_kind() {
    let mut world = World::steady("tier2");
    let all = check(&world);
    let of = |report: &CheckReport, region: &str| {
        report.permissions.iter().find(|one| one.reads == "alarm" && one.region == region).unwrap().clone()
    };
    assert_eq!(of(&all, "ap-southeast-2").ok, Some(true), "{all}");
    let alarm = &world.workload.alarms[0];
    let refused = crate::domain::Subject::new(Kind::Alarm, &alarm.region, &alarm.name);
    let region = alarm.region.to_string();
    world.fails(&refused, Cause::Denied, "not allowed: cloudwatch:DescribeAlarms", 1);
    let report = check(&world);
    assert_eq!((of(&report, &region).ok, of(&report, &region).why.as_str()), (Some(false), "not allowed: cloudwatch:DescribeAlarms"));
    assert!(report.to_string().contains(&format!("NOT OK   reading: alarm in {region}: not allowed")), "{report}");
}

#[test]
fn whose_credentials_they_are_is_said() {
    let mut world = World::steady("tier2");
    let report = check(&world);
    assert_eq!((report.identity.ok, report.identity.account.as_deref()), (Some(true), Some("123456789012")));
    assert_eq!(report.credentials.provider.as_deref(), Some("profile"));
    world.workload.account = "210987654321".to_owned();
    let report = check(&world);
    assert_eq!((report.identity.ok, report.identity.expected.as_str(), report.ready), (Some(false), "210987654321", Some(false)));
    // What people paste does not tell either of them.
    let text = report.to_string();
    assert!(text.contains("…9012") && text.contains("…4321"), "{text}");
}

#[test]
fn of_several_workloads_the_worst_counts() {
    let report = status(&World::steady("tier2"));
    let of = |verdicts: &[Verdict]| -> u8 {
        let reports: Vec<_> = verdicts.iter().map(|verdict| StatusReport { verdict: *verdict, ..report.clone() }).collect();
        StatusReport::exit_code(&reports)
    };
    use Verdict::*;
    for (verdicts, code) in
        [(&[Healthy][..], 0), (&[Healthy, Degraded], 1), (&[Degraded, Unknown], 3), (&[Unknown, Critical, Degraded], 2), (&[], 3)]
    {
        assert_eq!(of(verdicts), code, "{verdicts:?}");
    }
    let report = check(&World::steady("tier2"));
    let of = |ready: &[Option<bool>]| -> u8 {
        let reports: Vec<_> = ready.iter().map(|ready| CheckReport { ready: *ready, ..report.clone() }).collect();
        CheckReport::exit_code(&reports)
    };
    for (ready, code) in [(&[Some(true)][..], 0), (&[Some(true), None], 3), (&[None, Some(false)], 1)] {
        assert_eq!(of(ready), code, "{ready:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_report_is_as_its_schema_says(world in world()) {
        let (status, check) = (status(&world), check(&world));
        prop_assert_eq!(strays_of(STATUS, &status), Vec::<String>::new());
        prop_assert_eq!(strays_of(CHECK, &check), Vec::<String>::new());
    }

    #[test]
    fn text_neither_steers_a_terminal_nor_tells_an_account(world in world()) {
        let text = format!("{}{}", status(&world), check(&world));
        prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
        prop_assert!(!text.contains(&world.workload.account), "{text}");
    }

    #[test]
    fn words_and_json_say_the_same(world in world()) {
        let report = status(&world);
        let text = report.to_string();
        let rows = text.lines().filter(|line| report.components.iter().any(|row| line.trim_start().starts_with(&format!("{} ", row.id))));
        prop_assert_eq!(rows.count(), report.components.len());
        prop_assert!(text.contains(report.verdict.word().to_uppercase().as_str()));
    }
}
