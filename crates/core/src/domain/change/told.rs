use std::fmt;

use super::Change;

/// In a few words: `promote tier2-db-replica in us-west-2`.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.what)
    }
}
