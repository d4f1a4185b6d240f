//! Handing an Aurora Global Database over to the cluster at the stage's site, with or without loss.

use std::time::Duration;

use super::super::judging::{Judged, accepted, database, last, stuck, word};
use super::whose::instance_subject;
use crate::assess::rules::{is_at, serves};
use crate::config::Database;
use crate::domain::fact::{Cluster, GlobalCluster, GlobalMember};
use crate::domain::{Change, Subject, What};
use crate::runbook::{Scene, Standing};

/// AWS shows a handover at once, and only while it lasts.
const SHOWN_BY: Duration = Duration::from_secs(60);

/// As the stage's own region tells it: the other one may be dark.
pub(super) fn subject(scene: &Scene<'_>) -> Option<Subject> {
    scene.workload.database.as_ref().and_then(|database| scene.workload.global_cluster_subject(database, scene.site()))
}

/// While a handover is under way, the global cluster says all there is to know; both share what AWS allows.
pub(super) fn subjects(scene: &Scene<'_>) -> Vec<Subject> {
    let under_way = matches!(seen(scene), Ok((_, global)) if global.failover.is_some());
    let cluster = instance_subject(scene, scene.site()).ok().filter(|_| !under_way);
    subject(scene).into_iter().chain(cluster).collect()
}

fn seen<'a>(scene: &Scene<'a>) -> Result<(&'a Database, &'a GlobalCluster), Standing> {
    let database = database(scene)?;
    let subject = subject(scene).ok_or_else(|| Standing::stuck("the database is no global one"))?;
    Ok((database, scene.see(&subject).or_wait(&subject)?))
}

fn here<'g>(scene: &Scene<'_>, database: &Database, global: &'g GlobalCluster) -> Option<&'g GlobalMember> {
    let (region, id) = (scene.region().as_str(), database.sites.get(scene.site()));
    global.members.iter().find(|member| is_at(&member.cluster, region, id))
}

/// Whether the stage's cluster is the one that takes writes, and no handover is under way.
pub(super) fn is_writer(scene: &Scene<'_>) -> Result<bool, Standing> {
    let (database, global) = seen(scene)?;
    Ok(global.failover.is_none() && here(scene, database, global).is_some_and(|member| member.writer))
}

pub(super) fn judge(scene: &Scene<'_>, loses: bool) -> Judged {
    let (database, global) = seen(scene)?;
    let (region, id) = (scene.region().as_str(), database.sites.get(scene.site()));
    let Some(member) = here(scene, database, global) else {
        return Ok(stuck(format!("{} is no member of {}", word(id), word(&global.id)), ["restore from a backup"]));
    };
    if let Some(failover) = &global.failover {
        let status = word(&failover.status);
        let lossy = if failover.data_loss_allowed { ", data loss allowed" } else { "" };
        return Ok(match failover.to.as_deref() {
            // Whoever began it: it leads where this leads.
            Some(to) if is_at(to, region, id) => Standing::working(format!("{status} to {}{lossy}", word(id))),
            Some(to) => stuck(
                format!("{} is {status} to {}{lossy}: the other way", word(&global.id), word(to)),
                ["wait for it to end, then decide anew from where things are"],
            ),
            None => Standing::working(format!("{status}, AWS does not say to where{lossy}")),
        });
    }
    let subject = instance_subject(scene, scene.site())?;
    let cluster: &Cluster = scene.see(&subject).or_wait(&subject)?;
    if member.writer {
        return Ok(arrived(global, cluster));
    }
    if cluster.members.is_empty() {
        return Ok(stuck(
            format!("{} has no instance: nobody there could take writes", word(&cluster.id)),
            ["add an instance to it", "restore from a backup"],
        ));
    }
    if !serves(&cluster.status) {
        return Ok(Standing::working(format!("{} is {}, and must be available", word(&cluster.id), word(&cluster.status))));
    }
    let connected = member.synchronization.as_deref().is_none_or(|state| state == "connected");
    if !loses && !connected {
        let state = member.synchronization.as_deref().unwrap_or_default();
        return Ok(Standing::working(format!("{} is {}: a switchover waits until it is connected", word(id), word(state))));
    }
    let (global_cluster, target_arn) = (global.id.clone(), member.cluster.clone());
    let what =
        if loses { What::FailoverGlobal { global_cluster, target_arn } } else { What::SwitchoverGlobal { global_cluster, target_arn } };
    let change = Change::new(scene.region(), what);
    match accepted(scene, |past| past.change == change) {
        Some((at, _)) if scene.now.since(at) > SHOWN_BY => Ok(stuck(
            format!("AWS accepted it at {at}, and {} takes no writes: it was called off, or never begun", word(id)),
            if loses { vec!["retry"] } else { vec!["retry", "fail over instead, with data loss allowed"] },
        )),
        _ => Ok(Standing::needs([change])),
    }
}

/// The global cluster calls it the writer; whether anybody there writes.
fn arrived(global: &GlobalCluster, cluster: &Cluster) -> Standing {
    let id = word(&cluster.id);
    if global.members.iter().filter(|member| member.writer).count() > 1 {
        return stuck(format!("{} has two writers", word(&global.id)), ["fence the one that should not write"]);
    }
    if !serves(&cluster.status) || !cluster.members.iter().any(|member| member.writer) {
        return Standing::working(format!("{id} is the writer, and {}: no instance of it writes yet", word(&cluster.status)));
    }
    Standing::proven(format!("{id} is the writer, and {}", word(&cluster.status)))
}

pub(super) fn before_after(scene: &Scene<'_>) -> (String, String) {
    let global = subject(scene).and_then(|subject| last::<GlobalCluster>(scene, &subject));
    let writer = global.and_then(GlobalCluster::writer).map(|arn| word(arn.rsplit(':').next().unwrap_or(arn)));
    let target = scene.workload.database.as_ref().map(|database| word(database.sites.get(scene.site())));
    (writer.map_or("unknown".to_owned(), |id| format!("{id} writes")), format!("{} writes", target.unwrap_or_default()))
}
