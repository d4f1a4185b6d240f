//! Parameter groups. The one that matters most here makes a database refuse writes: a fence that needs no network.

use std::collections::BTreeMap;

use drlab_core::domain::Region;

use super::super::{Answer, ApiError, Call, World};
use super::arn::{combination, invalid, name_of};
use super::events::{self, Source};
use super::instance::instance_mut;
use super::page::{Filters, listing, page};
use crate::doc;
use crate::document::Document;

#[derive(Clone, Debug)]
pub struct ParameterGroup {
    pub name: String,
    pub family: String,
    pub description: String,
    /// What somebody set, with how it is applied; all else is the engine's default.
    pub values: BTreeMap<String, (String, ApplyMethod)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplyMethod {
    Immediate,
    PendingReboot,
}

impl ApplyMethod {
    const fn name(self) -> &'static str {
        match self {
            Self::Immediate => "immediate",
            Self::PendingReboot => "pending-reboot",
        }
    }
}

/// A parameter an engine knows. The lab lists those that operators touch.
struct Known {
    name: &'static str,
    default: Option<&'static str>,
    /// Changes without a restart.
    dynamic: bool,
    kind: &'static str,
    allowed: &'static str,
    description: &'static str,
}

const fn known(
    name: &'static str,
    default: Option<&'static str>,
    dynamic: bool,
    kind: &'static str,
    allowed: &'static str,
    description: &'static str,
) -> Known {
    Known { name, default, dynamic, kind, allowed, description }
}

const POSTGRES: &[Known] = &[
    known("default_transaction_read_only", None, true, "boolean", "0,1", "Sets the default read-only status of new transactions."),
    known("log_min_duration_statement", None, true, "integer", "-1-2147483647", "(ms) Sets the minimum execution time to log."),
    known(
        "max_connections",
        Some("LEAST({DBInstanceClassMemory/9531392},5000)"),
        false,
        "integer",
        "6-262143",
        "Sets the maximum number of concurrent connections.",
    ),
    known(
        "max_standby_streaming_delay",
        Some("30000"),
        true,
        "integer",
        "-1-2147483647",
        "(ms) Maximum delay before canceling queries of a standby.",
    ),
    known("rds.force_ssl", Some("1"), true, "boolean", "0,1", "Force SSL connections."),
    known("rds.logical_replication", None, false, "boolean", "0,1", "Enables logical decoding."),
    known(
        "shared_buffers",
        Some("{DBInstanceClassMemory/32768}"),
        false,
        "integer",
        "16-1073741823",
        "(8kB) Sets the number of shared memory buffers.",
    ),
    known("statement_timeout", None, true, "integer", "0-2147483647", "(ms) Sets the maximum allowed duration of any statement."),
];

const MYSQL: &[Known] = &[
    known("binlog_format", Some("ROW"), true, "string", "ROW,STATEMENT,MIXED", "Binary logging format for replication."),
    known("innodb_flush_log_at_trx_commit", Some("1"), true, "integer", "0-2", "Determines durability of the InnoDB log."),
    known(
        "max_connections",
        Some("{DBInstanceClassMemory/12582880}"),
        true,
        "integer",
        "1-100000",
        "The number of simultaneous client connections allowed.",
    ),
    known("performance_schema", Some("0"), false, "boolean", "0,1", "Enables or disables the Performance Schema."),
    known(
        "read_only",
        Some("{TrueIfReplica}"),
        true,
        "boolean",
        "0,1,{TrueIfReplica}",
        "When it is enabled, the server permits no updates except from updates performed by replica threads.",
    ),
    known("sync_binlog", Some("1"), true, "integer", "0-4294967295", "Sync binlog to disk after every #th event."),
];

fn known_to(family: &str) -> &'static [Known] {
    if family.contains("postgres") { POSTGRES } else { MYSQL }
}

/// The group of this name, made if it is not there, as the values that an instance starts with.
pub(super) fn ensure(world: &mut World, region: &Region, name: &str, family: &str) -> BTreeMap<String, String> {
    let Some(here) = world.regional.get_mut(region) else { return BTreeMap::new() };
    let group = here.rds.parameter_groups.entry(name.to_owned()).or_insert_with(|| ParameterGroup {
        name: name.to_owned(),
        family: family.to_owned(),
        description: if name.starts_with("default.") { format!("Default parameter group for {family}") } else { name.to_owned() },
        values: BTreeMap::new(),
    });
    values(group)
}

fn values(group: &ParameterGroup) -> BTreeMap<String, String> {
    group.values.iter().map(|(name, (value, _))| (name.clone(), value.clone())).collect()
}

/// A restart brings the group's values into force.
pub(super) fn reload(world: &mut World, region: &Region, id: &str) {
    let Some(here) = world.regional.get_mut(region) else { return };
    let Some(instance) = here.rds.instances.get_mut(id) else { return };
    if let Some(group) = here.rds.parameter_groups.get(&instance.parameter_group) {
        instance.parameters = values(group);
        instance.parameters_await_reboot = false;
    }
}

