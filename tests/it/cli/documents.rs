//! What the program says of itself, and the documents made of it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use drlab_core::asking;
use drlab_core::assess::assess;
use drlab_core::domain::fact::Credentials;
use drlab_core::domain::{Reading, Subject, Value as Seen};
use drlab_core::status::{CheckReport, Session, StatusReport};
use drlab_tui::clock::WorldClock;
use drlab_tui::probe::Wire;
use drlab_tui::watch::{Eyes, once};
use serde_json::Value;

use super::{drlab, said, scratch};
use crate::lab::rig::{Rig, START, paused};
use crate::operations::compare;

fn told(arguments: &[&str]) -> String {
    let output = drlab(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

fn document(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name)
}

/// The built-in keys, whatever the tester has at home.
fn keys(more: &[&str]) -> String {
    let own = scratch(&format!("keys-{}.toml", more.len()));
    std::fs::write(&own, "").unwrap();
    let text = told(&[&["keys", "--keymap", own.to_str().unwrap()], more].concat());
    std::fs::remove_file(&own).unwrap();
    text
}

#[test]
fn the_table_of_keys_is_what_the_program_says() {
    let head = "# Keys\n\nWhat the built-in keymap.toml says; `drlab-tui keys --markdown` prints it with your own keys merged in. A key does what \
                the innermost\nplace says that knows it.\n\n";
    compare(&document("KEYS.md"), &format!("{head}{}", keys(&["--markdown"])));
    let plain = keys(&[]);
    assert!(plain.starts_with("everywhere\n") && plain.lines().all(|line| !line.starts_with('|')), "{plain}");
    let table = keys(&["--markdown"]);
    let rows = |text: &str, begin: &str| text.lines().filter(|line| line.starts_with(begin)).count();
    assert_eq!(rows(&plain, "  "), rows(&table, "| `"), "{plain}");
}

#[test]
fn own_keys_are_in_the_table() {
    let own = scratch("own-keys.toml");
    std::fs::write(&own, "[[key]]\non = [\"f12\"]\ndo = \"freeze\"\n").unwrap();
    let output = drlab(&["keys", "--markdown", "--keymap", own.to_str().unwrap()]);
    std::fs::remove_file(&own).unwrap();
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(text.to_lowercase().contains("`f12`"), "{text}{}", said(&output));
}

#[test]
fn every_shell_has_completions() {
    for (shell, sign) in [
        ("bash", "complete -F"),
        ("zsh", "#compdef"),
        ("fish", "complete -c"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion"),
    ] {
        let script = told(&["completions", shell]);
        assert!(script.contains(sign) && script.contains("status") && script.contains("send-credentials"), "{shell}: {script}");
    }
    assert_eq!(drlab(&["completions", "tcsh"]).status.code(), Some(64));
}

/// The commands that help lists, with those beneath them.
fn commands(above: &[String]) -> Vec<Vec<String>> {
    let mut words: Vec<&str> = above.iter().map(String::as_str).collect();
    words.push("--help");
    let help = told(&words);
    let Some(list) = help.split("Commands:\n").nth(1) else { return vec![above.to_vec()] };
    let names = list.lines().take_while(|line| !line.is_empty()).filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next());
    names.filter(|name| *name != "help").flat_map(|name| commands(&[above, &[name.to_owned()]].concat())).collect()
}

#[test]
fn the_manual_has_a_chapter_for_every_command() {
    let all = commands(&[]);
    assert!(all.len() >= 10, "{all:?}");
    let page = told(&["man"]);
    let chapters: BTreeSet<&str> = page.lines().filter_map(|line| line.strip_prefix(".SH \"DRLAB\\-TUI ")?.strip_suffix('"')).collect();
    let wanted: BTreeSet<String> = all.iter().map(|words| words.join(" ").to_uppercase()).collect();
    assert_eq!(chapters, wanted.iter().map(String::as_str).collect());
    for words in ["\\-\\-workload", "\\-\\-json", "\\-\\-topology", "\\-\\-control", "Completions of this command line"] {
        assert!(page.contains(words), "{words}");
    }
    // What every manual of a command has besides; codes and keys are those of the documents.
    for section in ["\"EXIT STATUS\"", "FILES", "ENVIRONMENT", "KEYS"] {
        assert!(page.contains(&format!("\n.SH {section}\n")), "{section}");
    }
    for words in ["the worst one is degraded", "a failover would not succeed", "proven, and something is still owed", "\\fBNO_COLOR"] {
        assert!(page.contains(words), "{words}");
    }
    let says = |row: &drlab_core::keymap::Binding| page.contains(&row.says.replace('-', "\\-").replace('"', "\\(dq"));
    let keymap = drlab_core::keymap::Keymap::default();
    let unsaid: Vec<_> =
        keymap.help().into_iter().flat_map(|(_, rows)| rows).filter(|row| !says(row)).map(|row| row.says.clone()).collect();
    assert!(unsaid.is_empty(), "{unsaid:?}");
    assert!(page.starts_with(".ie") || page.starts_with(".TH"), "{}", page.lines().next().unwrap());
}

const HEAD: &str = "# The JSON of `status` and `check`

`drlab-tui status --json` and `drlab-tui check --json` print one object a workload, one a line, and nothing else. They say what the screen says,
because all three are made of the same conclusions. What is not known is `null`, never zero; instants are UTC with milliseconds; members are
added in time, never renamed or taken away, and `schema` would change if they were. The schemas are [status.schema.json](status.schema.json) and
[check.schema.json](check.schema.json). Account ids, which text output masks, are whole here.

| code | `status` | `check` |
|---|---|---|
| 0 | every workload is healthy | a failover of every workload would succeed |
| 1 | the worst one is degraded | a failover would not succeed |
| 2 | the worst one is critical | |
| 3 | the worst one is unknown | whether it would succeed cannot be told |
| 64 | the arguments are wrong | the same |
| 65 | drlab.toml or keymap.toml is wrong | the same |
| 69 | there are no credentials, or nothing of AWS answers | the same |

Critical is worse than unknown, and unknown worse than degraded. An error prints no object: what went wrong is on standard error.

One look takes as long as its slowest answer, some hundred milliseconds as a rule, and at most 15 seconds for a workload (3 more for each further
one, 120 in all): a region that does not answer is looked at until that is evidence. Where a journal tells of a database that drlab.toml does not
name yet, that one is looked for first: in a dark region that takes up to 15 seconds more.
";

#[test]
fn the_json_is_documented_with_what_it_looks_like() {
    let (status, check) = examples();
    let mut page = HEAD.to_owned();
    for (name, schema, example) in [("status", "status.schema.json", status), ("check", "check.schema.json", check)] {
        let schema: Value = serde_json::from_str(&std::fs::read_to_string(document(schema)).unwrap()).unwrap();
        write!(page, "\n## `{name}`\n\n| member | |\n|---|---|\n").unwrap();
        members(&mut page, &schema, &schema, "");
        let pretty = serde_json::to_string_pretty(&shortened(example)).unwrap();
        write!(page, "\nSo a healthy lab's `tier2` begins (lists are cut after their first entry here):\n\n```json\n{pretty}\n```\n")
            .unwrap();
    }
    compare(&document("JSON.md"), &page);
}

/// Every member that its schema says something about.
fn members(page: &mut String, root: &Value, schema: &Value, path: &str) {
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let at = format!("{path}{name}");
        let member = match member["$ref"].as_str() {
            Some(reference) if member.get("description").is_none() => root.pointer(reference.trim_start_matches('#')).unwrap(),
            _ => member,
        };
        if let Some(description) = member["description"].as_str() {
            writeln!(page, "| `{at}` | {description} |").unwrap();
        }
        let items = match member["items"]["$ref"].as_str() {
            Some(reference) => root.pointer(reference.trim_start_matches('#')).unwrap(),
            None => &member["items"],
        };
        members(page, root, member, &format!("{at}."));
        members(page, root, items, &format!("{at}[]."));
    }
}

