use drlab_core::domain::{Receipt, Timestamp, excerpt};

/// Keys of conflicts that a receipt names: it is written down for every page.
const NAMED: usize = 20;
const NAME: usize = 200;

/// What has come of one page.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) restored: usize,
    pub(super) lost: usize,
    pub(super) archived: usize,
    pub(super) failed: usize,
    /// S3 is about to bring them.
    pub(super) pending: usize,
    /// When the last of what is asked back from the archive is there.
    pub(super) eta: Option<Timestamp>,
    conflicts: usize,
    conflicting: Vec<String>,
}

impl Tally {
    /// Left alone: it was written after it had been destroyed.
    pub(super) fn conflict(&mut self, key: &str) {
        self.conflicts += 1;
        if self.conflicting.len() < NAMED {
            self.conflicting.push(excerpt(key, NAME));
        }
    }

    /// As `Receipt::Accepted` has it.
    pub(super) fn receipt(self, after: Option<String>) -> Receipt {
        let counts = [
            ("restored", self.restored),
            ("conflicts", self.conflicts),
            ("lost", self.lost),
            ("archived", self.archived),
            ("failed", self.failed),
            ("pending", self.pending),
        ];
        let mut told: std::collections::BTreeMap<_, _> =
            counts.into_iter().map(|(name, count)| (name.to_owned(), count.to_string())).collect();
        if !self.conflicting.is_empty() {
            told.insert("conflicting".to_owned(), self.conflicting.join("\n"));
        }
        if let Some(eta) = self.eta {
            told.insert("eta".to_owned(), eta.to_string());
        }
        match after {
            Some(after) => told.insert("after".to_owned(), after),
            None => told.insert("done".to_owned(), "true".to_owned()),
        };
        Receipt::Accepted { told }
    }
}
