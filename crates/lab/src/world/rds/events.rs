//! What RDS tells about its databases, kept for two weeks.

use std::time::Duration;

use drlab_core::domain::{Region, Timestamp};

use super::super::{Answer, Call, World};
use super::arn::{combination, invalid, name_of};
use super::page::{listing, page};
use crate::doc;
use crate::document::Document;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Instance,
    Cluster,
    Snapshot,
    ClusterSnapshot,
    ParameterGroup,
}

impl Source {
    const fn name(self) -> &'static str {
        match self {
            Self::Instance => "db-instance",
            Self::Cluster => "db-cluster",
            Self::Snapshot => "db-snapshot",
            Self::ClusterSnapshot => "db-cluster-snapshot",
            Self::ParameterGroup => "db-parameter-group",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Event {
    pub at: Timestamp,
    pub source: Source,
    pub id: String,
    pub arn: String,
    pub category: &'static str,
    pub message: String,
}

/// The newest of a region; a busy lab forgets the older ones before AWS would.
const KEPT: usize = 2000;

pub(super) fn tell(world: &mut World, region: &Region, source: Source, id: &str, arn: String, category: &'static str, message: String) {
    let at = world.now();
    let Some(here) = world.regional.get_mut(region) else { return };
    let events = &mut here.rds.events;
    if events.len() == KEPT {
        events.pop_front();
    }
    events.push_back(Event { at, source, id: id.to_owned(), arn, category, message });
}

pub(super) fn describe_events(world: &mut World, call: &Call) -> Answer {
    let input = &call.input;
    let now = world.now();
    let kind = input.text("SourceType")?;
    let of = input.text("SourceIdentifier")?.map(name_of);
    if of.is_some() && kind.is_none() {
        return Err(combination("A value for SourceType must be specified when SourceIdentifier is specified."));
    }
    let known = ["db-instance", "db-parameter-group", "db-security-group", "db-snapshot", "db-cluster", "db-cluster-snapshot"];
    if let Some(kind) = kind
        && !known.contains(&kind)
    {
        return Err(invalid(format!("Invalid value for SourceType: {kind}")));
    }
    let minutes = u64::try_from(input.int("Duration")?.unwrap_or(60)).map_err(|_| invalid("Duration must not be negative"))?;
    let until = input.time("EndTime")?.unwrap_or(now);
    let from = input.time("StartTime")?.unwrap_or(until - Duration::from_secs(minutes.saturating_mul(60)));
    if from > until {
        return Err(combination("The specified StartTime must be before EndTime."));
    }
    let categories = input.texts("EventCategories", "EventCategory");
    let kept = now - Duration::from_secs(14 * 86_400);
    let rows = world.here(&call.region)?.rds.events.iter().enumerate().filter(|(_, event)| {
        event.at >= from.max(kept)
            && event.at <= until
            && kind.is_none_or(|kind| kind == event.source.name())
            && of.as_ref().is_none_or(|id| *id == event.id)
            && (categories.is_empty() || categories.contains(&event.category))
    });
    // Events arrive in order; the second part of the key tells those of one instant apart.
    let rows = rows.map(|(nth, event)| (format!("{:020} {nth:06}", event.at.millis()), event)).collect();
    let (part, marker) = page(input, rows)?;
    let events = part.into_iter().map(|event| {
        doc! {
            "SourceIdentifier": &event.id,
            "SourceType": event.source.name(),
            "Message": &event.message,
            "EventCategories": Document::list_of("EventCategory", [event.category]),
            "Date": event.at,
            "SourceArn": &event.arn,
        }
    });
    Ok(listing("Events", "Event", events.collect(), marker).into())
}

#[cfg(test)]
mod tests {
    use super::super::Engine;
    use super::super::fixture::*;
    use crate::doc;
    use crate::world::testing::{east, live};

    #[test]
    fn events_are_found_by_source_and_time() {
        let mut world = pair(Engine::Postgres);
        done(&mut world, &east(), "RebootDBInstance", doc! { "DBInstanceIdentifier": SOURCE });
        until(&mut world, &east(), SOURCE, "available");
        let of = || doc! { "SourceIdentifier": SOURCE, "SourceType": "db-instance" };
        let messages = |shown: &crate::document::Document| -> Vec<String> {
            shown.items("Events", "Event").iter().map(|event| event.need("Message").unwrap().to_owned()).collect()
        };
        assert_eq!(messages(&done(&mut world, &east(), "DescribeEvents", of())), ["DB instance shutdown", "DB instance restarted"]);
        live(&mut world, 3700);
        assert!(messages(&done(&mut world, &east(), "DescribeEvents", of())).is_empty(), "an hour, unless told otherwise");
        let mut longer = of();
        longer.set("Duration", 120);
        assert_eq!(messages(&done(&mut world, &east(), "DescribeEvents", longer)).len(), 2);
        assert_eq!(refused(&mut world, &east(), "DescribeEvents", doc! { "SourceIdentifier": SOURCE }), "InvalidParameterCombination");
    }
}
