//! Reads one `[[workload]]`.

use std::collections::BTreeSet;
use std::time::Duration;

use super::dns::{Dns, Flip, Probe, Scheme, SiteRecord};
use super::model::{
    Actor, Automation, Bounds, Bucket, Database, DatabaseKind, Named, Notify, Objectives, Rebuild, Repository, RtoFrom, Secret, Service,
    SiteService, Workflow, Workload,
};
use super::shapes;
use super::sites::{Site, Sites};
use crate::domain::Region;
use crate::reading::{Table, Value};

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(86_400);
const WEEK: Duration = Duration::from_secs(7 * 86_400);

/// What parts of a workload are checked against; empty where it could not be read.
struct Around<'t> {
    account: Option<&'t str>,
    sites: Sites<Vec<Region>>,
    regions: Vec<Region>,
}

pub(super) fn workload(value: Value<'_>, names: &mut BTreeSet<String>) -> Option<Workload> {
    value.table(|t| {
        let name = t.need("name", shapes::name);
        unheard(t, "name", name.as_deref(), names, "workload");
        let account = t.need("account", shapes::account);
        let primary = t.need("primary", shapes::region);
        let standby = t.need("standby", shapes::region);
        let control = t.may("control", shapes::region);
        if primary.is_some() && primary == standby {
            t.wrong_at::<()>("standby", "the standby is in the primary's region: a workload's two sites are in two regions");
        }
        let around = Around {
            account: account.as_deref(),
            sites: Sites::new(primary.iter().cloned().collect(), standby.iter().cloned().collect()),
            regions: primary.iter().chain(&standby).chain(&control).cloned().collect(),
        };
        let regions = &around.regions;

        let objectives = t.need("objectives", objectives);
        let unhealthy_after = t.or("unhealthy_after", 3, |v| v.count(1..=100));
        let rto_from = t.or("rto_from", RtoFrom::Outage, |v| v.one_of(RtoFrom::ALL, RtoFrom::word));
        let mut heard = BTreeSet::new();
        let services = t.many("service", |v| service(v, &around, &mut heard));
        let database = t.may("database", |v| database(v, &around));
        let mut heard = BTreeSet::new();
        let buckets = t.many("bucket", |v| bucket(v, &mut heard));
        let dns = t.may("dns", |v| dns(v));
        let notify = t.or("notify", Notify::default(), |v| notify(v, &around));
        let automations = t.many("automation", automation);
        let functions = named(t, "function", regions, &[]);
        // Alarms on Route 53's health checks exist only there.
        let alarms = named(t, "alarm", regions, &["us-east-1"]);
        let keys = t.many("key", |v| v.table(|t| each_site(t, |v, site| placed(v, &around, site))));
        let tables = named(t, "table", regions, &[]);
        let log_groups = named(t, "log_group", regions, &[]);
        let mut heard = BTreeSet::new();
        let repositories = t.many("repository", |v| {
            v.table(|t| {
                let name = t.need("name", shapes::resource);
                unheard(t, "name", name.as_deref(), &mut heard, "repository");
                Some(Repository { name: name? })
            })
        });
        let workflow = t.or("workflow", Workflow::default(), |v| {
            v.table(|t| {
                let machine = |v| shapes::placed(v, around.account, regions);
                Some(Workflow { failover: t.may("failover", machine), failback: t.may("failback", machine) })
            })
        });
        Some(Workload {
            name: name?,
            account: account?,
            primary: primary?,
            standby: standby?,
            control,
            objectives: objectives?,
            unhealthy_after,
            rto_from,
            services,
            database,
            buckets,
            dns,
            notify,
            automations,
            functions,
            alarms,
            keys,
            tables,
            log_groups,
            repositories,
            workflow,
        })
    })
}

/// Notes it if something of this name was there before.
pub(super) fn unheard(t: &mut Table<'_>, key: &'static str, name: Option<&str>, heard: &mut BTreeSet<String>, what: &str) {
    if let Some(name) = name
        && !heard.insert(name.to_owned())
    {
        t.wrong_at::<()>(key, format!("there is already a {what} called “{name}”"));
    }
}

