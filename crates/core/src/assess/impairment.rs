//! Whether the active site is impaired. One kind of source may be wrong, and so may our own network; two kinds failing in a row while the
//! other site answers this machine are neither.

use std::time::Duration;

use super::assessment::{Evidence, Impairment};
use super::clients::met;
use super::look::Look;
use super::roles::Roles;
use super::told::{bounded, why_not_known};
use crate::config::{Site, Workload};
use crate::domain::{Kind, Observation, Streak, Subject, Timestamp};

/// “In the same window”: an answer of the other site's older than this says nothing of our network now.
const WINDOW: Duration = Duration::from_secs(60);
/// Kinds of source that must agree.
const KINDS: usize = 2;
/// The kind that needs nobody's word.
const CLIENT: &str = "client";

/// What one kind of source says.
struct Kinds {
    source: &'static str,
    streak: Option<Streak>,
    /// It speaks, one way or the other.
    heard: bool,
    /// It fails by nobody's answering for it: what AWS's API of the region says of anything fails with that API.
    mute: bool,
    why: String,
}

pub(crate) fn impairment(look: Look<'_>, roles: &Roles) -> Impairment {
    let Some(site) = roles.source else {
        return Impairment {
            site: None,
            impaired: None,
            why: "no site could be seen to be active yet".to_owned(),
            evidence: Vec::new(),
            since: None,
        };
    };
    let needed = look.workload.unhealthy_after.max(1);
    let kinds = kinds(look, roles, site, |_| true);
    let fails = |kind: &Kinds| kind.streak.is_some_and(|streak| streak.times >= needed);
    let failing: Vec<&Kinds> = kinds.iter().filter(|kind| fails(kind)).collect();
    let begun = kinds.iter().filter(|kind| kind.streak.is_some() && !fails(kind)).count();
    let deaf = kinds.iter().filter(|kind| !kind.heard).count();
    let since = failing.iter().filter_map(|kind| kind.streak).map(|streak| streak.since).min();
    let names = failing.iter().map(|kind| kind.source).collect::<Vec<_>>().join(", ");
    // The API can be gone and the site be well: two kinds that only AWS can speak of are not two as long as clients are served.
    let api_alone = failing.iter().all(|kind| kind.mute);
    // So it is until a client has been looked at: whoever began to look a moment ago knows only that nobody answers.
    let client = kinds.iter().find(|kind| kind.source == CLIENT && kind.streak.is_none());
    let (impaired, why) = match (since, client) {
        (Some(_), Some(client)) if failing.len() >= KINDS && api_alone => {
            let told = if client.heard { "clients are served there" } else { "no client has been looked at yet" };
            (None, format!("AWS does not answer for the {site} ({names}), and {told}: that may be its API alone"))
        }
        (Some(since), _) if failing.len() >= KINDS => match other_answered(look, site.other(), since) {
            true => (Some(true), format!("the {site} fails by {names}; the {} answers this machine", site.other())),
            false => (None, format!("the {site} fails by {names}; the {} does not answer either: suspect our own network", site.other())),
        },
        // Those that cannot be heard, or have begun to fail, could make it two.
        _ if failing.len() + begun + deaf >= KINDS => (None, cannot_be_told(&kinds, needed)),
        (Some(_), _) => (Some(false), format!("only {names} fails; two kinds of source must")),
        (None, _) => (Some(false), none_fails(&kinds, needed)),
    };
    let evidence = kinds
        .iter()
        .map(|kind| Evidence {
            source: kind.source,
            failures: kind.streak.map_or(0, |streak| streak.times),
            needed,
            says: bounded(&kind.why),
        })
        .collect();
    Impairment { site: Some(site), impaired, why: bounded(why), evidence, since }
}

/// What fails of the active site since before a moment, by the first kind of source that says so.
pub(crate) fn failing_before(look: Look<'_>, roles: &Roles, moment: Timestamp) -> Option<String> {
    let earlier = |subject: &Subject| look.get(subject).and_then(|seen| seen.ails_at(look.now)).is_some_and(|streak| streak.since < moment);
    let kinds = kinds(look, roles, roles.source?, earlier);
    let failing = kinds.into_iter().find(|kind| kind.streak.is_some())?;
    Some(format!("{}: {}", failing.source, failing.why))
}

/// A failure that is not counted as one yet is not kept from whoever reads this.
fn none_fails(kinds: &[Kinds], needed: u32) -> String {
    match so_far(kinds, needed) {
        none if none.is_empty() => "no kind of source fails".to_owned(),
        begun => format!("no kind of source fails often enough: {begun}"),
    }
}

fn cannot_be_told(kinds: &[Kinds], needed: u32) -> String {
    let silent = kinds.iter().filter(|kind| !kind.heard).map(|kind| kind.source).collect::<Vec<_>>().join(", ");
    match (silent.is_empty(), so_far(kinds, needed)) {
        (false, none) if none.is_empty() => format!("cannot be told: nothing is known by {silent}"),
        (false, begun) => format!("cannot be told: nothing is known by {silent}; {begun}"),
        (true, begun) => format!("cannot be told yet: {begun}"),
    }
}

/// How often in a row each of them has failed that does.
fn so_far(kinds: &[Kinds], needed: u32) -> String {
    let begun = kinds.iter().filter_map(|kind| kind.streak.map(|streak| format!("{} {}/{needed}", kind.source, streak.times)));
    begun.collect::<Vec<_>>().join(", ")
}

