//! What the console shows on each bad day: every scenario of the lab, what somebody with five seconds reads, and by when.
//!
//! `by(when, banner, told)`: by then the banner is in the line beneath the title, and the rest is said somewhere on the screens. `never` is on
//! none of them, at any time of that day. Besides, every five seconds of every day are held against the truth: see `day::Honesty`.

use std::collections::BTreeSet;

use drlab_lab::scenarios::SCENARIOS;

use super::day::{Day, Deed, by};
use crate::cores;

const TABLE: &[Day] = &[
    // Two kinds of evidence agree within forty seconds. A minute in, DNS has turned by itself: users are on a standby that takes no write.
    // The region's APIs answer, so nothing is called dark; RDS goes on calling the dead instance available, so nobody calls it down.
    Day {
        scenario: "primary-outage",
        topology: "tier2",
        deed: None,
        moments: &[
            by("1m55s", "HEALTHY", &["active primary", "landing primary", "impaired no", "ready yes"]),
            by("2m10s", "DEGRADED", &["replica, not replicating", "event users: HTTP 200 → HTTP 503"]),
            by("2m40s", "PRIMARY IMPAIRED", &["impaired yes: the primary fails by client, targets", "none of 2 targets is healthy"]),
            by("3m00s", "USERS ON STANDBY · DATABASE READ-ONLY", &["active primary", "landing standby", "ready yes"]),
            by("6m00s", "USERS ON STANDBY · DATABASE READ-ONLY", &["check database.lag yes"]),
            by("10m00s", "USERS ON STANDBY · DATABASE READ-ONLY", &["in alarm: tier2-unhealthy-targets", "nobody is connected"]),
        ],
        never: &["DARK", "does not answer", "NOTHING TO FAIL OVER TO"],
    },
    // A pilot light runs nothing at the standby, and that is no trouble on a good day. Users stay where nothing serves them.
    Day {
        scenario: "primary-outage",
        topology: "pilot",
        deed: None,
        moments: &[
            by("1m55s", "HEALTHY", &["active primary", "landing primary", "ready yes"]),
            by("3m00s", "PRIMARY IMPAIRED", &["impaired yes", "landing primary"]),
            by("8m00s", "PRIMARY IMPAIRED", &["landing primary", "replication/database critical: broken", "ready yes"]),
        ],
        never: &["DARK", "landing both", "landing neither"],
    },
    Day {
        scenario: "primary-outage",
        topology: "payments",
        deed: None,
        moments: &[
            by("1m55s", "HEALTHY", &["active primary", "landing primary", "ready yes"]),
            by("2m45s", "PRIMARY IMPAIRED", &["impaired yes"]),
            by("4m00s", "USERS ON STANDBY · DATABASE READ-ONLY", &["landing standby", "ready yes"]),
        ],
        never: &["DARK", "SPLIT"],
    },
    Day {
        scenario: "primary-outage",
        topology: "platform",
        deed: None,
        moments: &[
            by("1m55s", "HEALTHY", &["active primary", "landing primary", "ready yes"]),
            by("2m45s", "PRIMARY IMPAIRED", &["impaired yes"]),
            by("4m00s", "USERS ON STANDBY · DATABASE READ-ONLY", &["landing standby", "ready yes"]),
        ],
        never: &["DARK", "SPLIT"],
    },
    // Named dark within half a minute. What was read before is shown with its age and is no longer green; who writes is unknown from the
    // moment the last answer is too old. The loss is bounded all the time, and a failover stays possible.
    Day {
        scenario: "dark-region",
        topology: "tier2",
        deed: None,
        moments: &[
            by("2m30s", "ap-southeast-2 IS DARK", &["impaired yes", "primary/alarms unknown", "primary/key unknown", "ready yes"]),
            by("3m00s", "USERS ON STANDBY · DATABASE READ-ONLY", &["active unknown", "landing standby", "ready yes"]),
            by("12m00s", "USERS ON STANDBY · DATABASE READ-ONLY", &["ready yes", "in alarm: tier2-replica-lag", "at most 11m02s"]),
        ],
        never: &["SPLIT", "NEITHER REGION", "suspect our own network", "credentials expired"],
    },
    // us-east-1 takes Route 53's control plane with it: no record can be changed, and none need be, as users have turned already.
    Day {
        scenario: "dark-region",
        topology: "platform",
        deed: None,
        moments: &[
            by("2m30s", "us-east-1 IS DARK", &["impaired yes", "no record can be changed"]),
            by("5m00s", "USERS ON STANDBY · DATABASE READ-ONLY", &["check dns.control_plane no", "ready yes"]),
        ],
        never: &["SPLIT", "NEITHER REGION"],
    },
    // Slow and wrong is not down: degraded all the while it is the primary's. Where DNS chases it, the banner says where users are.
    Day {
        scenario: "brownout",
        topology: "tier2",
        deed: None,
        moments: &[
            by("3m00s", "DEGRADED", &["impaired no", "checkers call the primary down", "event users: HTTP 200 → HTTP 503"]),
            by("8m00s", "DEGRADED", &["30.0% of requests failed, as of", "in alarm: tier2-alb-latency"]),
            by("28m00s", "HEALTHY", &["active primary", "landing primary"]),
        ],
        never: &["IMPAIRED", "DARK"],
    },
    // The figure of the lag is minutes old when it comes; while it climbs each of those minutes counts. Red when more than the objective
    // would be lost, and still red, with the loss fixed at what had not arrived, when the primary has failed.
    Day {
        scenario: "lag-storm",
        topology: "tier2",
        deed: None,
        moments: &[
            by("1m30s", "HEALTHY", &["ready yes"]),
            by("5m30s", "DEGRADED", &["falls behind by the second", "and growing", "check database.lag no", "ready no"]),
            by("7m00s", "DEGRADED", &["more than the 5m00s that may be lost", "ready no"]),
            by("10m00s", "USERS ON STANDBY · DATABASE READ-ONLY", &["ready no", "would lose ~7m32s of writes"]),
            by(
                "14m00s",
                "USERS ON STANDBY · DATABASE READ-ONLY",
                &["ready no", "would lose ~7m32s of writes", "in alarm: tier2-replica-lag"],
            ),
        ],
        never: &["DARK", "SPLIT"],
    },
    // Said at once, as RDS says it; PostgreSQL's lag climbs.
    Day {
        scenario: "replication-broken",
        topology: "tier2",
        deed: None,
        moments: &[
            by("1m15s", "DEGRADED", &["replica, not replicating", "event db: replication replicating → error"]),
            by("7m00s", "DEGRADED", &["falls behind by the second", "check database.lag no", "ready no"]),
        ],
        never: &["replication/database healthy: 0s ", "DARK"],
    },
    // MySQL's lag reads −1, which is broken and never zero. From the last true figure on, everything counts as lost.
    Day {
        scenario: "replication-broken",
        topology: "pilot",
        deed: None,
        moments: &[
            by("1m15s", "DEGRADED", &["replica, not replicating"]),
            by("4m30s", "DEGRADED", &["replication/database critical: broken", "(lag −1)", "and growing", "ready no"]),
            by("12m00s", "PRIMARY IMPAIRED", &["replication/database critical: broken", "ready no", "would lose ~10m30s of writes"]),
        ],
        never: &["replication/database critical: 0s", "replication/database critical: -1", "DARK"],
    },
    // Nothing is wrong with the application. The oldest object's wait grows by the second, and objects are lost like writes are.
    Day {
        scenario: "s3-stall",
        topology: "tier2",
        deed: None,
        moments: &[
            by("50s", "HEALTHY", &["ready yes"]),
            by("6m30s", "DEGRADED", &["the oldest object waits for ~", "bucket.tier2-app-data.age no", "objects, the oldest", "ready no"]),
            by("9m50s", "DEGRADED", &["the oldest object waits for ~", "ready no"]),
            by("11m30s", "USERS ON STANDBY · DATABASE READ-ONLY", &["ready no", "objects, the oldest"]),
        ],
        never: &["DARK"],
    },
    // Nobody sees objects being destroyed by watching services: deletions are not replicated and S3 counts objects once a day. What can be
    // seen is that far more than usual waits to be replicated, and that is said with both readings of it. No failover is called for.
    Day {
        scenario: "s3-ransomware",
        topology: "tier2",
        deed: None,
        moments: &[
            by("1m55s", "HEALTHY", &["ready yes"]),
            by("6m30s", "DEGRADED", &["operations wait where 2 are usual", "objects are changed en masse", "impaired no"]),
            by("15m00s", "HEALTHY", &["ready yes"]),
        ],
        never: &["IMPAIRED", "DARK", "verdict critical"],
    },
    // Throttling is called throttling: figures grow old and say so, readiness cannot be told. The outage that follows is still seen, as
    // the primary's region and the client's eye are not throttled.
    Day {
        scenario: "api-throttled",
        topology: "tier2",
        deed: None,
        moments: &[
            by("1m50s", "UNKNOWN", &["throttled for", "impaired no", "ready cannot tell"]),
            by("2m45s", "PRIMARY IMPAIRED", &["impaired yes"]),
            by("4m00s", "USERS ON STANDBY · DATABASE READ-ONLY", &["throttled for", "landing standby"]),
        ],
        never: &["DARK", "us-west-2 does not answer", "NOTHING TO FAIL OVER TO", "suspect our own network"],
    },
    // Route 53's silence is Route 53's: no record can be changed, so no failover would get users across, and no checker's silence counts
    // against the primary. The outage begins when it begins.
    Day {
        scenario: "control-plane-down",
        topology: "tier2",
        deed: None,
        moments: &[
            by("1m30s", "DEGRADED", &["no record can be changed", "check dns.control_plane no", "ready no", "impaired no: no kind"]),
            by("2m30s", "PRIMARY IMPAIRED", &["ap-southeast-2 IS DARK"]),
            by("4m00s", "USERS ON STANDBY · DATABASE READ-ONLY", &["headline USERS", "no record can be changed"]),
        ],
        never: &["fails by checkers", "NEITHER REGION", "SPLIT"],
    },
    // The standby's cloud is full. Nobody can see that before something asks for a task there; when the autoscaler does, ECS's own words
    // are shown, and the service is not called up.
    Day {
        scenario: "capacity-short",
        topology: "payments",
        deed: None,
        moments: &[
            by("1m50s", "HEALTHY", &["ready yes"]),
            by("2m45s", "us-east-1 IS DARK", &["impaired yes"]),
            by(
                "6m00s",
                "USERS ON STANDBY · DATABASE READ-ONLY",
                &[
                    "standby/service/api degraded: 2/4 running",
                    "unable to place a task",
                    "event api: was unable to place a task",
                    "check service.api.capacity no",
                ],
            ),
        ],
        never: &["standby/service/api healthy: 4/4", "SPLIT"],
    },
    // In watch mode this is an outage; when somebody promotes the replica, it is on its way and stays there. Nothing says that it writes.
    Day {
        scenario: "promote-stuck",
        topology: "tier2",
        deed: Some(("4m00s", Deed::Promotes)),
        moments: &[
            by("2m40s", "PRIMARY IMPAIRED", &["ready yes"]),
            by(
                "4m30s",
                "USERS ON STANDBY · DATABASE READ-ONLY",
                &["promoting? modifying", "check database.target.promotable no", "ready no"],
            ),
            by("12m00s", "USERS ON STANDBY · DATABASE READ-ONLY · PROMOTION UNDER WAY?", &["promoting? modifying", "ready no"]),
        ],
        never: &["active standby", "active both", "standby/database healthy: writable"],
    },
    // Called credentials, first thing, while the client's eye goes on seeing. Figures grow old; no region is called dark. Half a minute
    // after they are renewed all is as it was.
    Day {
        scenario: "credentials-expired",
        topology: "tier2",
        deed: None,
        moments: &[
            by("4m50s", "USERS ON STANDBY · DATABASE READ-ONLY", &["impaired yes"]),
            by("5m20s", "CREDENTIALS EXPIRED OR MISSING", &["credentials critical", "AWS refuses them", "event AWS: no valid credentials"]),
            by(
                "8m00s",
                "CREDENTIALS EXPIRED OR MISSING",
                &["active unknown", "ready cannot tell", "impaired cannot tell", "credentials expired"],
            ),
            by("10m40s", "USERS ON STANDBY · DATABASE READ-ONLY", &["active primary", "impaired yes"]),
        ],
        never: &["DARK", "does not answer for", "NEITHER"],
    },
    // Somebody promotes while the primary serves. A promotion is seen when it begins; from the moment two databases write it is a split.
    Day {
        scenario: "split-brain",
        topology: "tier2",
        deed: None,
        moments: &[
            by("2m15s", "DEGRADED", &["promoting? modifying", "event db: status available → modifying", "ready no"]),
            by("5m00s", "SPLIT: BOTH SITES WRITE", &["active both", "both write", "check database.no_split no", "nothing is replicated"]),
            by("9m00s", "SPLIT: BOTH SITES WRITE", &["ready no", "in alarm: tier2-replica-lag"]),
        ],
        never: &["IMPAIRED", "DARK"],
    },
    // Aurora's way to two writers: a cluster taken out of its global cluster writes for itself, though the global cluster names another.
    Day {
        scenario: "split-brain",
        topology: "payments",
        deed: None,
        moments: &[by(
            "3m00s",
            "SPLIT: BOTH SITES WRITE",
            &["writable, on its own", "active both", "check database.no_split no", "ready no"],
        )],
        never: &["IMPAIRED", "DARK"],
    },
    // Up and down by the minute: the banner follows where users are, the events tell every turn, and one failure is no impairment.
    Day {
        scenario: "flapping-primary",
        topology: "tier2",
        deed: None,
        moments: &[
            by("2m50s", "PRIMARY IMPAIRED", &["event users: HTTP 200 → HTTP 503"]),
            by("3m20s", "USERS ON STANDBY · DATABASE READ-ONLY", &["impaired no", "event users: HTTP 503 → HTTP 200"]),
            by("4m00s", "HEALTHY", &["landing primary", "impaired no"]),
            by("5m00s", "USERS ON STANDBY · DATABASE READ-ONLY", &["impaired yes"]),
        ],
        never: &["DARK", "SPLIT"],
    },
    // The world goes on asking the old address: the resolvers disagree for minutes, and who says what is told.
    Day {
        scenario: "dns-slow",
        topology: "tier2",
        deed: None,
        moments: &[
            by("1m50s", "HEALTHY", &["landing primary"]),
            by("2m45s", "PRIMARY IMPAIRED", &["landing both", "resolvers disagree", "check dns.resolvers_agree no"]),
            by("7m00s", "PRIMARY IMPAIRED", &["landing both", "resolvers disagree"]),
        ],
        never: &["landing standby", "DARK"],
    },
    // Something else fails over: seen when it starts, named while it runs, and a failover of one's own is not offered as ready. RDS calls
    // the old primary available to the end, and nothing keeps it from writing again: that is a split until somebody fences it.
    Day {
        scenario: "automation-races",
        topology: "tier2",
        deed: None,
        moments: &[
            by(
                "3m45s",
                "USERS ON STANDBY · DATABASE READ-ONLY · AUTOMATION IS RUNNING",
                &[
                    "event tier2-failover: execution tier2-automation-races RUNNING",
                    "check automation.quiet no: tier2-failover: execution tier2-automation-races is running",
                    "ready no",
                ],
            ),
            by(
                "6m30s",
                "USERS ON STANDBY · DATABASE READ-ONLY · PROMOTION UNDER WAY?",
                &["promoting?", "event db: status modifying → rebooting"],
            ),
            by("9m00s", "SPLIT: BOTH SITES WRITE", &["active both", "landing standby"]),
        ],
        never: &["DARK"],
    },
    // Without automation a colleague fails over the global database.
    Day {
        scenario: "automation-races",
        topology: "payments",
        deed: None,
        moments: &[
            by(
                "3m45s",
                "USERS ON STANDBY · DATABASE READ-ONLY · PROMOTION UNDER WAY?",
                &["event global db: status available → failing-over", "active neither", "ready no"],
            ),
            by("6m40s", "", &["active standby", "landing standby"]),
        ],
        never: &["DARK", "SPLIT"],
    },
    // A function leaves no trace of running; what it does to the replica does.
    Day {
        scenario: "automation-races",
        topology: "pilot",
        deed: None,
        moments: &[
            by("5m00s", "PRIMARY IMPAIRED", &["UNDER WAY?", "promoting? modifying", "ready no"]),
            by("10m00s", "SPLIT: BOTH SITES WRITE", &["active both"]),
        ],
        never: &["DARK"],
    },
    // The replica is gone: nothing to promote, and what is left is a backup with its age.
    Day {
        scenario: "snapshot-restore",
        topology: "tier2",
        deed: None,
        moments: &[
            by(
                "1m40s",
                "DEGRADED",
                &[
                    "tier2-db-replica does not exist",
                    "event db: is gone",
                    "nothing to promote, only the restore point in us-west-2",
                    "check database.restore_point yes",
                    "ready no",
                ],
            ),
            by("4m00s", "USERS ON STANDBY · NO DATABASE THERE", &["standby/database critical: missing", "ready no"]),
        ],
        never: &["DARK", "SPLIT", "active standby"],
    },
    // A 200 from behind the standby's address proves nothing. In watch mode nothing is written, so only that the answer has changed is seen;
    // nobody is told that the standby writes.
    Day {
        scenario: "liar-answer",
        topology: "tier2",
        deed: None,
        moments: &[by("1m30s", "", &["event probe: answers"]), by("5m00s", "DEGRADED", &["active primary", "impaired no"])],
        never: &["active standby", "SPLIT", "IMPAIRED"],
    },
    // Where users land is told by resolvers, never by what a change says of itself.
    Day {
        scenario: "liar-insync",
        topology: "tier2",
        deed: None,
        moments: &[
            by("2m40s", "PRIMARY IMPAIRED", &["landing both"]),
            by("4m00s", "USERS ON STANDBY · DATABASE READ-ONLY", &["landing standby", "active primary"]),
        ],
        never: &["active standby", "DARK"],
    },
    // RDS says that the promoted replica is available and nobody's replica. Watching can only repeat that; whether it accepts a write is for
    // a run to prove. It is no green day: the old primary is not fenced, by the same word.
    Day {
        scenario: "liar-promotion",
        topology: "tier2",
        deed: Some(("4m00s", Deed::Promotes)),
        moments: &[
            by("4m30s", "USERS ON STANDBY · DATABASE READ-ONLY · PROMOTION UNDER WAY?", &["promoting? modifying"]),
            by("9m00s", "SPLIT: BOTH SITES WRITE", &["active both", "ready no"]),
        ],
        never: &["verdict healthy\nheadline \nactive standby", "ready yes\nwould lose writes"],
    },
    // Descriptions of the standby are of yesterday. Only figures carry their own time: when they stop, they are called old, and what rests on
    // them is unknown. The bound of the loss grows all the same.
    Day {
        scenario: "liar-stale",
        topology: "tier2",
        deed: None,
        moments: &[
            by("2m45s", "PRIMARY IMPAIRED", &["impaired yes"]),
            by(
                "10m00s",
                "USERS ON STANDBY · DATABASE READ-ONLY",
                &["replication/database unknown", "check database.lag cannot tell", "ready cannot tell", "at most 11m"],
            ),
        ],
        never: &["active standby", "DARK", "SPLIT"],
    },
];

#[test]
fn every_scenario_has_its_row() {
    let told: BTreeSet<_> = TABLE.iter().map(|day| day.scenario).collect();
    let there: BTreeSet<_> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
    assert_eq!(told, there);
}

#[test]
fn every_bad_day_looks_as_the_table_says() {
    cores::every(TABLE.iter(), |day| format!("{} on {}", day.scenario, day.topology), |day| day.spend());
}
