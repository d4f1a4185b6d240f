//! The units of AWS's own metrics, which their publishers do not repeat with every reading.

/// The unit of a service's metric; `None` where AWS gives none.
pub(super) fn of(namespace: &str, metric: &str) -> &'static str {
    match (namespace, metric) {
        (_, "CPUUtilization" | "MemoryUtilization" | "HealthCheckPercentageHealthy" | "CapacityUsage") => "Percent",
        ("AWS/RDS", "ReplicaLag" | "ReadLatency" | "WriteLatency") => "Seconds",
        ("AWS/RDS", "ReadIOPS" | "WriteIOPS") => "Count/Second",
        ("AWS/RDS", "ReadThroughput" | "WriteThroughput" | "NetworkReceiveThroughput" | "NetworkTransmitThroughput") => "Bytes/Second",
        (
            "AWS/RDS",
            "FreeStorageSpace"
            | "FreeableMemory"
            | "OldestReplicationSlotLag"
            | "TransactionLogsDiskUsage"
            | "AuroraGlobalDBReplicatedWriteIO",
        ) => "Bytes",
        ("AWS/RDS", lag) if lag.starts_with("Aurora") && lag.contains("Lag") => "Milliseconds",
        ("AWS/ApplicationELB", "TargetResponseTime") => "Seconds",
        ("AWS/ApplicationELB", "ProcessedBytes") => "Bytes",
        ("AWS/Route53", "HealthCheckStatus") => "None",
        ("AWS/Route53", "ConnectionTime" | "TimeToFirstByte" | "SSLHandshakeTime") => "Milliseconds",
        ("AWS/S3", "BytesPendingReplication" | "BucketSizeBytes") => "Bytes",
        ("AWS/S3", "ReplicationLatency") => "Seconds",
        ("AWS/Lambda", "Duration") | ("AWS/States", "ExecutionTime") | ("AWS/DynamoDB", "SuccessfulRequestLatency") => "Milliseconds",
        ("AWS/DynamoDB", "ReplicationLatency") | ("AWS/ApiGateway", "Latency" | "IntegrationLatency") => "Milliseconds",
        (service, _) if service.starts_with("AWS/") || service.starts_with("ECS/") => "Count",
        _ => "None",
    }
}

/// The units AWS accepts.
pub(super) const ALL: &[&str] = &[
    "Seconds",
    "Microseconds",
    "Milliseconds",
    "Bytes",
    "Kilobytes",
    "Megabytes",
    "Gigabytes",
    "Terabytes",
    "Bits",
    "Kilobits",
    "Megabits",
    "Gigabits",
    "Terabits",
    "Percent",
    "Count",
    "Bytes/Second",
    "Kilobytes/Second",
    "Megabytes/Second",
    "Gigabytes/Second",
    "Terabytes/Second",
    "Bits/Second",
    "Kilobits/Second",
    "Megabits/Second",
    "Gigabits/Second",
    "Terabits/Second",
    "Count/Second",
    "None",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lags_are_told_in_the_units_of_their_engine() {
        assert_eq!(of("AWS/RDS", "ReplicaLag"), "Seconds");
        assert_eq!(of("AWS/RDS", "AuroraGlobalDBReplicationLag"), "Milliseconds");
        assert_eq!(of("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count"), "Count");
        assert_eq!(of("Shop", "Orders"), "None");
        assert!(ALL.contains(&of("AWS/ECS", "CPUUtilization")));
    }
}
