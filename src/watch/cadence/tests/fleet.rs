//! What watching two hundred workloads costs, beside twenty in the same regions.

use std::sync::LazyLock;

use super::*;

#[path = "../../../../benches/shared/fleet.rs"]
mod shared;

/// As the console opens: a screenful of rows is in view.
const ROWS: std::ops::Range<usize> = 0..60;
const OPENED: u64 = 600;
const END: u64 = 1_200;

/// Twenty minutes of it take a while to live through, so they are lived through once.
static TWO_HUNDRED: LazyLock<(Config, Sky)> = LazyLock::new(|| {
    let config = shared::config(200);
    let sky = watched(&config);
    (config, sky)
});

fn watched(config: &Config) -> Sky {
    let mut sky = Sky::over(config, 1);
    sky.cadence.attend(ROWS, START);
    sky.live(END, healthy);
    sky
}

/// Calls of the time after the opening, by what limits them.
fn spent(sky: &Sky) -> BTreeMap<Meter, u32> {
    let mut spent = BTreeMap::new();
    for flown in sky.within(OPENED, END) {
        for meter in Limits::new(1.0).meters(&flown.question) {
            *spent.entry(meter).or_default() += limits::calls(&flown.question);
        }
    }
    spent
}

#[test]
fn two_hundred_workloads_leave_half_of_what_aws_allows_to_others() {
    let (_, sky) = &*TWO_HUNDRED;
    for (meter, calls) in spent(sky) {
        let allowed = (END - OPENED) * 1_000 / Limits::new(1.0).limit(&meter).interval;
        assert!(u64::from(calls) * 2 <= allowed, "{meter:?}: {calls} of {allowed}");
    }
    let calls = |sky: &Sky| -> u32 {
        let aws = |(meter, calls)| (!matches!(meter, Meter::Service(Host::Wire, _))).then_some(calls);
        spent(sky).into_iter().filter_map(aws).sum()
    };
    let (many, few) = (calls(sky), calls(&watched(&shared::config(20))));
    assert!(many * 2 <= few * 5, "{many} calls for 200, {few} for 20");
}

#[test]
fn of_two_hundred_workloads_everything_is_read_and_nothing_goes_stale() {
    let (config, sky) = &*TWO_HUNDRED;
    let mut flights: BTreeMap<&Question, Vec<&Flown>> = BTreeMap::new();
    for flown in &sky.flown {
        flights.entry(&flown.question).or_default().push(flown);
    }
    for Planned { question, .. } in asking::plan(config, &Snapshot::default()) {
        let flights = flights.get(&question).map(Vec::as_slice).unwrap_or_default();
        assert!(flights.first().is_some_and(|first| first.landed <= secs(OPENED)), "{question:?} was not read");
        let limit = sky.cadence.pace(&question, sky.now).map_or(question.kind().stale_after(), |pace| pace * 3);
        for pair in flights.windows(2) {
            assert!(pair[1].landed <= pair[0].begun + limit, "{question:?}: {:?}", pair[1].landed.since(pair[0].begun));
        }
        assert!(flights.last().is_some_and(|last| sky.now <= last.begun + limit), "{question:?} is stale");
    }
}

#[test]
fn a_region_that_goes_dark_is_seen_in_every_row_within_a_minute() {
    let config = shared::config(200);
    let lost = Region::new("us-west-2");
    let mut sky = Sky::over(&config, 1);
    sky.cadence.attend(ROWS, START);
    sky.live(800, dark(&lost, 700, 900));
    // Who we are is asked for every row at once.
    let identity = |flown: &&Flown| flown.question.region == lost && flown.question.kind() == Kind::Identity;
    let failed = sky.flown.iter().filter(identity).filter(|flown| flown.outcome == Outcome::Silent && flown.landed <= secs(760)).count();
    assert!(failed >= 3, "{failed} looks in a minute");
}

#[test]
fn whoever_is_looked_into_is_read_afresh_at_once() {
    let (config, mut sky) = TWO_HUNDRED.clone();
    let own = |planned: &Planned| planned.workloads.contains(&150);
    let plan: Vec<_> = asking::plan(&config, &Snapshot::default()).into_iter().filter(own).collect();
    assert!(plan.iter().any(|planned| sky.cadence.pace(&planned.question, sky.now).is_some()));
    let then = sky.now;
    sky.cadence.attend([150], then);
    sky.live(5, healthy);
    for Planned { question, .. } in plan {
        assert_eq!(sky.cadence.pace(&question, then), None, "{question:?}");
        let last = sky.flown.iter().rev().find(|flown| flown.question == question).unwrap();
        assert!(sky.now.since(last.begun) <= question.kind().stale_after(), "{question:?}");
    }
}
