//! What drlab.toml must say once a run is over: a database that it has made goes by a name of its own.

use super::state::Run;
use crate::domain::What;

impl Run {
    /// Lines for the configuration, for every database that was made to stay.
    #[must_use]
    pub fn renamed(&self) -> Vec<String> {
        let gone = |id: &str| {
            self.memory.past.iter().any(|past| matches!(&past.change.what, What::DiscardInstance { instance } if instance == id))
        };
        let mut lines: Vec<String> = Vec::new();
        for past in self.memory.past.iter().filter(|past| self.memory.done.contains_key(&past.stage)) {
            let (What::CreateReplica { instance, .. } | What::RestoreSnapshot { instance, .. } | What::RestorePointInTime { instance, .. }) =
                &past.change.what
            else {
                continue;
            };
            let Some((_, site)) = self.memory.stages.get(&past.stage).filter(|_| !gone(instance)) else { continue };
            let line = format!("[workload.database] {site} = \"{instance}\"");
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        lines
    }
}
