use std::time::Duration;

use crate::assess::rules::{Roles, estate, impairment, resolutions, sources};
use crate::config::Workload;
use crate::domain::{Subject, human_duration};
use crate::runbook::action::{About, Deed, Undo};
use crate::runbook::actions::asked::SKIP;
use crate::runbook::model::{Confirm, RunSite};
use crate::runbook::plan::Part;
use crate::runbook::scene::Scene;
use crate::runbook::standing::{Certainty, Standing};

/// What is asked at least so often says soon enough whether anybody answers.
const OFTEN: Duration = Duration::from_secs(5);

/// Whether there is an outage at all, and not just trouble of our own.
pub(in crate::runbook) struct Impaired;

impl Deed for Impaired {
    fn about(&self) -> About {
        About {
            makes_true: "The source is impaired, by two kinds of evidence, while the target answers this machine.",
            turns: ("the source may be impaired", "two kinds of evidence say so"),
            proof: "Client, checkers, targets and database: at least two kinds fail in a row as often as the configuration demands.",
            undo: Undo::Nothing,
            guards: &[],
            site: RunSite::Source,
            confirm: Confirm::None,
            expect: Duration::from_secs(15),
            timeout: Duration::from_secs(300),
            may_fail: false,
            parameters: &[],
        }
    }

    fn parts(&self, _: &Workload) -> Result<Vec<Part>, String> {
        Ok(vec![Part::Whole])
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        evidence(scene)
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        let snapshot = scene.fresh(&evidence(scene));
        let look = scene.look(&snapshot);
        let found = impairment(look, &Roles::from(look, scene.source));
        // One that fails for good fails alone; one that has only begun to fail may be the first that sees it.
        let begun = found.evidence.iter().any(|kind| (1..kind.needed).contains(&kind.failures));
        match found.impaired {
            Some(true) => {
                let since = found.since.map(|since| format!(", for {}", human_duration(scene.now.since(since)))).unwrap_or_default();
                Standing::Done { shows: format!("{}{since}", found.why), certainty: Certainty::Proven }
            }
            // What fails may yet fail often enough.
            Some(false) if begun => {
                let told: Vec<String> =
                    found.evidence.iter().map(|kind| format!("{} {}/{}", kind.source, kind.failures, kind.needed)).collect();
                Standing::working(format!("failures in a row: {}", told.join(", ")))
            }
            Some(false) => Standing::Stuck {
                why: found.why,
                ways: vec![
                    "choose the planned failover: the source is well, and nothing need be lost".to_owned(),
                    SKIP.to_owned(),
                    "abort: there is no outage to be seen".to_owned(),
                ],
            },
            None if begun && found.since.is_none() => Standing::working(found.why),
            None if snapshot.is_empty() => Standing::Looking { what: "whether the source fails".to_owned() },
            None => Standing::Blind { why: found.why },
        }
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        (format!("the {} may be impaired", scene.source), "two kinds of evidence say so".to_owned())
    }
}

/// What speaks of the source, and what shows that our own network is well.
pub(in crate::runbook) fn evidence(scene: &Scene<'_>) -> Vec<Subject> {
    let mut subjects: Vec<Subject> = sources(scene.workload, scene.source).into_iter().flat_map(|(_, subjects)| subjects).collect();
    // That the target answers is told by whatever is asked often; to ask for more in a hurry would only use up what AWS allows.
    subjects.extend(estate(scene.workload, scene.target()).into_iter().filter(|subject| subject.kind.every() <= OFTEN));
    subjects.push(scene.workload.site_sight(scene.target()));
    subjects.extend(scene.dns().map(resolutions).unwrap_or_default());
    subjects
}
