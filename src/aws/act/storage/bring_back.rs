use std::collections::BTreeMap;

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{Delete, ObjectIdentifier, ObjectVersion};
use drlab_core::domain::{Receipt, Timestamp};
use futures_util::stream::{self, StreamExt};

use crate::aws::act::receipt::{accepted, failed, refused};

/// Copies at once. S3 takes thousands a second; a console on a hotel's network does not.
const ABREAST: usize = 16;

/// A page of what a bucket holds, all versions: `after` is where the one before has ended.
struct Page {
    versions: Vec<ObjectVersion>,
    markers: Vec<aws_sdk_s3::types::DeleteMarkerEntry>,
    next: Option<String>,
}

/// Key and version by which a listing goes on, in one word. Keys may hold anything but version ids hold no slash.
fn cursor(key: Option<String>, version: Option<String>) -> Option<String> {
    Some(format!("{}/{}", version.unwrap_or_default(), key?))
}

async fn page(s3: &Client, bucket: &str, prefix: &str, after: Option<&str>) -> Result<Page, Receipt> {
    let (version, key) = after
        .and_then(|after| after.split_once('/'))
        .map_or((None, None), |(version, key)| ((!version.is_empty()).then(|| version.to_owned()), Some(key.to_owned())));
    let request = s3.list_object_versions().bucket(bucket).prefix(prefix).set_key_marker(key).set_version_id_marker(version);
    let listed = request.send().await.map_err(|error| failed(&error))?;
    let next = if listed.is_truncated == Some(true) { cursor(listed.next_key_marker, listed.next_version_id_marker) } else { None };
    if next.is_some() && next.as_deref() == after {
        return Err(refused("Circle", "the list of versions goes in circles"));
    }
    Ok(Page { versions: listed.versions.unwrap_or_default(), markers: listed.delete_markers.unwrap_or_default(), next })
}

fn is_since(at: Option<&aws_sdk_s3::primitives::DateTime>, since: Timestamp) -> bool {
    at.and_then(|at| at.to_millis().ok()).is_some_and(|millis| millis >= since.millis())
}

/// Takes the delete markers of one page away that are on top and were put there since; what they hid is there again.
pub(super) async fn undelete(s3: &Client, bucket: &str, prefix: &str, since: Timestamp, after: Option<&str>) -> Receipt {
    let page = match page(s3, bucket, prefix, after).await {
        Ok(page) => page,
        Err(receipt) => return receipt,
    };
    let markers =
        page.markers.into_iter().filter(|marker| marker.is_latest == Some(true) && is_since(marker.last_modified.as_ref(), since));
    let named: Result<Vec<_>, _> = markers
        .map(|marker| ObjectIdentifier::builder().key(marker.key.unwrap_or_default()).set_version_id(marker.version_id).build())
        .collect();
    let named = match named {
        Ok(named) => named,
        Err(error) => return refused("Incomplete", &error.to_string()),
    };
    let (mut done, mut left) = (named.len(), 0);
    if !named.is_empty() {
        let delete = match Delete::builder().quiet(true).set_objects(Some(named)).build() {
            Ok(delete) => delete,
            Err(error) => return refused("Incomplete", &error.to_string()),
        };
        match s3.delete_objects().bucket(bucket).delete(delete).send().await {
            Ok(deleted) => {
                left = deleted.errors.map_or(0, |errors| errors.len());
                done = done.saturating_sub(left);
            }
            Err(error) => return failed(&error),
        }
    }
    told(done, left, 0, page.next)
}

/// Copies, for every object of one page that was written over since, the last version from before on top again.
pub(super) async fn versions(s3: &Client, bucket: &str, prefix: &str, since: Timestamp, after: Option<&str>) -> Receipt {
    let page = match page(s3, bucket, prefix, after).await {
        Ok(page) => page,
        Err(receipt) => return receipt,
    };
    // The newest first, as S3 lists them; an object whose versions lie on two pages is whole on the second, whose copy then counts.
    let mut objects: BTreeMap<String, Vec<ObjectVersion>> = BTreeMap::new();
    for version in page.versions {
        objects.entry(version.key.clone().unwrap_or_default()).or_default().push(version);
    }
    let mut before = Vec::new();
    let mut archived = 0;
    for (key, versions) in objects {
        let on_top = versions.iter().any(|version| version.is_latest == Some(true) && is_since(version.last_modified.as_ref(), since));
        let Some(good) = versions.iter().find(|version| !is_since(version.last_modified.as_ref(), since)).filter(|_| on_top) else {
            continue;
        };
        if good.storage_class.as_ref().is_some_and(|class| matches!(class.as_str(), "GLACIER" | "DEEP_ARCHIVE")) {
            archived += 1;
            continue;
        }
        before.push((key, good.version_id.clone().unwrap_or_default()));
    }
    let copies = before.into_iter().map(|(key, version)| async move {
        let source = format!("{bucket}/{}?versionId={version}", encoded(&key));
        s3.copy_object().bucket(bucket).key(key).copy_source(source).send().await.map_err(|error| failed(&error))
    });
    let outcomes: Vec<_> = stream::iter(copies).buffer_unordered(ABREAST).collect().await;
    let done = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let left = outcomes.len() - done;
    match outcomes.into_iter().find_map(Result::err) {
        // Nothing at all went: whatever is in the way is in the way of all of it.
        Some(receipt) if done == 0 => receipt,
        _ => told(done, left, archived, page.next),
    }
}

fn told(done: usize, left: usize, archived: usize, next: Option<String>) -> Receipt {
    accepted([
        ("done", Some(done.to_string())),
        ("left", Some(left.to_string())),
        ("archived", Some(archived.to_string())),
        ("after", next),
    ])
}

/// A key as a URL's path has it.
fn encoded(key: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'/');
    key.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
