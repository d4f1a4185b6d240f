//! A world without AWS: flights take a while and come back as the test says.

use std::collections::BTreeSet;

use drlab_core::asking;
use drlab_core::config::{Config, Site};
use drlab_core::domain::{Region, Snapshot};
use drlab_lab::topologies::Topology;
use proptest::prelude::*;

use super::background::BACKGROUND;
use super::*;

const START: Timestamp = Timestamp::from_secs(1_795_165_200);
const CALL: Duration = Duration::from_millis(150);

fn config(topology: &str) -> Config {
    Topology::named(topology).unwrap().config().unwrap()
}

/// One flight: when it began, when it was back, and with what.
#[derive(Clone, Debug, PartialEq)]
struct Flown {
    question: Question,
    begun: Timestamp,
    landed: Timestamp,
    outcome: Outcome,
}

#[derive(Clone)]
struct Sky {
    cadence: Cadence,
    now: Timestamp,
    air: Vec<Flown>,
    flown: Vec<Flown>,
}

impl Sky {
    fn over(config: &Config, seed: u64) -> Self {
        let mut cadence = Cadence::new(1.0, seed);
        cadence.plan(asking::plan(config, &Snapshot::default()), START);
        Self { cadence, now: START, air: Vec::new(), flown: Vec::new() }
    }

    /// Lives for a while in a world that answers as `world` says: how long a flight takes, and what it brings.
    fn live(&mut self, seconds: u64, world: impl Fn(&Question, Timestamp) -> (Duration, Outcome)) -> &mut Self {
        let end = self.now + Duration::from_secs(seconds);
        let mut turns = 0_u64;
        while self.now < end {
            turns += 1;
            assert!(turns < seconds * 5_000, "it runs in circles");
            let Step { depart, wake } = self.cadence.step(self.now);
            for question in depart {
                assert!(self.air.iter().all(|flown| flown.question != question), "two flights of {question:?}");
                let (takes, outcome) = world(&question, self.now);
                self.air.push(Flown { question, begun: self.now, landed: self.now + takes, outcome });
            }
            assert!(wake.is_none_or(|wake| wake > self.now), "it wakes in the past");
            self.now = self.air.iter().map(|flown| flown.landed).chain(wake).min().unwrap_or(end).min(end).max(self.now);
            let (back, out): (Vec<_>, Vec<_>) = std::mem::take(&mut self.air).into_iter().partition(|flown| flown.landed <= self.now);
            self.air = out;
            for flown in back {
                self.cadence.land(&flown.question, flown.outcome, self.now);
                self.flown.push(flown);
            }
        }
        self
    }

    fn within(&self, from: u64, to: u64) -> impl Iterator<Item = &Flown> {
        let (from, to) = (START + Duration::from_secs(from), START + Duration::from_secs(to));
        self.flown.iter().filter(move |flown| flown.begun >= from && flown.begun < to)
    }
}

fn healthy(_: &Question, _: Timestamp) -> (Duration, Outcome) {
    (CALL, Outcome::Answered)
}

fn secs(seconds: u64) -> Timestamp {
    START + Duration::from_secs(seconds)
}

/// Nothing in this region answers between these seconds.
fn dark(region: &Region, from: u64, to: u64) -> impl Fn(&Question, Timestamp) -> (Duration, Outcome) {
    move |question, now| {
        let hit = question.region == *region && now >= secs(from) && now < secs(to);
        if hit { (Duration::from_secs(1), Outcome::Silent) } else { (CALL, Outcome::Answered) }
    }
}

#[test]
fn the_first_picture_of_one_workload_waits_for_no_limit() {
    for topology in ["tier2", "pilot", "platform", "payments"] {
        let config = config(topology);
        let step = Cadence::clone(&Sky::over(&config, 1).cadence).step(START);
        assert_eq!(step.depart.len(), asking::plan(&config, &Snapshot::default()).len(), "{topology}");
    }
}

