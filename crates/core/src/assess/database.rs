//! The database at a site: its role, in a word, and how busy it is.

use super::assessment::Component;
use super::look::Look;
use super::metric::{Measured, steady};
use super::row::Row;
use super::told::clipped;
use super::writes::{alone, is_at, writer, writes_by_word};
use crate::config::{Database, DatabaseKind, Site};
use crate::domain::fact::{Cluster, GlobalCluster, Instance};
use crate::domain::{Measure, Seen, Verdict};

pub(super) fn database(look: Look<'_>, database: &Database, site: Site, carries: bool) -> Component {
    let mut row = Row::new(look, format!("{site}/database"), Some(site.into()), "db");
    let busy = match database.kind {
        DatabaseKind::RdsReplica => instance(&mut row, look, database, site),
        DatabaseKind::AuroraGlobal => cluster(&mut row, look, database, site),
    };
    let metrics = [(Measure::DatabaseCpu, "cpu"), (Measure::Connections, "conn")];
    for (measure, word) in metrics {
        let subject = look.workload.database_metric(database, site, measure);
        row.series(subject.clone());
        if !(busy || carries) {
            continue;
        }
        match steady(look, &subject) {
            Measured::Now(point) => {
                row.figure(load(word, measure, point.value));
                row.aged_by(&subject);
                if measure == Measure::Connections && busy && carries && point.value <= 0.0 {
                    row.says(Verdict::Degraded, "nobody is connected");
                }
                if measure == Measure::DatabaseCpu && point.value >= 95.0 {
                    row.says(Verdict::Degraded, format!("cpu is at {:.0}%", point.value));
                }
            }
            Measured::Old(point) => {
                row.figure(load(word, measure, point.value));
                row.aged_by(&subject);
                row.old(format!("{word} is old"));
            }
            Measured::Nothing | Measured::Unknown => {
                row.figure(format_args!("{word} unknown"));
                row.doubt_of(word, &subject);
            }
        }
    }
    row.done()
}

fn load(word: &str, measure: Measure, value: f64) -> String {
    format!("{word} {value:.0}{}", measure.unit())
}

/// Gives back whether it is the one that works, so that its load matters.
fn instance(row: &mut Row<'_>, look: Look<'_>, database: &Database, site: Site) -> bool {
    match row.watch::<Instance>(look.workload.database_subject(database, site)) {
        Seen::Now(found, _) => {
            row.figure(word(found));
            judge(row, found);
            !found.is_replica()
        }
        Seen::Stale(found, _) => {
            row.figure(word(found));
            !found.is_replica()
        }
        Seen::Missing(_) => {
            row.missing(&format!("instance {}", clipped(database.sites.get(site), 70)), Verdict::Critical);
            false
        }
        Seen::Unknown(_) => false,
    }
}

fn word(found: &Instance) -> String {
    let status = clipped(&found.status, 36);
    match (found.is_replica(), found.status.as_str(), found.replication.as_deref()) {
        _ if perhaps_promoted(found) => format!("promoting? {status}"),
        (true, _, Some(replication)) if replication != "replicating" => "replica, not replicating".to_owned(),
        (true, "available", _) => "replica, promotable".to_owned(),
        (true, ..) => format!("replica, {status}"),
        (false, "available", _) => "writable".to_owned(),
        (false, ..) if writes_by_word(found) => format!("writable, {status}"),
        _ => status.into_owned(),
    }
}

/// RDS tells a promotion as a modification and a reboot of something that still calls itself a replica.
pub(super) fn perhaps_promoted(found: &Instance) -> bool {
    found.is_replica() && matches!(found.status.as_str(), "modifying" | "rebooting")
}

fn judge(row: &mut Row<'_>, found: &Instance) {
    let status = clipped(&found.status, 40);
    if found.is_replica() {
        match found.status.as_str() {
            "available" => {}
            "backing-up" => row.says(Verdict::Degraded, "it cannot be promoted while it is backing up"),
            _ if perhaps_promoted(found) => row.says(Verdict::Degraded, format!("the replica is {status}: perhaps somebody promotes it")),
            _ => row.says(Verdict::Degraded, format!("the replica is {status}")),
        }
        if let Some(replication) = found.replication.as_deref().filter(|replication| *replication != "replicating") {
            row.says(Verdict::Critical, format!("its replication says “{}”", clipped(replication, 40)));
        }
    } else if !writes_by_word(found) {
        row.says(Verdict::Critical, format!("the database is {status}"));
    }
    if found.parameter_status.as_deref().is_some_and(|status| status == "pending-reboot") {
        row.says(Verdict::Healthy, "parameters wait for a reboot");
    }
}

fn cluster(row: &mut Row<'_>, look: Look<'_>, database: &Database, site: Site) -> bool {
    let id = database.sites.get(site);
    let own = row.watch::<Cluster>(look.workload.database_subject(database, site));
    let global =
        look.workload.global_cluster_subject(database, site).map_or(Seen::Unknown(None), |subject| row.watch::<GlobalCluster>(subject));
    let role = global.last().and_then(|found| writer(look, database, found));
    let writes = role == Some(site);
    if role.is_none() {
        row.doubt("which cluster writes is not known".to_owned());
    }
    match own {
        Seen::Now(found, _) => {
            let apart = global.now().is_some_and(|global| alone(look, database, global, site));
            row.figure(if apart { "writable, on its own".to_owned() } else { role_word(role, site, &found.status) });
            if found.members.is_empty() {
                row.says(Verdict::Critical, "the cluster has no instance");
            }
            match found.status.as_str() {
                "available" | "backing-up" | "modifying" | "storage-optimization" => {}
                status if writes => row.says(Verdict::Critical, format!("the cluster is {}", clipped(status, 40))),
                status => row.says(Verdict::Degraded, format!("the cluster is {}", clipped(status, 40))),
            }
        }
        Seen::Stale(found, _) => row.figure(role_word(role, site, &found.status)),
        Seen::Missing(_) => row.missing(&format!("cluster {}", clipped(id, 70)), Verdict::Critical),
        Seen::Unknown(_) => {}
    }
    match global {
        Seen::Now(found, _) => {
            if let Some(failover) = &found.failover {
                row.figure(clipped(&failover.status, 24));
                row.says(Verdict::Degraded, format!("{} is {}", found.id, clipped(&failover.status, 40)));
            }
            let region = look.workload.region(site).as_str();
            let member = found.members.iter().find(|member| is_at(&member.cluster, region, id));
            match member.map(|member| member.synchronization.as_deref()) {
                None => row.says(Verdict::Degraded, format!("not a member of {}", found.id)),
                Some(Some(word)) if word != "connected" => row.says(Verdict::Degraded, format!("synchronisation: {}", clipped(word, 40))),
                Some(_) => {}
            }
        }
        Seen::Missing(_) => row.says(Verdict::Critical, "the global cluster does not exist"),
        Seen::Stale(..) | Seen::Unknown(_) => {}
    }
    writes
}

fn role_word(role: Option<Site>, site: Site, status: &str) -> String {
    let suffix = if status == "available" { String::new() } else { format!(", {}", clipped(status, 30)) };
    match role {
        Some(writes) if writes == site => format!("writable{suffix}"),
        Some(_) if status == "available" => "secondary, promotable".to_owned(),
        Some(_) => format!("secondary{suffix}"),
        None => format!("role unknown{suffix}"),
    }
}
