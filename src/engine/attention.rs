use std::collections::BTreeMap;
use std::time::Duration;

use drlab_core::domain::{Subject, Timestamp};
use tokio::sync::mpsc;

use crate::watch::Order;

/// For how long subjects are looked at often, once that has been asked for.
const WATCHED: Duration = Duration::from_secs(30);
/// It is asked for again when no more is left than this.
const LEFT: Duration = Duration::from_secs(10);

/// What the watch has been asked to look at often, so that it is asked again only when something else is waited for, or time runs out.
#[derive(Debug, Default)]
pub(super) struct Attention(BTreeMap<Subject, Asked>);

#[derive(Clone, Copy, Debug, Default)]
struct Asked {
    until: Timestamp,
    /// Nothing read before this would do.
    since: Timestamp,
}

impl Attention {
    /// All that is waited for now, each with since when a look counts. What nobody has looked at since is looked at now, not at its next turn.
    pub(super) fn turn_to(&mut self, wanted: Vec<(Subject, Timestamp)>, now: Timestamp, watch: &mpsc::Sender<Order>) {
        let mut all: BTreeMap<Subject, Timestamp> = BTreeMap::new();
        for (subject, since) in wanted {
            let known = all.entry(subject).or_default();
            *known = since.max(*known);
        }
        self.0.retain(|subject, _| all.contains_key(subject));
        let asked = |subject: &Subject| self.0.get(subject).copied().unwrap_or_default();
        let late: Vec<Subject> =
            all.iter().filter(|(subject, since)| **since > asked(subject).since).map(|(subject, _)| subject.clone()).collect();
        if all.keys().any(|subject| asked(subject).until < now + LEFT) {
            let until = now + WATCHED;
            let subjects = all.keys().cloned().collect();
            // A full queue means that the watch has enough to do; the next decision asks again.
            if watch.try_send(Order::Await { subjects, until }).is_ok() {
                for subject in all.keys() {
                    self.0.entry(subject.clone()).or_default().until = until;
                }
            }
        }
        if !late.is_empty() && watch.try_send(Order::Refresh(late.clone())).is_ok() {
            for subject in late {
                let since = all.get(&subject).copied().unwrap_or_default();
                self.0.entry(subject).or_default().since = since;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use drlab_core::domain::Kind;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(secs)
    }

    fn sent(orders: &mut mpsc::Receiver<Order>) -> Vec<Order> {
        std::iter::from_fn(|| orders.try_recv().ok()).collect()
    }

    #[test]
    fn the_watch_is_asked_when_something_is_new_or_time_runs_out() {
        let (give, mut take) = mpsc::channel(8);
        let mut attention = Attention::default();
        let (one, other) = (Subject::global(Kind::Record, "one"), Subject::global(Kind::Record, "other"));
        attention.turn_to(vec![(one.clone(), at(5))], at(10), &give);
        let first = [Order::Await { subjects: vec![one.clone()], until: at(40) }, Order::Refresh(vec![one.clone()])];
        assert_eq!(sent(&mut take), first);
        for now in 11..30 {
            attention.turn_to(vec![(one.clone(), at(5))], at(now), &give);
        }
        assert_eq!(sent(&mut take), []);
        // A change was answered: what was read before does not do any more.
        attention.turn_to(vec![(one.clone(), at(29))], at(29), &give);
        assert_eq!(sent(&mut take), [Order::Refresh(vec![one.clone()])]);
        attention.turn_to(vec![(one.clone(), at(29)), (other.clone(), at(29))], at(30), &give);
        let both = vec![one.clone(), other.clone()];
        assert_eq!(sent(&mut take), [Order::Await { subjects: both, until: at(60) }, Order::Refresh(vec![other])]);
        attention.turn_to(vec![(one.clone(), at(29))], at(51), &give);
        assert_eq!(sent(&mut take), [Order::Await { subjects: vec![one], until: at(81) }]);
    }

    #[test]
    fn what_the_watch_could_not_take_is_asked_for_again() {
        let (give, mut take) = mpsc::channel(1);
        let mut attention = Attention::default();
        let one = Subject::global(Kind::Record, "one");
        attention.turn_to(vec![(one.clone(), at(5))], at(10), &give);
        assert_eq!(sent(&mut take).len(), 1);
        attention.turn_to(vec![(one.clone(), at(5))], at(11), &give);
        assert_eq!(sent(&mut take), [Order::Refresh(vec![one])]);
    }
}
