//! What CloudWatch rings about in a region.

use super::assessment::Component;
use super::look::Look;
use super::row::Row;
use super::told::listed;
use crate::config::Place;
use crate::domain::fact::Alarm;
use crate::domain::{Kind, Seen, Subject, Verdict};

pub(super) fn alarms(look: Look<'_>, place: Place) -> Option<Component> {
    let region = look.workload.region_of(place)?;
    let mut here: Vec<_> = look.workload.alarms.iter().filter(|alarm| alarm.region == *region).collect();
    if here.is_empty() {
        return None;
    }
    // Whoever opens a hundred and fifty of them looks for those that ring.
    here.sort_by_cached_key(|alarm| {
        match look.see::<Alarm>(&Subject::new(Kind::Alarm, region, &alarm.name)).last().map(|found| found.state.as_str()) {
            Some("ALARM") => 0,
            Some("OK") => 2,
            _ => 1,
        }
    });
    let mut row = Row::new(look, format!("{place}/alarms"), Some(place), "alarms");
    let (mut ringing, mut known, mut silent, mut missing) = (Vec::new(), 0_usize, Vec::new(), Vec::new());
    let mut rang = false;
    for alarm in &here {
        let name = alarm.name.as_str();
        let seen = row.watch::<Alarm>(Subject::new(Kind::Alarm, region, name));
        if let Seen::Missing(_) = seen {
            missing.push(name);
        }
        match seen.last().map(|found| found.state.as_str()) {
            Some("ALARM") => {
                known += 1;
                rang |= seen.now().is_some();
                ringing.push(name);
            }
            Some("OK") => known += 1,
            Some(_) => silent.push(name),
            None => {}
        }
    }
    if known > 0 || !silent.is_empty() {
        row.figure(format_args!("{} of {}", ringing.len(), here.len()));
        #[expect(clippy::cast_precision_loss, reason = "a count of alarms")]
        row.number(ringing.len() as f64, "alarms");
        row.gauge(u32::try_from(ringing.len()).unwrap_or(u32::MAX), u32::try_from(here.len()).unwrap_or(u32::MAX));
    }
    let dark = here.len() - known - missing.len();
    if dark > 0 && dark < here.len() {
        row.figure(format_args!("{dark} unknown"));
    }
    if !ringing.is_empty() {
        let told = if rang { "in alarm" } else { "in alarm when last seen" };
        row.says(if rang { Verdict::Degraded } else { Verdict::Healthy }, format!("{told}: {}", listed(&ringing)));
    }
    if !missing.is_empty() {
        row.figure(format_args!("{} missing", missing.len()));
        row.says(Verdict::Degraded, format!("there is no alarm {}", listed(&missing)));
    }
    if !silent.is_empty() {
        row.doubt(format!("insufficient data: {}", listed(&silent)));
    }
    Some(row.done())
}
