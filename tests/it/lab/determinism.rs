//! One seed and the same calls give the same bytes, whatever else the machine does; and looking does not change what is looked at.

use std::thread;
use std::time::Duration;

use serde_json::Value;
use tokio::time::sleep;

use super::drills::{steps, tier2};
use super::rig::{Rig, config, paused};

/// Every response body and header of a whole drill, and everything that was true at its end.
fn drill(seed: u64) -> (Vec<String>, Value) {
    paused(async {
        let mut config = config("tier2");
        config.lab.seed = seed;
        let rig = Rig::of(config);
        tier2::dark_region(&rig).await;
        calls_that_invent_names(&rig).await;
        (rig.transcript.lines(), rig.state())
    })
}

/// Answers are full of identifiers, each of them an opportunity to differ.
async fn calls_that_invent_names(rig: &Rig) {
    let there = rig.standby();
    let topic = there.sns.create_topic().name("drill").send().await.unwrap().topic_arn.unwrap();
    there.sns.publish().topic_arn(topic).message("done").send().await.unwrap();
    let put = there.s3.put_object().bucket("tier2-app-data-replica").key("app-data/drill");
    put.body(aws_sdk_s3::primitives::ByteStream::from_static(b"drill")).send().await.unwrap();
    // The SDK makes up this token, at random, unless it is given.
    let secret = there.secrets.put_secret_value().secret_id("tier2/db").secret_string("{}");
    secret.client_request_token("5f0c1f64-0000-4000-8000-000000000001").send().await.unwrap();
    let machine = rig.stage.config.workloads[0].workflow.failover.clone().unwrap();
    there.states.start_execution().state_machine_arn(machine).send().await.unwrap();
}

fn assert_same((lines, state): &(Vec<String>, Value), (others, other): &(Vec<String>, Value)) {
    for (line, twin) in lines.iter().zip(others) {
        assert_eq!(line, twin);
    }
    assert_eq!(lines.len(), others.len());
    assert_eq!(state, other);
}

#[test]
fn one_seed_is_one_drill() {
    let once = drill(7);
    assert!(once.0.len() > 100, "{} answers", once.0.len());
    assert_same(&once, &drill(7));
    // Two at once get in each other's way nowhere.
    let twins = [thread::spawn(|| drill(7)), thread::spawn(|| drill(7))];
    for twin in twins {
        assert_same(&once, &twin.join().unwrap());
    }
}

#[test]
fn another_seed_is_another_drill() {
    let (one, other) = (drill(7), drill(8));
    assert_ne!(one.0, other.0);
    assert_ne!(one.1["transitions"], other.1["transitions"]);
}

#[test]
fn asking_more_often_changes_nothing() {
    let rare = watched(Duration::from_secs(10));
    let often = watched(Duration::from_secs(5));
    assert!(rare.1 > 50 && often.1 > rare.1 * 3 / 2, "{} and {} looks", rare.1, often.1);
    assert!(rare.0["transitions"].as_array().unwrap().len() > 20);
    assert_eq!(rare.0, often.0);
}

/// The truth after a failover whose calls come at set times, while somebody watches both regions; and how often they looked.
fn watched(every: Duration) -> (Value, u32) {
    paused(async {
        let rig = Rig::open("tier2");
        let deeds = async {
            sleep(Duration::from_secs(60)).await;
            rig.inject("region-dark:primary", None, None);
            sleep(Duration::from_secs(30)).await;
            tokio::join!(steps::promote(&rig, 7), steps::scale(&rig));
            // A set time, whenever the two above were seen to be through.
            let (now, due) = (rig.truth(|world| world.now().secs()), super::rig::START.secs() + 900);
            sleep(Duration::from_secs(u64::try_from(due - now).unwrap())).await;
        };
        let mut looks = 0;
        let watch = async {
            loop {
                looks += 1;
                for clients in rig.aws.regions.values() {
                    // One of the regions is dark; whoever watches goes on.
                    let _ = clients.rds.describe_db_instances().send().await;
                    let _ = clients.ecs.list_clusters().send().await;
                    let _ = clients.cloudwatch.describe_alarms().send().await;
                }
                sleep(every).await;
            }
        };
        tokio::select! {
            biased;
            () = deeds => {}
            () = watch => {}
        }
        (rig.state(), looks)
    })
}
