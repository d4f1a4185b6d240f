//! What `status` and `check` share: one look without a screen, told as lines of JSON or as text.

use std::fmt::Display;
use std::sync::Arc;

use color_eyre::eyre::Result;
use drlab_core::config::Config;
use drlab_core::domain::masked_excerpt;
use drlab_core::run::Renamed;
use serde::Serialize;

use super::options::{State, Target};
use super::{Failure, aside, print};
use crate::shell::{self, Access, Blind, Glance, Succeeded};

/// Characters of what is said beside it.
const WIDEST: usize = 300;

pub(super) async fn look(target: &Target, state: &State) -> Result<(Arc<Config>, Glance)> {
    let access = state.of(target.access());
    let config = settled(target.narrowed()?, &access).await;
    let glance = shell::once(Arc::clone(&config), access).await;
    Ok((config, glance.map_err(|blind| unreachable(&blind))?))
}

/// With the databases that earlier runs have left in the places of those that the file names, which is said.
pub(super) async fn settled(config: Config, access: &Access) -> Arc<Config> {
    let (config, succeeded) = shell::succeeded(Arc::new(config), access).await;
    for Succeeded { before, by, there } in succeeded {
        let write = Renamed { site: by.site, to: by.id.clone() };
        let says = match there {
            Some(true) => format!("{before} has been put aside by a run; looked at is {}: write {write} into drlab.toml", by.id),
            // It was renamed or deleted since: the file knows better.
            Some(false) => continue,
            None => {
                format!("a run has put {before} aside for {}, which nobody can see now; looked at is {before}, as drlab.toml says", by.id)
            }
        };
        aside(&masked_excerpt(&format!("drlab-tui: {says}"), WIDEST));
    }
    config
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
