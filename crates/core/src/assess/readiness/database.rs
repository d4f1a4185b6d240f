//! Whether the target's database can take over, and what it would be like.

use super::checks::{Checks, Finding, Weight};
use crate::assess::loss::writes;
use crate::assess::replication::{Lag, lag, lag_subject};
use crate::assess::restore;
use crate::assess::told::clipped;
use crate::assess::writes::{alone, is_at, is_called, writer, writes_by_word};
use crate::config::{Database, DatabaseKind};
use crate::domain::fact::{Cluster, GlobalCluster, Instance, RestorePoint};
use crate::domain::{Subject, Timestamp, Verdict, human_duration, latency};

pub(super) fn check(checks: &mut Checks<'_>, split: bool, outage: Option<Timestamp>) {
    let Some(database) = &checks.look.workload.database else { return };
    let subject = checks.look.workload.database_subject(database, checks.target);
    match database.kind {
        DatabaseKind::RdsReplica => replica(checks, database, &subject),
        DatabaseKind::AuroraGlobal => secondary(checks, database, &subject),
    }
    // Whoever goes beyond it must say so: it does not go through by itself.
    let lag = within_objective(checks, database, split, outage);
    checks.add(Weight::Required, "database.lag", "What would be lost is within the objective", lag);
    restore_point(checks, database);
}

fn replica(checks: &mut Checks<'_>, database: &Database, subject: &Subject) {
    let source_id = database.sites.get(checks.source).as_str();
    let exists = checks.judge::<Instance>(subject, |found| (true, format!("{} is {}", clipped(&found.id, 63), clipped(&found.status, 40))));
    checks.add(Weight::Required, "database.target.exists", "The target database exists", exists);
    let of_source = checks.judge::<Instance>(subject, |found| match found.replica_of.as_deref() {
        Some(of) => (is_called(of, source_id), format!("a replica of {}", clipped(of.rsplit(':').next().unwrap_or(of), 63))),
        None => (false, "it is nobody's replica".to_owned()),
    });
    checks.add(Weight::Required, "database.target.replica", "It is a replica of the source", of_source);
    let promotable = checks.judge::<Instance>(subject, |found| match found.status.as_str() {
        "available" => (true, "status available".to_owned()),
        "backing-up" => (false, "status backing-up: it cannot be promoted until the backup ends".to_owned()),
        status => (false, format!("status {}", clipped(status, 40))),
    });
    checks.add(Weight::Required, "database.target.promotable", "It can be promoted now", promotable);
    // By the target alone: a source that cannot be seen must not keep a failover from being possible.
    let split = checks.judge::<Instance>(subject, |found| {
        let writes = writes_by_word(found);
        (!writes, if writes { "the target takes writes already".to_owned() } else { "the target takes no writes".to_owned() })
    });
    checks.add(Weight::Required, "database.no_split", "Only one site takes writes", split);
    let running = checks.weigh::<Instance>(subject, |found| match found.replication.as_deref() {
        Some(word) => (Some(word == "replicating"), format!("it says “{}”", clipped(word, 40))),
        None => match lag(checks.look, database, checks.target) {
            Lag::Broken => (Some(false), "replication is broken (lag −1)".to_owned()),
            Lag::Now(lag, _) => (Some(true), format!("lag {}", latency(lag))),
            Lag::Old(..) | Lag::Unknown => {
                (None, format!("unknown: lag {}", checks.why_not(&lag_subject(checks.look, database, checks.target))))
            }
        },
    });
    checks.add(Weight::Advisory, "database.replication.running", "Replication is running", running);
    let backups = checks.judge::<Instance>(subject, |found| match found.backup_retention_days {
        days if days > 0 => (true, format!("kept for {days} days")),
        _ => (false, "replica keeps no backups for its first day".to_owned()),
    });
    checks.add(Weight::Advisory, "database.target.backups", "The target keeps backups", backups);
    let parameters = checks.weigh::<Instance>(subject, |found| match found.parameter_status.as_deref() {
        Some(word) => (Some(word == "in-sync"), format!("parameter group {}", clipped(word, 40))),
        None => (None, "RDS does not say".to_owned()),
    });
    checks.add(Weight::Advisory, "database.target.parameters", "Its parameters are in effect", parameters);
    shape(checks, database, subject);
}

/// Held against the source, as long as that can be seen.
fn shape(checks: &mut Checks<'_>, database: &Database, subject: &Subject) {
    let source = checks.look.workload.database_subject(database, checks.source);
    let both: Result<(&Instance, &Instance), Finding> =
        checks.see::<Instance>(subject).and_then(|target| Ok((checks.see::<Instance>(&source)?, target)));
    let size = match both {
        Ok((source, target)) => {
            let (class, storage) = (no_smaller(&target.class, &source.class), target.storage_gb >= source.storage_gb);
            let told = format!(
                "{} {} GB for {} {} GB",
                clipped(&target.class, 40),
                target.storage_gb,
                clipped(&source.class, 40),
                source.storage_gb
            );
            (if storage { class } else { Some(false) }, told)
        }
        Err((_, ref why)) => (None, why.clone()),
    };
    checks.add(Weight::Advisory, "database.target.class", "It is no smaller than the source", size);
    let zones = match both {
        Ok((source, target)) => {
            let word = |multi: bool| if multi { "several zones" } else { "one zone" };
            (Some(target.multi_az || !source.multi_az), format!("{} for {}", word(target.multi_az), word(source.multi_az)))
        }
        Err((_, why)) => (None, why),
    };
    checks.add(Weight::Advisory, "database.target.multi_az", "It is spread as the source is", zones);
}

