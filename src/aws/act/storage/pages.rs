use std::collections::BTreeMap;

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{DeleteMarkerEntry, ObjectVersion};
use drlab_core::domain::{Receipt, Timestamp};

use crate::aws::act::receipt::{failed, refused};

/// Pages that one object's versions may fill before somebody must look at it.
const MOST_PAGES: usize = 200;

/// Everything a bucket holds of one key.
#[derive(Debug, Default)]
pub(super) struct Stack {
    /// As S3 lists them, the newest first.
    pub(super) versions: Vec<ObjectVersion>,
    pub(super) markers: Vec<DeleteMarkerEntry>,
}

/// Keys with all of their versions: one that a page of S3's ends within is left to the next.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) stacks: BTreeMap<String, Stack>,
    /// The last key of the page; `None` where there is nothing behind it.
    pub(super) until: Option<String>,
}

/// The keys behind `after`, as many as a listing shows at once, and each of them whole.
pub(super) async fn page(s3: &Client, bucket: &str, prefix: &str, after: Option<&str>) -> Result<Page, Receipt> {
    let mut page = Page::default();
    let mut key_marker = after.map(str::to_owned);
    let mut version_marker = None;
    for _ in 0..MOST_PAGES {
        let request = s3.list_object_versions().bucket(bucket).prefix(prefix);
        let request = request.set_key_marker(key_marker.clone()).set_version_id_marker(version_marker.clone());
        let listed = request.send().await.map_err(|error| failed(&error))?;
        for version in listed.versions.unwrap_or_default() {
            page.stacks.entry(version.key.clone().unwrap_or_default()).or_default().versions.push(version);
        }
        for marker in listed.delete_markers.unwrap_or_default() {
            page.stacks.entry(marker.key.clone().unwrap_or_default()).or_default().markers.push(marker);
        }
        if listed.is_truncated != Some(true) {
            return Ok(page);
        }
        let next = (listed.next_key_marker, listed.next_version_id_marker);
        if next.0.is_none() || next == (key_marker, version_marker) {
            return Err(refused("Circle", "the list of versions goes in circles"));
        }
        // The last key may have more versions; where there is none before it, they are fetched until there is one behind it.
        if page.stacks.len() > 1 {
            page.stacks.pop_last();
            page.until = page.stacks.keys().next_back().cloned();
            return Ok(page);
        }
        (key_marker, version_marker) = next;
    }
    Err(refused("TooManyVersions", "one object has more versions than can be gone through at once"))
}

impl Page {
    /// As far as both go: what is said of a key must rest on all that is known of it.
    pub(super) fn end_with(&mut self, other: &mut Self) {
        let until = match (self.until.take(), other.until.take()) {
            (Some(one), Some(another)) => Some(one.min(another)),
            (one, another) => one.or(another),
        };
        if let Some(until) = &until {
            for page in [&mut *self, &mut *other] {
                page.stacks.retain(|key, _| key <= until);
            }
        }
        (self.until, other.until) = (until.clone(), until);
    }
}

pub(super) fn is_since(at: Option<&aws_sdk_s3::primitives::DateTime>, since: Timestamp) -> bool {
    at.and_then(|at| at.to_millis().ok()).is_some_and(|millis| millis >= since.millis())
}

impl Stack {
    pub(super) fn top(&self) -> Option<&ObjectVersion> {
        self.versions.iter().find(|version| version.is_latest == Some(true))
    }

    /// The last version from before.
    pub(super) fn before(&self, since: Timestamp) -> Option<&ObjectVersion> {
        self.versions.iter().find(|version| !is_since(version.last_modified.as_ref(), since))
    }

    /// What was written since, markers included.
    pub(super) fn written_since(&self, since: Timestamp) -> usize {
        let versions = self.versions.iter().filter(|version| is_since(version.last_modified.as_ref(), since)).count();
        versions + self.marked_since(since)
    }

    pub(super) fn marked_since(&self, since: Timestamp) -> usize {
        self.markers.iter().filter(|marker| is_since(marker.last_modified.as_ref(), since)).count()
    }
}
