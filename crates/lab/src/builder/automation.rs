use std::sync::Arc;
use std::time::Duration;

use drlab_core::config::{
    Database, DatabaseKind, Flip, FunctionBehaviour, LabFunction, LabTable, MachineBehaviour, RuleWhen, Service, Site,
};
use drlab_core::domain::Region;

use super::{Builder, both};
use crate::world::automation::{self, DatabasePlan, Lead, Probe, RecordPlan, Recovery, ServicePlan, TablePlan};
use crate::world::events::NewRule;
use crate::world::lambda::{self, CostPlan, Monitor, NewFunction, PaymentPlan, Readiness};
use crate::world::{ApiError, apigateway, dynamodb, elb, events, states};

/// When automation gives up.
const LIMIT: Duration = Duration::from_secs(2 * 3600);
/// Dollars for an hour of a Fargate task of half a vCPU and 1 GiB, and of a db.r6g.large with its load balancer (us-east-1 list prices).
const TASK_HOUR: f64 = 0.024_7;
const FIXED_HOUR: f64 = 0.28;

impl Builder<'_> {
    pub(super) fn tables(&mut self) {
        for table in &self.lab.tables {
            let region = self.place(table.site);
            dynamodb::add_table(self.world, &region, &table.name, &table.partition_key, table.sort_key.as_deref(), Vec::new());
        }
    }

    pub(super) fn functions(&mut self) {
        for function in &self.lab.functions {
            let region = self.place(function.site);
            if let Some(behaviour) = self.function(function, &region) {
                lambda::add_function(self.world, &region, NewFunction::new(&function.name, behaviour));
            }
        }
    }

    /// What a function does; `None` where the workload has nothing for it to do it to.
    fn function(&self, function: &LabFunction, region: &Region) -> Option<lambda::Behaviour> {
        let forward = || Some(Arc::new(self.recovery(Site::Primary, Site::Standby, function.table.as_deref())?));
        Some(match function.behaviour {
            FunctionBehaviour::HealthMonitor => lambda::Behaviour::HealthMonitor(Arc::new(Monitor {
                workload: self.workload.name.clone(),
                primary: self.probe(Site::Primary)?,
                standby: self.readiness()?,
                threshold: function.after_failures,
                automation: (region.clone(), function.invokes.clone().or_else(|| self.dr_automation())?),
                topic: self.topic(Site::Standby),
            })),
            FunctionBehaviour::DrAutomation => lambda::Behaviour::DrAutomation(forward()?),
            FunctionBehaviour::DrTest => lambda::Behaviour::DrTest(forward()?),
            FunctionBehaviour::PaymentValidation => {
                let site = self.workload.site_in(region)?;
                let rate = self.lab.application.requests_per_second / 10.0;
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a configured rate, not negative")]
                // The standby's function waits for traffic.
                let per_second = if site == Site::Primary { rate as u32 } else { 0 };
                lambda::Behaviour::PaymentValidation(PaymentPlan { database: self.database_host(site)?, per_second })
            }
            FunctionBehaviour::CostReport => {
                let table = self.table(function.table.as_deref()?)?;
                let region = self.region(Site::Standby);
                let services = self.workload.services.iter().map(|service| {
                    let at = service.sites.get(Site::Standby);
                    (region.clone(), at.cluster.clone(), at.service.clone())
                });
                let services = services.collect();
                let workload = self.workload.name.clone();
                lambda::Behaviour::CostReport(Arc::new(CostPlan {
                    workload,
                    table,
                    services,
                    task_hour: TASK_HOUR,
                    fixed_hour: FIXED_HOUR,
                }))
            }
            FunctionBehaviour::Answer => lambda::Behaviour::Answer,
        })
    }

    /// A standby with tasks is asked for an answer; a pilot light is looked at through its replica.
    fn readiness(&self) -> Option<Readiness> {
        let is_dark = self.workload.services.iter().all(|service| service.sites.standby.tasks == 0);
        match &self.workload.database {
            Some(database) if is_dark => {
                Some(Readiness::Replica { region: self.region(Site::Standby), id: database.sites.standby.clone() })
            }
            _ => Some(Readiness::Answers(self.probe(Site::Standby)?)),
        }
    }

    fn dr_automation(&self) -> Option<String> {
        let acts = |function: &&LabFunction| function.behaviour == FunctionBehaviour::DrAutomation;
        self.lab.functions.iter().find(acts).map(|function| function.name.clone())
    }

    pub(super) fn machines(&mut self) {
        for machine in &self.lab.machines {
            let region = self.place(machine.site);
            let (from, to) = match machine.behaviour {
                MachineBehaviour::Failover => (Site::Primary, Site::Standby),
                MachineBehaviour::Failback => (Site::Standby, Site::Primary),
            };
            let Some(plan) = self.recovery(from, to, None).map(Arc::new) else { continue };
            let behaviour = match machine.behaviour {
                MachineBehaviour::Failover => states::Behaviour::Failover(plan),
                MachineBehaviour::Failback => states::Behaviour::Failback(plan),
            };
            states::add_machine(self.world, &region, &machine.name, behaviour);
        }
    }

    pub(super) fn rules(&mut self) -> Result<(), ApiError> {
        for rule in &self.lab.rules {
            let region = self.place(rule.site);
            let target = rule.target.as_ref().map(|target| {
                let is_machine = self.lab.machines.iter().any(|machine| machine.name == *target);
                let (service, kind) = if is_machine { ("states", "stateMachine") } else { ("lambda", "function") };
                (self.world.arn(service, &region, &format!("{kind}:{target}")), None)
            });
            let (schedule, pattern) = match &rule.when {
                RuleWhen::Schedule(schedule) => (Some(schedule.clone()), None),
                RuleWhen::Pattern(pattern) => (None, Some(pattern.clone())),
            };
            let new = NewRule {
                name: rule.name.clone(),
                description: format!("of {}", self.workload.name),
                schedule,
                pattern,
                disabled: !rule.enabled,
                targets: target.into_iter().collect(),
            };
            if new.pattern.is_some() {
                self.forward(&new, &region)?;
            }
            events::add_rule(self.world, &region, new)?;
        }
        Ok(())
    }

    /// Events stay in their region; what a rule waits for may happen in another one of the workload's (health checks' alarms are in
    /// us-east-1), from where a rule of the same pattern sends it on.
    fn forward(&mut self, rule: &NewRule, to: &Region) -> Result<(), ApiError> {
        let bus = self.world.arn("events", to, "event-bus/default");
        let others: Vec<Region> = self.workload.regions().filter(|region| *region != to).cloned().collect();
        for region in others {
            let name = format!("{}-forward", rule.name);
            let description = format!("sends on to {to}");
            events::add_rule(self.world, &region, NewRule { name, description, targets: vec![(bus.clone(), None)], ..rule.clone() })?;
        }
        Ok(())
    }

    pub(super) fn apis(&mut self) {
        for api in &self.lab.apis {
            let region = self.place(api.site);
            let routes: [(&str, &[&str]); 3] = [("/status", &["GET"]), ("/tests", &["GET"]), ("/failover", &["POST"])];
            apigateway::add_api(self.world, &region, &api.name, &format!("the dashboard of {}", self.workload.name), &api.stage, &routes);
        }
    }

    /// Everything automation needs to know to move the workload from one site to the other.
    fn recovery(&self, from: Site, to: Site, results: Option<&str>) -> Option<Recovery> {
        let dns = self.workload.dns.as_ref()?;
        let database = self.workload.database.as_ref();
        let tables = |role: &str| self.lab.tables.iter().find(|table| table.name.contains(role)).map(|table| self.planned(table));
        Some(Recovery {
            workload: self.workload.name.clone(),
            source: self.site(from)?,
            target: self.site(to)?,
            database: database
                .filter(|database| database.kind == DatabaseKind::RdsReplica)
                .map(|database| self.database_plan(database, from, to)),
            secret: database.and_then(|database| database.secret.as_ref()).map(|secret| secret.at(to).to_owned()),
            record: self.record_plan(to),
            write_path: dns.probe.write_path.clone(),
            topic: self.topic(to),
            state: tables("state"),
            results: results.and_then(|name| self.table(name)).or_else(|| tables("result")),
            limit: LIMIT,
        })
    }

    fn site(&self, site: Site) -> Option<automation::Site> {
        let services = self.workload.services.iter().map(|service| planned_service(service, site)).collect();
        Some(automation::Site { region: self.region(site), probe: self.probe(site)?, services })
    }

    fn probe(&self, site: Site) -> Option<Probe> {
        let path = self.workload.dns.as_ref()?.probe.path.clone();
        Some(Probe { host: self.balancers.get(&site)?.clone(), path })
    }

    fn topic(&self, site: Site) -> Option<String> {
        self.workload.notify.topic.get(site).clone()
    }

    fn database_plan(&self, database: &Database, from: Site, to: Site) -> DatabasePlan {
        let (source, target) = (database.sites.get(from), database.sites.get(to));
        let restored = format!("{}-restored", database.sites.standby);
        let rebuild = database.rebuild.get(to).clone();
        // The old primary may still hold the only copy of lost writes: the way back begins with a replica of another name.
        let replica = if to == Site::Primary { format!("{target}-back") } else { target.clone() };
        DatabasePlan {
            writers: if from == Site::Standby { vec![source.clone(), restored.clone()] } else { vec![source.clone()] },
            replica,
            restored,
            retention_days: self.lab.database.as_ref().map(|lab| lab.backup_retention_days.primary),
            class: rebuild.as_ref().map(|rebuild| rebuild.class.clone()),
            subnet_group: rebuild.as_ref().and_then(|rebuild| rebuild.subnet_group.clone()),
            security_groups: rebuild.map(|rebuild| rebuild.security_groups).unwrap_or_default(),
        }
    }

    /// Both sets of the pair lead to the target; workloads that are not turned by a pair are left to somebody else.
    fn record_plan(&self, to: Site) -> Option<RecordPlan> {
        let dns = self.workload.dns.as_ref()?;
        if matches!(dns.flip, Flip::Manual | Flip::Weighted) {
            return None;
        }
        let balancer = self.balancers.get(&to)?;
        let lead = match dns.ttl {
            Some(ttl) => Lead::Values { ttl: u32::try_from(ttl.as_secs()).unwrap_or(u32::MAX), values: vec![balancer.clone()] },
            None => {
                let zone = elb::load_balancer(self.world, &self.region(to), balancer)?.hosted_zone_id.clone();
                let evaluate = self.lab.dns.as_ref().is_some_and(|dns| dns.evaluate_target_health);
                Lead::Alias { zone, name: balancer.clone(), evaluate }
            }
        };
        let leads = both(&dns.sites).map(|(_, record)| (record.set_identifier.clone(), lead.clone())).into();
        let kind = if dns.ttl.is_some() { "CNAME" } else { "A" };
        Some(RecordPlan { zone: dns.zone.clone(), name: dns.record.clone(), kind: kind.to_owned(), leads })
    }

    fn table(&self, name: &str) -> Option<TablePlan> {
        self.lab.tables.iter().find(|table| table.name == name).map(|table| self.planned(table))
    }

    fn planned(&self, table: &LabTable) -> TablePlan {
        TablePlan {
            region: self.place(table.site),
            name: table.name.clone(),
            hash: table.partition_key.clone(),
            range: table.sort_key.clone(),
        }
    }
}

/// What a service is to be once its site carries the load.
fn planned_service(service: &Service, site: Site) -> ServicePlan {
    let at = service.sites.get(site);
    let bounds = at.bounds.map(|bounds| (bounds.min.max(at.failover_tasks), bounds.max));
    ServicePlan { cluster: at.cluster.clone(), service: at.service.clone(), tasks: at.failover_tasks, bounds }
}
