//! The first frame, keys, pastes and sizes.

use super::pty::{BINARY, Pty, command, demo};

/// Every part of `tier2` that the dashboard must name, known or not.
const PARTS: [&str; 4] = ["tier2", "ap-southeast-2", "us-west-2", "RTO"];

#[test]
fn a_demo_names_every_part_and_says_that_it_is_a_lab() {
    let mut pty = demo();
    pty.reads(&PARTS);
    pty.reads(&["LAB"]);
    // On two lines, if the name that it was started by is a long one.
    let inject = format!("{BINARY} lab inject region-dark:primary");
    pty.until(&inject, |screen| screen.contents().split_whitespace().collect::<Vec<_>>().join(" ").contains(&inject));
    assert_eq!(pty.count("\u{1b}[6n"), 0, "the terminal is never asked where its cursor is");
    assert!(pty.is_raw());
    pty.presses("q");
    let left = pty.left();
    assert_eq!((left.code, left.text.trim()), (0, ""));
}

#[test]
fn keys_open_and_close_what_they_are_for() {
    let mut pty = demo();
    pty.reads(&PARTS);
    pty.presses("?");
    pty.reads(&["EVERYWHERE"]);
    pty.presses("\u{1b}");
    pty.no_longer_reads("EVERYWHERE");
    pty.presses("\u{1b}[200~qqq\u{1b}[201~");
    pty.presses(":");
    pty.presses("freeze");
    pty.reads(&[": freeze"]);
    pty.presses("\u{1b}");
    // Esc and a letter that come together are Alt and that letter.
    pty.no_longer_reads(": freeze");
    pty.presses("q");
    assert_eq!(pty.left().code, 0);
}

#[test]
fn however_often_it_is_resized_it_fits_in_the_end() {
    let mut pty = demo();
    pty.reads(&PARTS);
    for step in 0..200_u16 {
        pty.resize(10 + step * 37 % 190, 3 + step * 13 % 57);
    }
    pty.resize(20, 5);
    pty.reads(&["too small"]);
    pty.resize(120, 40);
    pty.reads(&PARTS);
    pty.no_longer_reads("too small");
    pty.presses("q");
    assert_eq!(pty.left().code, 0);
}

#[test]
fn the_mouse_is_left_to_the_terminal_unless_it_is_asked_for() {
    let mut pty = demo();
    pty.reads(&PARTS);
    assert_eq!(pty.count("\u{1b}[?1000h"), 0);
    pty.presses("q");
    pty.left();
    let mut pty = Pty::open(command(BINARY, &["demo", "--mouse"]), 120, 40);
    pty.reads(&PARTS);
    pty.until("mouse", |screen| screen.mouse_protocol_mode() == vt100::MouseProtocolMode::PressRelease);
    pty.presses("q");
    pty.left();
}
