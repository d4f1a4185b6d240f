//! Which site's database accepts writes, by observation.

use super::assessment::Whereabouts;
use super::headline::nothing_runs;
use super::look::Look;
use super::told::{bounded, why_not_known};
use crate::config::{Database, DatabaseKind, Site, Sites};
use crate::domain::fact::{Cluster, GlobalCluster, Instance};
use crate::domain::{Seen, Subject, Timestamp, Value, human_duration};

/// What can be said of one site's database.
#[derive(Clone, Debug)]
enum Writes {
    Yes,
    No(String),
    Unknown(String),
}

/// A modification seldom interrupts an instance, and RDS shows one for hours; a replica that is being promoted still names its source.
pub(crate) fn writes_by_word(instance: &Instance) -> bool {
    instance.is_writable() || (instance.replica_of.is_none() && instance.status == "modifying")
}

/// Whose database accepts writes, now.
pub(crate) fn active(look: Look<'_>, landing: &Whereabouts) -> Whereabouts {
    let Some(database) = &look.workload.database else { return landing.clone() };
    match database.kind {
        DatabaseKind::RdsReplica => {
            let writes = look.workload.sites().map(|_| ());
            let Sites { primary, standby } =
                Sites::new(Site::Primary, Site::Standby).zip(writes).map(|(site, ())| instance(look, database, site));
            conclude(look, primary, standby)
        }
        DatabaseKind::AuroraGlobal => global(look, database),
    }
}

/// The site whose database is seen to take writes, and that nobody would bring any to: users land on the other one, whose database cannot be
/// seen, and nothing runs there. So it is after a failover until the way home, and it does not become the one in use by the other one's silence.
pub(super) fn left_behind(look: Look<'_>, active: &Whereabouts, landing: &Whereabouts) -> Option<Site> {
    let (site, database) = (active.site()?, look.workload.database.as_ref()?);
    let other = look.workload.database_subject(database, site.other());
    let unseen = || match database.kind {
        DatabaseKind::RdsReplica => matches!(look.see::<Instance>(&other), Seen::Stale(..) | Seen::Unknown(_)),
        DatabaseKind::AuroraGlobal => matches!(look.see::<Cluster>(&other), Seen::Stale(..) | Seen::Unknown(_)),
    };
    (landing.site() == Some(site.other()) && unseen() && nothing_runs(look, site)).then_some(site)
}

/// What is known of who writes, where the database that takes writes is one that was left behind.
pub(super) fn not_there(look: Look<'_>, left: Site) -> Whereabouts {
    let why = look.workload.database.as_ref().map(|database| {
        let (id, users) = (database.sites.get(left), left.other());
        let unseen = unseen(look, users, &look.workload.database_subject(database, users));
        format!("{id} takes writes, but users land on the {users}, and nothing runs at the {left} · {unseen}")
    });
    Whereabouts::Unknown(bounded(why.unwrap_or_default()))
}

/// Whether one site's database accepts writes now, and why that is said; `None`: it cannot be told.
pub(crate) fn writes(look: Look<'_>, database: &Database, site: Site) -> (Option<bool>, String) {
    match database.kind {
        DatabaseKind::RdsReplica => match instance(look, database, site) {
            Writes::Yes => (Some(true), format!("{} takes writes, as RDS says", database.sites.get(site))),
            Writes::No(why) => (Some(false), why),
            Writes::Unknown(why) => (None, why),
        },
        DatabaseKind::AuroraGlobal => match global(look, database) {
            Whereabouts::Unknown(why) => (None, why),
            Whereabouts::Neither(why) => (Some(false), why),
            Whereabouts::Both => (Some(true), "both clusters call themselves the writer".to_owned()),
            found => {
                (Some(found.site() == Some(site)), format!("the writer is the {}'s cluster", found.site().map_or("", |site| site.word())))
            }
        },
    }
}

