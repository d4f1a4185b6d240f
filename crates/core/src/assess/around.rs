//! What belongs to neither site: who we are, what else may act, and where the records are kept.

use std::time::Duration;

use super::alarms::alarms;
use super::assessment::Component;
use super::compact::{functions, table};
use super::look::Look;
use super::metric::{Measured, steady};
use super::row::Row;
use super::told::clipped;
use crate::config::{Actor, Automation, Place, Site, Sites};
use crate::domain::fact::{Credentials, Function, Identity, Machine, Rule, Series, Zone};
use crate::domain::{Cause, Kind, Measure, Observation, Seen, Subject, Timestamp, Verdict, human_duration};

/// From then on somebody should renew them: a failover takes about as long.
pub(super) const EXPIRES_SOON: Duration = Duration::from_secs(1800);

pub(super) fn around(look: Look<'_>, estates: &Sites<Vec<&Observation>>) -> Vec<Component> {
    let workload = look.workload;
    let mut rows = vec![identity(look), credentials(look, estates)];
    rows.extend([Site::Primary, Site::Standby].into_iter().filter_map(|site| configuration(look, site)));
    rows.extend(workload.automations.iter().map(|automation| self::automation(look, automation)));
    if let Some(control) = workload.control.as_ref().filter(|control| workload.site_in(control).is_none()) {
        rows.push(control_region(look, control));
        rows.extend(alarms(look, Place::Control));
        rows.extend(functions(look, Place::Control, control));
    }
    rows.extend(workload.tables.iter().map(|named| table(look, named)));
    if let Some(dns) = &workload.dns {
        rows.push(zone(look, &dns.zone));
    }
    rows
}

fn identity(look: Look<'_>) -> Component {
    let mut row = Row::new(look, "identity".to_owned(), None, "account");
    let seen = row.watch::<Identity>(look.identity());
    if let Some(found) = seen.last() {
        row.figure(clipped(&found.account, 20));
    }
    match seen {
        Seen::Now(found, _) if found.account != look.workload.account => row.says(
            Verdict::Critical,
            format!("these credentials belong to account {}, the workload to {}", clipped(&found.account, 20), look.workload.account),
        ),
        Seen::Missing(_) => row.doubt("nobody says whose credentials these are".to_owned()),
        _ => {}
    }
    row.done()
}

fn credentials(look: Look<'_>, estates: &Sites<Vec<&Observation>>) -> Component {
    let mut row = Row::new(look, "credentials".to_owned(), None, "creds");
    let subject = Subject::credentials();
    let refused = look
        .get(&subject)
        .and_then(|seen| seen.failing.as_ref())
        .filter(|failing| failing.trouble.cause == Cause::Credentials)
        .map(|failing| clipped(&failing.trouble.text, 160).into_owned());
    let seen = row.watch::<Credentials>(subject);
    if let Some(found) = seen.last() {
        row.figure(clipped(&found.provider, 40));
        match found.expires_at {
            // An end that has passed stays passed, however long nobody looked.
            Some(end) if end <= look.now => {
                let age = human_duration(look.now.since(end));
                row.figure("expired");
                row.says(Verdict::Critical, format!("credentials expired {age} ago"));
            }
            Some(end) => {
                let left = end.since(look.now);
                row.figure(format_args!("expire in {}", human_duration(left)));
                row.number(left.as_secs_f64(), "s");
                if left <= EXPIRES_SOON {
                    row.says(Verdict::Degraded, format!("credentials expire in {}: renew them", human_duration(left)));
                }
            }
            None => row.figure("do not expire"),
        }
    }
    if let Seen::Missing(_) = seen {
        row.figure("none");
        row.says(Verdict::Critical, "there are no credentials");
    }
    if let Some(why) = refused.or_else(|| refused_by_aws(look, estates)) {
        row.figure("refused");
        row.says(Verdict::Critical, why);
    }
    row.done()
}

