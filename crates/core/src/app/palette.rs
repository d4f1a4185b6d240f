use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config as Fuzzy, Matcher, Utf32Str};

use super::called::own_name;
use super::keys::contexts_under;
use super::model::{Deed, Model, Offer, Overlay, Theme};
use crate::domain::excerpt;
use crate::keymap::Action;

/// Nobody reads further.
const OFFERED: usize = 200;

/// What the palette is good for: movements and typing are done better by hand.
const DEEDS: &[Action] = &[
    Action::GoDashboard,
    Action::GoRun,
    Action::GoReadiness,
    Action::GoEvents,
    Action::GoHistory,
    Action::GoWorkloads,
    Action::NextWorkload,
    Action::PreviousWorkload,
    Action::Arm,
    Action::Runbooks,
    Action::Open,
    Action::Filter,
    Action::NextClass,
    Action::Freeze,
    Action::Refresh,
    Action::Present,
    Action::NextTheme,
    Action::Copy,
    Action::CopyCommand,
    Action::CopyQuery,
    Action::Help,
    Action::Suspend,
    Action::Quit,
];

/// Looks anew for what has been typed.
pub(super) fn search(model: &mut Model) {
    let Some(Overlay::Palette(palette)) = model.overlays.last() else { return };
    let sought = palette.line.text().to_owned();
    let offers = ranked(offers(model), &sought);
    if let Some(Overlay::Palette(palette)) = model.overlays.last_mut() {
        palette.offers = offers;
        palette.selected = 0;
    }
}

/// All there is, in the order in which one would look for it.
fn offers(model: &Model) -> Vec<Offer> {
    let offer = |says: String, key: Option<String>, deed: Deed| Offer { says: excerpt(&says, 80), key, deed, matched: Vec::new() };
    let under = model.overlays.len().saturating_sub(1);
    let beneath = contexts_under(model, &model.overlays[..under]);
    let mut offers = Vec::new();
    for action in DEEDS {
        let said = beneath
            .iter()
            .find_map(|context| model.keymap.bindings.iter().find(|binding| binding.context == *context && binding.action == *action));
        if let Some(binding) = said {
            let key = model.keymap.key_for(&beneath, *action).map(|chord| chord.to_string());
            offers.push(offer(binding.says.clone(), key, Deed::Do(*action)));
        }
    }
    let all = model.assessment().into_iter().flat_map(|assessment| assessment.components().map(move |component| (assessment, component)));
    for (assessment, component) in all {
        let place = component.place.map(|place| format!("{place} ")).unwrap_or_default();
        let name = own_name(assessment, component).map(|name| format!(" {name}")).unwrap_or_default();
        offers.push(offer(format!("{place}{}{name}", component.label), None, Deed::Component(component.id.clone())));
    }
    for (number, workload) in model.config.workloads.iter().enumerate() {
        offers.push(offer(format!("workload {}", workload.name), None, Deed::Workload(number)));
    }
    for theme in Theme::ALL {
        offers.push(offer(format!("theme {}", theme.word()), None, Deed::Theme(*theme)));
    }
    offers
}

fn ranked(offers: Vec<Offer>, sought: &str) -> Vec<Offer> {
    let pattern = Pattern::parse(sought, CaseMatching::Ignore, Normalization::Smart);
    let mut matcher = Matcher::new(Fuzzy::DEFAULT);
    let mut buffer = Vec::new();
    let mut found: Vec<(u32, Offer)> = Vec::new();
    for mut offer in offers {
        let text = offer.says.clone();
        let mut matched = Vec::new();
        if let Some(score) = pattern.indices(Utf32Str::new(&text, &mut buffer), &mut matcher, &mut matched) {
            matched.sort_unstable();
            matched.dedup();
            offer.matched = matched;
            found.push((score, offer));
        }
    }
    // Equals stay in the order in which they were offered.
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    found.into_iter().take(OFFERED).map(|(_, offer)| offer).collect()
}
