use std::fs;
use std::path::{Path, PathBuf};

use super::*;

fn corpus(kind: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus/keymap").join(kind);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    assert!(files.len() >= 4, "the {kind} corpus is where it should be");
    files
}

/// What a user with this file is told or gets.
fn over_the_default(name: &str, text: impl AsRef<[u8]>) -> Result<Keymap, String> {
    let file = KeymapFile::parse(name, text).map_err(|error| error.to_string())?;
    Keymap::merged(&Keymap::default(), &file).map_err(|conflict| conflict.to_string())
}

fn merged(text: &str) -> Keymap {
    over_the_default("mine.toml", text).unwrap_or_else(|error| panic!("{error}"))
}

fn chord(text: &str) -> Chord {
    Chord::parse(text).unwrap()
}

const DASHBOARD: &[Context] = &[Context::Dashboard, Context::Global];

#[test]
fn the_valid_corpus_goes_over_the_default() {
    for path in corpus("valid") {
        over_the_default("mine.toml", fs::read(&path).unwrap()).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}

/// With `BLESS=1` the texts beside the files are written anew, to be read before they are committed.
#[test]
fn the_invalid_corpus_is_refused_in_the_words_beside_it() {
    for path in corpus("invalid") {
        let name = path.file_name().unwrap().to_str().unwrap();
        let error = over_the_default(name, fs::read(&path).unwrap()).expect_err(name) + "\n";
        let beside = path.with_extension("expected");
        if std::env::var_os("BLESS").is_some() {
            fs::write(&beside, &error).unwrap();
        }
        assert_eq!(error, fs::read_to_string(&beside).unwrap_or_default(), "{name}");
    }
}

#[test]
fn the_built_in_keys_are_whole() {
    let keymap = Keymap::default();
    for action in Action::ALL {
        assert!(keymap.bindings.iter().any(|binding| binding.action == *action), "nothing does {}", action.word());
    }
    for context in [Context::Palette, Context::Filter, Context::Question] {
        assert!(keymap.key_for(&[context], Action::Back).is_some(), "no way out of {}", context.word());
        assert!(keymap.look_up(&[context], chord("q")) != Some(Action::Quit));
    }
    let expected = [
        ("j", Action::Down),
        ("down", Action::Down),
        ("q", Action::Quit),
        ("esc", Action::Back),
        ("0", Action::GoWorkloads),
        ("w", Action::GoWorkloads),
        ("1", Action::GoDashboard),
        ("3", Action::GoReadiness),
        ("4", Action::GoEvents),
        ("]", Action::NextWorkload),
        ("shift-tab", Action::PreviousWorkload),
        ("G", Action::Last),
        ("ctrl-z", Action::Suspend),
        ("ctrl-c", Action::Quit),
    ];
    for (key, action) in expected {
        assert_eq!(keymap.look_up(DASHBOARD, chord(key)), Some(action), "{key}");
    }
    assert_eq!(keymap.look_up(DASHBOARD, chord("5")), None);
}

#[test]
fn a_row_replaces_the_keys_of_its_action_and_nothing_else() {
    let keymap = merged("[[key]]\non = [\"F\"]\ndo = \"freeze\"\n");
    assert_eq!(keymap.look_up(DASHBOARD, chord("F")), Some(Action::Freeze));
    assert_eq!(keymap.look_up(DASHBOARD, chord("f")), None);
    let binding = keymap.bindings.iter().find(|binding| binding.action == Action::Freeze).unwrap();
    assert_eq!((binding.says.as_str(), binding.footer), ("freeze", Some(50)));
    assert_eq!(keymap.bindings.len(), Keymap::default().bindings.len());
}

#[test]
fn none_takes_keys_away_and_lets_them_be_given_anew() {
    let keymap = merged("[[key]]\non = [\"q\"]\ndo = \"none\"\n");
    assert_eq!(keymap.look_up(DASHBOARD, chord("q")), None);
    assert_eq!(keymap.look_up(DASHBOARD, chord("ctrl-c")), Some(Action::Quit));
    let keymap = merged("[[key]]\non = [\"q\"]\ndo = \"none\"\n[[key]]\non = [\"q\"]\ndo = \"back\"\n");
    assert_eq!(keymap.look_up(DASHBOARD, chord("q")), Some(Action::Back));
}

#[test]
fn the_innermost_context_decides() {
    let keymap = merged("[[key]]\non = [\"j\"]\ndo = \"copy\"\nwhen = \"dashboard\"\n");
    assert_eq!(keymap.look_up(DASHBOARD, chord("j")), Some(Action::Copy));
    assert_eq!(keymap.look_up(&[Context::Events, Context::Global], chord("j")), Some(Action::Down));
    assert_eq!(keymap.key_for(DASHBOARD, Action::Down), Some(chord("down")));
}

#[test]
fn a_footer_says_the_most_useful_first_and_only_what_works() {
    let keymap = merged("[[key]]\non = [\"?\"]\ndo = \"copy\"\nwhen = \"dashboard\"\n");
    let hints = keymap.footer(DASHBOARD);
    assert!(hints.is_sorted_by_key(|hint| std::cmp::Reverse(hint.priority)));
    assert!(!hints.iter().any(|hint| hint.action == Action::Help), "its only key does something else here");
    assert!(!hints.iter().any(|hint| hint.says == "next class of events"));
    assert!(keymap.footer(&[Context::Events, Context::Global]).iter().any(|hint| hint.says == "next class of events"));
}

#[test]
fn the_table_of_keys_has_a_row_for_every_binding() {
    let keymap = merged("[[key]]\non = [\"|\", \"`\"]\ndo = \"copy\"\n");
    let table = keymap.markdown();
    assert!(table.contains("| `up` `k` | up | `up` |"), "{table}");
    assert!(table.contains("| `\\|` `` ` `` | copy | `copy` |"), "{table}");
    assert!(table.starts_with("### Everywhere\n"));
    assert_eq!(table.lines().filter(|line| line.starts_with("| `")).count(), keymap.bindings.len());
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn arbitrary_bytes_are_read_or_refused_politely(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            if let Err(error) = over_the_default("mine.toml", &bytes) {
                prop_assert!(error.len() < 40_000);
            }
        }

        /// A map that was accepted has no chord with two meanings.
        #[test]
        fn no_conflict_gets_through(rows in proptest::collection::vec((chord::tests::any_chord(), 0..Action::ALL.len(), 0..Context::ALL.len()), 0..6)) {
            let text: String = rows
                .iter()
                .map(|(chord, action, context)| {
                    let chord = toml::Value::String(chord.to_string());
                    format!("[[key]]\non = [{chord}]\ndo = \"{}\"\nwhen = \"{}\"\n", Action::ALL[*action].word(), Context::ALL[*context].word())
                })
                .collect();
            if let Ok(keymap) = over_the_default("mine.toml", &text) {
                for binding in &keymap.bindings {
                    for chord in &binding.on {
                        prop_assert_eq!(keymap.look_up(&[binding.context], *chord), Some(binding.action));
                    }
                }
            }
        }
    }
}
