//! Somebody who knows no fear at the keyboard while things break: whatever is pressed, the console stands, and nothing is written.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use drlab_core::app::{Deed, Look, Message, Model, Overlay, Press, Theme, contexts};
use drlab_core::config::Config;
use drlab_core::domain::{Region, Timestamp};
use drlab_core::keymap::{Action, Chord, Key, Keymap};
use drlab_lab::scenarios::SCENARIOS;
use drlab_lab::topologies::TOPOLOGIES;
use drlab_lab::world::{ActiveFault, Fault};

use super::laws;
use super::seat::Seat;
use super::wall::Wall;
use crate::lab::rig::{Rig, paused};
use crate::luck::{Luck, told};

/// How many seeds are played unless `DRLAB_SEEDS` says otherwise, and how much is done in each; a fleet takes more time for the same.
const SEEDS: u64 = 20;
const DEEDS: u64 = 250;
const DEEDS_AT_A_FLEET: u64 = 80;

/// As many as a small machine has cores; what a seed does depends on nothing else.
const LANES: u64 = 2;

/// What somebody might have in the clipboard.
pub(super) const NASTY: &[&str] = &[
    "\u{1b}]0;owned\u{7}\u{1b}[2J",
    "\u{202e}drawkcab\u{2066}",
    "東京リージョン本番",
    "👩‍👩‍👧‍👦🏳️‍🌈",
    "e\u{301}\u{301}\u{301}",
    "q\nq\r\nq\t:quit\n",
    "\0\u{80}\u{9b}31m\u{feff}",
    "tier2",
    "",
];

pub(super) const SIZES: &[(u16, u16)] =
    &[(1, 1), (2, 1), (20, 5), (59, 16), (60, 15), (60, 16), (80, 24), (81, 25), (120, 40), (200, 60), (300, 100), (300, 16), (60, 100)];

/// What is done in one go.
#[derive(Clone, Debug)]
enum Does {
    Tell(Message),
    Wait(Duration),
    Break(ActiveFault),
    Lift(Fault),
    LiftAll,
}

struct Monkey {
    luck: Luck,
    bound: Vec<Chord>,
    regions: Vec<Region>,
}

impl Monkey {
    fn next(&mut self, seat: &Seat) -> Does {
        match self.luck.below(100) {
            0..52 => Does::Tell(pressed(self.luck.of(&self.bound), seat)),
            52..62 => Does::Tell(pressed(self.any_chord(), seat)),
            62..67 => Does::Tell(Message::Paste(self.luck.of(NASTY).repeat(1 + usize::from(self.luck.below(20) == 0) * 500))),
            67..75 => Does::Tell(Message::Wheel { down: self.luck.below(2) == 0 }),
            75..84 => Does::Tell(self.resize()),
            84..94 => Does::Wait(Duration::from_millis(10 + self.luck.below(3_000))),
            94 => Does::Wait(Duration::from_secs(20)),
            95..97 => Does::Break(self.fault(seat.clock.now())),
            97 => Does::Lift(self.luck.of(Fault::ALL)),
            98 => Does::LiftAll,
            _ => Does::Tell(Message::Copied(Err(self.luck.of(NASTY).to_owned()))),
        }
    }

    /// Letters, digits and signs; now and then with something held down.
    fn any_chord(&mut self) -> Chord {
        let letters: Vec<char> = (' '..='~').chain("äß東\u{301}".chars()).collect();
        let keys = [Key::Insert, Key::Delete, Key::F(1), Key::F(12), Key::Tab, Key::Enter, Key::Esc, Key::Char('c'), Key::Char('d')];
        if self.luck.below(3) > 0 {
            return Chord::plain(Key::Char(self.luck.of(&letters)));
        }
        let mut held = || self.luck.below(2) == 0;
        let (ctrl, alt, shift) = (held(), held(), held());
        Chord { key: self.luck.of(&keys), ctrl, alt, shift }
    }

    fn resize(&mut self) -> Message {
        let (columns, rows) =
            if self.luck.below(2) == 0 { self.luck.of(SIZES) } else { (1 + self.luck.small(300), 1 + self.luck.small(100)) };
        Message::Resize(columns, rows)
    }

    fn fault(&mut self, from: Timestamp) -> ActiveFault {
        let (fault, region) = (self.luck.of(Fault::ALL), self.luck.of(&self.regions));
        ActiveFault::on(fault, &region, from, Some(Duration::from_secs(5 + self.luck.below(60))))
    }
}

fn pressed(chord: Chord, seat: &Seat) -> Message {
    Message::Key(Press { chord, at: seat.elapsed(), repeat: false })
}

