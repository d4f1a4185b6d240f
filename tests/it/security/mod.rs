//! What must never come out, and what must never get in. Screens are held to the same by the laws of sittings.

mod canaries;
mod endpoints;
mod files;
mod hostile;
mod permissions;
mod programs;

use std::process::{Command, Output, Stdio};

use crate::cli::BINARY;

/// Credentials that could be real, each part to be known again wherever it turns up.
pub(super) const KEY: &str = "AKIACANARYCANARY0042";
pub(super) const SECRET: &str = "canary+secret+access+key+0123456789abcdef";
pub(super) const TOKEN: &str = "canary/session/token//////////0123456789abcdef";

/// Somebody with those in the environment.
fn with_credentials(words: &[&str]) -> Output {
    let mut command = Command::new(BINARY);
    command.args(words).env_remove("DRLAB_CONTROL").env_remove("AWS_PROFILE").stdin(Stdio::null());
    command.env("AWS_ACCESS_KEY_ID", KEY).env("AWS_SECRET_ACCESS_KEY", SECRET).env("AWS_SESSION_TOKEN", TOKEN);
    command.output().unwrap()
}

/// All that was said, on both ways out.
fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