fn shortened(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().take(1).map(shortened).collect()),
        Value::Object(members) => Value::Object(members.into_iter().map(|(name, member)| (name, shortened(member))).collect()),
        other => other,
    }
}

/// One look at a lab in its steady state, on a paused clock: the same each time.
fn examples() -> (Value, Value) {
    let mut made = None;
    paused(async {
        let rig = Rig::open("tier2");
        let clock = WorldClock::new(START, 1.0);
        let config = Arc::new(rig.stage.config.clone());
        let eyes = Eyes { aws: rig.aws.clone(), wire: Wire::lab(rig.way.clone(), &rig.stage.config), clock };
        let mut snapshot = once(&eyes, Arc::clone(&config), Duration::from_secs(10), |_, _| true).await;
        let found = Credentials { provider: "lab".to_owned(), expires_at: None };
        let outcome = Ok(Seen::Found { fact: Arc::new(found.into()), at: None });
        snapshot.take(Reading { subject: Subject::credentials(), begun: START, read: START, outcome });
        let workload = &config.workloads[0];
        let seen = assess(workload, &snapshot, clock.now());
        let status = StatusReport::new(workload, &seen, Session::Lab);
        let check = CheckReport::new(workload, &seen, &asking::questions(&config, &snapshot), &snapshot, Session::Lab);
        made = Some((serde_json::to_value(status).unwrap(), serde_json::to_value(check).unwrap()));
    });
    made.unwrap()
}
