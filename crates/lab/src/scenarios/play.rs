use drlab_core::domain::Timestamp;

use super::{Action, Deed, Injection, Scenario};
use crate::world::{ActiveFault, Cue, Event, World};

impl Injection {
    /// The fault at work from `now` on.
    #[must_use]
    pub fn begin(&self, now: Timestamp) -> ActiveFault {
        let Self { fault, region, component, level, lasting } = self.clone();
        ActiveFault { fault, region, component, level, from: now, until: lasting.map(|lasting| now + lasting) }
    }
}

impl Scenario {
    /// Writes every step into the world's script, counted from now on. The world plays them itself.
    pub fn write_into(&self, world: &mut World) {
        let start = world.now();
        for step in &self.steps {
            let at = start + step.at;
            let what = match &step.what {
                Action::Break(injection) => Event::Fault(injection.begin(at)),
                Action::Act(Deed { region, service, operation, input }) => {
                    Event::Call { region: region.clone(), service, operation: operation.clone(), input: input.clone() }
                }
            };
            world.script.add(Cue { at, what });
        }
    }
}
