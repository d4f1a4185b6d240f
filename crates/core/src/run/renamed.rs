//! What drlab.toml must say once a run is over: a database that it has made goes by a name of its own.

use std::fmt;

use serde::Serialize;

use super::state::Run;
use crate::config::Site;
use crate::domain::What;
use crate::runbook::Kind;

/// A database that a run has made to stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Renamed {
    pub site: Site,
    /// What it is called: no longer as the configuration has it with which the run was declared.
    pub to: String,
}

impl Run {
    /// The databases that were made to stay. What a rehearsal makes takes nobody's place, however long it is left behind.
    #[must_use]
    pub fn renamed(&self) -> Vec<Renamed> {
        if self.plan.kind == Kind::Test {
            return Vec::new();
        }
        let gone = |id: &str| {
            self.memory.past.iter().any(|past| matches!(&past.change.what, What::DiscardInstance { instance } if instance == id))
        };
        let mut made: Vec<Renamed> = Vec::new();
        for past in self.memory.past.iter().filter(|past| self.memory.done.contains_key(&past.stage)) {
            let (What::CreateReplica { instance, .. } | What::RestoreSnapshot { instance, .. } | What::RestorePointInTime { instance, .. }) =
                &past.change.what
            else {
                continue;
            };
            let Some((_, site)) = self.memory.stages.get(&past.stage).filter(|_| !gone(instance)) else { continue };
            // Of several at one site the last is the one that stays.
            made.retain(|before| before.site != *site);
            made.push(Renamed { site: *site, to: instance.clone() });
        }
        made
    }
}

/// The line that drlab.toml needs.
impl fmt::Display for Renamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[workload.database] {} = \"{}\"", self.site, self.to)
    }
}
