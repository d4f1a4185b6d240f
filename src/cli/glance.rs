//! What `status` and `check` share: one look without a screen, told as lines of JSON or as text.

use std::fmt::Display;
use std::sync::Arc;

use color_eyre::eyre::Result;
use drlab_core::config::Config;
use serde::Serialize;

use super::options::Target;
use super::{Failure, print};
use crate::shell::{self, Blind, Glance};

pub(super) async fn look(target: &Target) -> Result<(Arc<Config>, Glance)> {
    let config = Arc::new(target.narrowed()?);
    let glance = shell::once(Arc::clone(&config), target.access()).await;
    Ok((config, glance.map_err(|blind| unreachable(&blind))?))
}

pub(super) fn unreachable(blind: &Blind) -> Failure {
    Failure::unreachable(format!("drlab-tui: {blind}"))
}

/// An object a line, or a paragraph each.
pub(super) fn tell<R: Serialize + Display>(reports: &[R], json: bool) -> Result<()> {
    let told: Vec<String> = if json {
        reports.iter().map(|report| serde_json::to_string(report).map(|line| line + "\n")).collect::<Result<_, _>>()?
    } else {
        reports.iter().map(ToString::to_string).collect()
    };
    print(&told.join(if json { "" } else { "\n" }))
}
