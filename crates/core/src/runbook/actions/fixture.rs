//! Scenes built by hand: a stage of one of the built-in topologies, what has been seen, and what the run remembers.

use std::sync::Arc;
use std::time::Duration;

use crate::config::{Config, Site, Workload};
use crate::domain::fact::*;
use crate::domain::{Cause, Change, Kind, Measure, Reading, Receipt, Snapshot, Subject, Timestamp, Trouble, Value, What};
use crate::runbook::testing::of_its_kind;
use crate::runbook::{Action, Certainty, Deed, Kind as RunKind, Memory, OnFail, Past, Scene, Stage, Standing};

pub(super) const NOW: Timestamp = Timestamp::from_secs(1_795_172_551);

/// As long ago the stage became ready.
const READY: Duration = Duration::from_secs(60);

#[derive(Clone, Debug)]
pub(super) struct Play {
    pub(super) workload: Workload,
    pub(super) snapshot: Snapshot,
    pub(super) now: Timestamp,
    pub(super) since: Timestamp,
    pub(super) memory: Memory,
    pub(super) stage: Stage,
    pub(super) kind: RunKind,
    pub(super) source: Site,
}

pub(super) fn workload(name: &str) -> Workload {
    let text = match name {
        "tier2" => include_str!("../../../../lab/src/topologies/tier2.toml"),
        "pilot" => include_str!("../../../../lab/src/topologies/pilot.toml"),
        "platform" => include_str!("../../../../lab/src/topologies/platform.toml"),
        _ => include_str!("../../../../lab/src/topologies/payments.toml"),
    };
    let console = text.split("\n[lab]\n").next().unwrap_or(text);
    Config::parse(name, console, &[]).unwrap().workloads.remove(0)
}

impl Play {
    /// Nothing seen yet; the stage is of the action's first part, at its own site, in an unplanned failover from the primary.
    pub(super) fn of(topology: &str, action: Action) -> Self {
        let workload = workload(topology);
        let about = action.deed().about();
        let part = action.deed().parts(&workload).unwrap()[0];
        let stage = Stage {
            id: "it".to_owned(),
            step: "it".to_owned(),
            title: String::new(),
            action,
            site: about.site.of(Site::Primary),
            part,
            needs: vec!["before".to_owned()],
            guards: Vec::new(),
            confirm: about.confirm,
            expect: about.expect,
            timeout: about.timeout,
            on_fail: OnFail::Pause,
            note: None,
            with: Default::default(),
        };
        let mut memory = Memory { run: "20261120-1102-x".to_owned(), declared_at: NOW - Duration::from_secs(300), ..Memory::default() };
        memory.done.insert("before".to_owned(), NOW - READY);
        Self {
            workload,
            snapshot: Snapshot::default(),
            now: NOW,
            since: NOW - READY,
            memory,
            stage,
            kind: RunKind::Unplanned,
            source: Site::Primary,
        }
    }

    pub(super) fn kind(mut self, kind: RunKind) -> Self {
        self.kind = kind;
        self
    }

