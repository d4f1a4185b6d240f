//! What happens to objects without anybody's asking: the application writes, and now and then somebody malicious.

use crate::world::{Fault, World};

use super::bucket::Moment;
use super::version::{Body, Object, StorageClass};

/// A steady rewriting of a bounded set of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writes {
    /// The workload whose application writes them: where it serves nobody, nothing is written. Without one, somebody always does.
    pub by: Option<String>,
    pub prefix: String,
    pub keys: u32,
    pub per_minute: u32,
    /// Smallest and largest object.
    pub bytes: (u64, u64),
}

impl Writes {
    /// How many writes fall into this second of a minute, so that a minute has its number.
    fn in_second(&self, second: u64) -> u64 {
        let until = |second: u64| second * u64::from(self.per_minute) / 60;
        until(second % 60 + 1) - until(second % 60)
    }
}

pub(super) fn pulse(world: &mut World) {
    let moment = Moment::of(world);
    let second = moment.now.secs().unsigned_abs();
    let World { s3, faults, applications, .. } = world;
    for bucket in s3.buckets.values_mut() {
        let Some(writes) = &bucket.writes else { continue };
        let due = writes.in_second(second);
        // Clients cannot reach an application in the dark.
        if due == 0 || writes.keys == 0 || faults.is_dark(&bucket.region) {
            continue;
        }
        if writes.by.as_ref().is_some_and(|workload| !applications.serves(workload, &bucket.region)) {
            continue;
        }
        let (prefix, keys, (least, most)) = (writes.prefix.clone(), u64::from(writes.keys), writes.bytes);
        for nth in 0..due {
            let luck = |what: &str| moment.chance.bits(("s3-write", what, &bucket.name, moment.now, nth));
            let key = format!("{prefix}{:06}.dat", luck("key") % keys);
            let size = least + luck("size") % (most.saturating_sub(least) + 1);
            let object = Object::new(Body::made(luck("content"), size), StorageClass::Standard);
            bucket.put(&moment, &key, object);
        }
    }
    if world.now == world.now.minute() {
        vandalise(world, &moment);
    }
}

/// A share of each bucket's objects is deleted or overwritten by garbage of the same size.
fn vandalise(world: &mut World, moment: &Moment) {
    let World { s3, faults, truth, .. } = world;
    for bucket in s3.buckets.values_mut() {
        if faults.is_dark(&bucket.region) {
            continue;
        }
        let Some(active) = faults.find(Fault::S3Ransomware, &bucket.region, &bucket.name) else { continue };
        let share = active.level.unwrap_or(0.1);
        let hit = |what: &str, key: &str| moment.chance.unit(("s3-ransomware", what, &bucket.name, key, moment.now));
        let victims: Vec<_> = bucket
            .objects
            .iter()
            .filter_map(|(key, stack)| stack.current().map(|(version, _)| (key, version.size())))
            .filter(|(key, _)| hit("whether", key) < share)
            .map(|(key, size)| (key.clone(), size, hit("how", key) < 0.5))
            .collect();
        for (key, size, deletes) in &victims {
            if *deletes {
                bucket.mark(moment, key);
            } else {
                let garbage = Body::made(moment.chance.bits(("s3-garbage", &bucket.name, key, moment.now)), *size);
                bucket.put(moment, key, Object::new(garbage, StorageClass::Standard));
            }
        }
        truth.note(moment.now, Some(&bucket.region), "s3", &bucket.name, format!("ransomware hit {} objects", victims.len()));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_minute_has_its_number_of_writes(per_minute in 0_u32..500, start in 0_u64..1_000) {
            let writes = Writes { by: None, prefix: String::new(), keys: 1, per_minute, bytes: (1, 1) };
            let all: u64 = (start..start + 60).map(|second| writes.in_second(second)).sum();
            prop_assert_eq!(all, u64::from(per_minute));
        }
    }
}
