//! What is asked of Aurora global databases.

use drlab_core::domain::Region;

use super::super::{Answer, ApiError, Call, World};
use super::arn::{Arn, cluster_state, combination, global_state, invalid, name_of, no_cluster};
use super::cluster::{self, ClusterStatus, cluster_mut, draw, successor, turn};
use super::describe::tag_list;
use super::global::{GlobalCluster, GlobalMember, Handover, HandoverPhase, alter};
use super::page::{Filters, listing, page};
use super::replication::dark_between;
use crate::doc;
use crate::document::Document;

fn named<'w>(world: &'w World, region: &Region, text: &str) -> Result<&'w GlobalCluster, ApiError> {
    let id = name_of(text);
    let missing = || ApiError::new("GlobalClusterNotFoundFault", 404, format!("Global cluster {id} not found"));
    world.here(region)?.rds.globals.get(&id).ok_or_else(missing)
}

pub(super) fn describe_global_clusters(world: &mut World, call: &Call) -> Answer {
    let (input, region) = (&call.input, &call.region);
    let filters = Filters::read(input, &["region"])?;
    let wanted = input.text("GlobalClusterIdentifier")?;
    if let Some(wanted) = wanted {
        named(world, region, wanted)?;
    }
    let wanted = wanted.map(name_of);
    let in_region = |global: &GlobalCluster, name: &str| global.members.iter().any(|member| member.region.as_str() == name);
    let rows = world.here(region)?.rds.globals.values();
    let rows = rows.filter(|global| wanted.as_ref().is_none_or(|id| *id == global.id));
    let rows = rows.filter(|global| filters.pass_any("region", |name| in_region(global, name)));
    let (part, marker) = page(input, rows.map(|global| (global.id.clone(), global)).collect())?;
    let globals = part.into_iter().map(|global| show(world, global)).collect();
    Ok(listing("GlobalClusters", "GlobalClusterMember", globals, marker).into())
}

fn answer(world: &World, region: &Region, id: &str) -> Answer {
    Ok(doc! { "GlobalCluster": show(world, named(world, region, id)?) }.into())
}

fn show(world: &World, global: &GlobalCluster) -> Document {
    let arn = |region: &Region, id: &str| world.arn("rds", region, &format!("cluster:{id}"));
    let members = global.members.iter().map(|member| {
        let readers =
            if member.writer { global.secondaries().map(|other| arn(&other.region, &other.cluster)).collect() } else { Vec::new() };
        doc! {
            "DBClusterArn": arn(&member.region, &member.cluster),
            "Readers": Document::list(readers),
            "IsWriter": member.writer,
            "GlobalWriteForwardingStatus": (!member.writer).then_some("disabled"),
            "SynchronizationStatus": if member.connected { "connected" } else { "pending-resync" },
        }
    });
    let state = global.handover.as_ref().map(|handover| {
        doc! {
            "Status": if handover.phase == HandoverPhase::Pending { "pending" } else { handover.status() },
            "FromDbClusterArn": arn(&handover.from.0, &handover.from.1),
            "ToDbClusterArn": arn(&handover.to.0, &handover.to.1),
            "IsDataLossAllowed": handover.loses_data,
        }
    });
    doc! {
        "GlobalClusterIdentifier": &global.id,
        "GlobalClusterResourceId": &global.resource_id,
        "GlobalClusterArn": &global.arn,
        "Status": global.handover.as_ref().map_or("available", Handover::status),
        "Engine": global.engine.name(),
        "EngineVersion": &global.version,
        "DatabaseName": global.database.as_ref(),
        "StorageEncrypted": global.encrypted,
        "DeletionProtection": global.deletion_protection,
        "GlobalClusterMembers": Document::list_of("GlobalClusterMember", members),
        "Endpoint": &global.host,
        "FailoverState": state,
        "TagList": tag_list(&global.tags),
    }
}

pub(super) fn switchover(world: &mut World, call: &Call) -> Answer {
    hand_over(world, call, false)
}

/// Without `AllowDataLoss` this is a switchover, as AWS has it: nobody loses data by leaving a word out.
pub(super) fn failover(world: &mut World, call: &Call) -> Answer {
    let loses_data = call.input.bool("AllowDataLoss")?.unwrap_or(false);
    if loses_data && call.input.bool("Switchover")?.unwrap_or(false) {
        return Err(combination("The parameters AllowDataLoss and Switchover can't be specified together."));
    }
    hand_over(world, call, loses_data)
}

