//! The region goes dark: promote, scale, pin, prove; and count what is lost.

use std::time::Duration;

use drlab_core::config::Site;

use super::{assert_within, rows, steps, timed};
use crate::lab::rig::Rig;

/// How long each part of the drill took.
pub(crate) struct Took {
    promotion: Duration,
    scaling: Duration,
    pin: Duration,
    all: Duration,
}

/// What does not depend on anything goes at once; the users follow when a write can be kept.
pub(crate) async fn dark_region(rig: &Rig) -> Took {
    let drill = async {
        rig.inject("region-dark:primary", None, None);
        let ((_, promotion), ((), scaling)) = tokio::join!(timed(steps::promote(rig, 7)), timed(steps::scale(rig)));
        let ((), pin) = timed(steps::pin(rig, Site::Standby)).await;
        steps::proven(rig, Site::Standby).await;
        (promotion, scaling, pin)
    };
    let ((promotion, scaling, pin), all) = timed(drill).await;
    Took { promotion, scaling, pin, all }
}

#[tokio::test(start_paused = true)]
async fn a_dark_region_costs_exactly_what_the_replica_had_not_applied() {
    let rig = Rig::open("tier2");
    let behind = rows(&rig.site("primary")) - rows(&rig.site("standby"));
    assert!(behind > 0, "an asynchronous replica is behind");
    let took = dark_region(&rig).await;

    let timings = rig.truth(|world| world.timings.clone());
    assert_within(took.promotion, &[timings.promotion_modifying, timings.promotion_rebooting, timings.promotion_backing_up]);
    assert_within(took.scaling, &[timings.task_provisioning, timings.task_pending, timings.task_activating, timings.target_initial]);
    assert_within(took.pin, &[timings.record_change]);
    assert!(took.all < rig.stage.config.workloads[0].objectives.rto, "{:?}", took.all);

    let truth = rig.workload();
    // A dark source cannot be fenced: two databases take writes, and only the dark keeps the users from one of them.
    assert_eq!((&truth["landing"], &truth["split"]), (&"standby".into(), &true.into()));
    assert_eq!(truth["writes"]["missing"], behind);
    let stretches = truth["writes"]["stretches"].as_array().unwrap();
    assert!(stretches.iter().all(|stretch| stretch["acknowledged_by"] == "tier2-db"));
    assert_eq!(stretches.iter().map(|stretch| stretch["rows"].as_u64().unwrap()).sum::<u64>(), behind);
}

#[tokio::test(start_paused = true)]
async fn before_the_promotion_is_through_nothing_can_be_written() {
    let rig = Rig::open("tier2");
    rig.inject("region-dark:primary", None, None);
    rig.standby().rds.promote_read_replica().db_instance_identifier("tier2-db-replica").send().await.unwrap();
    steps::pin(&rig, Site::Standby).await;
    // The users are there, and the tasks are well; the database is not a database yet.
    let before = rig.site("standby");
    assert_eq!((&before["answers"], &before["writes"], &before["database"]["writable"]), (&200.into(), &503.into(), &false.into()));
    steps::proven(&rig, Site::Standby).await;
    assert_eq!(rig.site("standby")["database"]["writable"], true);
}
