//! How a workload stands, told when it changes: its health, where it is active, where users land, what is dark or impaired, and whether a
//! failover would succeed. Facts are told by `telling`; these are what the facts come to.

use std::collections::BTreeMap;
use std::time::Duration;

use super::timeline::{Class, Event};
use crate::assess::{Assessment, Check, Whereabouts};
use crate::config::{Place, Site, Workload};
use crate::domain::{Timestamp, Verdict, human_duration, masked_excerpt};

/// So long must it stand before it is told: what comes and goes between two looks is no change.
const SETTLED: Duration = Duration::from_secs(10);
/// What cannot be told now can mostly be told a look later.
const UNKNOWN_SETTLED: Duration = Duration::from_secs(30);
/// Characters of a line.
const WIDEST: usize = 160;
const UNKNOWN: &str = "unknown";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Aspect {
    Health,
    Active,
    Landing,
    Dark(Site),
    Impaired,
    Readiness,
}

const ASPECTS: [Aspect; 7] = [
    Aspect::Readiness,
    Aspect::Landing,
    Aspect::Active,
    Aspect::Dark(Site::Standby),
    Aspect::Dark(Site::Primary),
    Aspect::Impaired,
    Aspect::Health,
];

/// One aspect, as it is seen now.
struct State {
    word: &'static str,
    verdict: Verdict,
    why: String,
    /// Since when, where that is known better than by having looked.
    since: Option<Timestamp>,
}

/// What has been told of a workload, and what may have to be.
#[derive(Clone, Debug, Default)]
pub(super) struct Standing(BTreeMap<Aspect, Stood>);

