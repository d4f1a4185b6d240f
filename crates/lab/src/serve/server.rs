use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use drlab_core::domain::Region;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use super::Lab;
use super::connection::{Role, Service};
use super::gate::Gate;
use super::listener::Port;
use crate::wire::{HttpResponse, Log};
use crate::world::{Door, Link, World};

/// What the control listener answers: method, path with query, body. `None` is "not found".
pub type Control = Arc<dyn Fn(&mut World, &mut Log, &str, &str, Bytes) -> Option<HttpResponse> + Send + Sync>;

/// How the lab is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ports {
    /// A free port for each region, for Route 53 and for control: faults of the connection can be told per region.
    Each,
    /// One port for everything (0: a free one). A dark region accepts and never answers.
    One(u16),
}

/// Where the lab listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    pub regions: BTreeMap<Region, SocketAddr>,
    pub route53: SocketAddr,
    pub control: SocketAddr,
}

/// A lab that listens. Dropping it cuts everybody off; `stop` lets them finish.
#[derive(Debug)]
pub struct Server {
    addresses: Addresses,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

/// How each door's connections fare, told to its listener whenever it changes.
#[derive(Debug, Default)]
pub(super) struct Links {
    doors: Vec<(Door, watch::Sender<Link>)>,
}

impl Links {
    fn to(doors: impl IntoIterator<Item = Door>, world: &World) -> Self {
        Self { doors: doors.into_iter().map(|door| (door.clone(), watch::Sender::new(world.link(&door)))).collect() }
    }

    pub(super) fn publish(&self, world: &World) {
        for (door, sender) in &self.doors {
            let link = world.link(door);
            sender.send_if_modified(|known| std::mem::replace(known, link) != link);
        }
    }

    pub(super) fn of(&self, door: &Door) -> Option<watch::Receiver<Link>> {
        self.doors.iter().find(|(known, _)| known == door).map(|(_, sender)| sender.subscribe())
    }
}

impl Server {
    /// Opens the listeners and lets time pass. Whoever reaches `listen` can drive the lab: callers say so when it is not the loopback.
    pub async fn start(lab: Lab, listen: IpAddr, ports: Ports, control: Control) -> io::Result<Self> {
        let stop = watch::Sender::new(false);
        let regions = lab.with(|world| world.regions());
        let doors: Vec<Door> = regions.iter().cloned().map(Door::Region).chain([Door::Route53]).collect();
        let links = Arc::new(lab.with(|world| Links::to(doors.clone(), world)));
        let mut tasks = JoinSet::new();
        let mut open = |port: u16, role: Role| -> io::Result<SocketAddr> {
            let port = Port::bind(listen, port)?;
            let address = port.address();
            let link = match &role {
                Role::Door(door) => links.of(door),
                Role::Control | Role::Everything => None,
            };
            let link = link.unwrap_or_else(|| watch::Sender::new(Link::Up(Duration::ZERO)).subscribe());
            let service = Arc::new(Service { lab: lab.clone(), role, control: Arc::clone(&control), links: Arc::clone(&links) });
            tasks.spawn(Gate { port, service, link, stop: stop.subscribe() }.tend());
            Ok(address)
        };
        let addresses = match ports {
            Ports::One(port) => {
                let address = open(port, Role::Everything)?;
                Addresses { regions: regions.into_iter().map(|region| (region, address)).collect(), route53: address, control: address }
            }
            Ports::Each => {
                let mut addresses = BTreeMap::new();
                for region in regions {
                    addresses.insert(region.clone(), open(0, Role::Door(Door::Region(region)))?);
                }
                Addresses { regions: addresses, route53: open(0, Role::Door(Door::Route53))?, control: open(0, Role::Control)? }
            }
        };
        tasks.spawn(tick(lab, links, stop.subscribe()));
        Ok(Self { addresses, stop, tasks })
    }

    #[must_use]
    pub const fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Takes no more requests, answers those that are being answered, and ends.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Lets time pass when nobody asks, once a simulated second but neither busier nor lazier than makes sense on the wall.
async fn tick(lab: Lab, links: Arc<Links>, mut stop: watch::Receiver<bool>) {
    let pulse = lab.clock().wall(Duration::from_secs(1)).clamp(Duration::from_millis(20), Duration::from_millis(250));
    let mut ticks = tokio::time::interval(pulse);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            () = stopped(&mut stop) => return,
            _ = ticks.tick() => lab.with(|world| links.publish(world)),
        }
    }
}

/// Comes back when the lab stops, or is simply dropped.
pub(super) async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}
