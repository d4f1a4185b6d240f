//! What the manual says beyond the commands. Exit codes are those of docs/JSON.md and docs/RUNS.md, keys those of keymap.toml: the same
//! tables, read where they stand.

use std::fmt::Write as _;

use drlab_core::keymap::Keymap;

const JSON: &str = include_str!("../../docs/JSON.md");
const RUNS: &str = include_str!("../../docs/RUNS.md");

const FILES: &[(&str, &str)] = &[
    ("./drlab.toml", "The configuration, where no other is named with --config."),
    (
        "$XDG_CONFIG_HOME/drlab-tui/drlab.toml",
        "The configuration, where there is none in the present folder. Without the variable ~/.config.",
    ),
    ("$XDG_CONFIG_HOME/drlab-tui/keymap.toml", "Keys of your own, merged over the built-in ones; or the file of --keymap."),
    (
        "$XDG_STATE_HOME/drlab-tui/runs/RUN/journal.jsonl",
        "The journal of a run, and beside it its lease. Without the variable ~/.local/state.",
    ),
    ("$XDG_STATE_HOME/drlab-tui/demo/", "The runs of demos, apart from those of real systems."),
    ("~/.aws/config, ~/.aws/credentials", "Profiles and their credentials, as for every AWS tool."),
];

const ENVIRONMENT: &[(&str, &str)] = &[
    ("NO_COLOR", "Set to anything, the console has no colours; a theme that is named is more particular."),
    ("DRLAB_CONTROL", "The control URL of a running lab, where no other is named with --control."),
    ("XDG_CONFIG_HOME, XDG_STATE_HOME, HOME", "Where configurations and runs are kept."),
    ("TERM", "The console does not open on a dumb terminal; status and check need none."),
    ("TMUX", "Set by tmux: what is copied is passed through it."),
    ("USER, LOGNAME", "Who is said to be at a run."),
    ("AWS_PROFILE, AWS_ACCESS_KEY_ID and others", "Credentials, in the order of the AWS SDKs; --profile goes before all of them."),
];

pub(super) fn sections() -> String {
    let mut page = String::from(".SH \"EXIT STATUS\"\n");
    for command in ["status", "check"] {
        codes(&mut page, command, &rows(JSON, command));
    }
    codes(&mut page, "run and resume", &rows(RUNS, "run"));
    let plan = [
        ("0".to_owned(), "every guard holds, or will be seen to by a step before it".to_owned()),
        ("4".to_owned(), "one does not".to_owned()),
    ];
    codes(&mut page, "plan", &plan);
    for (title, entries) in [("FILES", FILES), ("ENVIRONMENT", ENVIRONMENT)] {
        section(&mut page, title);
        for (name, says) in entries {
            entry(&mut page, name, says);
        }
    }
    section(&mut page, "KEYS");
    for (context, bindings) in Keymap::default().help() {
        let _ = writeln!(page, ".SS \"{}\"", plain(context.title()));
        for row in bindings {
            entry(&mut page, &row.on.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "), &row.says);
        }
    }
    page
}

fn section(page: &mut String, title: &str) {
    // Writing to a string cannot fail, here and below.
    let _ = writeln!(page, ".SH {title}");
}

fn codes(page: &mut String, command: &str, rows: &[(String, String)]) {
    let _ = writeln!(page, ".SS \"{}\"", plain(command));
    for (code, says) in rows {
        entry(page, code, says);
    }
}

fn entry(page: &mut String, name: &str, says: &str) {
    let _ = writeln!(page, ".TP\n\\fB{}\\fR\n{}", plain(name), plain(says));
}

/// The codes of a command, from the table whose head names it.
fn rows(document: &str, command: &str) -> Vec<(String, String)> {
    let cells = |line: &str| -> Vec<String> { line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect() };
    let named = format!("`{command}`");
    let mut lines = document.lines().skip_while(|line| !(line.starts_with("| code |") && line.contains(&named)));
    let Some(column) = lines.next().and_then(|head| cells(head).iter().position(|cell| cell.contains(&named))) else { return Vec::new() };
    let table: Vec<Vec<String>> = lines.skip(1).take_while(|line| line.starts_with('|')).map(cells).collect();
    let told = |row: &Vec<String>| {
        // “The same” as the column before.
        let says = row.get(..=column)?.iter().rev().find(|cell| *cell != "the same")?.replace('`', "");
        (!says.is_empty()).then(|| (row[0].clone(), says))
    };
    table.iter().filter_map(told).collect()
}

/// Nothing that steers a formatter.
fn plain(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-").replace('"', "\\(dq");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}
