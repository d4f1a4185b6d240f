//! Objects that somebody deleted and overwrote, by the thousand.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use drlab_core::config::Site;
use drlab_core::domain::change::Replica;
use drlab_core::domain::{Change, Receipt, Timestamp, What};
use drlab_tui::aws::act::{Armed, apply};
use tokio::time::sleep;

use super::{Called, finished, told};
use crate::failover::bridge::armed;
use crate::lab::rig::{Rig, START, paused};

const HERE: &str = "tier2-app-data";
const THERE: &str = "tier2-app-data-replica";
const PREFIX: &str = "app-data/";

/// One version or marker of a key.
#[derive(Clone, Debug)]
struct Entry {
    at: i64,
    /// `None`: a marker.
    etag: Option<String>,
    archived: bool,
}

/// Everything of a bucket, by the SDK and by nobody's rules: of each key the newest first.
async fn everything(s3: &Client, bucket: &str, prefix: &str) -> BTreeMap<String, Vec<Entry>> {
    let mut all: BTreeMap<String, Vec<(bool, Entry)>> = BTreeMap::new();
    let (mut key, mut version) = (None, None);
    loop {
        let request = s3.list_object_versions().bucket(bucket).prefix(prefix);
        let page = request.set_key_marker(key).set_version_id_marker(version).send().await.unwrap();
        for found in page.versions() {
            let archived = found.storage_class().is_some_and(|class| class.as_str() == "DEEP_ARCHIVE");
            let entry = Entry { at: found.last_modified().unwrap().secs(), etag: found.e_tag().map(str::to_owned), archived };
            all.entry(found.key().unwrap().to_owned()).or_default().push((found.is_latest().unwrap(), entry));
        }
        for found in page.delete_markers() {
            let entry = Entry { at: found.last_modified().unwrap().secs(), etag: None, archived: false };
            all.entry(found.key().unwrap().to_owned()).or_default().push((found.is_latest().unwrap(), entry));
        }
        if page.is_truncated() != Some(true) {
            break;
        }
        (key, version) = (page.next_key_marker, page.next_version_id_marker);
    }
    all.into_iter()
        .map(|(key, mut entries)| {
            entries.sort_by_key(|(latest, entry)| std::cmp::Reverse((*latest, entry.at)));
            (key, entries.into_iter().map(|(_, entry)| entry).collect())
        })
        .collect()
}

/// What a key held at that time, if anything.
fn at(entries: &[Entry], time: Timestamp) -> Option<&Entry> {
    entries.iter().find(|entry| entry.at < time.secs()).filter(|entry| entry.etag.is_some())
}

/// Keys whose newest object in the first workload's bucket at `from` is nowhere in the other site's, by the SDK and by nobody's rules.
pub(super) async fn lacking(rig: &Rig, from: Site) -> Vec<String> {
    let mut lacking = Vec::new();
    for bucket in &rig.stage.config.workloads[0].buckets {
        let clients = |site| if site == Site::Primary { rig.primary() } else { rig.standby() };
        let there = everything(&clients(from.other()).s3, bucket.sites.get(from.other()), "").await;
        for (key, entries) in everything(&clients(from).s3, bucket.sites.get(from), "").await {
            let held = there.get(&key).map(Vec::as_slice).unwrap_or_default();
            if entries[0].etag.is_some() && !held.iter().any(|held| held.etag == entries[0].etag) {
                lacking.push(key);
            }
        }
    }
    lacking
}

#[test]
fn what_was_destroyed_is_there_again_and_what_was_written_since_is_left_alone() {
    paused(async {
        let rig = Rig::playing("tier2", Some("s3-ransomware"));
        sleep(Duration::from_secs(480)).await;
        let since = START + Duration::from_secs(119);
        let before = everything(&rig.primary().s3, HERE, PREFIX).await;
        let destroyed = before.values().filter(|entries| entries[0].at >= since.secs() && at(entries, since).is_some()).count();
        assert!(destroyed > 3_000, "{destroyed}");
        let text = since.to_string();
        let set = [("undelete.since", text.as_str()), ("versions.since", text.as_str())];
        let outcome = finished(&rig, Called { set: &set, ..Called::plain("s3_undelete") }).await;
        // What users wrote while it went on is theirs.
        let begun = outcome.run.memory.declared_at;
        let (mut right, mut conflicts, mut archived) = (0, 0, 0);
        for (key, entries) in everything(&rig.primary().s3, HERE, PREFIX).await {
            let Some(good) = at(&entries, since) else { continue };
            let was = before.get(&key).map(Vec::as_slice).unwrap_or_default();
            // What was deleted and written anew since is somebody's, too.
            let written: Vec<_> = was.iter().filter(|entry| entry.at >= since.secs()).collect();
            if entries[0].etag == good.etag {
                right += 1;
            } else if entries[0].at >= begun.secs() || written.len() > 1 {
                conflicts += 1;
            } else if good.archived {
                archived += 1;
            } else {
                panic!("{key}: {entries:#?}");
            }
        }
        assert!(right > 8_000, "{right} {conflicts} {archived} {}", told(&outcome));
        assert!(conflicts < 800, "{conflicts}");
        // What was held is in force again.
        let rules = rig.primary().s3.get_bucket_lifecycle_configuration().bucket(HERE).send().await.unwrap().rules.unwrap();
        assert!(rules.iter().all(|rule| rule.status().as_str() == "Enabled"), "{rules:?}");
    });
}

