use std::time::Duration;

use crate::assess::Whereabouts;
use crate::assess::rules::{Look, Roles, bounded, impairment, resolutions, sources, writes};
use crate::config::{Site, Workload};
use crate::domain::fact::{Series, Sight};
use crate::domain::{Measure, Snapshot, Subject, Timestamp, human_duration, parse_duration};
use crate::runbook::action::{About, Action, Deed, Undo};
use crate::runbook::actions::database::database_metric;
use crate::runbook::actions::probe::{has_a_way, stranger};
use crate::runbook::model::{Confirm, Parameters, RunSite};
use crate::runbook::plan::Part;
use crate::runbook::scene::{Fresh, Scene};
use crate::runbook::standing::Standing;

const USUAL: Duration = Duration::from_secs(600);
/// As often as the slowest of what is watched is looked at anyway.
const APART: Duration = Duration::from_secs(20);

/// Nothing goes wrong for a while.
pub(in crate::runbook) struct Calm;

impl Deed for Calm {
    fn about(&self) -> About {
        About {
            makes_true: "The site has served users for a while without anything speaking against it.",
            turns: ("just turned", "the site has been well for as long as was said"),
            proof: "Client, checkers, targets and database speak for it at every look, nobody else answers in its place, and users land there.",
            undo: Undo::Nothing,
            guards: &[],
            site: RunSite::Target,
            confirm: Confirm::None,
            expect: USUAL,
            timeout: Duration::from_secs(7200),
            may_fail: false,
            parameters: &[("for", "how long, such as \"10m\"")],
        }
    }

    fn parts(&self, _: &Workload) -> Result<Vec<Part>, String> {
        Ok(vec![Part::Whole])
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        watched(scene).into_iter().chain(behind(scene).map(|(subject, _)| subject)).collect()
    }

    fn lasts(&self, with: &Parameters) -> Option<Duration> {
        with.get("for").and_then(|text| parse_duration(text).ok())
    }

    fn refuses(&self, parameter: &str, value: &str) -> Option<String> {
        if parameter == "for" { parse_duration(value).err().map(|wrong| wrong.to_string()) } else { None }
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        let lasting = match scene.with("for").map(parse_duration) {
            None => USUAL,
            Some(Ok(lasting)) => lasting,
            Some(Err(wrong)) => return Standing::stuck(format!("for: {wrong}")),
        };
        let watched = watched(scene);
        let snapshot = scene.fresh(&watched);
        let Some(as_of) = oldest(scene, &watched) else { return Standing::Looking { what: "the whole of the site".to_owned() } };
        // As it was then: a whole round of looks takes longer than a look stays young where the world goes by fast, and what counts is that
        // every round was well, not that it is the present one.
        let look = Look { now: as_of, ..scene.look(&snapshot) };
        if let Some(whom) = left_behind(scene).filter(|_| scene.said().is_none()) {
            return Standing::Asks { whom };
        }
        match strangers(scene, &watched).and_then(|()| calm(scene, look, &snapshot)) {
            Ok(shows) => {
                let times = u32::try_from(lasting.as_secs().div_ceil(APART.as_secs())).unwrap_or(u32::MAX).saturating_add(1);
                Standing::Holding { shows: format!("{shows}; for {}", human_duration(lasting)), as_of, times, apart: APART }
            }
            Err(why) => Standing::working(bounded(why)),
        }
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        ("just turned".to_owned(), format!("the {} has been well for {}", scene.site(), scene.with("for").unwrap_or("10m")))
    }
}

fn watched(scene: &Scene<'_>) -> Vec<Subject> {
    let site = scene.site();
    let mut subjects: Vec<Subject> = sources(scene.workload, site).into_iter().flat_map(|(_, subjects)| subjects).collect();
    if let Some(database) = scene.database() {
        subjects.extend([Site::Primary, Site::Standby].iter().filter_map(|site| scene.workload.global_cluster_subject(database, *site)));
    }
    if let Some(dns) = scene.dns() {
        subjects.extend(resolutions(dns));
        let sight = scene.workload.site_sight(site);
        subjects.retain(|subject| *subject != sight || has_a_way(dns, site));
    }
    subjects
}

/// The connections to the database that the run has led away from, and since when nobody should have any: it takes writes like the promoted one
/// as soon as it is back, and what is written there nobody will ever see.
fn behind(scene: &Scene<'_>) -> Option<(Subject, Timestamp)> {
    let promoted = scene.done(Action::DatabasePromote, scene.site())?;
    Some((database_metric(scene, scene.site().other(), Measure::Connections)?, promoted))
}

fn left_behind(scene: &Scene<'_>) -> Option<String> {
    let (subject, promoted) = behind(scene)?;
    let Fresh::Is(series, _) = scene.see::<Series>(&subject) else { return None };
    let point = series.points.iter().rfind(|point| point.at >= promoted && point.value >= 1.0)?;
    Some(format!(
        "{:.0} connections to the {}'s database in the minute from {}: what is written there nobody will see; stop them, or acknowledge that \
         they do not write",
        point.value,
        scene.site().other(),
        point.at
    ))
}

/// Since when nothing is older of what was looked at; `None` while something of it has not been looked at, or cannot be.
fn oldest(scene: &Scene<'_>, watched: &[Subject]) -> Option<Timestamp> {
    let begun = |subject: &Subject| {
        let seen = scene.snapshot.get(subject)?;
        let known = seen.known.as_ref().map(|known| known.begun);
        known.max(seen.failing.as_ref().map(|failing| failing.last)).filter(|begun| *begun >= scene.since)
    };
    watched.iter().map(begun).collect::<Option<Vec<_>>>()?.into_iter().min()
}

/// A good answer speaks for the site only if it is not the other one's application that gives it.
fn strangers(scene: &Scene<'_>, watched: &[Subject]) -> Result<(), String> {
    watched.iter().try_for_each(|subject| match scene.see::<Sight>(subject) {
        Fresh::Is(sight, _) => stranger(scene.workload, scene.site(), &sight.body),
        _ => Ok(()),
    })
}

fn calm(scene: &Scene<'_>, look: Look<'_>, snapshot: &Snapshot) -> Result<String, String> {
    let site = scene.site();
    // Judged as if a run were to lead away from it.
    let roles = Roles::from(look, site);
    let found = impairment(look, &roles);
    if let Some(kind) = found.evidence.iter().find(|kind| kind.failures > 0) {
        return Err(format!("{}: {}", kind.source, kind.says));
    }
    if found.impaired != Some(false) {
        return Err(found.why);
    }
    if let Some((found, why)) = scene.database().map(|database| writes(look, database, site))
        && found != Some(true)
    {
        return Err(format!("the {site}'s database: {why}"));
    }
    if scene.dns().is_some() && roles.landing != Whereabouts::from(site) {
        return Err(format!("users do not all land on the {site}"));
    }
    Ok(format!("nothing speaks against the {site} in {} looks", snapshot.len()))
}
