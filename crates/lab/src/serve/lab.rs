use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Clock;
use crate::doc;
use crate::wire::{self, HttpRequest, HttpResponse, Log};
use crate::world::{Door, Link, World};

/// The world, its clock and its log. Cheap to clone; every look at it first lets the world live up to now.
#[derive(Clone)]
pub struct Lab {
    inner: Arc<Mutex<Inner>>,
    clock: Clock,
    instance: Arc<str>,
}

struct Inner {
    world: World,
    log: Log,
}

impl Lab {
    /// Starts the clock. `instance` tells this lab from others in the handshake.
    #[must_use]
    pub fn new(world: World, speed: f64, instance: &str) -> Self {
        let clock = Clock::new(world.now(), speed);
        Self { inner: Arc::new(Mutex::new(Inner { world, log: Log::default() })), clock, instance: instance.into() }
    }

    #[must_use]
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Looks at the world as it is now, or changes it.
    pub fn with<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        look(&mut self.living().world)
    }

    /// The same, with what was asked so far.
    pub fn with_log<T>(&self, look: impl FnOnce(&mut World, &mut Log) -> T) -> T {
        let inner = &mut *self.living();
        look(&mut inner.world, &mut inner.log)
    }

    /// What was asked so far.
    pub fn log<T>(&self, look: impl FnOnce(&mut Log) -> T) -> T {
        look(&mut self.locked().log)
    }

    /// What becomes of a connection to a door just now.
    #[must_use]
    pub fn link(&self, door: &Door) -> Link {
        self.with(|world| world.link(door))
    }

    /// Answers a request that has arrived at `door` (`None`: at the one listener for all).
    #[must_use]
    pub fn answer(&self, door: Option<&Door>, request: &HttpRequest) -> HttpResponse {
        let inner = &mut *self.living();
        wire::handle(&mut inner.world, &mut inner.log, door, request)
    }

    /// The answer to a request whose body is too large to be read.
    #[must_use]
    pub fn too_large(&self, request: &HttpRequest) -> HttpResponse {
        let inner = &mut *self.living();
        wire::too_large(&inner.world, &mut inner.log, request)
    }

    /// `GET /_lab/hello`: proof that this is a lab, and its clock.
    #[must_use]
    pub fn hello(&self) -> HttpResponse {
        let body = doc! { "world": self.clock.now().to_string(), "speed": self.clock.speed(), "instance": self.instance.as_ref() };
        wire::json_response(200, &body)
    }

    fn living(&self) -> MutexGuard<'_, Inner> {
        let mut inner = self.locked();
        inner.world.advance(self.clock.now());
        inner
    }

    /// A panic elsewhere leaves the world as it was then, which is still a world.
    fn locked(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Lab {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lab").field("instance", &self.instance).field("clock", &self.clock).finish_non_exhaustive()
    }
}

/// A name that no other lab has. Not for drills, where the same seed must give the same bytes.
#[must_use]
pub fn fresh_instance() -> String {
    let word = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", word(), word())
}
