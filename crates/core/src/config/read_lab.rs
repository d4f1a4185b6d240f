//! Reads `[lab]`: what is not said there is as `standard` has it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::lab::{
    AlarmMetric, Comparison, Engine, FunctionBehaviour, HealthDepth, Lab, LabAlarm, LabApi, LabApplication, LabBucket, LabDatabase, LabDns,
    LabFunction, LabMachine, LabRule, LabTable, LabWorkload, LogGroup, LogQuery, MachineBehaviour, Missing, Protocol, Route, RuleWhen,
    Snapshots, StorageClass, Stretch, Subscription, Transition, Writer,
};
use super::model::Workload;
use super::shapes;
use super::sites::{Place, Site, Sites};
use super::standard::LEAST_ROWS_PER_SECOND;
use super::workload::{each_site, unheard};
use crate::reading::{Table, Value};

const DAY: Duration = Duration::from_secs(86_400);

/// `timings` are the names of the stretches of time that may be set.
pub(super) fn lab(value: Value<'_>, workloads: &[Workload], timings: &[&str]) -> Option<Lab> {
    let standard = Lab::standard(workloads);
    value.table(|t| {
        let seed = t.or("seed", standard.seed, |v| v.whole(0..=i64::MAX.unsigned_abs()));
        let speed = t.or("speed", standard.speed, |v| v.number(0.1..=10_000.0));
        let timings = t.may("timings", |v| v.entries(|key, name, v| stretch(key, name, v, timings)));
        let told: BTreeMap<_, _> = t
            .may("workload", |v| {
                v.entries(|key, name, v| match workloads.iter().find(|workload| workload.name == name) {
                    Some(workload) => lab_workload(v, workload).map(|lab| (name.to_owned(), lab)),
                    None => key.unknown(name, workloads.iter().map(|workload| workload.name.as_str())),
                })
            })
            .unwrap_or_default()
            .into_iter()
            .collect();
        let mut all = standard.workloads;
        all.extend(told);
        Some(Lab { seed, speed, timings: timings.unwrap_or_default().into_iter().collect(), workloads: all })
    })
}

fn stretch(key: Value<'_>, name: &str, v: Value<'_>, known: &[&str]) -> Option<(String, Stretch)> {
    if !known.contains(&name) {
        return key.unknown(name, known.iter().copied());
    }
    let one = |v: Value<'_>| v.duration(Duration::ZERO..=30 * DAY);
    if v.is_text() {
        return one(v).map(|exact| (name.to_owned(), Stretch { least: exact, most: exact }));
    }
    let mut written = 0;
    let read = v.list(|v| {
        written += 1;
        one(v)
    })?;
    match read.as_slice() {
        [least, most] if least <= most => Some((name.to_owned(), Stretch { least: *least, most: *most })),
        [_, _] => v.wrong("the first duration is the least, the second the most"),
        // Two were written, and what is wrong with them has been noted.
        _ if written == 2 => None,
        _ => v.wrong("write the least and the most, such as [\"2m\", \"5m\"]"),
    }
}

