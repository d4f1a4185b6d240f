use drlab_core::app::{Detail, Model, Overlay, Palette, Screen, Theme};
use ratatui::style::Color;

use super::fixture::{self, in_theme, on};
use super::running;
use super::styled::{drawn, lines};

/// Every fixture on every screen and under every overlay.
fn everything() -> Vec<Model> {
    let fixtures = [
        fixture::steady(),
        fixture::region_dark(),
        fixture::users_on_standby(),
        fixture::just_started(),
        fixture::fleet(),
        fixture::hostile(),
        fixture::frozen(),
        fixture::ringing(),
    ];
    let mut all = Vec::new();
    for model in fixtures {
        for screen in [Screen::Workloads, Screen::Dashboard, Screen::Run, Screen::Readiness, Screen::Events, Screen::History] {
            all.push(on(model.clone(), screen));
        }
        let overlays = [
            Overlay::Help { scroll: 3 },
            Overlay::Palette(Palette::default()),
            Overlay::Detail(Detail { component: "standby/database".to_owned(), scroll: 2 }),
            Overlay::Detail(Detail { component: "gone".to_owned(), scroll: 0 }),
            Overlay::Quit,
        ];
        all.extend(overlays.map(|overlay| Model { overlays: vec![overlay], ..model.clone() }));
        all.push(Model { present: true, ..model });
    }
    for model in running::all() {
        for screen in [Screen::Workloads, Screen::Dashboard, Screen::Run] {
            all.push(Model { overlays: Vec::new(), ..on(model.clone(), screen) });
        }
        all.push(Model { present: true, ..model.clone() });
        all.push(model);
    }
    all
}

#[test]
fn ascii_is_ascii_everywhere() {
    for model in everything() {
        let model = in_theme(model, Theme::Terminal, true);
        for size in [(60, 16), (80, 24), (120, 40), (200, 60), (30, 5)] {
            for line in lines(&drawn(&model, size)) {
                assert!(line.is_ascii(), "{size:?}: {line}");
            }
        }
    }
}

#[test]
fn mono_has_no_colour() {
    for model in everything() {
        let model = in_theme(model, Theme::Mono, false);
        for cell in drawn(&model, (120, 40)).content() {
            assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset), "{cell:?}");
        }
    }
}

#[test]
fn the_terminals_theme_uses_its_sixteen_colours() {
    for model in everything() {
        for cell in drawn(&model, (120, 40)).content() {
            for colour in [cell.fg, cell.bg] {
                assert!(!matches!(colour, Color::Rgb(..) | Color::Indexed(_)), "{cell:?}");
            }
        }
    }
}

#[test]
fn no_account_number_and_no_control_reaches_the_screen() {
    for model in everything() {
        let text = lines(&drawn(&model, (200, 60))).join("\n");
        assert!(!text.contains("123456789012"), "{text}");
        assert!(text.chars().all(|letter| letter == '\n' || !letter.is_control()), "{text}");
    }
}

#[test]
fn present_mode_names_no_account_at_all() {
    for model in everything().into_iter().filter(|model| model.present) {
        assert!(!lines(&drawn(&model, (200, 60))).join("\n").contains("9012"));
    }
}

/// Not every pair of the grid: sizes around which layouts change, and a stride through the rest, each screen at each.
#[test]
fn nothing_panics_at_any_size() {
    let models: Vec<Model> = everything();
    let widths: Vec<u16> = (1..=220)
        .filter(|width| *width < 8 || width % 23 == 0 || matches!(width, 59..=61 | 69..=71 | 109..=117 | 149..=151 | 220))
        .collect();
    let heights: Vec<u16> =
        (1..=70).filter(|height| *height < 5 || height % 9 == 0 || matches!(height, 15..=17 | 29..=31 | 45..=49 | 70)).collect();
    for (index, model) in models.iter().enumerate() {
        for (across, width) in widths.iter().enumerate() {
            // Each model takes a ninth of the heights; together they take all.
            for height in heights.iter().skip((index + across) % 9).step_by(9) {
                drawn(model, (*width, *height));
            }
        }
    }
}

#[test]
fn too_small_says_what_is_needed_and_recovers() {
    let model = fixture::steady();
    let small = lines(&drawn(&model, (20, 5))).join(" ");
    assert_eq!(small.split_whitespace().collect::<Vec<_>>().join(" "), "terminal too small: need 60×16, have 20×5");
    assert!(lines(&drawn(&model, (60, 16))).join(" ").contains("tier2"));
}

/// Who watches pays for it, on a small screen as on a large one.
#[test]
fn the_bill_is_on_every_screen() {
    for model in [fixture::steady(), fixture::region_dark(), fixture::fleet(), fixture::just_started()] {
        for width in [80, 120, 200] {
            let head = lines(&drawn(&model, (width, 24))).remove(0);
            assert!(head.contains("$0.05/h") && head.contains("11:02:31Z"), "{width}: {head}");
        }
    }
    let mut model = fixture::steady();
    model.meter.failed = 3;
    let head = lines(&drawn(&model, (80, 24))).remove(0);
    assert!(head.contains("$0.05/h · 3 failed"), "{head}");
}

#[test]
fn the_last_hour_is_an_hour_at_any_width() {
    for size in [(120, 40), (200, 60)] {
        let text = lines(&drawn(&fixture::steady(), size)).join("\n");
        assert!(text.contains("THE LAST HOUR") && text.contains("-60m"), "{text}");
    }
}

#[test]
fn every_metric_of_a_component_has_its_hour_and_its_age() {
    let mut model = fixture::steady();
    // Not the one that is drawn large.
    model.picture.assessments[0].between[0].series = None;
    model.overlays = vec![Overlay::Detail(Detail { component: "replication/database".to_owned(), scroll: 0 })];
    // Where each minute has a column, this one's is still empty.
    for (width, columns) in [(80, 28), (120, 59), (200, 59)] {
        let text = lines(&drawn(&model, (width, 40)));
        let name = text.iter().position(|line| line.contains("tier2-db-replica ReplicaLag  the last hour")).unwrap();
        let picture = &text[name + 1];
        assert!(picture.contains("min 400ms max 5.4s last 1s 91s ago"), "{picture}");
        assert_eq!(picture.chars().filter(|letter| ('▁'..='█').contains(letter)).count(), columns, "{picture}");
    }
}

#[test]
fn what_is_worst_is_never_hidden_for_want_of_room() {
    let text = lines(&drawn(&fixture::region_dark(), (60, 16))).join("\n");
    assert!(text.contains("DARK"), "{text}");
    assert!(text.contains("USERS ON STANDBY"), "{text}");
}
