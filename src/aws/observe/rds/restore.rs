//! What there is in a region to restore a database from: snapshots (copies from elsewhere too), and how far automated backups reach.

use std::collections::BTreeMap;

use aws_sdk_rds::Client;
use aws_sdk_rds::types::{DbClusterSnapshot, DbInstanceAutomatedBackup, DbSnapshot, Filter};
use drlab_core::domain::fact::{ManualSnapshot, RestorePoint, Snapshotted};
use drlab_core::domain::{Kind, Region, Subject, Timestamp, Trouble};

use super::{list_clusters, list_instances};
use crate::aws::RegionClients;
use crate::aws::observe::Findings;
use crate::aws::observe::answers::{Listed, Page, instant, pages, settled, text, token, when};
use crate::aws::observe::whole::Whole;
use crate::aws::trouble::trouble;

/// More snapshots by hand than this are not told apart by anybody.
const MOST_MANUAL: usize = 20;

/// A database is asked for as an instance and as a cluster: the question does not say which it was, and it may be gone.
///
/// One with nothing to restore from has no restore point; that is no point of unknown age.
pub(in crate::aws::observe) async fn restore_points(
    region: &RegionClients,
    at: &Region,
    databases: &[String],
) -> Result<Findings, Trouble> {
    let rds = &region.rds;
    let (snapshots, of_clusters, backups, instances, clusters) = tokio::try_join!(
        snapshots(rds, databases),
        cluster_snapshots(rds, databases),
        automated_backups(rds, databases),
        list_instances(rds),
        list_clusters(rds),
    )?;
    let whole = snapshots.whole && of_clusters.whole && backups.whole && instances.whole && clusters.whole;
    let mut saved = Saved::default();
    for snapshot in &snapshots.items {
        if snapshot.snapshot_type() == Some("manual") {
            let id = text(snapshot.db_snapshot_identifier());
            saved.manual(snapshot.db_instance_identifier(), id, snapshot.status(), taken(snapshot));
        }
        saved.snapshot(snapshot.db_instance_identifier(), snapshot.status(), taken(snapshot));
    }
    for snapshot in &of_clusters.items {
        if snapshot.snapshot_type() == Some("manual") {
            let id = text(snapshot.db_cluster_snapshot_identifier());
            saved.manual(snapshot.db_cluster_identifier(), id, snapshot.status(), taken_of_cluster(snapshot));
        }
        saved.snapshot(snapshot.db_cluster_identifier(), snapshot.status(), taken_of_cluster(snapshot));
    }
    for backup in &backups.items {
        // Its ARN names the region that holds it; the instance's own names where the instance lives.
        let elsewhere = backup.region().is_some_and(|region| region != at.as_str());
        if let Some(arn) = backup.db_instance_automated_backups_arn().filter(|_| elsewhere) {
            saved.replicated(backup.db_instance_identifier(), arn);
        }
        saved.reaches(backup.db_instance_identifier(), when(backup.restore_window().and_then(|window| window.latest_time())));
    }
    for instance in &instances.items {
        saved.reaches(instance.db_instance_identifier(), when(instance.latest_restorable_time()));
    }
    for cluster in &clusters.items {
        saved.reaches(cluster.db_cluster_identifier(), when(cluster.latest_restorable_time()));
    }
    let findings: Findings = databases
        .iter()
        .filter_map(|name| Some((Subject::new(Kind::RestorePoint, at, name), saved.points.remove(&name.to_ascii_lowercase())?.into())))
        .collect();
    settled(findings, whole, databases.len(), "snapshots and backups")
}

/// Restore points by the lower-case identifier of the database that was saved.
#[derive(Default)]
struct Saved {
    points: BTreeMap<String, RestorePoint>,
}

impl Saved {
    fn of(&mut self, database: &str) -> &mut RestorePoint {
        self.points.entry(database.to_ascii_lowercase()).or_default()
    }

