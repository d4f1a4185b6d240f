//! What the rules of several actions have in common.

use std::collections::BTreeMap;

use crate::assess::rules::LOOKS_UNTIL_DARK;
use crate::config::{Database, Service, Site, SiteService, Workload};
use crate::domain::fact::Observable;
use crate::domain::{Failing, Receipt, Subject, Timestamp, excerpt};
use crate::runbook::{Certainty, Part, Past, Scene, Standing};

/// A standing, reached on either way: `?` leaves a rule early, where something is not known.
pub(super) type Judged = Result<Standing, Standing>;

pub(super) fn concluded(judged: Judged) -> Standing {
    match judged {
        Ok(standing) | Err(standing) => standing,
    }
}

/// A state or name from outside, short enough for a sentence.
pub(super) fn word(text: &str) -> String {
    excerpt(text, 80)
}

pub(super) fn inferred(shows: impl Into<String>) -> Standing {
    Standing::Done { shows: shows.into(), certainty: Certainty::Inferred }
}

pub(super) fn told(shows: impl Into<String>) -> Standing {
    Standing::Done { shows: shows.into(), certainty: Certainty::Told }
}

pub(super) fn stuck<W: Into<String>>(why: impl Into<String>, ways: impl IntoIterator<Item = W>) -> Standing {
    Standing::Stuck { why: why.into(), ways: ways.into_iter().map(Into::into).collect() }
}

/// The services that an action is done to, each a part of its own.
pub(super) fn services(workload: &Workload, which: impl Fn(&Service) -> bool, none: &str) -> Result<Vec<Part>, String> {
    let parts: Vec<Part> =
        workload.services.iter().enumerate().filter(|(_, service)| which(service)).map(|(index, _)| Part::Service(index)).collect();
    if parts.is_empty() { Err(none.to_owned()) } else { Ok(parts) }
}

/// The stage's service.
pub(super) fn service<'a>(scene: &Scene<'a>) -> Result<&'a Service, Standing> {
    let found = match scene.stage.part {
        Part::Service(index) => scene.workload.services.get(index),
        _ => None,
    };
    found.ok_or_else(|| Standing::stuck("this stage is of no service"))
}

/// The stage's service, as it is at the stage's site.
pub(super) fn here<'a>(scene: &Scene<'a>) -> Result<(&'a Service, &'a SiteService), Standing> {
    service(scene).map(|service| (service, service.sites.get(scene.site())))
}

pub(super) fn database<'a>(scene: &Scene<'a>) -> Result<&'a Database, Standing> {
    scene.workload.database.as_ref().ok_or_else(|| Standing::stuck("the workload has no database"))
}

/// The database as the configuration names it, whatever this run has made to take its place.
pub(super) fn configured<'a>(scene: &Scene<'a>) -> Result<&'a Database, Standing> {
    scene.configured.database.as_ref().ok_or_else(|| Standing::stuck("the workload has no database"))
}

/// What a run puts aside is called after the site and the thing, so that whichever stage needs it again finds it.
pub(super) fn aside(site: Site, of: &str, what: &str) -> String {
    format!("{site}.{of}.{what}")
}

/// What any stage of this run has put aside under this name.
pub(super) fn kept<'a>(scene: &Scene<'a>, name: &str) -> Option<&'a str> {
    scene.memory.put_aside(name)
}

pub(super) fn kept_as<T: std::str::FromStr>(scene: &Scene<'_>, name: &str) -> Option<T> {
    kept(scene, name)?.parse().ok()
}

/// To be put aside, but for what the run has put aside before: a second look would see what the run itself has made of it.
pub(super) fn keep(scene: &Scene<'_>, values: impl IntoIterator<Item = (String, String)>) -> BTreeMap<String, String> {
    values.into_iter().filter(|(name, _)| kept(scene, name).is_none()).collect()
}

/// However old: for what is shown, and for wishes; never for a decision that something is so.
pub(super) fn last<'a, T: Observable + 'a>(scene: &Scene<'a>, subject: &Subject) -> Option<&'a T> {
    scene.snapshot.get(subject)?.fact().and_then(T::of)
}

/// The other side has not answered so often that waiting for it is no plan.
pub(super) const fn is_out_of_reach(failing: &Failing) -> bool {
    failing.trouble.cause.is_theirs() && failing.times >= LOOKS_UNTIL_DARK
}

/// When a change of this stage was accepted, unless somebody has since said “once more”.
pub(super) fn accepted<'a>(scene: &Scene<'a>, which: impl Fn(&Past) -> bool) -> Option<(Timestamp, &'a BTreeMap<String, String>)> {
    scene.past().rev().filter(|past| which(past)).find_map(|past| match &past.answer {
        Some((at, Receipt::Accepted { told })) if *at >= scene.since => Some((*at, told)),
        _ => None,
    })
}

/// When the latest of what this stage waited for was done.
pub(super) fn needs_done(scene: &Scene<'_>) -> Option<Timestamp> {
    scene.stage.needs.iter().filter_map(|need| scene.memory.done.get(need)).max().copied()
}

/// Figures that go together, in one line.
pub(super) fn figures(parts: impl IntoIterator<Item = String>) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}
