//! EventBridge's API. There is one bus, the default one.

use drlab_core::domain::Timestamp;

use super::{Counters, Payload, Rule, Target, Trigger};
use crate::doc;
use crate::document::Document;
use crate::world::{Answer, ApiError, Call, World, json, pages};

/// What one entry of PutEvents may weigh, and all of them together.
const LARGEST: usize = 256 * 1024;

/// Refuses every bus but the default one, named plainly or by ARN.
fn check_bus(input: &Document) -> Result<(), ApiError> {
    match input.text("EventBusName")? {
        Some(name) if name != "default" && !name.ends_with(":event-bus/default") => {
            let shown: String = name.chars().take(256).collect();
            Err(ApiError::new("ResourceNotFoundException", 400, format!("Event bus {shown} does not exist.")))
        }
        _ => Ok(()),
    }
}

fn no_such_rule(name: &str) -> ApiError {
    let shown: String = name.chars().take(64).collect();
    ApiError::new("ResourceNotFoundException", 400, format!("Rule {shown} does not exist on EventBus default."))
}

fn find<'w>(world: &'w mut World, call: &Call, member: &str) -> Result<&'w mut Rule, ApiError> {
    check_bus(&call.input)?;
    let name = call.input.need(member)?;
    world.here_mut(&call.region)?.events.rules.get_mut(name).ok_or_else(|| no_such_rule(name))
}

/// A page of `all` after the name in `NextToken`, and the token of the next one.
fn page<'a, T>(call: &Call, all: impl Iterator<Item = (&'a str, T)>) -> Result<(Vec<T>, Option<String>), ApiError> {
    let limit = match call.input.int("Limit")? {
        None => 100,
        Some(limit @ 1..=100) => usize::try_from(limit).unwrap_or(100),
        Some(limit) => {
            return Err(ApiError::validation(format!(
                "1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: Member must have value between 1 and 100"
            )));
        }
    };
    let page = pages::page(&call.operation, all.collect(), |(name, _)| (*name).to_owned(), call.input.text("NextToken")?, limit);
    let (shown, next) = page.ok_or_else(|| ApiError::validation("Parameter NextToken is not valid. Reason: The token is not valid."))?;
    Ok((shown.into_iter().map(|(_, one)| one).collect(), next))
}

fn shown(world: &World, call: &Call, rule: &Rule) -> Document {
    doc! {
        "Name": &rule.name,
        "Arn": world.arn("events", &call.region, &format!("rule/{}", rule.name)),
        "EventPattern": rule.trigger.pattern.as_ref().map(|(text, _)| text.clone()),
        "ScheduleExpression": rule.trigger.schedule.as_ref().map(|(text, _)| text.clone()),
        "State": if rule.enabled { "ENABLED" } else { "DISABLED" },
        "Description": rule.description.clone(),
        "RoleArn": rule.role.clone(),
        "EventBusName": "default",
    }
}

pub(super) fn list_rules(world: &mut World, call: &Call) -> Answer {
    check_bus(&call.input)?;
    let prefix = call.input.text("NamePrefix")?.unwrap_or("");
    let rules = world.here(&call.region)?.events.rules.values();
    let (rules, next) = page(call, rules.filter(|rule| rule.name.starts_with(prefix)).map(|rule| (rule.name.as_str(), rule)))?;
    let rules: Vec<_> = rules.into_iter().map(|rule| shown(world, call, rule)).collect();
    Ok(doc! { "Rules": Document::list(rules), "NextToken": next }.into())
}

pub(super) fn describe_rule(world: &mut World, call: &Call) -> Answer {
    let rule = find(world, call, "Name")?.clone();
    let mut described = shown(world, call, &rule);
    described.set("CreatedBy", world.account.as_str());
    Ok(described.into())
}