fn group<'w>(world: &'w World, region: &Region, text: &str) -> Result<&'w ParameterGroup, ApiError> {
    let name = name_of(text);
    let missing = || ApiError::new("DBParameterGroupNotFound", 404, format!("DBParameterGroup not found: {name}"));
    world.here(region)?.rds.parameter_groups.get(&name).ok_or_else(missing)
}

pub(super) fn describe_groups(world: &mut World, call: &Call) -> Answer {
    let (input, region) = (&call.input, &call.region);
    Filters::read(input, &[])?;
    let groups: Vec<&ParameterGroup> = match input.text("DBParameterGroupName")? {
        Some(name) => vec![group(world, region, name)?],
        None => world.here(region)?.rds.parameter_groups.values().collect(),
    };
    let (part, marker) = page(input, groups.into_iter().map(|group| (group.name.clone(), group)).collect())?;
    let groups = part.into_iter().map(|group| {
        doc! {
            "DBParameterGroupName": &group.name,
            "DBParameterGroupFamily": &group.family,
            "Description": &group.description,
            "DBParameterGroupArn": world.arn("rds", region, &format!("pg:{}", group.name)),
        }
    });
    Ok(listing("DBParameterGroups", "DBParameterGroup", groups.collect(), marker).into())
}

pub(super) fn describe_parameters(world: &mut World, call: &Call) -> Answer {
    let (input, region) = (&call.input, &call.region);
    let filters = Filters::read(input, &["parameter-name"])?;
    let group = group(world, region, input.need("DBParameterGroupName")?)?;
    let wanted = input.text("Source")?;
    let source = |known: &Known| match (group.values.contains_key(known.name), known.default) {
        (true, _) => "user",
        (false, Some(_)) => "system",
        (false, None) => "engine-default",
    };
    let rows = known_to(&group.family)
        .iter()
        .filter(|known| filters.pass("parameter-name", known.name) && wanted.is_none_or(|wanted| wanted == source(known)))
        .map(|known| (known.name.to_owned(), known))
        .collect();
    let (part, marker) = page(input, rows)?;
    let parameters = part.into_iter().map(|known| {
        let set = group.values.get(known.name);
        doc! {
            "ParameterName": known.name,
            "ParameterValue": set.map(|(value, _)| value.as_str()).or(known.default),
            "Description": known.description,
            "Source": source(known),
            "ApplyType": if known.dynamic { "dynamic" } else { "static" },
            "DataType": known.kind,
            "AllowedValues": known.allowed,
            "IsModifiable": true,
            "ApplyMethod": set.map_or("pending-reboot", |(_, method)| method.name()),
        }
    });
    Ok(listing("Parameters", "Parameter", parameters.collect(), marker).into())
}

pub(super) fn modify_group(world: &mut World, call: &Call) -> Answer {
    let (input, region) = (&call.input, &call.region);
    let group = group(world, region, input.need("DBParameterGroupName")?)?;
    let name = group.name.clone();
    if name.starts_with("default.") {
        return Err(invalid(format!("Cannot modify a default parameter group: {name}")));
    }
    let asked = input.items("Parameters", "Parameter");
    if asked.is_empty() || asked.len() > 20 {
        return Err(invalid("Between 1 and 20 parameters can be modified in a single request."));
    }
    let mut changes = Vec::new();
    for parameter in asked {
        changes.push(change(known_to(&group.family), parameter)?);
    }
    let here = world.here_mut(region)?;
    if let Some(group) = here.rds.parameter_groups.get_mut(&name) {
        group.values.extend(changes.iter().map(|(name, value, method)| (name.clone(), (value.clone(), *method))));
    }
    let members: Vec<String> =
        here.rds.instances.values().filter(|instance| instance.parameter_group == name).map(|instance| instance.id.clone()).collect();
    for id in members {
        let Some(instance) = instance_mut(world, region, &id) else { continue };
        for (parameter, value, method) in &changes {
            // A group that itself still waits for a reboot is not in force, so neither is a change of it.
            if *method == ApplyMethod::Immediate && !instance.parameters_await_reboot {
                instance.parameters.insert(parameter.clone(), value.clone());
            } else {
                instance.parameters_await_reboot = true;
            }
        }
    }
    let arn = world.arn("rds", region, &format!("pg:{name}"));
    for (parameter, value, method) in &changes {
        let message = format!("Updated parameter {parameter} to {value} with apply method {}", method.name());
        events::tell(world, region, Source::ParameterGroup, &name, arn.clone(), "configuration change", message);
    }
    Ok(doc! { "DBParameterGroupName": name }.into())
}

