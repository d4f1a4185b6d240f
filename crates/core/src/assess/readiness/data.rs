//! What the application needs besides its database: certificate, secret, keys, objects.

use super::checks::{Checks, Finding, Weight, worst};
use crate::assess::backlog::oldest_waits;
use crate::assess::compact::{judge_certificate, needs_certificate};
use crate::assess::metric::{Measured, counted, steady};
use crate::assess::replication::replicates;
use crate::assess::told::{bytes, clipped};
use crate::config::Bucket;
use crate::domain::fact::{Certificate, Key, Replication, Secret};
use crate::domain::{Kind, Measure, Subject, human_duration};

/// With more than this on its way, a failover leaves a noticeable hole behind.
const BACKLOG: f64 = 100.0 * 1024.0 * 1024.0;

pub(super) fn check(checks: &mut Checks<'_>) {
    let look = checks.look;
    let workload = look.workload;
    if let Some(dns) = workload.dns.as_ref().filter(|dns| needs_certificate(dns)) {
        let finding = checks.judge::<Certificate>(&workload.certificate_subject(dns, checks.target), |found| {
            let (ok, why) = judge_certificate(look, found);
            if found.names.iter().any(|name| covers(name, &dns.record)) {
                (ok, why)
            } else {
                (false, format!("no certificate covers {}", dns.record))
            }
        });
        checks.add(Weight::Required, "certificate", "The target's certificate covers the record, and lives", finding);
    }
    secret(checks);
    let target = checks.target;
    for (index, key) in workload.keys.iter().enumerate() {
        let finding = checks.judge::<Key>(&Subject::new(Kind::Key, workload.region(target), key.get(target)), |found| {
            (found.state == "Enabled", format!("the key is {}", clipped(&found.state, 40)))
        });
        let id = if index == 0 { "key".to_owned() } else { format!("key.{index}") };
        checks.add(Weight::Required, id, "The key can be used at the target", finding);
    }
    for bucket in &workload.buckets {
        objects(checks, bucket);
    }
}

/// Whether a certificate's name covers a record's: a star stands for one label.
fn covers(name: &str, record: &str) -> bool {
    let same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
    match name.strip_prefix("*.") {
        Some(rest) => record.split_once('.').is_some_and(|(_, zone)| same(zone, rest)),
        None => same(name, record),
    }
}

fn secret(checks: &mut Checks<'_>) {
    let workload = checks.look.workload;
    let Some(database) = &workload.database else { return };
    let Some((here, there)) = workload.secret_subject(database, checks.target).zip(workload.secret_subject(database, checks.source)) else {
        return;
    };
    let exists = checks.judge::<Secret>(&here, |found| match found.deleted_at {
        Some(_) => (false, "it is marked for deletion".to_owned()),
        None => (true, "it exists".to_owned()),
    });
    checks.add(Weight::Required, "secret.target", "The secret exists at the target", exists);
    if database.secret.as_ref().is_some_and(crate::config::Secret::is_replicated) {
        let region = workload.region(checks.target);
        // Told by the one it is written in, which is the other end after a failover.
        let told = [&here, &there].into_iter().find_map(|subject| {
            let found = checks.look.see::<Secret>(subject).now()?;
            found.replicas.iter().find(|replica| replica.region == *region || found.primary_region.as_ref() == Some(region))
        });
        let finding = match told {
            Some(replica) => {
                (Some(replica.status == "InSync"), format!("replica in {} is {}", replica.region, clipped(&replica.status, 30)))
            }
            None => match checks.see::<Secret>(&there) {
                Ok(_) => (Some(false), format!("it is not replicated to {region}")),
                Err((_, why)) => (None, why),
            },
        };
        checks.add(Weight::Advisory, "secret.sync", "The replicated secret is in sync", finding);
    }
}

fn objects(checks: &mut Checks<'_>, bucket: &Bucket) {
    let look = checks.look;
    let source = checks.source;
    let id = |what: &str| format!("bucket.{}.{what}", bucket.sites.primary);
    let rule = checks.judge::<Replication>(&look.workload.bucket_subject(bucket, source), |found| replicates(found, bucket, source));
    checks.add(Weight::Advisory, id("replication"), format!("{} is replicated", bucket.sites.primary), rule);
    if !bucket.metrics {
        return;
    }
    let metric = |measure| look.workload.bucket_metric(bucket, source, measure);
    let (size, operations, failed) = (metric(Measure::BytesPending), metric(Measure::OperationsPending), metric(Measure::OperationsFailed));
    let weigh = |subject: &Subject, told: &dyn Fn(f64) -> (bool, String)| -> Finding {
        match steady(look, subject) {
            Measured::Now(point) if point.value >= 0.0 => {
                let (ok, why) = told(point.value);
                (Some(ok), why)
            }
            _ => (None, format!("unknown: {}", checks.why_not(subject))),
        }
    };
    let backlog = [
        weigh(&size, &|value| (value <= BACKLOG, format!("{} on their way", bytes(value)))),
        weigh(&operations, &|value| (true, format!("{value:.0} operations on their way"))),
    ];
    if let Some(finding) = worst(backlog) {
        checks.add(Weight::Advisory, id("backlog"), format!("{} has no backlog", bucket.sites.primary), finding);
    }
    if let Some(waits) = oldest_waits(look, bucket, source) {
        let rpo = look.workload.objectives.rpo;
        let weight = if waits > rpo { Weight::Required } else { Weight::Advisory };
        let told = format!("the oldest has waited for ~{}, {} may be lost", human_duration(waits), human_duration(rpo));
        checks.add(
            weight,
            id("age"),
            format!("What {} would lose is within the objective", bucket.sites.primary),
            (Some(waits <= rpo), told),
        );
    }
    let failed = match counted(look, &failed) {
        Measured::Now(point) => (Some(point.value <= 0.0), format!("{:.0} operations failed within a minute", point.value)),
        Measured::Nothing => (Some(true), "none failed".to_owned()),
        Measured::Old(_) | Measured::Unknown => (None, format!("unknown: {}", checks.why_not(&failed))),
    };
    checks.add(Weight::Advisory, id("failed"), format!("No replication of {} fails", bucket.sites.primary), failed);
}
