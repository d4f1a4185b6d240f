//! A whole failover in the real program, by nothing but keys: every key answers something that is on the screen.

use std::fs;
use std::path::{Path, PathBuf};

use drlab_core::runbook::BUILT_IN;

use super::pty::{BINARY, Pty, command};

const WITHDRAWN: &str = "NOT ASKED ANY MORE";

const CTRL_Y: &str = "\u{19}";

/// Minutes of an outage go by in seconds; no key depends on how many. A look that counts is fifteen seconds old at most, which must be time
/// enough for a busy machine.
const SPEED: &str = "20";

/// The runbook as it is, but that it watches for a minute in the end: what it watches for is not what is tested here.
fn runbooks(folder: &Path) -> PathBuf {
    let (name, text) = BUILT_IN.iter().find(|(name, _)| name.starts_with("unplanned_failover")).unwrap();
    let soak = "action = \"soak\"\n";
    assert!(text.contains(soak));
    let own = folder.join("runbooks");
    fs::create_dir(&own).unwrap();
    let file = own.join(name).with_extension("toml");
    fs::write(file, text.replace(soak, &format!("{soak}with = {{ for = \"1m\" }}\n"))).unwrap();
    own
}

#[test]
fn an_outage_is_failed_over_by_keys_until_it_is_proven() {
    let folder = tempfile::tempdir().unwrap();
    let (state, own) = (folder.path().join("state"), runbooks(folder.path()));
    let demo = ["demo", "--topology", "tier2", "--scenario", "primary-outage", "--speed", SPEED, "--state-dir"];
    let demo = [&demo[..], &[state.to_str().unwrap(), "--runbooks", own.to_str().unwrap()]].concat();
    let mut pty = Pty::open(command(BINARY, &demo), 120, 40);
    arms(&mut pty);
    pty.presses("r");
    pty.reads(&["WHAT IT WOULD DO NOW", "ap-southeast-2", "as seen", "Unplanned failover"]);
    pty.presses("\r");
    pty.reads(&["BEGIN?", "Say why"]);
    pty.presses("the primary is down");
    pty.reads(&["> the primary is down"]);
    pty.presses(CTRL_Y);
    pty.reads(&["STEPS", "identity"]);

    let mut gone_past_a_return = false;
    while pty.reads_one_of(&["WHAT NOW", "YOUR DECISION"]) == "YOUR DECISION" {
        let question = question(&pty);
        match question.as_str() {
            asked if asked.contains("your word") || asked.contains("cannot be undone,") => match consents(&mut pty) {
                Some(last) => gone_past_a_return |= last,
                // It may be asked again, in the same words.
                None => continue,
            },
            asked if asked.contains("held by") => {
                if opens(&mut pty, "o", &["GO PAST A GUARD?"]).is_some() {
                    pty.presses("agreed");
                    pty.reads(&["> agreed"]);
                    pty.presses(CTRL_Y);
                }
            }
            asked if asked.contains("The run stands") => pty.presses("c"),
            asked if asked.contains("failed:") => pty.presses("T"),
            _ => {
                pty.presses("n");
                pty.reads(&["ACKNOWLEDGE"]);
                pty.presses("seen\r");
            }
        }
        pty.until("the next question", |screen| question_of(&screen.contents()) != question);
    }
    assert!(gone_past_a_return, "nobody was asked before the point of no return");
    pty.reads(&["PROVEN", "Users are served by us-west-2"]);

    pty.presses("5");
    pty.reads(&["RUNS", "unplanned_failover", "proven"]);
    pty.presses("\r");
    pty.reads(&["PROVEN", "declared", "the primary is down"]);
    pty.presses("q");
    pty.no_longer_reads("declared");
    pty.presses("q");
    let left = pty.left();
    assert_eq!(left.code, 0);
    assert!(left.text.contains("drlab-tui runs --state-dir"), "{}", left.text);
}