fn lab_workload(v: Value<'_>, workload: &Workload) -> Option<LabWorkload> {
    let standard = LabWorkload::standard(workload);
    v.table(|t| {
        let at = Within { workload };
        let database = match (standard.database, t.value("database")) {
            (Some(standard), Some(v)) => database(v, standard),
            (None, Some(v)) => v.wrong("the workload has no database"),
            (standard, None) => standard,
        };
        let dns = match (standard.dns, t.value("dns")) {
            (Some(standard), Some(v)) => dns(v, standard),
            (None, Some(v)) => v.wrong("the workload has no DNS record"),
            (standard, None) => standard,
        };
        let application = t.or("application", standard.application.clone(), |v| application(v, standard.application.clone()));
        let writers = t.or("writer", standard.writers, |v| writers(v, workload));
        let mut lab = LabWorkload {
            database,
            application,
            dns,
            writers,
            buckets: at.unique(t, "bucket", |t, name, at| at.bucket(t, name)),
            alarms: at.unique(t, "alarm", |t, name, at| at.alarm(t, name)),
            functions: at.unique(t, "function", |t, name, at| at.function(t, name)),
            machines: at.unique(t, "machine", |t, name, at| {
                let site = at.site(t);
                let behaviour = t.need("behaviour", |v| v.one_of(MachineBehaviour::ALL, MachineBehaviour::word));
                Some(LabMachine { name: name?, site: site?, behaviour: behaviour? })
            }),
            rules: at.unique(t, "rule", |t, name, at| at.rule(t, name)),
            subscriptions: t.many("subscription", |v| at.subscription(v)),
            tables: at.unique(t, "table", |t, name, at| {
                let site = at.site(t);
                let partition_key = t.need("partition_key", shapes::resource);
                let sort_key = t.may("sort_key", shapes::resource);
                Some(LabTable { name: name?, site: site?, partition_key: partition_key?, sort_key })
            }),
            apis: at.unique(t, "api", |t, name, at| {
                let site = at.site(t);
                let stage = t.or("stage", "prod".to_owned(), shapes::resource);
                Some(LabApi { name: name?, site: site?, stage })
            }),
            log_groups: at.unique(t, "log_group", |t, name, at| {
                let site = at.site(t);
                let retention_days = t.or("retention_days", 30, |v| v.count(1..=3653));
                Some(LogGroup { name: name?, site: site?, retention_days })
            }),
            queries: at.unique(t, "query", |t, name, _| {
                let log_group = t.need("log_group", shapes::resource);
                let text = t.need("text", |v| v.prose().map(str::to_owned));
                Some(LogQuery { name: name?, log_group: log_group?, text: text? })
            }),
        };
        lab.complete(workload);
        references(t, &lab);
        Some(lab)
    })
}

/// What is named must be there.
fn references(t: &mut Table<'_>, lab: &LabWorkload) {
    let functions: Vec<_> = lab.functions.iter().map(|function| function.name.as_str()).collect();
    let machines = lab.machines.iter().map(|machine| machine.name.as_str());
    let startable: Vec<_> = functions.iter().copied().chain(machines).collect();
    let tables: Vec<_> = lab.tables.iter().map(|table| table.name.as_str()).collect();
    let groups: Vec<_> = lab.log_groups.iter().map(|group| group.name.as_str()).collect();
    for (list, key, known) in [
        ("function", "invokes", &functions),
        ("function", "table", &tables),
        ("rule", "target", &startable),
        ("query", "log_group", &groups),
    ] {
        let Some(entries) = t.value(list) else { continue };
        entries.visit(key, |v| {
            if let Some(name) = v.text()
                && !known.contains(&name)
            {
                v.unknown::<()>(name, known.iter().copied());
            }
        });
    }
}

fn database(v: Value<'_>, standard: LabDatabase) -> Option<LabDatabase> {
    v.table(|t| {
        let kind = standard.engine.kind();
        let engine = t.or("engine", standard.engine, |v| {
            let engine = v.one_of(Engine::ALL, Engine::word)?;
            if engine.kind() == kind {
                Some(engine)
            } else {
                v.wrong(format!("the workload's database is of kind {kind}, and {engine} is not"))
            }
        });
        let standard = LabDatabase::standard(engine);
        let most_instances = if engine.is_aurora() { 16 } else { 1 };
        Some(LabDatabase {
            engine,
            version: t.or("version", standard.version, shapes::resource),
            class: t.or("class", standard.class, |v| both_or_each(v, shapes::resource)),
            multi_az: t.or("multi_az", standard.multi_az, |v| both_or_each(v, Value::flag)),
            instances: t.or("instances", standard.instances, |v| both_or_each(v, |v| v.count(1..=most_instances))),
            storage_gb: t.or("storage_gb", standard.storage_gb, |v| v.count(20..=65_536)),
            backup_retention_days: t.or("backup_retention_days", standard.backup_retention_days, |v| both_or_each(v, |v| v.count(0..=35))),
            backup_window: t.or("backup_window", standard.backup_window, window),
            snapshots: t.may("snapshots", |v| {
                v.table(|t| {
                    let every = t.need("every", |v| v.duration(Duration::from_secs(3600)..=30 * DAY));
                    let copied = t.or("copied", true, Value::flag);
                    Some(Snapshots { every: every?, copied })
                })
            }),
        })
    })
}

