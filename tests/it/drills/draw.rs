//! A drill out of a seed.

use std::time::Duration;

use super::dice::Dice;
use super::drill::{Crash, Declared, Deed, Drill, Outage, People, Sort, Trouble, When};
use super::mischief::{Mischance, Mishap};

const LOSS: &[&str] = &["database.loss.bounded", "target.image"];
/// Somebody who goes past everything: what that may lead to is in the journal, under their name.
const RECKLESS: &[&str] = &[
    "database.loss.bounded",
    "target.image",
    "source.impaired",
    "source.well",
    "source.fenced",
    "automation.quiet",
    "target.capacity",
    "database.caught-up",
    "database.not-split",
];

/// Faults of the world, with their places: more of them than a failover meets in its life.
const TROUBLES: &[(u64, &str)] = &[
    (4, "api-slow:primary"),
    (4, "api-slow:standby"),
    (4, "api-errors:primary"),
    (4, "api-errors:standby"),
    (4, "api-throttled:primary"),
    (4, "api-throttled:standby"),
    (3, "api-silent:primary"),
    (3, "api-silent:standby"),
    (3, "api-refused:primary"),
    (3, "api-refused:standby"),
    (3, "credentials-expired"),
    (2, "promote-stuck:standby"),
    (3, "capacity-short:standby"),
    (2, "lag-storm:standby"),
    (2, "replication-broken:standby"),
    (2, "s3-stall:primary"),
    (3, "control-plane-down"),
    (3, "dns-slow"),
    (2, "brownout:primary"),
    (2, "brownout:standby"),
    (2, "app-flapping:primary"),
    (2, "app-down:standby"),
    (2, "region-dark:standby"),
    (3, "region-dark:primary"),
    (2, "database-down:primary"),
    (1, "liar-promotion:standby"),
    (1, "liar-insync"),
    (1, "liar-answer"),
    (1, "liar-stale:standby"),
];

/// What a failover asks for and looks at, by service and operation as they are on the wire; with how many such calls there are about.
const CALLS: &[(&str, &str, u64)] = &[
    ("rds", "PromoteReadReplica", 2),
    ("rds", "FailoverGlobalCluster", 2),
    ("rds", "SwitchoverGlobalCluster", 2),
    ("rds", "ModifyDBInstance", 2),
    ("ecs", "UpdateService", 6),
    ("application-autoscaling", "RegisterScalableTarget", 4),
    ("secretsmanager", "PutSecretValue", 2),
    ("secretsmanager", "GetSecretValue", 2),
    ("secretsmanager", "StopReplicationToReplica", 2),
    ("route53", "POST", 3),
    ("events", "DisableRule", 2),
    ("lambda", "PUT", 2),
    ("sns", "Publish", 3),
    ("dynamodb", "PutItem", 2),
    ("rds", "DescribeDBInstances", 120),
    ("rds", "DescribeGlobalClusters", 120),
    ("ecs", "DescribeServices", 150),
    ("ecs", "DescribeTasks", 60),
    ("elasticloadbalancing", "DescribeTargetHealth", 120),
    ("route53", "GET", 60),
    ("secretsmanager", "DescribeSecret", 60),
    ("sts", "GetCallerIdentity", 10),
    ("monitoring", "GetMetricData", 20),
];

/// What has happened although nobody heard of it, and must not happen twice: restarts, messages, promotions. A mischance that is drawn among all
/// calls hardly ever hits one of them.
const ONCE: &[(&str, &str, u64)] = &[
    ("ecs", "UpdateService", 6),
    ("ecs", "UpdateService", 6),
    ("sns", "Publish", 2),
    ("rds", "PromoteReadReplica", 1),
    ("rds", "FailoverGlobalCluster", 1),
    ("rds", "SwitchoverGlobalCluster", 1),
    ("secretsmanager", "PutSecretValue", 1),
    ("lambda", "PUT", 1),
];

/// What takes minutes and teaches nothing while it does, for most drills: least and most seconds. The others have the lab's own.
pub(super) const BRISK: &[(&str, u64, u64)] = &[
    ("promotion_modifying", 10, 40),
    ("promotion_rebooting", 4, 15),
    ("promotion_backing_up", 20, 60),
    ("database_modifying", 15, 60),
    ("database_creating", 40, 120),
    ("snapshot_creating", 15, 60),
    ("aurora_switchover", 10, 40),
    ("aurora_failover", 10, 50),
    ("task_provisioning", 2, 6),
    ("task_pending", 4, 12),
    ("task_stopping", 3, 10),
    ("target_initial", 5, 10),
    ("record_change", 5, 20),
];

