//! Databases that will not be promoted, or do not say what is lost.

use std::cell::Cell;
use std::time::Duration;

use drlab_core::domain::Receipt;
use drlab_core::run::Stance;
use tokio::time::sleep;

use super::{Day, Habits, Interrupt, LOSS, OUTAGE, Outcome, quietly};

/// It is available when it is looked at, and backing up when it is asked.
#[test]
fn a_promotion_is_refused_while_the_database_backs_up() {
    Day::of("tier2", "primary-outage", async |day| {
        let begun = day.declared();
        let (asks, backs_up) = (Cell::new(false), Cell::new(false));
        let between = |outcome: &Outcome| {
            let confirming = matches!(outcome.desk.stances.get("promote"), Some(Stance::Confirming));
            asks.set(asks.get() || confirming);
            (confirming && !backs_up.get()).then_some(Interrupt::Wait)
        };
        let rds = day.rig.standby().rds.clone();
        let meddling = async {
            while !asks.get() {
                sleep(Duration::from_millis(100)).await;
            }
            let snapshot = rds.create_db_snapshot().db_instance_identifier("tier2-db-replica").db_snapshot_identifier("by-hand");
            snapshot.send().await.unwrap();
            backs_up.set(true);
            std::future::pending::<()>().await;
        };
        let outcome = tokio::select! {
            outcome = day.sit(begun, LOSS, &between) => outcome,
            () = meddling => unreachable!(),
        };
        // The snapshot is somebody else's.
        let by_hand = day.witness.changes.remove("CreateDBSnapshot");
        assert_eq!(by_hand, Some(1));
        day.proven(&outcome);
        let promotions: Vec<_> = outcome.run.memory.past.iter().filter(|past| past.stage == "promote").collect();
        assert!(matches!(&promotions[0].answer, Some((_, Receipt::Refused { code, .. })) if code.contains("InvalidDBInstanceState")));
        assert_eq!((promotions.len(), day.taken("PromoteReadReplica")), (2, 1), "{promotions:#?}");
        assert!(promotions[1].asked_at.since(promotions[0].asked_at) > Duration::from_secs(30), "it waits until the backup is over");
    });
}

/// MySQL says -1 where it does not replicate any more. That is no lag of less than a second.
#[test]
fn a_lag_of_minus_one_is_no_figure() {
    Day::of("pilot", "primary-outage", async |day| {
        day.rig.inject("replication-broken:standby", None, None);
        sleep(Duration::from_secs(300)).await;
        let begun = day.declared();
        let outcome = day.sit_for(Duration::from_secs(400), begun, Habits::STEADY, &quietly).await;
        let story = outcome.story(OUTAGE);
        assert!(outcome.run.finished.is_none(), "{story}");
        assert!(story.contains("promote: held by") && story.contains("database.loss.bounded"), "{story}");
        assert_eq!(day.taken("PromoteReadReplica"), 0, "nobody has agreed to a loss without a bound");
        // Somebody does, by name; what was lost is stated with its bound or without one, and never as nothing.
        let begun = day.left("tests");
        let outcome = day.sit(begun, LOSS, &quietly).await;
        day.proven(&outcome);
        let stated = outcome.run.stated.clone().unwrap();
        assert!(stated.seconds.is_none_or(|seconds| seconds > 60.0), "{stated:?}");
    });
}
