//! Whole runs by the real binary over a served lab: what a script or a second terminal gets.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use drlab_core::config::Site;
use drlab_core::domain::{Timestamp, human_duration};
use drlab_tui::shell::left_at;
use drlab_tui::store::{Lease, Place};
use serde_json::Value;

use super::theatre::{Killed, Theatre};
use super::{BINARY, drlab, said};

fn is(line: &Value, event: &str, step: &str) -> bool {
    line["event"] == event && line["step"] == step
}

const RUN: [&str; 6] = ["run", "unplanned_failover", "--reason", "a drill", "--set", "soak.for=1m"];

/// The run of an outage, to a proven end.
fn proven(topology: &'static str, overrides: &[&str]) {
    let theatre = Theatre::in_an_outage(topology);
    let (code, lines) = theatre.carried(&RUN, &[&["--approve", "all"], overrides].concat());
    let last = lines.last().unwrap();
    assert_eq!((&last["event"], &last["verdict"]), (&"finished".into(), &"proven".into()), "{last:#}");
    // How long it took depends on the machine here; what it is called follows from that.
    let wanted = match (last["owed"].as_array().unwrap().is_empty(), last["met"].as_bool()) {
        (false, _) => 7,
        (true, Some(true)) => 0,
        (true, _) => 8,
    };
    assert_eq!((code, &last["exit"]), (wanted, &wanted.into()), "{last:#}");
    assert!(last["rto_s"].as_f64().is_some_and(|rto| rto > 60.0), "{last:#}");
    for (nth, line) in lines.iter().enumerate() {
        assert_eq!(line["seq"].as_u64(), Some(nth as u64), "{line:#}");
        assert!(line["at"].is_string() && line["event"].is_string() && line["detail"].is_string(), "{line:#}");
        assert_eq!((&line["schema"], &line["workload"]), (&"drlab-tui/run/1".into(), &topology.into()));
    }
    assert_eq!(theatre.status()["landing"], "standby");
    reported(&theatre, last["run"].as_str().unwrap());
}

