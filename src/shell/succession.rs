//! Before somebody looks without a screen: the databases that earlier runs have left in the places of those that drlab.toml names.

use std::sync::Arc;

use drlab_core::app::Successor;
use drlab_core::config::Config;
use drlab_core::domain::Snapshot;

use super::once::patience;
use super::outlook::Outlook;
use super::past::{self, Ours};
use super::start::Access;
use crate::probe::handshake::handshake;
use crate::store::Place;
use crate::watch;

/// What journals tell of in the place of a database.
#[derive(Debug)]
pub struct Succeeded {
    pub before: String,
    pub by: Successor,
    /// Whether it is there, and taken; `None`: nobody can tell, and it is not.
    pub there: Option<bool>,
}

/// The configuration with those of them that are there, as the console takes them; and all of them. Nobody is asked where there are none.
pub async fn succeeded(config: Arc<Config>, access: &Access) -> (Arc<Config>, Vec<Succeeded>) {
    let mut told = Vec::new();
    let Some(place) = Place::find(access.state_dir.clone()) else { return (config, told) };
    let session = handshake(&config).await;
    let runs = past::runs(&place, Ours { config: &config, lab: session.rehearses() });
    let successors = Successor::told_of(&config, &runs);
    if successors.is_empty() {
        return (config, told);
    }
    let mut outlook = Outlook::new(&config, access.clone(), session.clock());
    // Whoever has no credentials sees none of them; the look that comes after this one says so.
    let credentials = outlook.keeper.next().await;
    let admitted = credentials.iter().any(|reading| reading.outcome.is_ok());
    let looked_at = |successor: &Successor| [successor.subject(&config), successor.follower(&config)];
    let subjects: Vec<_> = successors.iter().flat_map(looked_at).flatten().collect();
    let (mut seen, mut taken, clock) = (Snapshot::default(), Arc::clone(&config), outlook.eyes.clock);
    if admitted {
        watch::beside(&outlook.eyes, &config, &mut seen, &subjects, patience(&config, clock.speed())).await;
    }
    let now = clock.now();
    for by in &successors {
        let there = by.is_there(&config, &successors, &seen, now);
        let Some(before) = by.named(&config).cloned() else { continue };
        if there == Some(true) {
            by.take_place(Arc::make_mut(&mut taken));
        }
        told.push(Succeeded { before, by: by.clone(), there });
    }
    (taken, told)
}
