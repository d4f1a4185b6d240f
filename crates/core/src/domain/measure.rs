use serde::{Deserialize, Serialize};

use super::{Kind, Subject};

/// What is measured over time, and what CloudWatch calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    Requests,
    ClientErrors,
    ServerErrors,
    ResponseTime,
    HealthyHosts,
    ServiceCpu,
    ServiceMemory,
    DatabaseCpu,
    Connections,
    /// Of an RDS replica, in seconds; -1 when replication is broken.
    ReplicaLag,
    /// Of an Aurora secondary, in milliseconds.
    GlobalLag,
    GlobalRpoLag,
    BytesPending,
    OperationsPending,
    ReplicationLatency,
    OperationsFailed,
    FunctionErrors,
    Invocations,
}

impl Measure {
    pub const ALL: &[Self] = &[
        Self::Requests,
        Self::ClientErrors,
        Self::ServerErrors,
        Self::ResponseTime,
        Self::HealthyHosts,
        Self::ServiceCpu,
        Self::ServiceMemory,
        Self::DatabaseCpu,
        Self::Connections,
        Self::ReplicaLag,
        Self::GlobalLag,
        Self::GlobalRpoLag,
        Self::BytesPending,
        Self::OperationsPending,
        Self::ReplicationLatency,
        Self::OperationsFailed,
        Self::FunctionErrors,
        Self::Invocations,
    ];

    /// What a series is of; `None` for what is no series.
    #[must_use]
    pub fn of(subject: &Subject) -> Option<Self> {
        let metric = subject.name.rsplit(' ').next().filter(|_| subject.kind == Kind::Metric)?;
        Self::ALL.iter().copied().find(|measure| measure.metric() == metric)
    }

    /// AWS publishes it only while there is something to count: where it is silent, there was nothing.
    #[must_use]
    pub fn is_counted(self) -> bool {
        self.statistic() == "Sum"
    }

    #[must_use]
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::Requests | Self::ClientErrors | Self::ServerErrors | Self::ResponseTime | Self::HealthyHosts => "AWS/ApplicationELB",
            Self::ServiceCpu | Self::ServiceMemory => "AWS/ECS",
            Self::DatabaseCpu | Self::Connections | Self::ReplicaLag | Self::GlobalLag | Self::GlobalRpoLag => "AWS/RDS",
            Self::BytesPending | Self::OperationsPending | Self::ReplicationLatency | Self::OperationsFailed => "AWS/S3",
            Self::FunctionErrors | Self::Invocations => "AWS/Lambda",
        }
    }

    /// CloudWatch's name.
    #[must_use]
    pub const fn metric(self) -> &'static str {
        match self {
            Self::Requests => "RequestCount",
            Self::ClientErrors => "HTTPCode_Target_4XX_Count",
            Self::ServerErrors => "HTTPCode_Target_5XX_Count",
            Self::ResponseTime => "TargetResponseTime",
            Self::HealthyHosts => "HealthyHostCount",
            Self::ServiceCpu | Self::DatabaseCpu => "CPUUtilization",
            Self::ServiceMemory => "MemoryUtilization",
            Self::Connections => "DatabaseConnections",
            Self::ReplicaLag => "ReplicaLag",
            Self::GlobalLag => "AuroraGlobalDBReplicationLag",
            Self::GlobalRpoLag => "AuroraGlobalDBRPOLag",
            Self::BytesPending => "BytesPendingReplication",
            Self::OperationsPending => "OperationsPendingReplication",
            Self::ReplicationLatency => "ReplicationLatency",
            Self::OperationsFailed => "OperationsFailedReplication",
            Self::FunctionErrors => "Errors",
            Self::Invocations => "Invocations",
        }
    }

    #[must_use]
    pub const fn statistic(self) -> &'static str {
        match self {
            Self::Requests | Self::ClientErrors | Self::ServerErrors => "Sum",
            Self::OperationsFailed | Self::FunctionErrors | Self::Invocations => "Sum",
            Self::ResponseTime => "p95",
            Self::HealthyHosts | Self::ReplicaLag | Self::GlobalLag | Self::GlobalRpoLag => "Maximum",
            Self::BytesPending | Self::OperationsPending | Self::ReplicationLatency => "Maximum",
            Self::ServiceCpu | Self::ServiceMemory | Self::DatabaseCpu | Self::Connections => "Average",
        }
    }

    /// What a value is counted in; empty for plain counts.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::ResponseTime | Self::ReplicaLag | Self::ReplicationLatency => "s",
            Self::GlobalLag | Self::GlobalRpoLag => "ms",
            Self::ServiceCpu | Self::ServiceMemory | Self::DatabaseCpu => "%",
            Self::BytesPending => "B",
            _ => "",
        }
    }
}
