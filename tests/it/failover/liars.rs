//! The unplanned failover on days that lie: it never says that it is done when it is not. It ends with what is so, or says what it waits for.
//!
//! `says`: all of that is told by the journal, or by what the stages wait for at the end.

use std::time::Duration;

use drlab_core::run::{Ending, Phase};
use tokio::time::sleep;

use super::bridge::{self, Habits, Outcome};
use super::unplanned::lost;
use crate::cores;
use crate::lab::rig::{Rig, START, paused};

struct Day {
    scenario: &'static str,
    topology: &'static str,
    /// Seconds after the lab began.
    outage: u64,
    declared: u64,
    /// Minutes that somebody waits for the end.
    patience: u64,
    habits: Habits,
    ends: Ends,
    says: &'static [&'static str],
}

#[derive(Debug, PartialEq, Eq)]
enum Ends {
    /// With users at the standby, and rightly so.
    Proven,
    /// Not at all.
    Never,
}

const NOBODY: Habits = Habits::STEADY;
const LOSS: Habits = Habits { overrides: &["database.loss.bounded"], ..NOBODY };
const DAY: Day =
    Day { scenario: "", topology: "tier2", outage: 120, declared: 180, patience: 30, habits: LOSS, ends: Ends::Proven, says: &[] };

const TABLE: &[Day] = &[
    // RDS says that it is promoted and available. Only a write tells, and it fails for as long as that is not so.
    Day {
        scenario: "liar-promotion",
        patience: 20,
        ends: Ends::Never,
        says: &["promote DONE", "write FAILED", "the standby does not write yet"],
        ..DAY
    },
    // What Route 53 calls in sync is proof of nothing; where users are is told by resolvers.
    Day { scenario: "liar-insync", ..DAY },
    // The right address, and not the right application. Nobody would fail over for a brownout; somebody who does all the same is not told that it
    // worked.
    Day { scenario: "liar-answer", patience: 20, ends: Ends::Never, says: &["impaired FAILED", "PAUSED"], ..DAY },
    Day {
        scenario: "liar-answer",
        patience: 25,
        habits: Habits { overrides: &["database.loss.bounded", "source.impaired"], skips: &["impaired"], ..NOBODY },
        ends: Ends::Never,
        says: &["health FAILED", "the standby answers: HTTP 503"],
        ..DAY
    },
    // Descriptions of the standby are of yesterday for a quarter of an hour: what has been done is not seen until then.
    Day { scenario: "liar-stale", patience: 40, ..DAY },
    // Somebody has promoted the replica; the primary is well, and no failover is the answer to that.
    Day { scenario: "split-brain", patience: 10, ends: Ends::Never, says: &["impaired FAILED", "no kind of source fails"], ..DAY },
    Day { scenario: "promote-stuck", patience: 30, ends: Ends::Never, says: &["promote FAILED", "modifying"], ..DAY },
    // Room comes after eleven minutes.
    Day { scenario: "capacity-short", patience: 40, says: &["fence OWED"], ..DAY },
    // Health checks have turned users; that they stay there cannot be made sure of before Route 53 can be changed again.
    Day { scenario: "control-plane-down", patience: 55, says: &["fence OWED", "flip DONE Proven: users land there already"], ..DAY },
    // Resolvers keep the old answer for longer than its TTL: the clock runs until the last of them has turned.
    Day { scenario: "dns-slow", patience: 40, ..DAY },
    // What is held back by AWS for minutes is said, and somebody is asked.
    Day { scenario: "api-throttled", patience: 20, ends: Ends::Never, says: &["hold FAILED", "throttled", "PAUSED"], ..DAY },
    // What somebody else has begun is let finish and counts as done; nothing is asked for twice.
    Day { scenario: "automation-races", declared: 225, patience: 40, ..DAY },
    Day { scenario: "automation-races", topology: "pilot", declared: 225, patience: 40, ..DAY },
    Day { scenario: "automation-races", topology: "payments", declared: 225, patience: 40, ..DAY },
    // The loss has no bound that anybody agreed to.
    Day {
        scenario: "replication-broken",
        outage: 600,
        declared: 660,
        patience: 10,
        habits: NOBODY,
        ends: Ends::Never,
        says: &["promote: held by database.loss.bounded"],
        ..DAY
    },
    Day { scenario: "replication-broken", outage: 600, declared: 660, says: &["overridden database.loss.bounded"], ..DAY },
    // They expire when the promotion is under way, and hold again five minutes later.
    Day { scenario: "credentials-expired", declared: 285, patience: 40, ..DAY },
    Day { scenario: "flapping-primary", patience: 15, ends: Ends::Never, says: &["impaired FAILED"], ..DAY },
];

#[test]
fn nothing_is_called_done_that_is_not() {
    cores::every(TABLE.iter(), |day| format!("{} on {}", day.scenario, day.topology), |day| day.spend());
}

impl Day {
    fn spend(&self) {
        paused(async {
            let rig = Rig::playing(self.topology, Some(self.scenario));
            sleep(Duration::from_secs(self.declared)).await;
            let outage = START + Duration::from_secs(self.outage);
            let patience = Duration::from_secs(60 * self.patience);
            let outcome = bridge::attended(&rig, "unplanned_failover", Some(outage), patience, self.habits).await;
            let story = outcome.story(outage);
            let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.judge(&rig, &outcome, &story)));
            if let Err(why) = told {
                println!("==== {} on {}\n{story}\ntruth: {:?}\n====", self.scenario, self.topology, outcome.witness.moments.last());
                std::panic::resume_unwind(why);
            }
        });
    }

    fn judge(&self, rig: &Rig, outcome: &Outcome, story: &str) {
        for word in self.says {
            assert!(story.contains(word), "{}: nobody says “{word}”", self.scenario);
        }
        outcome.witness.assert_honest(&outcome.run);
        outcome.witness.assert_all_intended(&outcome.run);
        match (&outcome.run.finished, &self.ends) {
            (Some(finished), Ends::Proven) => {
                assert_eq!(finished.verdict, Ending::Proven, "{}", self.scenario);
                let truth = outcome.witness.moments.last().unwrap();
                assert!(truth.serves("standby"), "{}: {truth:?}", self.scenario);
                let lost = lost(&rig.workload());
                assert!(finished.rpo.is_none_or(|rpo| rpo >= lost), "{}: stated {:?}, lost {lost:?}", self.scenario, finished.rpo);
            }
            (None, Ends::Never) => {
                let failed = outcome.run.stages.values().any(|state| matches!(state.phase, Phase::Failed { .. }));
                assert!(failed || !outcome.desk.stances.is_empty(), "{}: it hangs without a word", self.scenario);
            }
            (finished, ends) => panic!("{}: {ends:?}, but {finished:?}", self.scenario),
        }
    }
}
