use std::collections::BTreeMap;
use std::time::Duration;

use super::write::writable;
use super::{judge, told, whose};
use crate::assess::Whereabouts;
use crate::assess::rules::{bounded, listed, own_addresses, votes};
use crate::config::Workload;
use crate::domain::change::Way;
use crate::domain::fact::{Resolution, Sight};
use crate::domain::{Change, Receipt, Subject, Timestamp, What};
use crate::runbook::action::{About, Deed, Undo};
use crate::runbook::actions::dns;
use crate::runbook::model::{Confirm, RunSite};
use crate::runbook::plan::Part;
use crate::runbook::scene::{Fresh, Scene};
use crate::runbook::standing::Standing;

/// So many successes in a row, each so long after the one before, at so many resolvers at least.
const TIMES: usize = 3;
const APART: Duration = Duration::from_secs(5);
const RESOLVERS: usize = 2;

/// Users are served by the site: the proof that stops the clock. The rounds are counted in what the run has written down, so that a crash
/// between two of them loses none.
pub(in crate::runbook) struct Seen;

impl Deed for Seen {
    fn about(&self) -> About {
        About {
            makes_true: "Users are served by the site.",
            turns: ("not proven", "every resolver leads to the site, and writes succeed there"),
            proof: "Three times in a row, five seconds apart, at every resolver that answers: the address is the site's, it is well, and a write \
                    succeeds there; and no name server of the record leads elsewhere.",
            undo: Undo::Nothing,
            guards: &[],
            site: RunSite::Target,
            confirm: Confirm::None,
            expect: Duration::from_secs(15),
            timeout: Duration::from_secs(900),
            may_fail: false,
            parameters: &[],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        if writable(workload)?.resolvers.len() < RESOLVERS {
            return Err(format!("fewer than {RESOLVERS} resolvers are configured: what users see cannot be proven"));
        }
        Ok(vec![Part::Whole])
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        let mut subjects = dns::watched(scene);
        subjects.push(scene.workload.record_sight());
        subjects
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        crate::runbook::actions::asked::either(stand(scene))
    }

    fn foreseen(&self, scene: &Scene<'_>) -> Vec<Change> {
        let resolvers = scene.dns().map(|dns| dns.resolvers.as_slice()).unwrap_or_default();
        resolvers.iter().map(|resolver| write(scene, &resolver.to_string())).collect()
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        ("not proven".to_owned(), format!("every resolver leads to the {}, and writes succeed there", scene.site()))
    }
}

fn stand(scene: &Scene<'_>) -> Result<Standing, Standing> {
    let site = scene.site();
    let resolvers = landed(scene)?;
    let snapshot = scene.fresh(&dns::watched(scene));
    let own: Vec<String> = match scene.dns() {
        Some(dns) => own_addresses(scene.look(&snapshot), dns, site).into_iter().map(ToOwned::to_owned).collect(),
        None => Vec::new(),
    };
    let rounds: BTreeMap<&str, Rounds> = resolvers.iter().map(|resolver| (resolver.as_str(), rounds(scene, resolver, &own))).collect();
    if rounds.values().any(|rounds| rounds.waiting) {
        return Ok(Standing::working("writes are under way at every resolver"));
    }
    let least = rounds.values().map(|rounds| rounds.good).min().unwrap_or(0);
    if least >= TIMES {
        let since = rounds.values().filter_map(|rounds| rounds.first).max().unwrap_or(scene.since);
        return well(scene, since).map(|health| {
            Standing::proven(bounded(format!(
                "{least} times in a row at {} resolvers: the {site}'s address, {health}, written",
                rounds.len()
            )))
        });
    }
    let due = rounds.values().all(|rounds| rounds.last.is_none_or(|last| scene.now.since(last) >= APART));
    if due {
        return Ok(Standing::needs(resolvers.iter().map(|resolver| write(scene, resolver))));
    }
    let wrong: Vec<String> =
        rounds.iter().filter_map(|(resolver, rounds)| Some(format!("by {resolver}: {}", rounds.wrong.as_ref()?))).collect();
    let says = if wrong.is_empty() { format!("{least} of {TIMES} rounds") } else { listed_long(&wrong) };
    #[expect(clippy::cast_precision_loss, reason = "a handful of rounds")]
    let share = least as f64 / TIMES as f64;
    Ok(Standing::Working { says, share: Some(share) })
}

fn write(scene: &Scene<'_>, resolver: &str) -> Change {
    let way = Way::Record { resolver: resolver.to_owned() };
    Change::global(What::WriteThrough { workload: scene.workload.name.clone(), way })
}

fn listed_long(all: &[String]) -> String {
    bounded(all.join(" · "))
}

/// The configured resolvers that answer, once every one of them gives the site's addresses: nothing is written by the way of users who are
/// still elsewhere. Nor while the record's own name servers lead to the other site: what resolvers have kept is so for a minute more.
fn landed(scene: &Scene<'_>) -> Result<Vec<String>, Standing> {
    let dns = scene.dns().ok_or_else(|| Standing::stuck(super::NO_RECORD))?;
    let site = scene.site();
    let snapshot = scene.fresh(&dns::watched(scene));
    let look = scene.look(&snapshot);
    let configured: Vec<String> = dns.resolvers.iter().map(ToString::to_string).collect();
    let votes = votes(look, dns);
    let ours: Vec<_> = votes.iter().filter(|vote| configured.contains(&vote.resolver)).collect();
    if votes.iter().any(|vote| matches!(scene.see::<Resolution>(&vote.subject), Fresh::NotYet)) {
        return Err(Standing::Looking { what: "what every resolver gives".to_owned() });
    }
    if own_addresses(look, dns, site).is_empty() {
        return Err(Standing::Blind { why: format!("no resolver gives the addresses of the {site}'s load balancer") });
    }
    let heard: Vec<_> = ours.iter().filter(|vote| !matches!(vote.says, Whereabouts::Unknown(_))).collect();
    if heard.len() < RESOLVERS {
        return Err(Standing::Blind { why: format!("{} of {} resolvers answer; {RESOLVERS} must", heard.len(), ours.len()) });
    }
    let elsewhere: Vec<&str> = heard.iter().filter(|vote| vote.says.site() != Some(site)).map(|vote| vote.resolver.as_str()).collect();
    if !elsewhere.is_empty() {
        return Err(Standing::working(format!("these do not lead to the {site} alone: {}", listed(&elsewhere))));
    }
    let back: Vec<&str> = votes.iter().filter(|vote| vote.says.site() == Some(site.other())).map(|vote| vote.resolver.as_str()).collect();
    if !back.is_empty() {
        return Err(Standing::working(format!("whoever asks anew is led to the {}: {}", site.other(), listed(&back))));
    }
    Ok(heard.iter().map(|vote| vote.resolver.clone()).collect())
}

/// What came of the writes by one resolver.
#[derive(Debug, Default)]
struct Rounds {
    /// Successes in a row up to now, far enough apart.
    good: usize,
    /// When the first of those was asked for.
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    waiting: bool,
    /// Why the newest was none.
    wrong: Option<String>,
}

fn rounds(scene: &Scene<'_>, resolver: &str, own: &[String]) -> Rounds {
    let mut rounds = Rounds::default();
    let mut later: Option<Timestamp> = None;
    let by = |what: &What| matches!(what, What::WriteThrough { way: Way::Record { resolver: at }, .. } if at == resolver);
    for past in scene.past().rev().filter(|past| by(&past.change.what)) {
        rounds.last = rounds.last.max(Some(past.asked_at));
        let Some((_, receipt)) = &past.answer else {
            rounds.waiting = true;
            continue;
        };
        let proof = match receipt {
            Receipt::Accepted { told } => match told.get("address") {
                Some(address) if own.contains(address) => judge(scene.workload, scene.site(), told).map(|_| ()),
                Some(address) => {
                    Err(format!("it went to {}, which is not the {}'s", crate::assess::rules::clipped(address, 60), scene.site()))
                }
                None => Err("it is not known where it went".to_owned()),
            },
            Receipt::Refused { text, .. } | Receipt::Unknown { text } => Err(crate::assess::rules::clipped(text, 120).into_owned()),
        };
        match proof {
            Err(why) => {
                if rounds.good == 0 {
                    rounds.wrong = Some(why);
                }
                break;
            }
            Ok(()) if later.is_none_or(|later| later.since(past.asked_at) >= APART) => {
                rounds.good += 1;
                rounds.first = Some(past.asked_at);
                later = Some(past.asked_at);
            }
            Ok(()) => {}
        }
    }
    rounds
}

/// What a client gets that goes where the record leads: by a look that began among those rounds, for they change nothing of it.
fn well(scene: &Scene<'_>, since: Timestamp) -> Result<String, Standing> {
    let subject = scene.workload.record_sight();
    let sight = scene.see_since::<Sight>(&subject, since).or_wait(&subject)?;
    if !sight.is_ok() {
        return Err(Standing::working(format!("where the record leads: {}", told(sight))));
    }
    match whose::stranger(scene.workload, scene.site(), &sight.body) {
        Ok(()) => Ok(told(sight)),
        Err(why) => Err(Standing::working(why)),
    }
}