#[test]
fn the_workload_that_is_looked_at_comes_first() {
    let config = config("fleet");
    let mut sky = Sky::over(&config, 1);
    sky.cadence.attend([3], START);
    let first = sky.cadence.clone().step(START).depart;
    let plan = asking::plan(&config, &Snapshot::default());
    let of_three: Vec<_> = plan.iter().filter(|planned| planned.workloads.contains(&3)).collect();
    assert!(of_three.iter().all(|planned| first.contains(&planned.question)));
    assert!(first.len() < plan.len(), "a whole fleet does not fit into AWS's bursts");
    // What nobody looks at is asked half as often.
    sky.live(300, healthy);
    let flights = |at: usize| {
        let of = |question: &Question| plan.iter().any(|planned| planned.workloads.iter().eq([&at]) && planned.question == *question);
        sky.within(60, 300).filter(|flown| flown.question.kind() == Kind::Targets && of(&flown.question)).count()
    };
    assert!(flights(3) > flights(4) * 3 / 2, "{} and {}", flights(3), flights(4));
    // Whoever looks at a list of them looks at rows.
    sky.cadence.attend(0..20, secs(300));
    sky.live(240, healthy);
    let rows = sky.within(300, 540).filter(|flown| flown.question.kind() == Kind::Targets).count();
    let groups = plan.iter().filter(|planned| planned.question.kind() == Kind::Targets).count();
    assert!(rows <= groups * 27, "{rows} flights of {groups} in four minutes");
}

#[test]
fn a_dark_region_delays_no_other_and_its_return_is_noticed() {
    let config = config("tier2");
    let (lost, other) = (config.workloads[0].primary.clone(), config.workloads[0].standby.clone());
    let mut calm = Sky::over(&config, 1);
    calm.live(400, healthy);
    let mut sky = Sky::over(&config, 1);
    sky.live(400, dark(&lost, 100, 300));
    let there = |sky: &Sky| sky.flown.iter().filter(|flown| flown.question.region == other).cloned().collect::<Vec<_>>();
    assert_eq!(there(&sky), there(&calm));
    // In the dark little is asked but what counts as evidence, and that goes on as before.
    let asked =
        |sky: &Sky, kind: Kind| sky.within(150, 300).filter(|flown| flown.question.region == lost && flown.question.kind() == kind).count();
    assert!(asked(&sky, Kind::Targets) >= 25 && asked(&sky, Kind::Instance) >= 25);
    assert!(asked(&sky, Kind::Service) <= 20, "{}", asked(&sky, Kind::Service));
    // Everything is known again soon after the return.
    let back: BTreeSet<_> = sky.within(300, 320).filter(|flown| flown.question.region == lost).map(|flown| &flown.question).collect();
    let all = asking::plan(&config, &Snapshot::default());
    assert_eq!(back.len(), all.iter().filter(|planned| planned.question.region == lost).count());
}

#[test]
fn what_tells_of_an_outage_is_looked_at_each_second_until_it_counts() {
    let mut config = config("payments");
    config.workloads[0].unhealthy_after = 4;
    let lost = config.workloads[0].primary.clone();
    let mut sky = Sky::over(&config, 1);
    sky.live(200, dark(&lost, 100, 200));
    for kind in [Kind::Cluster, Kind::Targets, Kind::Service] {
        let ours = |flown: &&Flown| flown.question.region == lost && flown.question.kind() == kind;
        let begun: Vec<_> = sky.within(100, 200).filter(ours).map(|flown| flown.begun).collect();
        let apart: Vec<_> = begun.windows(2).map(|two| two[1].since(two[0]).as_secs()).collect();
        assert_eq!(apart[..3], [1, 1, 1], "{kind:?}");
        assert!(apart[3..].iter().all(|apart| *apart >= 5), "{kind:?}: {apart:?}");
    }
}

