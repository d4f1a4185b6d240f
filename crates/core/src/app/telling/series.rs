use super::Told;
use crate::app::timeline::Class;
use crate::domain::fact::{Alarm, Resolution, Series, Sight};
use crate::domain::{Timestamp, Verdict, masked_excerpt, quantity};

pub(super) fn figure(measure: &str, old: &Series, new: &Series, at: Timestamp) -> Option<Told> {
    let last = new.last()?;
    let before = old.last();
    let told = |value| quantity(value, &new.unit).concat();
    let is = told(last.value);
    let text = match before.map(|before| told(before.value)) {
        // A new point of the same figure is no news.
        Some(was) if was == is => return None,
        Some(was) => format!("{measure} {was} → {is}"),
        None => format!("{measure} {is}"),
    };
    Some(Told::new(at, Class::Figure, Verdict::Healthy, text))
}

/// An alarm has its own time: when it went off, not when we heard of it.
pub(super) fn alarm(before: Option<&Alarm>, after: &Alarm, at: Timestamp) -> Told {
    let verdict = match after.state.as_str() {
        "OK" => Verdict::Healthy,
        "ALARM" => Verdict::Critical,
        _ => Verdict::Unknown,
    };
    let state = before.map_or_else(|| after.state.clone(), |before| format!("{} → {}", before.state, after.state));
    let text = if after.reason.is_empty() { state } else { format!("{state}: {}", masked_excerpt(&after.reason, 100)) };
    Told::new(after.since.unwrap_or(at).min(at), Class::Alarm, verdict, text)
}

/// How long an answer takes is a figure; whether, and from where, is a change.
pub(super) fn sight(before: &Sight, after: &Sight, at: Timestamp) -> Vec<Told> {
    let verdict = if after.is_ok() { Verdict::Healthy } else { Verdict::Critical };
    let mut parts = Vec::new();
    if (before.status, before.problem.is_some()) != (after.status, after.problem.is_some()) {
        parts.push(format!("{} → {}", seen(before), seen(after)));
    }
    if before.address != after.address {
        let address = |sight: &Sight| sight.address.clone().unwrap_or_else(|| "no address".to_owned());
        parts.push(format!("{} → {}", address(before), address(after)));
    }
    if before.url != after.url {
        parts.push(format!("asks {}", masked_excerpt(&after.url, 60)));
    }
    if parts.is_empty() && before.problem != after.problem {
        parts.push(seen(after));
    }
    if parts.is_empty() && shape(&before.body) != shape(&after.body) {
        parts.push(format!("answers “{}”", masked_excerpt(&after.body, 60)));
    }
    if !parts.is_empty() {
        return vec![Told::new(at, Class::Change, verdict, parts.join(" · "))];
    }
    if before.body != after.body {
        return vec![Told::new(at, Class::Figure, Verdict::Healthy, format!("answers “{}”", masked_excerpt(&after.body, 60)))];
    }
    took(before.millis, after.millis, at)
}

/// A page without its digits: a clock or a count on it moves with every look, and is no news.
fn shape(page: &str) -> String {
    page.chars().filter(|c| !c.is_ascii_digit()).collect()
}

/// A figure that stays the same is no news.
fn took(before: u32, after: u32, at: Timestamp) -> Vec<Told> {
    if before == after {
        return Vec::new();
    }
    vec![Told::new(at, Class::Figure, Verdict::Healthy, format!("{before} → {after}ms"))]
}

pub(super) fn seen(sight: &Sight) -> String {
    match (sight.status, &sight.problem) {
        (Some(status), _) => format!("HTTP {status}"),
        (None, Some(problem)) => masked_excerpt(problem, 60),
        (None, None) => "no answer".to_owned(),
    }
}

/// A life that runs down and the time of an answer are figures.
pub(super) fn resolution(before: &Resolution, after: &Resolution, at: Timestamp) -> Vec<Told> {
    // The first of each is enough to tell one site from the other; the detail view has all of them.
    let apart = before.addresses.first() != after.addresses.first();
    let answer = |resolution: &Resolution| match resolution.addresses.as_slice() {
        [] => resolution.code.clone(),
        [first, ..] if apart => first.clone(),
        all => all.join(", "),
    };
    if before.addresses == after.addresses && before.code == after.code {
        return took(before.millis, after.millis, at);
    }
    let (was, is) = (answer(before), answer(after));
    let verdict = if after.addresses.is_empty() { Verdict::Critical } else { Verdict::Healthy };
    vec![Told::new(at, Class::Change, verdict, format!("{} → {}", masked_excerpt(&was, 70), masked_excerpt(&is, 70)))]
}
