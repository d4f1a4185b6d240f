use std::time::Duration;

use drlab_core::config::Workload;
use drlab_core::domain::{Cause, Receipt, Trouble};

use super::answer::Got;
use super::deadline;
use super::target::Target;
use super::wire::Wire;
use crate::clock::WorldClock;

/// How long the webhook may take, in the world's time.
const PATIENCE: Duration = Duration::from_secs(10);
/// Why a certificate is not to be trusted, by the words of whoever has looked at it and in ours.
const UNTRUSTED: &[(&str, &str)] = &[
    ("UnknownIssuer", "the webhook's certificate is signed by nobody whom this machine trusts"),
    ("not valid for name", "the webhook's certificate is another name's"),
    ("expired", "the webhook's certificate has expired"),
];
/// A longer message is cut: chat rooms take no more.
const LONGEST: usize = 8 * 1024;

/// Tells the workload's webhook. Its URL is a secret: it is in no receipt, whatever goes wrong, and what others say of it is not repeated.
pub async fn post(wire: &Wire, workload: &Workload, message: &str, clock: &WorldClock) -> Receipt {
    let Some(url) = &workload.notify.webhook else { return refused("NoWebhook", "no webhook is configured") };
    let Some(target) = Target::parse(url) else { return refused("NoUrl", "the webhook of the configuration is no http or https URL") };
    // What most of them take: an object with a text.
    let text: String = message.chars().take(LONGEST).collect();
    let body = serde_json::json!({ "text": text }).to_string();
    match wire.post(&target, body, deadline(clock, PATIENCE)).await {
        Ok(Got::Answered { status, .. }) if (200..300).contains(&status) => {
            Receipt::Accepted { told: [("status".to_owned(), status.to_string())].into() }
        }
        Ok(Got::Answered { status, .. }) if status >= 500 => {
            Receipt::Unknown { text: format!("the webhook answers {status}: nobody knows whether it has heard") }
        }
        Ok(Got::Answered { status, .. }) => refused(&status.to_string(), "the webhook does not take it"),
        Ok(Got::Nothing { problem, .. }) => nothing(&problem),
        Err(trouble) => out_of_reach(&trouble),
    }
}

/// In words of our own, since those of the network may hold the host's name.
fn nothing(problem: &str) -> Receipt {
    if problem == "connection refused" || problem == "no route to the host" {
        refused("NotReached", problem)
    } else if let Some(why) = problem.strip_prefix("certificate") {
        let known = UNTRUSTED.iter().find(|(theirs, _)| why.contains(theirs));
        refused("Certificate", known.map_or("the webhook's certificate is not to be trusted", |(_, ours)| *ours))
    } else {
        Receipt::Unknown { text: "the webhook gave no whole answer".to_owned() }
    }
}

fn out_of_reach(trouble: &Trouble) -> Receipt {
    match trouble.cause {
        Cause::NotYet if trouble.text == Wire::NO_SUCH_HOST => refused("NoSuchHost", Wire::NO_SUCH_HOST),
        _ => refused("NotReached", "the webhook's host cannot be found or asked from here"),
    }
}

fn refused(code: &str, text: &str) -> Receipt {
    Receipt::Refused { code: code.to_owned(), text: text.to_owned() }
}
