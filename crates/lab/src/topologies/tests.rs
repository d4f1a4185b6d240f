use std::collections::BTreeSet;

use drlab_core::config::{AlarmMetric, Config, DatabaseKind, Engine, FunctionBehaviour, Place};

use super::*;

fn config(name: &str) -> Config {
    Topology::named(name).unwrap().config().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_topology_is_read_and_introduces_itself() {
    for topology in TOPOLOGIES {
        let config = config(topology.name);
        assert!(topology.text.starts_with("# ") && topology.about().len() > 30, "{}", topology.about());
        let account = |workload: &drlab_core::config::Workload| workload.account == "123456789012";
        assert!(config.workloads.iter().all(account));
    }
    assert!(Topology::named("tier3").is_none());
}

#[test]
fn a_topology_survives_being_written_and_read() {
    for topology in TOPOLOGIES {
        let config = config(topology.name);
        let written = config.to_toml().unwrap();
        assert_eq!(parse("written.toml", &written).unwrap_or_else(|error| panic!("{error}")), config);
    }
}

#[test]
fn the_console_can_do_without_the_lab() {
    let config = config("tier2");
    let console = config.for_console(drlab_core::config::Endpoints::default());
    let written = console.to_toml().unwrap();
    assert!(!written.contains("[lab"), "{written}");
    assert_eq!(parse("written.toml", &written).unwrap().workloads, config.workloads);
}

#[test]
fn alarms_that_the_console_looks_for_are_the_lab_s_own_words() {
    for topology in TOPOLOGIES.iter().filter(|topology| topology.name != "fleet") {
        let config = config(topology.name);
        for workload in &config.workloads {
            let lab = &config.lab.workloads[&workload.name];
            let listed: BTreeSet<_> = workload.alarms.iter().map(|alarm| (alarm.name.clone(), Some(alarm.region.clone()))).collect();
            let made: BTreeSet<_> = lab.alarms.iter().map(|alarm| (alarm.name.clone(), alarm.region(workload))).collect();
            assert_eq!(listed, made, "{}", topology.name);
            let written = topology.text.matches(".alarm]]").count();
            assert_eq!(written, made.len(), "no alarm is left to guessing");
        }
    }
}

#[test]
fn tier2_is_what_the_design_says() {
    let config = config("tier2");
    let (workload, lab) = (&config.workloads[0], &config.lab.workloads["tier2"]);
    assert_eq!((workload.primary.as_str(), workload.standby.as_str()), ("ap-southeast-2", "us-west-2"));
    assert_eq!((workload.objectives.rto.as_secs(), workload.objectives.rpo.as_secs()), (1800, 300));
    let sites = &workload.services[0].sites;
    assert_eq!((sites.primary.tasks, sites.standby.tasks, sites.standby.failover_tasks), (2, 1, 2));
    assert_eq!(lab.database.as_ref().unwrap().engine, Engine::Postgres);
    assert_eq!(lab.buckets[0].transitions.iter().map(|transition| transition.days).collect::<Vec<_>>(), [30, 90]);
    assert!(lab.writers.iter().map(|writer| writer.rows_per_second).sum::<f64>() >= 50.0);
    let at = |site| lab.alarms.iter().filter(|alarm| alarm.site == site).count();
    assert_eq!((at(Place::Primary), at(Place::Standby)), (8, 3));
}

#[test]
fn pilot_is_what_the_design_says() {
    let config = config("pilot");
    let (workload, lab) = (&config.workloads[0], &config.lab.workloads["pilot"]);
    assert_eq!((workload.objectives.rto.as_secs(), workload.objectives.rpo.as_secs()), (600, 60));
    let sites = &workload.services[0].sites;
    assert_eq!((sites.primary.tasks, sites.standby.tasks, sites.standby.failover_tasks), (2, 0, 2));
    let database = lab.database.as_ref().unwrap();
    assert!(database.engine == Engine::Mysql && database.multi_az.primary);
    let monitor = lab.functions.iter().find(|function| function.behaviour == FunctionBehaviour::HealthMonitor).unwrap();
    assert_eq!((monitor.after_failures, monitor.invokes.as_deref()), (3, Some("pilot-dr-automation")));
    assert_eq!(workload.dns.as_ref().unwrap().ttl.unwrap().as_secs(), 60);
}

#[test]
fn platform_is_steered_from_a_third_region() {
    let config = config("platform");
    let (workload, lab) = (&config.workloads[0], &config.lab.workloads["platform"]);
    assert_eq!(workload.control.as_ref().unwrap().as_str(), "us-east-2");
    let bounds: Vec<_> = workload.services.iter().map(|service| service.sites.as_ref().map(|site| site.bounds.unwrap())).collect();
    assert!(bounds.iter().all(|sites| (sites.primary.min, sites.primary.max, sites.standby.min, sites.standby.max) == (2, 10, 1, 10)));
    assert_eq!((lab.machines.len(), lab.tables.len(), lab.apis.len()), (2, 3, 1));
    let trigger = lab.alarms.iter().find(|alarm| alarm.metric == AlarmMetric::HealthCheck).unwrap();
    assert!(lab.rules[0].target.as_deref() == Some("platform-failover") && format!("{:?}", lab.rules[0].when).contains(&trigger.name));
}

#[test]
fn payments_is_an_aurora_global_database() {
    let config = config("payments");
    let (workload, lab) = (&config.workloads[0], &config.lab.workloads["payments"]);
    assert_eq!(workload.database.as_ref().unwrap().kind, DatabaseKind::AuroraGlobal);
    let bounds = workload.services[0].sites.as_ref().map(|site| site.bounds.unwrap());
    assert_eq!((bounds.primary.min, bounds.primary.max, bounds.standby.min, bounds.standby.max), (10, 50, 2, 50));
    let class = &lab.database.as_ref().unwrap().class;
    assert_ne!(class.primary, class.standby, "the standby's instances are smaller");
    let sites: BTreeSet<_> = lab.functions.iter().map(|function| function.site).collect();
    assert_eq!(sites.len(), 2, "payments are validated in both regions");
}

#[test]
fn fleet_is_big_and_mixed() {
    let config = config("fleet");
    assert!(config.workloads.len() >= 20, "{}", config.workloads.len());
    assert!(config.workloads.iter().map(|workload| workload.services.len()).sum::<usize>() >= 50);
    let pairs: BTreeSet<_> = config.workloads.iter().map(|workload| (&workload.primary, &workload.standby)).collect();
    let engines: BTreeSet<_> =
        config.lab.workloads.values().filter_map(|lab| lab.database.as_ref()).map(|database| database.engine).collect();
    let flips: BTreeSet<_> = config.workloads.iter().filter_map(|workload| workload.dns.as_ref()).map(|dns| dns.flip).collect();
    assert!(pairs.len() >= 5 && engines.len() >= 3 && flips.len() == 5, "{pairs:?} {engines:?} {flips:?}");
}
