//! Telling people and tables what the run does. A dead topic never blocks a run.

pub(super) mod state;
pub(super) mod topic;
pub(super) mod webhook;

use crate::config::{Site, Workload};
use crate::domain::{Change, What};
use crate::runbook::scene::Scene;

/// SNS takes no longer subject, and no line break in it.
const SUBJECT: usize = 100;

/// Whoever must hear of it at once: that a run pauses, fails or ends, not only what its steps have to say. Every way there is: the topic of a
/// lost region is of no use, and which region that is nobody may know.
#[must_use]
pub fn notices(workload: &Workload, subject: &str, message: &str) -> Vec<Change> {
    let topics = [Site::Primary, Site::Standby].into_iter().filter_map(|site| publish(workload, site, subject, message));
    let hook = workload.notify.webhook.is_some().then(|| post(workload, &format!("{subject}: {message}")));
    topics.chain(hook).collect()
}

fn publish(workload: &Workload, site: Site, subject: &str, message: &str) -> Option<Change> {
    let topic = workload.notify.topic.get(site).clone()?;
    let subject: String = subject.chars().map(|c| if c.is_ascii_graphic() { c } else { ' ' }).take(SUBJECT).collect();
    Some(Change::new(workload.region(site), What::Publish { topic, subject, message: message.to_owned() }))
}

fn post(workload: &Workload, message: &str) -> Change {
    Change::global(What::Post { workload: workload.name.clone(), message: message.to_owned() })
}

/// A text of the runbook's with the run's own words in it. Nothing of it changes while the run goes on, so that it is the same when asked again.
fn filled(scene: &Scene<'_>, text: &str) -> String {
    let region = |site: Site| scene.workload.region(site).to_string();
    let words = [
        ("{workload}", scene.workload.name.clone()),
        ("{run}", scene.memory.run.clone()),
        ("{kind}", scene.kind.word().to_owned()),
        ("{source}", region(scene.source)),
        ("{target}", region(scene.target())),
        ("{declared}", scene.memory.declared_at.to_string()),
    ];
    words.iter().fold(text.to_owned(), |text, (word, value)| text.replace(word, value))
}

const MESSAGE: (&str, &str) =
    ("message", "the text; {workload}, {run}, {kind}, {source}, {target} and {declared} stand for the run's own words");
const USUAL: &str = "{workload}: {kind} run {run} from {source} to {target}, declared at {declared}";

/// The text of a notice.
fn message(scene: &Scene<'_>) -> String {
    filled(scene, scene.with("message").unwrap_or(USUAL))
}
