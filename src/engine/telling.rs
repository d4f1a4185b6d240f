use std::sync::{Arc, Mutex, PoisonError};

use drlab_core::domain::Timestamp;
use drlab_core::run::{Desk, Record, Run};
use tokio::sync::Notify;

/// A run as it is now, for whoever wants to see it.
#[derive(Clone, Debug)]
pub struct View {
    pub run: Arc<Run>,
    pub desk: Desk,
    /// Records since the last look, in their order: none is ever dropped.
    pub news: Vec<(Timestamp, Record)>,
}

/// Where the executor tells what has happened. Looking never makes it wait.
#[derive(Debug, Default)]
pub struct Board {
    told: Mutex<Option<View>>,
    changed: Notify,
}

impl Board {
    pub(super) fn post(&self, run: Arc<Run>, desk: Desk, news: Vec<(Timestamp, Record)>) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let mut waiting = told.take().map(|view| view.news).unwrap_or_default();
        waiting.extend(news);
        *told = Some(View { run, desk, news: waiting });
        drop(told);
        self.changed.notify_one();
    }

    /// The next that is new. Nothing is lost if the waiting is given up.
    pub async fn next(&self) -> View {
        loop {
            if let Some(view) = self.told.lock().unwrap_or_else(PoisonError::into_inner).take() {
                return view;
            }
            self.changed.notified().await;
        }
    }
}
