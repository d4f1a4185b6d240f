//! What is left where there is nothing to promote.

use super::look::Look;
use crate::config::{Database, Site};
use crate::domain::Timestamp;
use crate::domain::fact::RestorePoint;

/// The newest restore point in the target's region: copies of the source's backups, or the target's own.
pub(super) fn newest(look: Look<'_>, database: &Database, target: Site) -> Option<Timestamp> {
    let of = [target.other(), target].map(|of| look.workload.restore_subject(database, of, target));
    of.iter().filter_map(|subject| look.see::<RestorePoint>(subject).now().and_then(RestorePoint::newest)).max()
}
