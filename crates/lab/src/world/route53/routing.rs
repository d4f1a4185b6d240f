//! Which of a name's records is answered: routing policies and health. This is data plane: it asks no control plane.

use super::answer::LONGEST_CHAIN;
use super::name::{plain, within};
use super::record::{FailoverRole, RecordSet, Routing, Target};
use super::zone::{RecordKey, Zone, group};
use crate::world::{World, elb};

/// How many records a multivalue answer has at most.
const MOST_VALUES: usize = 8;

/// Each record that may be answered now, with the share of the answers it gets. Shares of one group add up to 1, except that a
/// multivalue answer holds several records at once: each of those has the whole.
fn candidates<'r>(world: &World, zone: &Zone, group: &[&'r RecordSet], depth: usize) -> Vec<(&'r RecordSet, f64)> {
    let well = |record: &&&RecordSet| is_record_healthy(world, zone, record, depth);
    match group.first().map(|record| &record.routing) {
        None => Vec::new(),
        Some(Routing::Simple) => group.iter().map(|record| (*record, 1.0)).collect(),
        Some(Routing::Failover { .. }) => {
            let role = |wanted: FailoverRole| {
                group.iter().find(move |record| matches!(&record.routing, Routing::Failover { role, .. } if *role == wanted))
            };
            let (primary, secondary) = (role(FailoverRole::Primary), role(FailoverRole::Secondary));
            // With both unhealthy the primary is answered: a standby that cannot serve is no better.
            let pick = primary.filter(well).or_else(|| secondary.filter(well)).or(primary).or(secondary);
            pick.map(|record| (*record, 1.0)).into_iter().collect()
        }
        Some(Routing::Weighted { .. }) => {
            let healthy: Vec<&RecordSet> = group.iter().filter(well).copied().collect();
            // With nobody healthy everybody counts as healthy.
            let eligible = if healthy.is_empty() { group.to_vec() } else { healthy };
            let weight = |record: &RecordSet| if let Routing::Weighted { weight, .. } = record.routing { f64::from(weight) } else { 0.0 };
            let total: f64 = eligible.iter().map(|record| weight(record)).sum();
            if total > 0.0 {
                eligible.into_iter().map(|record| (record, weight(record) / total)).filter(|(_, share)| *share > 0.0).collect()
            } else {
                // Only zero weights are left: they share evenly.
                #[expect(clippy::cast_precision_loss, reason = "a handful of records")]
                let each = 1.0 / eligible.len() as f64;
                eligible.into_iter().map(|record| (record, each)).collect()
            }
        }
        Some(Routing::MultiValue { .. }) => {
            let healthy: Vec<&RecordSet> = group.iter().filter(well).copied().collect();
            let eligible = if healthy.is_empty() { group.to_vec() } else { healthy };
            eligible.into_iter().map(|record| (record, 1.0)).collect()
        }
    }
}

/// The records that are answered this second. Where luck decides, it is drawn by name and second, so asking twice tells the same.
pub(super) fn chosen<'r>(world: &World, zone: &Zone, group: &[&'r RecordSet], depth: usize) -> Vec<&'r RecordSet> {
    let candidates = candidates(world, zone, group, depth);
    let Some((first, _)) = candidates.first() else { return Vec::new() };
    let draw = || world.chance.unit(("answer", &first.name, first.kind, world.now().secs()));
    match first.routing {
        Routing::Weighted { .. } => {
            let mut left = draw();
            let mut pick = *first;
            for (record, share) in candidates {
                pick = record;
                left -= share;
                if left < 0.0 {
                    break;
                }
            }
            vec![pick]
        }
        Routing::MultiValue { .. } => {
            let count = candidates.len();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "an index below count"
            )]
            let start = if count > MOST_VALUES { (draw() * count as f64) as usize } else { 0 };
            candidates.into_iter().map(|(record, _)| record).cycle().skip(start).take(count.min(MOST_VALUES)).collect()
        }
        Routing::Simple | Routing::Failover { .. } => candidates.into_iter().map(|(record, _)| record).collect(),
    }
}

/// Whether a record may be answered: its own health check and, for an alias that evaluates it, its target.
fn is_record_healthy(world: &World, zone: &Zone, record: &RecordSet, depth: usize) -> bool {
    if record.health_check.as_deref().is_some_and(|id| !world.route53.is_healthy(id)) {
        return false;
    }
    let Target::Alias { name, evaluate: true, .. } = &record.target else { return true };
    let Some(left) = depth.checked_sub(1) else { return false };
    if within(name, &zone.name) {
        // A name is as healthy as the healthiest of its records.
        return group(&zone.served, name, record.kind).iter().any(|target| is_record_healthy(world, zone, target, left));
    }
    // What stands in a dark region is not seen to be healthy.
    elb::addresses_of(world, plain(name)).is_some_and(|(region, _)| !world.faults.is_dark(region))
        && elb::has_healthy_target(world, plain(name))
}

