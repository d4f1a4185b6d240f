//! Exit codes, and the last words before them.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use color_eyre::eyre::Report;
use drlab_core::domain::{escape, sanitise};

/// A failure that has a code of its own.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    text: String,
}

impl Failure {
    /// The arguments ask for something that cannot be.
    pub(crate) fn usage(text: impl fmt::Display) -> Self {
        Self { code: 64, text: text.to_string() }
    }

    /// A file the program was pointed at is wrong.
    pub(crate) fn config(text: impl fmt::Display) -> Self {
        Self { code: 65, text: text.to_string() }
    }

    /// It was ended from outside, by what `text` names.
    pub(crate) fn ended(code: u8, text: impl fmt::Display) -> Self {
        Self { code, text: text.to_string() }
    }

    /// The other side cannot be reached.
    pub(crate) fn unreachable(text: impl fmt::Display) -> Self {
        Self { code: 69, text: text.to_string() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Failure {}

/// Says what went wrong and picks the code: its own if it has one, else 1.
pub(super) fn tell(report: &Report) -> ExitCode {
    let io = report.downcast_ref::<io::Error>();
    if io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
        // Whoever was reading, such as `head`, has seen enough.
        return ExitCode::SUCCESS;
    }
    match report.downcast_ref::<Failure>() {
        Some(failure) => {
            aside(&failure.text);
            ExitCode::from(failure.code)
        }
        None => {
            aside(&format!("{report:?}"));
            ExitCode::FAILURE
        }
    }
}

/// A word to the person beside what is asked for: to standard error, with nothing in it that could steer a terminal. Names in files, journals
/// and answers are other people's.
pub(super) fn aside(text: &str) {
    let plain: Vec<_> = text.lines().map(sanitise).collect();
    // The terminal may have gone, and with it whoever would have read this.
    let _ = writeln!(io::stderr(), "{}", plain.join("\n"));
}

/// Clap's own words; help and version are successes, everything else is a usage error.
pub(super) fn usage(error: &clap::Error) -> ! {
    // Its colours are its own; what it quotes is not.
    let plain = error.render().to_string();
    if matches!(escape(&plain), Cow::Borrowed(_)) {
        // Nothing is left to be told if even this cannot be printed.
        let _ = error.print();
    } else {
        aside(&plain);
    }
    std::process::exit(if error.use_stderr() { 64 } else { 0 })
}
