use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{GlacierJobParameters, ObjectVersion, RestoreRequest, Tier};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use drlab_core::domain::{Receipt, Timestamp};
use futures_util::stream::{self, StreamExt};

use super::pages::{Page, Stack, is_since, page};
use super::tally::Tally;
use crate::aws::act::receipt::failed;

/// Copies at once. S3 takes thousands a second; a console on a hotel's network does not.
const ABREAST: usize = 16;
/// How long a copy that was asked back from an archive stays, to be copied from.
const DAYS: i32 = 7;
const FROM_GLACIER: Duration = Duration::from_secs(5 * 3600);
const FROM_DEEP_ARCHIVE: Duration = Duration::from_secs(12 * 3600);

/// A bucket, and the client of its region.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub(super) s3: &'a Client,
    pub(super) bucket: &'a str,
}

/// When it was destroyed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) since: Timestamp,
    /// What is written later is work that goes on.
    pub(super) until: Option<Timestamp>,
}

/// A version that is to be on top again.
pub(super) struct Good<'a> {
    pub(super) key: String,
    pub(super) from: Place<'a>,
    pub(super) version: ObjectVersion,
}

/// What has come of one object.
enum Came {
    Back,
    /// It will be readable then.
    Later(Timestamp),
    Not(Receipt),
}

/// Copies, for every object of one page that was written over since, the last version from before on top again. What has no such version here
/// any more is taken from the replica.
pub(super) async fn versions(here: Place<'_>, replica: Option<Place<'_>>, prefix: &str, span: Span, after: Option<&str>) -> Receipt {
    let mut own = match page(here.s3, here.bucket, prefix, after).await {
        Ok(page) => page,
        Err(receipt) => return receipt,
    };
    let mut copies = match replica {
        Some(replica) => match page(replica.s3, replica.bucket, prefix, after).await {
            Ok(page) => page,
            // Without it nobody can say what is missing.
            Err(receipt) => return receipt,
        },
        None => Page::default(),
    };
    own.end_with(&mut copies);
    let mut tally = Tally::default();
    let mut good = Vec::new();
    let keys: BTreeSet<&String> = own.stacks.keys().chain(copies.stacks.keys()).collect();
    let nothing = Stack::default();
    for key in keys {
        let (stack, copy) = (own.stacks.get(key).unwrap_or(&nothing), copies.stacks.get(key).unwrap_or(&nothing));
        match wanted(stack, copy, span) {
            Wanted::Nothing => {}
            Wanted::Conflict => tally.conflict(key),
            Wanted::Lost => tally.lost += 1,
            Wanted::Own(version) => good.push(Good { key: key.clone(), from: here, version: version.clone() }),
            Wanted::Copy(version) => {
                if let Some(from) = replica {
                    good.push(Good { key: key.clone(), from, version: version.clone() });
                }
            }
        }
    }
    bring_all(here, good, tally, own.until).await
}

/// Copies them here, some at once; `until` is where the page ends.
pub(super) async fn bring_all(here: Place<'_>, good: Vec<Good<'_>>, mut tally: Tally, until: Option<String>) -> Receipt {
    let asked = good.len();
    let came: Vec<_> = stream::iter(good).map(|good| bring(here, good)).buffer_unordered(ABREAST).collect().await;
    let mut why = None;
    for came in came {
        match came {
            Came::Back => tally.restored += 1,
            Came::Later(eta) => {
                tally.archived += 1;
                tally.eta = tally.eta.max(Some(eta));
            }
            Came::Not(receipt) => {
                tally.failed += 1;
                why = why.or(Some(receipt));
            }
        }
    }
    match why {
        // Nothing at all went: whatever is in the way is in the way of all of it.
        Some(receipt) if tally.failed == asked => receipt,
        _ => tally.receipt(until),
    }
}

