use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::fixture::{NOW, World};
use crate::config::Site;
use crate::domain::fact::*;
use crate::domain::{Cause, Kind, Reading, Subject, Timestamp, Trouble, Value, Verdict};

const TOPOLOGIES: [&str; 4] = ["tier2", "pilot", "platform", "payments"];

/// Something of the right kind, with arbitrary content: words that mean something, and words that do not.
fn fact(kind: Kind) -> BoxedStrategy<Fact> {
    let word = || {
        prop::sample::select(vec!["available", "failed", "backing-up", "ACTIVE", "ALARM", "OK", "Enabled", "replicating", "\u{1b}[2J", ""])
            .prop_map(str::to_owned)
    };
    let small = -2..12_i32;
    let instant = (0_i64..4_000_000_000).prop_map(Timestamp::from_secs);
    match kind {
        Kind::Instance => (word(), prop::option::of(word()), prop::option::of(word()), small)
            .prop_map(|(status, replica_of, replication, days)| {
                Instance { status, replica_of, replication, backup_retention_days: days, ..Instance::default() }.into()
            })
            .boxed(),
        Kind::Cluster => word().prop_map(|status| Cluster { status, ..Cluster::default() }.into()).boxed(),
        Kind::Service => (word(), small.clone(), small.clone(), small)
            .prop_map(|(status, desired, running, pending)| Service { status, desired, running, pending, ..Service::default() }.into())
            .boxed(),
        Kind::Targets => (0..4_usize, 0..4_usize).prop_map(|(up, all)| World::targets(up, all).into()).boxed(),
        Kind::Checkers => (0..17_usize, 0..17_usize).prop_map(|(up, all)| World::checkers(up, all).into()).boxed(),
        Kind::Sight => prop::option::of(100..600_u16).prop_map(|status| Sight { status, ..Sight::default() }.into()).boxed(),
        Kind::Alarm => word().prop_map(|state| Alarm { state, ..Alarm::default() }.into()).boxed(),
        Kind::Metric => (instant, prop::sample::select(vec![-1.0, 0.0, 1.5, 1e12, f64::NAN, f64::INFINITY, f64::MAX, f64::MIN]))
            .prop_map(|(at, value)| Series { unit: String::new(), points: vec![Point { at, value }] }.into())
            .boxed(),
        Kind::Resolution => prop::sample::subsequence(vec!["198.51.100.10", "203.0.113.10", "192.0.2.1"], 0..=3)
            .prop_map(|addresses| {
                Resolution {
                    addresses: addresses.into_iter().map(str::to_owned).collect(),
                    code: "NOERROR".into(),
                    ..Resolution::default()
                }
                .into()
            })
            .boxed(),
        Kind::Credentials => {
            prop::option::of(instant).prop_map(|expires_at| Credentials { provider: String::new(), expires_at }.into()).boxed()
        }
        Kind::HealthCheck => (any::<i32>(), any::<i32>(), any::<bool>())
            .prop_map(|(one, other, inverted)| {
                HealthCheck { interval_seconds: Some(one), failure_threshold: Some(other), inverted, ..HealthCheck::default() }.into()
            })
            .boxed(),
        // An answer of some other kind than was asked for.
        _ => word().prop_map(|account| Identity { account, arn: String::new() }.into()).boxed(),
    }
}

fn cause() -> impl Strategy<Value = Cause> {
    prop::sample::select(vec![
        Cause::Silent,
        Cause::Unreachable,
        Cause::Broken,
        Cause::Throttled,
        Cause::Credentials,
        Cause::Denied,
        Cause::Unintelligible,
        Cause::NotYet,
    ])
}

fn outcome(kind: Kind) -> BoxedStrategy<Result<Value, Trouble>> {
    prop_oneof![
        4 => (fact(kind), prop::option::of(0_u64..900))
            .prop_map(|(fact, back)| Ok(Value::Found { fact: Arc::new(fact), at: back.map(|back| NOW - Duration::from_secs(back)) })),
        1 => Just(Ok(Value::Missing("there is none".to_owned()))),
        3 => (cause(), ".{0,300}").prop_map(|(cause, text)| Err(Trouble::new(cause, text))),
    ]
    .boxed()
}

fn subjects(world: &World) -> Vec<Subject> {
    world.snapshot.iter().map(|seen| seen.subject.clone()).collect()
}

