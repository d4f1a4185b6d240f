//! Answers, descriptions and figures that are not of the world as it is: other evidence contradicts them, or the run says how little it knows.

use drlab_core::runbook::Certainty::{Inferred, Told};

use super::When::{After, Before};
use super::common::{LIE, LONG};
use super::{Book, Ends, Lie};
use crate::failover::bridge::Habits;

pub(super) const DESCRIBED: &[Lie] = &[
    // ---- In sync, and not so; answered, and by somebody else
    Lie {
        of: &["dns.await"],
        lies: &[("liar-insync", None)],
        book: Book::Own(&[("dns.pin", ""), ("dns.await", "")]),
        ends: Ends::Fails("land on the primary"),
        ..LIE
    },
    Lie {
        of: &["probe.health"],
        lies: &[("liar-answer:standby", None)],
        book: Book::Own(&[("probe.health", "")]),
        ends: Ends::Fails("HTTP 200"),
        ..LIE
    },
    Lie {
        of: &["probe.write", "target.write.proven"],
        lies: &[("liar-answer:standby", None)],
        book: Book::Own(&[("probe.write", "proof = \"target.write.proven\"")]),
        ends: Ends::Fails("write"),
        ..LIE
    },
    Lie {
        of: &["probe.client-eye"],
        lies: &[("liar-answer:standby", None)],
        book: Book::Own(&[("dns.pin", ""), ("probe.client-eye", "")]),
        ends: Ends::Fails("eye"),
        ..LIE
    },
    // One resolver of two, with what was so before; and the other way round.
    Lie {
        of: &["probe.client-eye"],
        lies: &[("liar-resolver::a", None)],
        book: Book::Own(&[("dns.pin", ""), ("probe.client-eye", "")]),
        ends: Ends::Fails("these do not lead to the standby alone"),
        ..LIE
    },
    Lie {
        of: &["probe.client-eye"],
        lies: &[("liar-resolver::a", None)],
        from: Some("dns.await"),
        book: Book::Own(&[("dns.pin", ""), ("dns.await", LONG), ("dns.flip", "site = \"source\""), ("probe.client-eye", "")]),
        ends: Ends::Fails("these do not lead to the standby alone"),
        ..LIE
    },
    Lie {
        of: &["database.marker"],
        lies: &[("liar-answer:primary", None)],
        book: Book::Own(&[("database.marker", "")]),
        ends: Ends::Fails("marker"),
        ..LIE
    },
    Lie {
        of: &["soak"],
        lies: &[("liar-answer:primary", None)],
        book: Book::Own(&[("soak", "site = \"source\"\nwith = { for = \"1m\" }")]),
        ends: Ends::Fails("soak"),
        ..LIE
    },
    // ---- Descriptions and figures
    Lie {
        of: &["check.impaired"],
        so: &[(Before, "app-down:primary", None, Some("100s"))],
        lies: &[("liar-stale:primary", None)],
        book: Book::Own(&[("check.impaired", "")]),
        ends: Ends::Fails("impaired"),
        ..LIE
    },
    Lie {
        of: &["check.readiness"],
        so: &[(After, "app-down:standby", None, None)],
        lies: &[("liar-stale:standby", None)],
        book: Book::Own(&[("check.readiness", "")]),
        ends: Ends::Only(Inferred, "checks hold"),
        ..LIE
    },
    Lie {
        of: &["database.prove-caught-up", "database.caught-up"],
        so: &[(Before, "lag-storm", None, None)],
        lies: &[("liar-figure::ReplicaLag", None)],
        book: Book::Own(&[
            ("service.stop", "with = { connections = \"no\" }"),
            ("database.prove-caught-up", "proof = \"database.caught-up\"\ntimeout = \"10m\""),
        ]),
        ends: Ends::Only(Inferred, "the lag was"),
        ..LIE
    },
    // A row that does not arrive contradicts the figure, before anything is stopped.
    Lie {
        of: &["database.marker", "database.prove-caught-up"],
        so: &[(Before, "replication-broken", None, None)],
        lies: &[("liar-figure::ReplicaLag", None)],
        book: Book::BuiltIn("planned_failover"),
        ends: Ends::Fails("marker FAILED"),
        ..LIE
    },
    // The same from when nothing is stopped yet and all is well: the last row before the fence does not arrive.
    Lie {
        of: &["database.prove-caught-up", "database.caught-up"],
        so: &[(Before, "direct-off", None, None)],
        from: Some("marker"),
        lies: &[("replication-broken", None), ("liar-figure::ReplicaLag", None)],
        book: Book::BuiltIn("planned_failover"),
        habits: Habits { leaves_failures: true, ..Habits::STEADY },
        ends: Ends::Fails("caught-up FAILED"),
        ..LIE
    },
    // Where the standby's application reads the source's database nothing contradicts the figure until it writes to its own: the first row that
    // it writes comes before the last one of the source.
    Lie {
        of: &["database.marker", "database.prove-caught-up", "probe.write"],
        topology: "pilot",
        so: &[(Before, "direct-off", None, None)],
        from: Some("marker"),
        lies: &[("replication-broken", None), ("liar-figure::ReplicaLag", None)],
        book: Book::BuiltIn("planned_failover"),
        ends: Ends::With(7, "are missing"),
        ..LIE
    },
    Lie {
        of: &["database.marker", "database.prove-caught-up", "probe.write"],
        topology: "platform",
        so: &[(Before, "direct-off", None, None)],
        from: Some("marker"),
        lies: &[("replication-broken", None), ("liar-figure::ReplicaLag", None)],
        book: Book::BuiltIn("planned_failover"),
        ends: Ends::With(7, "are missing"),
        ..LIE
    },
    Lie {
        of: &["storage.await-backlog", "objects.replicated"],
        so: &[(Before, "s3-stall", None, None)],
        lies: &[("liar-figure::BytesPendingReplication", None), ("liar-figure::OperationsPendingReplication", None)],
        book: Book::Own(&[("storage.await-backlog", "proof = \"objects.replicated\"\ntimeout = \"10m\"")]),
        ends: Ends::Only(Inferred, "nothing was on its way"),
        ..LIE
    },
    Lie {
        of: &["database.promote", "database.target.writable"],
        lies: &[("liar-promotion:standby", None)],
        book: Book::Own(&[("database.promote", "timeout = \"20m\"\nproof = \"database.target.writable\""), ("probe.write", "")]),
        ends: Ends::Fails("does not write"),
        ..LIE
    },
    // ---- An API that tells of a world that is not
    Lie {
        of: &["service.stop"],
        lies: &[("liar-mirage:primary:ecs", None)],
        book: Book::Own(&[("service.stop", "with = { connections = \"yes\" }\ntimeout = \"15m\"")]),
        ends: Ends::Never("connections to the database"),
        ..LIE
    },
    Lie {
        of: &["service.scale"],
        lies: &[("liar-mirage:standby:ecs", None)],
        book: Book::Own(&[("service.scale", "")]),
        ends: Ends::Fails("1 healthy"),
        ..LIE
    },
    Lie {
        of: &["database.promote"],
        scenario: Some("primary-outage"),
        lies: &[("liar-mirage:standby:rds", None)],
        book: Book::BuiltIn("unplanned_failover"),
        ends: Ends::Fails("write FAILED"),
        ..LIE
    },
    Lie {
        of: &["service.scale", "service.redeploy"],
        scenario: Some("primary-outage"),
        lies: &[("liar-mirage:standby:ecs", None)],
        book: Book::BuiltIn("unplanned_failover"),
        ends: Ends::Fails("FAILED"),
        ..LIE
    },
    Lie {
        of: &["secret.promote", "secret.update-endpoint"],
        topology: "pilot",
        scenario: Some("primary-outage"),
        lies: &[("liar-mirage:standby:secretsmanager", None)],
        book: Book::BuiltIn("unplanned_failover"),
        ends: Ends::Fails("FAILED"),
        ..LIE
    },
    Lie {
        of: &["dns.pin"],
        topology: "pilot",
        scenario: Some("primary-outage"),
        lies: &[("liar-mirage::route53", None)],
        book: Book::BuiltIn("unplanned_failover"),
        ends: Ends::Only(Told, "pin DONE Told"),
        ..LIE
    },
    Lie {
        of: &["dns.flip", "dns.await"],
        lies: &[("liar-mirage::route53", None)],
        book: Book::Own(&[("dns.flip", ""), ("dns.await", "")]),
        ends: Ends::Fails("still land on the primary"),
        ..LIE
    },
    Lie {
        of: &["dns.pin", "dns.unpin"],
        lies: &[("liar-mirage::route53", None)],
        book: Book::Own(&[("dns.pin", "site = \"source\""), ("dns.unpin", "site = \"source\"")]),
        ends: Ends::Only(Told, "unpin DONE Told"),
        ..LIE
    },
    Lie {
        of: &["database.failover"],
        topology: "payments",
        scenario: Some("primary-outage"),
        lies: &[("liar-mirage::rds", None)],
        book: Book::BuiltIn("unplanned_failover"),
        ends: Ends::Fails("write FAILED"),
        ..LIE
    },
    Lie {
        of: &["automation.hold"],
        topology: "platform",
        lies: &[("liar-mirage::events", None), ("liar-mirage::lambda", None)],
        book: Book::Own(&[("automation.hold", "")]),
        ends: Ends::Only(Told, "hold"),
        ..LIE
    },
    Lie {
        of: &["automation.release"],
        topology: "platform",
        from: Some("automation.hold"),
        lies: &[("liar-mirage::events", None), ("liar-mirage::lambda", None)],
        book: Book::Own(&[("automation.hold", ""), ("automation.release", "")]),
        ends: Ends::Only(Told, "release"),
        ..LIE
    },
    Lie {
        of: &["autoscaling.bounds", "autoscaling.suspend", "autoscaling.resume"],
        topology: "platform",
        lies: &[("liar-mirage::application-autoscaling", None)],
        book: Book::Own(&[("autoscaling.bounds", ""), ("autoscaling.suspend", ""), ("autoscaling.resume", "")]),
        ends: Ends::Only(Told, "bounds"),
        ..LIE
    },
    Lie {
        of: &["database.protect"],
        from: Some("database.promote"),
        lies: &[("liar-mirage:standby:rds", None)],
        book: Book::Own(&[("database.promote", LONG), ("database.protect", LONG)]),
        ends: Ends::Only(Told, "protect"),
        ..LIE
    },
    Lie {
        of: &["storage.reverse-replication"],
        lies: &[("liar-mirage:standby:s3", None)],
        book: Book::Own(&[("storage.reverse-replication", "")]),
        ends: Ends::Only(Told, "replicat"),
        ..LIE
    },
    // A database that is there for RDS alone takes no row.
    Lie {
        of: &["database.restore-snapshot"],
        lies: &[("liar-mirage:standby:rds", None)],
        book: Book::BuiltIn("db_restore"),
        ends: Ends::Fails("FAILED"),
        ..LIE
    },
    Lie {
        of: &["database.restore-point-in-time"],
        lies: &[("liar-mirage:primary:rds", None)],
        book: Book::Own(&[
            ("database.restore-point-in-time", "site = \"source\"\nwith = { at = \"latest\" }\ntimeout = \"40m\""),
            ("secret.update-endpoint", "site = \"source\""),
            ("service.redeploy", "site = \"source\""),
            ("probe.write", "site = \"source\""),
        ]),
        ends: Ends::Fails("FAILED"),
        ..LIE
    },
    Lie {
        of: &["storage.undelete"],
        so: &[(Before, "s3-ransomware:primary:tier2-app-data", Some(0.01), Some("90s"))],
        lies: &[("liar-mirage:primary:s3", None)],
        book: Book::Own(&[("storage.undelete", "with = { since = \"2026-11-20T09:00:00Z\" }")]),
        ends: Ends::Only(Told, "undelete"),
        ..LIE
    },
    Lie {
        of: &["storage.restore-versions"],
        so: &[(Before, "s3-ransomware:primary:tier2-app-data", Some(0.01), Some("90s"))],
        lies: &[("liar-mirage:primary:s3", None)],
        book: Book::Own(&[("storage.restore-versions", "with = { since = \"2026-11-20T09:00:00Z\" }")]),
        ends: Ends::Only(Told, "versions"),
        ..LIE
    },
    Lie {
        of: &["storage.copy-missing"],
        so: &[(Before, "s3-stall", None, None)],
        from: Some("service.stop"),
        lies: &[("liar-mirage::s3", None)],
        book: Book::Own(&[("service.stop", "with = { connections = \"no\" }"), ("storage.copy-missing", "with = { pending = \"copy\" }")]),
        ends: Ends::Only(Told, "missing"),
        ..LIE
    },
    Lie {
        of: &["state.record"],
        topology: "platform",
        lies: &[("liar-mirage::dynamodb", None)],
        book: Book::Own(&[("state.record", "on = \"#1\"")]),
        ends: Ends::Only(Told, "record"),
        ..LIE
    },
    Lie {
        of: &["workflow.start"],
        lies: &[("liar-mirage::states", None)],
        book: Book::Own(&[("workflow.start", LONG)]),
        ends: Ends::Only(Told, "as it says itself"),
        ..LIE
    },
];
