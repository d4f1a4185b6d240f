use std::collections::BTreeSet;

use crate::config::{Actor, Config, DatabaseKind, Site, Workload};
use crate::domain::{On, Region};

/// What a run makes is called after what it is made of, cut to what RDS takes: so much of a name always stays.
const KEPT: usize = 16;

/// What a run calls the copies that it may clear away again.
const MADE: [&str; 2] = ["restored", "rewound"];

/// Everything of this kind that a configuration names, as IAM names it.
pub(super) fn named(config: &Config, on: On) -> BTreeSet<String> {
    if on == On::Everything {
        return BTreeSet::from(["*".to_owned()]);
    }
    let mut found: BTreeSet<String> = config.workloads.iter().flat_map(|workload| of(workload, on)).collect();
    // What a wider name holds already need not be said.
    let wide: Vec<String> = found.iter().filter_map(|name| name.strip_suffix('*')).map(str::to_owned).collect();
    found.retain(|name| !wide.iter().any(|start| name.starts_with(start) && name[start.len()..] != *"*"));
    found
}

fn of(workload: &Workload, on: On) -> Vec<String> {
    let account = &workload.account;
    let arn = |service: &str, region: &str, rest: String| {
        // Whoever wrote down the whole name is taken at their word.
        if rest.starts_with("arn:") { rest } else { format!("arn:aws:{service}:{region}:{account}:{rest}") }
    };
    let at = |service: &str, region: &Region, kind: &str, name: &str| {
        if name.starts_with("arn:") { name.to_owned() } else { arn(service, region.as_str(), format!("{kind}{name}")) }
    };
    let acts = |wanted: fn(&Actor) -> bool| workload.automations.iter().filter(move |found| wanted(&found.what));
    let sites = || workload.sites().iter().map(|(site, region)| (site, *region)).collect::<Vec<_>>();
    match on {
        On::Everything => vec!["*".to_owned()],
        On::Services => sites()
            .into_iter()
            .flat_map(|(site, region)| {
                let named = |service: &crate::config::Service| {
                    let service = service.sites.get(site);
                    at("ecs", region, "service/", &format!("{}/{}", service.cluster, service.service))
                };
                workload.services.iter().map(named).collect::<Vec<_>>()
            })
            .collect(),
        On::ScalableTargets if workload.services.iter().any(|service| service.autoscaled) => {
            sites().into_iter().map(|(_, region)| at("application-autoscaling", region, "scalable-target/", "*")).collect()
        }
        On::ScalableTargets => Vec::new(),
        On::Databases => databases(workload, &at),
        On::Copies => copies(workload, &at),
        On::Secrets => workload
            .database
            .iter()
            .filter_map(|database| database.secret.as_ref())
            .flat_map(|secret| {
                // Secrets Manager ends every name with six letters of its own.
                sites()
                    .into_iter()
                    .map(|(site, region)| {
                        let name = secret.at(site);
                        if name.starts_with("arn:") {
                            name.to_owned()
                        } else {
                            at("secretsmanager", region, "secret:", &format!("{name}-??????"))
                        }
                    })
                    .collect::<Vec<_>>()
            })
            .collect(),
        On::Keys => workload
            .keys
            .iter()
            .flat_map(|key| {
                sites()
                    .into_iter()
                    .map(|(site, region)| {
                        let key = key.get(site);
                        // An alias is no resource of a policy; the key behind it is not known here.
                        let kind = if key.starts_with("alias/") { "key/*".to_owned() } else { format!("key/{key}") };
                        if key.starts_with("arn:") { key.clone() } else { arn("kms", region.as_str(), kind) }
                    })
                    .collect::<Vec<_>>()
            })
            .collect(),
        On::Buckets => buckets(workload).map(|bucket| format!("arn:aws:s3:::{bucket}")).collect(),
        On::Objects => buckets(workload).map(|bucket| format!("arn:aws:s3:::{bucket}/*")).collect(),
        On::Zones => workload.dns.iter().map(|dns| format!("arn:aws:route53:::hostedzone/{}", dns.zone)).collect(),
        On::HealthChecks => workload
            .dns
            .iter()
            .flat_map(|dns| dns.sites.iter().filter_map(|(_, record)| record.health_check.as_ref()).collect::<Vec<_>>())
            .map(|check| format!("arn:aws:route53:::healthcheck/{check}"))
            .collect(),
        On::Rules => {
            acts(|what| matches!(what, Actor::Rule(_))).map(|found| at("events", &found.region, "rule/", found.what.name())).collect()
        }
        On::Functions => {
            let held =
                acts(|what| matches!(what, Actor::Function(_))).map(|found| at("lambda", &found.region, "function:", found.what.name()));
            held.chain(workload.functions.iter().map(|found| at("lambda", &found.region, "function:", &found.name))).collect()
        }
        On::Machines => machines(workload, &at),
        On::Executions => {
            machines(workload, &at).into_iter().map(|machine| format!("{}:*", machine.replace(":stateMachine:", ":execution:"))).collect()
        }
        On::Topics => Site::ALL.iter().filter_map(|site| workload.notify.topic.get(*site).clone()).collect(),
        On::Tables => workload.tables.iter().map(|table| at("dynamodb", &table.region, "table/", &table.name)).collect(),
        On::Repositories => workload
            .repositories
            .iter()
            .flat_map(|repository| {
                sites().into_iter().map(|(_, region)| at("ecr", region, "repository/", &repository.name)).collect::<Vec<_>>()
            })
            .collect(),
    }
}

