//! Changes that are accepted, and nothing comes of them: each is looked for, and not taken from the answer.

use drlab_core::runbook::Certainty::Told;

use super::When::Before;
use super::common::{LIE, LONG, SCRIPT};
use super::{Book, Ends, Lie};
use crate::failover::bridge::Habits;

pub(super) const ACCEPTED: &[Lie] = &[
    Lie {
        of: &["automation.hold"],
        topology: "platform",
        lies: &[("liar-accepted::DisableRule", None)],
        book: Book::Own(&[("automation.hold", "")]),
        ends: Ends::Fails("hold"),
        ..LIE
    },
    Lie {
        of: &["automation.hold"],
        topology: "pilot",
        lies: &[("liar-accepted::PutFunctionConcurrency", None)],
        book: Book::Own(&[("automation.hold", "")]),
        ends: Ends::Fails("hold"),
        ..LIE
    },
    Lie {
        of: &["automation.hold"],
        scenario: Some("automation-races"),
        lies: &[("liar-accepted::StopExecution", None)],
        book: Book::Own(&[("automation.hold", "with = { running = \"stop\" }")]),
        ends: Ends::Fails("hold"),
        ..LIE
    },
    Lie {
        of: &["automation.release"],
        topology: "platform",
        from: Some("automation.hold"),
        lies: &[("liar-accepted::EnableRule", None)],
        book: Book::Own(&[("automation.hold", ""), ("automation.release", "")]),
        ends: Ends::Fails("release"),
        ..LIE
    },
    Lie {
        of: &["service.scale"],
        lies: &[("liar-accepted:standby:UpdateService", None)],
        book: Book::Own(&[("service.scale", "")]),
        ends: Ends::Fails("scale"),
        ..LIE
    },
    Lie {
        of: &["service.stop"],
        lies: &[("liar-accepted:primary:UpdateService", None)],
        book: Book::Own(&[("service.stop", "")]),
        ends: Ends::Fails("stop"),
        ..LIE
    },
    Lie {
        of: &["service.redeploy"],
        from: Some("secret.update-endpoint"),
        lies: &[("liar-accepted:standby:UpdateService", None)],
        book: Book::Own(&[("database.restore-snapshot", LONG), ("secret.update-endpoint", ""), ("service.redeploy", "")]),
        ends: Ends::Fails("redeploy"),
        ..LIE
    },
    Lie {
        of: &["autoscaling.bounds"],
        topology: "platform",
        lies: &[("liar-accepted:standby:RegisterScalableTarget", None)],
        book: Book::Own(&[("autoscaling.bounds", "")]),
        ends: Ends::With(7, "bounds"),
        ..LIE
    },
    Lie {
        of: &["autoscaling.suspend"],
        topology: "platform",
        lies: &[("liar-accepted:primary:RegisterScalableTarget", None)],
        book: Book::Own(&[("autoscaling.suspend", "")]),
        ends: Ends::With(7, "suspend"),
        ..LIE
    },
    Lie {
        of: &["autoscaling.resume"],
        topology: "platform",
        from: Some("autoscaling.suspend"),
        lies: &[("liar-accepted:primary:RegisterScalableTarget", None)],
        book: Book::Own(&[("autoscaling.suspend", ""), ("autoscaling.resume", "")]),
        ends: Ends::With(7, "resume"),
        ..LIE
    },
    Lie {
        of: &["database.promote"],
        lies: &[("liar-accepted:standby:PromoteReadReplica", None)],
        book: Book::Own(&[("database.promote", "")]),
        ends: Ends::Fails("promote"),
        ..LIE
    },
    Lie {
        of: &["database.switchover"],
        topology: "payments",
        lies: &[("liar-accepted::SwitchoverGlobalCluster", None)],
        book: Book::Own(&[("database.switchover", "")]),
        ends: Ends::Fails("switchover"),
        ..LIE
    },
    Lie {
        of: &["database.failover"],
        topology: "payments",
        lies: &[("liar-accepted::FailoverGlobalCluster", None)],
        book: Book::Own(&[("database.failover", "")]),
        ends: Ends::Fails("failover"),
        ..LIE
    },
    Lie {
        of: &["database.restore-snapshot"],
        lies: &[("liar-accepted::RestoreDBInstanceFromDBSnapshot", None)],
        book: Book::Own(&[("database.restore-snapshot", "")]),
        ends: Ends::Fails("restore"),
        ..LIE
    },
    Lie {
        of: &["database.restore-point-in-time"],
        lies: &[("liar-accepted::RestoreDBInstanceToPointInTime", None)],
        book: Book::Own(&[("database.restore-point-in-time", "site = \"source\"\nwith = { at = \"latest\" }")]),
        ends: Ends::Fails("restore"),
        ..LIE
    },
    Lie {
        of: &["database.rebuild-replica"],
        from: Some("database.promote"),
        lies: &[("liar-accepted::CreateDBSnapshot", None)],
        book: Book::Own(&[("database.promote", LONG), ("database.rebuild-replica", "site = \"source\"")]),
        ends: Ends::Fails("rebuild"),
        ..LIE
    },
    Lie {
        of: &["database.protect"],
        from: Some("database.promote"),
        lies: &[("liar-accepted::ModifyDBInstance", None)],
        book: Book::Own(&[("database.promote", LONG), ("database.protect", "")]),
        ends: Ends::With(7, "protect"),
        ..LIE
    },
    Lie {
        of: &["database.discard"],
        from: Some("database.restore-snapshot"),
        lies: &[("liar-accepted::DeleteDBInstance", None)],
        book: Book::Own(&[("database.restore-snapshot", LONG), ("database.discard", "")]),
        ends: Ends::Fails("discard"),
        ..LIE
    },
    Lie {
        of: &["secret.promote"],
        topology: "pilot",
        lies: &[("liar-accepted::StopReplicationToReplica", None)],
        book: Book::Own(&[("secret.promote", "")]),
        ends: Ends::Fails("secret"),
        ..LIE
    },
    Lie {
        of: &["secret.update-endpoint"],
        from: Some("database.restore-snapshot"),
        lies: &[("liar-accepted:standby:PutSecretValue", None)],
        book: Book::Own(&[("database.restore-snapshot", LONG), ("secret.update-endpoint", "")]),
        ends: Ends::Fails("secret"),
        ..LIE
    },
    Lie {
        of: &["storage.copy-missing"],
        so: &[(Before, "s3-stall", None, None)],
        lies: &[("liar-accepted:standby:CopyObject", None)],
        book: Book::Own(&[("storage.copy-missing", "with = { pending = \"copy\" }")]),
        ends: Ends::Fails("still something to copy"),
        ..LIE
    },
    Lie {
        of: &["storage.undelete"],
        so: &[(Before, "s3-ransomware:primary:tier2-app-data", Some(0.01), Some("90s"))],
        lies: &[("liar-accepted:primary:DeleteObjects", None)],
        book: Book::Own(&[("storage.undelete", "with = { since = \"2026-11-20T09:00:00Z\" }")]),
        ends: Ends::Fails("undelete"),
        ..LIE
    },
    Lie {
        of: &["storage.restore-versions"],
        so: &[(Before, "s3-ransomware:primary:tier2-app-data", Some(0.01), Some("90s"))],
        lies: &[("liar-accepted:primary:CopyObject", None)],
        book: Book::Own(&[("storage.restore-versions", "with = { since = \"2026-11-20T09:00:00Z\" }")]),
        ends: Ends::Fails("versions"),
        ..LIE
    },
    Lie {
        of: &["storage.reverse-replication"],
        lies: &[("liar-accepted:standby:PutBucketReplication", None)],
        book: Book::Own(&[("storage.reverse-replication", "")]),
        ends: Ends::Fails("reverse"),
        ..LIE
    },
    Lie {
        of: &["dns.flip"],
        lies: &[("liar-accepted::ChangeResourceRecordSets", None)],
        book: Book::Own(&[("dns.flip", "")]),
        ends: Ends::Fails("flip"),
        ..LIE
    },
    Lie {
        of: &["dns.pin"],
        lies: &[("liar-accepted::ChangeResourceRecordSets", None)],
        book: Book::Own(&[("dns.pin", "")]),
        ends: Ends::Fails("pin"),
        ..LIE
    },
    Lie {
        of: &["dns.unpin"],
        from: Some("dns.pin"),
        lies: &[("liar-accepted::ChangeResourceRecordSets", None)],
        book: Book::Own(&[("dns.pin", "site = \"source\""), ("dns.unpin", "site = \"source\"")]),
        ends: Ends::Fails("unpin"),
        ..LIE
    },
    Lie {
        of: &["workflow.start"],
        lies: &[("liar-accepted::StartExecution", None)],
        book: Book::Own(&[("workflow.start", "")]),
        ends: Ends::Fails("workflow"),
        ..LIE
    },
    Lie {
        of: &["state.record"],
        topology: "platform",
        lies: &[("liar-accepted::PutItem", None)],
        book: Book::Own(&[("state.record", "on = \"#1\"")]),
        ends: Ends::With(7, "record"),
        ..LIE
    },
    Lie {
        of: &["function.invoke"],
        topology: "pilot",
        lies: &[("liar-accepted::Invoke", None)],
        book: Book::Own(&[("function.invoke", "on = \"#3\"")]),
        ends: Ends::Only(Told, "answered"),
        ..LIE
    },
    Lie {
        of: &["notify.topic"],
        lies: &[("liar-accepted::Publish", None)],
        book: Book::Own(&[("notify.topic", "")]),
        ends: Ends::Only(Told, "took the message"),
        ..LIE
    },
    // Whoever answers may have read nothing.
    Lie { of: &["notify.webhook"], book: Book::Own(&[("notify.webhook", "")]), ends: Ends::Only(Told, "notify-webhook DONE Told"), ..LIE },
    Lie {
        of: &["manual"],
        habits: Habits { leaves_questions: false, ..SCRIPT },
        book: Book::Own(&[("manual", "note = \"Look.\"")]),
        ends: Ends::Only(Told, "seen to"),
        ..LIE
    },
];