/// The journal of a finished run, told in every form.
fn reported(theatre: &Theatre, run: &str) {
    let told = |format: &str| {
        let output = theatre.kept(&["report", run, "--format", format]);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    let json: Value = serde_json::from_str(&told("json")).unwrap();
    assert_eq!((&json["state"], &json["lab"]), (&"proven".into(), &true.into()));
    assert!(!json["drift"].as_array().unwrap().is_empty() && json["journal"]["hash"].as_str().unwrap().len() == 64, "{json:#}");
    assert!(told("md").starts_with("# ") && told("html").contains("<svg") && told("badge").contains("· proven · RTO "));
    let rows = theatre.kept(&["runs", "--json"]);
    let row: Value = serde_json::from_slice(&rows.stdout).unwrap();
    assert_eq!((&row["run"], &row["state"], &row["held_by"]), (&run.into(), &"proven".into(), &Value::Null), "{row:#}");
    let place = Place::find(Some(theatre.state())).unwrap();
    assert_eq!(left_at(&place, row["workload"].as_str().unwrap(), true), Some((run.to_owned(), Site::Standby)));
    // A console that is still open holds the lease, and is at nothing any more; times are what people read.
    let lease = Lease::take(&place.folder(run).unwrap().lease(), "ada", json["at"].as_str().and_then(Timestamp::parse).unwrap()).unwrap();
    let told = String::from_utf8(theatre.kept(&["runs"]).stdout).unwrap();
    let rto = human_duration(Duration::from_secs_f64(row["rto_s"].as_f64().unwrap()));
    assert!(told.contains(&format!("RTO {rto}")), "{told}");
    assert_eq!(told.contains("ada is at it"), told.contains("owed: "), "{told}");
    lease.0.give_back().unwrap();
}

#[test]
fn an_outage_of_tier2_is_failed_over() {
    proven("tier2", &[]);
}

/// Where less may be lost than can be shown while the primary is out of sight, somebody takes that upon themselves, by name.
const LOSS: [&str; 2] = ["--override", "database.loss.bounded=the primary is gone: what is lost is lost"];

#[test]
fn an_outage_of_payments_is_failed_over() {
    proven("payments", &LOSS);
}

#[test]
fn an_outage_of_pilot_is_failed_over() {
    proven("pilot", &LOSS);
}

#[test]
fn an_outage_of_platform_is_failed_over() {
    proven("platform", &LOSS);
}

#[test]
fn a_run_that_is_killed_again_and_again_ends_as_if_it_had_not_been() {
    let theatre = Theatre::in_an_outage("tier2");
    // On a busy machine the outage is soon older than what may be lost.
    let approve = [&["--approve", "all"], &LOSS[..]].concat();
    theatre.killed_at(&RUN, &approve, |line| is(line, "intent", "fence"));
    // Between the call and its outcome, and once more while AWS works on it.
    theatre.killed_at(&["resume"], &approve, |line| is(line, "intent", "promote"));
    theatre.killed_at(&["resume"], &approve, |line| is(line, "done", "promote"));
    let (code, lines) = theatre.carried(&["resume"], &approve);
    let last = lines.last().unwrap();
    assert!(matches!(code, 0 | 7 | 8) && last["verdict"] == "proven", "{code}: {last:#}");
    assert!(theatre.asked("promote-replica") <= 2, "asked again only where nobody knew");
    assert_eq!(theatre.status()["landing"], "standby");
    let journal = theatre.journal();
    let text = std::fs::read_to_string(&journal).unwrap();
    assert_eq!(text.matches("\"record\":\"taken-over\"").count(), 3);
    // The name and the file are two ways to the same, and what is finished is not done again.
    assert_eq!(theatre.carried(&["resume", "--journal", journal.to_str().unwrap()], &[]).0, code);
    assert_eq!(std::fs::read_to_string(&journal).unwrap(), text);
    std::fs::write(&journal, text.replacen("a drill", "a spill", 1)).unwrap();
    let refused = theatre.command(&["resume", "--journal", journal.to_str().unwrap()], &[]).output().unwrap();
    assert_eq!(refused.status.code(), Some(65), "{}", said(&refused));
    assert!(said(&refused).contains("line 2"), "{}", said(&refused));
}

#[test]
fn nothing_irreversible_is_asked_for_without_consent_and_one_operator_relieves_another() {
    let theatre = Theatre::in_an_outage("tier2");
    let (code, lines) = theatre.carried(&RUN, &["--approve", "hold"]);
    let last = lines.last().unwrap();
    assert_eq!((code, &last["verdict"]), (6, &"awaiting-approval".into()), "{last:#}");
    assert!(last["detail"].as_str().unwrap().contains("--approve fence"), "{last:#}");
    assert_eq!(theatre.asked("\"stage\":\"fence\""), 0, "it stops before its intent");

    // However long a busy machine takes: what is lost by then is not what this is about.
    let approve = ["--approve", "all", "--override", "database.loss.bounded=a drill"];
    let mut first = Killed(theatre.command(&["resume"], &approve).stdout(Stdio::piped()).spawn().unwrap());
    let mut told =
        BufReader::new(first.0.stdout.take().unwrap()).lines().map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    assert!(told.any(|line| line["event"] == "taken-over"));
    for words in [&["resume"][..], &RUN] {
        let held = theatre.command(words, &[]).output().unwrap();
        assert_eq!(held.status.code(), Some(9), "{}", said(&held));
        assert!(said(&held).contains("--take-over"), "{}", said(&held));
    }
    theatre.killed_at(&["resume", "--take-over"], &approve, |line| {
        line["event"] == "taken-over" && line["detail"].as_str().unwrap().contains("from")
    });
    let last = told.last().unwrap();
    assert_eq!((&last["verdict"], first.0.wait().unwrap().code()), (&"taken-over".into(), Some(9)), "{last:#}");
}

/// The shell's limit on a file's size stands for a disk that is full.
#[cfg(target_os = "linux")]
#[test]
fn nothing_is_done_that_cannot_be_written_down() {
    let theatre = Theatre::open("tier2", None);
    let planned = ["run", "planned_failover", "--reason", "a drill"];
    let limited = |blocks: u64| {
        let run = theatre.command(&planned, &[]);
        let words: Vec<String> = run.get_args().map(|word| format!("'{}'", word.to_str().unwrap())).collect();
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec '{BINARY}' {}", words.join(" "));
        Command::new("sh").args(["-c", &script]).stdin(Stdio::null()).output().unwrap()
    };
    let none = limited(1);
    assert_eq!(none.status.code(), Some(5), "{}", said(&none));
    assert!(said(&none).contains("nothing is done that cannot be written down"), "{}", said(&none));
    let (code, _) = theatre.carried(&planned, &[]);
    assert_eq!(code, 6, "it waits for consent");
    let text = std::fs::read_to_string(theatre.journal()).unwrap();
    let first = text.lines().next().unwrap().len() as u64;
    // Room for the declaration and hardly more.
    let some = limited(first / 512 + 1);
    let told = String::from_utf8(some.stdout.clone()).unwrap();
    assert_eq!(some.status.code(), Some(5), "{told}{}", said(&some));
    let last: Value = serde_json::from_str(told.lines().last().unwrap()).unwrap();
    assert!(last["detail"].as_str().unwrap().contains("the journal cannot be written"), "{last:#}");
    // With room again it goes on, from the last line that was whole.
    let (code, lines) = theatre.carried(&["resume"], &[]);
    assert_eq!(code, 6, "{:#}", lines.last().unwrap());
}

#[cfg(unix)]
#[test]
fn a_signal_leaves_a_run_that_can_be_taken_up() {
    let theatre = Theatre::in_an_outage("tier2");
    let mut process = Killed(theatre.command(&RUN, &["--approve", "all"]).stdout(Stdio::piped()).spawn().unwrap());
    let mut lines =
        BufReader::new(process.0.stdout.take().unwrap()).lines().map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    assert!(lines.any(|line| is(&line, "ready", "promote")));
    assert!(Command::new("kill").args(["-TERM", &process.0.id().to_string()]).status().unwrap().success());
    let last = lines.last().unwrap();
    assert_eq!((&last["verdict"], process.0.wait().unwrap().code()), (&"interrupted".into(), Some(130)), "{last:#}");
    let rows: Value = serde_json::from_slice(&theatre.kept(&["runs", "--json"]).stdout).unwrap();
    assert_eq!((&rows["state"], &rows["held_by"]), (&"paused".into(), &Value::Null), "{rows:#}");
    let (_, lines) = theatre.carried(&["resume"], &["--approve", "fence"]);
    assert!(lines.iter().any(|line| line["event"] == "resumed"), "{lines:#?}");
}

#[test]
fn a_plan_says_whether_every_guard_holds_and_changes_nothing() {
    let theatre = Theatre::open("tier2", None);
    for runbook in ["unplanned_failover", "planned_failover"] {
        let output = theatre.run(&["plan", runbook, "--json"]);
        let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(if plan["ok"] == true { 0 } else { 4 }), "{}", said(&output));
        assert_eq!((&plan["workload"], &plan["source"]["site"]), (&"tier2".into(), &"primary".into()));
        // What has only just begun has no figures yet.
        assert_ne!(plan["ok"], runbook != "planned_failover", "the source is well");
    }
    let text = theatre.run(&["plan", "unplanned_failover"]);
    assert_eq!(text.status.code(), Some(4));
    let binder = theatre.run(&["export", "planned_failover", "--markdown"]);
    let binder = String::from_utf8(binder.stdout).unwrap();
    assert!(binder.starts_with("# tier2: ") && binder.contains("aws ecs update-service"), "{binder}");
    // The source is well: there is no outage to be failed over.
    let (code, lines) = theatre.carried(&RUN, &["--approve", "all"]);
    assert_eq!((code, &lines.last().unwrap()["verdict"]), (5, &"failed".into()), "{:#}", lines.last().unwrap());
    assert!(theatre.kept(&["runs"]).stdout.starts_with(b"2"), "its name begins with its date");
}

