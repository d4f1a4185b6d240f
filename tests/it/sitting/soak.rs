//! A watch that goes on for very long, with something broken every few minutes and somebody who looks now and then: what is kept is as much
//! after a day as after the first hours, nothing is written to disk, and the clocks agree. Counted by the lab's clock; the bench has a day of it.

use std::cell::Cell;
use std::fmt;
use std::path::Path;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use allocation_counter::measure;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use drlab_core::app::Timeline;
use drlab_core::domain::{Kind, Observation};
use drlab_lab::wire::Log;
use drlab_lab::world::{ActiveFault, Fault};

use super::seat::{Chair, Seat};
use crate::lab::rig::{Rig, START, paused};
use crate::luck::Luck;

const MINUTE: Duration = Duration::from_secs(60);
/// Between two faults.
const BETWEEN: u64 = 10;
/// After the last fault, until everything is as it should be again: what is asked every five minutes has been asked.
const CALM: Duration = Duration::from_secs(11 * 60);

/// What somebody presses now and then who only watches.
const LOOKS: &[&str] = &["1", "2", "3", "4", "5", "j j", "G", "?", "esc", "y", "R", "/", "d b", "enter", "F", "P", "P", "[", "esc esc esc"];

/// What there is at the end of an hour, or of whatever a watch is told by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hour {
    pub(crate) hour: u32,
    /// What the lab was asked in this hour.
    pub(crate) calls: u64,
    /// Bytes that are held now by everything that is not the lab's world, by that world, and how many were asked for in this hour.
    pub(crate) held: i64,
    pub(crate) world: i64,
    pub(crate) asked: u64,
    pub(crate) events: usize,
    pub(crate) dropped: u64,
    pub(crate) observations: usize,
    /// Bytes in the state directory.
    pub(crate) files: u64,
    /// By how much the console's clock is ahead of the lab's, in milliseconds.
    pub(crate) drift: i64,
}

/// Memory held and asked for, as far as it has been weighed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scales(Rc<Cell<(i64, u64)>>);

impl Scales {
    /// Weighs everything that is done here.
    pub(crate) async fn weigh<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = Box::pin(work);
        std::future::poll_fn(|context| {
            let mut polled = Poll::Pending;
            let used = measure(|| polled = work.as_mut().poll(context));
            let (held, asked) = self.0.get();
            self.0.set((held + used.bytes_current, asked + used.bytes_total));
            polled
        })
        .await
    }
}

/// Watches a topology for so many times so many minutes, and tells each.
pub(crate) fn watch(topology: &str, hours: u32, minutes: u64, mut each: impl FnMut(Hour)) {
    let scales = Scales::default();
    paused(scales.clone().weigh(async {
        let rig = Rig::playing(topology, None);
        // Nobody takes the minutes: they would grow.
        let chair = Chair { http: SharedHttpClient::new(rig.way.clone()), ..Chair::before(&rig) };
        Seat::on(chair, rig, async |seat| {
            let mut luck = Luck::new(1);
            let (mut asked, mut answered) = (0, 0);
            for hour in 1..=hours {
                for minute in 0..minutes {
                    if minute % BETWEEN == 0 {
                        break_something(seat, &mut luck);
                    }
                    if luck.once_in(3) {
                        seat.press(luck.of(LOOKS));
                    }
                    seat.wait(MINUTE).await;
                    drop(seat.drawn());
                }
                let told = told(seat, hour, &scales);
                each(Hour { asked: told.asked - asked, calls: told.calls - answered, ..told });
                (asked, answered) = (told.asked, told.calls);
            }
            seat.rig.truth(|world| world.faults.clear());
            seat.press("esc esc esc esc 1");
            if seat.model.frozen.is_some() {
                seat.press("F");
            }
            seat.wait(CALM).await;
            ages_are_right(seat);
        })
        .await;
    }));
}

/// Anything that can break, anywhere, for a while; but nothing that leaves another world behind.
fn break_something(seat: &Seat, luck: &mut Luck) {
    let (fault, region) = (luck.of(Fault::ALL), luck.of(&seat.rig.stage.config.regions()));
    let lasting = MINUTE * (1 + u32::from(luck.small(8)));
    if fault != Fault::S3Ransomware {
        let now = seat.clock.now();
        seat.rig.truth(|world| world.faults.inject(ActiveFault::on(fault, &region, now, Some(lasting))));
    }
}