    /// One that is still being made or copied cannot be restored.
    fn snapshot(&mut self, database: Option<&str>, status: Option<&str>, taken: Option<Snapshotted>) {
        if let (Some(database), Some("available"), Some(taken)) = (database, status, taken) {
            let newest = &mut self.of(database).snapshot;
            let age = |snapshot: &Snapshotted| (snapshot.at, snapshot.id.clone());
            if newest.as_ref().is_none_or(|newest| age(newest) < age(&taken)) {
                *newest = Some(taken);
            }
        }
    }

    fn manual(&mut self, database: Option<&str>, id: String, status: Option<&str>, taken: Option<Snapshotted>) {
        let Some(database) = database else { return };
        let manual = &mut self.of(database).manual;
        manual.push(ManualSnapshot { id, status: text(status), at: taken.map(|taken| taken.at) });
        // One that is being made has no time yet, and is the newest.
        manual.sort_by_key(|snapshot| std::cmp::Reverse((snapshot.at.is_none(), snapshot.at)));
        manual.truncate(MOST_MANUAL);
    }

    fn replicated(&mut self, database: Option<&str>, arn: &str) {
        if let Some(database) = database {
            self.of(database).replicated_backups = Some(arn.to_owned());
        }
    }

    fn reaches(&mut self, database: Option<&str>, latest: Option<Timestamp>) {
        if let (Some(database), Some(latest)) = (database, latest) {
            let point = &mut self.of(database).point_in_time;
            *point = (*point).max(Some(latest));
        }
    }
}

/// As old as the newest transaction in it: a copy is younger than what it holds, and what a lagging replica saved is older than the snapshot.
fn taken(snapshot: &DbSnapshot) -> Option<Snapshotted> {
    let times = [snapshot.snapshot_database_time(), snapshot.original_snapshot_create_time(), snapshot.snapshot_create_time()];
    let at = times.into_iter().flatten().filter_map(instant).min()?;
    Some(Snapshotted { id: text(snapshot.db_snapshot_identifier()), at, kind: text(snapshot.snapshot_type()) })
}

fn taken_of_cluster(snapshot: &DbClusterSnapshot) -> Option<Snapshotted> {
    let at = when(snapshot.snapshot_create_time())?;
    Some(Snapshotted { id: text(snapshot.db_cluster_snapshot_identifier()), at, kind: text(snapshot.snapshot_type()) })
}

fn only(attribute: &str, databases: &[String]) -> Filter {
    Filter::builder().name(attribute).set_values(Some(databases.to_vec())).build()
}

async fn snapshots(rds: &Client, databases: &[String]) -> Result<Listed<DbSnapshot>, Trouble> {
    pages(|marker| {
        let request = rds.describe_db_snapshots().filters(only("db-instance-id", databases)).set_marker(marker);
        async move {
            let page = request.customize().interceptor(Whole).send().await.map_err(|error| trouble(&error))?;
            Ok(Page { items: page.db_snapshots.unwrap_or_default(), next: token(page.marker) })
        }
    })
    .await
}

async fn cluster_snapshots(rds: &Client, databases: &[String]) -> Result<Listed<DbClusterSnapshot>, Trouble> {
    pages(|marker| {
        let request = rds.describe_db_cluster_snapshots().filters(only("db-cluster-id", databases)).set_marker(marker);
        async move {
            let page = request.customize().interceptor(Whole).send().await.map_err(|error| trouble(&error))?;
            Ok(Page { items: page.db_cluster_snapshots.unwrap_or_default(), next: token(page.marker) })
        }
    })
    .await
}

async fn automated_backups(rds: &Client, databases: &[String]) -> Result<Listed<DbInstanceAutomatedBackup>, Trouble> {
    pages(|marker| {
        let request = rds.describe_db_instance_automated_backups().filters(only("db-instance-id", databases)).set_marker(marker);
        async move {
            let page = request.customize().interceptor(Whole).send().await.map_err(|error| trouble(&error))?;
            Ok(Page { items: page.db_instance_automated_backups.unwrap_or_default(), next: token(page.marker) })
        }
    })
    .await
}
