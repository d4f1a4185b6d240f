use super::Told;
use crate::app::timeline::Class;
use crate::domain::{Cause, Failing, Kind, Observation, Subject, Verdict, human_duration};

/// What is in the way of an answer, when that begins, becomes something else, or ends. The brackets say of what, and let the timeline put
/// together what fails together.
pub(super) fn tell(before: Option<&Failing>, new: &Observation) -> Vec<Told> {
    let cause = |failing: &Failing| failing.trouble.cause;
    // That something else must be known first is no trouble of anybody's.
    let before = before.filter(|failing| cause(failing) != Cause::NotYet);
    let after = new.failing.as_ref().filter(|failing| cause(failing) != Cause::NotYet);
    let (whom, kind) = (whom(&new.subject), new.subject.kind);
    match (before, after) {
        (None, Some(failing)) => vec![begun(failing, &whom, kind)],
        (Some(before), Some(failing)) if cause(before) != cause(failing) => vec![begun(failing, &whom, kind)],
        (Some(before), None) => match &new.known {
            Some(known) if new.failing.is_none() => {
                let text = format!("{whom} answers again after {} ({kind})", human_duration(known.read_at.since(before.since)));
                vec![Told::new(known.read_at, Class::Error, Verdict::Healthy, text)]
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn begun(failing: &Failing, whom: &str, kind: Kind) -> Told {
    let cause = failing.trouble.cause;
    let (verdict, says) = match cause {
        Cause::Silent => (Verdict::Critical, format!("no answer from {whom}")),
        Cause::Unreachable => (Verdict::Critical, format!("{whom} cannot be reached")),
        Cause::Broken => (Verdict::Critical, format!("{whom} answers with an error")),
        Cause::Throttled => (Verdict::Degraded, format!("{whom} throttles us")),
        Cause::Credentials => (Verdict::Unknown, format!("no valid credentials for {whom}")),
        Cause::Denied => (Verdict::Unknown, format!("we may not ask {whom}")),
        Cause::Unintelligible | Cause::NotYet => (Verdict::Unknown, format!("{whom} answers what makes no sense")),
    };
    Told::new(failing.last, Class::Error, verdict, format!("{says} ({kind})"))
}

/// Who does not answer: a region, Route 53, a resolver.
fn whom(subject: &Subject) -> String {
    match subject.kind {
        Kind::Resolution => subject.name.rsplit(" at ").next().unwrap_or(&subject.name).to_owned(),
        Kind::Record | Kind::Zone | Kind::HealthCheck | Kind::Checkers => "Route 53".to_owned(),
        Kind::Sight => subject.name.clone(),
        _ if subject.is_global() => "AWS".to_owned(),
        _ => subject.region.to_string(),
    }
}
