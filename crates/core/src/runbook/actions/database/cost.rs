//! What a restore costs: whatever was written since the moment that its backup holds.

use std::time::Duration;

use super::{restore_point_in_time, restore_snapshot};
use crate::config::Site;
use crate::domain::{Timestamp, human_duration};
use crate::runbook::{Action, Kind, Scene};

/// What a backup holds, as far as that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Backup {
    /// Whose database it is a backup of.
    pub(super) of: Site,
    pub(super) at: Timestamp,
}

/// What is lost at most if this stage restores now, and in words; `None` where it restores nothing. A rehearsal restores and loses nothing: nobody
/// is pointed at what it makes.
#[must_use]
pub fn restore_costs(scene: &Scene<'_>) -> Option<(Option<Duration>, String)> {
    if scene.kind != Kind::Restore {
        return None;
    }
    let backup = match scene.stage.action {
        Action::DatabaseRestoreSnapshot => restore_snapshot::backup(scene),
        Action::DatabaseRestorePointInTime => restore_point_in_time::backup(scene),
        _ => return None,
    };
    Some(match backup {
        Some(Backup { of, at }) if of == scene.source => {
            let lost = scene.now.since(at);
            (Some(lost), format!("at most {} of writes: what was written since {at}", human_duration(lost)))
        }
        Some(Backup { of, at }) => {
            let told = format!(
                "writes unbounded: what was written since {at}, and what had not arrived by then at the {of}, whose backup it is; its lag at \
                 that time is not known"
            );
            (None, told)
        }
        None => (None, "writes unbounded: what moment the backup holds is not known".to_owned()),
    })
}
