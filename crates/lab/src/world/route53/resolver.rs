//! What stands between clients and the name servers: caches that obey the TTL, unless `dns-slow` makes them deaf to it, or one of them lies.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use drlab_core::domain::Timestamp;

use super::answer::{DnsAnswer, DnsCode, LONGEST_CHAIN, authoritative};
use super::dns_fault;
use super::name::{canonical, plain};
use super::record::RecordKind;
use crate::world::{Fault, World};

/// How many answers a resolver remembers at most.
const CAPACITY: usize = 1000;

/// A resolver with a cache of its own. Every simulated client may hold one; the two public ones belong to `Route53`.
#[derive(Clone, Debug, Default)]
pub struct Resolver {
    cache: BTreeMap<(String, RecordKind), Cached>,
    /// Set on a public resolver: crowds ask it the same names all the time, so an answer is renewed the moment it runs out, at
    /// instants that do not depend on when *we* ask. It is not any resolver, but that one.
    crowd: Option<ResolverId>,
    /// What `address` last told, for as long as nothing it rests on has run out: clients ask every second.
    recent: Option<Recent>,
}

#[derive(Clone, Debug)]
struct Recent {
    name: String,
    address: Option<Ipv4Addr>,
    until: Timestamp,
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
        self.resolved(world, name, kind).0
    }

    /// The answer, and the instant before which asking again would give the same.
    fn resolved(&mut self, world: &World, name: &str, kind: RecordKind) -> (DnsAnswer, Timestamp) {
        let mut asked = canonical(name);
        let mut answers = Vec::new();
        let mut holds = Timestamp::from_millis(i64::MAX);
        for _ in 0..LONGEST_CHAIN {
            let (step, until) = self.step(world, &asked, kind);
            holds = holds.min(until);
            answers.extend(step.answers);
            let target = answers.last().filter(|last| last.kind == RecordKind::Cname && kind != RecordKind::Cname);
            match target.map(|last| canonical(&last.value)) {
                Some(next) if next != asked && step.authority.is_empty() && step.code == DnsCode::NoError => asked = next,
                // Nobody answers for the name: the root says so.
                _ if step.code == DnsCode::Refused => {
                    return (DnsAnswer { code: DnsCode::NxDomain, answers, authority: step.authority }, holds);
                }
                _ => return (DnsAnswer { code: step.code, answers, authority: step.authority }, holds),
            }
        }
        (DnsAnswer::failed(DnsCode::ServFail), world.now())
    }

    /// The first address of a name, for a client that only wants to go there.
    pub fn address(&mut self, world: &World, name: &str) -> Option<Ipv4Addr> {
        if let Some(recent) = self.recent.as_ref().filter(|recent| world.now() < recent.until && recent.name == name) {
            return recent.address;
        }
        let (answer, until) = self.resolved(world, name, RecordKind::A);
        let address = answer.addresses().first().copied();
        self.recent = Some(Recent { name: name.to_owned(), address, until });
        address
    }

    /// Forgets everything, as a restart would.
    pub fn flush(&mut self) {
        self.cache.clear();
        self.recent = None;
    }

    fn step(&mut self, world: &World, name: &str, kind: RecordKind) -> (DnsAnswer, Timestamp) {
        let now = world.now();
        let key = (name.to_owned(), kind);
        if let Some(known) = self.cache.get(&key).filter(|known| known.holds(world, &key.0) || self.lies(world)) {
            return (known.told(now), known.until);
        }
        let answer = authoritative(world, name, kind);
        let Some(ttl) = answer.ttl().filter(|ttl| *ttl > 0) else {
            self.cache.remove(&key);
            return (answer, now);
        };
        let since = match self.crowd {
            None => now,
            Some(crowd) => {
                let ttl = i64::from(ttl) * 1000;
                #[expect(clippy::cast_possible_wrap, reason = "only spread over the TTL matters")]
                let phase = world.chance.bits(("resolver", crowd as u8, name, kind)) as i64;
                now - Duration::from_millis(now.millis().wrapping_sub(phase).rem_euclid(ttl).unsigned_abs())
            }
        };
        let cached = Cached { answer, since, until: since + Duration::from_secs(ttl.into()) };
        let told = (cached.told(now), cached.until);
        self.make_room(now);
        self.cache.insert(key, cached);
        told
    }

    /// Whether it tells what it remembers, however old that is.
    fn lies(&self, world: &World) -> bool {
        self.crowd.is_some_and(|crowd| dns_fault(world, Fault::LiarResolver, |component| component == crowd.word()))
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
        if self.lies(world) {
            return;
        }
        let now = world.now();
        let over: Vec<_> = self
            .cache
            .iter()
            .filter(|(key, known)| known.until <= now && !known.holds(world, &key.0))
            .map(|(key, _)| key.clone())
            .collect();
        for (name, kind) in over {
            self.step(world, &name, kind);
        }
    }
}

