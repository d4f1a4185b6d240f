//! The ground truth in one JSON object: for tests, benches and facilitators. Nothing the console may look at.

use std::collections::BTreeMap;

use drlab_core::domain::Region;
use serde_json::{Value, json};

use super::application::{Application, Sight, Site, look};
use super::rds::DatabaseSight;
use super::{Missing, World, ecs, elb, rds, route53, s3, secrets};

impl World {
    /// Everything that is true now, whatever the APIs say.
    #[must_use]
    pub fn state(&self) -> Value {
        json!({
            "schema": "drlab.lab.state/1",
            "at": self.now(),
            "started": self.started(),
            "workloads": self.applications.list.iter().map(|app| self.workload_state(app)).collect::<Vec<_>>(),
            "databases": self.database_states(),
            "buckets": self.bucket_states(),
            "secrets": self.secret_states(),
            "faults": self.fault_states(),
            "coming": self.script.coming().len(),
            "transitions": self.truth.transitions().collect::<Vec<_>>(),
        })
    }

    /// What is wrong just now, in data and in words.
    #[must_use]
    pub fn fault_states(&self) -> Vec<Value> {
        self.faults
            .active()
            .iter()
            .map(|active| {
                let place = active.region.as_ref().map_or("everywhere", Region::as_str);
                let part = active.component.as_deref().map(|part| format!(" on {part}")).unwrap_or_default();
                let end = active.until.map(|until| format!(" until {until}")).unwrap_or_default();
                json!({
                    "fault": active.fault.name(),
                    "region": active.region,
                    "component": active.component,
                    "level": active.level,
                    "from": active.from,
                    "until": active.until,
                    "says": format!("{} in {place}{part}{end}", active.fault),
                })
            })
            .collect()
    }

    fn workload_state(&self, app: &Application) -> Value {
        let landing = route53::landing(self, &app.record).addresses.first().copied();
        let landed = landing.and_then(|address| elb::name_at(self, address));
        let landed = landed.and_then(|(_, name)| app.sites.iter().find(|site| site.load_balancer == name));
        let writable = app.sites.iter().filter(|site| self.database_of(site).is_some_and(|database| database.writable)).count();
        json!({
            "name": app.workload,
            "record": app.record,
            "record_sets": route53::leads(self, &app.record).collect::<BTreeMap<_, _>>(),
            "landing": landed.map(|site| site.name),
            "landing_address": landing.map(|address| address.to_string()),
            "split": writable > 1,
            "sites": app.sites.iter().map(|site| self.site_state(app, site)).collect::<Vec<_>>(),
            "writes": self.write_state(app, landed),
        })
    }

    fn site_state(&self, app: &Application, site: &Site) -> Value {
        let answers = |path: &str| match elb::addresses_of(self, &site.load_balancer).and_then(|(_, addresses)| addresses.first().copied())
        {
            Some(address) => match look(self, address, path) {
                Sight::Answered { status, .. } => json!(status),
                Sight::Silence => json!("silence"),
                Sight::Refused => json!("refused"),
            },
            None => Value::Null,
        };
        json!({
            "name": site.name,
            "region": site.region,
            "dark": self.faults.is_dark(&site.region),
            "answers": answers(&app.health_path),
            "writes": answers(&app.write_path),
            "services": site.services.iter().map(|(cluster, service)| json!({
                "cluster": cluster,
                "service": service,
                "running": ecs::running_tasks(self, &site.region, cluster, service),
            })).collect::<Vec<_>>(),
            "database": self.database_of(site).map(|database| json!({
                "id": database.id,
                "up": database.up,
                "writable": database.writable,
                "lag_s": rds::replica_lag(self, &site.region, &database.id).map(|lag| lag.as_secs_f64()),
                "rows": rds::holds(self, &site.region, &database.id).map(|(timeline, as_of)| self.ledger.held(timeline, as_of)),
            })),
        })
    }

    /// Acknowledged rows, and those of them that the database behind the landing site does not hold.
    fn write_state(&self, app: &Application, landed: Option<&Site>) -> Value {
        let database = landed.and_then(|site| self.database_of(site).map(|database| (site, database)));
        let missing: Vec<Missing> = database.map_or_else(Vec::new, |(site, database)| {
            let owned = |missing: &Missing| app.sites.iter().any(|site| site.database.as_deref() == Some(&missing.acknowledged_by));
            let held = rds::holds(self, &site.region, &database.id);
            let missing = held.map(|(timeline, as_of)| self.ledger.missing(timeline, as_of)).unwrap_or_default();
            missing.into_iter().filter(owned).collect()
        });
        let owners: Vec<&str> = app.sites.iter().filter_map(|site| site.database.as_deref()).collect();
        json!({
            "acknowledged": self.ledger.acknowledged_by(&owners),
            "missing": missing.iter().map(|part| part.rows).sum::<u64>(),
            "stretches": missing,
            "served": landed.and_then(|site| self.served_state(app, site)),
        })
    }

    /// The database that those who land there really write to, whatever it is called by now: what it holds of the rows that were acknowledged to
    /// this application's writers, wherever they wrote, and what it lacks.
    fn served_state(&self, app: &Application, site: &Site) -> Option<Value> {
        let (cluster, service) = site.services.last()?;
        let database = app.database(self, site, cluster, service)?;
        let (timeline, as_of) = rds::holds(self, &database.region, &database.id)?;
        let theirs = |missing: &&Missing| app.writers.iter().any(|writer| writer.name == missing.writer);
        let missing = self.ledger.missing(timeline, as_of);
        Some(json!({
            "database": database.id,
            "held": self.ledger.held(timeline, as_of),
            "missing": missing.iter().filter(theirs).map(|missing| missing.rows).sum::<u64>(),
            "stretches": missing.iter().filter(theirs).collect::<Vec<_>>(),
        }))
    }

    /// What somebody finds who asks for the site's database by its configured name.
    fn database_of(&self, site: &Site) -> Option<DatabaseSight> {
        rds::database_in(self, &site.region, site.database.as_deref()?)
    }

    /// Every instance there is, whether a site is configured with it or it was made since.
    fn database_states(&self) -> Vec<Value> {
        let sights = self.regional.keys().flat_map(|region| rds::instances_in(self, region));
        sights.map(|sight| json!({ "region": sight.region, "id": sight.id, "writable": sight.writable })).collect()
    }

    /// Which database each secret names. What else it holds is nobody's business, not even here.
    fn secret_states(&self) -> Vec<Value> {
        let names =
            |region: &Region| secrets::in_region(self, region).map(|secret| (secret.name.clone(), secret.is_replica())).collect::<Vec<_>>();
        let host = |region: &Region, name: &str| {
            let (text, _) = secrets::value(self, region, name)?;
            serde_json::from_str::<Value>(text).ok()?.get("host").cloned()
        };
        let all = self.regional.keys().flat_map(|region| names(region).into_iter().map(move |(name, replica)| (region, name, replica)));
        all.map(|(region, name, replica)| json!({ "region": region, "name": name, "replica": replica, "host": host(region, &name) }))
            .collect()
    }

    fn bucket_states(&self) -> Vec<Value> {
        self.s3
            .buckets
            .keys()
            .map(|name| {
                let backlog = s3::backlog(self, name);
                json!({ "bucket": name, "pending_bytes": backlog.bytes, "pending_operations": backlog.operations, "oldest": backlog.oldest })
            })
            .collect()
    }
}
