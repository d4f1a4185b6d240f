//! Long tables, and many seeds, spent by every core there is: each row on its own, whichever core is free.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::thread::{available_parallelism, scope};

/// Each of them is given to `spend`, in their order, and none waits for one before it.
pub(crate) fn spread<T: Send>(rows: impl Iterator<Item = T> + Send, spend: impl Fn(T) + Sync) {
    let rows = Mutex::new(rows);
    scope(|scope| {
        for _ in 0..available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                // The lock is let go before the row is spent.
                let next = || rows.lock().unwrap().next();
                while let Some(row) = next() {
                    spend(row);
                }
            });
        }
    });
}

/// Every row is as it says that it is; those that are not are told together, by name.
pub(crate) fn every<T: Send>(rows: impl Iterator<Item = T> + Send, named: impl Fn(&T) -> String + Sync, spend: impl Fn(&T) + Sync) {
    let wrong = Mutex::new(Vec::new());
    spread(rows, |row| {
        if catch_unwind(AssertUnwindSafe(|| spend(&row))).is_err() {
            wrong.lock().unwrap().push(named(&row));
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "not as the table says:\n{}", wrong.join("\n"));
}
