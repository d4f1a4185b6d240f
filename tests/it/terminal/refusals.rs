//! Where there can be no console, one line says so.

use std::process::{Command, Stdio};

use super::pty::{BINARY, Pty, command};

#[test]
fn without_a_terminal_it_says_what_to_use_instead() {
    for arguments in [&[][..], &["demo"]] {
        let output = Command::new(BINARY).args(arguments).stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(64), "{said}");
        assert!(said.contains("standard input is not a terminal") && said.contains("drlab-tui status --json"), "{said}");
        assert_eq!(said.lines().count(), 1);
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_redirected_console_is_refused_too() {
    let left = Pty::open(command("sh", &["-c", "\"$0\" demo | cat", BINARY]), 120, 40).left();
    assert!(left.text.contains("standard output is not a terminal"), "{}", left.text);
}

#[test]
fn a_dumb_terminal_is_told_so() {
    let mut dumb = command(BINARY, &["demo"]);
    dumb.env("TERM", "dumb");
    let left = Pty::open(dumb, 120, 40).left();
    assert_eq!(left.code, 64);
    assert!(left.text.contains("TERM=dumb"), "{}", left.text);
}

#[test]
fn without_a_configuration_it_says_how_to_get_one() {
    let left = Pty::open(command(BINARY, &[]), 120, 40).left();
    assert_eq!(left.code, 65);
    for way in ["there is no drlab.toml", "drlab-tui demo", "--config-out", "--config FILE"] {
        assert!(left.text.contains(way), "{}", left.text);
    }
}

#[test]
fn what_cannot_be_done_is_said_before_the_terminal_is_taken() {
    let cases: [(&[&str], u32, &str); 5] = [
        (&["--config", "/no/such/drlab.toml"], 65, "/no/such/drlab.toml"),
        (&["demo", "--topology", "tier3"], 64, "there are tier2, pilot"),
        (&["demo", "--theme", "pink"], 64, "terminal, dark, light, contrast, mono"),
        (&["demo", "--keymap", "/no/such/keymap.toml"], 65, "/no/such/keymap.toml"),
        (&["demo", "--scenario", "picnic"], 64, "built in: primary-outage"),
    ];
    for (arguments, code, words) in cases {
        let pty = Pty::open(command(BINARY, arguments), 120, 40);
        let left = pty.left();
        assert_eq!(left.code, code, "{arguments:?}: {}", left.text);
        assert!(left.text.contains(words), "{arguments:?}: {}", left.text);
    }
}
