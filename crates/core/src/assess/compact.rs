//! The rest of a site, a row each: what the application needs besides tasks and a database.

use std::time::Duration;

use super::assessment::Component;
use super::look::Look;
use super::row::Row;
use super::told::clipped;
use crate::config::{Named, Place, Site};
use crate::domain::fact::{Certificate, Function, Key, Replication, Secret, Table, Topic};
use crate::domain::{Kind, Measure, Region, Seen, Subject, Verdict, human_duration};

/// Less than this before its end a certificate is somebody's business.
pub(super) const CERTIFICATE_ENDS_SOON: Duration = Duration::from_secs(7 * 86_400);

pub(super) fn compact(look: Look<'_>, site: Site) -> Vec<Component> {
    let workload = look.workload;
    let region = workload.region(site);
    let mut rows = Vec::new();
    if let Some(subject) = workload.database.as_ref().and_then(|database| workload.secret_subject(database, site)) {
        rows.push(secret(look, site, subject, region));
    }
    for bucket in &workload.buckets {
        let name = bucket.sites.get(site);
        rows.push(self::bucket(look, site, name, workload.bucket_subject(bucket, site)));
    }
    rows.extend(functions(look, site.into(), region));
    if let Some(dns) = workload.dns.as_ref().filter(|dns| needs_certificate(dns)) {
        rows.push(certificate(look, site, workload.certificate_subject(dns, site)));
    }
    if let Some(arn) = workload.notify.topic.get(site) {
        rows.push(topic(look, site, Subject::new(Kind::Topic, region, arn)));
    }
    for (index, key) in workload.keys.iter().enumerate() {
        let id = if index == 0 { format!("{site}/key") } else { format!("{site}/key/{index}") };
        rows.push(self::key(look, id, site, Subject::new(Kind::Key, region, key.get(site))));
    }
    rows
}

/// Plain HTTP needs none.
pub(super) fn needs_certificate(dns: &crate::config::Dns) -> bool {
    dns.probe.scheme == crate::config::Scheme::Https
}

fn secret(look: Look<'_>, site: Site, subject: Subject, region: &Region) -> Component {
    let mut row = Row::new(look, format!("{site}/secret"), Some(site.into()), "secret");
    let seen = row.watch::<Secret>(subject);
    if let Some(found) = seen.last() {
        let copy = found.primary_region.as_ref().is_some_and(|home| home != region);
        row.figure(if copy { "replica" } else { "present" });
        if let Some(changed) = found.last_changed {
            row.figure(format_args!("changed {} ago", human_duration(look.now.since(changed))));
        }
    }
    match seen {
        Seen::Now(found, _) => {
            if found.deleted_at.is_some() {
                row.says(Verdict::Critical, "the secret is marked for deletion");
            }
            for replica in found.replicas.iter().filter(|replica| replica.status != "InSync") {
                row.says(Verdict::Degraded, format!("its replica in {} is {}", replica.region, clipped(&replica.status, 30)));
            }
        }
        Seen::Missing(_) => row.missing("the secret", Verdict::Critical),
        Seen::Stale(..) | Seen::Unknown(_) => {}
    }
    row.done()
}

fn bucket(look: Look<'_>, site: Site, name: &str, subject: Subject) -> Component {
    let mut row = Row::new(look, format!("{site}/bucket/{name}"), Some(site.into()), "bucket");
    let seen = row.watch::<Replication>(subject);
    if let Some(found) = seen.last() {
        let versions = clipped(&found.versioning, 12).to_lowercase();
        row.figure(if versions == "enabled" { "versioned".to_owned() } else { format!("versioning {versions}") });
        row.figure(clipped(name, 63));
    }
    match seen {
        Seen::Now(found, _) if found.versioning != "Enabled" => {
            row.says(Verdict::Degraded, "without versions nothing can be replicated or undeleted")
        }
        Seen::Missing(_) => row.missing(&format!("bucket {name}"), Verdict::Critical),
        _ => {}
    }
    row.done()
}

pub(super) fn functions(look: Look<'_>, place: Place, region: &Region) -> Vec<Component> {
    let here = look.workload.functions.iter().filter(|function| function.region == *region);
    here.map(|function| self::function(look, place, function)).collect()
}

fn function(look: Look<'_>, place: Place, named: &Named) -> Component {
    let mut row = Row::new(look, format!("{place}/function/{}", named.name), Some(place), "function");
    let seen = row.watch::<Function>(Subject::new(Kind::Function, &named.region, &named.name));
    if let Some(found) = seen.last() {
        row.figure(clipped(found.state.as_deref().unwrap_or("state not said"), 20).to_lowercase());
        row.figure(clipped(&named.name, 64));
    }
    match seen {
        Seen::Now(found, _) => {
            if found.reserved_concurrency == Some(0) {
                row.figure("held");
                row.says(Verdict::Degraded, "no invocation is let through (reserved concurrency 0)");
            }
            // `Inactive` is how a function rests that nobody called for weeks; it wakes by itself.
            if found.state.as_deref().is_some_and(|state| matches!(state, "Failed" | "Pending")) {
                row.says(Verdict::Degraded, format!("the function is {}", found.state.as_deref().unwrap_or_default()));
            }
        }
        Seen::Missing(_) => row.missing(&format!("function {}", clipped(&named.name, 64)), Verdict::Degraded),
        Seen::Stale(..) | Seen::Unknown(_) => {}
    }
    let errors = Subject::metric(&named.region, &named.name, Measure::FunctionErrors.metric());
    if let Some(count) = super::metric::counted(look, &errors).now().filter(|count| *count > 0.0) {
        row.figure(format_args!("{count:.0} errors"));
        row.says(Verdict::Degraded, format!("{count:.0} invocations failed within a minute"));
    }
    row.series(errors);
    row.done()
}

