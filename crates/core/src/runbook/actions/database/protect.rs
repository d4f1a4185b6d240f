use std::time::Duration;

use super::super::judging::{Judged, concluded, figures, word};
use super::protection::{Protection, wished};
use super::whose::{database_id, instance, last_instance};
use super::{only, whose};
use crate::config::{DatabaseKind, Workload};
use crate::domain::fact::Instance;
use crate::domain::{Change, Subject, What};
use crate::runbook::{About, Confirm, Deed, Part, RunSite, Scene, Standing, Undo};

/// The promoted database is kept as safe as the one it took the place of.
#[derive(Debug)]
pub(in crate::runbook) struct Protect;

impl Deed for Protect {
    fn about(&self) -> About {
        About {
            makes_true: "Backups, their window and the second zone are as they were before the promotion, or as the old source had them.",
            turns: ("what the promotion has left of backups and zones", "backups and zones as before"),
            proof: "All of them read back.",
            undo: Undo::By("aws rds modify-db-instance"),
            guards: &[],
            site: RunSite::Target,
            confirm: Confirm::None,
            expect: Duration::from_secs(600),
            timeout: Duration::from_secs(3600),
            may_fail: true,
            parameters: &[],
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        only(workload, DatabaseKind::RdsReplica, "an Aurora cluster keeps its backups and zones when it takes over")
    }

    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        whose::database_subject(scene, scene.site()).into_iter().collect()
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        concluded(judge(scene))
    }

    /// What is yet to be made has none of it, as far as anybody knows.
    fn foreseen(&self, scene: &Scene<'_>) -> Vec<Change> {
        let Some(id) = database_id(scene, scene.site()) else { return Vec::new() };
        let found = last_instance(scene, scene.site()).cloned().unwrap_or_else(|| Instance { id: id.to_owned(), ..Instance::default() });
        lacking(&found, &wished(scene, &found)).map(|what| Change::new(scene.region(), what)).into_iter().collect()
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        let Some(found) = last_instance(scene, scene.site()) else {
            return ("unknown".to_owned(), "backups and zones as before".to_owned());
        };
        let wish = wished(scene, found);
        (says(found.backup_retention_days, found.multi_az, found.backup_window.as_deref()), wish.says())
    }
}

fn judge(scene: &Scene<'_>) -> Judged {
    let found = instance(scene, scene.site())?;
    if found.is_replica() {
        return Ok(Standing::working("it is a replica still"));
    }
    let wish = wished(scene, found);
    let lacks = lacking(found, &wish);
    let Some(what) = lacks else { return Ok(Standing::proven(wish.says())) };
    // RDS changes nothing while it backs up or changes something else; what is being changed may be this.
    if found.status != "available" {
        return Ok(Standing::working(format!("it is {}; wanted are {}", word(&found.status), wish.says())));
    }
    Ok(Standing::needs([Change::new(scene.region(), what)]))
}

/// A change of what differs alone: what is left out stays as it is.
fn lacking(found: &Instance, wish: &Protection) -> Option<What> {
    let differs = |wish: &Option<String>, now: &Option<String>| wish.clone().filter(|_| wish != now);
    let multi_az = (wish.multi_az != found.multi_az).then_some(wish.multi_az);
    let retention = (wish.retention != found.backup_retention_days).then_some(wish.retention);
    let backup_window = differs(&wish.backup_window, &found.backup_window);
    let maintenance_window = differs(&wish.maintenance_window, &found.maintenance_window);
    let any = multi_az.is_some() || retention.is_some() || backup_window.is_some() || maintenance_window.is_some();
    any.then(|| What::ProtectInstance {
        instance: found.id.clone(),
        multi_az,
        backup_retention_days: retention,
        backup_window,
        maintenance_window,
    })
}

impl Protection {
    fn says(&self) -> String {
        says(self.retention, self.multi_az, self.backup_window.as_deref())
    }
}

fn says(days: i32, multi_az: bool, window: Option<&str>) -> String {
    figures([
        format!("backups kept for {days} days"),
        if multi_az { "several zones" } else { "one zone" }.to_owned(),
        window.map(|window| format!("window {}", word(window))).unwrap_or_default(),
    ])
}