    pub(super) fn at(mut self, site: Site) -> Self {
        self.stage.site = site;
        self
    }

    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.stage.with.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(super) fn deed(&self) -> &'static dyn Deed {
        self.stage.action.deed()
    }

    pub(super) fn scene(&self) -> Scene<'_> {
        Scene {
            // Tests end before memory does.
            workload: match self.memory.meant(self.kind, &self.workload) {
                std::borrow::Cow::Borrowed(workload) => workload,
                std::borrow::Cow::Owned(meant) => Box::leak(Box::new(meant)),
            },
            configured: &self.workload,
            kind: self.kind,
            source: self.source,
            stage: &self.stage,
            snapshot: &self.snapshot,
            now: self.now,
            since: self.since,
            memory: &self.memory,
        }
    }

    pub(super) fn stand(&self) -> Standing {
        of_its_kind(self.stage.action, self.deed().stand(&self.scene()))
    }

    /// A look a second ago that found something.
    pub(super) fn found(&mut self, subject: Subject, fact: impl Into<Fact>) -> &mut Self {
        self.looked(subject, fact, None, Duration::from_secs(1))
    }

    /// What was seen before the stage was ready.
    pub(super) fn found_before(&mut self, subject: Subject, fact: impl Into<Fact>) -> &mut Self {
        let ago = self.now.since(self.since) + Duration::from_secs(1);
        self.looked(subject, fact, None, ago)
    }

    fn looked(&mut self, subject: Subject, fact: impl Into<Fact>, at: Option<Timestamp>, ago: Duration) -> &mut Self {
        let begun = self.now - ago;
        let outcome = Ok(Value::Found { fact: Arc::new(fact.into()), at });
        self.snapshot.take(Reading { subject, begun, read: begun + Duration::from_millis(200), outcome });
        self
    }

    pub(super) fn missing(&mut self, subject: Subject) -> &mut Self {
        let begun = self.now - Duration::from_secs(1);
        let outcome = Ok(Value::Missing(format!("there is no {subject}")));
        self.snapshot.take(Reading { subject, begun, read: begun, outcome });
        self
    }

    pub(super) fn fails(&mut self, subject: Subject, cause: Cause, times: u64) -> &mut Self {
        for back in (0..times).rev() {
            let begun = self.now - Duration::from_secs(1 + back * 5);
            let outcome = Err(Trouble::new(cause, "no answer within 3 s"));
            self.snapshot.take(Reading { subject: subject.clone(), begun, read: begun, outcome });
        }
        self
    }

    /// Points, each as many seconds ago as it says, the oldest first.
    pub(super) fn points(&mut self, subject: Subject, points: &[(u64, f64)]) -> &mut Self {
        let points: Vec<Point> =
            points.iter().map(|(ago, value)| Point { at: self.now - Duration::from_secs(*ago), value: *value }).collect();
        let at = points.last().map(|point| point.at);
        self.looked(subject, Series { unit: String::new(), points }, at, Duration::from_secs(1))
    }

    /// A change was asked for and answered just now; nothing older counts.
    pub(super) fn asked(&mut self, change: &Change, receipt: Receipt) -> &mut Self {
        let past = Past { stage: self.stage.id.clone(), change: change.clone(), asked_at: self.now, answer: Some((self.now, receipt)) };
        self.memory.past.push(past);
        self.since = self.now;
        self.later(5)
    }

    pub(super) fn later(&mut self, seconds: u64) -> &mut Self {
        self.now += Duration::from_secs(seconds);
        self
    }

    /// Somebody said “once more”.
    pub(super) fn retried(&mut self) -> &mut Self {
        self.later(1);
        self.since = self.now;
        self.later(5)
    }

    pub(super) fn said(&mut self, note: &str) -> &mut Self {
        self.memory.said.insert(self.stage.id.clone(), note.to_owned());
        self
    }

    // What things are called.

    pub(super) fn service_subject(&self, kind: Kind) -> Subject {
        self.workload.service_subject(kind, self.service(), self.stage.site)
    }

    pub(super) fn targets_subject(&self) -> Subject {
        self.workload.target_subject(Kind::Targets, self.service(), self.stage.site).unwrap()
    }

    pub(super) fn database(&self, site: Site) -> Subject {
        self.workload.database_subject(self.workload.database.as_ref().unwrap(), site)
    }

    pub(super) fn global_subject(&self) -> Subject {
        self.workload.global_cluster_subject(self.workload.database.as_ref().unwrap(), self.stage.site).unwrap()
    }

    pub(super) fn metric(&self, site: Site, measure: Measure) -> Subject {
        self.workload.database_metric(self.workload.database.as_ref().unwrap(), site, measure)
    }

    pub(super) fn secret_subject(&self) -> Subject {
        self.workload.secret_subject(self.workload.database.as_ref().unwrap(), self.stage.site).unwrap()
    }

    pub(super) fn points_of(&self, of: Site) -> Subject {
        self.workload.restore_subject(self.workload.database.as_ref().unwrap(), of, self.stage.site)
    }

    pub(super) fn service(&self) -> &crate::config::Service {
        match self.stage.part {
            crate::runbook::Part::Service(index) => &self.workload.services[index],
            _ => &self.workload.services[0],
        }
    }

    // What things are like when all is well.

    /// Tasks that run as many as are wanted, of one deployment.
    pub(super) fn tasks(&self, desired: i32, running: i32) -> Service {
        let deployment = Deployment {
            id: "ecs-svc/1".to_owned(),
            status: "PRIMARY".to_owned(),
            rollout: Some("COMPLETED".to_owned()),
            desired,
            running,
            created_at: Some(self.now - Duration::from_secs(86_400)),
            ..Deployment::default()
        };
        Service {
            name: "app".to_owned(),
            status: "ACTIVE".to_owned(),
            desired,
            running,
            pending: (desired - running).max(0),
            deployments: vec![deployment],
            ..Service::default()
        }
    }

    pub(super) fn targets(healthy: i32) -> Targets {
        let target = |_| Target { state: "healthy".to_owned(), ..Target::default() };
        Targets { targets: (0..healthy).map(target).collect() }
    }

    /// The primary's writes, the standby's follows it.
    pub(super) fn instance(&self, site: Site) -> Instance {
        let database = self.workload.database.as_ref().unwrap();
        let (id, other) = (database.sites.get(site), database.sites.get(site.other()));
        let arn = |site: Site, id: &str| format!("arn:aws:rds:{}:{}:db:{id}", self.workload.region(site), self.workload.account);
        Instance {
            id: id.clone(),
            arn: arn(site, id),
            status: "available".to_owned(),
            replica_of: (site != self.source).then(|| arn(site.other(), other)),
            replication: (site != self.source).then(|| "replicating".to_owned()),
            endpoint: Some(format!("{id}.example.rds.amazonaws.com")),
            port: Some(5432),
            engine: "postgres".to_owned(),
            class: "db.r6g.large".to_owned(),
            backup_retention_days: if site == self.source { 7 } else { 0 },
            backup_window: Some(if site == self.source { "16:00-16:30" } else { "04:00-04:30" }.to_owned()),
            multi_az: site == self.source,
            ..Instance::default()
        }
    }

    pub(super) fn writable(&self, site: Site) -> Instance {
        Instance { replica_of: None, replication: None, ..self.instance(site) }
    }

    pub(super) fn arn(&self, site: Site) -> String {
        let database = self.workload.database.as_ref().unwrap();
        format!("arn:aws:rds:{}:{}:cluster:{}", self.workload.region(site), self.workload.account, database.sites.get(site))
    }

    pub(super) fn global(&self, writes: Site) -> GlobalCluster {
        let member = |site: Site| GlobalMember {
            cluster: self.arn(site),
            writer: site == writes,
            synchronization: (site != writes).then(|| "connected".to_owned()),
        };
        GlobalCluster {
            id: "payments-global".to_owned(),
            status: "available".to_owned(),
            members: vec![member(Site::Primary), member(Site::Standby)],
            ..GlobalCluster::default()
        }
    }

    pub(super) fn cluster(&self, site: Site) -> Cluster {
        Cluster {
            id: self.workload.database.as_ref().unwrap().sites.get(site).clone(),
            status: "available".to_owned(),
            endpoint: Some("writer.example.rds.amazonaws.com".to_owned()),
            port: Some(5432),
            engine: "aurora-postgresql".to_owned(),
            members: vec![ClusterMember { id: "one".to_owned(), writer: true, promotion_tier: 1 }],
            ..Cluster::default()
        }
    }

    pub(super) fn secret(&self, written_in: Option<Site>, seconds_ago: u64) -> Secret {
        Secret {
            name: "db".to_owned(),
            primary_region: written_in.map(|site| self.workload.region(site).clone()),
            last_changed: Some(self.now - Duration::from_secs(seconds_ago)),
            ..Secret::default()
        }
    }
}

