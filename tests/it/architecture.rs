//! The walls that Cargo cannot enforce: which room may import which, and what the pure rooms may not know of.

use std::fs;
use std::path::{Path, PathBuf};

use drlab_core::domain::WRITES;

/// A room of a package, and the rooms of the same package it may enter.
struct Room {
    path: &'static str,
    enters: &'static [&'static str],
}

/// Every room that exists, from the pure ones outwards. A new folder or file must be entered here, and in ARCHITECTURE.md.
const ROOMS: &[Room] = &[
    Room { path: "crates/core/src/domain", enters: &[] },
    Room { path: "crates/core/src/reading", enters: &["domain"] },
    Room { path: "crates/core/src/config", enters: &["domain", "reading"] },
    Room { path: "crates/core/src/keymap", enters: &["domain", "reading"] },
    Room { path: "crates/core/src/asking", enters: &["config", "domain"] },
    Room { path: "crates/core/src/assess", enters: &["config", "domain"] },
    Room { path: "crates/core/src/policy", enters: &["config", "domain"] },
    Room { path: "crates/core/src/status", enters: &["assess", "config", "domain"] },
    Room { path: "crates/core/src/runbook", enters: &["assess", "config", "domain", "reading"] },
    Room { path: "crates/core/src/run", enters: &["config", "domain", "runbook"] },
    Room { path: "crates/core/src/app", enters: &["asking", "assess", "config", "domain", "keymap", "run", "runbook"] },
    Room { path: "crates/lab/src/base64.rs", enters: &[] },
    Room { path: "crates/lab/src/document", enters: &[] },
    Room { path: "crates/lab/src/world", enters: &["base64", "document"] },
    Room { path: "crates/lab/src/wire", enters: &["base64", "document", "world"] },
    Room { path: "crates/lab/src/topologies", enters: &["world"] },
    Room { path: "crates/lab/src/scenarios", enters: &["document", "topologies", "world"] },
    Room { path: "crates/lab/src/builder", enters: &["document", "scenarios", "topologies", "world"] },
    Room { path: "crates/lab/src/control", enters: &["builder", "document", "scenarios", "wire", "world"] },
    Room { path: "crates/lab/src/serve", enters: &["builder", "control", "document", "wire", "world"] },
    Room { path: "crates/lab/src/inproc.rs", enters: &["document", "serve", "wire", "world"] },
    Room { path: "crates/lab/src/laws", enters: &["builder", "control", "document", "scenarios", "topologies", "world"] },
    Room { path: "src/clock.rs", enters: &[] },
    Room { path: "src/aws", enters: &["clock"] },
    Room { path: "src/probe", enters: &["clock"] },
    Room { path: "src/watch", enters: &["aws", "clock", "probe"] },
    Room { path: "src/store", enters: &[] },
    Room { path: "src/engine", enters: &["aws", "clock", "probe", "store", "watch"] },
    Room { path: "src/ui", enters: &[] },
    Room { path: "src/term", enters: &[] },
    Room { path: "src/shell", enters: &["aws", "clock", "engine", "probe", "store", "term", "ui", "watch"] },
    Room { path: "src/cli", enters: &["aws", "clock", "engine", "probe", "shell", "store", "term", "ui", "watch"] },
    Room { path: "src/main.rs", enters: &["cli"] },
];

/// What a pure room must never mention: it would bring in I/O, a second clock, or an order that differs from run to run.
const IMPURE: &[&str] = &[
    "tokio::",
    "hyper::",
    "std::fs",
    "std::net::Tcp",
    "std::net::Udp",
    "std::thread",
    "Instant::now",
    "SystemTime::now",
    "HashMap",
    "HashSet",
];
const PURE: &[&str] =
    &["crates/core/src", "crates/lab/src/base64.rs", "crates/lab/src/world", "crates/lab/src/wire", "crates/lab/src/builder"];

#[test]
fn rooms_enter_only_the_rooms_they_may() {
    let mut trespasses = Vec::new();
    for room in ROOMS {
        for file in sources(room.path) {
            for (number, entered) in imports(&file) {
                let own = Path::new(room.path).file_stem().is_some_and(|stem| stem == entered.as_str());
                if !own && is_room(room.path, &entered) && !room.enters.contains(&entered.as_str()) {
                    trespasses.push(format!("{}:{number}: {} may not enter {entered}", file.display(), room.path));
                }
            }
        }
    }
    assert!(trespasses.is_empty(), "{}", trespasses.join("\n"));
}

