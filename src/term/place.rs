//! Whether the terminal is ours just now, known to the whole process: a panic on any thread gives it back.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write, stderr, stdin, stdout};
use std::panic::PanicHookInfo;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::style::ResetColor;
use crossterm::terminal::{EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{queue, style};

/// The exit code after a panic on any thread: an error of the program itself.
pub const PANICKED: u8 = 70;

/// Buttons and the wheel, with coordinates beyond column 223. Not motion, which would be a message per cell.
const MOUSE_ON: &[u8] = b"\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1000l";

static OURS: AtomicBool = AtomicBool::new(false);

/// Why no console can be shown here, if it cannot.
#[must_use]
pub fn unfit() -> Option<String> {
    let instead = "for scripts: drlab-tui status --json";
    if !stdin().is_terminal() {
        return Some(format!("standard input is not a terminal, and the console lives by keys; {instead}"));
    }
    if !stdout().is_terminal() {
        return Some(format!("standard output is not a terminal, and the console needs one; {instead}"));
    }
    let dumb = std::env::var_os("TERM").is_some_and(|name| name == "dumb");
    dumb.then(|| format!("TERM=dumb: this terminal cannot move its cursor, and the console needs one that can; {instead}"))
}

/// Takes the terminal over. What is taken in part is given back.
pub(super) fn take(mouse: bool) -> io::Result<()> {
    static HOOK: Once = Once::new();
    // Before raw mode, so that there is no moment in which a panic would leave the terminal raw.
    HOOK.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| told_outside(panic, &usual)));
    });
    OURS.store(true, Ordering::SeqCst);
    let taken = enter(mouse);
    if taken.is_err() {
        give_back();
    }
    taken
}

fn enter(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    let mut page = Vec::new();
    queue!(page, EnterAlternateScreen, EnableBracketedPaste, Hide)?;
    if mouse {
        page.extend_from_slice(MOUSE_ON);
    }
    let mut out = stdout().lock();
    out.write_all(&page)?;
    out.flush()
}

/// Gives the terminal back, if it is ours. Says whether it was.
pub(super) fn give_back() -> bool {
    leave(&mut stdout().lock())
}

/// One frame, whole; nothing once the terminal has been given back.
pub(super) fn put(frame: &[u8]) -> io::Result<()> {
    let mut out = stdout().lock();
    if OURS.load(Ordering::SeqCst) {
        out.write_all(frame)?;
        out.flush()?;
    }
    Ok(())
}

/// Whether an error of the terminal means that there is no terminal any more.
#[must_use]
pub fn is_gone(error: &io::Error) -> bool {
    #[cfg(unix)]
    if rustix::io::Errno::from_io_error(error) == Some(rustix::io::Errno::IO) {
        return true;
    }
    error.kind() == io::ErrorKind::BrokenPipe
}

/// On the way out there is nobody left to tell that a step of it failed, and the steps after it still have to be taken.
fn leave(out: &mut impl Write) -> bool {
    if !OURS.swap(false, Ordering::SeqCst) {
        return false;
    }
    let mut page = Vec::new();
    let queued = queue!(page, EndSynchronizedUpdate, ResetColor, style::SetAttribute(style::Attribute::Reset));
    page.extend_from_slice(MOUSE_OFF);
    let queued = queued.and_then(|()| queue!(page, DisableBracketedPaste, Show, LeaveAlternateScreen));
    drop(queued.and_then(|()| out.write_all(&page)).and_then(|()| out.flush()));
    drop(disable_raw_mode());
    true
}

/// A panic while the terminal is ours ends the program there and then, on whatever thread: a console of which a part has died would go on
/// looking alive. The lock on standard output is held to the end, so that no thread draws over the message.
fn told_outside(panic: &PanicHookInfo<'_>, usual: &(dyn Fn(&PanicHookInfo<'_>) + Send + Sync)) {
    let mut out = stdout().lock();
    if !leave(&mut out) {
        return usual(panic);
    }
    let thread = std::thread::current();
    let mut text = format!("drlab-tui: a fault in the program itself, on thread {}: ", thread.name().unwrap_or("?"));
    // Whatever was being worked on may be in the words, and it may have come from outside.
    text.extend(panic.payload_as_str().unwrap_or("no words").chars().filter(|c| !c.is_control()).take(400));
    if let Some(at) = panic.location() {
        // Writing to a string cannot fail.
        let _ = write!(text, " ({}:{})", at.file(), at.line());
    }
    text.push_str(
        "\nThe console has ended and does nothing more; what it was running is in its journal: drlab-tui resume goes on with it.\n",
    );
    text.push_str("Please report this. RUST_BACKTRACE=1 tells more.\n");
    let trace = std::backtrace::Backtrace::capture();
    if trace.status() == std::backtrace::BacktraceStatus::Captured {
        let _ = writeln!(text, "{trace}");
    }
    let _ = stderr().write_all(text.as_bytes());
    std::process::exit(i32::from(PANICKED));
}
