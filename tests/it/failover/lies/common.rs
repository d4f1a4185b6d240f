//! What the lies have in common, and what nobody can lie about with success.

use super::{Book, Ends, Lie};
use crate::failover::bridge::Habits;

pub(super) const SCRIPT: Habits = Habits {
    overrides: &["database.loss.bounded", "source.fenced", "database.target.promotable"],
    leaves_questions: true,
    leaves_failures: true,
    ..Habits::STEADY
};
/// For what takes its time, and is no lie.
pub(super) const LONG: &str = "timeout = \"40m\"";
pub(super) const LIE: Lie = Lie {
    of: &[],
    topology: "tier2",
    scenario: None,
    so: &[],
    lies: &[],
    from: None,
    book: Book::Own(&[]),
    habits: SCRIPT,
    ends: Ends::Never(""),
};

/// What nobody but one can know, and nothing comes of a lie about but a refusal.
pub(super) const NOBODY_ELSE: &[(&str, &str)] = &[
    ("check.identity", "STS alone knows whose credentials these are; others refuse what does not belong to them"),
    ("database.await-backup", "RDS alone knows of its backups; whoever is lied to is refused the promotion, and told so"),
];
