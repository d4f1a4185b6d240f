//! Time that stands still, and time that jumps.

use std::time::Duration;

use drlab_core::app::{Message, shown_events};
use drlab_core::domain::Verdict;

use super::{MINUTE, Seat};
use crate::sitting::laws;

#[test]
fn a_frozen_picture_stands_still_and_then_catches_up() {
    Seat::at("tier2", None, async |seat| {
        seat.wait(MINUTE).await;
        seat.press("f");
        let stands = |seat: &Seat| -> Vec<String> {
            // What the picture says, without the lines that say that it stands and for how long.
            seat.screen().into_iter().enumerate().filter(|(row, _)| (3..39).contains(row)).map(|(_, line)| line).collect()
        };
        let before = (stands(seat), seat.assessment().verdict);
        seat.rig.inject("region-dark:primary", None, None);
        for _ in 0..6 {
            seat.wait(Duration::from_secs(20)).await;
            assert_eq!((stands(seat), seat.assessment().verdict), before, "{}", seat.text());
        }
        let missed = seat.model.frozen.as_ref().unwrap().missed;
        assert!(missed > 0 && seat.text().contains("FROZEN") && seat.text().contains(&missed.to_string()), "{}", seat.text());
        let known = shown_events(&seat.model).count();
        seat.press("f");
        assert_eq!(seat.assessment().verdict, Verdict::Critical);
        assert!(seat.text().contains("DARK"), "{}", seat.text());
        assert!(shown_events(&seat.model).count() > known);
        assert!(seat.model.events.events.iter().is_sorted_by(|newer, older| newer.at >= older.at));
    });
}

/// What the screen marks is what a key acts upon, whatever is filtered away and whatever arrives meanwhile.
#[test]
fn the_cursor_is_on_what_is_marked() {
    Seat::at("tier2", Some("primary-outage"), async |seat| {
        seat.wait(MINUTE * 5).await;
        for keys in ["4 g", "j j", "G", "k k", "e", "j", "e", "e", "e", "e g j", "/ d b enter j"] {
            seat.press(keys);
            seat.wait(Duration::from_secs(7)).await;
            let event = shown_events(&seat.model).nth(seat.model.cursors.events).cloned();
            match event {
                Some(event) => {
                    let marked = seat.selected();
                    assert_eq!(marked.len(), 1, "{keys}: {}", seat.text());
                    let beginning: String = event.text.chars().take(12).collect();
                    assert!(marked[0].contains(&beginning), "{keys}: {marked:?} is not {event:?}");
                }
                None => assert!(seat.selected().is_empty() && seat.text().contains("no event matches"), "{keys}: {}", seat.text()),
            }
        }
    });
}

/// A machine that sleeps, or whose clock is set: ages are never negative, nothing is green that is old, and it recovers.
#[test]
fn a_clock_that_jumps_makes_nothing_green_and_breaks_nothing() {
    Seat::at("tier2", None, async |seat| {
        seat.wait(MINUTE * 2).await;
        let now = seat.clock.now();
        assert_eq!(seat.row("primary/service/app").verdict, Verdict::Healthy);
        // An hour ahead without a word from AWS: everything is old.
        seat.tell(Message::Tick(now + MINUTE * 60));
        let row = seat.row("primary/service/app");
        assert!(row.stale && row.verdict == Verdict::Unknown, "{row:?}");
        assert_ne!(seat.assessment().readiness.ready(), Some(true));
        laws::of_picture(&seat.model, &seat.drawn());
        // And back: an hour behind what has already been read.
        seat.tell(Message::Tick(now - MINUTE * 60));
        laws::of_model(&seat.model);
        laws::of_picture(&seat.model, &seat.drawn());
        seat.wait(MINUTE).await;
        assert_eq!(seat.row("primary/service/app").verdict, Verdict::Healthy, "{:?}", seat.row("primary/service/app"));
        assert!(seat.model.events.events.iter().is_sorted_by(|newer, older| newer.at >= older.at));
    });
}

/// A machine that is starved calls nobody else dark: its own lateness is said first, as long as it lasts.
#[test]
fn a_machine_that_is_late_says_so_itself() {
    Seat::at("tier2", None, async |seat| {
        seat.wait(MINUTE).await;
        seat.rig.inject("region-dark:primary", None, None);
        seat.wait(MINUTE).await;
        seat.tell(Message::Late(Some(Duration::from_secs(4))));
        let banner = seat.screen()[1].clone();
        assert!(banner.starts_with(" ? THIS MACHINE IS LATE BY 4s: AGES AND SILENCE MAY BE ITS FAULT"), "{banner}");
        seat.tell(Message::Late(None));
        assert!(!seat.text().contains("LATE"), "{}", seat.text());
    });
}
