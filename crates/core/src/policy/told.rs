use std::fmt::Write;

use serde_json::{Value, json};

use super::Policy;
use crate::domain::On;

impl Policy {
    /// As IAM takes it.
    #[must_use]
    pub fn json(&self) -> Value {
        let statements = self.statements.iter().map(
            |statement| json!({ "Sid": statement.id, "Effect": "Allow", "Action": statement.actions, "Resource": statement.resources }),
        );
        json!({ "Version": "2012-10-17", "Statement": statements.collect::<Vec<_>>() })
    }

    /// What every permission is for, as a table.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut table = "| action | on | what for |\n|---|---|---|\n".to_owned();
        for permission in &self.permissions {
            // Writing to a String cannot fail.
            let _ = writeln!(table, "| `{}` | {} | {} |", permission.action, permission.on.told(), permission.purpose);
        }
        table
    }
}

impl On {
    const fn told(self) -> &'static str {
        match self {
            Self::Everything => "everything: AWS knows no narrower way",
            Self::Services => "its services",
            Self::ScalableTargets => "scalable targets of its regions",
            Self::Databases => "its databases, what is made of them, and what they are made with",
            Self::Copies => "copies that a run has made",
            Self::Secrets => "its secrets",
            Self::Keys => "its keys",
            Self::Buckets => "its buckets",
            Self::Objects => "objects in its buckets",
            Self::Zones => "its hosted zone",
            Self::HealthChecks => "its health checks",
            Self::Rules => "rules that may act",
            Self::Functions => "its functions",
            Self::Machines => "its workflows",
            Self::Executions => "executions of its workflows",
            Self::Topics => "its topics",
            Self::Tables => "its tables",
            Self::Repositories => "its repositories",
        }
    }
}