const TOPOLOGIES: &[(u64, &str)] = &[(40, "tier2"), (20, "pilot"), (20, "platform"), (20, "payments")];

/// The system's own orchestration does the work, and the console looks what has come of it.
const WORKFLOW: &str = r#"
title = "The system's own way"
when = "A drill asks for it."
kind = "unplanned"

[[step]]
id = "impaired"
title = "The source is impaired"
action = "check.impaired"
expect = "5s"
timeout = "5m"

[[step]]
id = "workflow"
title = "The system fails itself over"
action = "workflow.start"
needs = ["impaired"]
expect = "10m"
timeout = "40m"

[[step]]
id = "client-eye"
title = "Users are served by the target"
action = "probe.client-eye"
needs = ["workflow"]
expect = "1m"
timeout = "15m"
"#;

const FUNCTION: &str = r##"
title = "A function of the system's own"
when = "A drill asks for it."
kind = "isolation"

[[step]]
id = "function"
title = "Somebody's function"
action = "function.invoke"
on = "#3"
expect = "15s"
timeout = "5m"

[[step]]
id = "tell"
title = "Tell of it"
action = "notify.topic"
needs = ["function"]
expect = "3s"
timeout = "1m"
on_fail = "continue"
"##;

/// By then the scenario has destroyed what it destroys.
const DESTROYED_BY: Duration = Duration::from_secs(460);

impl Drill {
    pub(super) fn of(seed: u64) -> Self {
        let mut dice = Dice::of(seed, "drill");
        let sort = dice.weighed(&[(9, Sort::Plain), (6, Sort::Crashing), (5, Sort::Watching), (80, Sort::Troubled)]);
        Self::sorted(seed, sort, dice)
    }

    /// Of the runbooks that are hardly ever drawn, one as often as the other: on a good day but for crashes, or on a bad one.
    pub(super) fn rare(seed: u64) -> Self {
        let mut dice = Dice::of(seed, "rare");
        let sort = dice.weighed(&[(35, Sort::Crashing), (65, Sort::Troubled)]);
        let drawn = Self::sorted(seed, sort, Dice::of(seed, "rare day"));
        let own = if drawn.topology == "pilot" { FUNCTION } else { WORKFLOW };
        let (runbook, own) = match dice.one_of(&["failback", "dr_test", "region_isolation", "s3_undelete", "db_restore", "own"]) {
            "own" if drawn.topology != "payments" => ("own", Some(own)),
            // Aurora's restores are nobody's but AWS's, and it has no orchestration.
            "own" | "db_restore" if drawn.topology == "payments" => ("failback", None),
            runbook => (runbook, None),
        };
        let destroyed = runbook == "s3_undelete";
        // Nothing fails over by itself on a good day.
        let fails_over = own == Some(WORKFLOW);
        let begins = match (destroyed, fails_over) {
            (true, _) => DESTROYED_BY,
            (_, true) => drawn.outage_at,
            _ => Duration::from_secs(15),
        };
        let patience = Duration::from_secs(dice.weighed(&[(60, 3600), (40, 600)]));
        let outage = match dice.weighed(&[(80, Outage::None), (10, Outage::Site), (10, Outage::Dark)]) {
            Outage::None | Outage::Application if fails_over => Outage::Site,
            _ if sort == Sort::Crashing => Outage::None,
            drawn => drawn,
        };
        let people = People::drawn(&mut Dice::of(seed, "people"), runbook);
        let people = if sort == Sort::Crashing { People { leaves_out: true, ..People::steady() } } else { people };
        Self {
            runbook,
            own,
            destroyed,
            outage,
            declared: Declared::After(begins + dice.seconds(5..=60)),
            until: None,
            people,
            patience: if sort == Sort::Crashing { Duration::from_secs(2 * 3600) } else { patience },
            ..drawn
        }
    }

    /// One in which nothing but the outage goes wrong.
    pub(super) fn plain(seed: u64) -> Self {
        Self::sorted(seed, Sort::Plain, Dice::of(seed, "plain"))
    }

