//! What a failback leaves behind: everything where it was at the start, and every row with it.

use drlab_core::config::Site;
use drlab_core::domain::What;
use drlab_core::run::Renamed;

use super::{acknowledged_and_missing, told};
use crate::failover::bridge::Outcome;
use crate::lab::rig::Rig;

/// Users are at the primary, in a database that lacks nothing of what was acknowledged to the one that they left; the standby is small again
/// and follows.
pub(super) fn is_home(rig: &Rig, outcome: &Outcome) {
    is_home_but(rig, outcome, 0);
}

/// The same, but for so many rows: what an unplanned failover has lost is lost to users, wherever they are.
pub(super) fn is_home_but(rig: &Rig, outcome: &Outcome, lost: u64) {
    let workload = &rig.stage.config.workloads[0];
    let truth = rig.workload();
    assert_eq!(truth["landing"], "primary", "{}", told(outcome));
    let configured = &workload.database.as_ref().unwrap().sites;
    let made = |region| {
        outcome.run.memory.past.iter().find_map(|past| match &past.change.what {
            What::CreateReplica { instance, .. } if past.change.region == region => Some(instance.clone()),
            _ => None,
        })
    };
    let home = made(workload.primary.clone()).unwrap_or_else(|| configured.primary.clone());
    // Whoever looks at the console afterwards is told which databases it must look at from now on.
    if home != configured.primary {
        let renamed = Renamed { site: Site::Primary, to: home.clone() };
        assert!(outcome.run.renamed().contains(&renamed), "{:?}", outcome.run.renamed());
    }
    let (acknowledged, missing) = acknowledged_and_missing(rig, "primary", &home);
    assert!(acknowledged > 1_000, "{acknowledged}");
    assert_eq!(missing, lost, "of {acknowledged}: {}", told(outcome));
    // The databases that were left are kept, and nobody writes into them.
    let rows = |id: &str| rig.truth(|world| world.ledger.acknowledged_by(&[id]));
    assert!(rows(&home) > 0, "users write into {home}");
    for (service, running) in workload.services.iter().zip(rig.site("standby")["services"].as_array().unwrap()) {
        assert_eq!(running["running"], service.sites.standby.tasks, "{}", told(outcome));
    }
    // Who comes by there finds a database that follows, not the one that was left and goes on taking writes.
    assert_ne!(rig.site("standby")["writes"], 200, "{}", told(outcome));
    // Users follow the health checks again: what was pinned is as it was put aside.
    assert!(outcome.run.memory.done.contains_key("unpin"), "{}", told(outcome));
    // Nothing that was ever writable is deleted, renamed or overwritten (DESIGN §6.11).
    for past in &outcome.run.memory.past {
        let gone = match &past.change.what {
            What::DiscardInstance { instance } => Some(instance),
            _ => None,
        };
        assert_eq!(gone, None, "{}", past.change);
    }
}
