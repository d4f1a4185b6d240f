//! Scenes built by hand: a workload in its steady state, just looked at, and a stage that is about to do something to it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::action::Action;
use super::model::{Confirm, Kind, OnFail};
use super::plan::{Part, Stage};
use super::scene::{Memory, Past, Scene};
use super::standing::Standing;
use super::{Guard, Held};
use crate::config::{Site, Workload};
use crate::domain::fact::{Alias, Fact, Point, Record, RecordSet, Resolution, Series, Sight};
use crate::domain::{Cause, Change, Reading, Receipt, Snapshot, Subject, Timestamp, Trouble, Value};

#[derive(Clone, Debug)]
pub(super) struct Set {
    pub(super) workload: Workload,
    pub(super) snapshot: Snapshot,
    pub(super) now: Timestamp,
    pub(super) since: Timestamp,
    pub(super) memory: Memory,
    pub(super) stage: Stage,
    pub(super) kind: Kind,
    pub(super) source: Site,
}

impl Set {
    /// All is well and was looked at a second ago; the stage became ready a second before that.
    pub(super) fn new(name: &str, action: Action) -> Self {
        let (workload, snapshot, now) = crate::assess::tests::steady(name);
        let stage = Stage {
            id: "step".to_owned(),
            step: "step".to_owned(),
            title: "A step".to_owned(),
            action,
            site: Site::Standby,
            part: Part::Whole,
            needs: Vec::new(),
            guards: Vec::new(),
            confirm: Confirm::None,
            expect: Duration::ZERO,
            timeout: Duration::from_secs(600),
            on_fail: OnFail::Pause,
            note: None,
            with: BTreeMap::new(),
        };
        let memory = Memory { run: "r-7".to_owned(), declared_at: now - Duration::from_secs(60), ..Memory::default() };
        let since = now - Duration::from_secs(2);
        let mut set = Self { workload, snapshot, now, since, memory, stage, kind: Kind::Unplanned, source: Site::Primary };
        if set.workload.dns.is_some() {
            set.record(set.pair());
        }
        set
    }

    pub(super) fn part(mut self, part: Part) -> Self {
        self.stage.part = part;
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
        of_its_kind(self.stage.action, self.stage.action.deed().stand(&self.scene()))
    }

    pub(super) fn holds(&self, guard: Guard) -> Held {
        guard.holds(&self.scene())
    }

    /// The changes that are needed; everything else is a mistake of the test's.
    pub(super) fn changes(&self) -> Vec<Change> {
        match self.stand() {
            Standing::Needs { changes, .. } => changes,
            other => panic!("{other:?}"),
        }
    }

    /// A look that began just now.
    pub(super) fn found(&mut self, subject: Subject, fact: impl Into<Fact>) {
        let outcome = Ok(Value::Found { fact: Arc::new(fact.into()), at: None });
        self.snapshot.take(Reading { subject, begun: self.now, read: self.now, outcome });
    }

    pub(super) fn missing(&mut self, subject: Subject) {
        self.snapshot.take(Reading { subject, begun: self.now, read: self.now, outcome: Ok(Value::Missing("none".to_owned())) });
    }

    pub(super) fn fails(&mut self, subject: &Subject, cause: Cause, times: u64) {
        for _ in 0..times {
            self.now += Duration::from_millis(1);
            let begun = self.now;
            let outcome = Err(Trouble::new(cause, "no answer"));
            self.snapshot.take(Reading { subject: subject.clone(), begun, read: begun, outcome });
        }
    }

    /// The last point of a series, whose minute began so many seconds ago.
    pub(super) fn point(&mut self, subject: Subject, value: f64, ago: u64) {
        let at = self.now - Duration::from_secs(ago);
        let series = Series { unit: String::new(), points: vec![Point { at, value }] };
        let outcome = Ok(Value::Found { fact: Arc::new(series.into()), at: Some(at) });
        self.snapshot.take(Reading { subject, begun: self.now, read: self.now, outcome });
    }

    pub(super) fn later(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
    }

    /// Everything that is known is looked at again, and is as it was.
    pub(super) fn again(&mut self) {
        let seen: Vec<_> = self.snapshot.iter().filter_map(|seen| Some((seen.subject.clone(), seen.known.clone()?))).collect();
        for (subject, known) in seen {
            self.snapshot.take(Reading { subject, begun: self.now, read: self.now, outcome: Ok(known.value) });
        }
    }

    /// Everything that was needed was asked for and answered, as an engine does it: what is to be kept is kept, and only what is looked at from
    /// then on counts.
    pub(super) fn ask(&mut self, answer: impl Fn(&Change) -> Receipt) {
        let Standing::Needs { changes, keep } = self.stand() else { panic!("{:?}", self.stand()) };
        for (name, value) in keep {
            self.memory.kept.entry((self.stage.id.clone(), name)).or_insert(value);
        }
        for change in changes {
            let receipt = answer(&change);
            self.past(change, Some(receipt));
        }
        self.since = self.now;
    }

