//! Lifecycle configurations as clients write and read them.

use super::filter::{Filter, enabled, is_enabled, malformed};
use super::lifecycle::{Lifecycle, LifecycleRule, Noncurrent, NoncurrentTransition, Transition, When, midnight};
use super::request::{body, configure, invalid, open};
use super::version::StorageClass;
use crate::doc;
use crate::document::Document;
use crate::world::{Answer, ApiError, Call, Reply, World};

const MOST_RULES: usize = 1000;
const MINIMUM_SIZE: &str = "x-amz-transition-default-minimum-object-size";

pub(super) fn get_bucket_lifecycle_configuration(world: &mut World, call: &Call) -> Answer {
    let bucket = open(world, call)?;
    let Some(lifecycle) = &bucket.lifecycle else {
        return Err(ApiError::new("NoSuchLifecycleConfiguration", 404, "The lifecycle configuration does not exist")
            .member("BucketName", &bucket.name));
    };
    let told = doc! { "Rule": Document::flat(lifecycle.rules.iter().map(tell)) };
    Ok(Reply::from(told).header(MINIMUM_SIZE, minimum_size(lifecycle)))
}

pub(super) fn put_bucket_lifecycle_configuration(world: &mut World, call: &Call) -> Answer {
    let (now, chance) = (world.now, world.chance);
    let bucket = configure(world, call)?;
    let archives_small = match call.input.text("TransitionDefaultMinimumObjectSize")? {
        None | Some("all_storage_classes_128K") => false,
        Some("varies_by_storage_class") => true,
        Some(other) => return Err(invalid(MINIMUM_SIZE, other, "Invalid value for the default minimum object size")),
    };
    let rules = body(call, "LifecycleConfiguration")?.items("Rule", "Rule");
    if rules.is_empty() || rules.len() > MOST_RULES {
        return Err(malformed());
    }
    let mut lifecycle = Lifecycle { rules: Vec::new(), archives_small };
    for (nth, rule) in rules.into_iter().enumerate() {
        let rule = read(rule, || chance.hex(("s3-lifecycle-rule", &bucket.name, nth), 32))?;
        if lifecycle.rules.iter().any(|other| other.id == rule.id) {
            return Err(invalid("ID", &rule.id, "Rule ID must be unique. Found same ID for more than one rule"));
        }
        lifecycle.rules.push(rule);
    }
    let became = if lifecycle.rules.iter().any(|rule| rule.enabled) { "lifecycle on" } else { "lifecycle off" };
    let size = minimum_size(&lifecycle);
    bucket.lifecycle = Some(lifecycle);
    let (region, name) = (bucket.region.clone(), bucket.name.clone());
    world.truth.note(now, Some(&region), "s3", &name, became);
    Ok(Reply::default().header(MINIMUM_SIZE, size))
}

const fn minimum_size(lifecycle: &Lifecycle) -> &'static str {
    if lifecycle.archives_small { "varies_by_storage_class" } else { "all_storage_classes_128K" }
}

/// A number of days, at least `least`.
fn days(of: &Document, name: &str, least: u32) -> Result<Option<u32>, ApiError> {
    let Some(count) = of.int(name)? else { return Ok(None) };
    u32::try_from(count)
        .ok()
        .filter(|count| *count >= least)
        .map(Some)
        .ok_or_else(|| invalid(name, &count.to_string(), &format!("'{name}' for lifecycle action must be a positive integer")))
}

fn when(of: &Document, least: u32) -> Result<Option<When>, ApiError> {
    match (days(of, "Days", least)?, of.time("Date")?) {
        (Some(_), Some(_)) => Err(malformed()),
        (Some(days), None) => Ok(Some(When::Days(days))),
        (None, Some(date)) if midnight(date) != date => Err(invalid("Date", &date.to_string(), "'Date' must be at midnight GMT")),
        (None, date) => Ok(date.map(When::Date)),
    }
}

fn class(of: &Document) -> Result<StorageClass, ApiError> {
    let class = of.text("StorageClass")?.and_then(StorageClass::parse);
    class.filter(|class| !matches!(class, StorageClass::Standard | StorageClass::ReducedRedundancy)).ok_or_else(malformed)
}

/// How long an object must have been Standard before it may move to a class: the infrequent ones ask for 30 days.
const fn least_days(class: StorageClass) -> u32 {
    if matches!(class, StorageClass::StandardIa | StorageClass::OneZoneIa) { 30 } else { 0 }
}

