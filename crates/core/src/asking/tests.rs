use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::config::{Actor, DatabaseKind, Site, Workload};
use crate::domain::fact::{Fact, Replication, ReplicationRule, TargetGroup};
use crate::domain::{Measure, Reading, Region, Subject, Timestamp, Value};

const TOPOLOGIES: [(&str, &str); 5] = [
    ("tier2", include_str!("../../../lab/src/topologies/tier2.toml")),
    ("pilot", include_str!("../../../lab/src/topologies/pilot.toml")),
    ("platform", include_str!("../../../lab/src/topologies/platform.toml")),
    ("payments", include_str!("../../../lab/src/topologies/payments.toml")),
    ("fleet", include_str!("../../../lab/src/topologies/fleet.toml")),
];

fn topology(name: &str) -> Config {
    let (_, text) = TOPOLOGIES.iter().find(|(known, _)| *known == name).unwrap();
    // What the lab adds is none of the planner's business.
    let end = text.find("\n[lab").or_else(|| text.find("\n[[lab")).unwrap_or(text.len());
    Config::parse(name, &text[..end], &[]).unwrap()
}

/// Every subject that `config::subjects` names for a workload, and those that are found by their names alone.
fn subjects(workload: &Workload, learnt: bool) -> BTreeSet<Subject> {
    let sites = [Site::Primary, Site::Standby];
    let mut all = BTreeSet::new();
    for site in sites {
        let region = workload.region(site);
        for service in &workload.services {
            all.insert(workload.service_subject(Kind::Service, service, site));
            all.insert(workload.service_subject(Kind::Tasks, service, site));
            if service.autoscaled {
                all.insert(workload.service_subject(Kind::Bounds, service, site));
            }
            all.extend([Measure::ServiceCpu, Measure::ServiceMemory].map(|measure| workload.service_metric(service, site, measure)));
            all.extend([Kind::TargetGroup, Kind::Targets].into_iter().filter_map(|kind| workload.target_subject(kind, service, site)));
            let edge = [Measure::Requests, Measure::ClientErrors, Measure::ServerErrors, Measure::ResponseTime, Measure::HealthyHosts];
            all.extend(edge.into_iter().filter(|_| learnt).filter_map(|measure| workload.edge_metric(service, site, measure)));
        }
        if let Some(database) = &workload.database {
            all.insert(workload.database_subject(database, site));
            all.extend(workload.global_cluster_subject(database, site));
            all.extend(sites.map(|of| workload.restore_subject(database, of, site)));
            all.extend(workload.secret_subject(database, site));
            let lags: &[Measure] = match database.kind {
                DatabaseKind::RdsReplica => &[Measure::ReplicaLag],
                DatabaseKind::AuroraGlobal => &[Measure::GlobalLag, Measure::GlobalRpoLag],
            };
            let measures = [Measure::DatabaseCpu, Measure::Connections].iter().chain(lags);
            all.extend(measures.map(|measure| workload.database_metric(database, site, *measure)));
        }
        for bucket in &workload.buckets {
            all.insert(workload.bucket_subject(bucket, site));
            let measures = [Measure::BytesPending, Measure::OperationsPending, Measure::ReplicationLatency, Measure::OperationsFailed];
            let asked = bucket.metrics && (learnt || site == Site::Primary);
            all.extend(measures.into_iter().filter(|_| asked).map(|measure| workload.bucket_metric(bucket, site, measure)));
        }
        if let Some(dns) = &workload.dns {
            all.insert(workload.certificate_subject(dns, site));
            all.extend([Kind::HealthCheck, Kind::Checkers].into_iter().filter_map(|kind| workload.health_check_subject(kind, dns, site)));
            all.insert(workload.site_sight(site));
            let balancer = dns.sites.get(site).load_balancer.as_ref().unwrap();
            all.extend(dns.resolvers.iter().map(|resolver| Subject::resolution(&resolver.to_string(), balancer)));
        }
        all.extend(workload.keys.iter().map(|key| Subject::new(Kind::Key, region, key.get(site))));
        all.extend(workload.repositories.iter().map(|found| Subject::new(Kind::Repository, region, &found.name)));
        all.extend(workload.notify.topic.get(site).iter().map(|arn| Subject::new(Kind::Topic, region, arn)));
    }
    if let Some(dns) = &workload.dns {
        all.insert(workload.record_subject(dns));
        all.insert(workload.record_sight());
        all.insert(Subject::global(Kind::Zone, &dns.zone));
        let everybody = dns.resolvers.iter().chain(&dns.name_servers);
        all.extend(everybody.map(|resolver| Subject::resolution(&resolver.to_string(), &dns.record)));
    }
    for automation in &workload.automations {
        all.insert(workload.automation_subject(automation));
        if let Actor::Function(name) = &automation.what {
            all.insert(Subject::metric(&automation.region, name, "Errors"));
            all.insert(Subject::metric(&automation.region, name, "Invocations"));
        }
    }
    all.extend(workload.alarms.iter().map(|found| Subject::new(Kind::Alarm, &found.region, &found.name)));
    all.extend(workload.tables.iter().map(|found| Subject::new(Kind::Table, &found.region, &found.name)));
    for found in &workload.functions {
        all.insert(Subject::new(Kind::Function, &found.region, &found.name));
        all.insert(Subject::metric(&found.region, &found.name, "Errors"));
    }
    for arn in workload.workflow.failover.iter().chain(&workload.workflow.failback) {
        all.insert(Subject::new(Kind::Machine, &Region::new(arn.split(':').nth(3).unwrap()), arn));
    }
    all.extend(workload.regions().map(|region| Subject::new(Kind::Identity, region, "caller")));
    all
}

