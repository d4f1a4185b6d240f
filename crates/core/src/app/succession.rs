//! A run that is over has left a database of a name of its own in the place of the one that drlab.toml names, and nobody has written it there.

use super::past::PastRun;
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
    /// Those that journals tell of, the newest first: followed from run to run. Where the configuration names something else than a run has
    /// found named, somebody knows better.
    #[must_use]
    pub fn told_of(config: &Config, past: &[PastRun]) -> Vec<Self> {
        let mut told = Vec::new();
        for (number, workload) in config.workloads.iter().enumerate() {
            let Some(database) = &workload.database else { continue };
            for (site, named) in database.sites.iter() {
                let mut now = named;
                for past in past.iter().rev().filter(|past| past.workload == workload.name) {
                    let from = past.named.as_ref().map(|named| named.get(site));
                    let made = past.renamed.iter().find(|made| made.site == site);
                    now = made.filter(|_| from == Some(now)).map_or(now, |made| &made.to);
                }
                if now != named {
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

    /// As it is seen. A journal alone is not believed: what it tells of may have been renamed or deleted since.
    #[must_use]
    pub fn seen<'s>(&self, config: &Config, snapshot: &'s Snapshot, now: Timestamp) -> Option<Seen<'s, Instance>> {
        let subject = self.subject(config)?;
        Some(snapshot.get(&subject).map_or(Seen::Unknown(None), |seen| seen.see(now)))
    }

    /// From now on this one is looked at and acted on. Gives back what was until now.
    pub fn take_place(&self, config: &mut Config) -> Option<String> {
        let database = config.workloads.get_mut(self.workload)?.database.as_mut()?;
        let before = database.sites.get(self.site).clone();
        database.replace(self.site, &self.id);
        Some(before)
    }
}
