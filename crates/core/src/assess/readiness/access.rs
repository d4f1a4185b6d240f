//! Who we are, and who else may act.

use super::checks::{Checks, Finding, Weight, worst};
use crate::assess::assessment::Forecast;
use crate::assess::dark::unanswered_since;
use crate::assess::told::{clipped, listed};
use crate::config::Actor;
use crate::domain::fact::{Alarm, Credentials, Function, Identity, Machine, Rule, Topic};
use crate::domain::{Kind, Subject, human_duration};

pub(super) fn check(checks: &mut Checks<'_>, forecast: &Forecast) {
    let workload = checks.look.workload;
    let answers = answers(checks);
    checks.add(Weight::Required, "target.answers", "The target's region answers", answers);
    let identity = checks.judge::<Identity>(&checks.look.identity(), |found| {
        let same = found.account == workload.account;
        (
            same,
            if same {
                "the credentials belong to the workload's account".to_owned()
            } else {
                format!("account {}, not {}", clipped(&found.account, 20), workload.account)
            },
        )
    });
    checks.add(Weight::Required, "identity.account", "The credentials belong to the workload's account", identity);
    let now = checks.look.now;
    let outlive = checks.judge::<Credentials>(&Subject::credentials(), |found| match found.expires_at {
        None => (true, "they do not expire".to_owned()),
        Some(end) if end <= now => (false, format!("expired {} ago", human_duration(now.since(end)))),
        Some(end) => {
            let left = end.since(now);
            (left > forecast.p90, format!("{} left, a failover takes up to {}", human_duration(left), human_duration(forecast.p90)))
        }
    });
    checks.add(Weight::Required, "credentials.outlive", "The credentials outlive a failover", outlive);
}

/// What was read before it fell silent is still young, and says nothing of what can be done there now.
fn answers(checks: &Checks<'_>) -> Finding {
    let (look, region) = (checks.look, checks.look.workload.region(checks.target));
    let estate = look.estate(checks.target);
    match unanswered_since(&estate) {
        Some(since) => (Some(false), format!("no answer from {region} for {}", human_duration(look.now.since(since)))),
        None if estate.iter().any(|seen| !seen.is_stale(look.now)) => (Some(true), format!("{region} answers")),
        None => (None, "unknown: it has not answered of late".to_owned()),
    }
}

/// Nothing else is at it, and somebody hears of it.
pub(super) fn quiet(checks: &mut Checks<'_>) {
    let workload = checks.look.workload;
    let findings: Vec<Finding> = workload
        .automations
        .iter()
        .map(|automation| {
            let subject = workload.automation_subject(automation);
            let name = clipped(automation.what.name().rsplit(':').next().unwrap_or_default(), 60);
            match automation.what {
                Actor::StateMachine(_) => checks.judge::<Machine>(&subject, |machine| match machine.running() {
                    Some(execution) => (false, format!("{name}: execution {} is running", clipped(&execution.name, 60))),
                    None => (true, "nothing else is running".to_owned()),
                }),
                // Rules and functions leave no trace of running; they are held when a run begins.
                Actor::Rule(_) => checks.judge::<Rule>(&subject, |_| (true, "nothing else is running".to_owned())),
                Actor::Function(_) => checks.judge::<Function>(&subject, |_| (true, "nothing else is running".to_owned())),
            }
        })
        .collect();
    if let Some(finding) = worst(findings) {
        checks.add(Weight::Required, "automation.quiet", "No other automation is acting", finding);
    }
    let region = workload.region(checks.target);
    let alarms = workload.alarms.iter().filter(|alarm| alarm.region == *region).map(|alarm| {
        let told = |state: &str| format!("{} is {}", clipped(&alarm.name, 80), clipped(state, 24));
        checks.weigh::<Alarm>(&Subject::new(Kind::Alarm, region, &alarm.name), |found| match found.state.as_str() {
            "OK" => (Some(true), "none rings".to_owned()),
            "ALARM" => (Some(false), told("ringing")),
            state => (None, told(state)),
        })
    });
    if let Some(finding) = worst(alarms.collect::<Vec<_>>()) {
        checks.add(Weight::Advisory, "alarms.target", "The target's alarms are quiet", finding);
    }
    if let Some(arn) = workload.notify.topic.get(checks.target) {
        let finding = checks.judge::<Topic>(&Subject::new(Kind::Topic, region, arn), |found| {
            let deaf: Vec<&str> = found.subscriptions.iter().filter(|one| !one.confirmed).map(|one| one.protocol.as_str()).collect();
            let confirmed = found.subscriptions.len() - deaf.len();
            let rest = if deaf.is_empty() { String::new() } else { format!("; not confirmed: {}", listed(&deaf)) };
            (confirmed > 0 && deaf.is_empty(), format!("{confirmed} of {} subscribers have confirmed{rest}", found.subscriptions.len()))
        });
        checks.add(Weight::Advisory, "notify.target", "Everybody subscribed hears the target's topic", finding);
    }
}
