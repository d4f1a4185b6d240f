//! The one line that must be understood from across the room, where there is one.

use super::around::acted;
use super::assessment::{Component, Headline, Impairment, SiteView, Whereabouts};
use super::database::perhaps_promoted;
use super::look::Look;
use super::roles::Roles;
use super::told::bounded;
use crate::config::{DatabaseKind, Site, Sites};
use crate::domain::fact::{GlobalCluster, Instance, Machine, Service};
use crate::domain::{Kind, Verdict, human_duration};

pub(super) fn headline(
    look: Look<'_>,
    roles: &Roles,
    impairment: &Impairment,
    sites: &Sites<SiteView>,
    around: &[Component],
) -> Option<Headline> {
    let (verdict, text) = told(look, roles, impairment, sites, around)?;
    Some(Headline { verdict, text: bounded(text) })
}

/// What makes everything else doubtful first, then what is lost with every second.
fn told(
    look: Look<'_>,
    roles: &Roles,
    impairment: &Impairment,
    sites: &Sites<SiteView>,
    around: &[Component],
) -> Option<(Verdict, String)> {
    let critical = |id: &str| around.iter().any(|row| row.id == id && row.verdict == Verdict::Critical);
    if critical("identity") {
        return Some((Verdict::Critical, "WRONG ACCOUNT · THESE CREDENTIALS BELONG TO ANOTHER".to_owned()));
    }
    if critical("credentials") {
        return Some((Verdict::Critical, "CREDENTIALS EXPIRED OR MISSING · AWS CANNOT BE READ".to_owned()));
    }
    let has_database = look.workload.database.is_some();
    if has_database && roles.active == Whereabouts::Both {
        let stopped = [Site::Primary, Site::Standby].into_iter().find(|site| nothing_runs(look, *site));
        return Some(match stopped {
            // Both databases would take writes; but whoever would bring them to one of the two has been stopped.
            Some(site) => (Verdict::Degraded, format!("BOTH DATABASES TAKE WRITES · NOTHING RUNS AT {} ANY MORE", upper(site))),
            None => (Verdict::Critical, "SPLIT: BOTH SITES WRITE".to_owned()),
        });
    }
    let failing = impairment.since.is_some();
    if let (Some(one), Some(other)) = (sites.primary.silent_since, sites.standby.silent_since) {
        let both = human_duration(look.now.since(one.max(other)));
        return Some((Verdict::Unknown, format!("AWS'S API ANSWERS FOR NEITHER REGION FOR {both} · CLIENTS ARE SERVED AT BOTH")));
    }
    let (dark_primary, dark_standby) = (sites.primary.dark_since, sites.standby.dark_since);
    if let (Some(one), Some(other)) = (dark_primary, dark_standby) {
        let both = human_duration(look.now.since(one.max(other)));
        return Some((Verdict::Unknown, format!("NEITHER REGION ANSWERS FOR {both} · SUSPECT OUR OWN NETWORK")));
    }
    if has_database && let (Some(lands), Some(writes)) = (roles.landing.site(), roles.active.site()) {
        if lands != writes {
            return Some((Verdict::Critical, format!("USERS ON {} · {}{}", upper(lands), what_is_there(look, lands), already(look))));
        }
    } else if has_database && let (Some(lands), Some(source)) = (roles.landing.site(), roles.source) {
        // The writer cannot be seen any more: it is at any rate not where users are.
        if lands != source && takes_no_writes(look, lands) {
            return Some((Verdict::Critical, format!("USERS ON {} · {}{}", upper(lands), what_is_there(look, lands), already(look))));
        }
    }
    if impairment.impaired == Some(true)
        && let Some(site) = impairment.site
    {
        let since = impairment.since.map(|since| format!(" FOR {}", human_duration(look.now.since(since)))).unwrap_or_default();
        let because = if sites.get(site).dark_since.is_some() {
            format!(" · {} IS DARK", look.workload.region(site))
        } else if nothing_runs(look, site) {
            // Perhaps somebody has done that on purpose, such as a run that fences it.
            " · ITS TASKS ARE STOPPED".to_owned()
        } else {
            String::new()
        };
        return Some((Verdict::Critical, format!("{} IMPAIRED{since}{because}{}", upper(site), already(look))));
    }
    if has_database && matches!(roles.active, Whereabouts::Neither(_)) {
        return Some((Verdict::Critical, "NO SITE ACCEPTS WRITES".to_owned()));
    }
    for (site, view) in sites.iter() {
        if let Some(since) = view.silent_since {
            let told = human_duration(look.now.since(since));
            let who = if roles.landing.site() == Some(site) { "USERS ARE" } else { "CLIENTS ARE" };
            let text = format!("{}: ONLY AWS'S API DOES NOT ANSWER FOR {told} · {who} SERVED THERE", upper(site));
            return Some((Verdict::Unknown, text));
        }
        if let Some(since) = view.dark_since {
            let carries = roles.carries(site);
            let verdict = if carries { Verdict::Critical } else { Verdict::Degraded };
            let told = human_duration(look.now.since(since));
            let rest = if carries { "" } else { " · NOTHING TO FAIL OVER TO" };
            return Some((verdict, format!("{} DARK: {} DOES NOT ANSWER FOR {told}{rest}", upper(site), look.workload.region(site))));
        }
    }
    if impairment.impaired.is_none() && failing && impairment.evidence.iter().filter(|kind| kind.failures >= kind.needed).count() > 1 {
        return Some((Verdict::Unknown, "NEITHER SITE ANSWERS THIS MACHINE · SUSPECT OUR OWN NETWORK".to_owned()));
    }
    None
}