fn change(known: &[Known], parameter: &Document) -> Result<(String, String, ApplyMethod), ApiError> {
    let name = parameter.need("ParameterName")?;
    let value = parameter.need("ParameterValue")?;
    let known =
        known.iter().find(|known| known.name == name).ok_or_else(|| invalid(format!("Could not find parameter with name: {name}")))?;
    let method = match parameter.text("ApplyMethod")?.unwrap_or("pending-reboot") {
        "immediate" if !known.dynamic => {
            return Err(combination(format!("cannot use immediate apply method for static parameter {name}")));
        }
        "immediate" => ApplyMethod::Immediate,
        "pending-reboot" => ApplyMethod::PendingReboot,
        other => return Err(invalid(format!("Invalid apply method: {other}"))),
    };
    if !allows(known, value) {
        return Err(invalid(format!("Invalid parameter value: {value} for: {name} allowed values are: {}", known.allowed)));
    }
    Ok((name.to_owned(), value.to_owned(), method))
}

/// `0,1` lists values; `6-262143` bounds a number, which may also be a formula.
fn allows(known: &Known, value: &str) -> bool {
    if known.kind != "integer" {
        return known.allowed.split(',').any(|allowed| allowed == value);
    }
    let (negative, bounds) = known.allowed.strip_prefix('-').map_or((false, known.allowed), |rest| (true, rest));
    let Some((least, most)) = bounds.split_once('-') else { return false };
    let least: i64 = least.parse().map_or(0, |least: i64| if negative { -least } else { least });
    value.contains('{') || value.parse().is_ok_and(|number: i64| number >= least && most.parse().is_ok_and(|most: i64| number <= most))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::*;
    use super::super::{Engine, NewInstance, add_instance};
    use super::*;
    use crate::world::testing::{east, world};

    fn with_group(engine: Engine) -> World {
        let mut world = world();
        let group = Some("app".to_owned());
        add_instance(&mut world, &east(), NewInstance { parameter_group: group, ..new(SOURCE, engine, 0) }).unwrap();
        world
    }

    fn set(name: &str, value: &str, method: &str) -> Document {
        let parameter = doc! { "ParameterName": name, "ParameterValue": value, "ApplyMethod": method };
        doc! { "DBParameterGroupName": "app", "Parameters": Document::list_of("Parameter", [parameter]) }
    }

    #[test]
    fn a_read_only_parameter_fences_at_once_and_lets_go_again() {
        for (engine, name) in [(Engine::Postgres, "default_transaction_read_only"), (Engine::Mysql, "read_only")] {
            let mut world = with_group(engine);
            done(&mut world, &east(), "ModifyDBParameterGroup", set(name, "1", "immediate"));
            let fenced = sight(&world, &east(), SOURCE);
            assert!(fenced.up && !fenced.writable, "{name}");
            done(&mut world, &east(), "ModifyDBParameterGroup", set(name, "0", "immediate"));
            assert!(sight(&world, &east(), SOURCE).writable);
        }
    }

    #[test]
    fn pending_reboot_means_what_it_says() {
        let mut world = with_group(Engine::Postgres);
        done(&mut world, &east(), "ModifyDBParameterGroup", set("default_transaction_read_only", "1", "pending-reboot"));
        assert!(sight(&world, &east(), SOURCE).writable);
        assert!(world.regional[&east()].rds.instances[SOURCE].parameters_await_reboot);
        done(&mut world, &east(), "RebootDBInstance", doc! { "DBInstanceIdentifier": SOURCE });
        until(&mut world, &east(), SOURCE, "available");
        assert!(!sight(&world, &east(), SOURCE).writable);
        let shown = done(&mut world, &east(), "DescribeDBParameters", doc! { "DBParameterGroupName": "app", "Source": "user" });
        let shown = shown.items("Parameters", "Parameter")[0].clone();
        assert_eq!((shown.need("ParameterName").unwrap(), shown.need("ParameterValue").unwrap()), ("default_transaction_read_only", "1"));
    }

    #[test]
    fn wrong_parameters_are_refused() {
        let mut world = with_group(Engine::Postgres);
        for (input, code) in [
            (set("no_such_thing", "1", "immediate"), "InvalidParameterValue"),
            (set("default_transaction_read_only", "7", "immediate"), "InvalidParameterValue"),
            (set("max_connections", "100", "immediate"), "InvalidParameterCombination"),
            (set("max_connections", "2", "pending-reboot"), "InvalidParameterValue"),
        ] {
            assert_eq!(refused(&mut world, &east(), "ModifyDBParameterGroup", input), code);
        }
        let mut default = set("default_transaction_read_only", "1", "immediate");
        default.set("DBParameterGroupName", "default.postgres17");
        assert_eq!(refused(&mut world, &east(), "ModifyDBParameterGroup", default), "DBParameterGroupNotFound");
        assert!(allows(&POSTGRES[1], "-1") && !allows(&POSTGRES[1], "-2"));
    }
}