/// As if every target group's load balancer and every bucket's rules had been read.
fn learn(config: &Config) -> Snapshot {
    let mut snapshot = Snapshot::default();
    let mut take = |subject: Subject, fact: Fact| {
        let at = Timestamp::from_secs(1);
        let outcome = Ok(Value::Found { fact: Arc::new(fact), at: None });
        snapshot.take(Reading { subject, begun: at, read: at, outcome });
    };
    for workload in &config.workloads {
        for site in [Site::Primary, Site::Standby] {
            for service in &workload.services {
                if let Some(subject) = workload.target_subject(Kind::TargetGroup, service, site) {
                    let balancer = format!("arn:aws:elasticloadbalancing:r:1:loadbalancer/app/{}/50dc6c495c0c9188", service.name);
                    take(subject, TargetGroup { load_balancers: vec![balancer], ..TargetGroup::default() }.into());
                }
            }
            for bucket in &workload.buckets {
                let back = ReplicationRule {
                    id: "back".to_owned(),
                    enabled: true,
                    priority: None,
                    prefix: None,
                    by_tags: false,
                    destination: format!("arn:aws:s3:::{}", bucket.sites.get(site.other())),
                    storage_class: None,
                    delete_markers: false,
                    metrics: true,
                    time_control: false,
                };
                let replication = Replication { rules: vec![back], ..Replication::default() };
                take(workload.bucket_subject(bucket, site), replication.into());
            }
        }
    }
    snapshot
}

fn check(config: &Config, snapshot: &Snapshot, learnt: bool) {
    let plan = plan(config, snapshot);
    let mut askers: BTreeMap<Subject, BTreeSet<usize>> = BTreeMap::new();
    for planned in &plan {
        for subject in planned.question.subjects() {
            let twice = askers.insert(subject.clone(), planned.workloads.clone());
            assert!(twice.is_none(), "{subject} is asked for twice");
        }
    }
    for (index, workload) in config.workloads.iter().enumerate() {
        for subject in subjects(workload, learnt) {
            assert!(askers.get(&subject).is_some_and(|by| by.contains(&index)), "nobody asks for {subject} for {}", workload.name);
        }
    }
    let wanted: BTreeSet<_> = config.workloads.iter().flat_map(|workload| subjects(workload, learnt)).collect();
    let unwanted: Vec<_> = askers.keys().filter(|subject| !wanted.contains(subject)).collect();
    assert!(unwanted.is_empty(), "nobody wants {unwanted:?}");
}

#[test]
fn every_subject_of_every_workload_is_answered_by_exactly_one_question() {
    for (name, _) in TOPOLOGIES {
        let config = topology(name);
        check(&config, &Snapshot::default(), false);
        check(&config, &learn(&config), true);
    }
}

#[test]
fn watching_costs_no_more_than_five_cents_an_hour() {
    for (name, _) in &TOPOLOGIES[..4] {
        let config = topology(name);
        let dollars = dollars_per_hour(&questions(&config, &learn(&config)));
        assert!((0.01..=0.05).contains(&dollars), "{name}: {dollars}");
    }
}

