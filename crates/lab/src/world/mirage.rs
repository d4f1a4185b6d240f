//! A world that is only told of: where an API lies about what came of what it was asked for.

use drlab_core::domain::Timestamp;

use super::{Access, Answer, Call, Fault, Operation, World};

/// The world as it would be if the liar's word were true. It begins as the real one with the first thing that is asked of the liar, and lives on
/// by its own laws; whatever is asked of anybody else happens in the real one alone.
#[derive(Clone, Debug, Default)]
pub(super) struct Mirage(Option<Box<World>>);

impl Mirage {
    pub(super) fn advance(&mut self, to: Timestamp) {
        if let Some(world) = &mut self.0 {
            world.advance(to);
        }
    }
}

impl World {
    /// Nobody lies any more: what was told of is forgotten.
    pub(super) fn wake(&mut self) {
        if self.mirage.0.is_some() && !self.faults.active().iter().any(|active| active.fault == Fault::LiarMirage) {
            self.mirage = Mirage::default();
        }
    }

    /// What a liar answers, if there is one for this.
    pub(super) fn lie(&mut self, call: &Call, operation: &Operation) -> Option<Answer> {
        if self.faults.hits(Fault::LiarMirage, &call.region, call.service) {
            if self.mirage.0.is_none() {
                self.mirage.0 = Some(Box::new(self.believed()));
            }
            return self.mirage.0.as_mut().map(|world| (operation.run)(world, call));
        }
        let deaf = operation.access == Access::Write && self.faults.hits(Fault::LiarAccepted, &call.region, operation.name);
        deaf.then(|| (operation.run)(&mut self.believed(), call))
    }

    /// The same world, in which everything that is said is so.
    fn believed(&self) -> Self {
        let mut world = self.clone();
        [Fault::LiarMirage, Fault::LiarAccepted].into_iter().for_each(|lie| world.faults.lift(lie));
        world
    }
}

#[cfg(test)]
mod tests {
    use crate::doc;
    use crate::document::Document;
    use crate::world::testing::{ask, live, west, world};
    use crate::world::{ActiveFault, Fault, World};

    fn lied_to(fault: Fault, component: &str) -> World {
        let mut world = world();
        let lie = ActiveFault { component: Some(component.to_owned()), ..ActiveFault::on(fault, &west(), world.now(), None) };
        world.faults.inject(lie);
        world
    }

    fn made(world: &mut World) {
        ask(world, &west(), "sns", "CreateTopic", doc! { "Name": "t" }).unwrap();
    }

    fn is_told_of(world: &mut World) -> bool {
        let told = ask(world, &west(), "sns", "ListTopics", Document::Null).unwrap();
        !told.body.items("Topics", "member").is_empty()
    }

    #[test]
    fn what_is_only_accepted_never_happens_and_nobody_says_that_it_has() {
        let mut world = lied_to(Fault::LiarAccepted, "CreateTopic");
        made(&mut world);
        live(&mut world, 60);
        assert!(!is_told_of(&mut world));
    }

    #[test]
    fn what_is_only_told_of_is_told_of_for_as_long_as_the_lie_lasts() {
        let mut world = lied_to(Fault::LiarMirage, "sns");
        made(&mut world);
        live(&mut world, 60);
        assert!(is_told_of(&mut world));
        world.faults.lift(Fault::LiarMirage);
        live(&mut world, 1);
        assert!(!is_told_of(&mut world));
    }
}
