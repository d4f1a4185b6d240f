//! The runbooks there are: those that are built in, with a team's own over them.

use super::model::Runbook;
use super::read::Catalogue;
use crate::domain::excerpt;
use crate::reading::FileError;

macro_rules! built_in {
    ($($name:literal),* $(,)?) => {
        /// Name and text of each runbook that is built in, in the order in which somebody in trouble looks for them.
        pub const BUILT_IN: &[(&str, &str)] = &[$(($name, include_str!(concat!("../../../../runbooks/", $name, ".toml")))),*];
    };
}

built_in!("unplanned_failover", "planned_failover", "failback", "dr_test", "db_restore", "s3_undelete", "region_isolation");

/// All that can be run: what is built in, and a team's own files (`failback.toml` and its bytes), which take the place of those of the same name.
/// A file with mistakes hides the built-in one of its name all the same: somebody has said that theirs is not to be run.
#[must_use]
pub fn shelf(own: &[(String, Vec<u8>)], catalogue: Catalogue<'_>) -> (Vec<Runbook>, Vec<FileError>) {
    let name_of = |file: &str| excerpt(file.strip_suffix(".toml").unwrap_or(file), 80);
    let built_in = BUILT_IN.iter().filter(|(name, _)| !own.iter().any(|(file, _)| name_of(file) == *name));
    let built_in = built_in.map(|(name, text)| Runbook::parse(name, &format!("{name}.toml"), text, catalogue));
    let own = own.iter().map(|(file, bytes)| Runbook::parse(&name_of(file), file, bytes, catalogue));
    let (mut runbooks, mut errors) = (Vec::new(), Vec::new());
    for read in built_in.chain(own) {
        match read {
            Ok(runbook) => runbooks.push(runbook),
            Err(error) => errors.push(error),
        }
    }
    (runbooks, errors)
}
