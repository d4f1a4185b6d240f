//! Objects: those on their way, those that were deleted or overwritten, and which way they are replicated.

pub(super) mod backlog;
pub(super) mod missing;
pub(super) mod objects;
mod pages;
mod quiet;
pub(super) mod reverse;

use crate::config::{Bucket, Workload};
use crate::runbook::plan::Part;
use crate::runbook::scene::Scene;

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
