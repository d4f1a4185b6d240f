//! Secrets that are at hand while somebody looks: none of them is on any screen, nor in what is copied from there.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use drlab_lab::world::secrets;
use drlab_tui::aws::Source;

use super::poison::{Poisoner, Word};
use super::{MINUTE, SIZES, Seat};
use crate::lab::rig::{Rig, paused};
use crate::sitting::seat::Chair;

const SECRET: &str = "canary+secret+access+key";
const TOKEN: &str = "canary/session/token";
const WEBHOOK: &str = "canary-webhook-path";

/// How AWS explains a signature that it does not accept: by all that was signed.
const EXPLAINED: &str = "The Canonical String for this request should have been 'POST / x-amz-security-token:canary/session/token'";

#[test]
fn no_screen_tells_a_secret() {
    let rig = Rig::open("tier2");
    let region = rig.stage.config.workloads[0].standby.clone();
    let held = rig.truth(|world| secrets::value(world, &region, "tier2/db").unwrap().0.to_owned());
    let held: serde_json::Value = serde_json::from_str(&held).unwrap();
    let canaries = [SECRET, TOKEN, WEBHOOK, held["password"].as_str().unwrap()].map(str::to_owned);
    let mut config = rig.stage.config.clone();
    config.workloads[0].notify.webhook = Some(format!("https://hooks.example.com/{WEBHOOK}"));
    let lent = Credentials::new("AKIACANARYCANARY0042", SECRET, Some(TOKEN.to_owned()), None, "lender");
    let words = vec![Word::new("ThrottlingException", "SignatureDoesNotMatch"), Word::new("Throttling", "SignatureDoesNotMatch")];
    let words = Arc::new(Mutex::new([words, vec![Word::new("Rate exceeded", EXPLAINED)]].concat()));
    let chair = Chair {
        config: Arc::new(config),
        source: Source::Lent(SharedCredentialsProvider::new(lent)),
        http: SharedHttpClient::new(Poisoner { way: rig.way.clone(), words: Arc::clone(&words) }),
    };
    paused(Seat::on(chair, rig, async |seat| {
        seat.wait(MINUTE).await;
        seat.rig.inject("api-throttled:primary", Some(1.0), Some("60s"));
        seat.wait(Duration::from_secs(30)).await;
        for size in SIZES {
            seat.resize(size);
            for keys in ["1", "3", "4", "5", "1 enter", "esc ?", "esc :", "esc 1 A", "esc y c L", "P", "P 1"] {
                seat.press(keys);
                let text = seat.text();
                assert!(canaries.iter().all(|canary| !text.contains(canary)), "{keys}:\n{text}");
            }
        }
        seat.stands_everywhere();
        assert!(canaries.iter().all(|canary| seat.copied.iter().all(|text| !text.contains(canary))), "{:?}", seat.copied);
        assert!(!seat.copied.is_empty());
    }));
    assert!(words.lock().unwrap()[2].met > 0, "AWS has explained nothing");
}
