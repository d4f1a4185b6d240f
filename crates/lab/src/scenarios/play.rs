use drlab_core::domain::Timestamp;

use super::{Action, Deed, Injection};
use crate::world::{ActiveFault, World};

impl Injection {
    /// The fault at work from now on.
    #[must_use]
    pub fn begin(&self, now: Timestamp) -> ActiveFault {
        let Self { fault, region, component, level, lasting } = self.clone();
        ActiveFault { fault, region, component, level, from: now, until: lasting.map(|lasting| now + lasting) }
    }
}

impl Action {
    /// Does it, now. A deed that AWS refuses is part of the story: it is noted and not an error.
    pub fn play(&self, world: &mut World) {
        let now = world.now();
        match self {
            Self::Break(injection) => {
                world.truth.note(now, injection.region.as_ref(), "fault", injection.fault.name(), "began");
                world.faults.inject(injection.begin(now));
            }
            Self::Act(Deed { region, service, operation, input }) => {
                let became = match world.act(region, region, service, operation, input.clone()) {
                    Ok(_) => "done".to_owned(),
                    Err(refusal) => refusal.to_string(),
                };
                world.truth.note(now, Some(region), "deed", &format!("{service}:{operation}"), became);
            }
        }
    }
}
