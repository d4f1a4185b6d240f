//! Before somebody looks without a screen: the databases that earlier runs have left in the places of those that drlab.toml names.

use std::sync::Arc;
use std::time::Duration;

use drlab_core::app::Successor;
use drlab_core::config::Config;
use drlab_core::domain::{Seen, Snapshot};

use super::outlook::Outlook;
use super::past::{self, Ours};
use super::start::Access;
use crate::probe::handshake::handshake;
use crate::store::Place;
use crate::watch;

/// How long it may take to see whether they are there.
const PATIENCE: Duration = Duration::from_secs(15);
/// The same on the wall at least, however fast the world goes by.
const LEAST_PATIENCE: Duration = Duration::from_secs(3);

/// What takes the place of a database, and what that is.
#[derive(Debug)]
pub struct Succeeded {
    pub before: String,
    pub by: Successor,
}

/// The configuration with those of them that are there, as the console takes them. Nobody is asked where no journal tells of any.
pub async fn succeeded(mut config: Arc<Config>, access: &Access) -> (Arc<Config>, Vec<Succeeded>) {
    let mut told = Vec::new();
    let Some(place) = Place::find(access.state_dir.clone()) else { return (config, told) };
    let session = handshake(&config).await;
    let runs = past::runs(&place, Ours { config: &config, lab: session.is_lab() });
    let successors = Successor::told_of(&config, &runs);
    if successors.is_empty() {
        return (config, told);
    }
    let mut outlook = Outlook::new(&config, access.clone(), session.clock());
    // Whoever has no credentials sees none of them; the look that comes after this one says so.
    drop(outlook.keeper.next().await);
    let subjects: Vec<_> = successors.iter().filter_map(|successor| successor.subject(&config)).collect();
    let (mut seen, clock) = (Snapshot::default(), outlook.eyes.clock);
    let patience = PATIENCE.max(LEAST_PATIENCE.mul_f64(clock.speed()));
    watch::beside(&outlook.eyes, &config, &mut seen, &subjects, patience).await;
    for by in successors {
        let there = matches!(by.seen(&config, &seen, clock.now()), Some(Seen::Now(..) | Seen::Stale(..)));
        let before = if there { by.take_place(Arc::make_mut(&mut config)) } else { None };
        told.extend(before.map(|before| Succeeded { before, by }));
    }
    (config, told)
}
