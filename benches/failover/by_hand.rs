//! The same failover by somebody with a runbook in one window and the CLI in the other: every step after the one before, each waited for by a
//! waiter that looks every thirty seconds, the way `aws … wait` does. They know every name and every command by heart, make no mistake, and
//! type in no time; the lab, its seed and the moment at which they begin are the same.

use std::time::Duration;

use drlab_core::config::{Actor, DatabaseKind, Site, SiteService, Workload};
use drlab_core::domain::{Change, Receipt, Region, Timestamp, What};
use drlab_lab::world::application::Sight;
use drlab_lab::world::route53::{self, RecordKind, ResolverId};
use drlab_tui::aws::act::{Armed, apply};
use tokio::time::sleep;

use crate::bridge::armed;
use crate::lab::rig::Rig;
use crate::steps;

/// Between two looks of a waiter.
const WAITER: Duration = Duration::from_secs(30);
/// Three rounds of the proof.
const APART: Duration = Duration::from_secs(5);
const ROUNDS: usize = 3;
const PATIENCE: Duration = Duration::from_secs(2);

struct Hand<'r> {
    rig: &'r Rig,
    workload: &'r Workload,
    armed: Armed,
}

/// When it is proven.
pub(crate) async fn failover(rig: &Rig, begun: Timestamp) -> Timestamp {
    let hand = Hand { rig, workload: &rig.stage.config.workloads[0], armed: armed(rig).await };
    let now = || rig.way.lab().clock().now();
    sleep(begun.since(now())).await;
    hand.hold().await;
    hand.stop().await;
    hand.promote().await;
    hand.point().await;
    hand.scale().await;
    hand.redeploy().await;
    let change = steps::lead(rig, Site::Standby).await;
    waited(async || steps::is_in_sync(rig, &change).await).await;
    waited(async || hand.serves().await).await;
    for _ in 1..ROUNDS {
        sleep(APART).await;
        assert!(hand.serves().await);
    }
    now()
}

async fn waited(mut so: impl AsyncFnMut() -> bool) {
    while !so().await {
        sleep(WAITER).await;
    }
}