/// Why users cannot write where they are.
fn what_is_there(look: Look<'_>, site: Site) -> &'static str {
    let database = look.workload.database.as_ref().map(|database| look.workload.database_subject(database, site));
    let missing = database.is_some_and(|subject| look.see::<Instance>(&subject).is_missing());
    if missing { "NO DATABASE THERE" } else { "DATABASE READ-ONLY" }
}

/// What somebody or something else is already doing about it.
fn already(look: Look<'_>) -> &'static str {
    let workload = look.workload;
    let promoted = workload.database.as_ref().is_some_and(|database| {
        [Site::Primary, Site::Standby].into_iter().any(|site| {
            let instance = look.see::<Instance>(&workload.database_subject(database, site)).now().is_some_and(perhaps_promoted);
            let global = workload.global_cluster_subject(database, site);
            instance
                || global.is_some_and(|subject| look.see::<GlobalCluster>(&subject).now().is_some_and(|found| found.failover.is_some()))
        })
    });
    let runs =
        |automation| look.see::<Machine>(&workload.automation_subject(automation)).now().is_some_and(|machine| machine.running().is_some());
    if promoted {
        " · PROMOTION UNDER WAY?"
    } else if workload.automations.iter().any(runs) {
        " · AUTOMATION IS RUNNING"
    } else if workload.automations.iter().filter_map(|automation| acted(look, automation)).any(|(_, out_of_turn)| out_of_turn) {
        " · AUTOMATION HAS ACTED"
    } else {
        ""
    }
}

/// Every service of a site is seen to be stopped, now.
pub(super) fn nothing_runs(look: Look<'_>, site: Site) -> bool {
    let stopped = |service: &crate::config::Service| {
        let seen = look.see::<Service>(&look.workload.service_subject(Kind::Service, service, site));
        seen.now().is_some_and(|found| found.desired == 0 && found.running == 0 && found.pending == 0)
    };
    !look.workload.services.is_empty() && look.workload.services.iter().all(stopped)
}

/// Seen now, and no writer.
fn takes_no_writes(look: Look<'_>, site: Site) -> bool {
    let Some(database) = &look.workload.database else { return false };
    match database.kind {
        DatabaseKind::RdsReplica => look
            .see::<Instance>(&look.workload.database_subject(database, site))
            .now()
            .is_some_and(|found| !super::writes::writes_by_word(found)),
        DatabaseKind::AuroraGlobal => look.workload.global_cluster_subject(database, site).is_some_and(|subject| {
            look.see::<GlobalCluster>(&subject).now().is_some_and(|found| super::writes::writer(look, database, found) != Some(site))
        }),
    }
}

fn upper(site: Site) -> &'static str {
    match site {
        Site::Primary => "PRIMARY",
        Site::Standby => "STANDBY",
    }
}
