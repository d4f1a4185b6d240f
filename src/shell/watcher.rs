use std::io;
use std::sync::Arc;

use drlab_core::app::Message;
use drlab_core::config::Config;
use drlab_core::domain::Subject;

use super::start::Access;
use crate::clock::WorldClock;

pub(super) enum News {
    Clock(WorldClock),
    Messages(Vec<Message>),
}

pub(super) struct Watcher;

impl Watcher {
    pub(super) fn idle() -> Self { Self }
    pub(super) fn start(_config: Arc<Config>, _access: Access) -> io::Result<Self> { Ok(Self) }
    pub(super) async fn next(&mut self) -> News { std::future::pending().await }
    pub(super) fn ready(&mut self) -> Option<News> { None }
    pub(super) fn refresh(&mut self, _s: Vec<Subject>) -> Option<Message> { None }
    pub(super) fn attend(&mut self, _s: Vec<usize>) -> Option<Message> { None }
}