/// The primary is well, so that what follows from the switch is seen at its guard and costs nobody the minutes of a failover.
#[test]
fn a_planned_run_goes_on_as_an_unplanned_one_once_somebody_has_read_what_follows() {
    let theatre = Theatre::open("tier2", None);
    let planned = ["run", "planned_failover", "--reason", "a drill"];
    theatre.killed_at(&planned, &["--approve", "all"], |line| is(line, "done", "identity"));
    let before = std::fs::read_to_string(theatre.journal()).unwrap();
    let switch = ["resume", "--switch", "unplanned_failover", "--reason", "the primary is lost"];
    let (code, lines) = theatre.carried(&switch, &["--approve", "promote"]);
    let told = lines.last().unwrap()["detail"].as_str().unwrap();
    assert_eq!((code, &lines.last().unwrap()["verdict"]), (6, &"awaiting-approval".into()), "{lines:#?}");
    for word in ["has not been stopped: what it still takes may be lost", "consent is asked for anew", "--approve switch"] {
        assert!(told.contains(word), "{told}");
    }
    assert_eq!(std::fs::read_to_string(theatre.journal()).unwrap(), before, "what follows is said before anything is done");
    for (book, why) in [("planned_failover", "no runbook for an unplanned failover"), ("picnic", "there is no runbook")] {
        let refused = theatre.command(&["resume", "--switch", book, "--reason", "x"], &["--approve", "all"]).output().unwrap();
        assert_eq!(refused.status.code(), Some(64), "{}", said(&refused));
        assert!(said(&refused).contains(why), "{}", said(&refused));
    }
    let (code, lines) = theatre.carried(&switch, &["--approve", "switch"]);
    let switched = lines.iter().find(|line| line["event"] == "switched").unwrap_or_else(|| panic!("{lines:#?}"));
    assert!(switched["detail"].as_str().unwrap().contains("may be lost"), "{switched:#}");
    assert!(matches!(code, 4 | 5), "an outage that nobody sees is no reason: {code} {:#}", lines.last().unwrap());
    assert_eq!(theatre.asked("promote-replica"), 0);
    assert_eq!(theatre.kept(&["runs"]).stdout.windows(18).filter(|words| words == b"unplanned_failover").count(), 1);
}

