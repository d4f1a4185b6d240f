//! Every screen and the chief overlays in every look. What they say is in `pictures` and `runs`; here is what each look makes of it: a file a
//! screen, with the styles that stand where the terminal's own theme has its, and the text of ASCII.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use drlab_core::app::{Detail, Model, Overlay, Screen, Theme};

use super::fixture::{self, in_theme, looking_at, on};
use super::running;
use super::styled::{drawn, lines, style};

const SIZE: (u16, u16) = (120, 40);
const LOOKS: [(&str, Theme); 4] =
    [("dark", Theme::Dark), ("light", Theme::Light), ("contrast", Theme::Contrast), ("NO_COLOR", Theme::Mono)];

fn scenes() -> Vec<(&'static str, Model)> {
    let dark = fixture::region_dark;
    let under = |overlay: Overlay| Model { overlays: vec![overlay], ..dark() };
    let replica = Detail { component: "replication/database".to_owned(), scroll: 0 };
    vec![
        ("workloads", fixture::fleet()),
        ("dashboard", looking_at(dark(), "standby/database")),
        ("run", running::waiting()),
        ("readiness", on(dark(), Screen::Readiness)),
        ("events", on(fixture::steady(), Screen::Events)),
        ("history", running::history()),
        ("present", Model { present: true, ..dark() }),
        ("detail", Model { overlays: vec![Overlay::Detail(replica)], ..fixture::replica_fails(fixture::steady()) }),
        ("help", under(Overlay::Help { scroll: 0 })),
        ("quit", under(Overlay::Quit)),
        ("arming", running::arming()),
        ("chooser", running::choosing()),
        ("card", running::card()),
        ("report", running::reading()),
    ]
}

#[test]
fn every_screen_in_every_look() {
    for (name, model) in scenes() {
        let terminal = drawn(&in_theme(model.clone(), Theme::Terminal, false), SIZE);
        let others = LOOKS.map(|(look, theme)| (look, drawn(&in_theme(model.clone(), theme, false), SIZE)));
        let mut legend: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (look, picture) in &others {
            assert_eq!(lines(picture), lines(&terminal), "{name} says something else in {look}");
        }
        for (index, cell) in terminal.content().iter().enumerate().filter(|(_, cell)| cell.symbol() != " ") {
            let styles: Vec<_> = others.iter().map(|(look, picture)| format!("{look}: {}", style(&picture.content()[index]))).collect();
            legend.entry(style(cell)).or_default().insert(styles.join(" · "));
        }
        let mut told = String::new();
        for (own, others) in legend {
            writeln!(told, "{}", if own.is_empty() { "plain" } else { &own }).unwrap();
            others.iter().for_each(|others| writeln!(told, "    {others}").unwrap());
        }
        let ascii = drawn(&in_theme(model, Theme::Terminal, true), SIZE);
        writeln!(told, "\n{}", lines(&ascii).join("\n")).unwrap();
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("looks-of-{name}"), told);
        });
    }
}
