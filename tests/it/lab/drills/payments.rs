//! Aurora hands over without losing a row when both sides are well, and with very few lost when one is gone.

use drlab_core::config::Site;

use super::{assert_within, rows, steps, timed};
use crate::lab::rig::{Rig, until};
use crate::lab::services::aurora;

fn target(rig: &Rig) -> String {
    format!("arn:aws:rds:us-east-2:{}:cluster:payments-use2", rig.stage.config.workloads[0].account)
}

#[tokio::test(start_paused = true)]
async fn a_switchover_loses_no_row() {
    let rig = Rig::open("payments");
    let rds = &rig.primary().rds;
    let switch = async {
        let switch = rds.switchover_global_cluster().global_cluster_identifier(aurora::GLOBAL);
        switch.target_db_cluster_identifier(target(&rig)).send().await.unwrap();
        until(600, async || aurora::global(rds).await, |now| aurora::settled(now, "payments-use2")).await
    };
    // There is time: the standby grows first. Its tasks look at the database, which is away for a moment while it changes hands.
    let ((), scaling) = timed(steps::scale(&rig)).await;
    let (_, switchover) = timed(switch).await;
    let ((), pin) = timed(steps::pin(&rig, Site::Standby)).await;
    steps::proven(&rig, Site::Standby).await;

    let timings = rig.truth(|world| world.timings.clone());
    assert_within(switchover, &[timings.aurora_switchover]);
    assert_within(scaling, &[timings.task_provisioning, timings.task_pending, timings.task_activating, timings.target_initial]);
    assert_within(pin, &[timings.record_change]);
    let truth = rig.workload();
    assert_eq!((&truth["landing"], &truth["split"], &truth["writes"]["missing"]), (&"standby".into(), &false.into(), &0.into()));
    assert_eq!(rows(&rig.site("standby")), truth["writes"]["acknowledged"], "every row that was ever acknowledged is there");
}

#[tokio::test(start_paused = true)]
async fn a_dark_virginia_takes_route_53s_control_plane_and_the_users_come_by_themselves() {
    let rig = Rig::open("payments");
    let behind = rows(&rig.site("primary")) - rows(&rig.site("standby"));
    rig.inject("region-dark:primary", None, None);
    let rds = &rig.standby().rds;
    let failover = async {
        let failover = rds.failover_global_cluster().global_cluster_identifier(aurora::GLOBAL);
        failover.target_db_cluster_identifier(target(&rig)).allow_data_loss(true).send().await.unwrap();
        until(900, async || aurora::global(rds).await, |now| aurora::settled(now, "payments-use2")).await
    };
    let ((_, failover), ((), _)) = tokio::join!(timed(failover), timed(steps::scale(&rig)));
    // No record can be changed; the health checks look on, and that is enough.
    assert!(rig.aws.route53.list_hosted_zones().send().await.is_err());
    steps::proven(&rig, Site::Standby).await;

    let timings = rig.truth(|world| world.timings.clone());
    assert_within(failover, &[timings.aurora_failover]);
    let truth = rig.workload();
    // Nobody could reach the old writer to stop it.
    assert_eq!((&truth["landing"], &truth["split"]), (&"standby".into(), &true.into()));
    assert_eq!(truth["writes"]["missing"], behind);
}