/// The keys `primary` and `standby` of a table, both needed.
pub(super) fn each_site<'t, T>(t: &mut Table<'t>, mut reader: impl FnMut(Value<'t>, Site) -> Option<T>) -> Option<Sites<T>> {
    let primary = t.need("primary", |v| reader(v, Site::Primary));
    let standby = t.need("standby", |v| reader(v, Site::Standby));
    Some(Sites::new(primary?, standby?))
}

fn either_site<'t, T>(v: Value<'t>, mut reader: impl FnMut(Value<'t>, Site) -> Option<T>) -> Option<Sites<Option<T>>> {
    v.table(|t| Some(Sites::new(t.may("primary", |v| reader(v, Site::Primary)), t.may("standby", |v| reader(v, Site::Standby)))))
}

fn placed(v: Value<'_>, around: &Around<'_>, site: Site) -> Option<String> {
    shapes::placed(v, around.account, around.sites.get(site))
}

fn objectives(v: Value<'_>) -> Option<Objectives> {
    v.table(|t| {
        let rto = t.need("rto", |v| v.duration(SECOND..=WEEK));
        let rpo = t.need("rpo", |v| v.duration(Duration::ZERO..=WEEK));
        Some(Objectives { rto: rto?, rpo: rpo? })
    })
}

fn service(v: Value<'_>, around: &Around<'_>, heard: &mut BTreeSet<String>) -> Option<Service> {
    v.table(|t| {
        let name = t.need("name", shapes::name);
        unheard(t, "name", name.as_deref(), heard, "service");
        let autoscaled = t.or("autoscaled", false, Value::flag);
        let sites = each_site(t, |v, site| site_service(v, around, site, autoscaled));
        let (name, sites) = (name?, sites?);
        // The standby carries what the primary carried, unless it is told how much that takes there.
        let carried = sites.primary.0.tasks;
        let sites = sites.map(|(site, told)| {
            let most = site.bounds.map_or(u32::MAX, |bounds| bounds.max);
            SiteService { failover_tasks: told.unwrap_or(site.tasks.max(carried.min(most))), ..site }
        });
        Some(Service { name, autoscaled, sites })
    })
}

/// The service, and its `failover_tasks` if they are given.
fn site_service(v: Value<'_>, around: &Around<'_>, site: Site, autoscaled: bool) -> Option<(SiteService, Option<u32>)> {
    const MOST: u32 = 10_000;
    v.table(|t| {
        let cluster = t.need("cluster", |v| placed(v, around, site));
        let service = t.need("service", |v| placed(v, around, site));
        let tasks = t.need("tasks", |v| v.count(0..=MOST));
        let failover = t.may("failover_tasks", |v| v.count(0..=MOST));
        let min = t.may("min", |v| v.count(0..=MOST));
        let max = t.may("max", |v| v.count(0..=MOST));
        let target_group = t.may("target_group", |v| placed(v, around, site));

        if let (Some(tasks), Some(failover)) = (tasks, failover)
            && failover < tasks
        {
            t.wrong_at::<()>(
                "failover_tasks",
                format!("failover_tasks = {failover} is less than tasks = {tasks}: a failover would shrink the service"),
            );
        }
        for (key, count) in [("tasks", tasks), ("failover_tasks", failover)] {
            if let (Some(count), Some(max)) = (count, max)
                && count > max
            {
                t.wrong_at::<()>(key, format!("{key} = {count} is more than max = {max}"));
            }
        }
        if let (Some(tasks), Some(min)) = (tasks, min)
            && tasks < min
        {
            t.wrong_at::<()>("tasks", format!("tasks = {tasks} is less than min = {min}"));
        }
        if let (Some(min), Some(max)) = (min, max)
            && min > max
        {
            t.wrong_at::<()>("min", format!("min = {min} is more than max = {max}"));
        }
        for (key, given) in [("min", t.value("min").is_some()), ("max", t.value("max").is_some())] {
            if given && !autoscaled {
                t.wrong_at::<()>(key, format!("“{key}” has a meaning only with “autoscaled = true” on the service"));
            } else if !given && autoscaled {
                t.wrong::<()>(format!("“{key}” is missing: the service is autoscaled"));
            }
        }
        let bounds = min.zip(max).map(|(min, max)| Bounds { min, max });
        let site = SiteService { cluster: cluster?, service: service?, tasks: tasks?, failover_tasks: tasks?, bounds, target_group };
        Some((site, failover))
    })
}

