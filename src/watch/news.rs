use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use drlab_core::domain::{Observation, Subject};
use tokio::sync::Notify;

/// What has been learnt and not been fetched yet: of each subject the latest, so that a slow reader is never behind and never buried.
#[derive(Debug, Default)]
pub struct News {
    waiting: Mutex<BTreeMap<Subject, Arc<Observation>>>,
    arrived: Notify,
}

/// One is only itself.
impl PartialEq for News {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for News {}

impl News {
    pub(super) fn put(&self, observation: Arc<Observation>) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(observation.subject.clone(), observation);
        self.arrived.notify_one();
    }

    /// Everything that has come since the last time, in the order of its subjects; waits until there is something. Nothing is lost if the
    /// waiting is given up.
    pub async fn next(&self) -> Vec<Arc<Observation>> {
        loop {
            let news = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
            if !news.is_empty() {
                return news.into_values().collect();
            }
            self.arrived.notified().await;
        }
    }
}