/// What each kind of source says of a site, by those of its subjects that are asked about.
fn kinds(look: Look<'_>, roles: &Roles, site: Site, asked: impl Fn(&Subject) -> bool) -> Vec<Kinds> {
    let record = look.workload.record_sight();
    // Where users have left for the other site, what they see says nothing of this one; nor that they are served, where nobody can tell by whom.
    let of_this = match roles.landing.site() {
        Some(landing) => landing == site,
        None => look.get(&record).is_some_and(|seen| seen.ails_at(look.now).is_some()),
    };
    sources(look.workload, site)
        .into_iter()
        .map(|(source, subjects)| kind(look, source, subjects.into_iter().filter(|it| (of_this || *it != record) && asked(it))))
        .collect()
}

/// The kinds of source that can speak of a site, and what each of them looks at.
pub(crate) fn sources(workload: &Workload, site: Site) -> Vec<(&'static str, Vec<Subject>)> {
    let mut sources = Vec::new();
    if let Some(dns) = &workload.dns {
        sources.push((CLIENT, vec![workload.site_sight(site), workload.record_sight()]));
        if let Some(subject) = workload.health_check_subject(Kind::Checkers, dns, site) {
            sources.push(("checkers", vec![subject]));
        }
    }
    let targets: Vec<Subject> =
        workload.services.iter().filter_map(|service| workload.target_subject(Kind::Targets, service, site)).collect();
    if !targets.is_empty() {
        sources.push(("targets", targets));
    }
    if let Some(database) = &workload.database {
        sources.push(("database", vec![workload.database_subject(database, site)]));
    }
    sources
}

/// Since when anything of a site fails, be it too seldom yet to count: an estimate need not wait until it does.
pub(super) fn first_sign(look: Look<'_>, site: Site) -> Option<Timestamp> {
    let subjects = sources(look.workload, site).into_iter().flat_map(|(_, subjects)| subjects);
    subjects.filter_map(|subject| look.get(&subject)?.ails_at(look.now)).map(|streak| streak.since).min()
}

/// The worst of one kind's subjects.
fn kind(look: Look<'_>, source: &'static str, subjects: impl IntoIterator<Item = Subject>) -> Kinds {
    let mut it = Kinds { source, streak: None, heard: false, mute: false, why: "nothing wrong".to_owned() };
    let mut silence = None;
    for subject in subjects {
        let seen = look.get(&subject);
        let streak = seen.and_then(|seen| seen.ails_at(look.now));
        it.heard |= streak.is_some() || seen.is_some_and(|seen| speaks(look, seen));
        match streak {
            Some(streak) if it.streak.is_none_or(|worst| streak.times > worst.times) => {
                it.why = format!("{} in a row: {}", streak.times, says(seen, &subject, look.now));
                it.streak = Some(streak);
                it.mute = matches!(source, "targets" | "database") && seen.is_some_and(unanswered);
            }
            None if !seen.is_some_and(|seen| speaks(look, seen)) => silence = Some(why_not_known(seen, &subject, look.now)),
            _ => {}
        }
    }
    if !it.heard {
        it.why = format!("unknown: {}", silence.unwrap_or_else(|| "not asked yet".to_owned()));
    }
    it
}

/// Nobody has said that it fails: looking does.
fn unanswered(seen: &Observation) -> bool {
    seen.failing.as_ref().is_some_and(|failing| failing.trouble.cause.is_theirs())
}

fn speaks(look: Look<'_>, seen: &Observation) -> bool {
    !seen.is_stale(look.now) && seen.known.is_some() && seen.ailing.is_none()
}

fn says(seen: Option<&Observation>, subject: &Subject, now: Timestamp) -> String {
    use crate::domain::fact::Fact;
    let Some(seen) = seen else { return "not asked yet".to_owned() };
    if seen.failing.as_ref().is_some_and(|failing| failing.trouble.cause.is_theirs() && seen.subject.kind != Kind::Checkers) {
        return why_not_known(Some(seen), subject, now);
    }
    match seen.fact() {
        Some(Fact::Sight(sight)) => met(sight),
        Some(Fact::Checkers(checkers)) => format!("{}/{} checkers up", checkers.up(), checkers.reports.len()),
        Some(Fact::Targets(targets)) => format!("{}/{} targets healthy", targets.healthy(), targets.registered()),
        Some(Fact::Instance(instance)) => format!("status {}", super::told::clipped(&instance.status, 40)),
        Some(Fact::Cluster(cluster)) => format!("status {}", super::told::clipped(&cluster.status, 40)),
        _ => "it fails".to_owned(),
    }
}

/// Whether the other site has answered this machine since the failures began, and lately.
fn other_answered(look: Look<'_>, other: Site, since: Timestamp) -> bool {
    let sight = look.get(&look.workload.site_sight(other)).filter(|seen| {
        let ok = |fact: &crate::domain::fact::Fact| matches!(fact, crate::domain::fact::Fact::Sight(sight) if sight.is_ok());
        seen.fact().is_some_and(ok)
    });
    look.estate(other)
        .into_iter()
        .chain(sight)
        .filter_map(|seen| seen.known.as_ref())
        .any(|known| known.begun > since && look.now.since(known.begun) <= WINDOW)
}
