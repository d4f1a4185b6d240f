//! A bucket: stacks of versions under keys, and what becomes of them when somebody writes or deletes.

use std::collections::BTreeMap;
use std::sync::Arc;

use drlab_core::domain::{Region, Timestamp};

use super::lifecycle::Lifecycle;
use super::replication::{Lane, Pending, Replication};
use super::traffic::Writes;
use super::version::{Object, ReplicationStatus, Version, VersionId};
use crate::world::{Chance, Span, World};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Versioning {
    /// Never turned on.
    #[default]
    Off,
    Enabled,
    Suspended,
}

/// The versions of one key, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stack(Vec<Version>);

/// A version as a request names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionName {
    Null,
    Id(VersionId),
}

impl VersionName {
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text == "null" { Some(Self::Null) } else { VersionId::parse(text).map(Self::Id) }
    }

    fn fits(self, version: &Version) -> bool {
        match self {
            Self::Null => version.null,
            Self::Id(id) => !version.null && version.id == id,
        }
    }
}

impl Stack {
    pub fn latest(&self) -> Option<&Version> {
        self.0.last()
    }

    /// What a plain GET finds: nothing where the latest version is a delete marker.
    pub fn current(&self) -> Option<(&Version, &Object)> {
        self.latest().and_then(|version| version.object.as_ref().map(|object| (version, object)))
    }

    pub fn find(&self, name: VersionName) -> Option<&Version> {
        self.0.iter().rev().find(|version| name.fits(version))
    }

    pub(super) fn find_mut(&mut self, name: VersionName) -> Option<&mut Version> {
        self.0.iter_mut().rev().find(|version| name.fits(version))
    }

    /// Newest first, each with the instant at which it stopped being the latest.
    pub fn newest_first(&self) -> impl Iterator<Item = (&Version, Option<Timestamp>)> {
        let successors = std::iter::once(None).chain(self.0.iter().rev().map(|version| Some(version.modified)));
        self.0.iter().rev().zip(successors)
    }

    pub(super) fn versions_mut(&mut self) -> &mut Vec<Version> {
        &mut self.0
    }

    /// Puts a version where its age belongs; a version of the same name gives way.
    fn insert(&mut self, version: Version) {
        if version.null {
            self.0.retain(|old| !old.null);
        }
        match self.0.binary_search_by(|old| old.id.cmp(&version.id)) {
            Ok(at) => self.0[at] = version,
            Err(at) => self.0.insert(at, version),
        }
    }

    fn remove(&mut self, name: VersionName) -> Option<Version> {
        let at = self.0.iter().position(|version| name.fits(version))?;
        Some(self.0.remove(at))
    }
}

/// What a write needs to know of the world.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) now: Timestamp,
    pub(super) chance: Chance,
    /// How long one object's replication takes.
    pub(super) replication: Span,
}

impl Moment {
    pub(super) fn of(world: &World) -> Self {
        Self { now: world.now, chance: world.chance, replication: world.timings.object_replication }
    }
}

#[derive(Clone, Debug)]
pub struct Bucket {
    pub name: String,
    pub region: Region,
    pub created: Timestamp,
    pub versioning: Versioning,
    pub objects: BTreeMap<Arc<str>, Stack>,
    pub replication: Option<Replication>,
    pub lifecycle: Option<Lifecycle>,
    /// What the application writes here by itself.
    pub writes: Option<Writes>,
    /// What waits to be replicated, by rule.
    pub lanes: BTreeMap<String, Lane>,
    written: u64,
}

impl Bucket {
    pub(super) fn new(name: &str, region: &Region, created: Timestamp) -> Self {
        Self {
            name: name.to_owned(),
            region: region.clone(),
            created,
            versioning: Versioning::Off,
            objects: BTreeMap::new(),
            replication: None,
            lifecycle: None,
            writes: None,
            lanes: BTreeMap::new(),
            written: 0,
        }
    }

    pub fn stack(&self, key: &str) -> Option<&Stack> {
        self.objects.get(key)
    }

    /// Stores an object under a key and queues it for replication.
    pub(super) fn put(&mut self, moment: &Moment, key: &str, object: Object) -> Version {
        if self.versioning == Versioning::Off {
            self.objects.remove(key);
        }
        self.push(moment, key, Some(object))
    }

    /// Deletes a key as a plain DELETE does: a marker on top, or, without versioning, for good.
    pub(super) fn mark(&mut self, moment: &Moment, key: &str) -> Option<Version> {
        if self.versioning == Versioning::Off {
            self.objects.remove(key);
            return None;
        }
        Some(self.push(moment, key, None))
    }

    /// A marker that a lifecycle rule leaves: those are never replicated.
    pub(super) fn mark_unreplicated(&mut self, moment: &Moment, key: &str) {
        let replication = self.replication.take();
        self.push(moment, key, None);
        self.replication = replication;
    }

    /// Deletes one version for good. Such deletions are never replicated.
    pub(super) fn remove(&mut self, key: &str, name: VersionName) -> Option<Version> {
        let stack = self.objects.get_mut(key)?;
        let removed = stack.remove(name);
        if stack.latest().is_none() {
            self.objects.remove(key);
        }
        removed
    }

    /// Puts a version that was made elsewhere, or long ago, where its age belongs.
    pub(super) fn insert(&mut self, key: &Arc<str>, version: Version) {
        self.objects.entry(Arc::clone(key)).or_default().insert(version);
    }