/// Two runs of one workload would undo each other: whoever comes second is told by whom, and begins none.
#[test]
fn nothing_is_begun_where_somebody_else_is_at_it() {
    let folder = tempfile::tempdir().unwrap();
    let (state, name) = (folder.path().join("state"), "20261120t090220-tier2");
    let theirs = state.join("runs").join(name);
    std::fs::create_dir_all(&theirs).unwrap();
    let whole = include_str!("../../corpus/journal/unplanned.jsonl");
    let begun: String = whole.split_inclusive('\n').take(4).collect();
    std::fs::write(theirs.join("journal.jsonl"), begun).unwrap();
    let lease = format!(r#"{{"number":1,"who":"bob","process":{},"since":"2026-11-20T09:02:20Z"}}"#, std::process::id());
    std::fs::write(theirs.join("lease.json"), lease).unwrap();
    let demo = ["demo", "--topology", "tier2", "--scenario", "primary-outage", "--speed", SPEED, "--state-dir", state.to_str().unwrap()];
    let mut pty = Pty::open(command(BINARY, &demo), 200, 60);
    arms(&mut pty);
    pty.presses("r");
    pty.reads(&["SOMEBODY IS AT IT", "bob is at it", "takes"]);
    pty.presses("j");
    pty.reads(&["WHAT IT WOULD DO NOW", "Unplanned failover"]);
    pty.presses("\r");
    pty.reads(&["BEGIN?", "Say why"]);
    pty.presses("I did not look");
    pty.reads(&["> I did not look"]);
    pty.presses(CTRL_Y);
    pty.reads(&["bob (process", "take it over among the runbooks"]);
    let runs = std::fs::read_dir(state.join("runs")).unwrap().count();
    assert_eq!(runs, 1, "nothing was written down");
    // Whoever takes it over sees what was written before.
    pty.presses("r");
    pty.reads(&["SOMEBODY IS AT IT"]);
    pty.presses("\r");
    pty.reads(&["JOURNAL", "declared by", "taken up by"]);
}

/// Once the outage has been seen, gets leave to do something about it.
fn arms(pty: &mut Pty) {
    pty.reads(&["LAB", "IS PRIMARY IMPAIRED?", "YES"]);
    pty.presses("A");
    pty.reads(&["ARM THIS CONSOLE?"]);
    pty.presses("tier2\r");
    pty.reads(&["ARMED", "what is confirmed here changes tier2"]);
}

/// What a key opens to answer the question with; nothing where the next look has answered it meanwhile.
fn opens<'w>(pty: &mut Pty, key: &str, titles: &[&'w str]) -> Option<&'w str> {
    let before = question(pty);
    let title = |text: &str| titles.iter().find(|title| text.contains(**title)).copied();
    pty.presses(key);
    pty.until(&format!("one of {titles:?}, or another question"), |screen| {
        let text = screen.contents();
        title(&text).is_some() || question_of(&text) != before
    });
    title(&pty.text())
}

/// Reads the card, and says that it is meant; gives back whether it was the point of no return, and nothing where it was not asked any more: on
/// a busy machine the next look may have answered it meanwhile, or what would be lost is too much by then.
fn consents(pty: &mut Pty) -> Option<bool> {
    let Some(card) = opens(pty, "a", &["GO?", "POINT OF NO RETURN"]) else { return Some(false) };
    let is_last = card == "POINT OF NO RETURN";
    pty.lets_a_second_go_by(SPEED.parse().unwrap());
    if is_last {
        pty.reads(&["CANNOT BE UNDONE", "replica lag", "would be lost", "objects at risk", "its backups", "its size", "its parameters"]);
        // All at once, as no hand types it: the name is there, and the key that came with it does nothing.
        pty.presses("tier2\u{19}");
        pty.until("a name and no yes, or no question any more", |screen| {
            let text = screen.contents();
            text.contains(WITHDRAWN) || ["> tier2", "Cancel", "too quickly"].iter().all(|word| text.contains(word))
        });
        if sends_away(pty) {
            return None;
        }
        pty.lets_a_second_go_by(SPEED.parse().unwrap());
    }
    pty.presses(CTRL_Y);
    pty.until("the card to be answered", |screen| !["GO?", "POINT OF NO RETURN"].iter().any(|title| screen.contents().contains(title)));
    sends_away(pty);
    Some(is_last)
}

/// A card that is not asked any more stays until it is sent away.
fn sends_away(pty: &mut Pty) -> bool {
    let withdrawn = pty.text().contains(WITHDRAWN);
    if withdrawn {
        pty.presses("\r");
    }
    withdrawn
}

fn question(pty: &Pty) -> String {
    question_of(&pty.text())
}

/// The first line of what is asked; nothing where nothing is.
fn question_of(text: &str) -> String {
    let mut lines = text.lines().skip_while(|line| !line.contains("YOUR DECISION"));
    let Some(column) = lines.next().and_then(|line| line.find("YOUR DECISION").map(|at| line[..at].chars().count())) else {
        return String::new();
    };
    lines.next().map(|line| line.chars().skip(column).collect::<String>().trim().to_owned()).unwrap_or_default()
}
