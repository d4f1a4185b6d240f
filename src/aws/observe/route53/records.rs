//! Everything under a few names of a zone, without listing the zone.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_route53::Client;
use aws_sdk_route53::types::{ResourceRecordSet, RrType};
use drlab_core::domain::fact::{Record, RecordSet};
use drlab_core::domain::{Kind, Subject, Trouble};

use super::{NO_ZONE, shapes};
use crate::aws::Clients;
use crate::aws::observe::Findings;
use crate::aws::observe::answers::{Page, endless, existing, serious};
use crate::aws::observe::whole::Whole;

/// So many record sets in a page: enough for the busiest name, and often for the names beside it, which then cost no call of their own.
const SETS_A_PAGE: i32 = 100;
/// More pages than Route 53 lets a name fill; some servers give the same page for ever.
const MOST_PAGES: usize = 20;

/// The sets under a name, by type and set identifier.
type Sets = BTreeMap<(String, Option<String>), RecordSet>;

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Start {
    name: String,
    kind: Option<String>,
    set: Option<String>,
}

/// The walk through a zone: what it has come by, and which names it is done with.
#[derive(Default)]
struct Walk {
    sets: BTreeMap<Spot, Sets>,
    done: BTreeSet<Spot>,
}

pub(in crate::aws::observe) async fn records(clients: &Clients, zone: &str, names: &[String]) -> Result<Findings, Trouble> {
    let spots: BTreeMap<Spot, &String> = names.iter().map(|name| (Spot::of(name), name)).collect();
    let mut walk = Walk::default();
    for (spot, name) in &spots {
        let walked = if walk.done.contains(spot) { Ok(()) } else { walk.under(&clients.route53, zone, spot, name).await };
        if existing(walked)?.is_none() {
            return Ok(Findings::new());
        }
    }
    if let Some((_, lost)) = spots.iter().find(|(spot, _)| !walk.done.contains(spot) && !walk.sets.contains_key(spot)) {
        return Err(endless(&format!("records before {lost}")));
    }
    let found = spots.iter().filter_map(|(spot, name)| {
        let record = Record { name: (*name).clone(), sets: walk.sets.remove(spot)?.into_values().collect() };
        Some((Subject::global(Kind::Record, name), record.into()))
    });
    Ok(found.collect())
}

impl Walk {
    /// Reads from a name on until it is past.
    async fn under(&mut self, route53: &Client, zone: &str, spot: &Spot, name: &str) -> Result<(), Option<Trouble>> {
        let mut start = Start { name: name.to_owned(), kind: None, set: None };
        let mut asked = BTreeSet::from([start.clone()]);
        for _ in 0..MOST_PAGES {
            let page = ask(route53, zone, &start).await?;
            let next = page.next.as_ref().map(|next| Spot::of(&next.name));
            for set in &page.items {
                let here = Spot::of(set.name());
                // The name that the next page goes on with is not done yet.
                if next.as_ref() != Some(&here) {
                    self.done.insert(here.clone());
                }
                let read = shapes::record_set(set);
                self.sets.entry(here).or_default().insert((read.kind.clone(), read.set_identifier.clone()), read);
            }
            if next.is_none_or(|next| next > *spot) {
                self.done.insert(spot.clone());
                return Ok(());
            }
            match page.next {
                Some(next) if asked.insert(next.clone()) => start = next,
                _ => return Ok(()),
            }
        }
        Ok(())
    }
}

async fn ask(route53: &Client, zone: &str, from: &Start) -> Result<Page<ResourceRecordSet, Start>, Option<Trouble>> {
    let request = route53.list_resource_record_sets().hosted_zone_id(zone).max_items(SETS_A_PAGE).start_record_name(&from.name);
    let request = request.set_start_record_type(from.kind.as_deref().map(RrType::from)).set_start_record_identifier(from.set.clone());
    let answer = request.customize().interceptor(Whole).send().await.map_err(|error| serious(&error, NO_ZONE))?;
    let next = answer.next_record_name.filter(|_| answer.is_truncated).map(|name| Start {
        name,
        kind: answer.next_record_type.map(|kind| kind.as_str().to_owned()),
        set: answer.next_record_identifier,
    });
    Ok(Page { items: answer.resource_record_sets, next })
}

/// Where a name stands in Route 53's lists: lower case, odd characters as `\ooo`, sorted with its labels reversed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Spot(String);

impl Spot {
    fn of(name: &str) -> Self {
        let mut text = String::with_capacity(name.len() + 1);
        for label in name.trim_end_matches('.').rsplit('.') {
            for byte in label.bytes() {
                match byte.to_ascii_lowercase() {
                    byte @ (b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'\\') => text.push(char::from(byte)),
                    odd => text.push_str(&format!("\\{odd:03o}")),
                }
            }
            text.push('.');
        }
        Self(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Spot;

    #[test]
    fn one_name_is_one_spot_however_it_is_written() {
        assert_eq!(Spot::of("App.Example.com"), Spot::of("app.example.com."));
        assert_eq!(Spot::of("*.example.com"), Spot::of("\\052.example.com."));
        assert_ne!(Spot::of("app.example.com"), Spot::of("app.example.org"));
    }

    #[test]
    fn spots_stand_in_the_order_of_reversed_labels() {
        let listed = ["example.com", "*.example.com", "a.example.com", "z.a.example.com", "b.example.com", "example.net"];
        assert!(listed.map(Spot::of).is_sorted());
    }

    proptest! {
        #[test]
        fn what_lies_below_a_name_comes_after_it(name in "[a-z]{1,8}(\\.[a-z]{1,8}){0,3}", label in "[a-z0-9_*-]{1,8}") {
            let below = format!("{label}.{name}");
            prop_assert!(Spot::of(&name) < Spot::of(&below));
        }
    }
}