/// A topology in its steady state, to which up to sixty arbitrary things have happened since.
pub(crate) fn world() -> impl Strategy<Value = World> {
    prop::sample::select(TOPOLOGIES.to_vec()).prop_flat_map(|name| {
        let all = subjects(&World::steady(name));
        let event = prop::sample::select(all).prop_flat_map(|subject| {
            let kind = subject.kind;
            (Just(subject), 0_u64..400, outcome(kind))
        });
        (Just(name), any::<bool>(), prop::collection::vec(event, 0..60), 0_u64..120).prop_map(|(name, fresh, events, later)| {
            let mut world = if fresh { World::steady(name) } else { World::empty(name) };
            for (subject, after, outcome) in events {
                let begun = NOW + Duration::from_secs(after);
                world.snapshot.take(Reading { subject, begun, read: begun, outcome });
            }
            world.later(400 + later - 400 * u64::from(later % 2 == 0));
            world
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_is_unknown_or_old_is_never_green(world in world()) {
        for row in world.assess().components() {
            if row.stale || row.value.contains("unknown") {
                prop_assert!(row.verdict.weight() >= Verdict::Unknown.weight(), "{row:?}");
            }
            prop_assert!(row.verdict == Verdict::Healthy || row.reason.is_some(), "{row:?}");
            prop_assert!(row.reason.as_ref().is_none_or(|reason| reason.chars().count() <= 200), "{row:?}");
        }
    }

    #[test]
    fn it_always_concludes_and_always_the_same(world in world()) {
        let text = |assessment: &crate::assess::Assessment| format!("{assessment:?}");
        prop_assert_eq!(text(&world.assess()), text(&world.assess()));
    }

    #[test]
    fn age_alone_undoes_every_yes(mut world in world()) {
        world.later(86_400 * 30);
        let assessment = world.assess();
        for check in &assessment.readiness.checks {
            prop_assert!(check.ok != Some(true), "{check:?}");
        }
        prop_assert!(assessment.verdict.weight() >= Verdict::Unknown.weight());
        prop_assert!(assessment.components().all(|row| row.verdict.weight() >= Verdict::Unknown.weight()));
        prop_assert!(assessment.impairment.impaired != Some(true));
    }

    #[test]
    fn trouble_of_our_own_impairs_nobody(
        name in prop::sample::select(TOPOLOGIES.to_vec()),
        causes in prop::collection::vec(prop::sample::select(vec![Cause::Throttled, Cause::Credentials, Cause::Denied]), 40),
        looks in 1_u64..9,
    ) {
        let mut world = World::steady(name);
        world.later(looks * 5);
        for (subject, cause) in subjects(&world).iter().zip(causes.iter().cycle()) {
            world.fails(subject, *cause, "no", looks);
        }
        let assessment = world.assess();
        prop_assert!(assessment.impairment.impaired != Some(true));
        prop_assert!(assessment.sites.get(Site::Primary).dark_since.is_none());
    }

    /// Dashboard, status and room show what is probably lost in the colour of its verdict, and the checks say yes or no: they cannot disagree.
    #[test]
    fn what_would_be_lost_is_judged_alike_everywhere(world in world()) {
        let readiness = world.assess().readiness;
        let loss = &readiness.loss;
        if let Some(check) = readiness.checks.iter().find(|check| check.id == "database.lag") {
            let ok = match loss.verdict {
                Verdict::Critical => Some(false),
                Verdict::Unknown => None,
                Verdict::Healthy | Verdict::Degraded => Some(true),
            };
            prop_assert_eq!(check.ok, ok, "{:?} and {:?}", check, loss);
        }
        if let (Some(about), Some(most)) = (loss.about, loss.database) {
            prop_assert!(about <= most, "{loss:?}");
            // Red is what is probably lost, never the age of a figure.
            prop_assert_eq!(loss.verdict == Verdict::Critical, about > readiness.rpo, "{:?}", loss);
            prop_assert!(most <= readiness.rpo || loss.verdict != Verdict::Healthy, "{loss:?}");
        }
    }

    #[test]
    fn impaired_needs_two_kinds(world in world()) {
        let impairment = world.assess().impairment;
        if impairment.impaired == Some(true) {
            prop_assert!(impairment.evidence.iter().filter(|kind| kind.failures >= kind.needed).count() >= 2);
            prop_assert!(impairment.since.is_some());
        }
    }
}