/// `hh:mm-hh:mm`
fn window(v: Value<'_>) -> Option<String> {
    let text = v.text()?;
    let time = |text: &str| match text.as_bytes() {
        [h1, h2, b':', m1, m2] => {
            let digits = [h1, h2, m1, m2].iter().all(|c| c.is_ascii_digit());
            digits && text.get(..2).is_some_and(|hour| hour < "24") && text.get(3..).is_some_and(|minute| minute < "60")
        }
        _ => false,
    };
    match text.split_once('-') {
        Some((from, to)) if time(from) && time(to) && from != to => Some(text.to_owned()),
        _ => v.wrong("a backup window is written like \"03:00-03:30\", in UTC"),
    }
}

/// One value for both sites, or a table with one each.
fn both_or_each<'t, T: Clone>(v: Value<'t>, mut reader: impl FnMut(Value<'t>) -> Option<T>) -> Option<Sites<T>> {
    if v.is_table() { v.table(|t| each_site(t, |v, _: Site| reader(v))) } else { reader(v).map(Sites::both) }
}

fn application(v: Value<'_>, standard: LabApplication) -> Option<LabApplication> {
    v.table(|t| {
        Some(LabApplication {
            image: t.or("image", standard.image, |v| match shapes::resource(v)? {
                image if image.contains(':') => Some(image),
                _ => v.wrong("an image is written as repository:tag"),
            }),
            image_present: t.or("image_present", standard.image_present, |v| both_or_each(v, Value::flag)),
            health: t.or("health", standard.health, |v| v.one_of(HealthDepth::ALL, HealthDepth::word)),
            task_capacity: t.or("task_capacity", standard.task_capacity, |v| v.number(0.1..=1e6)),
            requests_per_second: t.or("requests_per_second", standard.requests_per_second, |v| v.number(0.0..=1e7)),
            latency_ms: t.or("latency_ms", standard.latency_ms, |v| v.count(1..=60_000)),
            error_share: t.or("error_share", standard.error_share, |v| v.number(0.0..=1.0)),
            certificate: t.or("certificate", standard.certificate, |v| both_or_each(v, Value::flag)),
        })
    })
}

fn dns(v: Value<'_>, standard: LabDns) -> Option<LabDns> {
    v.table(|t| {
        Some(LabDns {
            check_interval: t.or("check_interval", standard.check_interval, |v| match v.duration(Duration::ZERO..=DAY)? {
                interval if [10, 30].map(Duration::from_secs).contains(&interval) => Some(interval),
                _ => v.wrong("Route 53 checks every \"10s\" or every \"30s\""),
            }),
            failure_threshold: t.or("failure_threshold", standard.failure_threshold, |v| v.count(1..=10)),
            evaluate_target_health: t.or("evaluate_target_health", standard.evaluate_target_health, Value::flag),
            accelerated_recovery: t.or("accelerated_recovery", standard.accelerated_recovery, Value::flag),
        })
    })
}

fn writers(v: Value<'_>, workload: &Workload) -> Option<Vec<Writer>> {
    if workload.database.is_none() {
        return v.wrong("the workload has no database to write to");
    }
    let mut heard = BTreeSet::new();
    let mut whole = true;
    let writers = v.list(|v| {
        let read = v.table(|t| {
            let name = t.need("name", shapes::name);
            unheard(t, "name", name.as_deref(), &mut heard, "writer");
            let rows_per_second = t.need("rows_per_second", |v| v.number(0.0..=100_000.0));
            let route = t.or("route", Route::Dns, |v| v.one_of(Route::ALL, Route::word));
            Some(Writer { name: name?, rows_per_second: rows_per_second?, route })
        });
        whole &= read.is_some();
        read
    })?;
    let rows: f64 = writers.iter().map(|writer| writer.rows_per_second).sum();
    if whole && rows < LEAST_ROWS_PER_SECOND {
        return v.wrong(format!("the writers write {rows} rows a second in all; lost writes are counted from {LEAST_ROWS_PER_SECOND} on"));
    }
    Some(writers)
}

