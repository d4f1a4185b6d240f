mod days;
pub(crate) mod fixture;
mod picture;
pub(crate) mod properties;
mod ready;
mod trouble;
mod whereabouts;

/// The steady state of a workload, for whoever goes on from there.
pub(crate) fn steady(name: &str) -> (crate::config::Workload, crate::domain::Snapshot, crate::domain::Timestamp) {
    let world = fixture::World::steady(name);
    (world.workload, world.snapshot, world.now)
}
