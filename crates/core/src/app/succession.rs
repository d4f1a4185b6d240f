//! A run that is over has left a database of a name of its own in the place of the one that drlab.toml names, and nobody has written it there.

use super::past::PastRun;
use crate::assess::rules::is_called;
use crate::config::{Config, Site};
use crate::domain::fact::Instance;
use crate::domain::{Seen, Snapshot, Subject, Timestamp};

/// A database in the place of a configured one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Successor {
    pub workload: usize,
    pub site: Site,
    pub id: String,
}

impl Successor {
    /// Those that journals tell of, which are the newest first: followed from run to run, beginning with what is written in the file. A run that
    /// was declared with that, in the dark say, says more than those before it. Where the file names what none of them has found named,
    /// somebody knows better.
    #[must_use]
    pub fn told_of(config: &Config, past: &[PastRun]) -> Vec<Self> {
        let mut told = Vec::new();
        for (number, workload) in config.workloads.iter().enumerate() {
            let Some(database) = &workload.database else { continue };
            for (site, named) in database.sites.iter() {
                let written = database.replaced.get(site).as_ref().unwrap_or(named);
                let mut now = written;
                for past in past.iter().rev().filter(|past| past.workload == workload.name) {
                    let found = past.named.as_ref().map(|named| named.get(site));
                    let follows = found.is_some_and(|found| found == now || found == written);
                    let made = past.renamed.iter().find(|made| made.site == site);
                    now = made.filter(|_| follows).map_or(now, |made| &made.to);
                }
                // That the journals are gone brings nothing back.
                if now != named && now != written {
                    told.push(Self { workload: number, site, id: now.clone() });
                }
            }
        }
        told
    }

    /// What there is to be looked at.
    #[must_use]
    pub fn subject(&self, config: &Config) -> Option<Subject> {
        let workload = config.workloads.get(self.workload)?;
        let mut database = workload.database.clone()?;
        database.replace(self.site, &self.id);
        Some(workload.database_subject(&database, self.site))
    }

    /// What else there is to be looked at for its sake: the database of the other site, as it is configured.
    #[must_use]
    pub fn follower(&self, config: &Config) -> Option<Subject> {
        let workload = config.workloads.get(self.workload)?;
        Some(workload.database_subject(workload.database.as_ref()?, self.site.other()))
    }

    /// Whether it is there; `None`: it cannot be told. A journal alone is not believed: what it tells of may have been renamed or deleted since.
    /// Where its own region is dark, a replica that follows it speaks for it: the one that is configured, or one of those that are told of.
    #[must_use]
    pub fn is_there(&self, config: &Config, told: &[Self], snapshot: &Snapshot, now: Timestamp) -> Option<bool> {
        match snapshot.see::<Instance>(&self.subject(config)?, now) {
            Seen::Now(..) | Seen::Stale(..) => return Some(true),
            Seen::Missing(_) => return Some(false),
            Seen::Unknown(_) => {}
        }
        let across = told.iter().filter(|other| (other.workload, other.site) == (self.workload, self.site.other()));
        let mut followers = across.filter_map(|other| other.subject(config)).chain(self.follower(config));
        let follows = |subject: &Subject| match snapshot.see::<Instance>(subject, now) {
            Seen::Now(found, _) | Seen::Stale(found, _) => found.replica_of.as_deref().is_some_and(|of| is_called(of, &self.id)),
            Seen::Missing(_) | Seen::Unknown(_) => false,
        };
        followers.any(|subject| follows(&subject)).then_some(true)
    }

    /// What is in its place as far as the configuration knows.
    #[must_use]
    pub fn named<'c>(&self, config: &'c Config) -> Option<&'c String> {
        Some(config.workloads.get(self.workload)?.database.as_ref()?.sites.get(self.site))
    }

    /// From now on this one is looked at and acted on.
    pub fn take_place(&self, config: &mut Config) {
        if let Some(database) = config.workloads.get_mut(self.workload).and_then(|workload| workload.database.as_mut()) {
            database.replace(self.site, &self.id);
        }
    }
}
