//! Step Functions' API.

use drlab_core::domain::Region;

use super::{Execution, HistoryEvent, Machine, Status};
use crate::doc;
use crate::document::Document;
use crate::world::{Answer, ApiError, Call, World, json, pages};

const LARGEST_INPUT: usize = 262_144;

pub(super) fn role(account: &str, machine: &str) -> String {
    format!("arn:aws:iam::{account}:role/{machine}-role")
}

fn machine_arn(account: &str, region: &Region, machine: &str) -> String {
    format!("arn:aws:states:{region}:{account}:stateMachine:{machine}")
}

pub(super) fn no_such_machine(account: &str, region: &Region, machine: &str) -> ApiError {
    let arn = machine_arn(account, region, machine);
    ApiError::new("StateMachineDoesNotExist", 400, format!("State Machine Does Not Exist: '{arn}'"))
}

fn invalid_arn(arn: &str) -> ApiError {
    let shown: String = arn.chars().take(256).collect();
    ApiError::new("InvalidArn", 400, format!("Invalid Arn: 'Invalid ARN prefix: {shown}'"))
}

/// What follows `arn:aws:states:<region>:<account>:<kind>:`, where all of that fits.
fn resource<'a>(arn: &'a str, kind: &str) -> Result<&'a str, ApiError> {
    let parts: Vec<&str> = arn.splitn(7, ':').collect();
    match parts.as_slice() {
        ["arn", "aws", "states", _, _, found, rest] if *found == kind && !rest.is_empty() => Ok(rest),
        _ => Err(invalid_arn(arn)),
    }
}

fn machine<'w>(world: &'w World, call: &Call, arn: &str) -> Result<&'w Machine, ApiError> {
    let name = resource(arn, "stateMachine")?;
    let machines = &world.here(&call.region)?.states.machines;
    let found = machines.get(name).filter(|_| arn == machine_arn(&world.account, &call.region, name));
    found.ok_or_else(|| ApiError::new("StateMachineDoesNotExist", 400, format!("State Machine Does Not Exist: '{arn}'")))
}

/// The place of the execution that `executionArn` names.
fn place(world: &World, call: &Call) -> Result<usize, ApiError> {
    let arn = call.input.need("executionArn")?;
    let missing = || ApiError::new("ExecutionDoesNotExist", 400, format!("Execution Does Not Exist: '{arn}'"));
    let (machine, name) = resource(arn, "execution")?.split_once(':').ok_or_else(|| invalid_arn(arn))?;
    if arn != execution_arn(world, &call.region, machine, name) {
        return Err(missing());
    }
    world.here(&call.region)?.states.position(machine, name).ok_or_else(missing)
}

fn execution<'w>(world: &'w World, call: &Call) -> Result<&'w Execution, ApiError> {
    let at = place(world, call)?;
    let found = world.here(&call.region)?.states.executions.get(at);
    found.ok_or_else(|| ApiError::new("ExecutionDoesNotExist", 400, "Execution Does Not Exist"))
}

fn execution_arn(world: &World, region: &Region, machine: &str, name: &str) -> String {
    world.arn("states", region, &format!("execution:{machine}:{name}"))
}

/// A page of `all`: `maxResults` of them from where `nextToken` says, and the token of what follows.
fn page<T>(
    call: &Call,
    kind: &str,
    all: impl Iterator<Item = T>,
    key: impl Fn(&T) -> String,
) -> Result<(Vec<T>, Option<String>), ApiError> {
    let limit = match call.input.int("maxResults")? {
        None | Some(0) => 100,
        Some(limit @ 1..=1000) => usize::try_from(limit).unwrap_or(100),
        Some(limit) => {
            return Err(ApiError::validation(format!(
                "1 validation error detected: Value '{limit}' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 1000"
            )));
        }
    };
    let page = pages::page(kind, all.collect(), key, call.input.text("nextToken")?, limit);
    page.ok_or_else(|| ApiError::new("InvalidToken", 400, "Invalid Token: 'Invalid token'"))
}

pub(super) fn list_state_machines(world: &mut World, call: &Call) -> Answer {
    let (machines, next) = page(call, "machines", world.here(&call.region)?.states.machines.values(), |machine| machine.name.clone())?;
    let shown = machines.into_iter().map(|machine| {
        doc! {
            "stateMachineArn": machine_arn(&world.account, &call.region, &machine.name),
            "name": &machine.name,
            "type": "STANDARD",
            "creationDate": machine.created,
        }
    });
    Ok(doc! { "stateMachines": Document::list(shown), "nextToken": next }.into())
}