/// The site from which a failover would go: the active one, or the one that was seen to be the source last, however long ago.
pub(super) fn source(look: Look<'_>, active: &Whereabouts, landing: &Whereabouts) -> Option<Site> {
    if let Some(site) = active.site() {
        return Some(site);
    }
    let seen = last_seen(look).map(|(site, _)| site);
    if *active == Whereabouts::Both { landing.site().or(seen).or(Some(Site::Primary)) } else { seen }
}

/// When a site's own database was seen last: what its replica says of it is no sight of it.
fn seen_itself(look: Look<'_>, site: Site) -> Option<Timestamp> {
    let subject = look.workload.database_subject(look.workload.database.as_ref()?, site);
    look.get(&subject)?.known.as_ref().filter(|known| matches!(known.value, Value::Found { .. })).map(|known| known.source_at)
}

/// Which site was the source last, by its own or its replica's word, and as of when; not being a replica is enough, since a source may be down.
fn last_seen(look: Look<'_>) -> Option<(Site, Timestamp)> {
    let database = look.workload.database.as_ref()?;
    [Site::Primary, Site::Standby]
        .into_iter()
        .filter_map(|site| match database.kind {
            DatabaseKind::RdsReplica => match look.see::<Instance>(&look.workload.database_subject(database, site)) {
                Seen::Now(found, known) | Seen::Stale(found, known) if !found.is_replica() => Some((site, known.source_at)),
                // A replica of the other site speaks for it.
                Seen::Now(found, known) | Seen::Stale(found, known)
                    if found.replica_of.as_deref().is_some_and(|of| is_called(of, database.sites.get(site.other()))) =>
                {
                    Some((site.other(), known.source_at))
                }
                _ => None,
            },
            DatabaseKind::AuroraGlobal => {
                let subject = look.workload.global_cluster_subject(database, site)?;
                match look.see::<GlobalCluster>(&subject) {
                    Seen::Now(found, known) | Seen::Stale(found, known) => Some((writer(look, database, found)?, known.source_at)),
                    _ => None,
                }
            }
        })
        .max_by_key(|(_, at)| *at)
}

fn instance(look: Look<'_>, database: &Database, site: Site) -> Writes {
    let subject = look.workload.database_subject(database, site);
    let id = database.sites.get(site);
    match look.see::<Instance>(&subject) {
        Seen::Now(found, _) if writes_by_word(found) => Writes::Yes,
        Seen::Now(found, _) if found.is_replica() => Writes::No(format!("{id} is a replica")),
        Seen::Now(found, _) => Writes::No(format!("{id} is {}", found.status)),
        Seen::Missing(_) => Writes::No(format!("{id} does not exist")),
        Seen::Stale(..) | Seen::Unknown(_) => Writes::Unknown(unseen(look, site, &subject)),
    }
}

fn unseen(look: Look<'_>, site: Site, subject: &Subject) -> String {
    format!("{site} database: {}", why_not_known(look.get(subject), subject, look.now))
}

fn conclude(look: Look<'_>, primary: Writes, standby: Writes) -> Whereabouts {
    match (primary, standby) {
        (Writes::Yes, Writes::Yes) => Whereabouts::Both,
        (Writes::Yes, _) => Whereabouts::Primary,
        (_, Writes::Yes) => Whereabouts::Standby,
        (Writes::No(one), Writes::No(other)) => Whereabouts::Neither(bounded(format!("{one} · {other}"))),
        (Writes::Unknown(why), Writes::Unknown(_) | Writes::No(_)) | (Writes::No(_), Writes::Unknown(why)) => unknown(look, &why),
    }
}

fn unknown(look: Look<'_>, why: &str) -> Whereabouts {
    let last = last_seen(look).map(|(site, told)| match seen_itself(look, site) {
        Some(at) => format!("last seen {site} {} ago", human_duration(look.now.since(at))),
        None => format!("{site} by the {}'s word of {} ago", site.other(), human_duration(look.now.since(told))),
    });
    Whereabouts::Unknown(bounded(match last {
        Some(last) => format!("{last} · {why}"),
        None => why.to_owned(),
    }))
}

