use std::time::Duration;

use super::NO_RECORD;
use super::control::{asked, originals, record};
use super::pin::set_so;
use super::sets::{Pair, is_as, is_same, named};
use crate::assess::rules::should_lead;
use crate::config::{Dns, Flip, Site, Workload};
use crate::domain::fact::{Record, RecordSet};
use crate::domain::{Change, Kind, Subject, What};
use crate::runbook::action::{About, Deed, Undo};
use crate::runbook::actions::asked::{AROUND, SKIP, either};
use crate::runbook::guard::Guard;
use crate::runbook::model::{Confirm, RunSite};
use crate::runbook::plan::Part;
use crate::runbook::scene::Scene;
use crate::runbook::standing::{Certainty, Standing};

/// The record sets are as they were before they were pinned, and health decides again. Never so that users would leave the stage's site.
pub(in crate::runbook) struct Unpinned;

impl Deed for Unpinned {
    fn about(&self) -> About {
        About {
            makes_true: "The record sets are exactly as they were before they were pinned.",
            turns: ("every record set leads to one site", "each record set leads to its own site, and health decides"),
            proof: "Route 53 holds the sets that were put aside.",
            undo: Undo::By("dns.pin"),
            guards: &[Guard::Identity],
            site: RunSite::Target,
            confirm: Confirm::None,
            expect: Duration::from_secs(5),
            timeout: Duration::from_secs(600),
            may_fail: false,
            parameters: &[],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        super::pin::Pinned.parts(workload)
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        let Some(dns) = scene.dns() else { return Vec::new() };
        let mut subjects = vec![scene.workload.record_subject(dns)];
        for kind in [Kind::HealthCheck, Kind::Checkers] {
            subjects.extend([Site::Primary, Site::Standby].iter().filter_map(|site| scene.workload.health_check_subject(kind, dns, *site)));
        }
        subjects
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        either(stand(self, scene))
    }

    fn foreseen(&self, scene: &Scene<'_>) -> Vec<Change> {
        let kept = originals(scene).into_iter().map(|named| named.set).collect::<Vec<_>>();
        let dns = scene.dns().filter(|dns| dns.flip != Flip::Manual && !kept.is_empty());
        dns.map(|dns| batch(scene, dns, kept)).into_iter().collect()
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        (set_so(scene), "each record set leads to its own site, and health decides".to_owned())
    }
}

fn stand(deed: &Unpinned, scene: &Scene<'_>) -> Result<Standing, Standing> {
    let dns = scene.dns().ok_or_else(|| Standing::stuck(NO_RECORD))?;
    let site = scene.site();
    if dns.flip == Flip::Manual {
        return Ok(match scene.said() {
            Some(note) => Standing::Done { shows: format!("unpinned by hand: {note}"), certainty: Certainty::Told },
            None => Standing::Asks { whom: format!("{} is turned by hand: let health decide again where it leads", dns.record) },
        });
    }
    let found = record(scene, &scene.workload.record_subject(dns))?;
    let stuck = |why: String| Standing::Stuck { why, ways: vec![AROUND.to_owned(), SKIP.to_owned()] };
    let kept = originals(scene);
    let pair = Pair::of(scene.workload, dns, found, &kept).map_err(stuck)?;
    let wanted: Vec<RecordSet> = if kept.is_empty() {
        if pair.pinned().is_none() {
            return Ok(Standing::proven("no site is pinned"));
        }
        pair.natural().map_err(stuck)?
    } else {
        kept.into_iter().map(|named| named.set).collect()
    };
    let is_there = |set: &RecordSet| found.sets.iter().any(|now| is_same(now, set) && is_as(now, set));
    if wanted.iter().all(is_there) {
        return Ok(Standing::proven(format!("{} record sets are as they were", wanted.len())));
    }
    match would_lead(deed, scene, dns, &wanted) {
        Some(there) if there == site => {}
        // Where users are led first as long as it is well: its checkers have not found that it is yet.
        Some(there) if site == Site::Primary && wanted.iter().any(|set| set.failover.is_some()) => {
            return Ok(Standing::working(format!(
                "its health check has not found the {site} well yet: unpinned, users would go to the {there}"
            )));
        }
        Some(there) => {
            return Ok(Standing::Stuck {
                why: format!("unpinned, users would go to the {there}, away from the {site} where the run has led them"),
                ways: vec![format!("leave it pinned: skip the step with a reason, and unpin once the {there} is to be used again")],
            });
        }
        None => return Ok(Standing::Blind { why: "where users would go without the pin cannot be told: health is not known".to_owned() }),
    }
    Ok(asked(scene, batch(scene, dns, wanted), std::collections::BTreeMap::new()))
}

fn batch(scene: &Scene<'_>, dns: &Dns, wanted: Vec<RecordSet>) -> Change {
    let comment = format!("{}: as it was before it was pinned", scene.memory.run);
    Change::global(What::ChangeRecords { zone: dns.zone.clone(), comment, sets: named(dns, wanted) })
}

/// The site to which health, or weights, would lead users by these sets.
fn would_lead(deed: &Unpinned, scene: &Scene<'_>, dns: &Dns, sets: &[RecordSet]) -> Option<Site> {
    let record = Record { name: dns.record.clone(), sets: sets.to_vec() };
    if sets.iter().any(|set| set.failover.is_some()) {
        let snapshot = scene.fresh(&deed.subjects(scene));
        return should_lead(scene.look(&snapshot), dns, &record);
    }
    let pair = Pair::of(scene.workload, dns, &record, &[]).ok()?;
    [Site::Primary, Site::Standby].into_iter().find(|site| pair.weighs_to(*site))
}
