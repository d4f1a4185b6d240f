use std::time::Duration;

use super::NO_RECORD;
use super::control::{asked, change, originals, record, unreachable};
use super::landing::{Landing, landing, watched};
use super::pin::{before, set_so};
use super::sets::Pair;
use crate::config::{Dns, Flip, Site, Workload};
use crate::domain::fact::{Checkers, HealthCheck};
use crate::domain::{Change, Kind, Subject, What};
use crate::runbook::action::{About, Deed, Undo};
use crate::runbook::actions::asked::{AROUND, SKIP, either};
use crate::runbook::guard::Guard;
use crate::runbook::model::{Confirm, RunSite};
use crate::runbook::plan::Part;
use crate::runbook::scene::{Fresh, Scene};
use crate::runbook::standing::{Certainty, Standing};

/// Users are turned to the stage's site, by whatever way the configuration chooses. Where they are there already, nothing is to be done.
pub(in crate::runbook) struct Turned;

impl Deed for Turned {
    fn about(&self) -> About {
        About {
            makes_true: "The record leads users to the site.",
            turns: ("where the record sets, or the health check, lead now", "every record set leads to the site"),
            proof: "Route 53 holds sets that lead there, or every resolver gives its addresses already.",
            undo: Undo::By("the same step towards the other site, or dns.unpin"),
            guards: &[Guard::Identity],
            site: RunSite::Target,
            confirm: Confirm::Key,
            expect: Duration::from_secs(5),
            timeout: Duration::from_secs(300),
            may_fail: false,
            parameters: &[],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        match workload.dns.as_ref().map(|dns| dns.flip) {
            None => Err(NO_RECORD.to_owned()),
            Some(Flip::Automatic) => Err("Route 53's health checks turn users here, and nobody else: dns.await waits for them".to_owned()),
            Some(_) => Ok(vec![Part::Whole]),
        }
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        let Some(dns) = scene.dns() else { return Vec::new() };
        let mut subjects = watched(scene);
        match dns.flip {
            Flip::FailoverRecord | Flip::Weighted => subjects.push(scene.workload.record_subject(dns)),
            Flip::HealthCheckInvert => {
                let primary = |kind| scene.workload.health_check_subject(kind, dns, Site::Primary);
                subjects.extend([Kind::HealthCheck, Kind::Checkers].into_iter().filter_map(primary));
            }
            Flip::Automatic | Flip::Manual => {}
        }
        subjects
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        either(stand(scene))
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        let site = scene.site();
        match scene.dns().map(|dns| dns.flip) {
            Some(Flip::HealthCheckInvert) => {
                ("the primary's health check decides".to_owned(), format!("its finding is turned round so that users go to the {site}"))
            }
            Some(Flip::Manual) => ("turned by hand".to_owned(), format!("users go to the {site}")),
            Some(Flip::Weighted) => (set_so(scene), format!("all weight leads to the {site}")),
            _ => (set_so(scene), format!("every record set leads to the {site}")),
        }
    }
}

fn stand(scene: &Scene<'_>) -> Result<Standing, Standing> {
    let dns = scene.dns().ok_or_else(|| Standing::stuck(NO_RECORD))?;
    let site = scene.site();
    if let Landing::At(there, told) = landing(scene)
        && there == site
    {
        return Ok(Standing::proven(format!("users land there already: {told}")));
    }
    match dns.flip {
        Flip::Automatic => Ok(Standing::working("Route 53's health checks turn users; nobody else does")),
        Flip::Manual => Ok(match scene.said() {
            Some(note) => Standing::Done { shows: format!("turned by hand: {note}"), certainty: Certainty::Told },
            None => Standing::Asks { whom: format!("{} is turned by hand: lead users to the {site}, then acknowledge", dns.record) },
        }),
        Flip::HealthCheckInvert => inverted(scene, dns, site),
        Flip::FailoverRecord | Flip::Weighted => sets(scene, dns, site),
    }
}

fn sets(scene: &Scene<'_>, dns: &Dns, site: Site) -> Result<Standing, Standing> {
    let wrong = |why: String| Standing::Stuck { why, ways: vec![AROUND.to_owned(), SKIP.to_owned()] };
    let found = record(scene, &scene.workload.record_subject(dns))?;
    let pair = Pair::of(scene.workload, dns, found, &originals(scene)).map_err(wrong)?;
    if pair.pinned() == Some(site) {
        return Ok(Standing::proven(format!("all {} record sets lead to the {site}", pair.sets.len())));
    }
    if dns.flip == Flip::Weighted {
        if pair.weighs_to(site) {
            return Ok(Standing::proven(format!("all weight leads to the {site}, as long as it counts as healthy")));
        }
        let sets = pair.weighted_to(site).map_err(wrong)?;
        return Ok(change(scene, dns, sets, before(&pair), &format!("all weight leads to the {site}")));
    }
    let sets = pair.pinned_to(site).map_err(wrong)?;
    Ok(change(scene, dns, sets, before(&pair), &format!("every record set leads to the {site}")))
}

/// The primary must count as unhealthy for users to go to the standby, as healthy for them to come back. What its checkers find may change at
/// any time, so this turns users and pins nothing.
fn inverted(scene: &Scene<'_>, dns: &Dns, site: Site) -> Result<Standing, Standing> {
    let subject = |kind| {
        let none = || Standing::stuck("the primary's record set has no health check that could be inverted");
        scene.workload.health_check_subject(kind, dns, Site::Primary).ok_or_else(none)
    };
    let (check, checkers) = (subject(Kind::HealthCheck)?, subject(Kind::Checkers)?);
    let found = match scene.see::<HealthCheck>(&check) {
        Fresh::Failing(failing) => return Err(unreachable(scene, failing)),
        seen => seen.or_wait(&check)?,
    };
    // A disabled check counts as healthy, before it is turned round.
    let up = if found.disabled {
        true
    } else {
        let reports = match scene.see::<Checkers>(&checkers) {
            Fresh::Failing(failing) => return Err(unreachable(scene, failing)),
            seen => seen.or_wait(&checkers)?,
        };
        reports.is_healthy().ok_or_else(|| Standing::Blind { why: "no checker reports".to_owned() })?
    };
    let healthy = site == Site::Primary;
    if (up != found.inverted) == healthy {
        let word = if healthy { "healthy" } else { "unhealthy" };
        return Ok(Standing::proven(format!(
            "the primary counts as {word}; that pins nothing: it ends when its checkers find something else"
        )));
    }
    if healthy && !found.inverted {
        return Ok(Standing::working("the checkers still call the primary down: users come back when they do not"));
    }
    let invert = What::InvertHealthCheck { health_check: found.id.clone(), inverted: !found.inverted };
    Ok(asked(scene, Change::global(invert), std::collections::BTreeMap::new()))
}
