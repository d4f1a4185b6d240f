//! Ten thousand deleted objects back: by the program, as one would call it, and by a loop of the AWS CLI. Both over sockets, by the wall, against
//! a lab in a process of its own.
//!
//! `cargo bench --bench undelete`; `DRLAB_AWS` says where the CLI is, without which it is left out. Of its loop a hundred calls are timed, and
//! it is given the ids of the markers, which it would have to look for. The program looks for them, holds what would work against it, and goes
//! over everything once more to see that nothing is left.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a bench that cannot go on says so by panicking")]

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use aws_credential_types::Credentials;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Region};
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use drlab_core::domain::Timestamp;
use serde_json::Value;

#[path = "shared/serve.rs"]
#[expect(dead_code, reason = "the other benches use all of it")]
mod serve;
#[path = "shared/told.rs"]
#[expect(dead_code, reason = "the other benches use all of it")]
mod told;

use serve::{BINARY, Lab};
use told::figure;

const REGION: &str = "ap-southeast-2";
const BUCKET: &str = "tier2-app-data";
const OBJECTS: usize = 10_000;
/// What S3 lists and deletes at once.
const PAGE: usize = 1_000;
/// Calls of the CLI that are timed.
const SAMPLE: usize = 100;
const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "AKIALAB"), ("AWS_SECRET_ACCESS_KEY", "lab")];

fn main() {
    if told::only_built() {
        return;
    }
    let lab = Lab::serve(1, &["--topology", "tier2"]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let s3 = client(&lab);
    let keys = runtime.block_on(keys(&s3, OBJECTS));
    let since = runtime.block_on(delete(&s3, &keys));
    let (restored, took) = by_the_program(&lab, since);
    rate("by the program, with a pass that finds nothing more", restored, took);
    match std::env::var("DRLAB_AWS") {
        Ok(aws) => {
            let sample = &keys[..SAMPLE];
            runtime.block_on(delete(&s3, sample));
            let markers = runtime.block_on(markers(&s3, sample));
            let took = by_the_cli(&lab, &aws, &markers);
            rate(&format!("by a loop of the CLI, {SAMPLE} of them timed"), SAMPLE, took);
            figure("    for as many as the program, at that rate", took.as_secs_f64() / SAMPLE as f64 * restored as f64, "s");
        }
        Err(_) => println!("a loop of the CLI: left out, for DRLAB_AWS does not say where it is"),
    }
}

fn rate(what: &str, objects: usize, took: Duration) {
    figure(what, objects as f64, "objects");
    figure("    took", took.as_secs_f64(), "s");
    figure("    rate", objects as f64 / took.as_secs_f64(), "a second");
}

fn client(lab: &Lab) -> Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .endpoint_url(&lab.endpoints[REGION])
        .force_path_style(true)
        .credentials_provider(Credentials::new(KEYS[0].1, KEYS[1].1, None, None, "bench"));
    Client::from_conf(config.build())
}

async fn keys(s3: &Client, most: usize) -> Vec<String> {
    let (mut keys, mut after) = (Vec::new(), None);
    while keys.len() < most {
        let page = s3.list_objects_v2().bucket(BUCKET).prefix("app-data/").set_continuation_token(after).send().await.unwrap();
        keys.extend(page.contents().iter().map(|object| object.key().unwrap().to_owned()));
        after = page.next_continuation_token;
        assert!(after.is_some() || keys.len() >= most, "the bucket holds {} objects", keys.len());
    }
    keys.truncate(most);
    keys
}

/// Puts a marker upon each; since when.
async fn delete(s3: &Client, keys: &[String]) -> Timestamp {
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    let since = Timestamp::from_secs(i64::try_from(now.as_secs()).unwrap());
    for page in keys.chunks(PAGE) {
        let named = page.iter().map(|key| ObjectIdentifier::builder().key(key).build().unwrap()).collect();
        let deleted = s3.delete_objects().bucket(BUCKET).delete(Delete::builder().quiet(true).set_objects(Some(named)).build().unwrap());
        assert!(deleted.send().await.unwrap().errors().is_empty());
    }
    since
}

/// Key and id of the newest marker of each.
async fn markers(s3: &Client, keys: &[String]) -> Vec<(String, String)> {
    let mut markers = Vec::new();
    for key in keys {
        let listed = s3.list_object_versions().bucket(BUCKET).prefix(key).send().await.unwrap();
        let newest = listed.delete_markers().iter().find(|marker| marker.is_latest() == Some(true)).unwrap();
        markers.push((key.clone(), newest.version_id().unwrap().to_owned()));
    }
    markers
}

/// How many objects came back, and how long that took from the command to the word that nothing is left.
fn by_the_program(lab: &Lab, since: Timestamp) -> (usize, Duration) {
    let state = tempfile::tempdir().unwrap();
    let began = Instant::now();
    let mut child = Command::new(BINARY)
        .args(["run", "s3_undelete", "--config"])
        .arg(&lab.config)
        .arg("--state-dir")
        .arg(state.path())
        .args(["--reason", "bench", "--confirm", "tier2", "--approve", "all", "--json"])
        .args(["--set", &format!("undelete.since={since}"), "--set", &format!("versions.since={since}")])
        .envs(KEYS)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    let mut done = lines.filter(|line| line["event"] == "done" && line["step"] == "undelete");
    let told = done.next().unwrap_or_else(|| panic!("the run has ended, and nothing is back"));
    let took = began.elapsed();
    child.kill().unwrap();
    child.wait().unwrap();
    let detail = told["detail"].as_str().unwrap();
    let restored = detail.split_whitespace().zip(detail.split_whitespace().skip(1)).find(|(_, word)| word.starts_with("restored"));
    (restored.unwrap_or_else(|| panic!("{detail}")).0.parse().unwrap(), took)
}

fn by_the_cli(lab: &Lab, aws: &str, markers: &[(String, String)]) -> Duration {
    let began = Instant::now();
    for (key, id) in markers {
        let said = Command::new(aws)
            .args(["--endpoint-url", &lab.endpoints[REGION], "--region", REGION])
            .args(["s3api", "delete-object", "--bucket", BUCKET, "--key", key, "--version-id", id])
            .envs(KEYS)
            .output()
            .unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    }
    began.elapsed()
}
