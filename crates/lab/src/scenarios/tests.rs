use std::collections::BTreeSet;
use std::time::Duration;

use drlab_core::domain::Region;
use proptest::prelude::*;

use super::*;
use crate::doc;
use crate::topologies::{TOPOLOGIES, Topology};
use crate::world::testing;

fn cast(scenario: &str, topology: &str) -> Scenario {
    let config = Topology::named(topology).unwrap().config().unwrap();
    BuiltIn::named(scenario).unwrap().script().unwrap().cast(&config, None).unwrap()
}

#[test]
fn every_scenario_can_happen_to_every_workload() {
    for topology in TOPOLOGIES {
        let config = topology.config().unwrap_or_else(|error| panic!("{error}"));
        for scenario in SCENARIOS {
            let script = scenario.script().unwrap_or_else(|error| panic!("{error}"));
            for workload in &config.workloads {
                match script.cast(&config, Some(&workload.name)) {
                    Ok(cast) => assert!(cast.steps.is_sorted_by_key(|step| step.at)),
                    // A workload without a bucket cannot lose objects.
                    Err(CastError::Nothing { .. }) => assert_eq!((scenario.name, workload.buckets.len()), ("s3-ransomware", 0)),
                    Err(error) => panic!("{error}"),
                }
            }
        }
    }
}

#[test]
fn every_fault_but_the_plain_api_ones_is_in_some_scenario() {
    let mut seen = BTreeSet::new();
    for topology in ["tier2", "payments"] {
        for scenario in SCENARIOS {
            seen.extend(cast(scenario.name, topology).steps.into_iter().filter_map(|step| match step.what {
                Action::Break(injection) => Some(injection.fault),
                Action::Act(_) => None,
            }));
        }
    }
    let missing: Vec<_> = Fault::ALL.iter().filter(|fault| !seen.contains(fault)).map(|fault| fault.name()).collect();
    // The liars are each of one operation, service, figure or resolver that somebody chooses. The last is what people do about their own jobs, and
    // nobody's bad day.
    let chosen = ["liar-accepted", "liar-mirage", "liar-figure", "liar-resolver"];
    assert_eq!(missing, [&["api-slow", "api-errors", "api-silent", "api-refused"][..], &chosen, &["direct-off"]].concat());
}

#[test]
fn roles_become_names() {
    let west = Region::new("us-west-2");
    let input = doc! { "DBInstanceIdentifier": "tier2-db-replica" };
    let deed = Deed { region: west, service: "rds", operation: "PromoteReadReplica".to_owned(), input };
    assert_eq!(cast("split-brain", "tier2").steps, [Step { at: Duration::from_secs(120), what: Action::Act(deed) }]);
    let Action::Act(deed) = &cast("split-brain", "payments").steps[0].what else { panic!("not a deed") };
    assert_eq!(deed.input.get("DbClusterIdentifier").unwrap().as_text(), Some("arn:aws:rds:us-east-2:123456789012:cluster:payments-use2"));
    let Action::Break(injection) = &cast("s3-ransomware", "tier2").steps[0].what else { panic!("not a fault") };
    assert_eq!(injection.component.as_deref(), Some("tier2-app-data"));
}

#[test]
fn automation_races_with_whatever_there_is() {
    let deed = |topology| match cast("automation-races", topology).steps.pop() {
        Some(Step { what: Action::Act(deed), .. }) => (deed.region.to_string(), deed.operation),
        other => panic!("{other:?}"),
    };
    let told = |region: &str, operation: &str| (region.to_owned(), operation.to_owned());
    assert_eq!(deed("tier2"), told("us-west-2", "StartExecution"));
    assert_eq!(deed("platform"), told("us-east-2", "StartExecution"));
    assert_eq!(deed("pilot"), told("eu-central-1", "Invoke"));
    assert_eq!(deed("payments"), told("us-east-2", "FailoverGlobalCluster"));
    assert_eq!(deed("fleet"), told("us-west-2", "PromoteReadReplica"));
}

/// A scenario of one thing, at once.
fn only(what: Action) -> Scenario {
    let text = String::new;
    Scenario { name: text(), title: text(), what: text(), expect: text(), steps: vec![Step { at: Duration::ZERO, what }] }
}

#[test]
fn a_fault_begins_now_and_ends_when_it_should() {
    let mut world = testing::world();
    let injection = Injection {
        fault: Fault::AppDown,
        region: Some(testing::east()),
        component: None,
        level: None,
        lasting: Some(Duration::from_secs(30)),
    };
    only(Action::Break(injection)).write_into(&mut world);
    testing::live(&mut world, 1);
    assert!(world.faults.hits_region(Fault::AppDown, &testing::east()));
    testing::live(&mut world, 30);
    assert!(!world.faults.hits_region(Fault::AppDown, &testing::east()));
}

#[test]
fn a_refused_deed_is_part_of_the_story() {
    let mut world = testing::world();
    let deed = Deed { region: testing::east(), service: "rds", operation: "NoSuchOperation".to_owned(), input: Document::Null };
    only(Action::Act(deed)).write_into(&mut world);
    testing::live(&mut world, 1);
    let noted = world.truth.transitions().last().unwrap();
    assert_eq!((noted.kind, noted.id.as_str()), ("call", "rds:NoSuchOperation"));
    assert_ne!(noted.became, "done");
}

#[test]
fn mistakes_are_shown_where_they_are() {
    let text = "title = \"t\"\nwhat = \"w\"\nexpect = \"e\"\n[[step]]\nat = \"2m\"\nfault = \"region-drak\"\nsite = \"primray\"\n[[step]]\nat = \"1m\"\ncall = { site = \"standby\", service = \"rds\", operation = \"X\", input = { Id = \"{database.stanby}\" } }\n[[step]]\nat = \"1m\"\nlevle = 1\n";
    let error = Script::parse("s.toml", "s", text).unwrap_err();
    let told: Vec<_> =
        error.diagnostics.iter().map(|wrong| (wrong.line, wrong.what.as_str(), wrong.hint.as_deref().unwrap_or(""))).collect();
    assert_eq!(
        told,
        [
            (6, "“region-drak” is not known here", "did you mean “region-dark”?"),
            (7, "“primray” is not known here", "did you mean “primary”?"),
            (10, "“database.stanby” is not known here", "did you mean “database.standby”?"),
            (11, "a step has either a “fault” or a “call”", ""),
            (13, "“levle” is not known here", "did you mean “level”?"),
        ]
    );
}

#[test]
fn what_a_workload_lacks_is_said() {
    let config = Topology::named("tier2").unwrap().config().unwrap();
    let text = "title = \"t\"\nwhat = \"w\"\nexpect = \"e\"\nstep = [{ at = \"1m\", fault = \"region-dark\", site = \"control\" }]";
    let script = Script::parse("s.toml", "s", text).unwrap();
    assert_eq!(script.cast(&config, None).unwrap_err().to_string(), "scenario s needs a control region, and workload tier2 has none");
    assert_eq!(script.cast(&config, Some("x")).unwrap_err().to_string(), "there is no workload “x”; there are tier2");
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_refused_politely(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Err(error) = Script::parse("s.toml", "s", &bytes) {
            prop_assert!(error.to_string().len() < 40_000);
        }
    }
}
