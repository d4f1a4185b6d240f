//! Many workloads on one screen.

use std::sync::Arc;
use std::time::Duration;

use drlab_core::app::{Effect, Screen, shown_workloads};
use drlab_core::domain::Verdict;

use super::{MINUTE, SIZES, Seat};
use crate::lab::rig::{Rig, paused};
use crate::sitting::laws;

#[test]
fn the_worst_of_a_fleet_is_at_the_top_and_the_cursor_stays_where_it_was_put() {
    let rig = Rig::open("fleet");
    let mut config = rig.stage.config.clone();
    for workload in &mut config.workloads {
        workload.dns.as_mut().unwrap().name_servers.clear();
    }
    paused(Seat::watching(rig, Arc::new(config), async |seat| {
        seat.resize((200, 60));
        seat.wait(Duration::from_secs(15)).await;
        assert_eq!(seat.model.screen, Screen::Workloads);
        let name = |seat: &Seat, number: usize| seat.model.config.workloads[number].name.clone();
        let verdict = |seat: &Seat, number: usize| seat.model.picture.assessments[number].verdict;
        seat.press("j j j");
        let chosen = shown_workloads(&seat.model)[3];
        assert_eq!(seat.selected().len(), 1, "{}", seat.text());
        assert!(seat.selected()[0].contains(&name(seat, chosen)), "{:?}", seat.selected());
        // Somebody further down goes down.
        let fallen = *shown_workloads(&seat.model).last().unwrap();
        let (service, region) = {
            let workload = &seat.model.config.workloads[fallen];
            (workload.services[0].sites.primary.clone(), workload.primary.clone())
        };
        let ecs = seat.rig.at(&region).ecs.clone();
        ecs.update_service().cluster(&service.cluster).service(&service.service).desired_count(0).send().await.unwrap();
        while verdict(seat, fallen) != Verdict::Critical && seat.elapsed() < MINUTE * 3 {
            seat.wait(Duration::from_secs(5)).await;
        }
        assert_eq!(verdict(seat, fallen), Verdict::Critical, "{:#?}", seat.model.picture.assessments[fallen].reasons);
        let shown = shown_workloads(&seat.model);
        let weights: Vec<u8> = shown.iter().map(|number| verdict(seat, *number).weight()).collect();
        assert!(weights.is_sorted_by(|one, next| one >= next), "{weights:?}");
        assert_eq!(shown[0], fallen, "{}", seat.text());
        assert!(seat.selected()[0].contains(&name(seat, chosen)), "the cursor has moved: {:?}", seat.selected());
        // Looking for what is wrong, by the word for it.
        seat.press("/ c r i t i c a l enter");
        assert_eq!(shown_workloads(&seat.model), [fallen], "{}", seat.text());
        assert!(seat.reads(&[&name(seat, fallen)]) && !seat.text().contains("no workload matches"), "{}", seat.text());
        seat.press("enter");
        assert_eq!((seat.model.screen, seat.model.workload), (Screen::Dashboard, fallen));
        assert!(seat.text().contains(&name(seat, fallen)), "{}", seat.text());
        seat.press("esc");
        assert_eq!((seat.model.screen, seat.model.filters.workloads.text()), (Screen::Workloads, "critical"));
        seat.press("esc");
        assert_eq!(shown_workloads(&seat.model).len(), seat.model.config.workloads.len());
        for size in SIZES {
            seat.resize(size);
            laws::of_panels(&seat.drawn());
            laws::of_picture(&seat.model, &seat.drawn());
        }
    }));
}

#[test]
fn a_fleet_that_matches_nothing_says_so_and_opens_nothing() {
    Seat::at("fleet", None, async |seat| {
        seat.wait(Duration::from_secs(5)).await;
        seat.press("/ n o b o d y enter");
        assert!(seat.text().contains("no workload matches"), "{}", seat.text());
        seat.press("enter j k G y c R");
        assert_eq!(seat.model.screen, Screen::Workloads);
        assert!(!drlab_core::app::update(&mut seat.model, drlab_core::app::Message::Resize(120, 40)).contains(&Effect::Quit));
    });
}

#[test]
fn a_region_that_goes_dark_is_seen_in_every_row_that_stands_on_it_within_a_minute() {
    Seat::at("fleet", None, async |seat| {
        seat.resize((200, 60));
        seat.wait(MINUTE).await;
        let lost = seat.model.config.workloads[0].primary.clone();
        let stands_on_it = |seat: &Seat, number: usize| {
            let workload = &seat.model.config.workloads[number];
            workload.primary == lost || workload.standby == lost
        };
        let rows = 0..seat.model.config.workloads.len();
        let verdicts = |seat: &Seat| rows.clone().map(|number| seat.model.picture.assessments[number].verdict).collect::<Vec<_>>();
        let before = verdicts(seat);
        assert!(rows.clone().filter(|number| stands_on_it(seat, *number)).count() >= 5, "many stand on it");
        seat.rig.inject(&format!("region-dark:{lost}"), None, None);
        seat.wait(MINUTE).await;
        for (number, verdict) in verdicts(seat).into_iter().enumerate() {
            let name = &seat.model.config.workloads[number].name;
            match stands_on_it(seat, number) {
                true => assert!(matches!(verdict, Verdict::Unknown | Verdict::Critical), "{name} is called {verdict}: {}", seat.text()),
                false => assert_eq!(verdict, before[number], "{name} stands elsewhere"),
            }
        }
    });
}