type At<'a> = dyn Fn(&str, &Region, &str, &str) -> String + 'a;

fn databases(workload: &Workload, at: &At<'_>) -> Vec<String> {
    let Some(database) = &workload.database else { return Vec::new() };
    // The thing itself, and what a new one is made from and with.
    let (itself, others): (_, &[&str]) = match database.kind {
        DatabaseKind::RdsReplica => ("db:", &["snapshot:", "auto-backup:", "subgrp:", "pg:", "og:"]),
        DatabaseKind::AuroraGlobal => ("cluster:", &["cluster-snapshot:"]),
    };
    let mut found = Vec::new();
    for (_, region) in workload.sites().iter() {
        // After a failover and the way back either region may have either name.
        found.extend(database.sites.iter().map(|(_, id)| at("rds", region, itself, &format!("{}*", start(id)))));
    }
    // Any of them will do, in whichever region.
    found.extend(others.iter().map(|kind| at("rds", &Region::new("*"), kind, "*")));
    // A global cluster is in no region.
    found.extend(database.global_cluster.iter().map(|global| at("rds", &Region::new(""), "global-cluster:", global)));
    found
}

fn copies(workload: &Workload, at: &At<'_>) -> Vec<String> {
    let Some(database) = &workload.database else { return Vec::new() };
    let of_site = |region: &Region| {
        let made = database.sites.iter().flat_map(|(_, id)| MADE.map(|what| format!("{}*-{what}-*", start(id))));
        made.map(|name| at("rds", region, "db:", &name)).collect::<Vec<_>>()
    };
    workload.sites().iter().flat_map(|(_, region)| of_site(region)).collect()
}

fn start(id: &str) -> String {
    id.rsplit(':').next().unwrap_or(id).chars().take(KEPT).collect()
}

fn buckets(workload: &Workload) -> impl Iterator<Item = &String> {
    workload.buckets.iter().flat_map(|bucket| [&bucket.sites.primary, &bucket.sites.standby])
}

fn machines(workload: &Workload, at: &At<'_>) -> Vec<String> {
    let held = workload.automations.iter().filter(|found| matches!(found.what, Actor::StateMachine(_)));
    let held = held.map(|found| at("states", &found.region, "stateMachine:", found.what.name()));
    held.chain(workload.workflow.failover.clone()).chain(workload.workflow.failback.clone()).collect()
}
