use aws_sdk_s3::Client;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use drlab_core::domain::{Receipt, Timestamp};

use super::pages::{is_since, page};
use super::tally::Tally;
use crate::aws::act::receipt::{failed, refused};

/// `DeleteObjects` takes no more.
const MOST: usize = 1_000;

/// Takes the delete markers of one page away that are on top and were put there since; what they hid is there again. A marker with nothing
/// beneath it stays: it is all that tells of the object.
pub(super) async fn undelete(s3: &Client, bucket: &str, prefix: &str, since: Timestamp, after: Option<&str>) -> Receipt {
    let page = match page(s3, bucket, prefix, after).await {
        Ok(page) => page,
        Err(receipt) => return receipt,
    };
    let mut named = Vec::new();
    for (key, stack) in page.stacks.iter().filter(|(_, stack)| !stack.versions.is_empty()) {
        let since = stack.markers.iter().filter(|marker| is_since(marker.last_modified.as_ref(), since));
        // One upon another, if somebody deleted what was deleted: all of them, down to the version.
        let newest = stack.versions.first().and_then(|version| version.last_modified);
        let on_top = stack.markers.iter().any(|marker| marker.is_latest == Some(true));
        for marker in since.filter(|marker| on_top && marker.last_modified >= newest) {
            match ObjectIdentifier::builder().key(key).set_version_id(marker.version_id.clone()).build() {
                Ok(identifier) => named.push(identifier),
                Err(error) => return refused("Incomplete", &error.to_string()),
            }
        }
    }
    let mut tally = Tally::default();
    for chunk in named.chunks(MOST) {
        let delete = match Delete::builder().quiet(true).set_objects(Some(chunk.to_vec())).build() {
            Ok(delete) => delete,
            Err(error) => return refused("Incomplete", &error.to_string()),
        };
        match s3.delete_objects().bucket(bucket).delete(delete).send().await {
            Ok(deleted) => {
                let left = deleted.errors.map_or(0, |errors| errors.len());
                tally.failed += left;
                tally.restored += chunk.len().saturating_sub(left);
            }
            Err(error) => return failed(&error),
        }
    }
    tally.receipt(page.until)
}