/// A file that names a database which nobody uses any more misleads whoever looks next, from another machine or without a screen. And who is
/// connected to that database, be it a function that was given its name long ago, writes where nobody reads.
fn configuration(look: Look<'_>, site: Site) -> Option<Component> {
    let database = look.workload.database.as_ref()?;
    let aside = clipped(database.replaced.get(site).as_ref()?, 64);
    let mut row = Row::new(look, format!("configuration/{site}"), Some(site.into()), "drlab.toml");
    row.figure(format_args!("old {site}"));
    let connections = Subject::metric(look.workload.region(site), &aside, Measure::Connections.metric());
    row.series(connections.clone());
    if let Measured::Now(point) = steady(look, &connections)
        && point.value > 0.0
    {
        let count = point.value;
        row.says(Verdict::Critical, format!("{count:.0} connections to {aside}, which was put aside: what is written there nobody reads"));
    }
    let now = clipped(database.sites.get(site), 64);
    row.says(Verdict::Degraded, format!("write [workload.database] {site} = \"{now}\", which a run has put in the place of {aside}"));
    Some(row.done())
}

/// What AWS says of our credentials, where it has refused them since it last accepted them. Whoever issued them may know nothing of it.
fn refused_by_aws(look: Look<'_>, estates: &Sites<Vec<&Observation>>) -> Option<String> {
    let estate = || [&estates.primary, &estates.standby].into_iter().flatten();
    let accepted = estate().filter_map(|seen| seen.known.as_ref()).map(|known| known.begun).max();
    let refusals = estate().filter_map(|seen| seen.failing.as_ref()).filter(|failing| failing.trouble.cause == Cause::Credentials);
    let newest = refusals.clone().max_by_key(|failing| failing.last).filter(|failing| Some(failing.last) > accepted)?;
    let since = refusals.map(|failing| failing.since).min().unwrap_or(newest.since);
    Some(format!("AWS refuses them for {}: {}", human_duration(look.now.since(since)), clipped(&newest.trouble.text, 120)))
}

fn automation(look: Look<'_>, automation: &Automation) -> Component {
    let name = automation.what.name();
    let short = name.rsplit(':').next().unwrap_or(name);
    let subject = look.workload.automation_subject(automation);
    let place = look.workload.place_of(&automation.region);
    let (kind, label) = match automation.what {
        Actor::Rule(_) => ("rule", "rule"),
        Actor::Function(_) => ("function", "function"),
        Actor::StateMachine(_) => ("machine", "machine"),
    };
    let mut row = Row::new(look, format!("automation/{kind}/{short}"), place, label);
    match automation.what {
        Actor::Rule(_) => {
            let seen = row.watch::<Rule>(subject);
            if let Some(rule) = seen.last() {
                row.figure(if rule.enabled { "enabled" } else { "disabled" });
                row.figure(clipped(short, 64));
                if let Some(schedule) = &rule.schedule {
                    row.figure(clipped(schedule, 40));
                }
            }
            if let Seen::Now(rule, _) = seen
                && rule.enabled
            {
                row.says(Verdict::Healthy, "it may act on its own");
            }
        }
        Actor::Function(_) => {
            let seen = row.watch::<Function>(subject);
            if let Some(found) = seen.last() {
                row.figure(if found.reserved_concurrency == Some(0) { "held" } else { "may act" });
                row.figure(clipped(short, 64));
            }
            if let Some((last, out_of_turn)) = acted(look, automation) {
                let ago = human_duration(look.now.since(last));
                row.figure(format_args!("ran {ago} ago"));
                if out_of_turn {
                    row.says(Verdict::Degraded, format!("it ran {ago} ago, as it had not for the hour before: it acts on its own"));
                }
            }
            row.series(invocations(look, automation));
        }
        Actor::StateMachine(_) => {
            let seen = row.watch::<Machine>(subject);
            if let Some(machine) = seen.last() {
                row.figure(if machine.running().is_some() { "running" } else { "idle" });
                row.figure(clipped(short, 64));
            }
            if let Seen::Now(machine, _) = seen
                && let Some(execution) = machine.running()
            {
                row.says(Verdict::Degraded, format!("execution {} is running: it acts on its own", clipped(&execution.name, 60)));
            }
        }
    }
    if row.is_missing(look) {
        // What does not exist cannot act; whoever relies on it should know.
        row.missing(&clipped(name, 80), Verdict::Degraded);
    }
    row.done()
}