/// Also where there is nothing to be brought back, and whatever rules a bucket has.
#[test]
fn objects_are_looked_after_on_every_system() {
    for topology in ["pilot", "payments", "platform"] {
        paused(async {
            let rig = Rig::playing(topology, None);
            sleep(Duration::from_secs(120)).await;
            let since = (START + Duration::from_secs(119)).to_string();
            let set = [("undelete.since", since.as_str()), ("versions.since", since.as_str())];
            let outcome = finished(&rig, Called { set: &set, ..Called::plain("s3_undelete") }).await;
            assert!(outcome.run.finished.is_some(), "{topology}: {}", told(&outcome));
        });
    }
}

fn versions(since: Timestamp, until: Timestamp, prefix: &str, after: Option<String>, rig: &Rig) -> Change {
    let workload = &rig.stage.config.workloads[0];
    let replica = Some(Replica { bucket: THERE.to_owned(), region: workload.standby.clone() });
    let (bucket, prefix, until) = (HERE.to_owned(), prefix.to_owned(), Some(until));
    Change::new(&workload.primary, What::RestoreVersions { bucket, prefix, since, after, replica, until })
}

/// Page after page, each by somebody who knows nothing but where the one before has ended. Gives the sums.
async fn pass(rig: &Rig, mut change: impl FnMut(Option<String>) -> Change) -> BTreeMap<String, u64> {
    let (mut sums, mut after, mut pages) = (BTreeMap::new(), None, 0);
    loop {
        let armed: Armed = armed(rig).await;
        let Some(Receipt::Accepted { told }) = apply(&armed, &change(after.clone())).await else { panic!("{after:?}") };
        for name in ["restored", "conflicts", "lost", "archived", "failed"] {
            *sums.entry(name.to_owned()).or_insert(0) += told[name].parse::<u64>().unwrap();
        }
        pages += 1;
        assert_eq!(told.contains_key("after"), !told.contains_key("done"), "{told:?}");
        assert_eq!(told["conflicts"] == "0", !told.contains_key("conflicting"), "{told:?}");
        if told.contains_key("done") {
            sums.insert("pages".to_owned(), pages);
            return sums;
        }
        assert!(pages < 100, "it ends");
        after = told.get("after").cloned();
    }
}

#[test]
fn thousands_of_objects_come_back_whoever_goes_on_and_only_once() {
    paused(async {
        let rig = Rig::playing("tier2", Some("s3-ransomware"));
        sleep(Duration::from_secs(480)).await;
        let (since, until) = (START + Duration::from_secs(119), START + Duration::from_secs(480));
        let region = rig.stage.config.workloads[0].primary.clone();
        let undelete = |after| {
            let (bucket, prefix) = (HERE.to_owned(), PREFIX.to_owned());
            Change::new(&region, What::Undelete { bucket, prefix, since, after })
        };
        let first = pass(&rig, undelete).await;
        assert!(first["restored"] > 1_500 && first["failed"] == 0 && first["pages"] > 10, "{first:?}");
        assert_eq!(pass(&rig, undelete).await["restored"], 0, "the second time there is nothing to do");
        let first = pass(&rig, |after| versions(since, until, PREFIX, after, &rig)).await;
        assert!(first["restored"] > 1_500 && first["failed"] == 0 && first["lost"] == 0, "{first:?}");
        let second = pass(&rig, |after| versions(since, until, PREFIX, after, &rig)).await;
        assert_eq!((second["restored"], second["failed"]), (0, 0), "{second:?}");
    });
}

async fn put(s3: &Client, bucket: &str, key: &str, text: &str) {
    s3.put_object().bucket(bucket).key(key).body(ByteStream::from(text.as_bytes().to_vec())).send().await.unwrap();
}

async fn body(s3: &Client, key: &str) -> Option<String> {
    let got = s3.get_object().bucket(HERE).key(key).send().await.ok()?;
    Some(String::from_utf8(got.body.collect().await.unwrap().into_bytes().to_vec()).unwrap())
}

