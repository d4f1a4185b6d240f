//! What is going to happen: a scenario's steps, each at its own instant. The world carries them out itself, so that a drill needs nobody
//! with a stop-watch and a seed needs nothing else to be repeated.

use drlab_core::domain::{Region, Timestamp};

use super::{ActiveFault, World};
use crate::document::Document;

/// One thing that will happen.
#[derive(Clone, Debug)]
pub struct Cue {
    pub at: Timestamp,
    pub what: Event,
}

#[derive(Clone, Debug)]
pub enum Event {
    Fault(ActiveFault),
    /// Somebody or something other than the operator calls AWS.
    Call {
        region: Region,
        service: &'static str,
        operation: String,
        input: Document,
    },
}

/// The cues still to come, soonest first.
#[derive(Clone, Debug, Default)]
pub struct Script {
    cues: Vec<Cue>,
}

impl Script {
    pub fn add(&mut self, cue: Cue) {
        let place = self.cues.partition_point(|earlier| earlier.at <= cue.at);
        self.cues.insert(place, cue);
    }

    pub fn clear(&mut self) {
        self.cues.clear();
    }

    pub fn coming(&self) -> &[Cue] {
        &self.cues
    }
}

pub(super) fn pulse(world: &mut World) {
    while world.script.cues.first().is_some_and(|cue| cue.at <= world.now()) {
        let cue = world.script.cues.remove(0);
        let now = world.now();
        match cue.what {
            Event::Fault(fault) => {
                let component = fault.component.clone().unwrap_or_default();
                world.truth.note(now, fault.region.as_ref(), "fault", &component, fault.fault.name());
                world.faults.inject(fault);
            }
            Event::Call { region, service, operation, input } => {
                let outcome = world.act(&region, &region, service, &operation, input);
                let became = outcome.map_or_else(|error| error.to_string(), |_| "done".to_owned());
                world.truth.note(now, Some(&region), "call", &format!("{service}:{operation}"), became);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::world::Fault;
    use crate::world::testing::{live, west, world};

    #[test]
    fn cues_come_in_their_order_and_at_their_time() {
        let mut world = world();
        let start = world.now();
        for (fault, at) in [(Fault::S3Stall, 20), (Fault::LagStorm, 10)] {
            let at = start + Duration::from_secs(at);
            world.script.add(Cue { at, what: Event::Fault(ActiveFault::on(fault, &west(), at, Some(Duration::from_secs(15)))) });
        }
        live(&mut world, 9);
        assert!(world.faults.active().is_empty());
        live(&mut world, 1);
        assert!(world.faults.hits_region(Fault::LagStorm, &west()) && !world.faults.hits_region(Fault::S3Stall, &west()));
        live(&mut world, 15);
        assert!(!world.faults.hits_region(Fault::LagStorm, &west()) && world.faults.hits_region(Fault::S3Stall, &west()));
        assert!(world.script.coming().is_empty());
    }
}