/// So long ago it is still of this night.
const LATELY: Duration = Duration::from_secs(900);

fn invocations(look: Look<'_>, automation: &Automation) -> Subject {
    Subject::metric(&look.workload.automation_subject(automation).region, automation.what.name(), Measure::Invocations.metric())
}

/// When a function ran of late, and whether that was out of its turn: a watchman runs every few minutes, whoever acts does so when something
/// has happened.
pub(super) fn acted(look: Look<'_>, automation: &Automation) -> Option<(Timestamp, bool)> {
    if !matches!(automation.what, Actor::Function(_)) {
        return None;
    }
    let series = look.see::<Series>(&invocations(look, automation)).last()?;
    let mut ran = series.points.iter().filter(|point| point.value > 0.0).map(|point| point.at).rev();
    let last = ran.next().filter(|at| look.now.since(*at) <= LATELY)?;
    let before = ran.any(|at| look.now.since(at) > LATELY);
    Some((last, !before && !by_the_clock(look, automation.what.name())))
}

/// Whether a rule of the workload's starts it every so often.
fn by_the_clock(look: Look<'_>, function: &str) -> bool {
    let name = function.rsplit(':').next();
    look.workload.automations.iter().filter(|other| matches!(other.what, Actor::Rule(_))).any(|other| {
        let seen = look.see::<Rule>(&look.workload.automation_subject(other));
        seen.last().is_some_and(|rule| rule.schedule.is_some() && rule.targets.iter().any(|target| target.rsplit(':').next() == name))
    })
}

fn control_region(look: Look<'_>, region: &crate::domain::Region) -> Component {
    let mut row = Row::new(look, "control".to_owned(), Some(Place::Control), "control");
    let in_region =
        look.workload.tables.iter().filter(|table| table.region == *region).map(|table| Subject::new(Kind::Table, region, &table.name));
    let acting = look.workload.automations.iter().filter(|one| one.region == *region).map(|one| look.workload.automation_subject(one));
    let asked: Vec<Subject> = acting.chain(in_region).chain([Subject::new(Kind::Identity, region, "caller")]).collect();
    let newest = asked.iter().filter_map(|subject| look.get(subject)).max_by_key(|seen| seen.known.as_ref().map(|known| known.begun));
    match newest {
        Some(seen) if !seen.is_stale(look.now) => {
            if let Some(known) = &seen.known {
                row.aged(known);
            }
            row.figure(format_args!("{region} answers"));
        }
        Some(seen) => {
            let why = super::told::why_not_known(Some(seen), &seen.subject, look.now);
            row.old(why);
        }
        None => row.doubt("not asked yet".to_owned()),
    }
    for subject in asked {
        row.beside(subject);
    }
    row.done()
}

fn zone(look: Look<'_>, id: &str) -> Component {
    let mut row = Row::new(look, "dns/zone".to_owned(), None, "zone");
    let seen = row.watch::<Zone>(Subject::global(Kind::Zone, id));
    if let Some(found) = seen.last() {
        row.figure(clipped(&found.name, 80));
        if let Some(records) = found.records {
            row.figure(format_args!("{records} records"));
        }
    }
    if let Seen::Missing(_) = seen {
        row.missing(&format!("zone {}", clipped(id, 60)), Verdict::Degraded);
    }
    row.done()
}
