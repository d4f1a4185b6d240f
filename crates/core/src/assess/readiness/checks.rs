use std::borrow::Cow;

use crate::assess::assessment::Check;
use crate::assess::look::Look;
use crate::assess::told::{bounded, why_not_known};
use crate::config::Site;
use crate::domain::fact::Observable;
use crate::domain::{Seen, Subject};

/// What a check found: yes, no, or cannot be told; and why.
pub(super) type Finding = (Option<bool>, String);

/// The list in the making.
pub(super) struct Checks<'a> {
    pub(super) look: Look<'a>,
    pub(super) source: Site,
    pub(super) target: Site,
    pub(super) list: Vec<Check>,
}

/// Whether a failover would fail without it.
#[derive(Clone, Copy)]
pub(super) enum Weight {
    Required,
    Advisory,
}

impl<'a> Checks<'a> {
    pub(super) fn add(
        &mut self,
        weight: Weight,
        id: impl Into<Cow<'static, str>>,
        title: impl Into<Cow<'static, str>>,
        (ok, why): Finding,
    ) {
        let required = matches!(weight, Weight::Required);
        let id = match id.into() {
            made @ Cow::Owned(_) => bounded(made).into(),
            said => said,
        };
        self.list.push(Check { id, title: title.into(), ok, why: bounded(why), required });
    }

    /// Judges what is known now. What is old or unknown gives no answer, whatever it says; what does not exist is a no.
    pub(super) fn judge<T: Observable + 'a>(&self, subject: &Subject, what: impl FnOnce(&'a T) -> (bool, String)) -> Finding {
        match self.see(subject) {
            Ok(found) => {
                let (ok, why) = what(found);
                (Some(ok), why)
            }
            Err(finding) => finding,
        }
    }

    /// The same, where the judgement itself may have to say that it cannot tell.
    pub(super) fn weigh<T: Observable + 'a>(&self, subject: &Subject, what: impl FnOnce(&'a T) -> Finding) -> Finding {
        match self.see(subject) {
            Ok(found) => what(found),
            Err(finding) => finding,
        }
    }

    /// What is known now, or the finding that follows from its not being known.
    pub(super) fn see<T: Observable + 'a>(&self, subject: &Subject) -> Result<&'a T, Finding> {
        match self.look.see::<T>(subject) {
            Seen::Now(found, _) => Ok(found),
            Seen::Missing(_) => Err((Some(false), bounded(format!("{subject} does not exist")))),
            Seen::Stale(..) | Seen::Unknown(_) => Err((None, bounded(format!("unknown: {}", self.why_not(subject))))),
        }
    }

    pub(super) fn why_not(&self, subject: &Subject) -> String {
        why_not_known(self.look.get(subject), subject, self.look.now)
    }
}

/// Of several findings the worst: a no beats not knowing, which beats a yes.
pub(super) fn worst(findings: impl IntoIterator<Item = Finding>) -> Option<Finding> {
    let weight = |finding: &Finding| match finding.0 {
        Some(false) => 2,
        None => 1,
        Some(true) => 0,
    };
    findings.into_iter().reduce(|worst, next| if weight(&next) > weight(&worst) { next } else { worst })
}
