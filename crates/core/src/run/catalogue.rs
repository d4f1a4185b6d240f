use super::record::Guarded;
use super::rules::Rules;
use super::state::Loss;
use crate::domain::Subject;
use crate::runbook::{Guard, Scene, Stage, Standing, loss_at_the_cut, restore_costs};

/// The real rules: the catalogue of actions and guards.
#[derive(Clone, Copy, Debug, Default)]
pub struct Catalogue;

impl Rules for Catalogue {
    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject> {
        scene.stage.action.deed().subjects(scene)
    }

    fn guarded(&self, scene: &Scene<'_>) -> Vec<Subject> {
        scene.stage.guards.iter().flat_map(|guard| guard.subjects(scene)).collect()
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        scene.stage.action.deed().stand(scene)
    }

    fn ways(&self, stage: &Stage) -> Vec<String> {
        stage.action.deed().ways()
    }

    fn guard(&self, guard: Guard, scene: &Scene<'_>) -> Guarded {
        let held = guard.holds(scene);
        Guarded { guard: guard.word().to_owned(), holds: held.holds, why: held.why }
    }

    fn loss(&self, scene: &Scene<'_>) -> Loss {
        if let Some((lost, told)) = restore_costs(scene) {
            return Loss { at: scene.now, seconds: lost.map(|lost| lost.as_secs_f64()), objects: None, told };
        }
        let loss = loss_at_the_cut(scene);
        Loss { at: scene.now, seconds: loss.database.map(|lost| lost.as_secs_f64()), objects: loss.objects, told: loss.told }
    }
}
