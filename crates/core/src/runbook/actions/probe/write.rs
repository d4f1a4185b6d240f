use std::time::Duration;

use super::super::database::missing;
use super::{NO_RECORD, NO_WRITE_PATH, is_past_the_record, judge};
use crate::assess::rules::clipped;
use crate::config::{Dns, Workload};
use crate::domain::change::Way;
use crate::domain::{Change, Receipt, Subject, What};
use crate::runbook::action::{About, Deed, Undo};
use crate::runbook::model::{Confirm, Kind, RunSite};
use crate::runbook::plan::Part;
use crate::runbook::scene::{Past, Scene};
use crate::runbook::standing::{Certainty, Standing};

/// Between one attempt and the next.
const EVERY: Duration = Duration::from_secs(2);

/// A row, written through the site's application past the record, in the site's own database.
pub(in crate::runbook) struct Written;

/// What a client-eye and a write need of the configuration.
pub(super) fn writable(workload: &Workload) -> Result<&Dns, String> {
    let dns = workload.dns.as_ref().ok_or_else(|| NO_RECORD.to_owned())?;
    if dns.probe.write_path.is_none() {
        return Err(NO_WRITE_PATH.to_owned());
    }
    Ok(dns)
}

impl Deed for Written {
    fn about(&self) -> About {
        About {
            makes_true: "The site's application writes to the site's database.",
            turns: ("not proven", "a row is written to the site's database"),
            proof: "A write past the record is acknowledged, and the answer does not name the other site's database. Where rows are counted and none may be lost: it comes after the last one of the source.",
            undo: Undo::By("nothing is to be undone: the row is the write path's own"),
            guards: &[],
            site: RunSite::Target,
            confirm: Confirm::None,
            expect: Duration::from_secs(10),
            timeout: Duration::from_secs(600),
            may_fail: false,
            parameters: &[],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        writable(workload).map(|_| vec![Part::Whole])
    }

    /// The answer itself is the evidence.
    fn subjects(&self, _: &Scene<'_>) -> Vec<Subject> {
        Vec::new()
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        match written(scene) {
            Standing::Done { shows, certainty } => match lacking(scene) {
                Some(lacking) => Standing::Owed {
                    why: format!(
                        "{lacking}. They are in the {}'s database. Acknowledge to send users here without them, or abort and start the {} again",
                        scene.source, scene.source
                    ),
                },
                None => Standing::Done { shows, certainty },
            },
            not_yet => not_yet,
        }
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        let id = scene.database().map_or("the database", |database| database.sites.get(scene.site()).as_str());
        ("not proven".to_owned(), format!("a row is written to {}", clipped(id, 80)))
    }
}

/// What is missing where nothing may be, by the first row that is written: the next ones take the numbers of those that are gone.
fn lacking(scene: &Scene<'_>) -> Option<String> {
    if !matches!(scene.kind, Kind::Planned | Kind::Failback) || scene.site() == scene.source {
        return None;
    }
    let proven = |past: &Past| match &past.answer {
        Some((_, Receipt::Accepted { told })) => judge(scene.workload, scene.site(), told).is_ok().then(|| told.clone()),
        _ => None,
    };
    scene.past().find_map(proven).and_then(|first| missing(scene, &first))
}

/// Where a row stands that is written through the application of the stage's site: asked for again, with time to breathe, until the answer
/// proves it.
pub(in crate::runbook::actions) fn written(scene: &Scene<'_>) -> Standing {
    let site = scene.site();
    let way = Way::Site(site.word().to_owned());
    let again = || Standing::needs([Change::global(What::WriteThrough { workload: scene.workload.name.clone(), way: way.clone() })]);
    let ours = |what: &What| matches!(what, What::WriteThrough { way, .. } if is_past_the_record(way, site));
    let Some(last) = scene.past().rev().find(|past| ours(&past.change.what)) else { return again() };
    let Some((at, receipt)) = &last.answer else { return Standing::working("a write is under way") };
    let why = match receipt {
        Receipt::Accepted { told } => match judge(scene.workload, site, told) {
            Ok(proof) => {
                let certainty = if proof.named { Certainty::Proven } else { Certainty::Inferred };
                return Standing::Done { shows: proof.shows, certainty };
            }
            Err(why) => why,
        },
        Receipt::Refused { text, .. } | Receipt::Unknown { text } => clipped(text, 120).into_owned(),
    };
    if scene.now.since(*at) >= EVERY { again() } else { Standing::working(format!("the {site} does not write yet: {why}")) }
}
