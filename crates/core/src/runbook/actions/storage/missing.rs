use std::time::Duration;

use super::pages::{Next, Work, tally};
use super::{NOBODY, bucket, parts};
use crate::assess::rules::{clipped, replicating};
use crate::config::{Bucket, Workload};
use crate::domain::change::Replica;
use crate::domain::fact::Replication;
use crate::domain::{Change, Subject, What};
use crate::runbook::action::{About, Deed, Undo};
use crate::runbook::actions::asked::{AGAIN, SKIP, either};
use crate::runbook::actions::judging::last;
use crate::runbook::model::{Confirm, RunSite};
use crate::runbook::plan::Part;
use crate::runbook::scene::Scene;
use crate::runbook::standing::{Certainty, Standing};

/// Both buckets, compared object by object; what the other one lacks is copied there. A rule replicates only what is written while it is in
/// force, and figures tell of nothing else.
pub(in crate::runbook) struct Missing;

const COPYING: Work = Work {
    done: "copied",
    todo: "copy",
    endless: "more is written than is replicated",
    way: "find out why S3 replicates none of it, and retry",
};

impl Deed for Missing {
    fn about(&self) -> About {
        About {
            makes_true: "Every object of the site's bucket is in the other one, version by version.",
            turns: ("objects that the other bucket lacks", "nothing is missing there"),
            proof: "A whole pass over both lists of versions finds nothing missing.",
            undo: Undo::By("a copy is a version of its own, and can be deleted by its id"),
            guards: &[],
            site: RunSite::Source,
            confirm: Confirm::None,
            expect: Duration::from_secs(10),
            timeout: Duration::from_secs(7200),
            may_fail: false,
            parameters: &[
                ("pending", "leave (the default): what S3 has on its way is left to it; copy: it is copied as well"),
                ("most", "how many thousands of objects users can wait for; of a larger bucket S3's figures are believed"),
            ],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        parts(workload)
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        bucket(scene).map(|bucket| scene.workload.bucket_subject(bucket, scene.site())).into_iter().collect()
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        either(progress(scene))
    }

    fn foreseen(&self, scene: &Scene<'_>) -> Vec<Change> {
        bucket(scene).and_then(|bucket| whole(scene, bucket)).into_iter().collect()
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        let Some(bucket) = bucket(scene) else { return (NOBODY.to_owned(), String::new()) };
        let (here, there) = (bucket.sites.get(scene.site()), bucket.sites.get(scene.site().other()));
        (format!("what {there} lacks of {here} is not known"), format!("every object of {here} is in {there}"))
    }
}

fn progress(scene: &Scene<'_>) -> Result<Standing, Standing> {
    let bucket = bucket(scene).ok_or_else(|| Standing::stuck(NOBODY))?;
    let (site, other) = (scene.site(), scene.site().other());
    let (here, there) = (bucket.sites.get(site), bucket.sites.get(other));
    let name = clipped(there, 63);
    let subject = scene.workload.bucket_subject(bucket, site);
    let found: &Replication = scene.see(&subject).or_wait(&subject)?;
    let rule = replicating(found, bucket, site)
        .map_err(|why| Standing::Stuck { why: format!("{}: {why}", clipped(here, 63)), ways: vec![AGAIN.to_owned(), SKIP.to_owned()] })?;
    if rule.by_tags {
        return Ok(Standing::Done {
            shows: format!("rule {} chooses by tags: what of {here} belongs to {name} is in no list", clipped(&rule.id, 60)),
            certainty: Certainty::Inferred,
        });
    }
    let (tally, next) = tally(scene, COPYING, |what| match what {
        What::CopyMissing { after, .. } => Some(after),
        _ => None,
    });
    Ok(match next {
        Next::Say(standing) => standing,
        Next::Through if tally.pending > 0 => {
            Standing::Done { shows: format!("{name}: {}; nothing else is missing", tally.told()), certainty: Certainty::Inferred }
        }
        Next::Through => Standing::proven(format!("{name}: {}; a whole pass found nothing missing", tally.told())),
        Next::Page(Some(_)) if most(scene)?.is_some_and(|most| tally.of_pass >= most) => Standing::Done {
            shows: format!("{name}: {}, and more objects than users can wait for: of the rest S3's figures tell", tally.told()),
            certainty: Certainty::Inferred,
        },
        Next::Page(after) => Standing::needs([copy(scene, bucket, rule.prefix.as_ref(), (tally.pass, after))]),
    })
}

fn copy(scene: &Scene<'_>, bucket: &Bucket, prefix: Option<&String>, (pass, after): (u32, Option<String>)) -> Change {
    let (site, other) = (scene.site(), scene.site().other());
    let from = Replica { bucket: bucket.sites.get(site).clone(), region: scene.region().clone() };
    let (prefix, pending) = (prefix.cloned().unwrap_or_default(), scene.with("pending") == Some("copy"));
    let copy = What::CopyMissing { bucket: bucket.sites.get(other).clone(), from, prefix, pending, pass, after };
    Change::new(scene.workload.region(other), copy)
}

/// By the rule in force; where there is none yet it will be made like the opposite one.
fn whole(scene: &Scene<'_>, bucket: &Bucket) -> Option<Change> {
    let site = scene.site();
    let rule = [site, site.other()].into_iter().find_map(|at| {
        let found: &Replication = last(scene, &scene.workload.bucket_subject(bucket, at))?;
        replicating(found, bucket, at).ok()
    })?;
    (!rule.by_tags).then(|| copy(scene, bucket, rule.prefix.as_ref(), (1, None)))
}

/// A page is a thousand.
fn most(scene: &Scene<'_>) -> Result<Option<u32>, Standing> {
    let Some(text) = scene.with("most") else { return Ok(None) };
    text.parse().map(Some).map_err(|_| Standing::stuck("“most” is a number of thousands, written as 20"))
}
