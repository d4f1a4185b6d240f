use std::time::Duration;

use super::NO_RECORD;
use super::control::{change, originals, record};
use super::sets::Pair;
use crate::config::{Flip, Workload};
use crate::domain::Subject;
use crate::domain::fact::Record;
use crate::runbook::action::{About, Deed, Undo};
use crate::runbook::actions::asked::{AROUND, SKIP, either};
use crate::runbook::guard::Guard;
use crate::runbook::model::{Confirm, RunSite};
use crate::runbook::plan::Part;
use crate::runbook::scene::Scene;
use crate::runbook::standing::{Certainty, Standing};

/// DNS answers the stage's site, whatever any health check finds.
pub(in crate::runbook) struct Pinned;

impl Deed for Pinned {
    fn about(&self) -> About {
        About {
            makes_true: "The record leads to one site for every combination of health.",
            turns: ("where the record sets lead now", "every record set leads to the site"),
            proof: "Route 53 holds record sets that all lead there; dns.await proves what name servers answer.",
            undo: Undo::By("dns.unpin restores the record sets that were put aside"),
            guards: &[Guard::Identity],
            site: RunSite::Target,
            confirm: Confirm::None,
            expect: Duration::from_secs(5),
            timeout: Duration::from_secs(300),
            may_fail: false,
            parameters: &[],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        match workload.dns.as_ref().map(|dns| dns.flip) {
            None => Err(NO_RECORD.to_owned()),
            Some(Flip::FailoverRecord | Flip::Weighted | Flip::Manual) => Ok(vec![Part::Whole]),
            Some(Flip::Automatic) => Err("Route 53's health checks alone turn users here: nothing is pinned".to_owned()),
            Some(Flip::HealthCheckInvert) => {
                Err("inverting a health check turns users while health stays as it is: it pins nothing, and this workload turns them so"
                    .to_owned())
            }
        }
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        scene.dns().map(|dns| scene.workload.record_subject(dns)).into_iter().collect()
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        either(stand(scene))
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        (set_so(scene), format!("every record set leads to the {}", scene.site()))
    }
}

/// Where the sets lead as they were seen last, for the eye.
pub(super) fn set_so(scene: &Scene<'_>) -> String {
    let Some(dns) = scene.dns() else { return NO_RECORD.to_owned() };
    let seen = scene.snapshot.see::<Record>(&scene.workload.record_subject(dns), scene.now);
    let Some(found) = seen.last() else { return "unknown".to_owned() };
    match Pair::of(scene.workload, dns, found, &originals(scene)) {
        Ok(pair) => {
            let told = pair.sets.iter().map(|own| {
                let weight = own.set.weight.map(|weight| format!(" with weight {weight}")).unwrap_or_default();
                format!("{} → {}{weight}", own.site, pair.leads_to(own).map_or("elsewhere", |site| site.word()))
            });
            told.collect::<Vec<_>>().join(", ")
        }
        Err(why) => why,
    }
}

fn stand(scene: &Scene<'_>) -> Result<Standing, Standing> {
    let dns = scene.dns().ok_or_else(|| Standing::stuck(NO_RECORD))?;
    let site = scene.site();
    if dns.flip == Flip::Manual {
        return Ok(match scene.said() {
            Some(note) => Standing::Done { shows: format!("pinned by hand: {note}"), certainty: Certainty::Told },
            None => {
                Standing::Asks { whom: format!("{} is turned by hand: make it lead to the {site} whatever health checks find", dns.record) }
            }
        });
    }
    let found = record(scene, &scene.workload.record_subject(dns))?;
    let wrong = |why: String| Standing::Stuck { why, ways: vec![AROUND.to_owned(), SKIP.to_owned()] };
    let pair = Pair::of(scene.workload, dns, found, &originals(scene)).map_err(wrong)?;
    if pair.pinned() == Some(site) {
        return Ok(Standing::proven(format!("all {} record sets lead to the {site}", pair.sets.len())));
    }
    let sets = pair.pinned_to(site).map_err(wrong)?;
    Ok(change(scene, dns, sets, before(&pair), &format!("every record set leads to the {site}")))
}

/// What is worth putting aside: a record that is pinned already is not how it is when nobody pins it.
pub(super) fn before(pair: &Pair<'_>) -> Vec<crate::domain::fact::RecordSet> {
    let now = || pair.sets.iter().map(|own| own.set.clone()).collect();
    if pair.pinned().is_some() { pair.natural().unwrap_or_else(|_| now()) } else { now() }
}
