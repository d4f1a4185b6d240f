use super::Plan;

/// Of every stage, by its place in the plan, which ones must be over before it begins.
pub(super) fn before(plan: &Plan) -> Vec<Vec<bool>> {
    let mut all: Vec<Vec<bool>> = Vec::with_capacity(plan.stages.len());
    for stage in &plan.stages {
        let mut before = vec![false; plan.stages.len()];
        // Whatever a stage needs stands above it, and has its own row already.
        for (n, above) in all.iter().enumerate().filter(|(n, _)| plan.stages.get(*n).is_some_and(|other| stage.needs.contains(&other.id))) {
            before[n] = true;
            before.iter_mut().zip(above).for_each(|(before, above)| *before |= above);
        }
        all.push(before);
    }
    all
}
