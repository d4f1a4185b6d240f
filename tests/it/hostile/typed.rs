//! What people type: durations, instants, chords, faults; and what they type or paste into the console's own lines.

use std::sync::Arc;

use drlab_core::app::{Look, Message, Model, Press, Theme, update};
use drlab_core::domain::{Timestamp, excerpt, format_duration, human_duration, mask_accounts, parse_duration, quote, sanitise};
use drlab_core::keymap::{Chord, Keymap};
use drlab_lab::scenarios::injection;
use drlab_tui::store::Place;

use super::judge::{Bounds, Came, Target, anywhere, judge};
use super::monsters;
use crate::lab::rig::{START, config};
use crate::screens::styled;

const BOUNDS: Bounds = Bounds { held: (256 << 10, 32), asked: (1 << 20, 128) };

fn word(name: &'static str, seeds: &[&str]) -> Target {
    let seeds = seeds.iter().map(|seed| seed.as_bytes().to_vec()).collect();
    Target { name, seeds, monsters: monsters::of_text(), cases: 2_000, bounds: BOUNDS, longest: 1_500, places: anywhere }
}

/// A word as an argument arrives: text, whatever it was.
fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

#[test]
fn a_duration_is_read_or_refused() {
    judge(word("duration", &["30m", "1h30m", "250ms", "7d12h5m3s1ms"]), |bytes| {
        let read = parse_duration(&text(bytes));
        if let Ok(duration) = &read {
            assert_eq!(parse_duration(&format_duration(*duration)), Ok(*duration));
            drop(human_duration(*duration));
            // What somebody waits for is added to an instant.
            drop((START + *duration).to_string() + &(START - *duration).to_string());
        }
        Came::of(read)
    });
}

#[test]
fn an_instant_is_read_or_refused() {
    judge(word("instant", &["2026-11-20T11:02:31Z", "2026-11-20T11:02:31.123+11:00", "0001-01-01T00:00:00Z"]), |bytes| {
        let read = Timestamp::try_from(text(bytes).into_owned());
        if let Ok(instant) = &read {
            assert_eq!(Timestamp::parse(&instant.to_string()), Some(*instant));
            let (since, minute) = (START.since(*instant), instant.minute());
            assert!(minute <= *instant);
            drop(human_duration(since));
        }
        Came::of(read)
    });
}

#[test]
fn a_chord_is_read_or_refused() {
    judge(word("chord", &["ctrl-z", "shift-tab", "G", "space", "f5", "ctrl-alt-delete"]), |bytes| match Chord::parse(&text(bytes)) {
        Ok(chord) => {
            assert_eq!(Chord::parse(&chord.to_string()), Ok(chord));
            Came::Taken
        }
        Err(error) => Came::Refused(format!("{} {}", sanitise(&excerpt(&error.what, 400)), error.hint)),
    });
}

#[test]
fn a_fault_is_found_or_refused() {
    let config = config("platform");
    judge(word("fault", &["region-dark:primary", "api-slow:us-west-2", "app-down:platform/standby:frontend", "dns-slow"]), |bytes| {
        Came::of(injection(&text(bytes), &config))
    });
}

/// Names of runs become paths.
#[test]
fn a_run_s_name_leads_nowhere_else() {
    let place = Place::find(Some("/nowhere".into())).unwrap();
    let target = word("run-name", &["2026-11-20T11-02-31Z-tier2", "a.b_c-d"]);
    judge(target, |bytes| {
        let found = place.folder(&text(bytes));
        if let Ok(folder) = &found {
            assert_eq!(folder.path().parent(), Some(std::path::Path::new("/nowhere/runs")));
        }
        Came::of(found)
    });
}

/// What is shown of anything is harmless, bounded, and stays the word it was where a shell reads it.
#[test]
fn what_is_shown_is_made_harmless() {
    judge(word("shown", &["arn:aws:rds:us-west-2:123456789012:db:x", "plain", "a'b$(c)`d`"]), |bytes| {
        let text = text(bytes);
        let (shown, short) = (sanitise(&text), excerpt(&text, 40));
        assert!(shown.chars().count() <= 2_001 && short.chars().count() <= 40);
        assert!(!shown.chars().any(char::is_control) && !quote(&text).chars().any(char::is_control));
        let masked = mask_accounts(&text);
        assert!(masked.len() <= text.len());
        Came::Taken
    });
}

/// The palette, and the filters of the screens that have one.
#[test]
fn whatever_is_typed_into_the_console_s_lines_is_looked_for() {
    let config = Arc::new(config("payments"));
    let model = Model::new(config, Arc::new(Keymap::default()), Look { theme: Theme::Terminal, ascii: false }, (80, 24), START);
    let mut target = word("line", &["database lag", "theme dark", "^work !a 'b$", "東京 e\u{301} 👩‍👩‍👧‍👦"]);
    target.cases = 300;
    target.bounds = Bounds { held: (8 << 20, 64), asked: (64 << 20, 256) };
    judge(target, |bytes| {
        let mut model = model.clone();
        let mut tell = |message| drop(update(&mut model, message));
        let press =
            |key: &str| Message::Key(Press { chord: Chord::parse(key).unwrap(), at: std::time::Duration::from_secs(1), repeat: false });
        let pasted = text(bytes);
        for keys in [&[":"][..], &["esc", "3", "/"], &["enter", "4", "/"], &["enter", "5", "/"]] {
            keys.iter().for_each(|key| tell(press(key)));
            tell(Message::Paste(pasted.clone().into_owned()));
            // Letters come one by one, too.
            pasted.chars().filter(|letter| !letter.is_control()).take(5).for_each(|letter| {
                tell(Message::Key(Press {
                    chord: Chord::plain(drlab_core::keymap::Key::Char(letter)),
                    at: std::time::Duration::from_secs(2),
                    repeat: false,
                }));
            });
        }
        drop(styled::lines(&styled::drawn(&model, model.size)));
        Came::Taken
    });
}
