use crate::assess::{Assessment, Component};

/// What tells a component from those that are called the same: its own name, without what all of their names begin with. `None` where its
/// label is enough.
#[must_use]
pub fn own_name(assessment: &Assessment, component: &Component) -> Option<String> {
    let alike = |other: &&Component| (other.place, &other.label) == (component.place, &component.label);
    let names: Vec<&str> = assessment.components().filter(alike).filter_map(name).collect();
    let own = name(component).filter(|_| names.len() > 1)?;
    // Only whole words are left out.
    let is_end = |(at, c): (usize, char)| matches!(c, '-' | '_' | '.').then_some(at + 1);
    let is_shared = |end: &usize| names.iter().all(|name| name.get(..*end) == own.get(..*end));
    let shared = own.char_indices().rev().filter_map(is_end).find(is_shared);
    let rest = shared.and_then(|end| own.get(end..)).filter(|rest| !rest.is_empty());
    Some(rest.unwrap_or(own).to_owned())
}

/// What it is made of first, by the last part of its name.
fn name(component: &Component) -> Option<&str> {
    component.subjects.first()?.name.rsplit([':', '/']).next()
}
