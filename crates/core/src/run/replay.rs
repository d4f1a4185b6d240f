//! A run out of its records: what a resume begins with, and what a report is made of.

use super::record::Record;
use super::state::Run;
use crate::config::{Config, Workload};
use crate::domain::{Timestamp, excerpt};
use crate::runbook::{Catalogue, Plan, Runbook, unfold};

/// Why records make no run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("there is no record in it")]
    Empty,
    #[error("it does not begin with a declaration")]
    Headless,
    #[error("the configuration in it cannot be read: {0}")]
    Config(String),
    #[error("its configuration has no workload “{0}”")]
    NoWorkload(String),
    #[error("the runbook in it cannot be read: {0}")]
    Runbook(String),
}

/// The run that these records tell of, by nothing but what is written in them: edits on disk change nothing. With it comes the configuration
/// it was declared with.
pub fn replay<'r>(
    records: impl IntoIterator<Item = (Timestamp, &'r Record)>,
    catalogue: Catalogue<'_>,
) -> Result<(Run, Config), Unreadable> {
    let mut records = records.into_iter();
    let (at, first) = records.next().ok_or(Unreadable::Empty)?;
    let Record::Declared(declared) = first else { return Err(Unreadable::Headless) };
    let config = Config::parse("the journal's configuration", &declared.config_text, &[])
        .map_err(|error| Unreadable::Config(error.briefly().to_string()))?;
    let workload = config.workload(&declared.workload).ok_or_else(|| Unreadable::NoWorkload(excerpt(&declared.workload, 80)))?;
    let plan = |name: &str, text: &str| plan(name, text, workload, declared.source, catalogue);
    let mut run = Run::declared(at, (**declared).clone(), plan(&declared.runbook, &declared.runbook_text)?);
    for (at, record) in records {
        let switched = match record {
            Record::Switched(switched) => Some(plan(&switched.runbook, &switched.runbook_text)?),
            _ => None,
        };
        run.take(at, record.clone(), switched);
    }
    Ok((run, config))
}

fn plan(name: &str, text: &str, workload: &Workload, source: crate::config::Site, catalogue: Catalogue<'_>) -> Result<Plan, Unreadable> {
    let file = format!("the journal's {name}");
    let runbook = Runbook::parse(name, &file, text, catalogue).map_err(|error| Unreadable::Runbook(error.briefly().to_string()))?;
    Ok(unfold(&runbook, workload, source, catalogue))
}