/// The workload that an entry belongs to.
#[derive(Clone, Copy)]
struct Within<'w> {
    workload: &'w Workload,
}

impl<'w> Within<'w> {
    /// The entries of an array of tables with a `name` that is unique at its site.
    fn unique<'t, T>(
        self,
        t: &mut Table<'t>,
        key: &'static str,
        mut reader: impl FnMut(&mut Table<'t>, Option<String>, Self) -> Option<T>,
    ) -> Vec<T> {
        let mut heard = BTreeSet::new();
        t.many(key, |v| {
            v.table(|t| {
                let name = t.need("name", shapes::words);
                let site = t.value("site").and_then(Value::as_text);
                if let Some(name) = &name
                    && !heard.insert((name.clone(), site))
                {
                    t.wrong_at::<()>("name", format!("the {key} “{name}” is here twice for that site"));
                }
                reader(t, name, self)
            })
        })
    }

    fn site(self, t: &mut Table<'_>) -> Option<Place> {
        t.need("site", |v| self.place(v))
    }

    fn place(self, v: Value<'_>) -> Option<Place> {
        let place = v.one_of(Place::ALL, Place::word)?;
        if self.workload.region_of(place).is_some() { Some(place) } else { v.wrong("the workload has no control region") }
    }

    fn bucket(self, t: &mut Table<'_>, name: Option<String>) -> Option<LabBucket> {
        let paired = self.workload.buckets.iter().any(|bucket| Some(&bucket.sites.primary) == name.as_ref());
        let site = t.or("site", Place::Primary, |v| match self.place(v)? {
            Place::Primary => Some(Place::Primary),
            _ if paired => v.wrong("this is one of the workload's pairs, which are named by the bucket at the primary"),
            place => Some(place),
        });
        let standard = LabBucket::standard(name.clone().unwrap_or_default(), site);
        let bucket = LabBucket {
            objects: t.or("objects", standard.objects, |v| v.count(0..=1_000_000)),
            prefix: t.or("prefix", standard.prefix.clone(), |v| v.prose().map(str::to_owned)),
            object_bytes: t.or("object_bytes", standard.object_bytes, |v| v.whole(0..=5_000_000_000_000)),
            writes_per_minute: t.or("writes_per_minute", standard.writes_per_minute, |v| v.number(0.0..=1e6)),
            delete_markers: t.or("delete_markers", standard.delete_markers, Value::flag),
            destination_class: t.or("destination_class", standard.destination_class, |v| v.one_of(StorageClass::ALL, StorageClass::word)),
            transitions: t.many("transition", |v| {
                v.table(|t| {
                    let days = t.need("days", |v| v.count(0..=36_500));
                    let class = t.need("class", |v| v.one_of(StorageClass::ALL, StorageClass::word));
                    Some(Transition { days: days?, class: class? })
                })
            }),
            archived: t.or("archived", standard.archived, |v| v.number(0.0..=1.0)),
            ..standard
        };
        if bucket.transitions.windows(2).any(|pair| pair[0].days >= pair[1].days) {
            t.wrong_at::<()>("transition", "transitions are written in the order of their days");
        }
        if bucket.archived > 0.0 && bucket.transitions.is_empty() {
            t.wrong_at::<()>("archived", "no object can have moved on without a transition");
        }
        name.map(|_| bucket)
    }

