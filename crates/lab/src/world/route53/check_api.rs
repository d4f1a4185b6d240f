//! The operations on health checks.

use drlab_core::domain::Timestamp;

use super::check::{Checker, HealthCheck};
use super::check_config::{CheckKind, Insufficient};
use super::check_input::{merge, read, validate};
use super::checkers::Outcome;
use super::record::{enumeration, invalid_input};
use super::tags::Tagged;
use super::zone::page_size;
use crate::doc;
use crate::document::Document;
use crate::world::{Answer, ApiError, Call, Reply, World};

/// How many health checks an account may have unless AWS was asked for more.
const MOST_CHECKS: usize = 200;

fn show(id: &str, check: &HealthCheck) -> Document {
    let config = &check.config;
    let endpoint = config.kind.has_endpoint();
    let calculated = config.kind == CheckKind::Calculated;
    let alarm = config.alarm.as_ref().map(|(region, name)| doc! { "Region": region.as_str(), "Name": name });
    let insufficient = alarm.is_some().then_some(match config.insufficient {
        Insufficient::Healthy => "Healthy",
        Insufficient::Unhealthy => "Unhealthy",
        Insufficient::LastKnown => "LastKnownStatus",
    });
    let regions = (!config.regions.is_empty()).then(|| Document::list_of("Region", &config.regions));
    let shown = doc! {
        "IPAddress": config.address.map(|address| address.to_string()),
        "Port": config.port.map(u32::from),
        "Type": config.kind.name(),
        "ResourcePath": config.path.as_ref(),
        "FullyQualifiedDomainName": config.host.as_ref(),
        "SearchString": config.search.as_ref(),
        "RequestInterval": endpoint.then_some(config.interval),
        "FailureThreshold": endpoint.then_some(config.threshold),
        "MeasureLatency": endpoint.then_some(config.measure_latency),
        "Inverted": config.inverted,
        "Disabled": config.disabled,
        "HealthThreshold": calculated.then_some(config.health_threshold),
        "ChildHealthChecks": calculated.then(|| Document::list_of("ChildHealthCheck", &config.children)),
        "EnableSNI": endpoint.then_some(config.sni),
        "Regions": regions,
        "AlarmIdentifier": alarm,
        "InsufficientDataHealthStatus": insufficient,
    };
    doc! { "Id": id, "CallerReference": &check.reference, "HealthCheckConfig": shown, "HealthCheckVersion": check.version }
}

pub(super) fn list_health_checks(world: &mut World, call: &Call) -> Answer {
    let size = page_size(&call.input, 100)?;
    let marker = call.input.text("Marker")?;
    let mut checks = world.route53.checks.iter().filter(|(id, _)| marker.is_none_or(|marker| id.as_str() >= marker));
    let page: Vec<Document> = checks.by_ref().take(size).map(|(id, check)| show(id, check)).collect();
    let next = checks.next();
    Ok(doc! {
        "HealthChecks": Document::list_of("HealthCheck", page),
        "Marker": marker.unwrap_or_default(),
        "IsTruncated": next.is_some(),
        "NextMarker": next.map(|(id, _)| id),
        "MaxItems": size.to_string(),
    }
    .into())
}

pub(super) fn get_health_check(world: &mut World, call: &Call) -> Answer {
    let id = call.input.need("HealthCheckId")?;
    Ok(doc! { "HealthCheck": show(id, world.route53.check(id)?) }.into())
}

pub(super) fn create_health_check(world: &mut World, call: &Call) -> Answer {
    let reference = call.input.need("CallerReference")?;
    if reference.is_empty() || reference.len() > 64 {
        return Err(invalid_input("CallerReference must have between 1 and 64 characters"));
    }
    let wanted = call.input.get("HealthCheckConfig").ok_or_else(|| ApiError::missing("HealthCheckConfig"))?;
    let config = read(wanted)?;
    validate(world, &config)?;
    // Asking again in the same words is answered with what the first asking made.
    let id = match world.route53.checks.iter().find(|(_, check)| check.reference == reference) {
        Some((id, same)) if same.config == config => id.clone(),
        Some(_) => {
            let message = "The health check you're attempting to create already exists: the caller reference was used with other settings.";
            return Err(ApiError::new("HealthCheckAlreadyExists", 409, message));
        }
        None if world.route53.checks.len() >= MOST_CHECKS => {
            return Err(ApiError::new(
                "TooManyHealthChecks",
                400,
                "You've reached the maximum number of active health checks for an AWS account.",
            ));
        }
        None => {
            let id = world.chance.uuid(("health check", reference));
            let check = HealthCheck::new(world, &id, reference, config);
            world.route53.checks.insert(id.clone(), check);
            id
        }
    };
    let body = doc! { "HealthCheck": show(&id, world.route53.check(&id)?) };
    let location = format!("https://route53.amazonaws.com/2013-04-01/healthcheck/{id}");
    Ok(Reply::from(body).status(201).header("Location", location))
}

