use std::time::Duration;

use super::super::database::{endpoint, endpoint_subject, follower, to_be_endpoint};
use super::super::judging::{Judged, accepted, concluded, inferred, last, stuck};
use super::{here, subject, written_in};
use crate::config::Workload;
use crate::domain::fact::Secret;
use crate::domain::{Change, Subject, What};
use crate::runbook::{About, Confirm, Deed, Guard, Part, RunSite, Scene, Standing, Undo};

/// The target's secret names the database that takes writes.
#[derive(Debug)]
pub(in crate::runbook) struct UpdateEndpoint;

impl Deed for UpdateEndpoint {
    fn about(&self) -> About {
        About {
            makes_true: "The secret names the target's database; nothing else in it is touched.",
            turns: ("names the source's database", "names the target's database"),
            proof: "It was accepted after the database took writes, and the secret has changed since.",
            undo: Undo::By("secret.update-endpoint at the other site; the version before is kept by Secrets Manager"),
            guards: &[Guard::SecretWritable],
            site: RunSite::Target,
            confirm: Confirm::None,
            expect: Duration::from_secs(4),
            timeout: Duration::from_secs(180),
            may_fail: false,
            parameters: &[(
                "ahead",
                "name the database while it still follows, so that whatever starts finds no other: yes or no; no if not given",
            )],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        let secret = workload.database.as_ref().and_then(|database| database.secret.as_ref());
        secret.map(|_| vec![Part::Whole]).ok_or_else(|| "no secret is configured".to_owned())
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        subject(scene).into_iter().chain(endpoint_subject(scene)).collect()
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        concluded(judge(scene))
    }

    fn foreseen(&self, scene: &Scene<'_>) -> Vec<Change> {
        let name = scene.workload.database.as_ref().and_then(|database| database.secret.as_ref()).map(|secret| secret.at(scene.site()));
        name.zip(to_be_endpoint(scene)).map(|(name, (host, port))| change(scene, name, host, port)).into_iter().collect()
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        let found = subject(scene).and_then(|subject| last::<Secret>(scene, &subject));
        let before = match found.map(|found| found.last_changed) {
            Some(Some(at)) => format!("written at {at}"),
            Some(None) => "written some time ago".to_owned(),
            None => "unknown".to_owned(),
        };
        let after = whereto(scene).map_or("names the target's database".to_owned(), |(host, port)| format!("names {host}:{port}"));
        (before, after)
    }
}

fn judge(scene: &Scene<'_>) -> Judged {
    let (name, found) = here(scene)?;
    let (host, port) = whereto(scene)?;
    if let Some(region) = written_in(found, scene.region()) {
        let why = format!("the secret in {} is a replica of {region}'s, and read-only", scene.region());
        return Ok(stuck(why, ["promote it with secret.promote"]));
    }
    let change = change(scene, name, host.clone(), port);
    // What is in it cannot be read. So it is written once by this run, whoever else may have: merging the same in again does no harm.
    let asked = scene.past().rev().find(|past| past.change == change).map(|past| past.asked_at);
    let (Some((at, receipt)), Some(asked)) = (accepted(scene, |past| past.change == change), asked) else {
        return Ok(Standing::needs([change]));
    };
    if receipt.get("status").is_some_and(|status| status == "unchanged") {
        return Ok(Standing::proven(format!("names {host}:{port} already")));
    }
    Ok(match found.last_changed {
        Some(changed) if changed + CLOCKS >= asked => Standing::proven(format!("names {host}:{port} since {changed}")),
        Some(_) if scene.now.since(at) < SETTLES => Standing::working("accepted, and not to be seen yet"),
        // Somebody may have put an older version back.
        Some(_) => Standing::needs([change]),
        None => inferred(format!("names {host}:{port}, as Secrets Manager answered at {at}")),
    })
}

fn change(scene: &Scene<'_>, name: &str, host: String, port: i32) -> Change {
    let token = token(&[&scene.memory.run, &scene.stage.id, &host, &port.to_string()]);
    Change::new(scene.region(), What::PointSecret { secret: name.to_owned(), host, port, token })
}

/// Not before it takes writes: an application that starts on it in between would find a database that refuses them. Unless it would find one
/// that takes them and is left behind.
fn whereto(scene: &Scene<'_>) -> Result<(String, i32), Standing> {
    if scene.stage.with.get("ahead").map(String::as_str) == Some("yes") { follower(scene) } else { endpoint(scene) }
}

/// How far AWS's clock and ours may be apart.
const CLOCKS: Duration = Duration::from_secs(5);
/// Within which a written secret is to be seen changed.
const SETTLES: Duration = Duration::from_secs(30);

/// The same for the same wish, so that a second asking is known for what it is: Secrets Manager takes 32 to 64 signs.
fn token(parts: &[&str]) -> String {
    // FNV-1a, 128 bits: it must be the same after an upgrade in the middle of a run.
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    let hash = bytes.fold(BASIS, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME));
    format!("{hash:032x}")
}
