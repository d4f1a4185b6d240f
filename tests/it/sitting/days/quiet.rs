//! What the timeline tells of a day, and what it does not.

use std::time::Duration;

use drlab_core::app::{Class, Event};
use drlab_core::domain::Verdict;

use super::{MINUTE, Seat};

fn told(seat: &Seat) -> Vec<&Event> {
    seat.model.events.events.iter().filter(|event| event.class != Class::Figure).collect()
}

/// Where everything is as it is configured, nothing has happened: a pilot light that does not burn is no error.
#[test]
fn a_day_on_which_all_is_well_has_no_event() {
    for topology in ["tier2", "pilot", "platform", "payments"] {
        Seat::at(topology, None, async |seat| {
            seat.wait(MINUTE * 3).await;
            seat.press("1");
            assert!(told(seat).is_empty(), "{topology}: {:#?}", told(seat));
            assert!(seat.reads(&["no event yet"]), "{}", seat.text());
        });
    }
}

/// Somewhere in a fleet there is always something; but nobody is said not to answer who does.
#[test]
fn a_fleet_on_a_day_on_which_all_is_well_has_no_error() {
    Seat::at("fleet", None, async |seat| {
        seat.wait(MINUTE * 3).await;
        let bad = |event: &&Event| event.class == Class::Error || event.verdict == Verdict::Critical;
        let bad: Vec<_> = told(seat).into_iter().filter(bad).collect();
        assert!(bad.is_empty(), "{bad:#?}");
    });
}

/// Figures alone say that something is wrong; that it is must be an event.
#[test]
fn what_the_figures_come_to_is_an_event() {
    for (scenario, wanted) in [("lag-storm", "healthy → "), ("s3-stall", "healthy → "), ("s3-ransomware", "healthy → ")] {
        Seat::at("tier2", Some(scenario), async |seat| {
            let is_told = |seat: &Seat| told(seat).iter().any(|event| event.class == Class::Health && event.text.starts_with(wanted));
            while !is_told(seat) && seat.elapsed() < MINUTE * 30 {
                seat.wait(Duration::from_secs(10)).await;
            }
            assert!(is_told(seat), "{scenario}: {:#?}", told(seat));
            for screen in ["1", "4"] {
                seat.press(screen);
                assert!(seat.reads(&["health", wanted]), "{scenario}: {}", seat.text());
            }
        });
    }
}

/// However many questions it stops, and however long they take to find out.
#[test]
fn a_dark_region_is_told_in_one_line_for_each_thing_it_comes_to() {
    Seat::at("tier2", None, async |seat| {
        seat.wait(MINUTE).await;
        let region = seat.model.config.workloads[0].primary.to_string();
        seat.rig.inject("region-dark:primary", None, None);
        seat.wait(MINUTE * 5).await;
        let lands: Vec<_> = told(seat).into_iter().filter(|event| event.what == "users land").map(|event| event.text.as_str()).collect();
        // Nothing is left out between two states.
        assert!(lands.is_empty() || lands.last().is_some_and(|first| first.starts_with("primary → ")), "{lands:#?}");
        let of_it = |class| told(seat).into_iter().filter(move |event| event.class == class).collect::<Vec<_>>();
        let errors = of_it(Class::Error);
        assert_eq!(errors.iter().filter(|event| event.what == region).count(), 1, "{errors:#?}");
        assert!(of_it(Class::Health).iter().any(|event| event.what == region && event.text.starts_with("dark")), "{:#?}", told(seat));
        let health: Vec<_> = of_it(Class::Health).into_iter().filter(|event| event.what == "health").collect();
        assert!((1..=2).contains(&health.len()), "{health:#?}");
    });
}

#[test]
fn a_fleet_with_a_dark_region_is_told_in_few_lines() {
    Seat::at("fleet", None, async |seat| {
        seat.wait(MINUTE).await;
        let region = seat.model.config.workloads[0].primary.to_string();
        seat.rig.inject(&format!("region-dark:{region}"), None, None);
        seat.wait(MINUTE * 3).await;
        let errors = told(seat).iter().filter(|event| event.class == Class::Error && event.what == region).count();
        assert_eq!(errors, 1, "{:#?}", told(seat));
        assert!(told(seat).len() <= 80, "{} lines: {:#?}", told(seat).len(), told(seat));
    });
}
