use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use proptest::prelude::*;

use super::*;

const TIMINGS: &[&str] = &["promotion_modifying", "object_replication"];

fn parsed(text: &str) -> Config {
    Config::parse("drlab.toml", text, TIMINGS).unwrap_or_else(|error| panic!("{error}"))
}

/// The design's own words, as little as can be said.
const LEAST: &str = r#"
[[workload]]
name = "w"
account = "123456789012"
primary = "eu-west-1"
standby = "eu-central-1"
objectives = { rto = "30m", rpo = "300s" }
"#;

fn corpus(kind: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus/config").join(kind);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    assert!(files.len() >= 5, "the {kind} corpus is where it should be");
    files
}

#[test]
fn the_valid_corpus_is_read_and_survives_being_written() {
    for path in corpus("valid") {
        let config = parsed(&fs::read_to_string(&path).unwrap());
        assert_eq!(parsed(&config.to_toml().unwrap()), config, "{}", path.display());
    }
}

/// With `BLESS=1` the texts beside the files are written anew, to be read before they are committed.
#[test]
fn the_invalid_corpus_is_refused_in_the_words_beside_it() {
    for path in corpus("invalid") {
        let name = path.file_name().unwrap().to_str().unwrap();
        let error = Config::parse(name, fs::read(&path).unwrap(), TIMINGS).expect_err(name).to_string() + "\n";
        let beside = path.with_extension("expected");
        if std::env::var_os("BLESS").is_some() {
            fs::write(&beside, &error).unwrap();
        }
        assert_eq!(error, fs::read_to_string(&beside).unwrap_or_default(), "{name}");
    }
}

#[test]
fn what_is_not_said_has_its_default() {
    let config = parsed(LEAST);
    let workload = &config.workloads[0];
    assert_eq!((workload.unhealthy_after, workload.rto_from), (3, RtoFrom::Outage));
    assert!(workload.database.is_none() && workload.dns.is_none() && workload.services.is_empty());
    assert_eq!(config.lab, Lab::standard(&config.workloads));
    let lab = &config.lab.workloads["w"];
    assert!(lab.database.is_none() && lab.dns.is_none() && lab.writers.is_empty());
}

#[test]
fn any_workload_can_be_rehearsed() {
    let config = parsed(EXAMPLE);
    let lab = &config.lab.workloads["shop"];
    assert!(lab.writers.iter().map(|writer| writer.rows_per_second).sum::<f64>() >= 50.0);
    for route in [Route::Pinned, Route::Direct] {
        assert!(lab.writers.iter().any(|writer| writer.route == route));
    }
    assert_eq!(lab.alarms[0].metric, AlarmMetric::Alb5xx);
    assert_eq!(lab.buckets[0].name, "shop-assets");
    assert_eq!((lab.functions[0].behaviour, lab.functions[0].site), (FunctionBehaviour::PaymentValidation, Place::Standby));
    let machines: Vec<_> = lab.machines.iter().map(|machine| (machine.name.as_str(), machine.behaviour)).collect();
    assert_eq!(machines, [("shop-failover", MachineBehaviour::Failover), ("shop-failback", MachineBehaviour::Failback)]);
    assert_eq!((lab.rules[0].name.as_str(), lab.rules[0].target.as_deref()), ("shop-monitor", Some("shop-validation")));
    assert_eq!((lab.tables[0].name.as_str(), lab.tables[0].site), ("shop-dr-state", Place::Control));
}

#[test]
fn an_alarm_that_nobody_describes_is_made_where_it_is_looked_for() {
    let listed = [
        ("w-5xx", "eu-west-1"),
        ("w-db-cpu", "eu-west-1"),
        ("w-lag", "eu-central-1"),
        ("w-health", "eu-central-1"),
        ("w-health", "us-east-1"),
    ];
    let rows = listed.map(|(name, region)| format!("{{ name = \"{name}\", region = \"{region}\" }}")).join(", ");
    let config = parsed(&format!("{LEAST}alarm = [{rows}]\n"));
    let workload = &config.workloads[0];
    let made: Vec<_> =
        config.lab.workloads["w"].alarms.iter().map(|alarm| (alarm.name.as_str(), alarm.region(workload).unwrap(), alarm.metric)).collect();
    let metrics =
        [AlarmMetric::Alb5xx, AlarmMetric::DbCpu, AlarmMetric::ReplicaLag, AlarmMetric::UnhealthyTargets, AlarmMetric::HealthCheck];
    let expected: Vec<_> =
        listed.iter().zip(metrics).map(|((name, region), metric)| (*name, crate::domain::Region::new(region), metric)).collect();
    assert_eq!(made, expected);
}

