use drlab_core::config::{Database, DatabaseKind, Engine as EngineWord, LabDatabase, Secret, Site};
use serde_json::json;

use super::{Builder, SITES};
use crate::world::rds::{self, DailyWindow, Engine, NewCluster, NewGlobalCluster, NewInstance, NewMember};
use crate::world::{ApiError, secrets};

/// How many of the scheduled snapshots are still there.
const SNAPSHOTS_KEPT: u32 = 3;

impl Builder<'_> {
    pub(super) fn database(&mut self) -> Result<(), ApiError> {
        let Some(database) = &self.workload.database else { return Ok(()) };
        match database.kind {
            DatabaseKind::RdsReplica => self.replica(database),
            DatabaseKind::AuroraGlobal => self.global_cluster(database),
        }
    }

    fn replica(&mut self, database: &Database) -> Result<(), ApiError> {
        let (primary, standby) = (self.region(Site::Primary), self.region(Site::Standby));
        let Some(lab) = &self.lab.database else { return Ok(()) };
        let source = self.instance(lab, Site::Primary, &database.sites.primary);
        let replica = self.instance(lab, Site::Standby, &database.sites.standby);
        rds::add_instance(self.world, &primary, source)?;
        rds::add_replica(self.world, &primary, &database.sites.primary, &standby, replica)?;
        self.snapshots(&database.sites.primary)
    }

    /// Snapshots of the last days by the workload's own schedule, and their copies.
    fn snapshots(&mut self, source: &str) -> Result<(), ApiError> {
        let (primary, standby) = (self.region(Site::Primary), self.region(Site::Standby));
        let Some(schedule) = self.lab.database.as_ref().and_then(|lab| lab.snapshots) else { return Ok(()) };
        for nth in 1..=SNAPSHOTS_KEPT {
            let taken = self.world.now() - schedule.every * nth;
            let day = taken.to_string();
            let name = format!("{source}-{}", day.get(..16).unwrap_or(&day).replace([':', 'T'], "-"));
            rds::add_snapshot(self.world, &primary, source, &name, taken, &primary)?;
            if schedule.copied {
                rds::add_snapshot(self.world, &primary, source, &name, taken, &standby)?;
            }
        }
        Ok(())
    }

    fn global_cluster(&mut self, database: &Database) -> Result<(), ApiError> {
        let Some(lab) = &self.lab.database else { return Ok(()) };
        let cluster = |site: Site| {
            let id = database.sites.get(site);
            let class = lab.class.get(site).clone();
            let members = (1..=*lab.instances.get(site)).map(|nth| NewMember {
                id: format!("{id}-{nth}"),
                class: class.clone(),
                promotion_tier: nth - 1,
            });
            (self.region(site), NewCluster { id: id.clone(), members: members.collect(), common: self.instance(lab, site, id) })
        };
        let new = NewGlobalCluster {
            id: database.global_cluster.clone().unwrap_or_else(|| self.workload.name.clone()),
            primary: cluster(Site::Primary),
            secondaries: vec![cluster(Site::Standby)],
        };
        rds::add_global_cluster(self.world, new)?;
        Ok(())
    }

    fn instance(&self, lab: &LabDatabase, site: Site, id: &str) -> NewInstance {
        let rebuild = self.workload.database.as_ref().and_then(|database| database.rebuild.get(site).clone());
        let window = DailyWindow::parse(&lab.backup_window);
        NewInstance {
            id: id.to_owned(),
            engine: match lab.engine {
                EngineWord::Postgres => Engine::Postgres,
                EngineWord::Mysql => Engine::Mysql,
                EngineWord::AuroraPostgresql => Engine::AuroraPostgres,
                EngineWord::AuroraMysql => Engine::AuroraMysql,
            },
            version: Some(lab.version.clone()),
            class: lab.class.get(site).clone(),
            storage_gib: lab.storage_gb,
            multi_az: *lab.multi_az.get(site),
            retention_days: *lab.backup_retention_days.get(site),
            backup_window: window,
            parameter_group: rebuild.as_ref().and_then(|rebuild| rebuild.parameter_group.clone()),
            security_groups: rebuild.as_ref().map(|rebuild| rebuild.security_groups.clone()).unwrap_or_default(),
            subnet_group: rebuild.as_ref().and_then(|rebuild| rebuild.subnet_group.clone()),
            kms_key: rebuild.as_ref().and_then(|rebuild| rebuild.kms_key.clone()),
            database: Some("app".to_owned()),
            ..NewInstance::default()
        }
    }

    /// The name under which a site's database is reached.
    pub(super) fn database_host(&self, site: Site) -> Option<String> {
        let database = self.workload.database.as_ref()?;
        let region = self.region(site);
        rds::endpoint(self.world, &region, database.sites.get(site))
    }

    /// What the application reads: host and credentials, replicated from the primary or standing on its own at each site.
    pub(super) fn secrets(&mut self) {
        let Some(secret) = self.workload.database.as_ref().and_then(|database| database.secret.clone()) else { return };
        for site in SITES {
            let region = self.region(site);
            if secret.is_replicated() && site == Site::Standby {
                continue;
            }
            let value = self.secret_value(site);
            let replicas = if secret.is_replicated() { vec![self.region(Site::Standby)] } else { Vec::new() };
            secrets::add_secret(self.world, &region, secret_name(&secret, site), &value, &replicas);
        }
    }

    fn secret_value(&self, site: Site) -> String {
        let engine = self.lab.database.as_ref().map_or("postgres", |lab| lab.engine.word());
        let port = if engine.contains("mysql") { 3306 } else { 5432 };
        let password = self.world.chance.hex(("password", &self.workload.name), 24);
        json!({ "engine": engine, "host": self.database_host(site), "port": port, "dbname": "app", "username": "app", "password": password }).to_string()
    }
}

/// A secret's own name, where the configuration gives its ARN: AWS adds six characters of its own to it.
fn secret_name(secret: &Secret, site: Site) -> &str {
    let given = secret.at(site);
    let Some((_, name)) = given.split_once(":secret:") else { return given };
    name.rsplit_once('-').filter(|(_, suffix)| suffix.len() == 6).map_or(name, |(name, _)| name)
}