#[test]
fn a_region_nobody_looks_at_is_noticed_when_it_returns() {
    let config = config("fleet");
    let lost = config.workloads.last().unwrap().primary.clone();
    let mut sky = Sky::over(&config, 7);
    sky.cadence.attend([0], START);
    sky.live(500, dark(&lost, 100, 300));
    let first = sky.within(300, 500).find(|flown| flown.question.region == lost).unwrap();
    assert!(first.begun <= secs(320), "{}", first.begun);
    let wasted = sky.within(150, 300).filter(|flown| flown.question.region == lost).count();
    assert!(wasted <= 20, "{wasted} flights into the dark");
}

#[test]
fn who_is_throttled_asks_less_and_comes_back() {
    let config = config("tier2");
    let at = config.workloads[0].primary.clone();
    let throttled = |question: &Question, now: Timestamp| {
        let hit = question.region == at && limits::service(question.kind()) == "ecs" && now >= secs(100) && now < secs(400);
        (CALL, if hit { Outcome::Throttled } else { Outcome::Answered })
    };
    let mut sky = Sky::over(&config, 1);
    sky.live(700, throttled);
    let asked = |from, to, service: &str| {
        sky.within(from, to).filter(|flown| flown.question.region == at && limits::service(flown.question.kind()) == service).count()
    };
    assert!(asked(200, 300, "ecs") * 3 < asked(0, 100, "ecs"), "{}", asked(200, 300, "ecs"));
    assert_eq!(asked(200, 300, "elb"), asked(500, 600, "elb"), "nobody else is slowed down");
    assert!(asked(500, 600, "ecs") >= asked(0, 100, "ecs") - 4);
}

#[test]
fn without_credentials_a_region_is_hardly_asked() {
    let config = config("tier2");
    let expired = |question: &Question, now: Timestamp| {
        let hit = limits::host(question) != Host::Wire && now >= secs(60) && now < secs(200);
        (CALL, if hit { Outcome::Locked } else { Outcome::Answered })
    };
    let mut sky = Sky::over(&config, 1);
    sky.live(300, expired);
    let refused = sky.within(100, 200).filter(|flown| flown.outcome == Outcome::Locked).count();
    assert!((6..=40).contains(&refused), "{refused}");
    let wire = |from, to| sky.within(from, to).filter(|flown| limits::host(&flown.question) == Host::Wire).count();
    assert_eq!(wire(100, 200), wire(0, 100), "the client's eye needs no credentials");
    let plan = asking::plan(&config, &Snapshot::default());
    let again: BTreeSet<_> = sky.within(200, 230).map(|flown| &flown.question).collect();
    assert_eq!(again.len(), plan.len());
}

#[test]
fn one_failure_is_looked_at_again_at_once() {
    let config = config("tier2");
    let hiccup = |question: &Question, now: Timestamp| {
        let hit = question.kind() == Kind::Alarm && now < secs(1);
        (CALL, if hit { Outcome::Broken } else { Outcome::Answered })
    };
    let mut sky = Sky::over(&config, 1);
    sky.live(20, hiccup);
    assert_eq!(sky.within(1, 20).filter(|flown| flown.question.kind() == Kind::Alarm).count(), 2, "once in each region");
}

#[test]
fn who_waits_gets_fresh_looks_and_a_refresh_begins_after_it_was_asked_for() {
    let config = config("tier2");
    let workload = &config.workloads[0];
    let instance = workload.database_subject(workload.database.as_ref().unwrap(), drlab_core::config::Site::Standby);
    let mut sky = Sky::over(&config, 1);
    let at = |sky: &Sky, from, to| {
        let standby = |flown: &&Flown| flown.question.kind() == Kind::Instance && flown.question.region == workload.standby;
        sky.within(from, to).filter(standby).map(|flown| flown.begun).collect::<Vec<_>>()
    };
    sky.live(60, healthy);
    sky.cadence.wait_for(vec![instance.clone()], secs(100), secs(60));
    sky.live(100, healthy);
    assert!(at(&sky, 60, 100).len() >= 19 && at(&sky, 110, 160).len() <= 10);

    // While a flight is in the air already.
    let departed = at(&sky, 150, 160).last().copied().unwrap() + Duration::from_secs(5);
    assert!(departed >= sky.now);
    sky.cadence.step(departed);
    let question = sky.cadence.about(std::slice::from_ref(&instance)).remove(0);
    sky.cadence.refresh(&[instance], departed + CALL / 2);
    sky.cadence.land(&question, Outcome::Answered, departed + CALL);
    assert!(sky.cadence.step(departed + CALL).depart.contains(&question));
}

