use std::time::Duration;

use super::NO_RECORD;
use crate::assess::Whereabouts;
use crate::assess::rules::{Vote, bounded, listed, own_addresses, resolutions, votes};
use crate::config::{Site, Workload};
use crate::domain::fact::Resolution;
use crate::domain::{Receipt, Subject, What};
use crate::runbook::action::{About, Deed, Undo};
use crate::runbook::model::{Confirm, RunSite};
use crate::runbook::plan::Part;
use crate::runbook::scene::{Fresh, Scene};
use crate::runbook::standing::Standing;

/// What resolvers and name servers really give, freshly.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::runbook) enum Landing {
    /// All who can be heard say the same, and enough of them can.
    At(Site, String),
    /// Not all of them, or not this; with the share that gives the stage's site.
    Otherwise(String, f64),
    Looking,
    Blind(String),
}

/// Everybody who is asked where users land.
pub(in crate::runbook) fn watched(scene: &Scene<'_>) -> Vec<Subject> {
    scene.dns().map(resolutions).unwrap_or_default()
}

/// Where users land by what is answered, not by what Route 53 says of itself.
pub(in crate::runbook) fn landing(scene: &Scene<'_>) -> Landing {
    let Some(dns) = scene.dns() else { return Landing::Blind(NO_RECORD.to_owned()) };
    let snapshot = scene.fresh(&watched(scene));
    let look = scene.look(&snapshot);
    let site = scene.site();
    if own_addresses(look, dns, site).is_empty() {
        let known = dns.sites.get(site).load_balancer.is_some();
        let nobody = snapshot.iter().all(|seen| seen.failing.is_none());
        return match (known, nobody) {
            (false, _) => {
                Landing::Blind(format!("the {site}'s load balancer is not configured: which addresses are its own cannot be known"))
            }
            (true, true) => Landing::Looking,
            (true, false) => Landing::Blind(format!("no resolver gives the addresses of the {site}'s load balancer")),
        };
    }
    let votes = votes(look, dns);
    let said = |vote: &&Vote| !matches!(vote.says, Whereabouts::Unknown(_));
    let heard: Vec<&Vote> = votes.iter().filter(said).collect();
    let awaited = votes.iter().any(|vote| matches!(scene.see::<Resolution>(&vote.subject), Fresh::NotYet));
    // One voice is not enough, where there are more.
    if heard.len() < votes.len().min(2) || awaited {
        return if awaited {
            Landing::Looking
        } else {
            Landing::Blind(format!("{} of {} resolvers can be heard", heard.len(), votes.len()))
        };
    }
    let at = |site: Site| heard.iter().filter(|vote| vote.says.site() == Some(site)).count();
    let told = |site: Site| format!("{} of {} resolvers and name servers give the {site}'s addresses", at(site), votes.len());
    if let Some(site) = [Site::Primary, Site::Standby].into_iter().find(|site| at(*site) == heard.len()) {
        return Landing::At(site, told(site));
    }
    let others: Vec<String> = heard
        .iter()
        .filter(|vote| vote.says.site() != Some(site))
        .map(|vote| format!("{} gives {}", vote.resolver, word(&vote.says)))
        .collect();
    Landing::Otherwise(format!("{}: {}", told(site), listed(&others)), share(at(site), heard.len()))
}

fn word(says: &Whereabouts) -> String {
    match says {
        Whereabouts::Primary => "the primary".to_owned(),
        Whereabouts::Standby => "the standby".to_owned(),
        Whereabouts::Both => "both sites".to_owned(),
        Whereabouts::Neither(why) | Whereabouts::Unknown(why) => why.clone(),
    }
}

fn share(part: usize, whole: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a handful of resolvers")]
    let share = part as f64 / whole.max(1) as f64;
    share
}

/// What users are given: not what Route 53 holds, nor what it calls in sync.
pub(in crate::runbook) struct Arrived;

impl Deed for Arrived {
    fn about(&self) -> About {
        About {
            makes_true: "Name servers and resolvers give the site's addresses.",
            turns: ("what resolvers and name servers give now", "all of them give the site's addresses"),
            proof: "Each that answers gives an address that the site's own load balancer has.",
            undo: Undo::Nothing,
            guards: &[],
            site: RunSite::Target,
            confirm: Confirm::None,
            expect: Duration::from_secs(100),
            timeout: Duration::from_secs(900),
            may_fail: false,
            parameters: &[],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        match &workload.dns {
            None => Err(NO_RECORD.to_owned()),
            Some(dns) if dns.resolvers.is_empty() => Err("no resolver is configured: what users are given cannot be seen".to_owned()),
            Some(_) => Ok(vec![Part::Whole]),
        }
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        watched(scene)
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        let site = scene.site();
        let route53 = route53(scene).map(|status| format!("; Route 53 says {status}")).unwrap_or_default();
        match landing(scene) {
            Landing::At(there, told) if there == site => Standing::proven(told),
            Landing::At(there, told) => {
                Standing::Working { says: bounded(format!("users still land on the {there}: {told}{route53}")), share: Some(0.0) }
            }
            Landing::Otherwise(told, share) => Standing::Working { says: bounded(format!("{told}{route53}")), share: Some(share) },
            Landing::Looking => Standing::Looking { what: "what resolvers give".to_owned() },
            Landing::Blind(why) => Standing::Blind { why: bounded(format!("{why}{route53}")) },
        }
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        let now = match landing(scene) {
            Landing::At(_, told) | Landing::Otherwise(told, _) => told,
            Landing::Looking => "unknown".to_owned(),
            Landing::Blind(why) => why,
        };
        (now, format!("all of them give the {}'s addresses", scene.site()))
    }
}

/// What Route 53 said of the run's last batch; shown as that, and proof of nothing.
fn route53<'a>(scene: &Scene<'a>) -> Option<&'a str> {
    let batch = |what: &What| matches!(what, What::ChangeRecords { .. } | What::InvertHealthCheck { .. });
    let last = scene.memory.past.iter().rev().find(|past| batch(&past.change.what))?;
    match &last.answer {
        Some((_, Receipt::Accepted { told })) => {
            told.get("status").map(String::as_str).filter(|status| matches!(*status, "PENDING" | "INSYNC"))
        }
        _ => None,
    }
}
