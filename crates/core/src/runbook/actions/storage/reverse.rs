use std::collections::BTreeMap;
use std::time::Duration;

use super::{NOBODY, bucket, parts};
use crate::assess::rules::{clipped, goes_to};
use crate::config::{Bucket, Workload};
use crate::domain::fact::Replication;
use crate::domain::{Change, Subject, What};
use crate::runbook::action::{About, Deed, Undo};
use crate::runbook::actions::asked::{AROUND, SKIP, either, needs};
use crate::runbook::model::{Confirm, RunSite};
use crate::runbook::plan::Part;
use crate::runbook::scene::Scene;
use crate::runbook::standing::Standing;

/// Objects go from the stage's site to the other one; or, to keep damage where it is, none leave the other one.
pub(in crate::runbook) struct Reversed;

impl Deed for Reversed {
    fn about(&self) -> About {
        About {
            makes_true: "What is written at the site is replicated to the other one; with direction = \"none\", nothing is replicated into the site.",
            turns: ("the other site is replicated to this one", "the site is replicated to the other one"),
            proof: "S3 shows the rule when it is asked again.",
            undo: Undo::By("the rule is disabled, or enabled, again"),
            guards: &[],
            site: RunSite::Target,
            confirm: Confirm::None,
            expect: Duration::from_secs(5),
            timeout: Duration::from_secs(300),
            may_fail: false,
            parameters: &[
                ("direction", "back (the default): from the site to the other one; none: hold what comes in"),
                ("rule", "the id of the new rule; without it, that of the opposite one with -reverse"),
            ],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        parts(workload)
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        let Some(bucket) = bucket(scene) else { return Vec::new() };
        [scene.site(), scene.site().other()].map(|site| scene.workload.bucket_subject(bucket, site)).into()
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        let Some(bucket) = bucket(scene) else { return Standing::stuck(NOBODY) };
        either(if scene.with("direction") == Some("none") { inward(scene, bucket) } else { back(scene, bucket) })
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        let Some(bucket) = bucket(scene) else { return (NOBODY.to_owned(), String::new()) };
        let (here, there) = (bucket.sites.get(scene.site()), bucket.sites.get(scene.site().other()));
        let after = if scene.with("direction") == Some("none") {
            format!("nothing comes from {there}")
        } else {
            format!("{here} is replicated to {there}")
        };
        (format!("{there} is replicated to {here}"), after)
    }
}

fn back(scene: &Scene<'_>, bucket: &Bucket) -> Result<Standing, Standing> {
    let (site, other) = (scene.site(), scene.site().other());
    let (from, to) = (bucket.sites.get(site), bucket.sites.get(other));
    let subject = scene.workload.bucket_subject(bucket, site);
    let found: &Replication = scene.see(&subject).or_wait(&subject)?;
    if found.versioning != "Enabled" {
        return Ok(Standing::Stuck {
            why: format!("{from}: versioning is {}, and without it nothing can be replicated", clipped(&found.versioning, 20)),
            ways: vec![AROUND.to_owned(), SKIP.to_owned()],
        });
    }
    match found.rules.iter().find(|rule| goes_to(&rule.destination, to)) {
        Some(rule) if rule.enabled => Ok(Standing::proven(format!("rule {} replicates {from} to {to}", clipped(&rule.id, 60)))),
        Some(rule) => {
            let set = What::SetReplication { bucket: from.clone(), rule: rule.id.clone(), enabled: true };
            Ok(needs(scene, vec![Change::new(scene.region(), set)], BTreeMap::new()))
        }
        None => {
            let usual = || format!("{}-reverse", bucket.rule.as_deref().unwrap_or(from));
            let rule = scene.with("rule").map_or_else(usual, ToOwned::to_owned);
            let from_region = scene.workload.region(other).clone();
            let reverse = What::ReverseReplication { bucket: from.clone(), from_region, of: to.clone(), rule };
            Ok(needs(scene, vec![Change::new(scene.region(), reverse)], BTreeMap::new()))
        }
    }
}

/// A bucket that cannot be reached cannot be kept from replicating; it must be as soon as it can.
fn inward(scene: &Scene<'_>, bucket: &Bucket) -> Result<Standing, Standing> {
    let (site, other) = (scene.site(), scene.site().other());
    let (here, there) = (bucket.sites.get(site), bucket.sites.get(other));
    let subject = scene.workload.bucket_subject(bucket, other);
    let seen = scene.see::<Replication>(&subject);
    if let crate::runbook::scene::Fresh::Failing(failing) = seen
        && failing.trouble.cause.is_theirs()
        && failing.times >= 2
    {
        return Ok(Standing::Owed { why: format!("{there}: {}", failing.told(scene.now)) });
    }
    let found = seen.or_wait(&subject)?;
    let loose: Vec<&str> =
        found.rules.iter().filter(|rule| rule.enabled && goes_to(&rule.destination, here)).map(|rule| rule.id.as_str()).collect();
    if loose.is_empty() {
        return Ok(Standing::proven(format!("no rule replicates {there} to {here}")));
    }
    let hold = |rule: &&str| {
        Change::new(scene.workload.region(other), What::SetReplication { bucket: there.clone(), rule: (*rule).to_owned(), enabled: false })
    };
    let keep = BTreeMap::from([(subject.to_string(), loose.join("\n"))]);
    Ok(needs(scene, loose.iter().map(hold).collect(), keep))
}