pub(super) fn list_targets_by_rule(world: &mut World, call: &Call) -> Answer {
    let mut targets = find(world, call, "Rule")?.targets.clone();
    targets.sort_by(|left, right| left.id.cmp(&right.id));
    let (targets, next) = page(call, targets.iter().map(|target| (target.id.as_str(), target)))?;
    let targets = targets.into_iter().map(|target| {
        let mut shown = doc! { "Id": &target.id, "Arn": &target.arn, "RoleArn": target.role.clone() };
        match &target.payload {
            Payload::Event => {}
            Payload::Constant(text) => shown.set("Input", text),
            Payload::Path(path) => shown.set("InputPath", path),
            Payload::Template { paths, template } => {
                let paths = Document::Map(paths.iter().map(|(name, path)| (name.clone(), path.into())).collect());
                shown.set("InputTransformer", doc! { "InputPathsMap": paths, "InputTemplate": template });
            }
        }
        shown
    });
    Ok(doc! { "Targets": Document::list(targets), "NextToken": next }.into())
}

pub(super) fn list_event_buses(world: &mut World, call: &Call) -> Answer {
    let prefix = call.input.text("NamePrefix")?.unwrap_or("");
    let bus = doc! {
        "Name": "default",
        "Arn": world.arn("events", &call.region, "event-bus/default"),
        "CreationTime": world.started(),
        "LastModifiedTime": world.started(),
    };
    let (buses, next) = page(call, "default".starts_with(prefix).then_some(("default", bus)).into_iter())?;
    Ok(doc! { "EventBuses": Document::list(buses), "NextToken": next }.into())
}

fn switch(world: &mut World, call: &Call, on: bool) -> Answer {
    let rule = find(world, call, "Name")?;
    rule.enabled = on;
    let name = rule.name.clone();
    world.truth.note(world.now(), Some(&call.region), "events", &name, if on { "enabled" } else { "disabled" });
    Ok(Document::Null.into())
}

pub(super) fn enable_rule(world: &mut World, call: &Call) -> Answer {
    switch(world, call, true)
}

pub(super) fn disable_rule(world: &mut World, call: &Call) -> Answer {
    switch(world, call, false)
}

pub(super) fn put_rule(world: &mut World, call: &Call) -> Answer {
    check_bus(&call.input)?;
    let name = call.input.need("Name")?;
    let legal = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    if !legal || !(1..=64).contains(&name.len()) {
        let shown: String = name.chars().take(80).collect();
        return Err(ApiError::validation(format!(
            "1 validation error detected: Value '{shown}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+"
        )));
    }
    let trigger = Trigger::parse(call.input.text("ScheduleExpression")?, call.input.text("EventPattern")?)?;
    let enabled = match call.input.text("State")? {
        None | Some("ENABLED" | "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS") => true,
        Some("DISABLED") => false,
        Some(_) => return Err(ApiError::validation("1 validation error detected: Value at 'state' failed to satisfy constraint")),
    };
    let description = call.input.text("Description")?.map(str::to_owned);
    let role = call.input.text("RoleArn")?.map(str::to_owned);
    let (arn, now) = (world.arn("events", &call.region, &format!("rule/{name}")), world.now());
    let rules = &mut world.here_mut(&call.region)?.events.rules;
    // A rule that is put again keeps its targets, and its rhythm where that has not changed.
    let old = rules.remove(name);
    let rhythm = |rule: &Rule| rule.trigger.schedule.as_ref().map(|(text, _)| text.clone());
    let kept = old.as_ref().is_some_and(|old| rhythm(old) == trigger.schedule.as_ref().map(|(text, _)| text.clone()));
    let created: Timestamp = old.as_ref().filter(|_| kept).map_or(now, |old| old.created);
    let (targets, counters) = old.map_or_else(|| (Vec::new(), Counters::default()), |old| (old.targets, old.counters));
    rules.insert(name.to_owned(), Rule { name: name.to_owned(), description, role, enabled, created, trigger, targets, counters });
    Ok(doc! { "RuleArn": arn }.into())
}