    fn sorted(seed: u64, sort: Sort, mut dice: Dice) -> Self {
        let topology = dice.weighed(TOPOLOGIES);
        let outage_at = if sort == Sort::Plain { dice.seconds(20..=90) } else { dice.seconds(5..=25) };
        let calm = Self {
            seed,
            sort,
            topology,
            brisk: false,
            stoppable: true,
            outage: dice.weighed(&[(3, Outage::Site), (2, Outage::Dark)]),
            outage_at,
            outage_for: None,
            troubles: Vec::new(),
            mischief: Vec::new(),
            runbook: "unplanned_failover",
            own: None,
            destroyed: false,
            declared: Declared::Watched,
            people: People::steady(),
            crashes: Vec::new(),
            taken_over: None,
            until: Some("client-eye"),
            patience: Duration::from_secs(3600),
        };
        match sort {
            Sort::Plain => calm,
            Sort::Crashing => {
                let until = dice.falls(70).then_some("client-eye");
                Self { brisk: true, until, crashes: crashes(&mut Dice::of(seed, "crashes"), 1..=4), ..calm }
            }
            Sort::Watching => calm.watching(&mut dice),
            Sort::Troubled => calm.troubled(&mut dice),
        }
    }

    /// The same without its crashes.
    pub(super) fn uncrashed(&self) -> Self {
        Self { crashes: Vec::new(), ..self.clone() }
    }

    fn watching(self, dice: &mut Dice) -> Self {
        let outage = dice.one_of(&[Outage::None, Outage::Site, Outage::Dark, Outage::Application]);
        let troubles = troubles(&mut Dice::of(self.seed, "troubles"), self.outage_at, 1..=4);
        let mischief = mischief(&mut Dice::of(self.seed, "mischief"), 0..=4);
        Self { outage, troubles, mischief, patience: dice.seconds(45..=150), ..self }
    }

    fn troubled(self, dice: &mut Dice) -> Self {
        let seed = self.seed;
        let runbook = dice.weighed(&[
            (66, "unplanned_failover"),
            (22, "planned_failover"),
            (3, "dr_test"),
            (3, "region_isolation"),
            (2, "failback"),
            (2, "s3_undelete"),
            // Aurora's restores are nobody's but AWS's.
            (2, if self.topology == "payments" { "planned_failover" } else { "db_restore" }),
        ]);
        let unplanned = runbook == "unplanned_failover";
        let outage = if unplanned {
            dice.weighed(&[(45, Outage::Site), (35, Outage::Dark), (10, Outage::Application), (10, Outage::None)])
        } else {
            dice.weighed(&[(75, Outage::None), (15, Outage::Site), (10, Outage::Dark)])
        };
        let mut calls = mischief(&mut Dice::of(seed, "mischief"), 0..=6);
        calls.extend(unheard(&mut Dice::of(seed, "unheard")));
        let faults = troubles(&mut Dice::of(seed, "troubles"), self.outage_at, 0..=2);
        let mut luck = Dice::of(seed, "luck");
        let begins = if unplanned { self.outage_at } else { Duration::from_secs(15) };
        let declared = if unplanned && dice.falls(60) { Declared::Watched } else { Declared::After(begins + luck.seconds(5..=60)) };
        let people = People::drawn(&mut Dice::of(seed, "people"), runbook);
        let crashes = if dice.falls(40) { crashes(&mut Dice::of(seed, "crashes"), 1..=3) } else { Vec::new() };
        // A planned move meets its outage in the middle.
        let outage_at = if unplanned { self.outage_at } else { self.outage_at + luck.seconds(10..=200) };
        let patience = dice.weighed(&[(40, 45..=150), (48, 150..=400), (12, 400..=1500)]);
        Self {
            brisk: luck.falls(85),
            stoppable: luck.falls(70),
            outage,
            outage_at,
            outage_for: luck.falls(35).then(|| luck.seconds(45..=600)),
            troubles: faults,
            mischief: calls,
            runbook,
            declared,
            people,
            crashes,
            taken_over: luck.falls(12).then(|| luck.seconds(1..=180)),
            until: luck.falls(55).then_some("client-eye"),
            patience: luck.seconds(patience),
            ..self
        }
    }
}

impl People {
    /// They consent to what is asked, as soon as it is asked.
    fn steady() -> Self {
        Self {
            overrides: LOSS,
            pace: Duration::ZERO,
            asks_again: false,
            tries: 0,
            leaves_out: false,
            deeds: Vec::new(),
            waits_for_the_owed: false,
        }
    }