pub(super) fn describe_state_machine(world: &mut World, call: &Call) -> Answer {
    let arn = call.input.need("stateMachineArn")?;
    let machine = machine(world, call, arn)?;
    Ok(doc! {
        "stateMachineArn": arn,
        "name": &machine.name,
        "status": "ACTIVE",
        "definition": machine.graph.definition(),
        "roleArn": role(&world.account, &machine.name),
        "type": "STANDARD",
        "creationDate": machine.created,
        "loggingConfiguration": doc! { "level": "OFF", "includeExecutionData": false },
        "tracingConfiguration": doc! { "enabled": false },
        "revisionId": world.chance.uuid(("machine", call.region.as_str(), &machine.name)),
    }
    .into())
}

/// 1 to 80 characters, none of them white space, a bracket, a wildcard, special or a control.
fn check_name(name: &str) -> Result<(), ApiError> {
    let illegal = |c: char| c.is_whitespace() || c.is_control() || "<>{}[]?*\"#%\\^|~`$&,;:/".contains(c);
    if name.is_empty() || name.chars().count() > 80 || name.contains(illegal) {
        let shown: String = name.chars().take(100).collect();
        return Err(ApiError::new("InvalidName", 400, format!("Invalid Name: '{shown}'")));
    }
    Ok(())
}

pub(super) fn start_execution(world: &mut World, call: &Call) -> Answer {
    let machine = machine(world, call, call.input.need("stateMachineArn")?)?.name.clone();
    let name = call.input.text("name")?;
    let input = call.input.text("input")?.unwrap_or("{}");
    if let Some(name) = name {
        check_name(name)?;
    }
    if input.len() > LARGEST_INPUT || json::parse(input).is_none() {
        return Err(ApiError::new(
            "InvalidExecutionInput",
            400,
            "Invalid State Machine Execution Input: 'the input is not valid JSON or too large'",
        ));
    }
    let states = &world.here(&call.region)?.states;
    let known = name.and_then(|name| states.position(&machine, name)).and_then(|at| states.executions.get(at));
    if let Some(known) = known {
        let arn = execution_arn(world, &call.region, &machine, &known.name);
        if known.status == Status::Running && known.input == input {
            return Ok(doc! { "executionArn": arn, "startDate": known.started }.into());
        }
        return Err(ApiError::new("ExecutionAlreadyExists", 400, format!("Execution Already Exists: '{arn}'")));
    }
    let name = super::start(world, &call.region, &machine, name, input)?;
    Ok(doc! { "executionArn": execution_arn(world, &call.region, &machine, &name), "startDate": world.now() }.into())
}

pub(super) fn describe_execution(world: &mut World, call: &Call) -> Answer {
    let execution = execution(world, call)?;
    let included = || doc! { "included": true };
    Ok(doc! {
        "executionArn": execution_arn(world, &call.region, &execution.machine, &execution.name),
        "stateMachineArn": machine_arn(&world.account, &call.region, &execution.machine),
        "name": &execution.name,
        "status": execution.status.word(),
        "startDate": execution.started,
        "stopDate": execution.stopped,
        "input": &execution.input,
        "inputDetails": included(),
        "output": execution.output.clone(),
        "outputDetails": execution.output.as_ref().map(|_| included()),
        "error": execution.error.clone(),
        "cause": execution.cause.clone(),
        "redriveCount": 0,
        "redriveStatus": "NOT_REDRIVABLE",
    }
    .into())
}