pub(super) fn update_health_check(world: &mut World, call: &Call) -> Answer {
    let input = &call.input;
    let id = input.need("HealthCheckId")?;
    let check = world.route53.check(id)?;
    if input.int("HealthCheckVersion")?.is_some_and(|version| version != check.version) {
        let message = format!(
            "The value of HealthCheckVersion in the request doesn't match the value of HealthCheckVersion in the health check ({}).",
            check.version
        );
        return Err(ApiError::new("HealthCheckVersionMismatch", 409, message));
    }
    let mut config = check.config.clone();
    for element in input.texts("ResetElements", "ResettableElementName") {
        match element {
            "FullyQualifiedDomainName" => config.host = None,
            "Regions" => config.regions.clear(),
            "ResourcePath" => config.path = None,
            "ChildHealthChecks" => config.children.clear(),
            other => {
                let allowed = ["FullyQualifiedDomainName", "Regions", "ResourcePath", "ChildHealthChecks"];
                return Err(enumeration("resetElements", other, allowed.into_iter()));
            }
        }
    }
    merge(&mut config, input)?;
    validate(world, &config)?;
    if let Some(check) = world.route53.checks.get_mut(id) {
        check.config = config;
        check.version += 1;
    }
    Ok(doc! { "HealthCheck": show(id, world.route53.check(id)?) }.into())
}

pub(super) fn delete_health_check(world: &mut World, call: &Call) -> Answer {
    let id = call.input.need("HealthCheckId")?;
    world.route53.check(id)?;
    let parent = world.route53.checks.iter().find(|(_, check)| check.config.children.iter().any(|child| child == id));
    if let Some((parent, _)) = parent {
        return Err(ApiError::new(
            "HealthCheckInUse",
            400,
            format!("Health check {id} is a child of the calculated health check {parent}."),
        ));
    }
    world.route53.checks.remove(id);
    world.route53.tags.remove(&(Tagged::HealthCheck, id.to_owned()));
    Ok(doc! {}.into())
}

pub(super) fn get_health_check_status(world: &mut World, call: &Call) -> Answer {
    observations(world, call, |checker| checker.seen)
}

pub(super) fn get_health_check_last_failure_reason(world: &mut World, call: &Call) -> Answer {
    observations(world, call, |checker| checker.failed)
}

