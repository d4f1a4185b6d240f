//! Objects: those on their way, those that were deleted or overwritten, and which way they are replicated.

mod backlog;
mod objects;
mod pages;
mod quiet;
mod reverse;

use crate::config::{Bucket, Workload};
use crate::runbook::action::{Action, Deed};
use crate::runbook::plan::Part;
use crate::runbook::scene::Scene;

pub(in crate::runbook) fn deed(action: Action) -> Option<&'static dyn Deed> {
    match action {
        Action::StorageAwaitBacklog => Some(&backlog::Arrived),
        Action::StorageUndelete => Some(&objects::Objects::Deleted),
        Action::StorageRestoreVersions => Some(&objects::Objects::Overwritten),
        Action::StorageReverseReplication => Some(&reverse::Reversed),
        _ => None,
    }
}

const NOBODY: &str = "the stage names no bucket of this workload";

fn bucket<'a>(scene: &Scene<'a>) -> Option<&'a Bucket> {
    let Part::Bucket(index) = scene.stage.part else { return None };
    scene.workload.buckets.get(index)
}

fn parts(workload: &Workload) -> Result<Vec<Part>, String> {
    if workload.buckets.is_empty() {
        return Err("no bucket is configured".to_owned());
    }
    Ok((0..workload.buckets.len()).map(Part::Bucket).collect())
}