fn database(v: Value<'_>, around: &Around<'_>) -> Option<Database> {
    v.table(|t| {
        let kind = t.need("kind", |v| v.one_of(DatabaseKind::ALL, DatabaseKind::word));
        let sites = each_site(t, |v, site| placed(v, around, site));
        let global_cluster = t.may("global_cluster", shapes::resource);
        let secret = t.may("secret", |v| secret(v, around));
        let rebuild = t.or("rebuild", Sites::default(), |v| either_site(v, |v, _| rebuild(v)));
        match (kind, t.value("global_cluster")) {
            (Some(DatabaseKind::AuroraGlobal), None) => {
                t.wrong::<()>("“global_cluster” is missing: an aurora-global database belongs to a global cluster");
            }
            (Some(DatabaseKind::RdsReplica), Some(given)) => {
                given.wrong::<()>("an rds-replica has no global cluster: is the kind “aurora-global”?");
            }
            _ => {}
        }
        Some(Database { kind: kind?, sites: sites?, global_cluster, secret, rebuild, replaced: Sites::default() })
    })
}

fn secret(v: Value<'_>, around: &Around<'_>) -> Option<Secret> {
    if v.is_text() {
        return shapes::resource(v).map(Secret::Same);
    }
    v.table(|t| {
        let sites = each_site(t, |v, site| placed(v, around, site));
        let replicated = t.or("replicated", false, Value::flag);
        Some(Secret::PerSite { sites: sites?, replicated })
    })
}

fn rebuild(v: Value<'_>) -> Option<Rebuild> {
    v.table(|t| {
        let class = t.need("class", shapes::resource);
        let subnet_group = t.may("subnet_group", shapes::resource);
        let parameter_group = t.may("parameter_group", shapes::resource);
        let security_groups = t.many("security_groups", shapes::resource);
        let kms_key = t.may("kms_key", shapes::resource);
        Some(Rebuild { class: class?, subnet_group, parameter_group, security_groups, kms_key })
    })
}

fn bucket(v: Value<'_>, heard: &mut BTreeSet<String>) -> Option<Bucket> {
    v.table(|t| {
        let sites = each_site(t, |v, _| shapes::resource(v));
        let rule = t.may("rule", shapes::words);
        let metrics = t.may("metrics", Value::flag);
        if let Some(sites) = &sites {
            unheard(t, "primary", Some(&sites.primary), heard, "bucket");
            unheard(t, "standby", Some(&sites.standby), heard, "bucket");
        }
        if t.value("rule").is_none() && metrics != Some(false) {
            t.wrong::<()>("“rule” is missing: replication metrics are found by their rule's id (or say “metrics = false”)");
        }
        Some(Bucket { sites: sites?, rule, metrics: metrics.unwrap_or(true) })
    })
}