fn certificate(look: Look<'_>, site: Site, subject: Subject) -> Component {
    let mut row = Row::new(look, format!("{site}/certificate"), Some(site.into()), "cert");
    let seen = row.watch::<Certificate>(subject);
    if let Some(found) = seen.last() {
        row.figure(clipped(&found.status, 24).to_lowercase());
        if let Some(end) = found.not_after {
            row.figure(format_args!("ends in {}", human_duration(end.since(look.now))));
        }
    }
    match seen {
        Seen::Now(found, _) => {
            let (ok, why) = judge_certificate(look, found);
            if !ok {
                row.says(if found.not_after.is_some_and(|end| end <= look.now) { Verdict::Critical } else { Verdict::Degraded }, why);
            }
        }
        Seen::Missing(_) => row.missing("a certificate for the record's name", Verdict::Critical),
        Seen::Stale(..) | Seen::Unknown(_) => {}
    }
    row.done()
}

/// Whether it is valid and lives long enough, in figures.
pub(super) fn judge_certificate(look: Look<'_>, found: &Certificate) -> (bool, String) {
    if found.status != "ISSUED" {
        return (false, format!("the certificate is {}", clipped(&found.status, 40)));
    }
    match found.not_after {
        Some(end) if end <= look.now => (false, format!("the certificate ended {} ago", human_duration(look.now.since(end)))),
        Some(end) => {
            (end.since(look.now) > CERTIFICATE_ENDS_SOON, format!("the certificate ends in {}", human_duration(end.since(look.now))))
        }
        None => (true, "the certificate is issued".to_owned()),
    }
}

fn topic(look: Look<'_>, site: Site, subject: Subject) -> Component {
    let mut row = Row::new(look, format!("{site}/topic"), Some(site.into()), "topic");
    let seen = row.watch::<Topic>(subject);
    if let Some(found) = seen.last() {
        let confirmed = found.subscriptions.iter().filter(|one| one.confirmed).count();
        row.figure(format_args!("{confirmed}/{} confirmed", found.subscriptions.len()));
    }
    match seen {
        Seen::Now(found, _) if found.subscriptions.is_empty() => row.says(Verdict::Degraded, "nobody is subscribed"),
        Seen::Now(found, _) if found.subscriptions.iter().all(|one| !one.confirmed) => {
            row.says(Verdict::Degraded, "no subscriber has confirmed")
        }
        Seen::Now(found, _) if found.subscriptions.iter().any(|one| !one.confirmed) => {
            row.minds("some subscribers have not confirmed, and hear nothing");
        }
        Seen::Missing(_) => row.missing("the topic", Verdict::Degraded),
        _ => {}
    }
    row.done()
}

fn key(look: Look<'_>, id: String, site: Site, subject: Subject) -> Component {
    let mut row = Row::new(look, id, Some(site.into()), "key");
    let seen = row.watch::<Key>(subject);
    if let Some(found) = seen.last() {
        row.figure(clipped(&found.state, 24).to_lowercase());
        if found.multi_region {
            row.figure(
                found
                    .role
                    .as_deref()
                    .map_or("multi-Region".to_owned(), |role| format!("multi-Region {}", clipped(role, 10).to_lowercase())),
            );
        }
    }
    match seen {
        Seen::Now(found, _) if found.state != "Enabled" => row.says(Verdict::Critical, format!("the key is {}", clipped(&found.state, 30))),
        Seen::Missing(_) => row.missing("the key", Verdict::Critical),
        _ => {}
    }
    row.done()
}

/// A DynamoDB table; where it is in neither site's region it is shown around them.
pub(super) fn table(look: Look<'_>, named: &Named) -> Component {
    let place = look.workload.place_of(&named.region);
    let mut row = Row::new(look, format!("table/{}", named.name), place, "table");
    let seen = row.watch::<Table>(Subject::new(Kind::Table, &named.region, &named.name));
    if let Some(found) = seen.last() {
        row.figure(clipped(&found.status, 20).to_lowercase());
        row.figure(clipped(&named.name, 64));
    }
    match seen {
        Seen::Now(found, _) if !matches!(found.status.as_str(), "ACTIVE" | "UPDATING") => {
            row.says(Verdict::Degraded, format!("the table is {}", clipped(&found.status, 30)));
        }
        Seen::Missing(_) => row.missing(&format!("table {}", clipped(&named.name, 64)), Verdict::Degraded),
        _ => {}
    }
    row.done()
}
