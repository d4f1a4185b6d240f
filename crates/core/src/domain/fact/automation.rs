use serde::Serialize;

use crate::domain::Timestamp;

/// An SNS topic and who hears of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Topic {
    pub arn: String,
    pub subscriptions: Vec<Subscribed>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Subscribed {
    pub protocol: String,
    pub endpoint: String,
    /// An address that nobody has confirmed hears nothing.
    pub confirmed: bool,
}

/// A Step Functions machine and its newest executions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Machine {
    pub arn: String,
    pub name: String,
    pub status: Option<String>,
    /// The newest first, at most ten.
    pub executions: Vec<Execution>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Execution {
    pub name: String,
    pub arn: String,
    /// `RUNNING`, `SUCCEEDED`, `FAILED`, `TIMED_OUT`, `ABORTED`.
    pub status: String,
    pub started_at: Option<Timestamp>,
    pub stopped_at: Option<Timestamp>,
}

impl Machine {
    #[must_use]
    pub fn running(&self) -> Option<&Execution> {
        self.executions.iter().find(|execution| execution.status == "RUNNING")
    }
}

/// A Lambda function.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Function {
    pub name: String,
    pub arn: String,
    pub state: Option<String>,
    pub last_update: Option<String>,
    /// Zero: it cannot run.
    pub reserved_concurrency: Option<i32>,
    pub runtime: Option<String>,
    pub timeout_seconds: Option<i32>,
}

/// An EventBridge rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rule {
    pub name: String,
    pub arn: String,
    pub enabled: bool,
    pub schedule: Option<String>,
    pub pattern: Option<String>,
    /// The ARNs of what it starts.
    pub targets: Vec<String>,
}

/// Who the credentials say we are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Identity {
    pub account: String,
    pub arn: String,
}

/// The credentials in use; never what is secret of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Credentials {
    /// Where they came from, as the SDK names its provider.
    pub provider: String,
    /// `None`: they do not expire.
    pub expires_at: Option<Timestamp>,
}