fn told(seat: &Seat, hour: u32, scales: &Scales) -> Hour {
    let (held, asked) = scales.0.get();
    let world = i64::try_from(seat.rig.truth(|world| measure(|| drop(world.clone())).bytes_max)).unwrap();
    let held = held - world;
    let (calls, kept) = seat.rig.way.lab().log(|log| (log.answered(), log.entries().count().max(log.visits().count())));
    assert!(kept <= Log::KEPT && seat.model.events.events.len() <= Timeline::KEPT);
    let drift = seat.clock.now().millis() - seat.rig.way.lab().clock().now().millis();
    let events = &seat.model.events;
    let observations = seat.model.picture.snapshot.len();
    Hour {
        hour,
        calls,
        held,
        world,
        asked,
        events: events.events.len(),
        dropped: events.dropped + events.figures_dropped,
        observations,
        files: size_of(&seat.state),
        drift,
    }
}

/// Everything in a folder, in bytes.
pub(crate) fn size_of(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let sizes = entries.map(|entry| {
        let entry = entry.unwrap();
        let told = entry.metadata().unwrap();
        if told.is_dir() { size_of(&entry.path()) } else { told.len() }
    });
    sizes.sum()
}

/// After however long: what is known is as old as it says, and young where it is asked for.
fn ages_are_right(seat: &Seat) {
    let now = seat.clock.now();
    assert_eq!(now, seat.rig.way.lab().clock().now(), "the clocks have drifted apart");
    assert!(now.since(seat.model.clock.now) <= Duration::from_secs(1), "the console's own time stands still");
    let stale: Vec<_> =
        seat.model.picture.snapshot.iter().filter(|known| is_old(known, seat)).map(|known| known.subject.to_string()).collect();
    assert!(stale.is_empty(), "{} after {:?}: {stale:?}", stale.len(), now.since(START));
}

fn is_old(known: &Observation, seat: &Seat) -> bool {
    let now = seat.clock.now();
    let Some(last) = &known.known else { return false };
    assert!(last.begun <= now, "{} is from the future", known.subject);
    // A series without points, because there is nothing to count, is as young as the asking.
    let young = known.subject.kind == Kind::Metric && now.since(last.begun) <= known.stale_after();
    known.is_stale(now) && !young
}

impl fmt::Display for Hour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kb = |bytes: i64| bytes / 1024;
        write!(
            f,
            "{:>4}{:>9}{:>12}{:>10}{:>14}{:>9}{:>9}{:>9}{:>9}{:>9}",
            self.hour,
            self.calls,
            kb(self.held),
            kb(self.world),
            self.asked >> 20,
            self.events,
            self.dropped,
            self.observations,
            self.files,
            self.drift
        )
    }
}

/// What stands above the lines of the hours.
pub(crate) const HEAD: &str = "hour    calls     held KB  world KB  asked-for MB   events  dropped    known    files drift ms";

/// What holds of every hour: nothing is written, no clock drifts, and nobody asks more and more. An hour in which a region was dark has few calls,
/// the first one too: so each is held against the one in the middle.
pub(crate) fn steady(hours: &[Hour]) {
    let mut calls: Vec<_> = hours.iter().map(|hour| hour.calls).collect();
    calls.sort_unstable();
    let usual = calls[calls.len() / 2];
    for hour in hours {
        assert_eq!((hour.drift, hour.files), (0, 0), "{hour:?}");
        assert!(hour.calls <= usual + usual / 4, "{} calls in hour {}, and {usual} in the middle one", hour.calls, hour.hour);
    }
}

/// As long as a test may take: half an hour, in which the rings are not full yet, and fill no faster than what is put into them.
#[test]
fn half_an_hour_of_faults_leaves_nothing_behind() {
    const MINUTES: u64 = 8;
    /// A minute of metrics, requests and events.
    const A_MINUTE: i64 = 200 << 10;
    let mut spans = Vec::new();
    println!("{HEAD}");
    watch("tier2", 4, MINUTES, |span| {
        println!("{span}");
        spans.push(span);
    });
    steady(&spans);
    for pair in spans.windows(2).skip(1) {
        let grown = pair[1].held + pair[1].world - pair[0].held - pair[0].world;
        assert!(grown <= A_MINUTE * i64::try_from(MINUTES).unwrap(), "{grown} bytes in {MINUTES} minutes: {pair:?}");
    }
}