#[test]
fn what_is_asked_of_a_load_balancer_is_cut_from_its_names() {
    let config = topology("tier2");
    let asked = questions(&config, &learn(&config));
    let queries = asked.iter().filter_map(|question| match &question.topic {
        Topic::Metrics(queries) => Some(queries),
        _ => None,
    });
    let edge: Vec<_> = queries.flatten().filter(|query| query.metric == "HealthyHostCount").collect();
    assert_eq!(edge.len(), 2);
    let told = |name: &str| edge[0].dimensions.iter().find(|(known, _)| known == name).unwrap().1.clone();
    assert_eq!(told("LoadBalancer"), "app/app/50dc6c495c0c9188");
    assert_eq!(told("TargetGroup"), "targetgroup/tier2-app/6d0ecf831eec9f09");
}

#[test]
fn nobody_is_sent_to_the_path_that_writes() {
    for (name, _) in TOPOLOGIES {
        let config = topology(name);
        for question in questions(&config, &learn(&config)) {
            let Topic::Look(errand) = question.topic else { continue };
            for dns in config.workloads.iter().filter_map(|workload| workload.dns.as_ref()) {
                assert!(dns.probe.write_path.as_ref().is_none_or(|path| !errand.url.ends_with(path)), "{}", errand.url);
            }
        }
    }
}

#[test]
fn a_fleet_shares_its_questions() {
    let config = topology("fleet");
    let asked = questions(&config, &Snapshot::default());
    let count = |wanted: Kind| asked.iter().filter(|question| question.kind() == wanted).count();
    let regions = config.regions().len();
    assert!(config.workloads.len() >= 20);
    for kind in [Kind::Instance, Kind::RestorePoint, Kind::TargetGroup, Kind::Identity] {
        assert!(count(kind) <= regions, "{kind}: {} for {regions} regions", count(kind));
    }
    assert!(count(Kind::HealthCheck) == 1 && count(Kind::Record) <= 2);
}

/// A fleet of copies: the same shape, other names.
fn copies(of: &str, number: usize) -> Config {
    let one = topology(of);
    let text = one.for_console(one.endpoints.clone()).to_toml().unwrap();
    let workloads =
        (0..number).flat_map(|n| Config::parse("copy", text.replace(&format!("\"{of}"), &format!("\"{of}{n}")), &[]).unwrap().workloads);
    Config { workloads: workloads.collect(), ..one }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn calls_take_no_more_than_aws_allows(number in 1usize..60, of in 0usize..4) {
        let config = copies(TOPOLOGIES[of].0, number);
        let snapshot = learn(&config);
        let plan = plan(&config, &snapshot);
        prop_assert_eq!(&plan, &super::plan(&config, &snapshot));
        prop_assert!(plan.is_sorted_by(|one, other| one.question < other.question));
        for Planned { question, workloads, .. } in &plan {
            prop_assert!(!workloads.is_empty());
            let (held, most) = match &question.topic {
                Topic::Services { services, .. } => (services.len(), 10),
                Topic::Bounds(names) => (names.len(), 50),
                Topic::TargetGroups(names) | Topic::Alarms(names) => (names.len(), 100),
                Topic::Metrics(queries) => (queries.len(), 500),
                _ => continue,
            };
            prop_assert!((1..=most).contains(&held), "{} in {:?}", held, question.kind());
        }
    }
}

/// What a run makes is in no plan; how to ask for it follows from what it is called.
#[test]
fn what_is_in_no_plan_can_be_asked_for_alone() {
    let config = topology("tier2");
    let region = config.workloads[0].standby.clone();
    for subject in [
        Subject::new(Kind::Instance, &region, "made-by-a-run"),
        Subject::new(Kind::RestorePoint, &region, "made-by-a-run"),
        Subject::metric(&region, "made-by-a-run", Measure::ReplicaLag.metric()),
        Subject::service(Kind::Service, &region, "c", "s"),
        Subject::service(Kind::Tasks, &region, "c", "s"),
    ] {
        let question = question_for(&subject, &config).unwrap();
        assert_eq!(question.subjects(), vec![subject.clone()]);
        assert_eq!((question.kind(), &question.region), (subject.kind, &region));
    }
    assert_eq!(question_for(&Subject::new(Kind::Instance, &Region::new("mars-1"), "x"), &config), None, "no client goes there");
    assert_eq!(question_for(&Subject::metric(&region, "bucket", "BytesPendingReplication"), &config), None);
}