#[derive(Clone, Debug, Default)]
struct Stood {
    /// `None` as long as nothing was known.
    told: Option<(&'static str, Timestamp)>,
    coming: Option<(&'static str, Timestamp)>,
}

impl Standing {
    /// What has changed for good since the last assessment. The first that is known is told only if it is bad.
    pub(super) fn tell(&mut self, number: usize, workload: &Workload, seen: &Assessment) -> Vec<Event> {
        let mut told = Vec::new();
        for aspect in ASPECTS {
            let Some(state) = aspect.of(workload, seen) else { continue };
            let stood = self.0.entry(aspect).or_default();
            if let Some((was, at)) = stood.settle(&state, seen.at) {
                told.extend(event(number, workload, aspect, &state, was, at));
            }
        }
        told
    }
}

impl Stood {
    /// What it was before, and since when it is otherwise, once that has settled.
    fn settle(&mut self, state: &State, now: Timestamp) -> Option<(Option<(&'static str, Timestamp)>, Timestamp)> {
        let is_told = self.told.is_some_and(|(told, _)| told == state.word);
        // At the beginning nothing is known of anything: that is no change.
        if is_told || (self.told.is_none() && state.word == UNKNOWN) {
            self.coming = None;
            return None;
        }
        let (word, since) = self.coming.filter(|(word, _)| *word == state.word).unwrap_or((state.word, now));
        self.coming = Some((word, since));
        let needed = if word == UNKNOWN { UNKNOWN_SETTLED } else { SETTLED };
        if now.since(since) < needed {
            return None;
        }
        self.coming = None;
        let at = state.since.unwrap_or(since).min(now);
        Some((self.told.replace((word, at)), at))
    }
}

impl Aspect {
    /// `None` where there is nothing to be said of it, now or ever.
    fn of(self, workload: &Workload, seen: &Assessment) -> Option<State> {
        match self {
            Self::Health => {
                let why = seen.reasons.first().filter(|_| seen.verdict != Verdict::Healthy).cloned().unwrap_or_default();
                Some(State { word: seen.verdict.word(), verdict: seen.verdict, why, since: None })
            }
            Self::Active => workload.database.as_ref().map(|_| {
                let mut state = whereabouts(&seen.active, "both sites: SPLIT");
                if let (Whereabouts::Both, Some(headline)) = (&seen.active, &seen.headline) {
                    state.verdict = headline.verdict;
                }
                state
            }),
            Self::Landing => workload.dns.as_ref().map(|_| {
                let state = whereabouts(&seen.landing, "both sites");
                let apart = seen.landing.site().is_some_and(|lands| seen.active.site().is_some_and(|writes| writes != lands));
                State { verdict: if apart { Verdict::Critical } else { state.verdict }, ..state }
            }),
            Self::Dark(site) => Some(match seen.sites.get(site).dark_since {
                Some(since) => {
                    State { word: "dark", verdict: Verdict::Critical, why: "nothing there answers".to_owned(), since: Some(since) }
                }
                None => State { word: "answers", verdict: Verdict::Healthy, why: String::new(), since: None },
            }),
            Self::Impaired => Some(match seen.impairment.impaired? {
                true => {
                    let (why, since) = (seen.impairment.why.clone(), seen.impairment.since);
                    State { word: "impaired", verdict: Verdict::Critical, why, since }
                }
                false => State { word: "not impaired", verdict: Verdict::Healthy, why: String::new(), since: None },
            }),
            Self::Readiness => {
                let in_the_way = |ok: Option<bool>| seen.readiness.checks.iter().find(|check| check.required && check.ok == ok);
                let why = |check: Option<&Check>| check.map(|check| format!("{}: {}", check.title, check.why)).unwrap_or_default();
                let (word, verdict, why) = match seen.readiness.ready() {
                    Some(true) => ("ready", Verdict::Healthy, String::new()),
                    Some(false) => ("not ready", Verdict::Critical, why(in_the_way(Some(false)))),
                    None => (UNKNOWN, Verdict::Unknown, why(in_the_way(None))),
                };
                Some(State { word, verdict, why, since: None })
            }
        }
    }

    fn named(self, workload: &Workload) -> (String, Option<Place>) {
        match self {
            Self::Health => ("health".to_owned(), None),
            Self::Active => ("active site".to_owned(), None),
            Self::Landing => ("users land".to_owned(), None),
            Self::Dark(site) => (workload.region(site).to_string(), Some(site.into())),
            Self::Impaired => ("active site".to_owned(), None),
            Self::Readiness => ("failover".to_owned(), None),
        }
    }
}

fn whereabouts(at: &Whereabouts, both: &'static str) -> State {
    let (word, verdict, why) = match at {
        Whereabouts::Primary => ("primary", Verdict::Healthy, String::new()),
        Whereabouts::Standby => ("standby", Verdict::Healthy, String::new()),
        Whereabouts::Both => (both, Verdict::Critical, String::new()),
        Whereabouts::Neither(why) => ("neither site", Verdict::Critical, why.clone()),
        Whereabouts::Unknown(why) => (UNKNOWN, Verdict::Unknown, why.clone()),
    };
    State { word, verdict, why, since: None }
}

fn event(
    number: usize,
    workload: &Workload,
    aspect: Aspect,
    state: &State,
    was: Option<(&'static str, Timestamp)>,
    at: Timestamp,
) -> Option<Event> {
    if was.is_none() && state.verdict == Verdict::Healthy {
        return None;
    }
    let (what, place) = aspect.named(workload);
    let why = if state.why.is_empty() { String::new() } else { format!(": {}", state.why) };
    let text = match was {
        // What is over has a length.
        Some((_, since)) if matches!(aspect, Aspect::Dark(_) | Aspect::Impaired) && state.verdict == Verdict::Healthy => {
            format!(
                "{} any more, after {}",
                if aspect == Aspect::Impaired { "not impaired" } else { "not dark" },
                human_duration(at.since(since))
            )
        }
        Some((was, _)) if !matches!(aspect, Aspect::Dark(_) | Aspect::Impaired) => format!("{was} → {}{why}", state.word),
        _ => format!("{}{why}", state.word),
    };
    Some(Event {
        at,
        workload: Some(number),
        also: Vec::new(),
        place,
        class: Class::Health,
        verdict: state.verdict,
        what,
        text: masked_excerpt(&text, WIDEST),
        subject: None,
        kin: None,
    })
}