impl Hand<'_> {
    async fn ask(&self, region: &Region, what: What) {
        let receipt = apply(&self.armed, &Change::new(region, what.clone())).await;
        assert!(matches!(receipt, Some(Receipt::Accepted { .. })), "{what:?}: {receipt:?}");
    }

    async fn hold(&self) {
        for automation in &self.workload.automations {
            let what = match &automation.what {
                Actor::Rule(name) => What::SetRule { rule: name.clone(), enabled: false },
                Actor::Function(name) => What::SetConcurrency { function: name.clone(), reserved: Some(0) },
                Actor::StateMachine(_) => continue,
            };
            self.ask(&automation.region, what).await;
        }
    }

    fn services(&self, site: Site) -> impl Iterator<Item = (&SiteService, bool)> {
        self.workload.services.iter().map(move |service| (service.sites.get(site), service.autoscaled))
    }

    async fn count(&self, site: Site, at: &SiteService, desired: u32, least: Option<u32>) {
        let (cluster, service, most) = (at.cluster.clone(), at.service.clone(), at.bounds.map_or(desired, |bounds| bounds.max));
        let region = self.workload.region(site);
        let whole = |count: u32| i32::try_from(count).unwrap();
        if let Some(least) = least {
            let bounds = What::SetBounds { cluster: cluster.clone(), service: service.clone(), min: whole(least), max: whole(most) };
            self.ask(region, bounds).await;
        }
        self.ask(region, What::ScaleService { cluster, service, desired: whole(desired) }).await;
    }

    async fn stop(&self) {
        for (at, autoscaled) in self.services(Site::Primary) {
            self.count(Site::Primary, at, 0, autoscaled.then_some(0)).await;
            waited(async || self.running(Site::Primary, at).await.0 == 0).await;
        }
    }

    async fn scale(&self) {
        for (at, autoscaled) in self.services(Site::Standby) {
            self.count(Site::Standby, at, at.failover_tasks, autoscaled.then_some(at.failover_tasks)).await;
            self.stable(at).await;
        }
    }

    async fn redeploy(&self) {
        for (at, _) in self.services(Site::Standby) {
            let what = What::Redeploy { cluster: at.cluster.clone(), service: at.service.clone() };
            self.ask(&self.workload.standby, what).await;
            self.stable(at).await;
        }
    }

    /// As many run as are wanted, of one deployment, and as many are healthy.
    async fn stable(&self, at: &SiteService) {
        waited(async || {
            let (running, deployments) = self.running(Site::Standby, at).await;
            let group = at.target_group.as_ref().unwrap();
            let found = self.rig.standby().elb.describe_target_health().target_group_arn(group).send().await.unwrap();
            let healthy = found
                .target_health_descriptions()
                .iter()
                .filter(|target| target.target_health().and_then(|health| health.state()).is_some_and(|state| state.as_str() == "healthy"));
            running == at.failover_tasks && deployments == 1 && healthy.count() >= at.failover_tasks as usize
        })
        .await;
    }

    /// Tasks that run, and deployments that want any.
    async fn running(&self, site: Site, at: &SiteService) -> (u32, usize) {
        let ecs = &self.rig.at(self.workload.region(site)).ecs;
        let found = ecs.describe_services().cluster(&at.cluster).services(&at.service).send().await.unwrap();
        let deployments = found.services()[0].deployments().iter().filter(|one| one.desired_count() > 0 || one.running_count() > 0).count();
        (u32::try_from(found.services()[0].running_count()).unwrap(), deployments.max(1))
    }

    async fn promote(&self) {
        let (database, rds) = (self.workload.database.as_ref().unwrap(), &self.rig.standby().rds);
        let (id, region) = (&database.sites.standby, &self.workload.standby);
        match database.kind {
            DatabaseKind::RdsReplica => {
                self.ask(region, What::PromoteReplica { instance: id.clone() }).await;
                waited(async || {
                    let found = rds.describe_db_instances().db_instance_identifier(id).send().await.unwrap();
                    let one = &found.db_instances()[0];
                    one.read_replica_source_db_instance_identifier().is_none() && one.db_instance_status() == Some("available")
                })
                .await;
            }
            DatabaseKind::AuroraGlobal => {
                let target_arn = format!("arn:aws:rds:{region}:{}:cluster:{id}", self.workload.account);
                let global_cluster = database.global_cluster.clone().unwrap();
                self.ask(region, What::FailoverGlobal { global_cluster: global_cluster.clone(), target_arn }).await;
                waited(async || {
                    let found = rds.describe_global_clusters().global_cluster_identifier(&global_cluster).send().await.unwrap();
                    let global = &found.global_clusters()[0];
                    let ours = |arn: &str| arn.ends_with(&format!(":{id}"));
                    let writer = global.global_cluster_members().iter().find(|member| member.is_writer() == Some(true));
                    global.failover_state().is_none() && writer.and_then(|member| member.db_cluster_arn()).is_some_and(ours)
                })
                .await;
            }
        }
    }

    async fn point(&self) {
        let database = self.workload.database.as_ref().unwrap();
        let (secret, region) = (database.secret.as_ref().unwrap(), &self.workload.standby);
        let rds = &self.rig.standby().rds;
        let (host, port) = match database.kind {
            DatabaseKind::RdsReplica => {
                let found = rds.describe_db_instances().db_instance_identifier(&database.sites.standby).send().await.unwrap();
                let endpoint = found.db_instances()[0].endpoint().unwrap();
                (endpoint.address().unwrap().to_owned(), endpoint.port().unwrap())
            }
            DatabaseKind::AuroraGlobal => {
                let found = rds.describe_db_clusters().db_cluster_identifier(&database.sites.standby).send().await.unwrap();
                (found.db_clusters()[0].endpoint().unwrap().to_owned(), found.db_clusters()[0].port().unwrap())
            }
        };
        let name = secret.at(Site::Standby).to_owned();
        if secret.is_replicated() {
            self.ask(region, What::PromoteSecret { secret: name.clone() }).await;
        }
        self.ask(region, What::PointSecret { secret: name, host, port, token: "b".repeat(40) }).await;
    }

    /// Whether a user gets the standby at both resolvers, and what they write is kept.
    async fn serves(&self) -> bool {
        let dns = self.workload.dns.as_ref().unwrap();
        for resolver in [ResolverId::A, ResolverId::B] {
            let found = self.rig.way.ask(|world| route53::resolve(world, resolver, &dns.record, RecordKind::A).addresses()).await;
            let Some(address) = found.first().filter(|address| address.octets()[..3] == [203, 0, 113]) else { return false };
            let sight = self.rig.way.fetch(&address.to_string(), dns.probe.write_path.as_deref().unwrap(), PATIENCE, PATIENCE).await;
            if !matches!(sight, Some(Sight::Answered { status: 200, .. })) {
                return false;
            }
        }
        true
    }
}
