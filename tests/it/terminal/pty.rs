//! A terminal with somebody at it who can read. Every wait is for something to appear, and bounded only so that a failure is one.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

pub(super) const BINARY: &str = env!("CARGO_BIN_EXE_drlab-tui");

/// Longer than anything takes on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) struct Pty {
    shown: Arc<Shown>,
    master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
}

struct Shown {
    page: Mutex<Page>,
    news: Condvar,
    hung_up: AtomicBool,
}

struct Page {
    screen: vt100::Parser,
    /// Everything that was ever written.
    written: Vec<u8>,
    ended: bool,
}

impl Page {
    fn count(&self, sequence: &str) -> usize {
        self.written.windows(sequence.len()).filter(|window| *window == sequence.as_bytes()).count()
    }
}

/// What the terminal was left like.
pub(super) struct Left {
    pub(super) code: u32,
    pub(super) text: String,
}

/// A command with none of this machine's habits.
pub(super) fn command(program: &str, arguments: &[&str]) -> CommandBuilder {
    let mut command = CommandBuilder::new(program);
    command.args(arguments);
    let foreign = ["NO_COLOR", "TMUX", "XDG_CONFIG_HOME", "RUST_BACKTRACE", "DRLAB_CONTROL", "AWS_PROFILE"];
    foreign.into_iter().for_each(|name| command.env_remove(name));
    command.env("TERM", "xterm-256color");
    command.env("TZ", "UTC");
    command.env("HOME", env!("CARGO_TARGET_TMPDIR"));
    command.cwd(env!("CARGO_TARGET_TMPDIR"));
    command
}

pub(super) fn demo() -> Pty {
    Pty::open(command(BINARY, &["demo"]), 120, 40)
}

