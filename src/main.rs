//! The door: hooks, arguments, dispatch.

use std::process::ExitCode;

fn main() -> ExitCode {
    drlab_tui::cli::main()
}
