use aws_sdk_s3::types::{ObjectVersion, ReplicationStatus};
use drlab_core::domain::Receipt;

use super::pages::{Stack, page};
use super::tally::Tally;
use super::versions::{Good, Place, bring_all};
use crate::aws::act::receipt::failed;

/// Copies, for every object of one page that is there and whose newest version is not here, that version. What S3 calls pending is left to it,
/// unless it is to be copied as well.
pub(super) async fn missing(here: Place<'_>, there: Place<'_>, prefix: &str, pending: bool, after: Option<&str>) -> Receipt {
    let (own, theirs) = tokio::join!(page(here.s3, here.bucket, prefix, after), page(there.s3, there.bucket, prefix, after));
    let (mut own, mut theirs) = match (own, theirs) {
        (Ok(own), Ok(theirs)) => (own, theirs),
        (Err(receipt), _) | (_, Err(receipt)) => return receipt,
    };
    own.end_with(&mut theirs);
    let mut tally = Tally::default();
    let mut good = Vec::new();
    let nothing = Stack::default();
    for (key, stack) in theirs.stacks {
        let Some(top) = stack.top().filter(|top| !holds(own.stacks.get(&key).unwrap_or(&nothing), top)) else { continue };
        if !pending {
            match is_sent(there, &key, top).await {
                Ok(true) => {
                    tally.pending += 1;
                    continue;
                }
                Ok(false) => {}
                Err(receipt) => return receipt,
            }
        }
        good.push(Good { version: top.clone(), key, from: there });
    }
    bring_all(here, good, tally, own.until).await
}

/// A replica has the version's own id. A copy has another, and is younger.
fn holds(stack: &Stack, version: &ObjectVersion) -> bool {
    let is_copy = |top: &ObjectVersion| top.size == version.size && top.last_modified >= version.last_modified;
    stack.versions.iter().any(|held| held.version_id == version.version_id) || stack.top().is_some_and(is_copy)
}

/// Whether S3 has it on its way, or has brought it since the list was made: while users write there is always one such.
async fn is_sent(at: Place<'_>, key: &str, version: &ObjectVersion) -> Result<bool, Receipt> {
    let request = at.s3.head_object().bucket(at.bucket).key(key).set_version_id(version.version_id.clone());
    let head = request.send().await.map_err(|error| failed(&error))?;
    Ok(matches!(head.replication_status, Some(ReplicationStatus::Pending | ReplicationStatus::Complete | ReplicationStatus::Completed)))
}