pub(super) fn list_executions(world: &mut World, call: &Call) -> Answer {
    let name = &machine(world, call, call.input.need("stateMachineArn")?)?.name;
    let wanted = call.input.text("statusFilter")?;
    let statuses = [Status::Running, Status::Succeeded, Status::Failed, Status::TimedOut, Status::Aborted];
    if let Some(other) = wanted.filter(|wanted| *wanted != "PENDING_REDRIVE" && !statuses.iter().any(|status| status.word() == *wanted)) {
        let shown: String = other.chars().take(60).collect();
        return Err(ApiError::validation(format!(
            "1 validation error detected: Value '{shown}' at 'statusFilter' failed to satisfy constraint"
        )));
    }
    let all = world.here(&call.region)?.states.executions.iter().rev();
    let fits = |execution: &&Execution| execution.machine == *name && wanted.is_none_or(|wanted| wanted == execution.status.word());
    let (found, next) = page(call, "executions", all.filter(fits), |execution| execution.name.clone())?;
    let shown = found.into_iter().map(|execution| {
        doc! {
            "executionArn": execution_arn(world, &call.region, &execution.machine, &execution.name),
            "stateMachineArn": machine_arn(&world.account, &call.region, &execution.machine),
            "name": &execution.name,
            "status": execution.status.word(),
            "startDate": execution.started,
            "stopDate": execution.stopped,
            "redriveCount": 0,
        }
    });
    Ok(doc! { "executions": Document::list(shown), "nextToken": next }.into())
}

pub(super) fn get_execution_history(world: &mut World, call: &Call) -> Answer {
    let history = &execution(world, call)?.history;
    let with_data = call.input.bool("includeExecutionData")?.unwrap_or(true);
    let number = |event: &&HistoryEvent| event.id.to_string();
    let (found, next) = if call.input.bool("reverseOrder")?.unwrap_or(false) {
        page(call, "backwards", history.iter().rev(), number)?
    } else {
        page(call, "forwards", history.iter(), number)?
    };
    Ok(doc! { "events": Document::list(found.into_iter().map(|event| event.shown(with_data))), "nextToken": next }.into())
}

