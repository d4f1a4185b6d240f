use crate::config::{Site, Workload};
use crate::domain::fact::Observable;
use crate::domain::{Kind, Observation, Seen, Snapshot, Subject, Timestamp};

/// What every conclusion starts from: whose, of what, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look<'a> {
    pub(crate) workload: &'a Workload,
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) now: Timestamp,
}

impl<'a> Look<'a> {
    pub(crate) fn get(&self, subject: &Subject) -> Option<&'a Observation> {
        self.snapshot.get(subject)
    }

    pub(crate) fn see<T: Observable>(&self, subject: &Subject) -> Seen<'a, T> {
        self.snapshot.see(subject, self.now)
    }

    /// Who the credentials say we are. Every region can be asked; the newest answer counts.
    pub(crate) fn identity(&self) -> Subject {
        identities(self.workload)
            .into_iter()
            .max_by_key(|subject| {
                let known = self.get(subject).and_then(|seen| seen.known.as_ref());
                // An answer before a failure, a failure before silence; among answers the newest.
                (known.map(|known| known.begun), self.get(subject).is_some())
            })
            .unwrap_or_else(|| Subject::global(Kind::Identity, "caller"))
    }

    /// What AWS is asked about a site in its own region: whether the region answers is told by these together.
    pub(crate) fn estate(&self, site: Site) -> Vec<&'a Observation> {
        estate(self.workload, site).iter().filter_map(|subject| self.get(subject)).collect()
    }
}

/// Everybody who can be asked who we are.
pub(crate) fn identities(workload: &Workload) -> Vec<Subject> {
    workload.regions().map(|region| Subject::new(Kind::Identity, region, "caller")).collect()
}

/// The subjects of the above.
pub(crate) fn estate(workload: &Workload, site: Site) -> Vec<Subject> {
    let region = workload.region(site);
    let mut subjects = vec![Subject::new(Kind::Identity, region, "caller")];
    if let Some(database) = &workload.database {
        subjects.push(workload.database_subject(database, site));
        subjects.extend(workload.global_cluster_subject(database, site));
        subjects.extend(workload.secret_subject(database, site));
        subjects.push(workload.restore_subject(database, site.other(), site));
    }
    for service in &workload.services {
        subjects.push(workload.service_subject(Kind::Service, service, site));
        subjects.push(workload.service_subject(Kind::Tasks, service, site));
        subjects.extend(workload.target_subject(Kind::Targets, service, site));
        if service.autoscaled {
            subjects.push(workload.service_subject(Kind::Bounds, service, site));
        }
    }
    subjects.extend(workload.buckets.iter().map(|bucket| workload.bucket_subject(bucket, site)));
    let here = |named: &&crate::config::Named| named.region == *region;
    subjects.extend(workload.alarms.iter().filter(here).map(|alarm| Subject::new(Kind::Alarm, region, &alarm.name)));
    subjects.extend(workload.functions.iter().filter(here).map(|function| Subject::new(Kind::Function, region, &function.name)));
    subjects
}
