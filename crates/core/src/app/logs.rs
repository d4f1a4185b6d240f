use super::command::{Shell, aws};
use crate::config::{Named, Workload};

/// What to ask Logs Insights first: what went wrong lately, the newest first.
#[must_use]
pub fn log_query(group: &Named) -> String {
    format!("SOURCE '{}' | {}", group.name.replace('\'', ""), QUERY)
}

const QUERY: &str = "fields @timestamp, @logStream, @message | filter @message like /(?i)(error|exception|fatal|timeout|refused| 5\\d\\d )/ | sort @timestamp desc | limit 100";

/// The command that asks it, over the last hour.
#[must_use]
pub fn start_query(group: &Named, shell: Shell<'_>) -> String {
    let (from, to) = ((shell.now.secs() - 3600).to_string(), shell.now.secs().to_string());
    let words = ["logs", "start-query", "--log-group-name", &group.name, "--start-time", &from, "--end-time", &to, "--query-string", QUERY];
    aws(&group.region, shell, &words)
}

/// The log groups that the configuration names. It has no place for them yet; with one, they are handed on from here.
pub(super) const fn of_workload(_workload: &Workload) -> &[Named] {
    &[]
}
