//! What would undo a restoration while it goes on: lifecycle rules of the bucket, and replication into it. Both are held first, and put back
//! when the last object is done.

use std::collections::BTreeMap;

use crate::assess::rules::goes_to;
use crate::config::Bucket;
use crate::domain::fact::Replication;
use crate::domain::{Change, What};
use crate::runbook::actions::asked::needs;
use crate::runbook::scene::Scene;
use crate::runbook::standing::Standing;

const LIFECYCLE: &str = "lifecycle";
const INWARD: &str = "replication";

struct Seen<'a> {
    here: &'a Replication,
    there: &'a Replication,
}

fn see<'a>(scene: &Scene<'a>, bucket: &Bucket) -> Result<Seen<'a>, Standing> {
    let (here, there) = (scene.workload.bucket_subject(bucket, scene.site()), scene.workload.bucket_subject(bucket, scene.site().other()));
    Ok(Seen { here: scene.see(&here).or_wait(&here)?, there: scene.see(&there).or_wait(&there)? })
}

fn lifecycle(scene: &Scene<'_>, bucket: &Bucket, rule: &str, enabled: bool) -> Change {
    let name = bucket.sites.get(scene.site()).clone();
    Change::new(scene.region(), What::SetLifecycle { bucket: name, rule: rule.to_owned(), enabled })
}

fn inward(scene: &Scene<'_>, bucket: &Bucket, rule: &str, enabled: bool) -> Change {
    let other = scene.site().other();
    let name = bucket.sites.get(other).clone();
    Change::new(scene.workload.region(other), What::SetReplication { bucket: name, rule: rule.to_owned(), enabled })
}

/// Nothing while they are held; else what to say.
pub(super) fn hold(scene: &Scene<'_>, bucket: &Bucket) -> Result<(), Standing> {
    let Seen { here, there } = see(scene, bucket)?;
    if here.versioning == "Off" {
        return Err(Standing::stuck(format!("{} keeps no versions: nothing of it can be brought back", here.bucket)));
    }
    let Some(rules) = &here.lifecycle else {
        return Err(Standing::Blind { why: format!("the lifecycle rules of {} cannot be read", bucket.sites.get(scene.site())) });
    };
    let rules: Vec<&str> = rules.iter().filter(|rule| rule.enabled).map(|rule| rule.id.as_str()).collect();
    let into = into(scene, bucket, there);
    if rules.is_empty() && into.is_empty() {
        return Ok(());
    }
    let mut keep = BTreeMap::new();
    // What was put aside first is what was in force before.
    for (name, held) in [(LIFECYCLE, &rules), (INWARD, &into)] {
        if scene.kept(&scene.stage.id, name).is_none() && !held.is_empty() {
            keep.insert(name.to_owned(), held.join("\n"));
        }
    }
    let changes = rules.iter().map(|rule| lifecycle(scene, bucket, rule, false));
    let changes = changes.chain(into.iter().map(|rule| inward(scene, bucket, rule, false))).collect();
    Err(needs(scene, changes, keep))
}

/// The rules by which objects come into the bucket.
fn into<'a>(scene: &Scene<'_>, bucket: &Bucket, there: &'a Replication) -> Vec<&'a str> {
    let to = bucket.sites.get(scene.site());
    there.rules.iter().filter(|rule| rule.enabled && goes_to(&rule.destination, to)).map(|rule| rule.id.as_str()).collect()
}

/// What is in force now, and is put back in the end.
pub(super) fn foreseen(scene: &Scene<'_>, bucket: &Bucket) -> Vec<Change> {
    let Ok(Seen { here, there }) = see(scene, bucket) else { return Vec::new() };
    let rules = here.lifecycle.iter().flatten().filter(|rule| rule.enabled);
    let rules = rules.map(|rule| lifecycle(scene, bucket, &rule.id, true));
    rules.chain(into(scene, bucket, there).into_iter().map(|rule| inward(scene, bucket, rule, true))).collect()
}

/// The reverse of it.
pub(super) fn release(scene: &Scene<'_>, bucket: &Bucket) -> Result<(), Standing> {
    let kept = |name: &str| -> Vec<&str> {
        scene.kept(&scene.stage.id, name).map(|text| text.lines().filter(|line| !line.is_empty()).collect()).unwrap_or_default()
    };
    let (rules, into) = (kept(LIFECYCLE), kept(INWARD));
    if rules.is_empty() && into.is_empty() {
        return Ok(());
    }
    let Seen { here, there } = see(scene, bucket)?;
    let off = |rule: &&&str| here.lifecycle.iter().flatten().any(|found| found.id == **rule && !found.enabled);
    let mut changes: Vec<Change> = rules.iter().filter(off).map(|rule| lifecycle(scene, bucket, rule, true)).collect();
    let off = |rule: &&&str| there.rules.iter().any(|found| found.id == **rule && !found.enabled);
    changes.extend(into.iter().filter(off).map(|rule| inward(scene, bucket, rule, true)));
    if changes.is_empty() { Ok(()) } else { Err(needs(scene, changes, BTreeMap::new())) }
}
