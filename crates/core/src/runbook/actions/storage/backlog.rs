use std::time::Duration;

use super::{NOBODY, bucket, parts};
use crate::assess::rules::{bytes, clipped, replicates};
use crate::config::{Bucket, Workload};
use crate::domain::fact::{Fact, Point, Replication, Series};
use crate::domain::{Measure, Subject, human_duration, parse_duration};
use crate::runbook::action::{About, Deed, Undo};
use crate::runbook::actions::asked::{AGAIN, SKIP, either};
use crate::runbook::model::{Confirm, RunSite};
use crate::runbook::plan::Part;
use crate::runbook::scene::{Fresh, Scene};
use crate::runbook::standing::{Certainty, Standing};

/// Everything that was written at the site has arrived at the other one.
pub(in crate::runbook) struct Arrived;

fn metric(scene: &Scene<'_>, bucket: &Bucket, measure: Measure) -> Subject {
    scene.workload.bucket_metric(bucket, scene.site(), measure)
}

impl Deed for Arrived {
    fn about(&self) -> About {
        About {
            makes_true: "No object of the site's bucket is on its way any more.",
            turns: ("bytes that are on their way", "nothing is on its way"),
            proof: "S3 counts nothing pending in a minute that began after the step did, while the rule is in force.",
            undo: Undo::Nothing,
            guards: &[],
            site: RunSite::Source,
            confirm: Confirm::None,
            expect: Duration::from_secs(180),
            timeout: Duration::from_secs(1800),
            may_fail: false,
            parameters: &[(
                "within",
                "how late objects may be, such as 1m, while the site is still written to; without it nothing may be on its way any more",
            )],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        parts(workload)
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        let Some(bucket) = bucket(scene) else { return Vec::new() };
        let measures = [Measure::BytesPending, Measure::OperationsPending, Measure::OperationsFailed, Measure::ReplicationLatency];
        let metrics = measures.into_iter().filter(|_| bucket.metrics).map(|measure| metric(scene, bucket, measure));
        [scene.workload.bucket_subject(bucket, scene.site())].into_iter().chain(metrics).collect()
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        either(stand(scene))
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        let last = bucket(scene).and_then(|bucket| match scene.snapshot.get(&metric(scene, bucket, Measure::BytesPending))?.fact()? {
            Fact::Series(series) => series.last(),
            _ => None,
        });
        let told = |point: Point| format!("{} as of {} ago", bytes(point.value), human_duration(scene.now.since(point.at)));
        (last.map_or_else(|| "unknown".to_owned(), told), "nothing is on its way".to_owned())
    }
}

fn stand(scene: &Scene<'_>) -> Result<Standing, Standing> {
    let bucket = bucket(scene).ok_or_else(|| Standing::stuck(NOBODY))?;
    let site = scene.site();
    let name = clipped(bucket.sites.get(site), 63);
    if let Some(note) = scene.said() {
        return Ok(Standing::Done { shows: format!("acknowledged: {}", clipped(note, 120)), certainty: Certainty::Told });
    }
    if !bucket.metrics {
        return Ok(Standing::Asks {
            whom: format!("{name} has no replication metrics: compare the buckets object by object, then acknowledge"),
        });
    }
    let subject = scene.workload.bucket_subject(bucket, site);
    let found: &Replication = scene.see(&subject).or_wait(&subject)?;
    // Figures stand still when their rule is gone, and look like calm.
    if let (false, why) = replicates(found, bucket, site) {
        return Ok(Standing::Stuck { why: format!("{name}: {why}"), ways: vec![AGAIN.to_owned(), SKIP.to_owned()] });
    }
    let failed = last(scene, &metric(scene, bucket, Measure::OperationsFailed))?.filter(|point| point.value > 0.0);
    if let Some(failed) = failed {
        return Ok(Standing::Stuck {
            why: format!("{name}: {:.0} operations failed within a minute and will not arrive by themselves", failed.value),
            ways: vec!["replicate them with S3 Batch Replication, and retry".to_owned(), SKIP.to_owned()],
        });
    }
    let waiting = last(scene, &metric(scene, bucket, Measure::BytesPending))?;
    let operations = last(scene, &metric(scene, bucket, Measure::OperationsPending))?;
    let (Some(waiting), Some(operations)) = (waiting, operations) else {
        return Ok(Standing::working(format!("{name}: no figure yet of a minute that began since")));
    };
    if waiting.value == 0.0 && operations.value == 0.0 {
        let age = human_duration(scene.now.since(waiting.at.min(operations.at)));
        return Ok(Standing::Done { shows: format!("{name}: nothing was on its way {age} ago"), certainty: Certainty::Inferred });
    }
    // As long as somebody writes there is always something on its way.
    if let Some(within) = within(scene)?
        && let Some(late) = last(scene, &metric(scene, bucket, Measure::ReplicationLatency))?
        && late.value <= within.as_secs_f64()
    {
        return Ok(Standing::Done {
            shows: format!("{name}: objects arrive {:.0} s late at most", late.value),
            certainty: Certainty::Inferred,
        });
    }
    Ok(Standing::working(format!("{name}: {} in {:.0} operations are on their way", bytes(waiting.value), operations.value)))
}

fn within(scene: &Scene<'_>) -> Result<Option<Duration>, Standing> {
    let Some(text) = scene.with("within") else { return Ok(None) };
    parse_duration(text).map(Some).map_err(|_| Standing::stuck("“within” is a length of time, written as 1m"))
}

/// The newest point of a minute that began since: what was measured before says nothing of what was written until then.
fn last(scene: &Scene<'_>, subject: &Subject) -> Result<Option<Point>, Standing> {
    match scene.see::<Series>(subject) {
        Fresh::Is(series, _) => Ok(series.last().filter(|point| point.at >= scene.since)),
        Fresh::Missing => Ok(None),
        // S3's figures are late; one that is too old to be known is one that is awaited.
        Fresh::NotYet
            if scene.snapshot.get(subject).is_some_and(|seen| seen.known.as_ref().is_some_and(|known| known.begun >= scene.since)) =>
        {
            Ok(None)
        }
        seen => seen.or_wait(subject).map(|_| None),
    }
}
