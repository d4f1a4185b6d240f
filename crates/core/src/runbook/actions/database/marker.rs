//! A row that can be told from others: written at the source, read at the target. Figures of a lag are somebody's word; this is not.

use std::time::Duration;

use serde_json::Value;

use super::super::asked::Told;
use super::super::judging::{Judged, concluded, inferred};
use super::super::probe::write::written;
use super::super::probe::{judge, stranger, told, wrote};
use crate::assess::rules::clipped;
use crate::config::{Secret, Site, Workload};
use crate::domain::change::Way;
use crate::domain::fact::Sight;
use crate::domain::{Change, Receipt, Subject, Timestamp, What};
use crate::runbook::{About, Confirm, Deed, Part, Past, RunSite, Scene, Standing, Undo};

/// A row is written at the source through its application, and looked for at the target.
#[derive(Debug)]
pub(in crate::runbook) struct Marker;

impl Deed for Marker {
    fn about(&self) -> About {
        About {
            makes_true: "A row that the source's application wrote is at the target.",
            turns: ("no row is known to arrive", "a row of the source's is read at the target"),
            proof: "What the source's application answered names a row, and the target's page names it or a later one. Where the target's application reads the source's database until its secret is its own, rows are counted when it writes.",
            undo: Undo::By("nothing is to be undone: the row is the write path's own"),
            guards: &[],
            site: RunSite::Source,
            confirm: Confirm::None,
            expect: Duration::from_secs(10),
            timeout: Duration::from_secs(300),
            may_fail: false,
            parameters: &[],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        if workload.database.is_none() {
            return Err("the workload has no database".to_owned());
        }
        let probe = workload.dns.as_ref().map(|dns| &dns.probe);
        if probe.is_none_or(|probe| probe.write_path.is_none()) {
            return Err("the application has no path that writes: what has arrived follows from the lag".to_owned());
        }
        if probe.is_none_or(|probe| probe.marker.is_none()) {
            return Err(
                "the configuration does not say what the pages call a row (marker): what has arrived follows from the lag".to_owned()
            );
        }
        Ok(vec![Part::Whole])
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        vec![scene.workload.site_sight(scene.site().other())]
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        concluded(arrived(scene))
    }

    fn foreseen(&self, scene: &Scene<'_>) -> Vec<Change> {
        vec![written_through(scene.workload, scene.site())]
    }

    fn before_after(&self, _: &Scene<'_>) -> (String, String) {
        ("no row is known to arrive".to_owned(), "a row of the source's is read at the target".to_owned())
    }
}

fn arrived(scene: &Scene<'_>) -> Judged {
    let target = scene.site().other();
    // Nothing is written before there is a page to find it on.
    let subject = scene.workload.site_sight(target);
    let sight: &Sight = scene.see(&subject).or_wait(&subject)?;
    if !sight.is_ok() {
        return Ok(Standing::working(format!("the {target} does not answer: {}", told(sight))));
    }
    // What is read there may be the source's page, or tell of the source's database.
    stranger(scene.workload, target, &sight.body).map_err(Standing::working)?;
    let newest = match row_of(scene.workload, target, &sight.body) {
        None if !reads_from_afar(scene.workload) => return Ok(Standing::working(format!("the page of the {target} names no row"))),
        newest => newest,
    };
    let Some(Row { asked, name }) = newest_of(scene, scene.past()) else {
        return Ok(match written(scene) {
            Standing::Done { shows, .. } => Standing::stuck(format!("{shows}, and the answer names no row: see “marker” in drlab.toml")),
            not_yet => not_yet,
        });
    };
    Ok(match newest {
        None => inferred(format!(
            "row {} is written; the {target} reads the {}'s database until its secret is its own: its rows are counted when it writes",
            clipped(&name, 40),
            scene.site()
        )),
        Some(newest) if holds(&newest, &name) => {
            Standing::proven(format!("row {} is at the {target}; written at {asked}", clipped(&name, 40)))
        }
        Some(newest) => Standing::working(format!("the {target} has row {}, not yet {}", clipped(&newest, 40), clipped(&name, 40))),
    })
}

/// With one secret for both sites the target's application shows the source's rows as its own, for as long as that secret is replicated.
fn reads_from_afar(workload: &Workload) -> bool {
    workload.database.as_ref().and_then(|database| database.secret.as_ref()).is_some_and(Secret::is_replicated)
}

/// A row at a site, past the record.
pub(in crate::runbook::actions) fn written_through(workload: &Workload, site: Site) -> Change {
    Change::global(What::WriteThrough { workload: workload.name.clone(), way: Way::Site(site.word().to_owned()) })
}

/// A row that is known to have been written at the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) asked: Timestamp,
    pub(super) name: String,
}

/// The latest one, whoever asked for it.
pub(super) fn marker(scene: &Scene<'_>) -> Option<Row> {
    newest_of(scene, scene.memory.past.iter())
}

fn newest_of<'a>(scene: &Scene<'_>, past: impl DoubleEndedIterator<Item = &'a Past>) -> Option<Row> {
    let change = written_through(scene.workload, scene.source);
    past.rev().filter(|past| past.change == change).find_map(|past| match &past.answer {
        Some((_, Receipt::Accepted { told })) if judge(scene.workload, scene.source, told).is_ok() => {
            row(scene.workload, told.get("body")?).map(|name| Row { asked: past.asked_at, name })
        }
        _ => None,
    })
}

/// The newest row of a site's own database, as its page has it.
pub(super) fn row_of(workload: &Workload, site: Site, page: &str) -> Option<String> {
    let own = !reads_from_afar(workload) || matches!(wrote(workload, site, page), Ok(Some(_)));
    row(workload, page).filter(|_| own)
}

/// What a page calls the newest row that it knows.
fn row(workload: &Workload, page: &str) -> Option<String> {
    let key = workload.dns.as_ref()?.probe.marker.as_ref()?;
    match serde_json::from_str::<Value>(page).ok()?.get(key)? {
        Value::String(name) if !name.is_empty() => Some(name.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// How many of the source's rows were not there when this was written at the target, in words; nothing where rows are not counted.
pub(in crate::runbook::actions) fn missing(scene: &Scene<'_>, answer: &Told) -> Option<String> {
    let Row { asked, name } = marker(scene)?;
    let here = row(scene.workload, answer.get("body")?)?;
    let (last, first) = (name.parse::<u64>().ok()?, here.parse::<u64>().ok()?);
    let missing = last.checked_sub(first).filter(|missing| *missing > 0)?;
    Some(format!(
        "the {} had row {last} at {asked}, and the one written at the {} is {first}: {missing} are missing",
        scene.source,
        scene.site()
    ))
}

/// Rows that are counted have all before them; of others only the same is the same.
pub(super) fn holds(newest: &str, row: &str) -> bool {
    match (newest.parse::<u64>(), row.parse::<u64>()) {
        (Ok(newest), Ok(row)) => newest >= row,
        _ => newest == row,
    }
}