fn observations(world: &World, call: &Call, pick: fn(&Checker) -> Option<(Timestamp, Outcome)>) -> Answer {
    let check = world.route53.check(call.input.need("HealthCheckId")?)?;
    if !check.config.kind.has_endpoint() {
        return Err(invalid_input(format!(
            "The status of a health check of type {} cannot be got from its checkers.",
            check.config.kind.name()
        )));
    }
    let told = check.reporting(&world.faults).filter_map(|(region, address, checker)| {
        let (at, outcome) = pick(checker)?;
        let report = doc! { "Status": outcome.says(), "CheckedTime": at };
        Some(doc! { "Region": region, "IPAddress": address, "StatusReport": report })
    });
    Ok(doc! { "HealthCheckObservations": Document::list_of("HealthCheckObservation", told) }.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::route53::testing::{sites, update};
    use crate::world::route53::{CheckConfig, add_health_check, set_alarm_state};
    use crate::world::testing::{ask, east, live, world};

    fn call(world: &mut World, operation: &str, input: Document) -> Answer {
        ask(world, &east(), "route53", operation, input)
    }

    fn create(world: &mut World, reference: &str, config: Document) -> Answer {
        call(world, "CreateHealthCheck", doc! { "CallerReference": reference, "HealthCheckConfig": config })
    }

    fn http() -> Document {
        doc! { "Type": "HTTP", "IPAddress": "192.0.2.1", "ResourcePath": "/healthz", "RequestInterval": "10" }
    }

    fn config(body: &Document) -> &Document {
        body.get("HealthCheck").unwrap().get("HealthCheckConfig").unwrap()
    }

    #[test]
    fn a_check_is_created_once_for_each_reference() {
        let mut world = world();
        let made = create(&mut world, "ref", http()).unwrap();
        let id = made.body.get("HealthCheck").unwrap().need("Id").unwrap().to_owned();
        assert_eq!((made.status, id.len()), (Some(201), 36));
        assert!(made.headers[0].1.ends_with(&id));
        let shown = config(&made.body);
        assert_eq!((shown.int("Port").unwrap(), shown.int("FailureThreshold").unwrap()), (Some(80), Some(3)));
        assert_eq!(create(&mut world, "ref", http()).unwrap().body, made.body);
        let mut other = http();
        other.set("Port", "8080");
        let error = create(&mut world, "ref", other).unwrap_err();
        assert_eq!((error.code.as_ref(), error.status), ("HealthCheckAlreadyExists", 409));
        assert_eq!(
            call(&mut world, "GetHealthCheck", doc! { "HealthCheckId": &id }).unwrap().body,
            doc! { "HealthCheck": made.body.get("HealthCheck").unwrap().clone() }
        );
        call(&mut world, "DeleteHealthCheck", doc! { "HealthCheckId": &id }).unwrap();
        assert_eq!(call(&mut world, "GetHealthCheck", doc! { "HealthCheckId": &id }).unwrap_err().status, 404);
    }

    #[test]
    fn configurations_must_hang_together() {
        let mut world = sites();
        let alarm = doc! { "Region": "us-east-1", "Name": "a" };
        let one = || doc! { "ChildHealthCheck": "one" };
        let good = [
            http(),
            doc! { "Type": "TCP", "IPAddress": "192.0.2.1", "Port": "443" },
            doc! { "Type": "HTTPS_STR_MATCH", "FullyQualifiedDomainName": "one.example.com", "SearchString": "ok" },
            doc! { "Type": "CALCULATED", "ChildHealthChecks": one(), "HealthThreshold": "1" },
            doc! { "Type": "CLOUDWATCH_METRIC", "AlarmIdentifier": alarm.clone(), "InsufficientDataHealthStatus": "Unhealthy" },
        ];
        for (nth, config) in good.into_iter().enumerate() {
            create(&mut world, &nth.to_string(), config).unwrap();
        }
        let calculated = doc! { "Type": "CALCULATED", "ChildHealthChecks": one() };
        let made = create(&mut world, "calculated", calculated).unwrap().body;
        let calculated = made.get("HealthCheck").unwrap().need("Id").unwrap();
        for bad in [
            doc! { "Type": "PING", "IPAddress": "192.0.2.1" },
            doc! { "Type": "HTTP" },
            doc! { "Type": "HTTP", "IPAddress": "10.0.0.1" },
            doc! { "Type": "HTTP", "IPAddress": "300.0.0.1" },
            doc! { "Type": "HTTP", "IPAddress": "192.0.2.1", "RequestInterval": "20" },
            doc! { "Type": "HTTP", "IPAddress": "192.0.2.1", "FailureThreshold": "11" },
            doc! { "Type": "HTTP", "IPAddress": "192.0.2.1", "SearchString": "ok" },
            doc! { "Type": "HTTP", "IPAddress": "192.0.2.1", "Regions": doc! { "Region": "us-east-1" } },
            doc! { "Type": "HTTP_STR_MATCH", "IPAddress": "192.0.2.1" },
            doc! { "Type": "TCP", "IPAddress": "192.0.2.1" },
            doc! { "Type": "CALCULATED" },
            doc! { "Type": "CALCULATED", "ChildHealthChecks": doc! { "ChildHealthCheck": "none" } },
            doc! { "Type": "CALCULATED", "ChildHealthChecks": doc! { "ChildHealthCheck": calculated } },
            doc! { "Type": "CLOUDWATCH_METRIC" },
            doc! { "Type": "HTTP", "IPAddress": "192.0.2.1", "AlarmIdentifier": alarm },
        ] {
            assert_eq!(create(&mut world, "bad", bad.clone()).unwrap_err().code, "InvalidInput", "{bad:?}");
        }
    }

    #[test]
    fn updates_are_versioned_merged_and_reset() {
        let mut world = world();
        let endpoint = (Some("one.example.com".to_owned()), Some("/healthz".to_owned()));
        let checked = CheckConfig { host: endpoint.0, path: endpoint.1, ..CheckConfig::new(CheckKind::Http) };
        add_health_check(&mut world, "hc", checked);
        let body = call(&mut world, "UpdateHealthCheck", doc! { "HealthCheckId": "hc", "HealthCheckVersion": "1", "Inverted": "true" })
            .unwrap()
            .body;
        assert_eq!(body.get("HealthCheck").unwrap().int("HealthCheckVersion").unwrap(), Some(2));
        assert_eq!(config(&body).text("ResourcePath").unwrap(), Some("/healthz"));
        assert!(!world.route53.is_healthy("hc"));
        let stale = call(&mut world, "UpdateHealthCheck", doc! { "HealthCheckId": "hc", "HealthCheckVersion": "1", "Inverted": "false" });
        assert_eq!(stale.as_ref().map_err(|error| (error.code.as_ref(), error.status)).unwrap_err(), ("HealthCheckVersionMismatch", 409));
        let reset = doc! { "HealthCheckId": "hc", "ResetElements": doc! { "ResettableElementName": "ResourcePath" } };
        let body = call(&mut world, "UpdateHealthCheck", reset).unwrap().body;
        assert_eq!(config(&body).text("ResourcePath").unwrap(), None);
        let nothing_left = doc! { "HealthCheckId": "hc", "ResetElements": doc! { "ResettableElementName": "FullyQualifiedDomainName" } };
        assert_eq!(call(&mut world, "UpdateHealthCheck", nothing_left).unwrap_err().code, "InvalidInput");
        update(&mut world, "hc", "Disabled", true);
        assert_eq!(world.route53.check("hc").unwrap().version, 4);
    }

    #[test]
    fn sixteen_checkers_report_and_remember_failures() {
        let mut world = sites();
        add_health_check(&mut world, "hc", CheckConfig { address: "192.0.2.1".parse().ok(), ..CheckConfig::new(CheckKind::Http) });
        let reports = |world: &mut World, operation: &str| -> Vec<String> {
            let body = call(world, operation, doc! { "HealthCheckId": "hc" }).unwrap().body;
            let told = body.items("HealthCheckObservations", "HealthCheckObservation");
            told.iter().map(|seen| seen.get("StatusReport").unwrap().need("Status").unwrap().to_owned()).collect()
        };
        assert_eq!(reports(&mut world, "GetHealthCheckStatus"), vec!["Success: HTTP Status Code 200, OK"; 16]);
        assert!(reports(&mut world, "GetHealthCheckLastFailureReason").is_empty());
        live(&mut world, 31);
        assert!(reports(&mut world, "GetHealthCheckStatus").iter().all(|report| report.starts_with("Failure: ")));
        assert_eq!(reports(&mut world, "GetHealthCheckLastFailureReason").len(), 16);
        let config = CheckConfig { children: vec!["one".to_owned()], ..CheckConfig::new(CheckKind::Calculated) };
        add_health_check(&mut world, "calculated", config);
        live(&mut world, 5);
        let error = call(&mut world, "GetHealthCheckStatus", doc! { "HealthCheckId": "calculated" }).unwrap_err();
        assert_eq!(error.code, "InvalidInput");
    }

    #[test]
    fn children_are_in_use_and_pages_end() {
        let mut world = sites();
        let config = CheckConfig { children: vec!["one".to_owned()], ..CheckConfig::new(CheckKind::Calculated) };
        add_health_check(&mut world, "parent", config);
        set_alarm_state(&mut world, &east(), "one", crate::world::cloudwatch::AlarmState::Ok);
        assert_eq!(call(&mut world, "DeleteHealthCheck", doc! { "HealthCheckId": "one" }).unwrap_err().code, "HealthCheckInUse");
        let first = call(&mut world, "ListHealthChecks", doc! { "MaxItems": "2" }).unwrap().body;
        assert_eq!((first.items("HealthChecks", "HealthCheck").len(), first.bool("IsTruncated").unwrap()), (2, Some(true)));
        let rest = call(&mut world, "ListHealthChecks", doc! { "Marker": first.need("NextMarker").unwrap() }).unwrap().body;
        assert_eq!((rest.items("HealthChecks", "HealthCheck").len(), rest.bool("IsTruncated").unwrap()), (1, Some(false)));
    }
}
