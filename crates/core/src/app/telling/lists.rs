//! What is told by its members: by position every newcomer would look like a change of all.

use super::Told;
use super::change::verdict_of_word;
use crate::app::timeline::Class;
use crate::domain::fact::{Checkers, Machine, Repository, Service, Table, Targets, Task, Tasks};
use crate::domain::{Timestamp, Verdict, masked_excerpt};

/// Members that are told one by one.
const NAMED: usize = 4;

fn change(at: Timestamp, verdict: Verdict, parts: &[String]) -> Option<Told> {
    let mut shown: Vec<String> = parts.iter().take(NAMED).cloned().collect();
    if parts.len() > NAMED {
        shown.push(format!("and {} more", parts.len() - NAMED));
    }
    (!shown.is_empty()).then(|| Told::new(at, Class::Change, verdict, shown.join(" · ")))
}

fn moved<T: PartialEq + ToString>(parts: &mut Vec<String>, name: &str, was: &T, is: &T) {
    if was != is {
        let (was, is) = (masked_excerpt(&was.to_string(), 50), masked_excerpt(&is.to_string(), 50));
        parts.push(format!("{name} {was} → {is}"));
    }
}

/// ECS tells its own story in sentences; they stand as they are, at their own time.
pub(super) fn service(before: &Service, after: &Service, at: Timestamp) -> Vec<Told> {
    let mut parts = Vec::new();
    moved(&mut parts, "status", &before.status, &after.status);
    moved(&mut parts, "desired", &before.desired, &after.desired);
    moved(&mut parts, "running", &before.running, &after.running);
    moved(&mut parts, "pending", &before.pending, &after.pending);
    moved(&mut parts, "task definition", &before.task_definition, &after.task_definition);
    for deployment in &after.deployments {
        let rollout = deployment.rollout.clone().unwrap_or_else(|| deployment.status.clone());
        match before.deployments.iter().find(|known| known.id == deployment.id) {
            Some(known) => moved(&mut parts, "deployment", &known.rollout.clone().unwrap_or_else(|| known.status.clone()), &rollout),
            None => parts.push(format!("new deployment {rollout}")),
        }
    }
    let gone = before.deployments.iter().filter(|known| !after.deployments.iter().any(|deployment| deployment.id == known.id)).count();
    if gone > 0 {
        parts.push(format!("{gone} old deployment{} gone", if gone == 1 { "" } else { "s" }));
    }
    let failed = after.deployments.iter().any(|deployment| deployment.rollout.as_deref() == Some("FAILED"));
    let verdict = if after.status != "ACTIVE" || failed {
        Verdict::Critical
    } else if after.running < after.desired {
        Verdict::Degraded
    } else {
        Verdict::Healthy
    };
    let mut told: Vec<_> = change(at, verdict, &parts).into_iter().collect();
    for event in after.events.iter().filter(|event| !before.events.contains(event)).rev() {
        let text = event.text.replacen(&format!("(service {}) ", after.name), "", 1);
        let bad = ["unable", "failed", "unhealthy"].iter().any(|word| text.contains(word));
        told.push(Told::new(event.at.min(at), Class::Change, if bad { Verdict::Degraded } else { Verdict::Healthy }, text));
    }
    told
}

pub(super) fn tasks(before: &Tasks, after: &Tasks, at: Timestamp) -> Vec<Told> {
    let short = |task: &Task| masked_excerpt(task.id.get(..8).unwrap_or(&task.id), 12);
    let mut parts = Vec::new();
    let mut verdict = Verdict::Healthy;
    for task in &after.tasks {
        let health = |task: &Task| task.health.clone().unwrap_or_default();
        match before.tasks.iter().find(|known| known.id == task.id) {
            Some(known) if known.status != task.status => {
                let why = task.stopped_reason.as_ref().map(|why| format!(": {}", masked_excerpt(why, 60))).unwrap_or_default();
                parts.push(format!("task {} {} → {}{why}", short(task), known.status, task.status));
            }
            Some(known) if health(known) != health(task) => {
                parts.push(format!("task {} {} → {}", short(task), health(known), health(task)));
            }
            Some(_) => continue,
            None => parts.push(format!("task {} {}", short(task), task.status)),
        }
        verdict = verdict.worse(verdict_of_word(&task.status)).worse(verdict_of_word(&health(task)));
    }
    let gone = before.tasks.iter().filter(|known| known.status != "STOPPED" && !after.tasks.iter().any(|task| task.id == known.id));
    for task in gone {
        parts.push(format!("task {} gone", short(task)));
        verdict = verdict.worse(Verdict::Degraded);
    }
    change(at, verdict, &parts).into_iter().collect()
}