fn noncurrent(of: &Document, least: u32) -> Result<Noncurrent, ApiError> {
    let days = days(of, "NoncurrentDays", least)?.ok_or_else(malformed)?;
    let newer = self::days(of, "NewerNoncurrentVersions", 1)?;
    Ok(Noncurrent { days, newer })
}

fn read(rule: &Document, invented: impl Fn() -> String) -> Result<LifecycleRule, ApiError> {
    let mut transitions = Vec::new();
    for told in rule.items("Transition", "Transition") {
        let class = class(told)?;
        let when = when(told, 0)?.ok_or_else(malformed)?;
        let least = least_days(class);
        if matches!(when, When::Days(days) if days < least) {
            let said = format!("'Days' in Transition action must be greater than or equal to {least} for storageClass '{}'", class.name());
            return Err(ApiError::new("InvalidArgument", 400, said));
        }
        transitions.push(Transition { when, class });
    }
    let mut noncurrent_transitions = Vec::new();
    for told in rule.items("NoncurrentVersionTransition", "NoncurrentVersionTransition") {
        let class = class(told)?;
        noncurrent_transitions.push(NoncurrentTransition { after: noncurrent(told, least_days(class))?, class });
    }
    let expiration = rule.get("Expiration");
    let read = LifecycleRule {
        id: rule.text("ID")?.filter(|id| !id.is_empty()).map_or_else(invented, str::to_owned),
        enabled: is_enabled(rule, "Status")?,
        filter: Filter::read(rule)?,
        transitions,
        expires: expiration.map_or(Ok(None), |expiration| when(expiration, 1))?,
        drops_bare_markers: expiration.map_or(Ok(None), |expiration| expiration.bool("ExpiredObjectDeleteMarker"))?,
        noncurrent_transitions,
        noncurrent_expires: rule.get("NoncurrentVersionExpiration").map(|told| noncurrent(told, 1)).transpose()?,
        abort_uploads: rule.get("AbortIncompleteMultipartUpload").map_or(Ok(None), |abort| days(abort, "DaysAfterInitiation", 1))?,
    };
    if read.expires.is_some() && read.drops_bare_markers.is_some() {
        return Err(malformed());
    }
    let does = !read.transitions.is_empty()
        || !read.noncurrent_transitions.is_empty()
        || read.expires.is_some()
        || read.drops_bare_markers.is_some()
        || read.noncurrent_expires.is_some()
        || read.abort_uploads.is_some();
    if does { Ok(read) } else { Err(ApiError::new("InvalidRequest", 400, "At least one action needs to be specified in a rule")) }
}

fn tell(rule: &LifecycleRule) -> Document {
    let (mut told, dated) = (doc! { "ID": &rule.id }, |when: When| match when {
        When::Days(days) => doc! { "Days": days },
        When::Date(date) => doc! { "Date": date },
    });
    rule.filter.tell(&mut told);
    told.set("Status", enabled(rule.enabled));
    if !rule.transitions.is_empty() {
        let transitions = rule.transitions.iter().map(|transition| {
            let mut told = dated(transition.when);
            told.set("StorageClass", transition.class.name());
            told
        });
        told.set("Transition", Document::flat(transitions));
    }
    if rule.expires.is_some() || rule.drops_bare_markers.is_some() {
        let mut expiration = rule.expires.map_or_else(|| doc! {}, dated);
        if let Some(drops) = rule.drops_bare_markers {
            expiration.set("ExpiredObjectDeleteMarker", drops);
        }
        told.set("Expiration", expiration);
    }
    let superseded = |after: Noncurrent| doc! { "NoncurrentDays": after.days, "NewerNoncurrentVersions": after.newer };
    if !rule.noncurrent_transitions.is_empty() {
        let transitions = rule.noncurrent_transitions.iter().map(|transition| {
            let mut told = superseded(transition.after);
            told.set("StorageClass", transition.class.name());
            told
        });
        told.set("NoncurrentVersionTransition", Document::flat(transitions));
    }
    if let Some(after) = rule.noncurrent_expires {
        told.set("NoncurrentVersionExpiration", superseded(after));
    }
    if let Some(days) = rule.abort_uploads {
        told.set("AbortIncompleteMultipartUpload", doc! { "DaysAfterInitiation": days });
    }
    told
}
