//! What changes nothing and must be so before anything is changed.

mod identity;
mod impaired;
mod readiness;

pub(in crate::runbook) use impaired::evidence;

use crate::runbook::action::{Action, Deed};

pub(in crate::runbook) fn deed(action: Action) -> Option<&'static dyn Deed> {
    match action {
        Action::CheckIdentity => Some(&identity::Identified),
        Action::CheckReadiness => Some(&readiness::Ready),
        Action::CheckImpaired => Some(&impaired::Impaired),
        _ => None,
    }
}