pub(super) fn stop_execution(world: &mut World, call: &Call) -> Answer {
    let at = place(world, call)?;
    let (error, cause) = (call.input.text("error")?, call.input.text("cause")?);
    let now = world.now();
    let states = &mut world.here_mut(&call.region)?.states;
    let mut stopped = now;
    if let Some(execution) = states.executions.get_mut(at) {
        if execution.status == Status::Running {
            super::history::abort(&mut execution.history, now, error, cause);
            (execution.error, execution.cause) = (error.map(str::to_owned), cause.map(str::to_owned));
            let id = format!("{}:{}", execution.machine, execution.name);
            states.end(at, Status::Aborted, now);
            world.truth.note(now, Some(&call.region), "states", &id, "ABORTED");
        } else {
            // One that has ended stays as it ended.
            stopped = execution.stopped.unwrap_or(now);
        }
    }
    Ok(doc! { "stopDate": stopped }.into())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::world::automation::tests_plan;
    use crate::world::states::{Behaviour, add_machine};
    use crate::world::testing::{ask, live, west, world};

    const MACHINE: &str = "arn:aws:states:us-west-2:123456789012:stateMachine:failover";

    fn with_machine() -> World {
        let mut world = world();
        add_machine(&mut world, &west(), "failover", Behaviour::Failover(Arc::new(tests_plan())));
        world
    }

    fn start(world: &mut World, name: &str, input: &str) -> Answer {
        ask(world, &west(), "states", "StartExecution", doc! { "stateMachineArn": MACHINE, "name": name, "input": input })
    }

    fn describe(world: &mut World, name: &str) -> Document {
        let arn = format!("arn:aws:states:us-west-2:123456789012:execution:failover:{name}");
        ask(world, &west(), "states", "DescribeExecution", doc! { "executionArn": arn }).unwrap().body
    }

    fn history(world: &mut World, name: &str, more: Document) -> Vec<Document> {
        let arn = format!("arn:aws:states:us-west-2:123456789012:execution:failover:{name}");
        let (mut input, mut events) = (more, Vec::new());
        input.set("executionArn", arn);
        loop {
            let body = ask(world, &west(), "states", "GetExecutionHistory", input.clone()).unwrap().body;
            events.extend(body.items("events", "member").into_iter().cloned());
            match body.get("nextToken") {
                Some(token) => input.set("nextToken", token.clone()),
                None => return events,
            }
        }
    }

    #[test]
    fn a_failover_where_nothing_answers_fails_and_says_why() {
        let mut world = with_machine();
        start(&mut world, "one", "{}").unwrap();
        assert_eq!(describe(&mut world, "one").need("status").unwrap(), "RUNNING");
        live(&mut world, 1800);
        let described = describe(&mut world, "one");
        assert_eq!(described.need("status").unwrap(), "FAILED");
        assert!(!described.need("cause").unwrap().is_empty());
        let events = history(&mut world, "one", doc! {});
        let kinds: Vec<_> = events.iter().map(|event| event.need("type").unwrap()).collect();
        assert_eq!(&kinds[..4], ["ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted"]);
        assert_eq!(kinds.last(), Some(&"ExecutionFailed"));
    }

    #[test]
    fn a_name_is_used_once() {
        let mut world = with_machine();
        let first = start(&mut world, "one", "{}").unwrap();
        assert_eq!(start(&mut world, "one", "{}").unwrap(), first);
        assert_eq!(start(&mut world, "one", r#"{"force":true}"#).unwrap_err().code, "ExecutionAlreadyExists");
        live(&mut world, 1800);
        assert_eq!(start(&mut world, "one", "{}").unwrap_err().code, "ExecutionAlreadyExists");
    }

    #[test]
    fn what_is_stopped_does_no_more() {
        let mut world = with_machine();
        start(&mut world, "one", "{}").unwrap();
        live(&mut world, 5);
        let arn = "arn:aws:states:us-west-2:123456789012:execution:failover:one";
        let stop = doc! { "executionArn": arn, "error": "Operator", "cause": "drill over" };
        ask(&mut world, &west(), "states", "StopExecution", stop).unwrap();
        let before = history(&mut world, "one", doc! {}).len();
        live(&mut world, 600);
        assert_eq!(history(&mut world, "one", doc! {}).len(), before);
        assert_eq!(describe(&mut world, "one").need("status").unwrap(), "ABORTED");
        assert_eq!(describe(&mut world, "one").need("error").unwrap(), "Operator");
    }

    #[test]
    fn mistakes_have_their_own_codes() {
        let mut world = with_machine();
        for name in ["", "a b", "a/b", "a*", "ü:x"] {
            assert_eq!(start(&mut world, name, "{}").unwrap_err().code, "InvalidName", "{name}");
        }
        assert_eq!(start(&mut world, "ok", "{").unwrap_err().code, "InvalidExecutionInput");
        let mut ask = |operation, input| ask(&mut world, &west(), "states", operation, input).unwrap_err().code;
        assert_eq!(ask("StartExecution", doc! { "stateMachineArn": "failover" }), "InvalidArn");
        assert_eq!(ask("DescribeStateMachine", doc! { "stateMachineArn": MACHINE.replace("failover", "no") }), "StateMachineDoesNotExist");
        let arn = "arn:aws:states:us-west-2:123456789012:execution:failover:none";
        assert_eq!(ask("DescribeExecution", doc! { "executionArn": arn }), "ExecutionDoesNotExist");
        assert_eq!(ask("ListStateMachines", doc! { "nextToken": "?" }), "InvalidToken");
    }

    #[test]
    fn executions_are_listed_newest_first_by_status() {
        let mut world = with_machine();
        start(&mut world, "one", "{}").unwrap();
        live(&mut world, 1800);
        start(&mut world, "two", "{}").unwrap();
        let mut names = |more: Document| {
            let mut input = more;
            input.set("stateMachineArn", MACHINE);
            let body = ask(&mut world, &west(), "states", "ListExecutions", input).unwrap().body;
            body.items("executions", "member").iter().map(|one| one.need("name").unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(doc! {}), ["two", "one"]);
        assert_eq!(names(doc! { "statusFilter": "RUNNING" }), ["two"]);
        assert_eq!(names(doc! { "maxResults": 1 }), ["two"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn history_is_numbered_and_chained(seconds in 0..900_u64, stop in any::<bool>(), page in 1..40_i64) {
            let mut world = with_machine();
            start(&mut world, "one", "{}").unwrap();
            live(&mut world, seconds);
            if stop {
                let arn = "arn:aws:states:us-west-2:123456789012:execution:failover:one";
                ask(&mut world, &west(), "states", "StopExecution", doc! { "executionArn": arn }).unwrap();
            }
            let events = history(&mut world, "one", doc! { "maxResults": page });
            for (nth, event) in events.iter().enumerate() {
                prop_assert_eq!(event.int("id").unwrap(), Some(i64::try_from(nth).unwrap() + 1));
                prop_assert_eq!(event.int("previousEventId").unwrap(), Some(i64::try_from(nth).unwrap()));
            }
            let mut backwards = history(&mut world, "one", doc! { "maxResults": page, "reverseOrder": true });
            backwards.reverse();
            prop_assert_eq!(backwards, events);
        }
    }
}
