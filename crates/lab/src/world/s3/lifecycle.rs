//! Lifecycle rules: once a day, at midnight UTC, objects move to cheaper classes, old versions go.

use std::time::Duration;

use drlab_core::domain::Timestamp;

use super::bucket::{Bucket, Moment, Versioning};
use super::filter::Filter;
use super::version::{ReplicationStatus, StorageClass, Version, days};
use crate::world::World;

const DAY: i64 = 86_400;
/// Smaller objects are not moved unless a rule's filter says so: a class's minimum charge would cost more than it saves.
const SMALL: u64 = 128 << 10;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lifecycle {
    pub rules: Vec<LifecycleRule>,
    /// Small objects may at least go to the archive classes (`varies_by_storage_class`).
    pub archives_small: bool,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct LifecycleRule {
    pub id: String,
    pub enabled: bool,
    pub filter: Filter,
    pub transitions: Vec<Transition>,
    pub expires: Option<When>,
    /// A delete marker with nothing beneath it goes too.
    pub drops_bare_markers: Option<bool>,
    pub noncurrent_transitions: Vec<NoncurrentTransition>,
    pub noncurrent_expires: Option<Noncurrent>,
    pub abort_uploads: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum When {
    Days(u32),
    Date(Timestamp),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transition {
    pub when: When,
    pub class: StorageClass,
}

/// How long after a version was superseded, and how many such versions stay in any case.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noncurrent {
    pub days: u32,
    pub newer: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NoncurrentTransition {
    pub after: Noncurrent,
    pub class: StorageClass,
}

impl LifecycleRule {
    /// Objects under `prefix` move to cheaper classes at these ages, in days.
    #[must_use]
    pub fn archiving(id: &str, prefix: &str, transitions: &[(u32, StorageClass)]) -> Self {
        let transitions = transitions.iter().map(|(days, class)| Transition { when: When::Days(*days), class: *class }).collect();
        Self { id: id.to_owned(), enabled: true, filter: Filter::prefix(prefix), transitions, ..Self::default() }
    }

    /// Superseded versions under `prefix` go after some days, and delete markers with nothing beneath them.
    #[must_use]
    pub fn forgetting(id: &str, prefix: &str, days: u32) -> Self {
        Self {
            id: id.to_owned(),
            enabled: true,
            filter: Filter::prefix(prefix),
            drops_bare_markers: Some(true),
            noncurrent_expires: Some(Noncurrent { days, newer: None }),
            ..Self::default()
        }
    }
}

impl When {
    fn is_due(self, since: Timestamp, now: Timestamp) -> bool {
        match self {
            Self::Days(count) => since + days(count) <= now,
            Self::Date(date) => date <= now,
        }
    }
}

impl Noncurrent {
    fn is_due(self, rank: u32, since: Timestamp, now: Timestamp) -> bool {
        rank >= self.newer.unwrap_or(0) && since + days(self.days) <= now
    }
}

impl Lifecycle {
    /// The class an object of this age is in, if it was `class` when it was written.
    pub(super) fn class_at(&self, key: &str, version: &Version, now: Timestamp) -> Option<StorageClass> {
        let object = version.object.as_ref()?;
        let due = self.rules.iter().filter(|rule| rule.enabled && rule.filter.takes(key, Some(object))).flat_map(|rule| {
            let due = rule.transitions.iter().filter(|transition| transition.when.is_due(version.modified, now));
            due.map(|transition| (transition.class, rule.filter.larger_than.is_some()))
        });
        self.coldest(due, object.body.size(), object.class)
    }

    fn coldest(&self, due: impl Iterator<Item = (StorageClass, bool)>, size: u64, class: StorageClass) -> Option<StorageClass> {
        let big = |(to, sized): &(StorageClass, bool)| size >= SMALL || *sized || (self.archives_small && to.is_archive());
        due.filter(big).map(|(to, _)| to).max().filter(|to| *to > class)
    }

    fn noncurrent_class_at(&self, key: &str, version: &Version, rank: u32, since: Timestamp, now: Timestamp) -> Option<StorageClass> {
        let object = version.object.as_ref()?;
        let due = self.rules.iter().filter(|rule| rule.enabled && rule.filter.takes(key, Some(object))).flat_map(|rule| {
            let due = rule.noncurrent_transitions.iter().filter(move |transition| transition.after.is_due(rank, since, now));
            due.map(|transition| (transition.class, rule.filter.larger_than.is_some()))
        });
        self.coldest(due, object.body.size(), object.class)
    }

    fn forgets(&self, key: &str, version: &Version, rank: u32, since: Timestamp, now: Timestamp) -> bool {
        self.rules.iter().any(|rule| {
            rule.enabled
                && rule.filter.takes(key, version.object.as_ref())
                && rule.noncurrent_expires.is_some_and(|noncurrent| noncurrent.is_due(rank, since, now))
        })
    }

    fn expires(&self, key: &str, version: &Version, now: Timestamp) -> bool {
        !version.is_marker()
            && self.rules.iter().any(|rule| {
                rule.enabled
                    && rule.filter.takes(key, version.object.as_ref())
                    && rule.expires.is_some_and(|when| when.is_due(version.modified, now))
            })
    }

    /// A rule that expires objects of an age expires their bare markers at that age too.
    fn drops_bare(&self, key: &str, marker: &Version, now: Timestamp) -> bool {
        self.rules.iter().any(|rule| {
            rule.enabled
                && rule.filter.takes(key, None)
                && (rule.drops_bare_markers == Some(true) || rule.expires.is_some_and(|when| when.is_due(marker.modified, now)))
        })
    }
}

pub(super) fn pulse(world: &mut World) {
    if world.now.secs().rem_euclid(DAY) != 0 {
        return;
    }
    let moment = Moment::of(world);
    for bucket in world.s3.buckets.values_mut() {
        keep_house(bucket, &moment);
    }
}

/// One daily run over a bucket. What has not been replicated yet is left alone, as AWS leaves it.
pub(super) fn keep_house(bucket: &mut Bucket, moment: &Moment) {
    let Some(lifecycle) = bucket.lifecycle.take() else { return };
    let now = moment.now;
    let mut expired = Vec::new();
    for (key, stack) in &mut bucket.objects {
        let versions = stack.versions_mut();
        let mut since = None;
        let mut rank = 0;
        let mut kept = Vec::with_capacity(versions.len());
        for mut version in versions.drain(..).rev() {
            let superseded = since.replace(version.modified);
            let owed = matches!(version.replication, Some(ReplicationStatus::Pending | ReplicationStatus::Failed));
            let mut keep = true;
            match superseded {
                _ if owed => {}
                None => {
                    if lifecycle.expires(key, &version, now) {
                        expired.push(key.clone());
                    } else if let Some(class) = lifecycle.class_at(key, &version, now) {
                        moved(&mut version, class);
                    }
                }
                Some(since) => {
                    keep = !lifecycle.forgets(key, &version, rank, since, now);
                    if let Some(class) = lifecycle.noncurrent_class_at(key, &version, rank, since, now) {
                        moved(&mut version, class);
                    }
                }
            }
            rank += u32::from(superseded.is_some());
            if keep {
                kept.push(version);
            }
        }
        kept.reverse();
        *versions = kept;
        if let [only] = versions.as_slice()
            && only.is_marker()
            && lifecycle.drops_bare(key, only, now)
        {
            versions.clear();
        }
    }
    bucket.objects.retain(|_, stack| stack.latest().is_some());
    for key in expired {
        if bucket.versioning == Versioning::Off {
            bucket.objects.remove(&key);
        } else {
            bucket.mark_unreplicated(moment, &key);
        }
    }
    bucket.lifecycle = Some(lifecycle);
}

fn moved(version: &mut Version, class: StorageClass) {
    if let Some(object) = &mut version.object {
        object.class = class;
        object.restore = None;
    }
}

/// The next midnight UTC at or after an instant: when the daily run, or the end of a restored copy, comes.
pub(super) fn midnight(instant: Timestamp) -> Timestamp {
    let day = Duration::from_secs(DAY.unsigned_abs());
    let begun = Timestamp::from_secs(instant.secs().div_euclid(DAY) * DAY);
    if begun == instant { begun } else { begun + day }
}

#[cfg(test)]
mod tests {
    use super::super::bucket::VersionName;
    use super::super::version::{Body, Object};
    use super::*;
    use crate::world::testing::east;
    use crate::world::{Chance, Span};

    fn moment(day: i64) -> Moment {
        Moment { now: Timestamp::from_secs(day * DAY), chance: Chance::new(1), replication: Span::secs(1, 1) }
    }

    fn bucket(rules: Vec<LifecycleRule>) -> Bucket {
        let mut bucket = Bucket::new("b", &east(), Timestamp::from_secs(0));
        bucket.versioning = Versioning::Enabled;
        bucket.lifecycle = Some(Lifecycle { rules, archives_small: false });
        bucket
    }

    fn object(size: u64) -> Object {
        Object::new(Body::made(1, size), StorageClass::Standard)
    }

    fn class(bucket: &Bucket, key: &str) -> StorageClass {
        bucket.stack(key).unwrap().current().unwrap().1.class
    }

    #[test]
    fn objects_grow_cold_with_age_unless_they_are_small() {
        let rule = LifecycleRule::archiving("cold", "", &[(30, StorageClass::StandardIa), (90, StorageClass::DeepArchive)]);
        let mut bucket = bucket(vec![rule]);
        bucket.put(&moment(0), "big", object(SMALL));
        bucket.put(&moment(0), "small", object(SMALL - 1));
        for (day, expected) in [(29, StorageClass::Standard), (30, StorageClass::StandardIa), (90, StorageClass::DeepArchive)] {
            keep_house(&mut bucket, &moment(day));
            assert_eq!((class(&bucket, "big"), class(&bucket, "small")), (expected, StorageClass::Standard), "day {day}");
        }
    }

    #[test]
    fn superseded_versions_go_and_bare_markers_after_them() {
        let mut bucket = bucket(vec![LifecycleRule::forgetting("old", "", 1)]);
        let first = bucket.put(&moment(0), "k", object(1));
        bucket.put(&moment(5), "k", object(2));
        keep_house(&mut bucket, &moment(5));
        assert!(bucket.stack("k").unwrap().find(VersionName::Id(first.id)).is_some(), "superseded only today");
        keep_house(&mut bucket, &moment(6));
        assert!(bucket.stack("k").unwrap().find(VersionName::Id(first.id)).is_none());
        bucket.mark(&moment(6), "k");
        keep_house(&mut bucket, &moment(7));
        assert!(bucket.objects.is_empty(), "the last version went and its marker with it");
    }

    #[test]
    fn expiry_leaves_a_marker_where_versions_are_kept() {
        let rule = LifecycleRule { id: "end".into(), enabled: true, expires: Some(When::Days(2)), ..LifecycleRule::default() };
        let mut bucket = bucket(vec![rule]);
        bucket.put(&moment(0), "k", object(1));
        keep_house(&mut bucket, &moment(2));
        let stack = bucket.stack("k").unwrap();
        assert!(stack.latest().unwrap().is_marker() && stack.newest_first().count() == 2);
    }
}
