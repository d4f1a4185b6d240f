//! A way home, for tests: its databases go by other names than the configuration's.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::assess::tests::steady;
use crate::config::{Config, EXAMPLE, Endpoints, Site};
use crate::domain::change::Shape;
use crate::domain::fact::{Instance, Service};
use crate::domain::{Change, Kind, Reading, Receipt, Snapshot, Subject, Timestamp, Value, What};
use crate::keymap::Keymap;
use crate::run::{Declared, Desk, Run};
use crate::runbook::{Past, shelf, unfold};

const LOOK: Look = Look { theme: Theme::Terminal, ascii: false };
pub(super) const NEW: &str = "pilot-db-replica-20261120-1102-x";

/// A failback of `pilot` that has made its replica, and what has just been seen.
pub(super) struct Home {
    pub(super) model: Model,
    pub(super) snapshot: Snapshot,
    pub(super) now: Timestamp,
}

impl Home {
    /// The standby writes since its failover; the old primary takes writes as well, as RDS says; and the new replica follows.
    pub(super) fn under_way() -> Self {
        let (workload, snapshot, now) = steady("pilot");
        let mut config = Config::parse("drlab.toml", EXAMPLE, &[]).unwrap();
        config.workloads = vec![workload];
        let model = Model::new(Arc::new(config), Arc::new(Keymap::default()), LOOK, (120, 40), now);
        let mut home = Self { model, snapshot, now };
        let (old, active) = (home.configured(Site::Primary), home.configured(Site::Standby));
        let own = |subject: &Subject| Instance { id: subject.name.clone(), status: "available".to_owned(), ..Instance::default() };
        home.found(old.clone(), Instance { backup_retention_days: 7, multi_az: true, ..own(&old) });
        home.found(active.clone(), own(&active));
        home.found(home.new_replica(), home.follower());
        for site in [Site::Primary, Site::Standby] {
            home.runs(site, 2);
        }
        home.declare();
        home
    }

    pub(super) fn workload(&self) -> &crate::config::Workload {
        &self.model.config.workloads[0]
    }

    pub(super) fn configured(&self, site: Site) -> Subject {
        self.workload().database_subject(self.workload().database.as_ref().unwrap(), site)
    }

    pub(super) fn new_replica(&self) -> Subject {
        Subject::new(Kind::Instance, &self.workload().primary, NEW)
    }

    pub(super) fn follower(&self) -> Instance {
        let of = format!("arn:aws:rds:{}:{}:db:{}", self.workload().standby, self.workload().account, self.configured(Site::Standby).name);
        Instance {
            id: NEW.to_owned(),
            status: "available".to_owned(),
            replica_of: Some(of),
            replication: Some("replicating".to_owned()),
            backup_retention_days: 1,
            ..Instance::default()
        }
    }

    pub(super) fn found(&mut self, subject: Subject, fact: impl Into<crate::domain::fact::Fact>) {
        let outcome = Ok(Value::Found { fact: Arc::new(fact.into()), at: None });
        self.snapshot.take(Reading { subject, begun: self.now, read: self.now, outcome });
    }

    pub(super) fn runs(&mut self, site: Site, running: i32) {
        for service in self.workload().services.clone() {
            let subject = self.workload().service_subject(Kind::Service, &service, site);
            self.found(subject, Service { desired: running, running, ..Service::default() });
        }
    }

    pub(super) fn declare(&mut self) {
        let workload = self.workload();
        let book = shelf(&[], &|action| action.deed()).0.into_iter().find(|book| book.name == "failback").unwrap();
        let declared = Declared {
            run: "20261120t110231-pilot".to_owned(),
            version: "1".to_owned(),
            workload: workload.name.clone(),
            account: workload.account.clone(),
            runbook: book.name.clone(),
            runbook_text: book.text.clone(),
            config_text: self.model.config.for_console(Endpoints::default()).to_toml().unwrap(),
            source: Site::Standby,
            outage_at: None,
            reason: "home".to_owned(),
            who: "somebody".to_owned(),
            lab: true,
        };
        let mut run = Run::declared(self.now, declared, unfold(&book, workload, Site::Standby, &|action| action.deed()));
        let (source_region, shape) = (workload.standby.clone(), Shape::default());
        let what = What::CreateReplica { instance: NEW.to_owned(), source_arn: String::new(), source_region, shape };
        let answer = Some((self.now, Receipt::Accepted { told: BTreeMap::new() }));
        let change = Change::new(&workload.primary, what);
        let cleared = run.plan.stages.iter().find(|stage| stage.step == "clear").unwrap();
        run.memory.done.insert(cleared.id.clone(), self.now - Duration::from_secs(600));
        run.memory.past.push(Past { stage: "rebuild".to_owned(), change, asked_at: self.now, answer });
        update(&mut self.model, Message::Run { run: Arc::new(run), desk: Desk::default(), news: Vec::new() });
    }

    /// The console learns all of it.
    pub(super) fn told(mut self) -> Model {
        let news = self.snapshot.iter().map(|seen| Arc::new(seen.clone())).collect();
        update(&mut self.model, Message::Observed(news));
        update(&mut self.model, Message::Tick(self.now));
        while self.model.is_behind() {
            update(&mut self.model, Message::Settle(self.now));
        }
        self.model
    }
}

pub(super) fn headline(model: &Model) -> &str {
    model.assessment().and_then(|seen| seen.headline.as_ref()).map_or("", |headline| &headline.text)
}