#[test]
fn what_is_waited_for_leaves_room_for_what_must_be_known_at_once() {
    let config = config("payments");
    let workload = &config.workloads[0];
    let database = workload.database.as_ref().unwrap();
    let subjects = [workload.database_subject(database, Site::Standby), workload.global_cluster_subject(database, Site::Standby).unwrap()];
    let mut sky = Sky::over(&config, 1);
    sky.live(60, healthy);
    sky.cadence.wait_for(subjects.to_vec(), secs(400), sky.now);
    sky.live(180, healthy);
    // Both are allowed one call a second together, and have had them; now both must be known.
    sky.cadence.refresh(&subjects, sky.now);
    let asked = sky.now;
    sky.live(1, healthy);
    for subject in &subjects {
        let soon = |flown: &&Flown| flown.begun >= asked && flown.question.subjects().contains(subject);
        let first = sky.flown.iter().find(soon).map(|flown| flown.begun.since(asked));
        assert!(first.is_some_and(|after| after <= BREATH), "{subject}: {first:?}");
    }
}

/// A lab at twenty times real time is asked as often as its machine allows and no more: there everybody must still get his turn.
#[test]
fn waiting_for_something_makes_nobody_wait_longer_for_it_than_if_nobody_did() {
    let config = config("tier2");
    let workload = &config.workloads[0];
    let mut sky = Sky::over(&config, 1);
    sky.cadence = Cadence::new(20.0, 1);
    sky.cadence.plan(asking::plan(&config, &Snapshot::default()), START);
    sky.live(120, healthy);
    let metrics = |flown: &&Flown| flown.question.kind() == Kind::Metric && flown.question.region == workload.standby;
    let awaited: Vec<Subject> = asking::plan(&config, &Snapshot::default())
        .into_iter()
        .filter(|planned| planned.question.region == workload.standby)
        .flat_map(|planned| planned.question.subjects())
        .filter(|subject| matches!(subject.kind, Kind::Metric | Kind::Instance | Kind::Service | Kind::Machine))
        .collect();
    sky.cadence.wait_for(awaited, secs(720), sky.now);
    sky.live(600, healthy);
    let looks: Vec<_> = sky.within(0, 720).filter(metrics).map(|flown| flown.begun).collect();
    let longest = looks.windows(2).map(|two| two[1].since(two[0])).max().unwrap();
    assert!(longest <= Kind::Metric.every() + Duration::from_secs(15), "{longest:?}, {} looks", looks.len());
}

#[test]
fn a_fleets_calls_grow_with_its_regions() {
    let config = config("fleet");
    let mut sky = Sky::over(&config, 1);
    sky.cadence.attend([0], START);
    sky.live(360, healthy);
    for region in config.regions() {
        let of = |kind: Kind| sky.within(300, 360).filter(|flown| flown.question.region == region && flown.question.kind() == kind).count();
        assert!(of(Kind::Instance) <= 13 && of(Kind::Metric) <= 1 + 1 && of(Kind::Alarm) <= 3, "{region}");
        let calls: u32 =
            sky.within(300, 360).filter(|flown| flown.question.region == region).map(|flown| limits::calls(&flown.question)).sum();
        assert!(calls <= 600, "{region}: {calls} a minute");
    }
}

