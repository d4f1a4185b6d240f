//! What somebody is told who does not look.

use std::time::Duration;

use super::world::{START, declared};
use crate::domain::What;
use crate::run::notices::due;
use crate::run::{Record, Run};
use crate::runbook::fake::{planned, workload};

#[test]
fn who_is_called_learns_what_runs() {
    for (book, called) in [
        ("planned_failover", "the failover"),
        ("failback", "the failover"),
        ("dr_test", "the test of the standby"),
        ("db_restore", "the restore of the database"),
        ("s3_undelete", "the restore of objects"),
        ("region_isolation", "the isolation of the region"),
    ] {
        let mut run = Run::declared(START, declared(), planned(book, "tier2"));
        run.take(START, Record::Paused { why: "identity failed".to_owned(), who: None }, None);
        let told = due(&run, &workload("tier2"), START + Duration::from_secs(1));
        let subject = told.iter().find_map(|(_, change)| match &change.what {
            What::Publish { subject, .. } => Some(subject.clone()),
            _ => None,
        });
        assert_eq!(subject, Some(format!("tier2: {called} needs somebody")), "{book}");
    }
}