impl Pty {
    pub(super) fn open(command: CommandBuilder, columns: u16, rows: u16) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        let (mut output, keyboard) = (pair.master.try_clone_reader().unwrap(), pair.master.take_writer().unwrap());
        let page = Page { screen: screen(columns, rows), written: Vec::new(), ended: false };
        let shown = Arc::new(Shown { page: Mutex::new(page), news: Condvar::new(), hung_up: AtomicBool::new(false) });
        let reader = Arc::clone(&shown);
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            // The end of the other side is an error here, or nothing.
            while let Ok(count @ 1..) = output.read(&mut buffer) {
                let mut page = reader.page.lock().unwrap();
                page.screen.process(&buffer[..count]);
                page.written.extend_from_slice(&buffer[..count]);
                reader.news.notify_all();
                if reader.hung_up.load(Ordering::SeqCst) {
                    return;
                }
            }
            reader.page.lock().unwrap().ended = true;
            reader.news.notify_all();
        });
        Self { shown, master: pair.master, keyboard, child }
    }

    /// Waits until the screen is as described.
    pub(super) fn until(&self, what: &str, is: impl Fn(&vt100::Screen) -> bool) {
        drop(self.wait(what, |page| is(page.screen.screen())));
    }

    /// Waits until all of it is to be read at once.
    pub(super) fn reads(&self, words: &[&str]) {
        self.until(&format!("{words:?}"), |screen| words.iter().all(|word| screen.contents().contains(word)));
    }

    /// Waits until one of them is to be read, and gives back which.
    pub(super) fn reads_one_of<'w>(&self, words: &[&'w str]) -> &'w str {
        let first = |screen: &vt100::Screen| words.iter().find(|word| screen.contents().contains(**word)).copied();
        let page = self.wait(&format!("one of {words:?}"), |page| first(page.screen.screen()).is_some());
        first(page.screen.screen()).unwrap()
    }

    /// What is to be read now.
    pub(super) fn text(&self) -> String {
        self.shown.page.lock().unwrap().screen.screen().contents()
    }

    /// Waits until the clock in the first line, which goes so many times too fast, has moved on by a whole second of ours and more.
    pub(super) fn lets_a_second_go_by(&self, speed: i64) {
        const DAY: i64 = 86_400;
        let seconds = |text: &str| clock(text).unwrap_or_default();
        let before = seconds(&self.text());
        self.until("the clock moves on", |screen| (seconds(&screen.contents()) - before).rem_euclid(DAY) > speed);
    }

    /// Waits until none of it can be read any more.
    pub(super) fn no_longer_reads(&self, word: &str) {
        self.until(&format!("no more {word:?}"), |screen| !screen.contents().contains(word));
    }

    fn wait(&self, what: &str, is: impl Fn(&Page) -> bool) -> MutexGuard<'_, Page> {
        let deadline = Instant::now() + PATIENCE;
        let mut page = self.shown.page.lock().unwrap();
        loop {
            if is(&page) {
                return page;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero() && !page.ended, "waited for {what}, and saw:\n{}", page.screen.screen().contents());
            page = self.shown.news.wait_timeout(page, left).unwrap().0;
        }
    }

    pub(super) fn presses(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    pub(super) fn resize(&self, columns: u16, rows: u16) {
        let (width, height) = (NonZeroU16::new(columns).unwrap(), NonZeroU16::new(rows).unwrap());
        self.shown.page.lock().unwrap().screen.set_size(height, width);
        self.master.resize(size(columns, rows)).unwrap();
    }

    pub(super) fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.process_id().unwrap()).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
    }

    /// Raw: keys arrive one by one, unseen.
    pub(super) fn is_raw(&self) -> bool {
        let flags = self.master.get_termios().unwrap().local_flags;
        !format!("{flags:?}").contains("ICANON")
    }

    /// How often something was written.
    pub(super) fn count(&self, sequence: &str) -> usize {
        self.shown.page.lock().unwrap().count(sequence)
    }

    /// Waits until something has been written so often.
    pub(super) fn writes_again(&self, sequence: &str, times: usize) {
        drop(self.wait(&format!("{sequence:?}, {times} times"), |page| page.count(sequence) >= times));
    }

    /// Waits for the end, and holds the terminal to its being as it was before.
    pub(super) fn left(mut self) -> Left {
        // The last word of the other side is followed by the end of its output.
        let text = {
            let deadline = Instant::now() + PATIENCE;
            let mut page = self.shown.page.lock().unwrap();
            while !page.ended {
                let left = deadline.saturating_duration_since(Instant::now());
                assert!(!left.is_zero(), "it does not end; it shows:\n{}", page.screen.screen().contents());
                page = self.shown.news.wait_timeout(page, left).unwrap().0;
            }
            let screen = page.screen.screen();
            assert!(!screen.alternate_screen(), "still on the alternate screen");
            assert!(!screen.hide_cursor(), "the cursor is still hidden");
            assert!(!screen.bracketed_paste(), "pastes are still bracketed");
            assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
            screen.contents()
        };
        assert!(!self.is_raw(), "still raw");
        Left { code: self.child.wait().unwrap().exit_code(), text }
    }

    /// Takes the terminal away, and gives back how the process took it.
    pub(super) fn hangs_up(self) -> Receiver<ExitStatus> {
        let Self { shown, master, keyboard, mut child } = self;
        shown.hung_up.store(true, Ordering::SeqCst);
        drop((master, keyboard));
        let (tell, told) = mpsc::channel();
        thread::spawn(move || tell.send(child.wait().unwrap()));
        told
    }
}

/// The seconds of the day, as the first line has them: `19:49:57Z`.
fn clock(text: &str) -> Option<i64> {
    let line = text.lines().next()?;
    let word = line.split_whitespace().find(|word| word.ends_with('Z') && word.len() == "00:00:00Z".len())?;
    word.trim_end_matches('Z').split(':').try_fold(0, |sum, part| Some(sum * 60 + part.parse::<i64>().ok()?))
}

pub(super) fn ended(told: &Receiver<ExitStatus>) -> u32 {
    told.recv_timeout(PATIENCE).unwrap().exit_code()
}

const fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

fn screen(columns: u16, rows: u16) -> vt100::Parser {
    vt100::Parser::new(NonZeroU16::new(rows).unwrap(), NonZeroU16::new(columns).unwrap(), 0)
}