    fn drawn(dice: &mut Dice, runbook: &str) -> Self {
        let deed = |dice: &mut Dice| {
            let switch = if runbook == "planned_failover" { 5 } else { 0 };
            match dice.weighed(&[(4, 0), (4, 1), (3, 2), (switch, 3)]) {
                0 => Deed::Pause(dice.seconds(5..=120)),
                1 => Deed::Abort(dice.seconds(5..=120)),
                2 => Deed::Skip(dice.next()),
                _ => Deed::Switch,
            }
        };
        let often = dice.weighed(&[(50, 0), (35, 1), (15, 2)]);
        let mut deeds: Vec<_> = (0..often).map(|_| (dice.seconds(0..=200), deed(dice))).collect();
        deeds.sort_by_key(|(at, _)| *at);
        Self {
            overrides: dice.weighed(&[(20, &[] as &[&str]), (65, LOSS), (15, RECKLESS)]),
            pace: if dice.falls(50) { Duration::ZERO } else { dice.seconds(1..=40) },
            asks_again: dice.falls(40),
            tries: dice.weighed(&[(1, 0), (2, 1), (2, 3)]),
            leaves_out: dice.falls(40),
            deeds,
            waits_for_the_owed: dice.falls(30),
        }
    }
}

fn troubles(dice: &mut Dice, outage_at: Duration, many: std::ops::RangeInclusive<u64>) -> Vec<Trouble> {
    let many = dice.among(many);
    let one = |dice: &mut Dice| {
        let fault = dice.weighed(TROUBLES).to_owned();
        let level = match fault.split(':').next() {
            Some("api-slow") => Some(dice.among(300..=4000)),
            _ => None,
        };
        #[expect(clippy::cast_precision_loss, reason = "milliseconds")]
        let hard = |millis: u64| millis as f64;
        Trouble { fault, level: level.map(hard), from: outage_at + dice.seconds(0..=220), lasting: dice.seconds(5..=120) }
    };
    let mut all: Vec<_> = (0..many).map(|_| one(dice)).collect();
    all.sort_by_key(|trouble| trouble.from);
    all
}

fn mischief(dice: &mut Dice, many: std::ops::RangeInclusive<u64>) -> Vec<Mischance> {
    let many = dice.among(many);
    let one = |dice: &mut Dice| {
        let (service, operation, calls) = dice.one_of(CALLS);
        let late = dice.seconds(1..=6);
        let mishap = dice.weighed(&[
            (2, Mishap::Late(late)),
            (2, Mishap::Throttled),
            (2, Mishap::Failing),
            (2, Mishap::FailedAfter),
            (2, Mishap::ResetBefore),
            (3, Mishap::ResetAfter),
            (2, Mishap::BlackHole),
            (3, Mishap::AnswerLost),
            (2, Mishap::TwiceFirst),
            (2, Mishap::TwiceSecond),
            (2, Mishap::Stale),
        ]);
        Mischance { service, operation, nth: dice.among(1..=calls), times: dice.among(1..=3), mishap }
    };
    (0..many).map(|_| one(dice)).collect()
}

/// In one drill of three the answer to something that has happened is lost.
fn unheard(dice: &mut Dice) -> Option<Mischance> {
    let (service, operation, calls) = dice.one_of(ONCE);
    let mishap = dice.one_of(&[Mishap::FailedAfter, Mishap::ResetAfter, Mishap::AnswerLost, Mishap::TwiceSecond]);
    let nth = dice.among(1..=calls);
    dice.falls(33).then_some(Mischance { service, operation, nth, times: 1, mishap })
}

fn crashes(dice: &mut Dice, many: std::ops::RangeInclusive<u64>) -> Vec<Crash> {
    let many = dice.among(many);
    let one = |dice: &mut Dice| Crash {
        when: match dice.among(0..=2) {
            0 => When::Records(usize::try_from(dice.among(1..=25)).unwrap()),
            1 => When::Asked(usize::try_from(dice.among(1..=14)).unwrap()),
            _ => When::Elapsed(dice.seconds(0..=240)),
        },
        after: Duration::from_millis(dice.one_of(&[0, 0, 40, 90, 130, 170, 400, 3000])),
        away: if dice.falls(70) { dice.seconds(0..=15) } else { dice.seconds(15..=120) },
        torn: dice.falls(30),
    };
    (0..many).map(|_| one(dice)).collect()
}
