//! One listener's life: open, refusing or swallowing, as the world's link to its door says.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::connection::{self, Service};
use super::listener::Port;
use super::server::stopped;
use crate::world::Link;

/// How many connections one listener serves at a time; more wait in the backlog.
const CONNECTIONS: usize = 512;

/// How long connections may take to finish when the lab stops.
const FAREWELL: Duration = Duration::from_secs(1);

/// How long accepting rests after an error, such as having no file descriptors left.
const REST: Duration = Duration::from_millis(50);

pub(super) struct Gate {
    pub(super) port: Port,
    pub(super) service: Arc<Service>,
    /// Never changes for listeners that are no door.
    pub(super) link: watch::Receiver<Link>,
    pub(super) stop: watch::Receiver<bool>,
}

/// What strangers find at the port.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Face {
    Open,
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "elsewhere a port cannot swallow: connections open and stay silent"))]
    Swallowing,
    Refusing,
}

impl Face {
    const fn of(link: Link) -> Self {
        match link {
            Link::Up(_) | Link::Silent => Self::Open,
            Link::Refused => Self::Refusing,
            #[cfg(target_os = "linux")]
            Link::BlackHole => Self::Swallowing,
            #[cfg(not(target_os = "linux"))]
            Link::BlackHole => Self::Open,
        }
    }
}

impl Gate {
    /// Tends the port until the lab stops.
    pub(super) async fn tend(mut self) {
        let mut connections = JoinSet::new();
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        #[cfg(target_os = "linux")]
        let mut before = Face::Open;
        loop {
            let face = Face::of(*self.link.borrow_and_update());
            #[cfg(target_os = "linux")]
            if std::mem::replace(&mut before, face) == Face::Swallowing {
                self.port.forget();
            }
            let (mut link, mut stop) = (self.link.clone(), self.stop.clone());
            let changed = async { link.wait_for(|link| Face::of(*link) != face).await.is_ok() };
            tokio::select! {
                biased;
                () = stopped(&mut stop) => break,
                true = changed => {}
                _ = self.show(face, &mut connections, &room) => tokio::time::sleep(REST).await,
            }
        }
        let all_gone = async { while connections.join_next().await.is_some() {} };
        // Those that have not finished by then are ended with the set.
        let _ = tokio::time::timeout(FAREWELL, all_gone).await;
    }

    /// Shows one face for as long as it lasts; comes back only with an error.
    async fn show(&self, face: Face, connections: &mut JoinSet<()>, room: &Arc<Semaphore>) -> io::Result<()> {
        match face {
            Face::Open => self.accept(&self.port.open()?, connections, room).await,
            #[cfg(target_os = "linux")]
            Face::Refusing => {
                self.port.refuse()?;
                std::future::pending().await
            }
            #[cfg(not(target_os = "linux"))]
            Face::Refusing => {
                let listener = self.port.open()?;
                loop {
                    listener.accept().await?.0.set_zero_linger()?;
                }
            }
            #[cfg(target_os = "linux")]
            Face::Swallowing => {
                let _fillers = self.port.swallow().await?;
                std::future::pending().await
            }
            #[cfg(not(target_os = "linux"))]
            Face::Swallowing => std::future::pending().await,
        }
    }

    async fn accept(&self, listener: &TcpListener, connections: &mut JoinSet<()>, room: &Arc<Semaphore>) -> io::Result<()> {
        loop {
            let Ok(place) = Arc::clone(room).acquire_owned().await else { return Ok(()) };
            let (stream, _) = listener.accept().await?;
            while connections.try_join_next().is_some() {}
            let serving = self.serve(stream);
            connections.spawn(async move {
                serving.await;
                drop(place);
            });
        }
    }

    fn serve(&self, stream: TcpStream) -> impl Future<Output = ()> + Send + use<> {
        connection::serve(stream, Arc::clone(&self.service), self.link.clone(), self.stop.clone())
    }
}
