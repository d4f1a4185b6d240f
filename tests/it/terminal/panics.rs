//! What a panic leaves behind. The program has no way to make it panic, so this binary plays the program, in a terminal of its own.

use drlab_tui::term::{Manners, PANICKED, Session};

use super::pty::{Pty, command};

const PLAYED: &str = "DRLAB_TEST_PANIC";
/// What nobody may read on a screen-share, wherever the program breaks.
const CANARY: &str = "canary-of-the-environment";

/// Not a test by itself: what the tests below start again.
#[test]
fn the_child() {
    let Ok(where_) = std::env::var(PLAYED) else { return };
    let mut session = Session::enter(Manners { mouse: true, colour: true }).unwrap();
    session.draw(|frame| frame.render_widget("looks alive", frame.area())).unwrap();
    let text = "broken\u{1b}[31m on purpose";
    match where_.as_str() {
        "here" => panic!("{text}"),
        "thread" => drop(std::thread::Builder::new().name("watch".to_owned()).spawn(move || panic!("{text}")).unwrap().join()),
        "task" => {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(async {
                drop(tokio::spawn(async move { panic!("{text}") }).await);
            });
        }
        "drawing" => session.draw(|_| panic!("{text}")).unwrap(),
        "error" => {
            drop(session);
            std::process::exit(3);
        }
        other => panic!("no such place: {other}"),
    }
    // Whoever gets here would look alive with a part of it dead.
    loop {
        std::thread::park();
    }
}

fn played(place: &str) -> (u32, String) {
    let myself = std::env::current_exe().unwrap();
    let mut child = command(myself.to_str().unwrap(), &["--exact", "terminal::panics::the_child", "--nocapture"]);
    for (name, value) in [(PLAYED, place), ("AWS_SECRET_ACCESS_KEY", CANARY), ("AWS_SESSION_TOKEN", CANARY)] {
        child.env(name, value);
    }
    let left = Pty::open(child, 80, 24).left();
    (left.code, left.text)
}

#[test]
fn a_panic_anywhere_restores_the_terminal_and_ends_with_one_message() {
    for (place, thread) in [("here", "terminal::panics::the_child"), ("thread", "watch"), ("task", ""), ("drawing", "")] {
        let (code, text) = played(place);
        assert_eq!(code, u32::from(PANICKED), "{place}: {text}");
        assert_eq!(text.matches("a fault in the program itself").count(), 1, "{place}: {text}");
        let whole = text.replace('\n', "");
        assert!(whole.contains("broken[31m on purpose") && whole.contains("panics.rs") && whole.contains(thread), "{place}: {text}");
        assert!(!text.contains("looks alive") && !text.contains(CANARY), "{place}: {text}");
    }
}

#[test]
fn leaving_early_restores_the_terminal_by_itself() {
    assert_eq!(played("error").0, 3);
}
