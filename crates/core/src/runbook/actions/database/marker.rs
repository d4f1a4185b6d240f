use std::time::Duration;

use super::super::probe::judge;
use super::super::probe::write::written;
use crate::config::{Site, Workload};
use crate::domain::change::Way;
use crate::domain::{Change, Receipt, Subject, Timestamp, What};
use crate::runbook::{About, Confirm, Deed, Part, RunSite, Scene, Standing, Undo};

/// A row is written at the source through its application, to be looked for at the target.
#[derive(Debug)]
pub(in crate::runbook) struct Marker;

impl Deed for Marker {
    fn about(&self) -> About {
        About {
            makes_true: "The source's application has written a row, and said so.",
            turns: ("no marker", "a row that can be looked for at the target"),
            proof: "What the application answered, and the answer does not name the other site's database.",
            undo: Undo::Nothing,
            guards: &[],
            site: RunSite::Source,
            confirm: Confirm::None,
            expect: Duration::from_secs(3),
            timeout: Duration::from_secs(60),
            // Where none can be written, what has arrived follows from the lag.
            may_fail: true,
            parameters: &[],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        if workload.database.is_none() {
            return Err("the workload has no database".to_owned());
        }
        let path = workload.dns.as_ref().and_then(|dns| dns.probe.write_path.as_ref());
        path.map(|_| vec![Part::Whole])
            .ok_or_else(|| "the application has no path that writes: what has arrived follows from the lag".to_owned())
    }

    fn subjects(&self, _: &Scene<'_>) -> Vec<Subject> {
        // The answer is the observation: nobody else can be asked what was written.
        Vec::new()
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        written(scene)
    }

    fn before_after(&self, _: &Scene<'_>) -> (String, String) {
        ("no marker".to_owned(), "a row that can be looked for at the target".to_owned())
    }
}

fn written_through(workload: &Workload, site: Site) -> Change {
    Change::global(What::WriteThrough { workload: workload.name.clone(), way: Way::Site(site.word().to_owned()) })
}

/// The latest row that is known to have been written at the source: when it was asked for, and what it is called.
pub(super) fn marker<'a>(scene: &Scene<'a>) -> Option<(Timestamp, &'a str)> {
    // A name too short would be found in any page.
    const SHORTEST: usize = 8;
    let change = written_through(scene.workload, scene.source);
    scene.memory.past.iter().rev().filter(|past| past.change == change).find_map(|past| match &past.answer {
        Some((_, Receipt::Accepted { told })) if judge(scene.workload, scene.source, told).is_ok() => {
            told.get("marker").filter(|marker| marker.len() >= SHORTEST).map(|marker| (past.asked_at, marker.as_str()))
        }
        _ => None,
    })
}