#[test]
fn a_standby_carries_what_the_primary_carried() {
    let config = parsed(EXAMPLE);
    let tasks: Vec<_> = config.workloads[0].services.iter().map(|service| service.sites.as_ref().map(|site| site.failover_tasks)).collect();
    assert_eq!(tasks, [Sites::new(2, 2), Sites::new(3, 3)]);
}

#[test]
fn the_example_shows_every_key_there_is() {
    let config = parsed(EXAMPLE);
    let written: toml::Table = config.to_toml().unwrap().parse().unwrap();
    let mut keys = BTreeSet::new();
    collect(&written["workload"], &mut keys);
    // What the example can only mention in a comment.
    keys.extend(["global_cluster", "ttl", "replicated", "function", "state_machine", "regions", "route53", "proxy"].map(str::to_owned));
    for key in keys {
        let shown = [format!("{key} ="), format!("{key}]")].iter().any(|text| EXAMPLE.contains(text.as_str()));
        assert!(shown, "“{key}” is not in the example");
    }
}

fn collect(value: &toml::Value, keys: &mut BTreeSet<String>) {
    match value {
        toml::Value::Table(table) => table.iter().for_each(|(key, value)| {
            keys.insert(key.clone());
            collect(value, keys);
        }),
        toml::Value::Array(entries) => entries.iter().for_each(|entry| collect(entry, keys)),
        _ => {}
    }
}

#[test]
fn endpoints_are_written_and_read() {
    let mut endpoints = Endpoints { route53: Some("http://127.0.0.1:4100".to_owned()), ..Endpoints::default() };
    endpoints.regions.insert(crate::domain::Region::new("eu-west-1"), "http://127.0.0.1:4101".to_owned());
    let config = parsed(EXAMPLE).for_console(endpoints.clone());
    let written = config.to_toml().unwrap();
    assert!(!written.contains("[lab"), "{written}");
    assert_eq!(parsed(&written).endpoints, endpoints);
}

#[test]
fn one_run_finds_every_mistake() {
    let text =
        LEAST.replace("eu-central-1", "eu-west-1").replace("\"30m\"", "\"0s\"").replace("123456789012", "12345") + "unhealthy_atfer = 2\n";
    let error = Config::parse("drlab.toml", &text, &[]).unwrap_err();
    let lines: Vec<_> = error.diagnostics.iter().map(|wrong| wrong.line).collect();
    assert_eq!(lines, [4, 6, 7, 8], "{error}");
    assert_eq!(error.diagnostics[3].hint.as_deref(), Some("did you mean “unhealthy_after”?"));
}

#[test]
fn what_is_too_large_is_not_read() {
    let error = Config::parse("drlab.toml", vec![b'#'; 2 << 20], &[]).unwrap_err();
    assert!(error.to_string().contains("2097152 bytes"), "{error}");
}

#[test]
fn a_place_is_found_by_its_region_and_back() {
    let config = parsed(EXAMPLE);
    let workload = &config.workloads[0];
    for place in Place::ALL {
        assert_eq!(workload.place_of(workload.region_of(*place).unwrap()), Some(*place));
    }
    assert_eq!(workload.site_in(&workload.standby), Some(Site::Standby));
    assert_eq!(workload.site_in(workload.control.as_ref().unwrap()), None);
}

/// A configuration with everything varied that can be, by numbers.
fn any_config() -> impl Strategy<Value = Config> {
    let numbers = proptest::collection::vec(0u32..1000, 24);
    (numbers, any::<[bool; 8]>(), "[a-z][a-z0-9-]{0,10}").prop_map(|(n, yes, name)| {
        let mut config = parsed(EXAMPLE);
        let workload = &mut config.workloads[0];
        workload.name = name;
        workload.objectives = Objectives { rto: Duration::from_secs(u64::from(n[0]) + 1), rpo: Duration::from_millis(u64::from(n[1])) };
        workload.unhealthy_after = n[2] % 100 + 1;
        workload.rto_from = RtoFrom::ALL[usize::from(yes[0])];
        for (_, site) in [Site::Primary, Site::Standby].map(|site| (site, workload.services[0].sites.get(site).clone())) {
            let tasks = n[3];
            *workload.services[0].sites.get_mut(Site::Standby) = SiteService { tasks, failover_tasks: tasks + n[4], ..site };
        }
        if yes[1] {
            workload.database = None;
        } else if let Some(database) = &mut workload.database {
            database.secret = [None, Some(Secret::PerSite { sites: Sites::new("a/b".into(), "c".into()), replicated: yes[3] })]
                [usize::from(yes[2])]
            .clone();
            database.rebuild.standby = None;
            if yes[4] {
                database.kind = DatabaseKind::AuroraGlobal;
                database.global_cluster = Some("global".into());
            }
        }
        if let Some(dns) = &mut workload.dns {
            dns.flip = Flip::ALL[n[5] as usize % Flip::ALL.len()];
            dns.ttl = yes[5].then(|| Duration::from_secs(u64::from(n[6]) + 1));
            dns.probe.url.standby = None;
            dns.probe.scheme = Scheme::ALL[usize::from(yes[6])];
            dns.resolvers.push(HostPort { host: "::1".into(), port: 5300 });
        }
        if yes[7] {
            workload.control = None;
            workload.tables.clear();
            workload.notify.topic = Sites::default();
        }
        workload.automations.push(Automation { region: crate::domain::Region::new("af-south-1"), what: Actor::StateMachine("m".into()) });
        config.lab = Lab::standard(&config.workloads);
        if n[7].is_multiple_of(2) {
            vary(&mut config.lab, &n);
        }
        config
    })
}

