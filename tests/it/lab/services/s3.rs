use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Delete, GlacierJobParameters, ObjectIdentifier, ReplicationStatus, RestoreRequest, StorageClass, Tier};

use super::Rig;
use crate::lab::rig::{refused, until};

super::tour!("tier2", follow_an_object_through_its_versions);

const HERE: &str = "tier2-app-data";
const THERE: &str = "tier2-app-data-replica";
/// A name that every layer would like to spell in its own way.
const KEY: &str = "app-data/drill/a b+c";

async fn body(s3: &Client, bucket: &str, key: &str) -> Vec<u8> {
    let got = s3.get_object().bucket(bucket).key(key).send().await.unwrap();
    got.body.collect().await.unwrap().into_bytes().to_vec()
}

async fn follow_an_object_through_its_versions(rig: Rig) {
    let (here, there) = (&rig.primary().s3, &rig.standby().s3);
    // Pages, in the order of keys.
    let list = || here.list_objects_v2().bucket(HERE).prefix("app-data/").max_keys(3);
    let first = list().send().await.unwrap();
    assert_eq!((first.key_count(), first.is_truncated()), (Some(3), Some(true)));
    let second = list().continuation_token(first.next_continuation_token().unwrap()).send().await.unwrap();
    assert!(second.contents()[0].key() > first.contents()[2].key());

    let put = async |text: &'static str| {
        here.put_object().bucket(HERE).key(KEY).body(ByteStream::from_static(text.as_bytes())).send().await.unwrap()
    };
    let (one, two) = (put("one").await, put("two").await);
    assert_ne!(one.version_id(), two.version_id());
    assert_eq!(body(here, HERE, KEY).await, b"two");
    let head = async || here.head_object().bucket(HERE).key(KEY).send().await.unwrap().replication_status;
    until(60, head, |status| *status == Some(ReplicationStatus::Completed)).await;
    let copy = there.head_object().bucket(THERE).key(KEY).send().await.unwrap();
    assert_eq!((copy.replication_status(), copy.version_id()), (Some(&ReplicationStatus::Replica), two.version_id()));

    // Deleted here is only covered; the rule replicates no markers.
    let marker = here.delete_object().bucket(HERE).key(KEY).send().await.unwrap();
    assert_eq!(marker.delete_marker(), Some(true));
    assert!(refused(here.get_object().bucket(HERE).key(KEY).send().await).is_no_such_key());
    assert!(refused(here.head_object().bucket(HERE).key(KEY).send().await).is_not_found());
    let versions = here.list_object_versions().bucket(HERE).prefix(KEY).send().await.unwrap();
    assert_eq!(versions.versions().iter().map(|version| version.version_id()).collect::<Vec<_>>(), [two.version_id(), one.version_id()]);
    assert_eq!(versions.delete_markers()[0].is_latest(), Some(true));
    assert_eq!(body(there, THERE, KEY).await, b"two");
    here.delete_object().bucket(HERE).key(KEY).version_id(marker.version_id().unwrap()).send().await.unwrap();
    assert_eq!(body(here, HERE, KEY).await, b"two");

    // An old version is copied out from under the newest.
    let source = format!("{HERE}/app-data/drill/a%20b%2Bc?versionId={}", one.version_id().unwrap());
    let copied = here.copy_object().bucket(HERE).key("app-data/drill/old").copy_source(source).send().await.unwrap();
    assert_eq!(copied.copy_source_version_id(), one.version_id());
    assert_eq!(body(here, HERE, "app-data/drill/old").await, b"one");
    let id = |key: &str| ObjectIdentifier::builder().key(key).build().unwrap();
    let both = Delete::builder().objects(id(KEY)).objects(id("app-data/drill/old")).build().unwrap();
    let deleted = here.delete_objects().bucket(HERE).delete(both).send().await.unwrap();
    assert!(deleted.deleted().len() == 2 && deleted.deleted().iter().all(|each| each.delete_marker() == Some(true)));
    archived(here).await;

    assert!(refused(here.list_objects_v2().bucket("nobody-has-this-bucket").send().await).is_no_such_bucket());
    let refusal = refused(here.get_object().bucket(HERE).key(KEY).version_id("nobody").send().await);
    assert!(["NoSuchVersion", "InvalidArgument"].contains(&refusal.meta().code().unwrap()), "{refusal:?}");
}

/// Nothing to read until it is restored, and that takes hours.
async fn archived(here: &Client) {
    let key = "app-data/drill/cold";
    let cold = here.put_object().bucket(HERE).key(key).storage_class(StorageClass::DeepArchive).body(ByteStream::from_static(b"cold"));
    cold.send().await.unwrap();
    assert!(refused(here.get_object().bucket(HERE).key(key).send().await).is_invalid_object_state());
    let tier = GlacierJobParameters::builder().tier(Tier::Standard).build().unwrap();
    let restore = RestoreRequest::builder().days(1).glacier_job_parameters(tier).build();
    let ask = || here.restore_object().bucket(HERE).key(key).restore_request(restore.clone());
    ask().send().await.unwrap();
    let head = async || here.head_object().bucket(HERE).key(key).send().await.unwrap().restore.unwrap();
    assert!(head().await.contains("ongoing-request=\"true\""));
    assert_eq!(refused(ask().send().await).meta().code(), Some("RestoreAlreadyInProgress"));
}