fn dns(v: Value<'_>) -> Option<Dns> {
    v.table(|t| {
        let zone = t.need("zone", shapes::zone);
        let record = t.need("record", shapes::dns_name);
        let sites = each_site(t, |v, _| {
            v.table(|t| {
                let set_identifier = t.need("set_identifier", shapes::words);
                let health_check = t.may("health_check", shapes::resource);
                let load_balancer = t.may("load_balancer", shapes::dns_name);
                Some(SiteRecord { set_identifier: set_identifier?, health_check, load_balancer })
            })
        });
        let flip = t.or("flip", Flip::FailoverRecord, |v| v.one_of(Flip::ALL, Flip::word));
        let ttl = t.may("ttl", |v| {
            let ttl = v.duration(SECOND..=DAY)?;
            if ttl.subsec_millis() == 0 { Some(ttl) } else { v.wrong("a TTL has whole seconds") }
        });
        let probe = t.need("probe", probe);
        let resolvers = t.many("resolvers", shapes::host_port);
        let name_servers = t.many("name_servers", shapes::host_port);
        if let Some(sites) = &sites {
            if sites.primary.set_identifier == sites.standby.set_identifier {
                t.wrong_at::<()>("standby", "both sites have the same set_identifier: Route 53 tells a pair's records apart by it");
            }
            if matches!(flip, Flip::HealthCheckInvert | Flip::Automatic) && sites.primary.health_check.is_none() {
                t.wrong_at::<()>("primary", format!("“health_check” is missing: “flip = {flip}” works through the primary's health check"));
            }
        }
        Some(Dns { zone: zone?, record: record?, sites: sites?, flip, ttl, probe: probe?, resolvers, name_servers })
    })
}

fn probe(v: Value<'_>) -> Option<Probe> {
    v.table(|t| {
        let path = t.need("path", shapes::path);
        let write_path = t.may("write_path", shapes::path);
        let marker = t.may("marker", shapes::name);
        let every = t.or("every", Duration::from_secs(10), |v| v.duration(SECOND..=Duration::from_secs(300)));
        let scheme = t.or("scheme", Scheme::Https, |v| v.one_of(Scheme::ALL, Scheme::word));
        let port = t.may("port", |v| v.whole(1..=65_535)).and_then(|port| u16::try_from(port).ok());
        let url = t.or("url", Sites::default(), |v| either_site(v, |v, _| shapes::url(v)));
        Some(Probe { path: path?, write_path, marker, every, scheme, port, url })
    })
}

fn notify(v: Value<'_>, around: &Around<'_>) -> Option<Notify> {
    v.table(|t| {
        let topic = t.or("topic", Sites::default(), |v| {
            either_site(v, |v, site| match placed(v, around, site)? {
                arn if arn.starts_with("arn:") => Some(arn),
                name => v.wrong(format!("“{name}” is not an ARN: SNS publishes to topics by ARN only")),
            })
        });
        let webhook = t.may("webhook", shapes::url);
        Some(Notify { topic, webhook })
    })
}

/// It may be in any region: what watches a workload from a third one survives both.
fn automation(v: Value<'_>) -> Option<Automation> {
    v.table(|t| {
        let region = t.need("region", shapes::region);
        let rule = t.may("rule", shapes::resource).map(Actor::Rule);
        let function = t.may("function", shapes::resource).map(Actor::Function);
        let machine = t.may("state_machine", shapes::resource).map(Actor::StateMachine);
        let given = ["rule", "function", "state_machine"].map(|key| t.value(key).is_some()).into_iter().filter(|given| *given).count();
        if given != 1 {
            return t.wrong(format!("an automation is one of “rule”, “function” and “state_machine”; here are {given}"));
        }
        Some(Automation { region: region?, what: rule.or(function).or(machine)? })
    })
}

fn named(t: &mut Table<'_>, key: &'static str, regions: &[Region], besides: &[&str]) -> Vec<Named> {
    let mut heard = BTreeSet::new();
    t.many(key, |v| {
        v.table(|t| {
            let name = t.need("name", shapes::words);
            let region = t.need("region", |v| shapes::region_among(v, regions, besides));
            let (name, region) = (name?, region?);
            if !heard.insert((name.clone(), region.clone())) {
                t.wrong_at::<()>("name", format!("the {key} “{name}” in {region} is here twice"));
            }
            Some(Named { name, region })
        })
    })
}