/// Accepted, with nothing said.
pub(super) fn accepted() -> Receipt {
    Receipt::Accepted { told: Default::default() }
}

pub(super) fn telling(name: &str, value: &str) -> Receipt {
    Receipt::Accepted { told: [(name.to_owned(), value.to_owned())].into() }
}

pub(super) fn unknown() -> Receipt {
    Receipt::Unknown { text: "no answer".to_owned() }
}

pub(super) fn changes(standing: &Standing) -> Vec<&What> {
    match standing {
        Standing::Needs { changes, .. } => changes.iter().map(|change| &change.what).collect(),
        _ => Vec::new(),
    }
}

/// The first change that is needed.
pub(super) fn change(standing: &Standing) -> Change {
    match standing {
        Standing::Needs { changes, .. } => changes[0].clone(),
        other => panic!("{other:?}"),
    }
}

/// A standing in a word, for tables of scenes.
pub(super) fn kind_of(standing: &Standing) -> &'static str {
    match standing {
        Standing::Done { certainty: Certainty::Proven, .. } => "proven",
        Standing::Done { certainty: Certainty::Inferred, .. } => "inferred",
        Standing::Done { certainty: Certainty::Told, .. } => "told",
        Standing::Holding { .. } => "holding",
        Standing::Needs { .. } => "needs",
        Standing::Working { .. } => "working",
        Standing::Asks { .. } => "asks",
        Standing::Looking { .. } => "looking",
        Standing::Blind { .. } => "blind",
        Standing::Stuck { .. } => "stuck",
        Standing::Owed { .. } => "owed",
    }
}