/// Whether a message may lead out of the program: only what is bound to do so, and never while somebody types.
fn may_quit(model: &Model, message: &Message) -> bool {
    let Message::Key(Press { chord, .. }) = message else { return false };
    let within = contexts(model);
    if within[0].takes_text() && chord.types().is_some() {
        return false;
    }
    match (model.keymap.look_up(&within, *chord), model.overlays.last()) {
        (Some(Action::Quit), None) => !model.typing_filter,
        (Some(Action::Submit), Some(Overlay::Quit)) => true,
        (Some(Action::Submit), Some(Overlay::Palette(palette))) => {
            palette.offers.get(palette.selected).is_some_and(|offer| offer.deed == Deed::Do(Action::Quit))
        }
        _ => false,
    }
}

async fn do_it(seat: &mut Seat, what: Does) {
    let before = laws::frozen(&seat.model);
    match what {
        Does::Tell(message) => {
            let may = may_quit(&seat.model, &message);
            let told = format!("{message:?}");
            seat.tell(message);
            assert!(may || !seat.quit, "left by {told}");
            // Nobody is let go.
            seat.quit = false;
        }
        Does::Wait(time) => seat.wait(time).await,
        Does::Break(fault) => seat.rig.truth(|world| world.faults.inject(fault)),
        Does::Lift(fault) => seat.rig.truth(|world| world.faults.lift(fault)),
        Does::LiftAll => seat.rig.truth(|world| world.faults.clear()),
    }
    laws::a_frozen_picture_stands_still(before, &seat.model);
    laws::of_model(&seat.model);
    let drawn = seat.drawn();
    laws::of_picture(&seat.model, &drawn);
    let (width, height) = seat.model.size;
    // Panels under something else have no borders to speak of, and neither has a screen that is too small.
    if seat.model.overlays.is_empty() && !seat.model.look.ascii && !seat.model.present && width >= 60 && height >= 16 {
        laws::of_panels(&drawn);
    }
}

/// Plays a seed: how many calls and pages were looked at.
fn play(seed: u64) -> (u64, u64) {
    let mut luck = Luck::new(seed);
    let topology = &TOPOLOGIES[usize::try_from(seed).unwrap() % TOPOLOGIES.len()];
    // Every look over every topology, in time.
    let looks = seed / TOPOLOGIES.len() as u64;
    let theme = Theme::ALL[usize::try_from(looks).unwrap() % Theme::ALL.len()];
    let look = Look { theme, ascii: luck.below(3) == 0 };
    let scenario = (luck.below(2) == 0).then(|| luck.of(SCENARIOS).name);
    let mut seen = (0, 0);
    paused(async {
        let rig = Rig::playing(topology.name, scenario);
        Seat::before(rig, async |seat| {
            let mut monkey = Monkey { luck, bound: bound(), regions: regions(&seat.rig.stage.config) };
            let mut wall = Wall::default();
            seat.model.look = look;
            let deeds = if seat.model.config.workloads.len() > 4 { DEEDS_AT_A_FLEET } else { DEEDS };
            for _ in 0..deeds {
                let does = monkey.next(seat);
                do_it(seat, does).await;
                wall.inspect(&seat.rig);
            }
            // Whatever it was, it is over: the console is there, and of use.
            seat.rig.truth(|world| world.faults.clear());
            seat.resize((120, 40));
            seat.press("esc esc esc esc esc esc");
            do_it(seat, Does::Wait(Duration::from_secs(5))).await;
            wall.inspect(&seat.rig);
            assert!(wall.violations.is_empty(), "a watcher has done what it may not: {:#?}", wall.violations);
            seen = (wall.calls, wall.visits);
        })
        .await;
    });
    seen
}

pub(super) fn bound() -> Vec<Chord> {
    let mut bound: Vec<_> = Keymap::default().bindings.iter().flat_map(|binding| binding.on.clone()).collect();
    bound.sort();
    bound.dedup();
    bound
}

fn regions(config: &Config) -> Vec<Region> {
    config.regions()
}

#[test]
fn nothing_that_is_pressed_breaks_it_or_writes() {
    let (first, seeds) = (told("DRLAB_SEED", 0), told("DRLAB_SEEDS", SEEDS));
    let (calls, visits) = (AtomicU64::new(0), AtomicU64::new(0));
    let lane = |lane: u64| {
        for seed in (first..first + seeds).skip(usize::try_from(lane).unwrap()).step_by(usize::try_from(LANES).unwrap()) {
            match catch_unwind(AssertUnwindSafe(|| play(seed))) {
                Ok((called, visited)) => {
                    calls.fetch_add(called, Ordering::Relaxed);
                    visits.fetch_add(visited, Ordering::Relaxed);
                }
                Err(why) => {
                    eprintln!("\nthe same again: DRLAB_SEED={seed} DRLAB_SEEDS=1 cargo test --test it sitting::monkey\n");
                    resume_unwind(why);
                }
            }
        }
    };
    std::thread::scope(|scope| (0..LANES).for_each(|number| drop(scope.spawn(move || lane(number)))));
    assert!(calls.into_inner() > seeds * 50 && visits.into_inner() > seeds, "the lab was hardly asked anything");
}