enum Wanted<'v> {
    Nothing,
    /// It was destroyed and then written again, or written twice: only its owner knows which is right.
    Conflict,
    /// Somebody deleted it, and no version from before is anywhere.
    Lost,
    Own(&'v ObjectVersion),
    Copy(&'v ObjectVersion),
}

fn wanted<'v>(own: &'v Stack, copy: &'v Stack, span: Span) -> Wanted<'v> {
    let since = span.since;
    let (written, before) = (own.written_since(since), own.before(since));
    // What is no longer here at all was deleted version by version; a marker from before is no destruction of ours.
    let gone = own.versions.is_empty() && own.markers.len() == own.marked_since(since);
    if written == 0 && !gone {
        return Wanted::Nothing;
    }
    let good = match (before, copy.before(since)) {
        // A marker over it from before: it was no more, and what was written since is new.
        (Some(version), _) if deleted_before(own, version, since) => return Wanted::Nothing,
        (Some(version), _) => Wanted::Own(version),
        (None, Some(version)) if !deleted_before(copy, version, since) => Wanted::Copy(version),
        (None, _) if own.versions.is_empty() && own.marked_since(since) > 0 => return Wanted::Lost,
        // It did not exist before.
        (None, _) => return Wanted::Nothing,
    };
    let (Wanted::Own(version) | Wanted::Copy(version)) = good else { return Wanted::Nothing };
    match own.top() {
        // Deleted, and to be undeleted; or deleted for good.
        None if before.is_some() => Wanted::Nothing,
        None => good,
        Some(top) if same(top, version) => Wanted::Nothing,
        Some(top) if written > 1 || span.until.is_some_and(|until| is_since(top.last_modified.as_ref(), until)) => Wanted::Conflict,
        Some(_) => good,
    }
}

fn deleted_before(stack: &Stack, version: &ObjectVersion, since: Timestamp) -> bool {
    let before = stack.markers.iter().filter(|marker| !is_since(marker.last_modified.as_ref(), since));
    before.into_iter().any(|marker| marker.last_modified > version.last_modified)
}

fn same(one: &ObjectVersion, other: &ObjectVersion) -> bool {
    one.version_id == other.version_id || (one.e_tag.is_some() && one.e_tag == other.e_tag && one.size == other.size)
}

async fn bring(here: Place<'_>, good: Good<'_>) -> Came {
    let version = good.version.version_id.as_deref().unwrap_or("null");
    if let Some(takes) = good.version.storage_class.as_ref().and_then(|class| from_archive(class.as_str())) {
        match thaw(&good, version, takes).await {
            Ok(None) => {}
            Ok(Some(eta)) => return Came::Later(eta),
            Err(receipt) => return Came::Not(receipt),
        }
    }
    let source = format!("{}/{}?versionId={version}", good.from.bucket, encoded(&good.key));
    match here.s3.copy_object().bucket(here.bucket).key(&good.key).copy_source(source).send().await {
        Ok(_) => Came::Back,
        Err(error) => Came::Not(failed(&error)),
    }
}

/// How long it takes to read something out of this class.
fn from_archive(class: &str) -> Option<Duration> {
    match class {
        "GLACIER" => Some(FROM_GLACIER),
        "DEEP_ARCHIVE" => Some(FROM_DEEP_ARCHIVE),
        _ => None,
    }
}

/// Asks for it out of the archive, unless somebody has. `None`: it can be read now.
async fn thaw(good: &Good<'_>, version: &str, takes: Duration) -> Result<Option<Timestamp>, Receipt> {
    let Place { s3, bucket } = good.from;
    let head = s3.head_object().bucket(bucket).key(&good.key).version_id(version).send().await.map_err(|error| failed(&error))?;
    let eta = now(s3) + takes;
    match head.restore.as_deref() {
        Some(state) if state.contains("ongoing-request=\"false\"") => return Ok(None),
        Some(_) => return Ok(Some(eta)),
        None => {}
    }
    let Ok(tier) = GlacierJobParameters::builder().tier(Tier::Standard).build() else { return Ok(Some(eta)) };
    let request = RestoreRequest::builder().days(DAYS).glacier_job_parameters(tier).build();
    match s3.restore_object().bucket(bucket).key(&good.key).version_id(version).restore_request(request).send().await {
        Ok(_) => Ok(Some(eta)),
        Err(error) if error.as_service_error().and_then(ProvideErrorMetadata::code) == Some("RestoreAlreadyInProgress") => Ok(Some(eta)),
        Err(error) => Err(failed(&error)),
    }
}

/// The world's time, by which the client signs.
fn now(s3: &Client) -> Timestamp {
    let now = s3.config().time_source().map_or_else(std::time::SystemTime::now, |source| source.now());
    Timestamp::from_secs(0) + now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default()
}

/// A key as a URL's path has it.
fn encoded(key: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'/');
    key.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
