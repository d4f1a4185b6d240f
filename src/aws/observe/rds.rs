//! Databases: instances, Aurora clusters and global clusters, and what there is to restore them from.
//!
//! Every list is asked for a whole region at once: RDS's limits are unpublished and count calls, not rows.

mod restore;
mod shapes;

use std::collections::BTreeMap;

use aws_sdk_rds::Client;
use aws_sdk_rds::types::{DbCluster, DbInstance, GlobalCluster};
use drlab_core::domain::fact::Fact;
use drlab_core::domain::{Kind, Region, Subject, Trouble};

pub(super) use restore::restore_points;

use super::Findings;
use super::answers::{Listed, Page, pages, settled, token};
use super::whole::Whole;
use crate::aws::RegionClients;
use crate::aws::trouble::trouble;

pub(super) async fn instances(region: &RegionClients, at: &Region, names: &[String]) -> Result<Findings, Trouble> {
    let listed = list_instances(&region.rds).await?;
    found(listed, Kind::Instance, at, names, DbInstance::db_instance_identifier, shapes::instance)
}

pub(super) async fn clusters(region: &RegionClients, at: &Region, names: &[String]) -> Result<Findings, Trouble> {
    let listed = list_clusters(&region.rds).await?;
    found(listed, Kind::Cluster, at, names, DbCluster::db_cluster_identifier, shapes::cluster)
}

pub(super) async fn global_clusters(region: &RegionClients, at: &Region, names: &[String]) -> Result<Findings, Trouble> {
    let listed = pages(|marker| {
        let request = region.rds.describe_global_clusters().set_marker(marker);
        async move {
            let page = request.customize().interceptor(Whole).send().await.map_err(|error| trouble(&error))?;
            Ok(Page { items: page.global_clusters.unwrap_or_default(), next: token(page.marker) })
        }
    })
    .await?;
    found(listed, Kind::GlobalCluster, at, names, GlobalCluster::global_cluster_identifier, shapes::global_cluster)
}

async fn list_instances(rds: &Client) -> Result<Listed<DbInstance>, Trouble> {
    pages(|marker| {
        let request = rds.describe_db_instances().set_marker(marker);
        async move {
            let page = request.customize().interceptor(Whole).send().await.map_err(|error| trouble(&error))?;
            Ok(Page { items: page.db_instances.unwrap_or_default(), next: token(page.marker) })
        }
    })
    .await
}

async fn list_clusters(rds: &Client) -> Result<Listed<DbCluster>, Trouble> {
    pages(|marker| {
        let request = rds.describe_db_clusters().set_marker(marker);
        async move {
            let page = request.customize().interceptor(Whole).send().await.map_err(|error| trouble(&error))?;
            Ok(Page { items: page.db_clusters.unwrap_or_default(), next: token(page.marker) })
        }
    })
    .await
}

/// Those of a list that were asked for. RDS keeps identifiers in lower case and finds them in any.
fn found<T, F: Into<Fact>>(
    listed: Listed<T>,
    kind: Kind,
    at: &Region,
    names: &[String],
    id: impl Fn(&T) -> Option<&str>,
    read: impl Fn(&T) -> F,
) -> Result<Findings, Trouble> {
    let known: BTreeMap<String, &T> = listed.items.iter().filter_map(|item| Some((id(item)?.to_ascii_lowercase(), item))).collect();
    let findings: Findings = names
        .iter()
        .filter_map(|name| Some((Subject::new(kind, at, name), read(known.get(&name.to_ascii_lowercase())?).into().into())))
        .collect();
    settled(findings, listed.whole, names.len(), &format!("{kind}s"))
}
