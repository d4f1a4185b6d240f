use super::record::Guarded;
use super::state::Loss;
use crate::domain::Subject;
use crate::runbook::{Guard, Scene, Stage, Standing};

/// What actions and guards say. The engine knows none of them by name.
pub trait Rules: std::fmt::Debug {
    /// What must be freshly known before a stage can be judged.
    fn subjects(&self, scene: &Scene<'_>) -> Vec<Subject>;

    /// What its guards must know besides, before anything is changed.
    fn guarded(&self, scene: &Scene<'_>) -> Vec<Subject>;

    fn stand(&self, scene: &Scene<'_>) -> Standing;

    /// What is left to try when a stage runs into its timeout.
    fn ways(&self, _stage: &Stage) -> Vec<String> {
        Vec::new()
    }

    fn guard(&self, guard: Guard, scene: &Scene<'_>) -> Guarded;

    /// What would be lost if the stage passed the point of no return now, or restored what it is to restore.
    fn loss(&self, scene: &Scene<'_>) -> Loss;
}