    fn alarm(self, t: &mut Table<'_>, name: Option<String>) -> Option<LabAlarm> {
        let site = self.site(t);
        let metric = t.need("metric", |v| v.one_of(AlarmMetric::ALL, AlarmMetric::word));
        // Every key is asked for before anything is given up, so a stand-in serves until the end.
        let shown = metric.unwrap_or(AlarmMetric::Alb5xx);
        let standard = LabAlarm::standard(name.clone().unwrap_or_default(), site.unwrap_or(Place::Primary), shown, self.workload);
        let periods = t.or("periods", standard.periods, |v| v.count(1..=1440));
        let alarm = LabAlarm {
            target: t.may("target", shapes::resource),
            comparison: t.or("comparison", standard.comparison, |v| v.one_of(Comparison::ALL, Comparison::word)),
            threshold: t.or("threshold", standard.threshold, |v| v.number(-1e15..=1e15)),
            period: t.or("period", standard.period, |v| match v.duration(Duration::from_secs(10)..=DAY)? {
                period if period.as_millis() % 60_000 == 0 => Some(period),
                _ => v.wrong("the lab's metrics have a point a minute: a period is a number of whole minutes"),
            }),
            periods,
            datapoints: t.or("datapoints", periods, |v| v.count(1..=periods)),
            missing: t.or("missing", standard.missing, |v| v.one_of(Missing::ALL, Missing::word)),
            notify: t.or("notify", standard.notify, Value::flag),
            rule: t.may("rule", |v| v.prose().map(str::to_owned)),
            ..standard
        };
        if let Some(metric) = metric
            && (metric == AlarmMetric::Composite) != t.value("rule").is_some()
        {
            t.wrong_at::<()>("rule", "a composite alarm, and no other, has a “rule” such as \"ALARM(a) AND ALARM(b)\"");
        }
        (name.is_some() && site.is_some() && metric.is_some()).then_some(alarm)
    }

    fn function(self, t: &mut Table<'_>, name: Option<String>) -> Option<LabFunction> {
        let site = self.site(t);
        let behaviour = t.need("behaviour", |v| v.one_of(FunctionBehaviour::ALL, FunctionBehaviour::word));
        let after_failures = t.or("after_failures", 3, |v| v.count(1..=1000));
        let invokes = t.may("invokes", shapes::resource);
        let table = t.may("table", shapes::resource);
        Some(LabFunction { name: name?, site: site?, behaviour: behaviour?, after_failures, invokes, table })
    }

    fn rule(self, t: &mut Table<'_>, name: Option<String>) -> Option<LabRule> {
        let site = self.site(t);
        let schedule = t.may("schedule", |v| match v.text()? {
            text if (text.starts_with("rate(") || text.starts_with("cron(")) && text.ends_with(')') => Some(text.to_owned()),
            _ => v.wrong("a schedule is written like \"rate(5 minutes)\" or \"cron(0 3 ? * SUN *)\""),
        });
        let pattern = t.may("pattern", |v| match v.prose()?.trim() {
            text if text.starts_with('{') && text.ends_with('}') => Some(text.to_owned()),
            _ => v.wrong("an event pattern is a JSON object"),
        });
        let target = t.may("target", shapes::resource);
        let enabled = t.or("enabled", true, Value::flag);
        let when = match (t.value("schedule").is_some(), t.value("pattern").is_some()) {
            (true, false) => schedule.map(RuleWhen::Schedule),
            (false, true) => pattern.map(RuleWhen::Pattern),
            _ => t.wrong("a rule has either a “schedule” or a “pattern”"),
        };
        Some(LabRule { name: name?, site: site?, when: when?, target, enabled })
    }

    fn subscription(self, v: Value<'_>) -> Option<Subscription> {
        v.table(|t| {
            let site = t.need("site", |v| {
                let site = v.one_of(Site::ALL, Site::word)?;
                if self.workload.notify.topic.get(site).is_some() {
                    Some(site.into())
                } else {
                    v.wrong("that site has no topic in the workload's “notify”")
                }
            });
            let protocol = t.need("protocol", |v| v.one_of(Protocol::ALL, Protocol::word));
            let endpoint = t.need("endpoint", |v| match (protocol, v.text()?) {
                (Some(Protocol::Email), text) if !text.contains('@') => v.wrong("this is not an e-mail address"),
                (Some(Protocol::Https), text) if !text.starts_with("https://") => v.wrong("this is not an https URL"),
                (_, text) => Some(text.to_owned()),
            });
            let confirmed = t.or("confirmed", true, Value::flag);
            Some(Subscription { site: site?, protocol: protocol?, endpoint: endpoint?, confirmed })
        })
    }
}