#[test]
fn what_cannot_be_meant_is_refused_before_anybody_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let config = file("drlab.toml", drlab_core::config::EXAMPLE);
    let name = drlab_core::config::Config::parse("example", drlab_core::config::EXAMPLE, &[]).unwrap().workloads[0].name.clone();
    let broken = file("unplanned_failover.toml", "title = \"x\"\n");
    let books = Path::new(&broken).parent().unwrap().to_str().unwrap().to_owned();
    let state = folder.path().join("state").to_str().unwrap().to_owned();
    let base = ["run", "dr_test", "--reason", "x", "--config", &config, "--workload", &name, "--state-dir", &state, "--confirm"];
    let with = |more: &[&'static str]| [&base[..], &[name.as_str()], more].concat().into_iter().map(str::to_owned).collect::<Vec<_>>();
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let cases = [
        (words(&["run", "dr_test", "--confirm", "x"]), 64, "--reason"),
        (words(&["run", "dr_test", "--reason", "x"]), 64, "--confirm"),
        (words(&[&base[..], &["somebody"]].concat()), 64, "is not the workload's name"),
        (with(&["--approve", "promot"]), 64, "no such step"),
        (with(&["--acknowledge", "all"]), 64, "no such step"),
        (with(&["--override", "identity"]), 64, "NAME=TEXT"),
        (with(&["--override", "nothing=because"]), 64, "no such guard"),
        // Nobody is asked for an instant once it has begun, and nobody's reason is taken for one.
        (words(&["plan", "s3_undelete", "--config", &config]), 64, "--set undelete.since=2026-"),
        (words(&["plan", "s3_undelete", "--config", &config, "--set", "undelete.since=noon"]), 64, "“noon” is no instant"),
        (words(&["plan", "db_restore", "--config", &config, "--set", "restore=instant"]), 64, "--set instant.at=2026-"),
        (
            words(&[&["run", "s3_undelete"], &base[2..], &[&name, "--approve", "all", "--acknowledge", "undelete"]].concat()),
            64,
            "versions.since=",
        ),
        (with(&["--set", "no.such=1"]), 64, "no"),
        (words(&["plan", "picnic", "--config", &config]), 64, "there are unplanned_failover"),
        (words(&["plan", "unplanned_failover", "--config", &config, "--runbooks", &books]), 65, "unplanned_failover.toml:"),
        (words(&["check", "--config", &config, "--runbooks", &books]), 65, "unplanned_failover.toml:"),
        (words(&["plan", "dr_test", "--config", "/no/such.toml"]), 65, "/no/such.toml"),
        (words(&["report", "nothing", "--state-dir", &state]), 64, "there is no run"),
        (words(&["report", "../../etc", "--state-dir", &state]), 64, "no run's name"),
        (words(&["resume", "--confirm", "x", "--state-dir", &state]), 64, "no run that was left unfinished"),
        (words(&["resume", "--journal", &config, "--confirm", "x"]), 65, "it is no journal line"),
        (words(&["resume", "--journal", "/no/such.jsonl", "--confirm", "x"]), 65, "/no/such.jsonl: "),
        (words(&["runs", "--state-dir", &config]), 65, &config),
    ];
    for (arguments, code, told) in cases {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = drlab(&arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", said(&output));
        assert!(said(&output).contains(told), "{arguments:?}: {}", said(&output));
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
    assert!(!Path::new(&state).exists(), "nothing was written down");
}