#[test]
fn a_lab_that_lives_fast_is_not_asked_faster_than_its_machine_can_answer() {
    let config = config("fleet");
    let mut sky = Sky::over(&config, 1);
    sky.cadence = Cadence::new(20.0, 1);
    sky.cadence.plan(asking::plan(&config, &Snapshot::default()), START);
    sky.live(600, healthy);
    for region in config.regions() {
        let calls: u32 =
            sky.within(300, 600).filter(|flown| flown.question.region == region).map(|flown| limits::calls(&flown.question)).sum();
        assert!(calls <= 500 + 3, "{region}: {calls} in 15 s of the wall");
    }
}

/// A world that is healthy, dark, throttled, broken and slow by turns.
fn moody(seed: u64) -> impl Fn(&Question, Timestamp) -> (Duration, Outcome) {
    move |question, now| {
        let turn = now.secs().unsigned_abs() / 20 + seed + question.region.as_str().len() as u64 * 7;
        let takes = Duration::from_millis(20 + (turn * 37 + question.kind().as_str().len() as u64 * 91) % 400);
        match turn % 7 {
            1 => (Duration::from_secs(3), Outcome::Silent),
            2 => (takes, Outcome::Throttled),
            3 => (takes, Outcome::Broken),
            4 if turn.is_multiple_of(3) => (takes, Outcome::Locked),
            5 if turn.is_multiple_of(2) => (takes, Outcome::Refused),
            _ => (takes, Outcome::Answered),
        }
    }
}

/// In no window does a source get more than its burst and what trickles in meanwhile.
fn assert_within_limits(flown: &[Flown]) -> Result<(), TestCaseError> {
    let limits = Limits::new(1.0);
    let mut by_meter: BTreeMap<Meter, Vec<(Timestamp, u32)>> = BTreeMap::new();
    for flight in flown {
        for meter in limits.meters(&flight.question) {
            by_meter.entry(meter).or_default().push((flight.begun, limits::calls(&flight.question)));
        }
    }
    for (meter, mut calls) in by_meter {
        let limit = limits.limit(&meter);
        calls.sort();
        let (mut spent, mut before) = (0_u64, START);
        for (at, number) in calls {
            let trickled = u64::try_from(at.since(before).as_millis()).unwrap();
            spent = spent.saturating_sub(trickled) + u64::from(number) * limit.interval;
            prop_assert!(spent <= u64::from(limit.burst) * limit.interval, "{:?}", meter);
            before = at;
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn whatever_the_world_does_limits_hold_and_everything_is_asked_again(seed in 0u64..1_000, of in 0usize..5) {
        let config = config(["tier2", "pilot", "platform", "payments", "fleet"][of]);
        let run = || {
            let mut sky = Sky::over(&config, seed);
            sky.cadence.attend([0], START);
            sky.live(160, moody(seed)).live(400, healthy);
            (sky.flown, sky.cadence.tally)
        };
        let (flown, tally) = run();
        prop_assert!(tally.flights >= flown.len() as u64 && tally.failures > 0);
        assert_within_limits(&flown)?;
        // Once the world is well again, everything is asked within its period and some patience.
        let mut begun: BTreeMap<&Question, Vec<Timestamp>> = BTreeMap::new();
        for flight in &flown {
            begun.entry(&flight.question).or_default().push(flight.begun);
        }
        for planned in asking::plan(&config, &Snapshot::default()) {
            let mut last = secs(160) + Duration::from_secs(60);
            let bound = planned.every * BACKGROUND + Duration::from_secs(60);
            for at in begun.get(&planned.question).into_iter().flatten().copied().chain([secs(560)]) {
                prop_assert!(at <= last + bound, "{:?}: {} s", planned.question, at.since(last).as_secs());
                last = last.max(at);
            }
        }
        prop_assert!(run().0 == flown, "the same seed, the same flights");
    }
}

mod fleet;