fn hand_over(world: &mut World, call: &Call, loses_data: bool) -> Answer {
    let (input, region) = (&call.input, &call.region);
    let global = named(world, region, input.need("GlobalClusterIdentifier")?)?;
    let id = global.id.clone();
    if let Some(handover) = &global.handover {
        return Err(global_state(format!("Global cluster {id} is currently {}.", handover.status())));
    }
    let to = member(global, region, input.need("TargetDbClusterIdentifier")?)?.clone();
    let from = global.writer().ok_or_else(|| global_state(format!("Global cluster {id} has no primary DB cluster.")))?.clone();
    if to.writer {
        return Err(cluster_state(format!("DB cluster {} is already the primary of global cluster {id}.", to.cluster)));
    }
    let target = cluster::cluster(world, &to.region, &to.cluster).ok_or_else(|| no_cluster(&to.cluster))?;
    if dark_between(world, region, &to.region) || target.status != ClusterStatus::Available || !to.connected {
        return Err(cluster_state(format!("The target DB cluster {} is not available.", to.cluster)));
    }
    if successor(world, &to.region, &to.cluster).is_none() {
        return Err(cluster_state(format!("The target DB cluster {} has no available DB instance.", to.cluster)));
    }
    let source = cluster::cluster(world, &from.region, &from.cluster);
    if source.is_some_and(|source| source.version != target.version) {
        return Err(global_state("The primary and the target DB cluster must run the same engine version."));
    }
    if !loses_data {
        let healthy = source.is_some_and(|source| source.status == ClusterStatus::Available)
            && !dark_between(world, &to.region, &from.region)
            && successor(world, &from.region, &from.cluster).is_some();
        if !healthy {
            return Err(cluster_state(format!("A switchover requires the primary DB cluster {} to be available.", from.cluster)));
        }
    }
    let span = if loses_data { world.timings.aurora_failover } else { world.timings.aurora_switchover };
    let lasting = draw(world, &to.region, &to.cluster, "global-handover", span);
    let now = world.now();
    let handover = Handover {
        phase: HandoverPhase::Pending,
        from: (from.region, from.cluster),
        to: (to.region.clone(), to.cluster),
        loses_data,
        // Verification takes the smaller part; then the database is down until the end.
        moves_at: now + lasting.mul_f64(0.4),
        ends_at: now + lasting,
    };
    world.truth.note(now, Some(&to.region), "rds-global", &id, handover.status());
    alter(world, &id, |global| global.handover = Some(handover.clone()));
    answer(world, region, &id)
}

/// The member a request means: by ARN, or by the name of a cluster in the region that is asked.
fn member<'g>(global: &'g GlobalCluster, region: &Region, text: &str) -> Result<&'g GlobalMember, ApiError> {
    let (at, name) = match Arn::parse(text) {
        Some(arn) if arn.kind == "cluster" => (arn.region, arn.name),
        Some(_) => return Err(invalid(format!("Invalid DB cluster ARN: {text}"))),
        None => (region.clone(), name_of(text)),
    };
    global.members.iter().find(|member| member.region == at && member.cluster == name).ok_or_else(|| no_cluster(text))
}

/// Detaches a cluster. A secondary becomes a database of its own with what it holds: the manual way to fail over.
pub(super) fn remove(world: &mut World, call: &Call) -> Answer {
    let (input, region) = (&call.input, &call.region);
    let global = named(world, region, input.need("GlobalClusterIdentifier")?)?;
    let id = global.id.clone();
    if let Some(handover) = &global.handover {
        return Err(global_state(format!("Global cluster {id} is currently {}.", handover.status())));
    }
    let leaving = member(global, region, input.need("DbClusterIdentifier")?)?.clone();
    if leaving.writer && global.secondaries().next().is_some() {
        return Err(global_state("The primary DB cluster can be removed only after all secondary DB clusters."));
    }
    if dark_between(world, region, &leaving.region) {
        return Err(cluster_state(format!("DB cluster {} is not available.", leaving.cluster)));
    }
    let now = world.now();
    if let Some((timeline, applied_to)) = cluster::cluster(world, &leaving.region, &leaving.cluster)
        .and_then(|cluster| cluster.following.as_ref().map(|following| (cluster.timeline, following.applied_to)))
    {
        let timeline = world.ledger.branch(&leaving.cluster, timeline, applied_to);
        let span = world.timings.promotion_rebooting;
        let lasting = draw(world, &leaving.region, &leaving.cluster, "detach", span);
        if let Some(cluster) = cluster_mut(world, &leaving.region, &leaving.cluster) {
            cluster.timeline = timeline;
            cluster.following = None;
            cluster.fenced = true;
        }
        turn(world, &leaving.region, &leaving.cluster, ClusterStatus::Promoting, Some(lasting));
    }
    if let Some(cluster) = cluster_mut(world, &leaving.region, &leaving.cluster) {
        cluster.global = None;
    }
    alter(world, &id, |global| global.members.retain(|member| *member != leaving));
    world.truth.note(now, Some(&leaving.region), "rds-cluster", &leaving.cluster, "detached");
    answer(world, region, &id)
}