fn vary(lab: &mut Lab, n: &[u32]) {
    lab.seed = u64::from(n[8]);
    lab.speed = f64::from(n[9]) / 8.0 + 1.0;
    let least = Duration::from_secs(n[10].into());
    lab.timings.insert("object_replication".to_owned(), Stretch { least, most: least + Duration::from_millis(n[11].into()) });
    for workload in lab.workloads.values_mut() {
        if let Some(database) = &mut workload.database {
            database.class.standby = "db.t4g.medium".to_owned();
            database.multi_az.primary = n[12].is_multiple_of(2);
            database.snapshots =
                (n[13].is_multiple_of(2)).then_some(Snapshots { every: Duration::from_secs(86_400), copied: n[13].is_multiple_of(4) });
            workload.writers.push(Writer {
                name: "more".to_owned(),
                rows_per_second: f64::from(n[14]) / 4.0,
                route: Route::ALL[n[15] as usize % 3],
            });
        }
        workload.application.error_share = f64::from(n[16]) / 1000.0;
        workload.application.health = HealthDepth::ALL[n[17] as usize % 2];
        let bucket = &mut workload.buckets[0];
        bucket.transitions = vec![Transition { days: n[18], class: StorageClass::Glacier }];
        bucket.archived = f64::from(n[19]) / 1000.0;
        let alarm = &mut workload.alarms[0];
        alarm.metric = AlarmMetric::ALL[n[20] as usize % AlarmMetric::ALL.len()];
        alarm.rule = (alarm.metric == AlarmMetric::Composite).then(|| "ALARM(\"a\") AND NOT ALARM(b)".to_owned());
        alarm.site = Place::Primary;
        alarm.threshold = f64::from(n[21]) - 500.5;
        alarm.periods = n[22] % 10 + 1;
        alarm.datapoints = alarm.periods;
        workload.rules[0].enabled = n[23].is_multiple_of(2);
        workload.log_groups.push(LogGroup { name: "/ecs/a b".to_owned(), site: Place::Standby, retention_days: 7 });
        workload.queries.push(LogQuery {
            name: "q".to_owned(),
            log_group: "/ecs/ab".to_owned(),
            text: "filter a\n| stats \"x\"".to_owned(),
        });
        workload.log_groups.push(LogGroup { name: "/ecs/ab".to_owned(), site: Place::Primary, retention_days: 7 });
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(config in any_config()) {
        let written = config.to_toml().unwrap();
        let read = Config::parse("drlab.toml", &written, TIMINGS).map_err(|error| TestCaseError::fail(format!("{error}\n{written}")))?;
        prop_assert_eq!(read, config);
    }

    #[test]
    fn arbitrary_bytes_are_refused_politely(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let error = Config::parse("drlab.toml", &bytes, &[]).unwrap_err();
        prop_assert!(error.to_string().len() < 40_000);
    }

    /// One character of a good file replaced, removed or doubled: read or refused, never a panic, and the place is in the file.
    #[test]
    fn slips_in_a_good_file_are_shown_in_the_file(at in any::<prop::sample::Index>(), put in "[\"=\\[\\]{}#.,a0\n\\\\é\u{0}-]{0,3}", cut in 0usize..4) {
        let all: Vec<char> = EXAMPLE.chars().collect();
        let at = at.index(all.len());
        let text: String = all[..at].iter().copied().chain(put.chars()).chain(all[(at + cut).min(all.len())..].iter().copied()).collect();
        if let Err(error) = Config::parse("drlab.toml", &text, TIMINGS) {
            let lines: Vec<_> = text.split('\n').collect();
            for wrong in &error.diagnostics {
                prop_assert!(wrong.line <= lines.len() && wrong.column <= lines[wrong.line - 1].chars().count() + 1, "{error}");
            }
            prop_assert!(error.to_string().len() < 40_000);
        }
    }
}
