//! How a database is kept safe: backups, their window, a second zone. A promotion keeps little of it, so it is put aside before.

use std::collections::BTreeMap;

use super::super::judging::{aside, keep, kept, kept_as};
use super::whose::last_instance;
use crate::config::Site;
use crate::domain::fact::Instance;
use crate::runbook::Scene;

/// How the promoted database should be kept: no worse than it was itself, and no worse than the one it takes the place of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Protection {
    pub(super) retention: i32,
    pub(super) multi_az: bool,
    pub(super) backup_window: Option<String>,
    pub(super) maintenance_window: Option<String>,
}

const OF: &str = "database";

/// What is put aside of the target, and of the source as far as it was ever seen: a dark one cannot be asked any more.
pub(super) fn put_aside(scene: &Scene<'_>) -> BTreeMap<String, String> {
    let values = [scene.source, scene.target()].into_iter().filter_map(|site| Some((site, last_instance(scene, site)?)));
    keep(scene, values.flat_map(|(site, found)| figures(found).map(move |(what, value)| (aside(site, OF, what), value))))
}

fn figures(found: &Instance) -> impl Iterator<Item = (&'static str, String)> {
    let windows = [("backup-window", &found.backup_window), ("maintenance-window", &found.maintenance_window)];
    let windows = windows.into_iter().filter_map(|(what, value)| Some((what, value.clone()?)));
    [("retention", found.backup_retention_days.to_string()), ("multi-az", found.multi_az.to_string())].into_iter().chain(windows)
}

/// What is wished for. Where somebody else promoted it, nothing was put aside, and the source as it was seen last is all there is.
pub(super) fn wished(scene: &Scene<'_>, found: &Instance) -> Protection {
    let site = scene.site();
    let was = |of: Site| {
        let seen = (of != site).then(|| last_instance(scene, of)).flatten();
        let retention = kept_as(scene, &aside(of, OF, "retention")).or(seen.map(|seen| seen.backup_retention_days));
        let multi_az = kept_as(scene, &aside(of, OF, "multi-az")).or(seen.map(|seen| seen.multi_az));
        (retention.unwrap_or(0), multi_az.unwrap_or(false))
    };
    let (own, other) = (was(site), was(site.other()));
    let window = |what, now: &Option<String>| kept(scene, &aside(site, OF, what)).map(str::to_owned).or_else(|| now.clone());
    Protection {
        // A database without backups has no point to be restored to.
        retention: own.0.max(other.0).clamp(1, 35).max(found.backup_retention_days),
        multi_az: own.1 || other.1 || found.multi_az,
        backup_window: window("backup-window", &found.backup_window),
        maintenance_window: window("maintenance-window", &found.maintenance_window),
    }
}
