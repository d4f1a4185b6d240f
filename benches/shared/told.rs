//! How a figure is told.

/// Whether there is nothing to measure: `cargo test` runs benches to see that they still build.
pub(crate) fn only_built() -> bool {
    !std::env::args().any(|argument| argument == "--bench")
}

pub(crate) fn head() {
    println!("{:<76}{:>14}{:>14}{:>8}", "", "figure", "budget", "ratio");
}

/// A figure with the budget it is held to.
pub(crate) fn told(what: &str, figure: f64, budget: f64, unit: &str) {
    println!("{what:<76}{:>14}{:>14}{:>8.2}", with(figure, unit), with(budget, unit), figure / budget);
}

/// A figure without a budget.
pub(crate) fn figure(what: &str, figure: f64, unit: &str) {
    println!("{what:<76}{:>14}", with(figure, unit));
}

fn with(figure: f64, unit: &str) -> String {
    format!("{} {unit}", if figure.fract() == 0.0 { format!("{figure}") } else { format!("{figure:.3}") }).trim_end().to_owned()
}
