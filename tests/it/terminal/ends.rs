//! Every way to be ended from outside.

use rustix::process::Signal;

use super::pty::{BINARY, Pty, command, demo, ended};

#[test]
fn a_signal_ends_it_in_peace_with_one_line() {
    let signals =
        [(Signal::TERM, "SIGTERM", 143), (Signal::HUP, "SIGHUP", 129), (Signal::INT, "SIGINT", 130), (Signal::QUIT, "SIGQUIT", 131)];
    for (signal, name, code) in signals {
        let pty = demo();
        pty.reads(&["tier2"]);
        pty.signal(signal);
        let left = pty.left();
        assert_eq!((left.code, left.text.trim()), (code, format!("drlab-tui: ended by {name}").as_str()));
    }
}

#[test]
fn it_ends_with_its_terminal() {
    let pty = demo();
    pty.reads(&["LAB"]);
    assert_eq!(ended(&pty.hangs_up()), 129);
}

/// With nobody to send SIGHUP, the terminal's end shows only in what is read from it.
#[test]
fn it_ends_when_its_keys_do_even_if_no_signal_tells() {
    let scratch = tempfile("keys-end");
    let script = format!("trap '' HUP; \"$0\" demo 2>{scratch}; code=$?; exec >/dev/null 2>&1; exit $code");
    let pty = Pty::open(command("sh", &["-c", &script, BINARY]), 120, 40);
    pty.reads(&["LAB"]);
    assert_eq!(ended(&pty.hangs_up()), 129);
    let said = std::fs::read_to_string(&scratch).unwrap();
    std::fs::remove_file(&scratch).unwrap();
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.starts_with("drlab-tui: ended"), "{said}");
}

fn tempfile(name: &str) -> String {
    format!("{}/{}-{name}", env!("CARGO_TARGET_TMPDIR"), std::process::id())
}
