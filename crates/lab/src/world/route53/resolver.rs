//! What stands between clients and the name servers: caches that obey the TTL, unless `dns-slow` makes them deaf to it.

use std::collections::BTreeMap;
use std::time::Duration;

use drlab_core::domain::Timestamp;

use super::answer::{DnsAnswer, DnsCode, authoritative};
use super::name::{canonical, plain};
use super::record::RecordKind;
use super::dns_fault;
use crate::world::{Fault, World};

/// How many answers a resolver remembers at most.
const CAPACITY: usize = 1000;
/// How many CNAMEs it follows.
const LONGEST_CHAIN: usize = 8;

/// A resolver with a cache of its own. Every simulated client may hold one; the two public ones belong to `Route53`.
#[derive(Clone, Debug, Default)]
pub struct Resolver {
    cache: BTreeMap<(String, RecordKind), Cached>,
    /// Set on a public resolver: crowds ask it the same names all the time, so an answer is renewed the moment it runs out, at
    /// instants that do not depend on when *we* ask. The number tells one such resolver from the other.
    crowd: Option<u8>,
}

#[derive(Clone, Debug)]
struct Cached {
    answer: DnsAnswer,
    since: Timestamp,
    until: Timestamp,
}

impl Resolver {
    /// The answer for a name, from memory where that may be used, through CNAMEs wherever they lead. TTLs tell what is left of them.
    pub fn resolve(&mut self, world: &World, name: &str, kind: RecordKind) -> DnsAnswer {
        let mut asked = canonical(name);
        let mut answers = Vec::new();
        for _ in 0..LONGEST_CHAIN {
            let step = self.step(world, &asked, kind);
            answers.extend(step.answers);
            let target = answers.last().filter(|last| last.kind == RecordKind::Cname && kind != RecordKind::Cname);
            match target.map(|last| canonical(&last.value)) {
                Some(next) if next != asked && step.authority.is_empty() && step.code == DnsCode::NoError => asked = next,
                // Nobody answers for the name: the root says so.
                _ if step.code == DnsCode::Refused => return DnsAnswer { code: DnsCode::NxDomain, answers, authority: step.authority },
                _ => return DnsAnswer { code: step.code, answers, authority: step.authority },
            }
        }
        DnsAnswer::failed(DnsCode::ServFail)
    }

    /// Forgets everything, as a restart would.
    pub fn flush(&mut self) {
        self.cache.clear();
    }

    fn step(&mut self, world: &World, name: &str, kind: RecordKind) -> DnsAnswer {
        let now = world.now();
        let key = (name.to_owned(), kind);
        if let Some(known) = self.cache.get(&key).filter(|known| known.holds(world, &key.0)) {
            let age = u32::try_from(now.since(known.since).as_secs()).unwrap_or(u32::MAX);
            let mut answer = known.answer.clone();
            for record in answer.answers.iter_mut().chain(&mut answer.authority) {
                record.ttl = record.ttl.saturating_sub(age);
            }
            return answer;
        }
        let answer = authoritative(world, name, kind);
        let Some(ttl) = answer.ttl().filter(|ttl| *ttl > 0) else {
            self.cache.remove(&key);
            return answer;
        };
        let since = match self.crowd {
            None => now,
            Some(crowd) => {
                let ttl = i64::from(ttl) * 1000;
                #[expect(clippy::cast_possible_wrap, reason = "only spread over the TTL matters")]
                let phase = world.chance.bits(("resolver", crowd, name, kind)) as i64;
                now - Duration::from_millis(now.millis().wrapping_sub(phase).rem_euclid(ttl).unsigned_abs())
            }
        };
        let cached = Cached { answer, since, until: since + Duration::from_secs(ttl.into()) };
        let age = u32::try_from(now.since(since).as_secs()).unwrap_or(u32::MAX);
        let mut answer = cached.answer.clone();
        for record in answer.answers.iter_mut().chain(&mut answer.authority) {
            record.ttl = record.ttl.saturating_sub(age);
        }
        self.make_room(now);
        self.cache.insert(key, cached);
        answer
    }

    fn make_room(&mut self, now: Timestamp) {
        if self.cache.len() < CAPACITY {
            return;
        }
        self.cache.retain(|_, known| known.until > now);
        while self.cache.len() >= CAPACITY
            && let Some(first) = self.cache.iter().min_by_key(|(_, known)| known.until).map(|(key, _)| key.clone())
        {
            self.cache.remove(&first);
        }
    }

    fn renew(&mut self, world: &World) {
        let now = world.now();
        let over: Vec<_> =
            self.cache.iter().filter(|(key, known)| known.until <= now && !known.holds(world, &key.0)).map(|(key, _)| key.clone()).collect();
        for (name, kind) in over {
            self.step(world, &name, kind);
        }
    }
}

impl Cached {
    /// Whether this may still be told.
    fn holds(&self, world: &World, name: &str) -> bool {
        let now = world.now();
        now < self.until
            || (dns_fault(world, Fault::DnsSlow, |component| plain(component) == plain(name))
                && now < self.until + world.chance.between(("overstay", name, self.since.millis()), world.timings.resolver_overstay))
    }
}

/// The two public resolvers of the lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResolverId {
    A,
    B,
}

#[derive(Clone, Debug)]
pub(super) struct Public {
    a: Resolver,
    b: Resolver,
}

impl Default for Public {
    fn default() -> Self {
        let crowded = |nth| Resolver { cache: BTreeMap::new(), crowd: Some(nth) };
        Self { a: crowded(0), b: crowded(1) }
    }
}

impl Public {
    fn of(&mut self, which: ResolverId) -> &mut Resolver {
        match which {
            ResolverId::A => &mut self.a,
            ResolverId::B => &mut self.b,
        }
    }
}

/// Asks one of the public resolvers.
pub fn resolve(world: &mut World, which: ResolverId, name: &str, kind: RecordKind) -> DnsAnswer {
    // Out of the world while it looks at the world.
    let mut resolver = std::mem::take(world.route53.resolvers.of(which));
    let answer = resolver.resolve(world, name, kind);
    *world.route53.resolvers.of(which) = resolver;
    answer
}

pub(super) fn pulse(world: &mut World) {
    for which in [ResolverId::A, ResolverId::B] {
        let mut resolver = std::mem::take(world.route53.resolvers.of(which));
        resolver.renew(world);
        *world.route53.resolvers.of(which) = resolver;
    }
}
