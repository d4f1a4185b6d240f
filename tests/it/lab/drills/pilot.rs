//! Nothing runs at the standby, and its secret cannot be changed: both must be seen to before anybody is sent there.

use drlab_core::config::Site;
use serde_json::Value;

use super::{assert_within, rows, steps, timed};
use crate::lab::rig::{Rig, refused};

#[tokio::test(start_paused = true)]
async fn a_pilot_light_grows_from_no_tasks_and_learns_where_its_database_is() {
    let rig = Rig::open("pilot");
    assert_eq!(rig.site("standby")["services"][0]["running"], 0);
    // What acts on its own is held first.
    rig.standby().events.disable_rule().name("pilot-dr-monitor").send().await.unwrap();
    let behind = rows(&rig.site("primary")) - rows(&rig.site("standby"));
    rig.inject("app-down:primary", None, None);
    rig.inject("database-down:primary", None, None);

    let (promoted, promotion) = timed(steps::promote(&rig, 1)).await;
    let secrets = &rig.standby().secrets;
    let mut value: Value = {
        let got = secrets.get_secret_value().secret_id("pilot/db").send().await.unwrap();
        serde_json::from_str(got.secret_string().unwrap()).unwrap()
    };
    assert!(value["host"].as_str().unwrap().ends_with(".eu-west-1.rds.amazonaws.com"), "a copy of the primary's");
    value["host"] = promoted.endpoint().unwrap().address().unwrap().into();
    let put = || secrets.put_secret_value().secret_id("pilot/db").secret_string(value.to_string());
    assert!(refused(put().send().await).is_invalid_parameter_exception(), "a replica takes no writes");
    secrets.stop_replication_to_replica().secret_id("pilot/db").send().await.unwrap();
    put().send().await.unwrap();
    let ((), scaling) = timed(steps::scale(&rig)).await;
    let ((), pin) = timed(steps::pin(&rig, Site::Standby)).await;
    steps::proven(&rig, Site::Standby).await;

    let timings = rig.truth(|world| world.timings.clone());
    assert_within(promotion, &[timings.promotion_modifying, timings.promotion_rebooting, timings.promotion_backing_up]);
    assert_within(scaling, &[timings.task_provisioning, timings.task_pending, timings.task_activating, timings.target_initial]);
    assert_within(pin, &[timings.record_change]);
    let truth = rig.workload();
    assert_eq!((&truth["landing"], &truth["split"]), (&"standby".into(), &false.into()));
    // The source could still be reached, so what its log held has come over: at most what was missing when it fell.
    assert!(truth["writes"]["missing"].as_u64().unwrap() <= behind, "{} of {behind}", truth["writes"]["missing"]);
}
