use std::time::Duration;

use super::pages::{Next, Work, tally};
use super::{NOBODY, bucket, parts, quiet};
use crate::assess::rules::clipped;
use crate::config::{Bucket, Workload};
use crate::domain::change::Replica;
use crate::domain::{Change, Subject, Timestamp, What};
use crate::runbook::action::{About, Deed, Undo};
use crate::runbook::actions::asked::either;
use crate::runbook::instants::Instant;
use crate::runbook::model::{Confirm, RunSite};
use crate::runbook::plan::Part;
use crate::runbook::scene::Scene;
use crate::runbook::standing::Standing;

/// Objects as they were before somebody destroyed them.
pub(in crate::runbook) enum Objects {
    /// Delete markers since then are removed.
    Deleted,
    /// What was overwritten since then is written again; what was deleted version by version comes from the replica, or is reported lost.
    Overwritten,
}

const RESTORING: Work =
    Work { done: "restored", todo: "restore", endless: "somebody goes on destroying", way: "stop whoever does it, and retry" };
const WANTED: Instant = Instant { parameter: "since", or: None };
const ANEW: &str = "begin a new run, with the instant";
const SINCE: &str = "since when the objects are to be restored, such as 2026-11-20T11:02:31Z";

impl Objects {
    fn change(&self, scene: &Scene<'_>, bucket: &Bucket, since: Timestamp, after: Option<String>) -> Change {
        let name = bucket.sites.get(scene.site()).clone();
        let prefix = scene.with("prefix").unwrap_or_default().to_owned();
        let other = scene.site().other();
        let replica = || Replica { bucket: bucket.sites.get(other).clone(), region: scene.workload.region(other).clone() };
        let what = match self {
            Self::Deleted => What::Undelete { bucket: name, prefix, since, after },
            Self::Overwritten => {
                What::RestoreVersions { bucket: name, prefix, since, after, replica: Some(replica()), until: Some(begun(scene)) }
            }
        };
        Change::new(scene.region(), what)
    }

    /// After what a change of this kind goes on.
    const fn page<'w>(&self, what: &'w What) -> Option<&'w Option<String>> {
        match (self, what) {
            (Self::Deleted, What::Undelete { after, .. }) | (Self::Overwritten, What::RestoreVersions { after, .. }) => Some(after),
            _ => None,
        }
    }

    fn progress(&self, scene: &Scene<'_>) -> Result<Standing, Standing> {
        let bucket = bucket(scene).ok_or_else(|| Standing::stuck(NOBODY))?;
        let name = clipped(bucket.sites.get(scene.site()), 63);
        let since = since(scene)?;
        let (tally, next) = tally(scene, RESTORING, |what| self.page(what));
        match next {
            Next::Say(standing) => Ok(standing),
            Next::Through => {
                quiet::release(scene, bucket)?;
                Ok(Standing::proven(format!("{name}: {}; a whole pass found nothing more", tally.told())))
            }
            Next::Page(after) => {
                // Once it has begun they are held; every page asking again would double the work.
                if tally.pages == 0 {
                    quiet::hold(scene, bucket)?;
                }
                Ok(Standing::needs([self.change(scene, bucket, since, after)]))
            }
        }
    }
}

/// When the first page was asked for, or would be: what is written from then on is work that goes on, and not to be undone.
fn begun(scene: &Scene<'_>) -> Timestamp {
    let first = scene.past().find_map(|past| match &past.change.what {
        What::RestoreVersions { until, .. } => *until,
        _ => None,
    });
    first.unwrap_or(scene.now)
}

/// As it was said before the run began. A note that somebody leaves with the step is no instant.
fn since(scene: &Scene<'_>) -> Result<Timestamp, Standing> {
    let wrong = |wrong: String| Standing::Stuck { why: format!("{wrong}: say {SINCE}"), ways: vec![ANEW.to_owned()] };
    match scene.with(WANTED.parameter) {
        None => Err(wrong("nobody has said since when".to_owned())),
        Some(text) => match Timestamp::parse(text) {
            None => Err(wrong(format!("“{}” is no instant", clipped(text, 40)))),
            Some(at) if at > scene.now => Err(wrong(format!("{at} is still to come"))),
            Some(at) => Ok(at),
        },
    }
}

impl Deed for Objects {
    fn about(&self) -> About {
        let (makes_true, undo) = match self {
            Self::Deleted => ("Objects deleted since then are there again.", "the delete markers can be set again, object by object"),
            Self::Overwritten => {
                ("Objects overwritten since then hold what they held before.", "what was written over is still there as an older version")
            }
        };
        About {
            makes_true,
            turns: ("objects were deleted or overwritten since an instant", "as they were at that instant"),
            proof: "A whole pass over the bucket finds nothing more to restore; conflicts and losses are listed.",
            undo: Undo::By(undo),
            guards: &[],
            site: RunSite::Source,
            confirm: Confirm::Key,
            expect: Duration::from_secs(120),
            timeout: Duration::from_secs(7200),
            may_fail: false,
            parameters: &[(WANTED.parameter, SINCE), ("prefix", "only objects whose key begins so")],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        parts(workload)
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        let Some(bucket) = bucket(scene) else { return Vec::new() };
        [scene.site(), scene.site().other()].map(|site| scene.workload.bucket_subject(bucket, site)).into()
    }

    fn instant(&self) -> Option<Instant> {
        Some(WANTED)
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        either(self.progress(scene))
    }

    fn foreseen(&self, scene: &Scene<'_>) -> Vec<Change> {
        let Some((bucket, since)) = bucket(scene).zip(since(scene).ok()) else { return Vec::new() };
        let held = quiet::foreseen(scene, bucket);
        std::iter::once(self.change(scene, bucket, since, None)).chain(held).collect()
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        let what = match self {
            Self::Deleted => "deleted",
            Self::Overwritten => "overwritten",
        };
        let since = since(scene).map_or_else(|_| "a time to be said".to_owned(), |at| at.to_string());
        (format!("objects were {what} since {since}"), format!("as they were at {since}"))
    }
}