/// Within one family sizes can be compared; `None` where families differ.
fn no_smaller(target: &str, source: &str) -> Option<bool> {
    if target == source {
        return Some(true);
    }
    let ((family, size), (of, than)) = (target.rsplit_once('.')?, source.rsplit_once('.')?);
    (family == of).then(|| Some(rank(size)? >= rank(than)?)).flatten()
}

fn rank(size: &str) -> Option<u32> {
    let named = ["micro", "small", "medium", "large", "xlarge"];
    if let Some(place) = named.iter().position(|name| *name == size) {
        return u32::try_from(place).ok();
    }
    size.strip_suffix("xlarge")?.parse::<u32>().ok().map(|times| times.saturating_add(4))
}

fn secondary(checks: &mut Checks<'_>, database: &Database, subject: &Subject) {
    let look = checks.look;
    let exists = checks.judge::<Cluster>(subject, |found| {
        (
            !found.members.is_empty(),
            format!("{} is {} with {} instances", clipped(&found.id, 63), clipped(&found.status, 30), found.members.len()),
        )
    });
    checks.add(Weight::Required, "database.target.exists", "The target cluster exists and has an instance", exists);
    let Some(global) = look.workload.global_cluster_subject(database, checks.target) else { return };
    let (id, region) = (database.sites.get(checks.target).as_str(), look.workload.region(checks.target).as_str());
    let member = |found: &'_ GlobalCluster| found.members.iter().any(|member| is_at(&member.cluster, region, id));
    let replica = checks.judge::<GlobalCluster>(&global, |found| {
        let writes = writer(look, database, found);
        let ok = member(found) && writes == Some(checks.source);
        (ok, format!("the writer of {} is {}", clipped(&found.id, 63), writes.map_or("at neither site", |site| site.word())))
    });
    checks.add(Weight::Required, "database.target.replica", "It is a secondary of the source", replica);
    let promotable =
        match checks.judge::<Cluster>(subject, |found| (found.status == "available", format!("status {}", clipped(&found.status, 40)))) {
            (Some(true), why) => checks.judge::<GlobalCluster>(&global, |found| match &found.failover {
                Some(failover) => (false, format!("{} is under way", clipped(&failover.status, 40))),
                None => (true, why),
            }),
            finding => finding,
        };
    checks.add(Weight::Required, "database.target.promotable", "It can be failed over to now", promotable);
    let split = checks.judge::<GlobalCluster>(&global, |found| {
        let writes = writer(look, database, found) == Some(checks.target) || alone(look, database, found, checks.target);
        (!writes, if writes { "the target takes writes already".to_owned() } else { "the target takes no writes".to_owned() })
    });
    checks.add(Weight::Required, "database.no_split", "Only one site takes writes", split);
    let running = checks.weigh::<GlobalCluster>(&global, |found| {
        let member = found.members.iter().find(|member| is_at(&member.cluster, region, id));
        match member.map(|member| member.synchronization.as_deref()) {
            Some(Some(word)) => (Some(word == "connected"), format!("synchronisation: {}", clipped(word, 40))),
            Some(None) => (None, "AWS does not say".to_owned()),
            None => (Some(false), "it is no member of the global cluster".to_owned()),
        }
    });
    checks.add(Weight::Advisory, "database.replication.running", "Replication is running", running);
    let backups = checks
        .judge::<Cluster>(subject, |found| (found.backup_retention_days > 0, format!("kept for {} days", found.backup_retention_days)));
    checks.add(Weight::Advisory, "database.target.backups", "The target keeps backups", backups);
}

/// By what is probably lost, not by what may be: figures are minutes old on the best of days.
fn within_objective(checks: &Checks<'_>, database: &Database, split: bool, outage: Option<Timestamp>) -> Finding {
    let rpo = human_duration(checks.look.workload.objectives.rpo);
    let lost = writes(checks.look, database, checks.target, split, outage);
    let bounded = lost.at_most.is_some();
    let told = match lost.about {
        Some(about) => format!("~{} of {rpo}", latency(about)),
        None => lost.told,
    };
    match lost.verdict {
        Verdict::Critical => (Some(false), told),
        Verdict::Unknown if lost.about.is_none() && bounded => (None, format!("unknown: {told}")),
        Verdict::Unknown => (None, format!("unknown: {}", checks.why_not(&lag_subject(checks.look, database, checks.target)))),
        Verdict::Healthy | Verdict::Degraded => (Some(true), told),
    }
}

/// What is left if the replica is lost too.
fn restore_point(checks: &mut Checks<'_>, database: &Database) {
    let look = checks.look;
    let of = [checks.source, checks.target].map(|of| look.workload.restore_subject(database, of, checks.target));
    let finding = match restore::newest(look, database, checks.target) {
        Some(at) => {
            (Some(true), format!("the newest in {} is {} old", look.workload.region(checks.target), human_duration(look.now.since(at))))
        }
        None => match checks.see::<RestorePoint>(&of[0]) {
            Ok(_) | Err((Some(false), _)) => (Some(false), format!("there is none in {}", look.workload.region(checks.target))),
            Err(finding) => finding,
        },
    };
    checks.add(Weight::Advisory, "database.restore_point", "The target region holds a restore point", finding);
}