    pub(super) fn past(&mut self, change: Change, receipt: Option<Receipt>) {
        let answer = receipt.map(|receipt| (self.now, receipt));
        self.memory.past.push(Past { stage: self.stage.id.clone(), change, asked_at: self.now, answer });
    }

    /// A pair as a lab's would be: aliases, or plain names where a TTL is configured.
    pub(super) fn pair(&self) -> Vec<RecordSet> {
        let dns = self.workload.dns.as_ref().unwrap();
        let set = |site: Site, role: &str, zone: &str| {
            let at = dns.sites.get(site);
            let balancer = at.load_balancer.clone().unwrap();
            let plain = dns.ttl.is_some();
            RecordSet {
                kind: if plain { "CNAME" } else { "A" }.to_owned(),
                set_identifier: Some(at.set_identifier.clone()),
                failover: Some(role.to_owned()),
                ttl: plain.then_some(60),
                values: if plain { vec![balancer.clone()] } else { Vec::new() },
                alias: (!plain).then(|| Alias {
                    name: format!("dualstack.{balancer}."),
                    zone: zone.to_owned(),
                    evaluate_target_health: false,
                }),
                health_check: at.health_check.clone(),
                ..RecordSet::default()
            }
        };
        vec![set(Site::Primary, "PRIMARY", "ZONE-OF-PRIMARY"), set(Site::Standby, "SECONDARY", "ZONE-OF-STANDBY")]
    }

    pub(super) fn record(&mut self, sets: Vec<RecordSet>) {
        let dns = self.workload.dns.clone().unwrap();
        let subject = self.workload.record_subject(&dns);
        self.found(subject, Record { name: dns.record, sets });
    }

    /// Every resolver gives the addresses of one site.
    pub(super) fn land(&mut self, site: Site) {
        let dns = self.workload.dns.clone().unwrap();
        for resolver in dns.resolvers.iter().chain(&dns.name_servers) {
            self.resolves(&resolver.to_string(), &dns.record, address(site));
        }
        for resolver in &dns.resolvers {
            for (site, at) in dns.sites.iter() {
                self.resolves(&resolver.to_string(), at.load_balancer.as_deref().unwrap(), address(site));
            }
        }
    }

    pub(super) fn resolves(&mut self, resolver: &str, name: &str, address: &str) {
        let answer = Resolution { addresses: vec![address.to_owned()], code: "NOERROR".to_owned(), ..Resolution::default() };
        self.found(Subject::resolution(resolver, name), answer);
    }

    pub(super) fn sees(&mut self, subject: Subject, status: u16, body: &str) {
        self.found(subject, Sight { status: Some(status), body: body.to_owned(), ..Sight::default() });
    }

    pub(super) fn plan(&mut self, stage: &str, action: Action, site: Site) {
        self.memory.stages.insert(stage.to_owned(), (action, site));
    }

    pub(super) fn done(&mut self, stage: &str, action: Action, site: Site, ago: u64) {
        self.plan(stage, action, site);
        self.memory.done.insert(stage.to_owned(), self.now - Duration::from_secs(ago));
    }

    pub(super) fn said(&mut self, note: &str) {
        self.memory.said.insert(self.stage.id.clone(), note.to_owned());
    }
}

pub(super) fn accepted(told: &[(&str, &str)]) -> Receipt {
    Receipt::Accepted { told: told.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect() }
}

pub(super) fn refused(code: &str) -> Receipt {
    Receipt::Refused { code: code.to_owned(), text: "no".to_owned() }
}

pub(super) fn lost() -> Receipt {
    Receipt::Unknown { text: "no answer within 3 s".to_owned() }
}

/// What a deed says, held against what the catalogue shows of it: it asks for nothing of a kind that is not there.
pub(super) fn of_its_kind(action: Action, standing: Standing) -> Standing {
    if let Standing::Needs { changes, .. } = &standing {
        let known = action.specimens();
        for change in changes {
            let same = |known: &Change| {
                std::mem::discriminant(&known.what) == std::mem::discriminant(&change.what)
                    && known.control_plane().map(|plane| plane.service) == change.control_plane().map(|plane| plane.service)
            };
            assert!(known.iter().any(same), "the catalogue does not say that {action} can {change}");
        }
    }
    standing
}

pub(super) fn is_done(standing: &Standing) -> bool {
    matches!(standing, Standing::Done { .. })
}

/// As the lab gives them.
pub(super) const fn address(site: Site) -> &'static str {
    match site {
        Site::Primary => "198.51.100.10",
        Site::Standby => "203.0.113.10",
    }
}