fn target(given: &Document) -> Result<Target, ApiError> {
    let (id, arn) = (given.need("Id")?, given.need("Arn")?);
    if !arn.starts_with("arn:") || id.is_empty() || id.len() > 64 {
        return Err(ApiError::validation(format!("Parameter {arn} is not valid. Reason: Provided Arn is not in correct format.")));
    }
    let (input, path, transformer) = (given.text("Input")?, given.text("InputPath")?, given.get("InputTransformer"));
    let payload = match (input, path, transformer) {
        (None, None, None) => Payload::Event,
        (Some(text), None, None) if json::parse(text).is_some() => Payload::Constant(text.to_owned()),
        (Some(_), None, None) => return Err(ApiError::validation(format!("Invalid Input for target {id}: JSON syntax error"))),
        (None, Some(path), None) => Payload::Path(path.to_owned()),
        (None, None, Some(transformer)) => Payload::Template {
            paths: transformer
                .members("InputPathsMap")
                .iter()
                .filter_map(|(name, path)| Some((name.clone(), path.as_text()?.to_owned())))
                .collect(),
            template: transformer.need("InputTemplate")?.to_owned(),
        },
        _ => {
            return Err(ApiError::validation(format!(
                "Only one of Input, InputPath, or InputTransformer must be provided for target {id}."
            )));
        }
    };
    Ok(Target { id: id.to_owned(), arn: arn.to_owned(), role: given.text("RoleArn")?.map(str::to_owned), payload })
}

pub(super) fn put_targets(world: &mut World, call: &Call) -> Answer {
    let new = call.input.items("Targets", "member").into_iter().map(target).collect::<Result<Vec<_>, _>>()?;
    if new.is_empty() {
        return Err(ApiError::missing("Targets"));
    }
    let rule = find(world, call, "Rule")?;
    let mut targets = rule.targets.clone();
    for target in new {
        match targets.iter_mut().find(|known| known.id == target.id) {
            Some(known) => *known = target,
            None => targets.push(target),
        }
    }
    if targets.len() > 5 {
        return Err(ApiError::new("LimitExceededException", 400, "The requested resource exceeds the maximum number allowed."));
    }
    rule.targets = targets;
    Ok(doc! { "FailedEntryCount": 0, "FailedEntries": Document::list(Vec::<Document>::new()) }.into())
}

/// One entry as an event, or what is wrong with it.
fn event(entry: &Document) -> Result<Document, (&'static str, String)> {
    let text = |member: &str| entry.get(member).and_then(Document::as_text).filter(|text| !text.is_empty());
    let need = |member: &str| {
        text(member)
            .ok_or_else(|| ("InvalidArgument", format!("Parameter {member} is not valid. Reason: {member} is a required argument.")))
    };
    let (source, kind, detail) = (need("Source")?, need("DetailType")?, need("Detail")?);
    if source.starts_with("aws.") {
        return Err(("NotAuthorizedForSourceException", "Not authorized for the source.".to_owned()));
    }
    if check_bus(entry).is_err() {
        return Err(("InvalidArgument", "Parameter EventBusName is not valid. Reason: the bus does not exist.".to_owned()));
    }
    let Some(detail @ Document::Map(_)) = json::parse(detail) else {
        return Err(("MalformedDetail", "Detail is malformed.".to_owned()));
    };
    Ok(doc! {
        "source": source,
        "detail-type": kind,
        "detail": detail,
        "resources": Document::list(entry.texts("Resources", "member")),
        "time": entry.get("Time").and_then(Document::as_time),
    })
}

