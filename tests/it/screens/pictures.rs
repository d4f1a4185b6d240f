use drlab_core::app::{Deed, Detail, Filters, Line, Model, Notice, Offer, Overlay, Palette, Screen, Theme};
use drlab_core::keymap::Action;

use super::fixture::{self, in_theme, looking_at, on};
use super::styled::{drawn, told};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

pub(super) fn picture(name: &str, model: &Model, size: (u16, u16)) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(format!("{name}-{}x{}", size.0, size.1), told(&drawn(model, size)));
    });
}

pub(super) fn at_every_size(name: &str, model: &Model) {
    for size in SIZES {
        picture(name, model, size);
    }
}

#[test]
fn dashboard_in_steady_state() {
    at_every_size("dashboard", &fixture::steady());
}

#[test]
fn dashboard_with_a_dark_region() {
    at_every_size("dashboard-dark-region", &looking_at(fixture::region_dark(), "replication/database"));
}

#[test]
fn dashboard_with_users_on_a_read_only_standby() {
    at_every_size("dashboard-read-only", &fixture::users_on_standby());
}

#[test]
fn dashboard_before_anything_has_answered() {
    at_every_size("dashboard-just-started", &fixture::just_started());
}

#[test]
fn dashboard_with_names_that_mean_harm() {
    picture("dashboard-hostile", &fixture::hostile(), (80, 24));
    picture("dashboard-hostile", &fixture::hostile(), (120, 40));
}

#[test]
fn dashboard_of_one_of_many() {
    picture("dashboard-fleet", &on(fixture::fleet(), Screen::Dashboard), (200, 60));
}

#[test]
fn dashboard_frozen() {
    picture("dashboard-frozen", &fixture::frozen(), (80, 24));
}

#[test]
fn dashboard_with_every_alarm_ringing() {
    picture("dashboard-ringing", &looking_at(fixture::ringing(), "primary/alarms"), (80, 24));
    picture("dashboard-ringing", &looking_at(fixture::ringing(), "primary/alarms"), (120, 40));
}

#[test]
fn dashboard_in_every_look() {
    let looks = [
        ("dark", Theme::Dark, false),
        ("light", Theme::Light, false),
        ("contrast", Theme::Contrast, false),
        ("mono", Theme::Mono, false),
        ("ascii", Theme::Terminal, true),
    ];
    for (name, theme, ascii) in looks {
        let model = looking_at(in_theme(fixture::region_dark(), theme, ascii), "standby/database");
        picture(&format!("look-{name}"), &model, (120, 40));
    }
    picture("look-ascii", &in_theme(fixture::steady(), Theme::Mono, true), (80, 24));
}

#[test]
fn readiness() {
    let mut model = on(fixture::region_dark(), Screen::Readiness);
    model.cursors.readiness = 11;
    at_every_size("readiness", &model);
}

#[test]
fn events() {
    at_every_size("events", &on(fixture::steady(), Screen::Events));
    let mut model = on(fixture::ringing(), Screen::Events);
    model.filters = Filters { class: Some(drlab_core::app::Class::Alarm), ..Filters::default() };
    model.cursors.events = 40;
    picture("events-alarms", &model, (80, 24));
}

#[test]
fn workloads() {
    at_every_size("workloads", &fixture::fleet());
}

#[test]
fn detail() {
    let mut model = fixture::replica_fails(fixture::steady());
    model.overlays = vec![Overlay::Detail(Detail { component: "replication/database".to_owned(), scroll: 0 })];
    at_every_size("detail", &model);
}

#[test]
fn help() {
    let mut model = fixture::steady();
    model.overlays = vec![Overlay::Help { scroll: 0 }];
    at_every_size("help", &model);
}

#[test]
fn palette_quit_and_notice() {
    let offer = |says: &str, key: Option<&str>, matched: &[u32]| Offer {
        says: says.to_owned(),
        key: key.map(str::to_owned),
        deed: Deed::Do(Action::Refresh),
        matched: matched.to_vec(),
    };
    let offers = vec![
        offer("look again now", Some("ctrl-r"), &[0, 1]),
        offer("theme: light", None, &[7, 10]),
        offer("all workloads", Some("0"), &[1, 2]),
    ];
    let mut model = fixture::steady();
    model.overlays = vec![Overlay::Palette(Palette { line: Line::default(), offers, selected: 1 })];
    picture("palette", &model, (80, 24));
    model.overlays = vec![Overlay::Quit];
    picture("quit", &model, (80, 24));
    model.overlays.clear();
    model.notice =
        Some(Notice { text: "copied to the clipboard".to_owned(), bad: false, until: fixture::now() + std::time::Duration::from_secs(4) });
    picture("notice", &model, (80, 24));
    model.screen = Screen::Events;
    model.typing_filter = true;
    picture("filter", &model, (80, 24));
}

#[test]
fn present() {
    for (name, mut model) in [("steady", fixture::steady()), ("dark-region", fixture::region_dark()), ("started", fixture::just_started())]
    {
        model.present = true;
        at_every_size(&format!("present-{name}"), &model);
    }
    let mut model = in_theme(fixture::steady(), Theme::Mono, true);
    model.present = true;
    at_every_size("present-ascii", &model);
}
