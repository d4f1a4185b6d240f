use super::command::{Shell, aws};
use super::model::Model;
use crate::assess::Component;
use crate::config::Named;
use crate::domain::Kind;

/// What to ask Logs Insights first: what went wrong lately, the newest first. Of which group is a comment, as the editor has it chosen beside.
#[must_use]
pub fn log_query(group: &Named) -> String {
    format!("# {} in {}\n{QUERY}", group.name, group.region)
}

const QUERY: &str = "fields @timestamp, @logStream, @message | filter @message like /(?i)(error|exception|fatal|timeout|refused| 5\\d\\d )/ | sort @timestamp desc | limit 100";

/// The command that asks it, over the last hour.
#[must_use]
pub fn start_query(group: &Named, shell: Shell<'_>) -> String {
    let (from, to) = ((shell.now.secs() - 3600).to_string(), shell.now.secs().to_string());
    let words = ["logs", "start-query", "--log-group-name", &group.name, "--start-time", &from, "--end-time", &to, "--query-string", QUERY];
    aws(&group.region, shell, &words)
}

/// The log groups of a component: those of its region that bear its name. A group that bears nobody's belongs to the services there, so that
/// every group is somebody's.
pub(super) fn log_groups<'m>(model: &'m Model, component: &Component) -> Vec<&'m Named> {
    let (Some(workload), Some(assessment)) = (model.looked_at(), model.assessment()) else { return Vec::new() };
    let here = |group: &&Named, one: &Component| one.place.is_some() && one.place == workload.place_of(&group.region);
    let is_service = |one: &Component| one.id.contains("/service/");
    let theirs = |group: &&Named| {
        let named = assessment.components().any(|one| here(group, one) && bears(group, one));
        if named { bears(group, component) } else { is_service(component) }
    };
    workload.log_groups.iter().filter(|group| here(group, component) && theirs(group)).collect()
}

/// Whether a group is called after a service or a function.
fn bears(group: &Named, component: &Component) -> bool {
    let speaks = component.subjects.iter().any(|subject| matches!(subject.kind, Kind::Service | Kind::Function | Kind::Machine));
    let names = component.subjects.iter().filter_map(|subject| subject.name.rsplit([':', '/']).next()).chain([component.label.as_str()]);
    let mut names = names.filter(|name| !name.is_empty());
    speaks && names.any(|name| group.name.split(['/', ':']).any(|word| word == name))
}
