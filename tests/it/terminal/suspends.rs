//! Ctrl-Z and back.

use rustix::process::Signal;

use super::pty::{BINARY, Pty, command, demo};

#[test]
fn ctrl_z_gives_the_terminal_to_the_shell_and_fg_takes_it_back() {
    let script = "\"$0\" demo; echo STOPPED; read answer; fg; echo \"ENDED $?\"";
    let mut pty = Pty::open(command("sh", &["-mc", script, BINARY]), 120, 40);
    pty.reads(&["tier2", "LAB"]);
    pty.presses("\u{1a}");
    pty.until("the shell", |screen| !screen.alternate_screen() && screen.contents().contains("STOPPED"));
    assert!(!pty.is_raw());
    pty.presses("\n");
    pty.until("the console", |screen| screen.alternate_screen() && screen.contents().contains("tier2"));
    assert!(pty.is_raw());
    pty.reads(&["LAB", "RTO"]);
    pty.presses("q");
    let left = pty.left();
    assert!(left.text.contains("ENDED 0"), "{}", left.text);
}

/// Where there is no shell to say `fg`, stopping would be for ever.
#[test]
fn ctrl_z_without_a_shell_does_not_leave_a_stopped_program() {
    let mut pty = demo();
    pty.reads(&["tier2"]);
    pty.presses("\u{1a}");
    pty.presses("?");
    pty.reads(&["EVERYWHERE"]);
    pty.presses("\u{1b}");
    pty.no_longer_reads("EVERYWHERE");
    pty.presses("q");
    assert_eq!(pty.left().code, 0);
}

#[test]
fn whoever_stops_it_from_outside_gets_a_whole_screen_again() {
    let mut pty = demo();
    pty.reads(&["tier2"]);
    pty.signal(Signal::STOP);
    pty.signal(Signal::CONT);
    pty.writes_again("\u{1b}[?1049h", 2);
    pty.reads(&["tier2", "RTO"]);
    pty.presses("q");
    assert_eq!(pty.left().code, 0);
}