/// Aurora: both regions tell who the writer is, and the one that was asked last knows best. Where each region calls its own cluster the
/// writer, and both clusters serve, both write.
fn global(look: Look<'_>, database: &Database) -> Whereabouts {
    let told = Sites::new(Site::Primary, Site::Standby).map(|site| {
        let subject = look.workload.global_cluster_subject(database, site)?;
        match look.see::<GlobalCluster>(&subject) {
            Seen::Now(found, known) => Some((found, known.begun)),
            _ => None,
        }
    });
    let serves = |site| cluster_serves(look, database, site);
    let own = |site: Site| told.get(site).is_some_and(|(found, _)| writer(look, database, found) == Some(site));
    if own(Site::Primary) && own(Site::Standby) && serves(Site::Primary) && serves(Site::Standby) {
        return Whereabouts::Both;
    }
    let newest = told.iter().filter_map(|(_, told)| *told).max_by_key(|(_, begun)| *begun);
    let Some((found, _)) = newest else {
        let why = look.workload.global_cluster_subject(database, Site::Primary).map(|subject| unseen(look, Site::Primary, &subject));
        return unknown(look, &why.unwrap_or_default());
    };
    if let Some(failover) = &found.failover {
        return Whereabouts::Neither(bounded(format!("{} is {}", found.id, failover.status)));
    }
    let apart = [Site::Primary, Site::Standby].into_iter().find(|site| alone(look, database, found, *site));
    if let Some(site) = apart {
        // Somebody took it out of the global cluster: since then it writes for itself.
        let other = writer(look, database, found) == Some(site.other()) && serves(site.other());
        return if other { Whereabouts::Both } else { site.into() };
    }
    let Some(site) = writer(look, database, found) else {
        return Whereabouts::Neither(bounded(format!("{} has no writer at either site", found.id)));
    };
    match look.see::<Cluster>(&look.workload.database_subject(database, site)) {
        Seen::Now(cluster, _) if !serves(site) => Whereabouts::Neither(bounded(format!("{} is {}", cluster.id, cluster.status))),
        Seen::Missing(_) => Whereabouts::Neither(bounded(format!("{} does not exist", database.sites.get(site)))),
        Seen::Now(..) => site.into(),
        // The global cluster names a writer that nobody can see: it wrote when the other region heard of it last, which may be long ago.
        Seen::Stale(..) | Seen::Unknown(_) => unknown(look, &unseen(look, site, &look.workload.database_subject(database, site))),
    }
}

fn cluster_serves(look: Look<'_>, database: &Database, site: Site) -> bool {
    look.see::<Cluster>(&look.workload.database_subject(database, site)).now().is_some_and(|found| serves(&found.status))
}

/// Whether a site's cluster serves without being in the global cluster: then it takes writes of its own.
pub(super) fn alone(look: Look<'_>, database: &Database, found: &GlobalCluster, site: Site) -> bool {
    let (id, region) = (database.sites.get(site).as_str(), look.workload.region(site).as_str());
    !found.members.is_empty()
        && !found.members.iter().any(|member| is_at(&member.cluster, region, id))
        && cluster_serves(look, database, site)
}

/// The states in which a cluster serves.
pub(crate) fn serves(status: &str) -> bool {
    matches!(status, "available" | "backing-up" | "modifying" | "storage-optimization")
}

/// The site whose cluster is the global cluster's writer.
pub(crate) fn writer(look: Look<'_>, database: &Database, found: &GlobalCluster) -> Option<Site> {
    let arn = found.writer()?;
    database.sites.iter().find(|(site, id)| is_at(arn, look.workload.region(*site).as_str(), id)).map(|(site, _)| site)
}

/// Whether an identifier or ARN is of this cluster in this region.
pub(crate) fn is_at(arn: &str, region: &str, id: &str) -> bool {
    is_called(arn, id) && (!arn.starts_with("arn:") || arn.split(':').nth(3) == Some(region))
}

/// Whether an identifier or ARN means the thing of this name.
pub(crate) fn is_called(arn: &str, id: &str) -> bool {
    arn.rsplit(':').next() == Some(id.rsplit(':').next().unwrap_or(id))
}