pub(super) fn put_events(world: &mut World, call: &Call) -> Answer {
    let entries = call.input.items("Entries", "member");
    if !(1..=10).contains(&entries.len()) {
        return Err(ApiError::validation(
            "1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length between 1 and 10",
        ));
    }
    let size = |entry: &Document| {
        ["Detail", "DetailType", "Source"].iter().filter_map(|name| entry.get(name)?.as_text()).map(str::len).sum::<usize>()
    };
    if entries.iter().map(|entry| size(entry)).sum::<usize>() > LARGEST {
        return Err(ApiError::validation("Total size of the entries in the request is over the limit."));
    }
    let (mut results, mut failed) = (Vec::new(), 0);
    for entry in entries {
        results.push(match event(entry) {
            Ok(event) => doc! { "EventId": super::emit(world, &call.region, event) },
            Err((code, message)) => {
                failed += 1;
                doc! { "ErrorCode": code, "ErrorMessage": message }
            }
        });
    }
    Ok(doc! { "FailedEntryCount": failed, "Entries": Document::list(results) }.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::testing::{ask, east, world};

    fn put(world: &mut World, name: &str, schedule: &str) -> Answer {
        ask(world, &east(), "events", "PutRule", doc! { "Name": name, "ScheduleExpression": schedule })
    }

    #[test]
    fn rules_are_put_listed_and_switched() {
        let mut world = world();
        for name in ["dr-a", "dr-b", "other"] {
            put(&mut world, name, "rate(1 minute)").unwrap();
        }
        let first = ask(&mut world, &east(), "events", "ListRules", doc! { "NamePrefix": "dr-", "Limit": 1 }).unwrap().body;
        assert_eq!(first.items("Rules", "member")[0].need("Name").unwrap(), "dr-a");
        let token = first.need("NextToken").unwrap();
        let second =
            ask(&mut world, &east(), "events", "ListRules", doc! { "NamePrefix": "dr-", "Limit": 1, "NextToken": token }).unwrap().body;
        assert_eq!(second.items("Rules", "member")[0].need("Name").unwrap(), "dr-b");
        assert_eq!(second.get("NextToken"), None);
        ask(&mut world, &east(), "events", "DisableRule", doc! { "Name": "dr-a" }).unwrap();
        let described = ask(&mut world, &east(), "events", "DescribeRule", doc! { "Name": "dr-a" }).unwrap().body;
        assert_eq!(described.need("State").unwrap(), "DISABLED");
        assert_eq!(ask(&mut world, &east(), "events", "EnableRule", doc! { "Name": "no" }).unwrap_err().code, "ResourceNotFoundException");
        assert!(put(&mut world, "bad", "rate(1 minutes)").is_err());
        assert!(put(&mut world, "bad name", "rate(1 minute)").is_err());
    }

    #[test]
    fn targets_are_put_and_listed() {
        let mut world = world();
        put(&mut world, "r", "rate(1 minute)").unwrap();
        let target = |id: &str, input: &str| doc! { "Id": id, "Arn": "arn:aws:lambda:us-east-1:123456789012:function:f", "Input": input };
        let put = |target: Document| doc! { "Rule": "r", "Targets": Document::list([target]) };
        ask(&mut world, &east(), "events", "PutTargets", put(target("a", "{}"))).unwrap();
        ask(&mut world, &east(), "events", "PutTargets", put(target("a", "{\"x\":1}"))).unwrap();
        assert!(ask(&mut world, &east(), "events", "PutTargets", put(target("b", "{"))).is_err());
        let listed = ask(&mut world, &east(), "events", "ListTargetsByRule", doc! { "Rule": "r" }).unwrap().body;
        let targets = listed.items("Targets", "member");
        assert_eq!((targets.len(), targets[0].need("Input").unwrap()), (1, "{\"x\":1}"));
    }

    #[test]
    fn entries_are_judged_one_by_one() {
        let mut world = world();
        let entry = |source: &str, detail: &str| doc! { "Source": source, "DetailType": "t", "Detail": detail };
        let input = doc! { "Entries": Document::list([entry("dr.console", "{}"), entry("aws.rds", "{}"), entry("dr.console", "[")]) };
        let body = ask(&mut world, &east(), "events", "PutEvents", input).unwrap().body;
        assert_eq!(body.int("FailedEntryCount").unwrap(), Some(2));
        let entries = body.items("Entries", "member");
        assert!(entries[0].get("EventId").is_some());
        assert_eq!(entries[1].need("ErrorCode").unwrap(), "NotAuthorizedForSourceException");
        assert_eq!(entries[2].need("ErrorCode").unwrap(), "MalformedDetail");
        assert!(ask(&mut world, &east(), "events", "PutEvents", doc! {}).is_err());
    }
}