    /// Puts many versions at once where their ages belong, each under a key of its own.
    pub(super) fn extend(&mut self, versions: Vec<(Arc<str>, Version)>) {
        let mut fresh = Vec::with_capacity(versions.len());
        for (key, version) in versions {
            match self.objects.get_mut(&key) {
                Some(stack) => stack.insert(version),
                None => fresh.push((key, Stack(vec![version]))),
            }
        }
        self.objects.append(&mut fresh.into_iter().collect());
    }

    /// A new version's id, younger than all the key has.
    fn next_id(&mut self, chance: Chance, at: Timestamp, key: &str) -> VersionId {
        self.written += 1;
        let last = self.stack(key).and_then(Stack::latest).map(|version| version.id);
        VersionId::new(at, self.written, chance.bits(("s3-version", &self.name, key, at, self.written)), last)
    }

    fn push(&mut self, moment: &Moment, key: &str, object: Option<Object>) -> Version {
        let id = self.next_id(moment.chance, moment.now, key);
        let key: Arc<str> = self.objects.get_key_value(key).map_or_else(|| key.into(), |(known, _)| Arc::clone(known));
        let null = self.versioning != Versioning::Enabled;
        let mut version = Version { id, null, modified: moment.now, object, replication: None };
        if !null {
            self.queue(moment, &key, &mut version);
        }
        self.insert(&key, version.clone());
        version
    }

    fn queue(&mut self, moment: &Moment, key: &Arc<str>, version: &mut Version) {
        let Some(replication) = &self.replication else { return };
        for rule in replication.rules_for(key, version.object.as_ref()) {
            let delay = moment.chance.between(("s3-replication", &self.name, &rule.id, key, moment.now), moment.replication);
            let pending = Pending { key: Arc::clone(key), id: version.id, size: version.size(), since: moment.now };
            self.lanes.entry(rule.id.clone()).or_default().push(moment.now + delay, pending);
            if !version.is_marker() {
                version.replication = Some(ReplicationStatus::Pending);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::version::{Body, StorageClass};
    use super::*;
    use crate::world::testing::east;

    #[derive(Clone, Debug)]
    enum Deed {
        Put(u8, u64),
        Mark(u8),
        Remove(u8, usize),
        Versioning(bool),
    }

    fn deeds() -> impl Strategy<Value = Vec<Deed>> {
        let deed = prop_oneof![
            4 => (0_u8..3, any::<u64>()).prop_map(|(key, seed)| Deed::Put(key, seed)),
            2 => (0_u8..3).prop_map(Deed::Mark),
            2 => (0_u8..3, 0_usize..6).prop_map(|(key, nth)| Deed::Remove(key, nth)),
            1 => any::<bool>().prop_map(Deed::Versioning),
        ];
        proptest::collection::vec(deed, 1..60)
    }

    proptest! {
        /// Against the plainest model there is: a vector of (name, content) per key, newest last.
        #[test]
        fn stacks_behave_as_a_list_of_versions_would(deeds in deeds(), frozen in any::<bool>()) {
            let mut bucket = Bucket::new("b", &east(), Timestamp::from_secs(0));
            bucket.versioning = Versioning::Enabled;
            let mut model: BTreeMap<String, Vec<(String, Option<u64>)>> = BTreeMap::new();
            let mut at = 1_000;
            for deed in deeds {
                at += i64::from(!frozen);
                let moment = Moment { now: Timestamp::from_secs(at), chance: Chance::new(3), replication: Span::secs(1, 1) };
                match deed {
                    Deed::Put(key, seed) => {
                        let key = key.to_string();
                        let made = bucket.put(&moment, &key, Object::new(Body::made(seed, 10), StorageClass::Standard));
                        let stack = model.entry(key).or_default();
                        stack.retain(|(name, _)| name != &made.name());
                        stack.push((made.name(), Some(seed)));
                    }
                    Deed::Mark(key) => {
                        let key = key.to_string();
                        let made = bucket.mark(&moment, &key).expect("a versioned bucket leaves a marker");
                        let stack = model.entry(key).or_default();
                        stack.retain(|(name, _)| name != &made.name());
                        stack.push((made.name(), None));
                    }
                    Deed::Remove(key, nth) => {
                        let key = key.to_string();
                        let stack = model.entry(key.clone()).or_default();
                        if nth < stack.len() {
                            let (name, _) = stack.remove(nth);
                            prop_assert!(bucket.remove(&key, VersionName::parse(&name).expect("a name")).is_some());
                            prop_assert!(bucket.stack(&key).is_none_or(|s| s.find(VersionName::parse(&name).expect("a name")).is_none()));
                        }
                    }
                    Deed::Versioning(on) => bucket.versioning = if on { Versioning::Enabled } else { Versioning::Suspended },
                }
                model.retain(|_, stack| !stack.is_empty());
                let seen: BTreeMap<String, Vec<(String, Option<u64>)>> = bucket.objects.iter().map(|(key, stack)| {
                    let mut versions: Vec<_> = stack.newest_first().map(|(version, _)| {
                        let seed = version.object.as_ref().map(|object| match object.body {
                            Body::Made { seed, .. } => seed,
                            Body::Held(_) => 0,
                        });
                        (version.name(), seed)
                    }).collect();
                    versions.reverse();
                    (key.to_string(), versions)
                }).collect();
                prop_assert_eq!(&seen, &model);
            }
        }
    }
}
