use std::cmp::Reverse;

use super::model::Model;
use super::timeline::{Class, Event};
use crate::assess::{Check, Component};
use crate::domain::{Region, Verdict};

/// The columns of the dashboard in which one can move, from left to right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Panel {
    Primary,
    /// What lies between the sites, and what belongs to neither.
    Between,
    Standby,
}

/// The dashboard's rows by column: what is drawn is what the cursor moves over.
#[must_use]
pub fn panels(model: &Model) -> [(Panel, Vec<&Component>); 3] {
    let Some(assessment) = model.assessment() else {
        return [Panel::Primary, Panel::Between, Panel::Standby].map(|panel| (panel, Vec::new()));
    };
    [
        (Panel::Primary, assessment.sites.primary.components.iter().collect()),
        (Panel::Between, assessment.between.iter().chain(&assessment.around).collect()),
        (Panel::Standby, assessment.sites.standby.components.iter().collect()),
    ]
}

/// The workloads that the filter lets through: name, region or verdict contains it. The worst first, and in the configuration's order among
/// those that are equally well.
#[must_use]
pub fn shown_workloads(model: &Model) -> Vec<usize> {
    let sought = Sought::new(model.filters.workloads.text());
    let verdict = |number: usize| model.picture.assessments.get(number).map_or(Verdict::Unknown, |assessment| assessment.verdict);
    let all = model.config.workloads.iter().enumerate();
    let mut shown: Vec<usize> = all
        .filter(|(number, workload)| {
            sought.is_in(&workload.name)
                || workload.regions().any(|region| sought.is_in(region.as_str()))
                || sought.is_in(verdict(*number).word())
        })
        .map(|(number, _)| number)
        .collect();
    shown.sort_by_cached_key(|number| Reverse(verdict(*number).weight()));
    shown
}

/// The readiness checks that the filter lets through: what is in the way first, then what cannot be told, then what is only advised.
#[must_use]
pub fn shown_checks(model: &Model) -> Vec<&Check> {
    let sought = Sought::new(model.filters.readiness.text());
    let checks = model.assessment().map_or(&[][..], |assessment| &assessment.readiness.checks);
    let mut shown: Vec<_> =
        checks.iter().filter(|check| [&*check.id, &*check.title, &*check.why].iter().any(|text| sought.is_in(text))).collect();
    shown.sort_by_key(|check| match (check.ok, check.required) {
        (Some(false), true) => 0,
        (None, true) => 1,
        (Some(false), false) => 2,
        (None, false) => 3,
        (Some(true), _) => 4,
    });
    shown
}

/// The events that filter and class let through, the newest first. Figures are shown only when asked for.
pub fn shown_events(model: &Model) -> impl Iterator<Item = &Event> {
    let sought = Sought::new(model.filters.events.text());
    model.events.events.iter().filter(move |event| lets_through(model, &sought, event))
}

pub(super) fn passes(model: &Model, event: &Event) -> bool {
    lets_through(model, &Sought::new(model.filters.events.text()), event)
}

fn lets_through(model: &Model, sought: &Sought, event: &Event) -> bool {
    let of_class = match model.filters.class {
        None => event.class != Class::Figure,
        Some(class) => event.class == class,
    };
    let mut workloads = event.workloads().filter_map(|number| model.config.workloads.get(number));
    let region = || -> Option<&Region> { event.subject.as_ref().map(|subject| &subject.region) };
    of_class
        && (sought.is_in(&event.what)
            || sought.is_in(&event.text)
            || workloads.any(|workload| sought.is_in(&workload.name))
            || region().is_some_and(|region| sought.is_in(region.as_str())))
}

/// What a filter looks for, whatever its case.
pub(super) struct Sought(String);

impl Sought {
    pub(super) fn new(text: &str) -> Self {
        Self(text.trim().to_lowercase())
    }

    pub(super) fn is_in(&self, text: &str) -> bool {
        self.0.is_empty() || text.to_lowercase().contains(&self.0)
    }
}