/// Notes when a failover name begins to lead somewhere else.
pub(super) fn note_landings(world: &mut World) {
    let mut moved: Vec<(RecordKey, String, String)> = Vec::new();
    for zone in world.route53.zones.values() {
        let mut records = zone.served.iter().filter(|(_, record)| matches!(record.routing, Routing::Failover { .. })).peekable();
        while let Some((key, first)) = records.next() {
            let mut members = vec![first];
            while let Some((_, member)) = records.next_if(|(next, _)| next.same_group(key)) {
                members.push(member);
            }
            let pick = candidates(world, zone, &members, LONGEST_CHAIN).first().and_then(|(record, _)| record.routing.set());
            if let Some(set) = pick
                && world.route53.landed.get(key).is_none_or(|known| known != set)
            {
                moved.push((key.clone(), first.name.clone(), set.to_owned()));
            }
        }
    }
    let now = world.now();
    for (key, name, set) in moved {
        world.truth.note(now, None, "dns", plain(&name), format!("leads to {set}"));
        world.route53.landed.insert(key, set);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::route53::name::canonical;
    use crate::world::route53::testing::{ONE, TWO, answered, set_healthy, settle, sites, update, watched};
    use crate::world::route53::{RecordKind, add_record, authoritative};
    use crate::world::testing::live;
    use proptest::prelude::*;

    /// All that may be so of one of the two records.
    #[derive(Clone, Copy, Debug)]
    struct Circumstances {
        alarm_ok: bool,
        disabled: bool,
        inverted: bool,
        evaluates: bool,
        target_ok: bool,
    }

    impl Circumstances {
        fn all() -> impl Iterator<Item = Self> {
            (0..32u8).map(|bits| Self {
                alarm_ok: bits & 1 > 0,
                disabled: bits & 2 > 0,
                inverted: bits & 4 > 0,
                evaluates: bits & 8 > 0,
                target_ok: bits & 16 > 0,
            })
        }

        /// AWS's rules in one line: a disabled check is healthy, inversion flips what there is, an evaluated target must be healthy too.
        fn healthy(self) -> bool {
            ((self.disabled || self.alarm_ok) != self.inverted) && (!self.evaluates || self.target_ok)
        }
    }

    const SITES: [(&str, &str, FailoverRole); 2] =
        [("one", "primary", FailoverRole::Primary), ("two", "secondary", FailoverRole::Secondary)];

    fn record(target: &str, set: &str, role: FailoverRole, evaluates: bool) -> RecordSet {
        let target = format!("{target}.example.com");
        RecordSet::alias("app.example.com", RecordKind::A, "Z1", &target, evaluates).failover(set, role).checked(set)
    }

    fn failover(evaluates: [bool; 2]) -> World {
        let mut world = sites();
        for ((site, set, role), evaluates) in SITES.into_iter().zip(evaluates) {
            watched(&mut world, set);
            add_record(&mut world, "Z1", record(site, set, role, evaluates)).unwrap();
        }
        world
    }

    fn arrange(world: &mut World, circumstances: [Circumstances; 2]) {
        for ((site, set, _), so) in SITES.into_iter().zip(circumstances) {
            set_healthy(world, set, so.alarm_ok);
            set_healthy(world, site, so.target_ok);
            let check = &mut world.route53.checks.get_mut(set).unwrap().config;
            (check.disabled, check.inverted) = (so.disabled, so.inverted);
        }
        live(world, 1);
    }

    #[test]
    fn every_combination_of_health_obeys_the_failover_rules() {
        for evaluates in [[false, false], [false, true], [true, false], [true, true]] {
            let mut world = failover(evaluates);
            for first in Circumstances::all().filter(|so| so.evaluates == evaluates[0]) {
                for second in Circumstances::all().filter(|so| so.evaluates == evaluates[1]) {
                    arrange(&mut world, [first, second]);
                    let expected = if !first.healthy() && second.healthy() { TWO } else { ONE };
                    assert_eq!(answered(&world, "app.example.com"), [expected], "{first:?} {second:?}");
                }
            }
        }
    }

    #[test]
    fn two_aliases_to_one_target_are_a_pin_under_every_combination() {
        for target in ["one", "two"] {
            let mut world = failover([true, true]);
            let pinned = SITES.map(|(_, set, role)| record(target, set, role, false));
            settle(&mut world, &[("UPSERT", &pinned[0]), ("UPSERT", &pinned[1])]);
            for first in Circumstances::all().filter(|so| so.evaluates) {
                for second in Circumstances::all().filter(|so| so.evaluates) {
                    arrange(&mut world, [first, second]);
                    let expected = if target == "one" { ONE } else { TWO };
                    assert_eq!(answered(&world, "app.example.com"), [expected], "{first:?} {second:?}");
                }
            }
        }
    }

    #[test]
    fn inversion_flips_through_the_api() {
        let mut world = failover([false, false]);
        live(&mut world, 1);
        assert_eq!(answered(&world, "app.example.com"), [ONE]);
        update(&mut world, "primary", "Inverted", true);
        assert_eq!(answered(&world, "app.example.com"), [TWO]);
        update(&mut world, "primary", "Inverted", false);
        assert_eq!(answered(&world, "app.example.com"), [ONE]);
    }

    #[test]
    fn draws_follow_the_shares() {
        let mut world = sites();
        for (set, weight) in [("a", 3), ("b", 1), ("c", 0)] {
            let address = format!("198.51.100.{weight}");
            add_record(&mut world, "Z1", RecordSet::simple("w.example.com", RecordKind::A, 5, &[&address]).weighted(set, weight)).unwrap();
        }
        let mut threes = 0;
        for _ in 0..2000 {
            live(&mut world, 1);
            let answer = answered(&world, "w.example.com");
            assert_eq!(answer, answered(&world, "w.example.com"), "asking twice in a second tells the same");
            assert_ne!(answer, ["198.51.100.0"]);
            threes += usize::from(answer == ["198.51.100.3"]);
        }
        assert!((1400..1600).contains(&threes), "{threes}");
    }

    #[test]
    fn multivalue_answers_hold_the_healthy_ones_and_eight_at_most() {
        let mut world = sites();
        for nth in 0..10 {
            let address = format!("198.51.100.{nth}");
            let mut record = RecordSet::simple("m.example.com", RecordKind::A, 5, &[&address]);
            record.routing = Routing::MultiValue { set: nth.to_string() };
            add_record(&mut world, "Z1", if nth < 3 { record.checked("one") } else { record }).unwrap();
        }
        assert_eq!(authoritative(&world, "m.example.com", RecordKind::A).answers.len(), MOST_VALUES);
        set_healthy(&mut world, "one", false);
        live(&mut world, 1);
        let left = answered(&world, "m.example.com");
        assert_eq!(left.len(), 7);
        assert!(!left.contains(&"198.51.100.2".to_owned()));
    }

    /// The set identifiers that the authoritative side may answer for a name now, each with its share (a simple record's is empty).
    fn shares(world: &World, name: &str, kind: RecordKind) -> Vec<(String, f64)> {
        let name = canonical(name);
        let Some(zone) = world.route53.zone_of(&name) else { return Vec::new() };
        let records = group(&zone.served, &name, kind);
        let told = candidates(world, zone, &records, LONGEST_CHAIN);
        told.into_iter().map(|(record, share)| (record.routing.set().unwrap_or_default().to_owned(), share)).collect()
    }

    proptest! {
        #[test]
        fn weights_share_out_the_answers(records in proptest::collection::vec((prop_oneof![Just(0u8), Just(1u8), any::<u8>()], any::<bool>()), 1..6)) {
            let mut world = sites();
            for (nth, (weight, healthy)) in records.iter().enumerate() {
                let set = nth.to_string();
                watched(&mut world, &set);
                set_healthy(&mut world, &set, *healthy);
                let record = RecordSet::simple("w.example.com", RecordKind::A, 60, &[&format!("198.51.100.{nth}")]).weighted(&set, *weight);
                add_record(&mut world, "Z1", record.checked(&set)).unwrap();
            }
            live(&mut world, 1);
            let told = shares(&world, "w.example.com", RecordKind::A);
            prop_assert!((told.iter().map(|(_, share)| share).sum::<f64>() - 1.0).abs() < 1e-9);
            let none_healthy = records.iter().all(|(_, healthy)| !healthy);
            let counts = |nth: usize| records[nth].1 || none_healthy;
            let heavy = (0..records.len()).any(|nth| counts(nth) && records[nth].0 > 0);
            let total: f64 = (0..records.len()).filter(|nth| counts(*nth)).map(|nth| f64::from(records[nth].0)).sum();
            for (nth, (weight, _)) in records.iter().enumerate() {
                let share = told.iter().find(|(set, _)| *set == nth.to_string()).map_or(0.0, |(_, share)| *share);
                if !counts(nth) {
                    prop_assert_eq!(share, 0.0);
                } else if heavy {
                    prop_assert!((share - f64::from(*weight) / total).abs() < 1e-9);
                } else {
                    // Zero-weight records are served, evenly, when nothing heavier is healthy.
                    prop_assert!((share * told.len() as f64 - 1.0).abs() < 1e-9);
                }
            }
        }
    }
}