#[test]
fn every_source_file_lives_in_a_known_room() {
    let doors = ["src/lib.rs", "crates/core/src/lib.rs", "crates/lab/src/lib.rs"];
    let known = |file: &Path| {
        doors.iter().any(|door| file == root().join(door)) || ROOMS.iter().any(|room| file.starts_with(root().join(room.path)))
    };
    let homeless: Vec<_> = ["src", "crates/core/src", "crates/lab/src"].into_iter().flat_map(sources).filter(|file| !known(file)).collect();
    assert!(homeless.is_empty(), "no room is named for {homeless:?}");
    for room in ROOMS {
        assert!(!sources(room.path).is_empty(), "{} does not exist", room.path);
    }
}

#[test]
fn pure_rooms_stay_pure() {
    let mut found = Vec::new();
    for file in PURE.iter().flat_map(|place| sources(place)) {
        for (number, line) in code(&file) {
            found.extend(IMPURE.iter().filter(|word| line.contains(**word)).map(|word| format!("{}:{number}: {word}", file.display())));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn only_the_aws_room_names_the_sdk() {
    let mut found = Vec::new();
    for file in ["src", "crates"].into_iter().flat_map(sources).filter(|file| !file.starts_with(root().join("src/aws"))) {
        found.extend(
            code(&file).into_iter().filter(|(_, line)| line.contains("aws_sdk_")).map(|(number, _)| format!("{}:{number}", file.display())),
        );
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// A permission that nobody uses is one too many.
#[test]
fn every_write_that_is_allowed_is_asked_for_somewhere() {
    let source: String = sources("src/aws/act").iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    for write in WRITES {
        let call = format!(".{}(", snake(write.operation));
        assert!(source.contains(&call), "nothing in src/aws/act asks for {} {}", write.service, write.operation);
    }
}

/// As the SDK calls an operation: `CreateDBSnapshot` is `create_db_snapshot`.
fn snake(operation: &str) -> String {
    let letters: Vec<char> = operation.chars().collect();
    let mut snake = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let begins = letter.is_uppercase() && at > 0;
        let before_is_small = at > 0 && letters[at - 1].is_lowercase();
        let next_is_small = letters.get(at + 1).is_some_and(|next| next.is_lowercase());
        if begins && (before_is_small || next_is_small) {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file at or below a place.
fn sources(place: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root().join(place)];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") && path.exists() {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The lines that are neither comments nor tests: a test may look into any room.
fn code(file: &Path) -> Vec<(usize, String)> {
    let is_test = file.components().any(|part| ["tests", "tests.rs", "testing.rs"].iter().any(|name| part.as_os_str() == *name));
    let text = fs::read_to_string(file).unwrap();
    let text = if is_test { "" } else { text.split("#[cfg(test)]").next().unwrap_or("") };
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(number, line)| (number + 1, line.to_owned()))
        .collect()
}

/// The first segment of every `crate::` path, braces included.
fn imports(file: &Path) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in code(file) {
        for (at, _) in line.match_indices("crate::") {
            let rest = &line[at + "crate::".len()..];
            let names: Vec<&str> = match rest.strip_prefix('{') {
                Some(group) => group.split(['{', '}', ',']).map(str::trim).collect(),
                None => vec![rest],
            };
            for name in names {
                let first: String = name.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                found.push((number, first));
            }
        }
    }
    found
}

/// Whether a name is a room of the package that `path` belongs to (and not a macro or a type at its root).
fn is_room(path: &str, name: &str) -> bool {
    let package = if path.starts_with("crates/core") {
        "crates/core/src"
    } else if path.starts_with("crates/lab") {
        "crates/lab/src"
    } else {
        "src"
    };
    !name.is_empty() && (root().join(package).join(name).is_dir() || root().join(package).join(format!("{name}.rs")).is_file())
}

/// RELIABILITY.md names tests. Each of them is there.
#[test]
fn every_test_that_is_promised_is_there() {
    let page = fs::read_to_string(root().join("RELIABILITY.md")).unwrap();
    let named: Vec<&str> = page.split('`').skip(1).step_by(2).filter(|word| word.contains("::") && !word.contains(' ')).collect();
    assert!(named.len() > 10, "{named:?}");
    let texts: Vec<String> =
        ["crates", "src", "tests"].iter().flat_map(|place| sources(place)).map(|path| fs::read_to_string(path).unwrap()).collect();
    let missing: Vec<_> = named
        .into_iter()
        .filter(|name| {
            let last = name.rsplit("::").next().unwrap();
            !texts.iter().any(|text| text.contains(&format!("fn {last}(")) || text.contains(&format!("mod {last};")))
        })
        .collect();
    assert_eq!(missing, [""; 0]);
}