async fn delete_every_version(s3: &Client, key: &str) {
    let listed = s3.list_object_versions().bucket(HERE).prefix(key).send().await.unwrap();
    let ids = listed.versions().iter().map(|version| version.version_id().unwrap().to_owned());
    let ids = ids.map(|id| ObjectIdentifier::builder().key(key).version_id(id).build().unwrap()).collect();
    s3.delete_objects().bucket(HERE).delete(Delete::builder().set_objects(Some(ids)).build().unwrap()).send().await.unwrap();
}

/// One object of each fate, in a folder of their own; one has more versions than a page of S3's.
#[test]
fn each_object_has_its_own_fate() {
    paused(async {
        let rig = Rig::open("tier2");
        let s3 = &rig.primary().s3;
        let prefix = "app-data/fates/";
        let key = |name: &str| format!("{prefix}{name}");
        for name in ["byid", "calm", "deep", "garbage", "long", "later", "marked", "redone"] {
            put(s3, HERE, &key(name), "good").await;
        }
        let cold = s3.put_object().bucket(HERE).key(key("cold")).storage_class("DEEP_ARCHIVE".into());
        cold.body(ByteStream::from_static(b"good")).send().await.unwrap();
        sleep(Duration::from_secs(120)).await;
        let since = START + Duration::from_secs(115);
        put(s3, HERE, &key("garbage"), "bad").await;
        put(s3, HERE, &key("cold"), "bad").await;
        // Written twice since: only its owner knows which is right.
        put(s3, HERE, &key("redone"), "bad").await;
        put(s3, HERE, &key("redone"), "right again").await;
        delete_every_version(s3, &key("byid")).await;
        put(s3, HERE, &key("new"), "new").await;
        s3.delete_object().bucket(HERE).key(key("marked")).send().await.unwrap();
        // Nothing is beneath it, here or there: it is lost, and the marker is all that tells of it.
        s3.delete_object().bucket(HERE).key(key("ghost")).send().await.unwrap();
        for nth in 0..1_100 {
            put(s3, HERE, &key("many"), &nth.to_string()).await;
        }
        sleep(Duration::from_secs(60)).await;
        let until = START + rig.way.lab().clock().now().since(START);
        put(s3, HERE, &key("later"), "work goes on").await;
        let region = rig.stage.config.workloads[0].primary.clone();
        let undone =
            pass(&rig, |after| Change::new(&region, What::Undelete { bucket: HERE.to_owned(), prefix: prefix.to_owned(), since, after }))
                .await;
        assert_eq!(undone["restored"], 1, "{undone:?}");
        let told = pass(&rig, |after| versions(since, until, prefix, after, &rig)).await;
        assert_eq!((told["restored"], told["conflicts"], told["lost"], told["failed"]), (2, 2, 1, 0), "{told:?}");
        assert_eq!(told["archived"], 1, "{told:?}");
        for (name, holds) in [
            ("byid", "good"),
            ("calm", "good"),
            ("garbage", "good"),
            ("later", "work goes on"),
            ("marked", "good"),
            ("redone", "right again"),
            ("new", "new"),
            ("many", "1099"),
        ] {
            assert_eq!(body(s3, &key(name)).await.as_deref(), Some(holds), "{name}");
        }
        let again = pass(&rig, |after| versions(since, until, prefix, after, &rig)).await;
        assert_eq!((again["restored"], again["lost"], again["archived"]), (0, 1, 1), "{again:?}");
        // Out of the archive it comes only when it has been fetched from there.
        sleep(Duration::from_secs(13 * 3600)).await;
        let again = pass(&rig, |after| versions(since, until, prefix, after, &rig)).await;
        assert_eq!((again["restored"], again["archived"]), (1, 0), "{again:?}");
        assert_eq!(body(s3, &key("cold")).await.as_deref(), Some("good"));
    });
}

/// A bucket that is not there, a region that is dark: a refusal is one, and silence is none.
#[test]
fn a_refusal_and_silence_are_told_apart() {
    paused(async {
        let rig = Rig::open("tier2");
        let armed = armed(&rig).await;
        let workload = &rig.stage.config.workloads[0];
        let undelete = |bucket: &str| {
            let what = What::Undelete { bucket: bucket.to_owned(), prefix: String::new(), since: START, after: None };
            Change::new(&workload.primary, what)
        };
        let refused = apply(&armed, &undelete("nobody-has-this-bucket")).await;
        assert!(matches!(refused, Some(Receipt::Refused { code, .. }) if code == "NoSuchBucket"));
        rig.inject("region-dark:primary", None, None);
        let silent = apply(&armed, &undelete(HERE)).await;
        assert!(matches!(silent, Some(Receipt::Unknown { .. })), "{silent:?}");
    });
}
