use std::time::Duration;

use drlab_core::config::LabBucket;

use super::{Builder, bare};
use crate::world::kms;
use crate::world::s3::{self, LifecycleRule, NewBucket, NewReplication, Objects, StorageClass, Writes};

/// Old versions go after a day, so that a week of rehearsal does not fill the memory.
const NONCURRENT_DAYS: u32 = 1;
/// The application rewrites this many keys in turn.
const REWRITTEN: u32 = 500;

impl Builder<'_> {
    pub(super) fn keys(&mut self) {
        let (primary, standby) = (self.workload.primary.clone(), self.workload.standby.clone());
        for key in &self.workload.keys {
            let (id, alias) = match key.primary.strip_prefix("alias/") {
                Some(alias) => (None, alias),
                None => (Some(bare(&key.primary)), self.workload.name.as_str()),
            };
            kms::add_multi_region_key(self.world, &primary, std::slice::from_ref(&standby), id, alias, &self.workload.name);
        }
    }

    /// The workload's pairs, replicating; then the buckets that only the lab knows of.
    pub(super) fn buckets(&mut self) {
        let (primary, standby) = (self.workload.primary.clone(), self.workload.standby.clone());
        for pair in &self.workload.buckets {
            let Some(inside) = self.lab.buckets.iter().find(|bucket| bucket.name == pair.sites.primary) else { continue };
            // Whichever site serves writes into its own: after a failover that is the other one.
            s3::add_bucket(self.world, &standby, NewBucket { name: &pair.sites.standby, ..self.bucket(inside) });
            s3::add_bucket(self.world, &primary, self.bucket(inside));
            let rule = NewReplication {
                rule: pair.rule.as_deref().unwrap_or("all"),
                prefix: &inside.prefix,
                destination: &pair.sites.standby,
                storage_class: class(inside.destination_class.word()).filter(|class| *class != StorageClass::Standard),
                delete_markers: inside.delete_markers,
                metrics: pair.metrics,
                priority: 1,
            };
            s3::add_replication(self.world, &pair.sites.primary, &rule);
            self.fill(inside);
        }
        for alone in self.lab.buckets.iter().filter(|bucket| !self.workload.buckets.iter().any(|pair| pair.sites.primary == bucket.name)) {
            let region = self.place(alone.site);
            s3::add_bucket(self.world, &region, self.bucket(alone));
            self.fill(alone);
        }
    }

    fn bucket<'b>(&self, inside: &'b LabBucket) -> NewBucket<'b> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a configured rate, not negative, a few thousand at most"
        )]
        let per_minute = inside.writes_per_minute as u32;
        let writes = (per_minute > 0).then(|| Writes {
            by: self.workload.dns.is_some().then(|| self.workload.name.clone()),
            prefix: inside.prefix.clone(),
            keys: inside.objects.clamp(1, REWRITTEN),
            per_minute,
            bytes: (inside.object_bytes / 2, inside.object_bytes * 3 / 2),
        });
        NewBucket { name: &inside.name, versioned: true, lifecycle: lifecycle(inside), writes }
    }

    /// Objects of every age, the oldest of them beyond the last transition.
    fn fill(&mut self, inside: &LabBucket) {
        let days = |days: u32| Duration::from_secs(u64::from(days) * 86_400);
        let last = inside.transitions.iter().map(|transition| transition.days).max().unwrap_or(90);
        let archived = (f64::from(inside.objects) * inside.archived.clamp(0.0, 1.0)).round();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a u32")]
        let archived = archived as u32;
        let bytes = (inside.object_bytes / 2, inside.object_bytes * 3 / 2);
        let young =
            Objects { count: inside.objects - archived, prefix: &inside.prefix, bytes, age: (days(1), days(last.max(2) - 1)), class: None };
        s3::fill(self.world, &inside.name, &young);
        let old_prefix = format!("{}archive/", inside.prefix);
        let old = Objects { count: archived, prefix: &old_prefix, bytes, age: (days(last + 1), days(last * 4)), class: None };
        s3::fill(self.world, &inside.name, &old);
    }
}

fn lifecycle(inside: &LabBucket) -> Vec<LifecycleRule> {
    let transitions: Vec<_> =
        inside.transitions.iter().filter_map(|transition| Some((transition.days, class(transition.class.word())?))).collect();
    // S3 knows no rule that does nothing.
    let archiving = (!transitions.is_empty()).then(|| LifecycleRule::archiving("age", &inside.prefix, &transitions));
    archiving.into_iter().chain([LifecycleRule::forgetting("old-versions", "", NONCURRENT_DAYS)]).collect()
}

/// The configuration's word for a storage class is S3's own.
fn class(word: &str) -> Option<StorageClass> {
    StorageClass::parse(word)
}