impl Cached {
    /// The answer with what is left of its TTLs.
    fn told(&self, now: Timestamp) -> DnsAnswer {
        let age = u32::try_from(now.since(self.since).as_secs()).unwrap_or(u32::MAX);
        let mut answer = self.answer.clone();
        for record in answer.answers.iter_mut().chain(&mut answer.authority) {
            record.ttl = record.ttl.saturating_sub(age);
        }
        answer
    }

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

impl ResolverId {
    /// By what it goes in a fault.
    const fn word(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Public {
    a: Resolver,
    b: Resolver,
}

impl Default for Public {
    fn default() -> Self {
        let crowded = |which| Resolver { crowd: Some(which), ..Resolver::default() };
        Self { a: crowded(ResolverId::A), b: crowded(ResolverId::B) }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::ActiveFault;
    use crate::world::route53::testing::{ONE, TWO, answered, change, settle, sites};
    use crate::world::route53::{RecordSet, add_record};
    use crate::world::testing::{east, live};
    use proptest::prelude::*;

    fn addresses(answer: &DnsAnswer) -> Vec<String> {
        answer.addresses().iter().map(ToString::to_string).collect()
    }

    fn one(address: &str, ttl: u32) -> RecordSet {
        RecordSet::simple("one.example.com", RecordKind::A, ttl, &[address])
    }

    #[test]
    fn an_answer_is_kept_for_its_ttl_and_no_longer() {
        let mut world = sites();
        let mut resolver = Resolver::default();
        live(&mut world, 1);
        settle(&mut world, &[("UPSERT", &one(ONE, 120))]);
        assert_eq!(resolver.resolve(&world, "one.example.com", RecordKind::A).answers[0].ttl, 120);
        settle(&mut world, &[("UPSERT", &one(TWO, 120))]);
        assert_eq!(answered(&world, "one.example.com"), [TWO]);
        let kept = resolver.resolve(&world, "one.example.com", RecordKind::A);
        assert_eq!((addresses(&kept), kept.answers[0].ttl), (vec![ONE.to_owned()], 59));
        live(&mut world, 59);
        assert_eq!(addresses(&resolver.resolve(&world, "one.example.com", RecordKind::A)), [TWO]);
    }

    #[test]
    fn that_there_is_nothing_is_remembered_too() {
        let mut world = sites();
        let mut resolver = Resolver::default();
        assert_eq!(resolver.resolve(&world, "new.example.com", RecordKind::A).code, DnsCode::NxDomain);
        add_record(&mut world, "Z1", RecordSet::simple("new.example.com", RecordKind::A, 60, &[ONE])).unwrap();
        live(&mut world, 899);
        assert_eq!(resolver.resolve(&world, "new.example.com", RecordKind::A).code, DnsCode::NxDomain);
        live(&mut world, 1);
        assert_eq!(addresses(&resolver.resolve(&world, "new.example.com", RecordKind::A)), [ONE]);
        assert_eq!(resolver.resolve(&world, "nobody.test", RecordKind::A).code, DnsCode::NxDomain);
    }

    #[test]
    fn slow_dns_keeps_answers_beyond_their_ttl_but_not_for_ever() {
        let mut world = sites();
        let mut resolver = Resolver::default();
        live(&mut world, 1);
        resolver.resolve(&world, "one.example.com", RecordKind::A);
        settle(&mut world, &[("UPSERT", &one(TWO, 60))]);
        let now = world.now();
        world.faults.inject(ActiveFault::on(Fault::DnsSlow, &east(), now, None));
        live(&mut world, 200);
        assert_eq!(addresses(&resolver.resolve(&world, "one.example.com", RecordKind::A)), [ONE]);
        live(&mut world, 800);
        assert_eq!(addresses(&resolver.resolve(&world, "one.example.com", RecordKind::A)), [TWO]);
    }

    #[test]
    fn a_resolver_that_lies_tells_what_it_knew_and_the_other_what_is_so() {
        let mut world = sites();
        let ask = |world: &mut World, which| addresses(&resolve(world, which, "one.example.com", RecordKind::A));
        live(&mut world, 1);
        assert_eq!((ask(&mut world, ResolverId::A), ask(&mut world, ResolverId::B)), (vec![ONE.to_owned()], vec![ONE.to_owned()]));
        let now = world.now();
        let lie = ActiveFault { component: Some("a".to_owned()), ..ActiveFault::on(Fault::LiarResolver, &east(), now, None) };
        world.faults.inject(lie);
        settle(&mut world, &[("UPSERT", &one(TWO, 60))]);
        live(&mut world, 3600);
        assert_eq!((ask(&mut world, ResolverId::A), ask(&mut world, ResolverId::B)), (vec![ONE.to_owned()], vec![TWO.to_owned()]));
        world.faults.lift(Fault::LiarResolver);
        live(&mut world, 1);
        assert_eq!(ask(&mut world, ResolverId::A), [TWO]);
    }

    #[test]
    fn cnames_are_followed_out_of_the_zone() {
        let mut world = sites();
        super::super::add_zone(&mut world, "Z2", "example.org");
        for (name, target) in
            [("www.example.org", "one.example.com"), ("loop.example.org", "pool.example.org"), ("pool.example.org", "loop.example.org")]
        {
            add_record(&mut world, "Z2", RecordSet::simple(name, RecordKind::Cname, 30, &[target])).unwrap();
        }
        let mut resolver = Resolver::default();
        let answer = resolver.resolve(&world, "www.example.org", RecordKind::A);
        assert_eq!((answer.answers.len(), addresses(&answer)), (2, vec![ONE.to_owned()]));
        assert_eq!(authoritative(&world, "www.example.org", RecordKind::A).answers.len(), 1);
        assert_eq!(resolver.resolve(&world, "loop.example.org", RecordKind::A).code, DnsCode::ServFail);
    }

    #[test]
    fn a_cache_is_bounded() {
        let world = sites();
        let mut resolver = Resolver::default();
        for nth in 0..2 * CAPACITY {
            resolver.resolve(&world, &format!("n{nth}.example.com"), RecordKind::A);
        }
        assert_eq!(resolver.cache.len(), CAPACITY);
        resolver.flush();
        assert!(resolver.cache.is_empty());
    }

    proptest! {
        #[test]
        fn no_resolver_serves_beyond_the_ttl(ttl in 1u32..100, steps in proptest::collection::vec((1u64..50, any::<bool>(), 1..9u8), 1..20)) {
            let mut world = sites();
            live(&mut world, 1);
            settle(&mut world, &[("UPSERT", &one(ONE, ttl))]);
            let (mut own, mut history) = (Resolver::default(), vec![(world.now(), answered(&world, "one.example.com"))]);
            for (seconds, asks, address) in steps {
                change(&mut world, &[("UPSERT", &one(&format!("198.51.100.{address}"), ttl))]).unwrap();
                for _ in 0..seconds {
                    live(&mut world, 1);
                    history.push((world.now(), answered(&world, "one.example.com")));
                }
                if asks {
                    let told = [
                        own.resolve(&world, "one.example.com", RecordKind::A),
                        resolve(&mut world, ResolverId::A, "one.example.com", RecordKind::A),
                        resolve(&mut world, ResolverId::B, "one.example.com", RecordKind::A),
                    ];
                    for answer in told {
                        prop_assert!(answer.answers[0].ttl <= ttl);
                        let since = world.now() - Duration::from_secs(ttl.into());
                        let truths = history.iter().filter(|(at, _)| *at > since).map(|(_, truth)| truth);
                        prop_assert!(truths.into_iter().any(|truth| *truth == addresses(&answer)), "older than its TTL");
                    }
                }
            }
        }

        #[test]
        fn asking_a_public_resolver_more_often_changes_nothing(moments in proptest::collection::btree_set(1u64..200, 0..40), end in 20u64..200) {
            let (mut quiet, mut busy) = (sites(), sites());
            for world in [&mut quiet, &mut busy] {
                resolve(world, ResolverId::A, "one.example.com", RecordKind::A);
                change(world, &[("UPSERT", &one(TWO, 60))]).unwrap();
            }
            for second in 1..=end {
                live(&mut quiet, 1);
                live(&mut busy, 1);
                if moments.contains(&second) {
                    resolve(&mut busy, ResolverId::A, "one.example.com", RecordKind::A);
                }
            }
            let told = [&mut quiet, &mut busy].map(|world| resolve(world, ResolverId::A, "one.example.com", RecordKind::A));
            prop_assert_eq!(&told[0], &told[1]);
            if end > 121 {
                prop_assert_eq!(addresses(&told[0]), vec![TWO.to_owned()]);
            }
        }
    }
}
