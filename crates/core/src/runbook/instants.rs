//! Instants that somebody has to name before a runbook can be begun: since when, or as of when. Asked for in the middle of a run, an instant is
//! named in a hurry; asked for beforehand, it stands in the journal's first line.

use super::model::Runbook;
use super::read::Catalogue;
use crate::domain::{Timestamp, excerpt};

/// What an action has to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instant {
    pub parameter: &'static str,
    /// A word that will do instead.
    pub or: Option<&'static str>,
}

/// Which step has to be told, and what has been said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub step: String,
    pub instant: Instant,
    /// As the catalogue has it.
    pub means: &'static str,
    pub said: Option<String>,
}

impl Instant {
    /// Why this will not do, if it will not.
    #[must_use]
    pub fn wrong(self, said: &str) -> Option<String> {
        let said = said.trim();
        let fits = self.or.is_some_and(|or| or == said) || Timestamp::parse(said).is_some();
        (!fits).then(|| format!("“{}” is no instant", excerpt(said, 40)))
    }
}

impl Wanted {
    /// Why nothing can be begun with it, if nothing can.
    #[must_use]
    pub fn wrong(&self) -> Option<String> {
        match self.said.as_deref().map(str::trim).filter(|said| !said.is_empty()) {
            Some(said) => self.instant.wrong(said),
            None => Some(format!("“{}” is not said", self.instant.parameter)),
        }
    }
}

impl Runbook {
    /// Every instant that it takes, of the steps that are taken.
    #[must_use]
    pub fn instants(&self, catalogue: Catalogue<'_>) -> Vec<Wanted> {
        let taken = self.steps.iter().filter(|step| step.passed_over.is_none());
        let wanted = taken.filter_map(|step| {
            let deed = catalogue(step.action);
            let instant = deed.instant()?;
            let means = deed.about().parameters.iter().find(|(name, _)| *name == instant.parameter).map_or("", |(_, means)| *means);
            Some(Wanted { step: step.id.clone(), instant, means, said: step.with.get(instant.parameter).cloned() })
        });
        wanted.collect()
    }

    /// Those without which it is not begun.
    #[must_use]
    pub fn lacks(&self, catalogue: Catalogue<'_>) -> Vec<Wanted> {
        self.instants(catalogue).into_iter().filter(|wanted| wanted.wrong().is_some()).collect()
    }

    /// What it lacks in a sentence, where it lacks anything: steps that lack the same are named together.
    #[must_use]
    pub fn lacking(&self, catalogue: Catalogue<'_>) -> Option<String> {
        let mut told: Vec<(Vec<String>, String)> = Vec::new();
        for wanted in self.lacks(catalogue) {
            let why = format!("{}: {}", wanted.wrong().unwrap_or_default(), wanted.means);
            match told.iter_mut().find(|(_, known)| *known == why) {
                Some((steps, _)) => steps.push(wanted.step),
                None => told.push((vec![wanted.step], why)),
            }
        }
        let told: Vec<_> = told.into_iter().map(|(steps, why)| format!("{}: {why}", steps.join(", "))).collect();
        (!told.is_empty()).then(|| told.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Site;
    use crate::runbook::fake::workload;
    use crate::runbook::{Action, shelf, unfold};

    fn deed(action: Action) -> &'static dyn crate::runbook::Deed {
        action.deed()
    }

    /// As `--set` has it.
    type Set<'s> = &'s [(&'s str, &'s str)];

    fn with(name: &str, set: Set<'_>) -> Runbook {
        let (books, _) = shelf(&[], &deed);
        let set = set.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        books.iter().find(|book| book.name == name).unwrap().with_set(&set, &deed).unwrap()
    }

    #[test]
    fn without_its_instant_nothing_is_begun() {
        let instant = "2026-11-20T11:02:31Z";
        let cases: [(&str, Set<'_>, Option<&str>); 6] = [
            ("s3_undelete", &[], Some("undelete, versions: “since” is not said: since when")),
            ("s3_undelete", &[("undelete.since", instant)], Some("versions: “since” is not said")),
            ("s3_undelete", &[("undelete.since", instant), ("versions.since", instant)], None),
            ("db_restore", &[], None),
            ("db_restore", &[("restore", "instant")], Some("instant: “at” is not said")),
            ("db_restore", &[("restore", "instant"), ("instant.at", "latest")], None),
        ];
        for (name, set, lacking) in cases {
            let book = with(name, set);
            let told = book.lacking(&deed);
            assert_eq!(told.is_some(), lacking.is_some(), "{name} {set:?}: {told:?}");
            assert!(lacking.is_none_or(|words| told.as_deref().unwrap().starts_with(words)), "{name} {set:?}: {told:?}");
            assert_eq!(unfold(&book, &workload("tier2"), Site::Primary, &deed).refused, told, "{name} {set:?}");
        }
    }
}