pub(super) fn targets(before: &Targets, after: &Targets, at: Timestamp) -> Vec<Told> {
    let mut parts = Vec::new();
    let tally = |targets: &Targets| format!("{}/{} healthy", targets.healthy(), targets.registered());
    if tally(before) != tally(after) {
        parts.push(format!("{} → {}", tally(before), tally(after)));
    }
    for target in &after.targets {
        let why =
            target.description.as_ref().or(target.reason.as_ref()).map(|why| format!(": {}", masked_excerpt(why, 60))).unwrap_or_default();
        match before.targets.iter().find(|known| (&known.id, known.port) == (&target.id, target.port)) {
            Some(known) if known.state != target.state => {
                parts.push(format!("{} {} → {}{why}", masked_excerpt(&target.id, 40), known.state, target.state));
            }
            Some(_) => {}
            None => parts.push(format!("{} {}", masked_excerpt(&target.id, 40), target.state)),
        }
    }
    let gone =
        before.targets.iter().filter(|known| !after.targets.iter().any(|target| (&known.id, known.port) == (&target.id, target.port)));
    parts.extend(gone.map(|target| format!("{} gone", masked_excerpt(&target.id, 40))));
    let verdict = match (after.healthy(), after.registered()) {
        (0, _) => Verdict::Critical,
        (healthy, all) if healthy < all => Verdict::Degraded,
        _ => Verdict::Healthy,
    };
    change(at, verdict, &parts).into_iter().collect()
}

/// Sixteen checkers report each for themselves; what Route 53 makes of them is one figure.
pub(super) fn checkers(before: &Checkers, after: &Checkers, at: Timestamp) -> Vec<Told> {
    let tally = |checkers: &Checkers| format!("{}/{} up", checkers.up(), checkers.reports.len());
    if tally(before) == tally(after) {
        return Vec::new();
    }
    let verdict = match after.is_healthy() {
        None => Verdict::Unknown,
        Some(false) => Verdict::Critical,
        Some(true) if after.up() < after.reports.len() => Verdict::Degraded,
        Some(true) => Verdict::Healthy,
    };
    vec![Told::new(at, Class::Change, verdict, format!("{} → {}", tally(before), tally(after)))]
}

pub(super) fn machine(before: &Machine, after: &Machine, at: Timestamp) -> Vec<Told> {
    let mut told = Vec::new();
    if before.status != after.status {
        let status = |machine: &Machine| machine.status.clone().unwrap_or_else(|| "–".to_owned());
        told.push(Told::new(at, Class::Change, verdict_of_word(&status(after)), format!("{} → {}", status(before), status(after))));
    }
    for execution in after.executions.iter().rev() {
        let text = match before.executions.iter().find(|known| known.arn == execution.arn) {
            Some(known) if known.status == execution.status => continue,
            Some(known) => format!("execution {} {} → {}", masked_excerpt(&execution.name, 40), known.status, execution.status),
            None => format!("execution {} {}", masked_excerpt(&execution.name, 40), execution.status),
        };
        let verdict = if execution.status == "RUNNING" { Verdict::Degraded } else { verdict_of_word(&execution.status) };
        told.push(Told::new(execution.stopped_at.or(execution.started_at).unwrap_or(at).min(at), Class::Change, verdict, text));
    }
    told
}

pub(super) fn repository(before: &Repository, after: &Repository, at: Timestamp) -> Vec<Told> {
    let mut parts = Vec::new();
    for image in after.images.iter().filter(|image| !before.holds(&image.digest)) {
        parts.push(format!("image {} pushed", masked_excerpt(image.tags.first().unwrap_or(&image.digest), 40)));
    }
    let gone = before.images.iter().filter(|image| !after.holds(&image.digest)).count();
    if gone > 0 {
        parts.push(format!("{gone} image{} gone", if gone == 1 { "" } else { "s" }));
    }
    let retagged = |image: &&crate::domain::fact::StoredImage| {
        before.images.iter().any(|known| known.digest == image.digest && known.tags != image.tags)
    };
    parts.extend(after.images.iter().filter(retagged).map(|image| format!("image is now {}", masked_excerpt(&image.tags.join(", "), 40))));
    change(at, Verdict::Healthy, &parts).into_iter().collect()
}

pub(super) fn table(before: &Table, after: &Table, at: Timestamp) -> Vec<Told> {
    let mut parts = Vec::new();
    moved(&mut parts, "status", &before.status, &after.status);
    let told = |item: &std::collections::BTreeMap<String, String>| {
        masked_excerpt(&item.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" "), 70)
    };
    parts.extend(after.items.iter().filter(|item| !before.items.contains(item)).map(|item| format!("item {}", told(item))));
    let gone = before.items.len().saturating_sub(after.items.len());
    if gone > 0 {
        parts.push(format!("{gone} item{} fewer", if gone == 1 { "" } else { "s" }));
    }
    change(at, verdict_of_word(&after.status), &parts).into_iter().collect()
}
