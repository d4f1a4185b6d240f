//! Lambda's API.

use drlab_core::domain::Region;

use super::Function;
use crate::base64;
use crate::doc;
use crate::document::Document;
use crate::world::{Answer, ApiError, Call, Reply, World, json, pages};

/// What a payload may weigh: 6 MB when somebody waits, 1 MB as an event.
const LARGEST: usize = 6 * 1024 * 1024;
const LARGEST_EVENT: usize = 1024 * 1024;
/// Lambda never lists more at once, whatever is asked for.
const PAGE: usize = 50;

pub(super) fn not_found(name: &str) -> ApiError {
    ApiError::new("ResourceNotFoundException", 404, format!("Function not found: {name}")).member("Type", "User")
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidParameterValueException", 400, message).member("Type", "User")
}

/// The plain name in whichever form a function was named: `name`, `name:qualifier`, `account:function:name`, an ARN.
fn plain(given: &str) -> Option<&str> {
    let rest = match given.find(":function:") {
        Some(at) => &given[at + ":function:".len()..],
        None => given.strip_prefix("function:").unwrap_or(given),
    };
    let name = rest.split(':').next()?;
    let legal = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    (legal && (1..=140).contains(&name.len())).then_some(name)
}

fn find<'w>(world: &'w mut World, call: &Call) -> Result<&'w mut Function, ApiError> {
    let given = call.input.need("FunctionName")?;
    let name = plain(given).ok_or_else(|| {
        let shown: String = given.chars().take(140).collect();
        ApiError::validation(format!("1 validation error detected: Value '{shown}' at 'functionName' failed to satisfy constraint"))
    })?;
    let arn = world.arn("lambda", &call.region, &format!("function:{name}"));
    if let Some(qualifier) = call.input.text("Qualifier")?.filter(|qualifier| *qualifier != "$LATEST") {
        return Err(not_found(&format!("{arn}:{qualifier}")));
    }
    world.here_mut(&call.region)?.lambda.functions.get_mut(name).ok_or_else(|| not_found(&arn))
}

/// As Lambda writes instants: `2026-01-01T00:00:00.000+0000`.
fn modified(function: &Function) -> String {
    function.created.to_string().replace('Z', "+0000")
}

fn configuration(world: &World, region: &Region, function: &Function) -> Document {
    let name = &function.name;
    let hash = world.chance.hex(("code", name), 32);
    doc! {
        "FunctionName": name,
        "FunctionArn": world.arn("lambda", region, &format!("function:{name}")),
        "Runtime": &function.runtime,
        "Role": format!("arn:aws:iam::{}:role/{name}-role", world.account),
        "Handler": format!("{}.handler", function.behaviour),
        "CodeSize": 4096 + world.chance.bits(("size", name)) % 60_000,
        "Description": &function.description,
        "Timeout": function.timeout,
        "MemorySize": function.memory,
        "LastModified": modified(function),
        "CodeSha256": base64::encode(hash.as_bytes()),
        "Version": "$LATEST",
        "TracingConfig": doc! { "Mode": "PassThrough" },
        "RevisionId": world.chance.uuid(("revision", name)),
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "Architectures": Document::list(["arm64"]),
        "EphemeralStorage": doc! { "Size": 512 },
        "LoggingConfig": doc! { "LogFormat": "Text", "LogGroup": format!("/aws/lambda/{name}") },
    }
}

fn described(world: &mut World, call: &Call) -> Result<(Function, Document), ApiError> {
    let function = find(world, call)?.clone();
    let configuration = configuration(world, &call.region, &function);
    Ok((function, configuration))
}

pub(super) fn list_functions(world: &mut World, call: &Call) -> Answer {
    let limit = call.input.int("MaxItems")?.unwrap_or(50);
    if !(1..=10_000).contains(&limit) {
        return Err(ApiError::validation(format!(
            "1 validation error detected: Value '{limit}' at 'maxItems' failed to satisfy constraint: Member must be between 1 and 10000"
        )));
    }
    let limit = usize::try_from(limit).unwrap_or(PAGE).min(PAGE);
    let marker = call.input.text("Marker")?.filter(|marker| !marker.is_empty());
    let functions: Vec<&Function> = world.here(&call.region)?.lambda.functions.values().collect();
    let page = pages::page(&call.operation, functions, |function| function.name.clone(), marker, limit);
    let (page, next) = page.ok_or_else(|| invalid("Invalid value for parameter Marker"))?;
    let shown: Vec<Document> = page.into_iter().map(|function| configuration(world, &call.region, function)).collect();
    Ok(doc! { "NextMarker": next, "Functions": Document::list(shown) }.into())
}

pub(super) fn get_function(world: &mut World, call: &Call) -> Answer {
    let (function, configuration) = described(world, call)?;
    let location = format!("https://awslambda-{}-tasks.s3.{}.amazonaws.com/snapshots/{}", call.region, call.region, function.name);
    Ok(doc! {
        "Configuration": configuration,
        "Code": doc! { "RepositoryType": "S3", "Location": location },
        "Concurrency": function.reserved.map(|reserved| doc! { "ReservedConcurrentExecutions": reserved }),
    }
    .into())
}

pub(super) fn get_function_configuration(world: &mut World, call: &Call) -> Answer {
    described(world, call).map(|(_, configuration)| configuration.into())
}

pub(super) fn get_function_concurrency(world: &mut World, call: &Call) -> Answer {
    let reserved = find(world, call)?.reserved;
    Ok(doc! { "ReservedConcurrentExecutions": reserved }.into())
}

pub(super) fn put_function_concurrency(world: &mut World, call: &Call) -> Answer {
    let wanted = call.input.int("ReservedConcurrentExecutions")?.ok_or_else(|| ApiError::missing("ReservedConcurrentExecutions"))?;
    let wanted = u32::try_from(wanted).map_err(|_| ApiError::validation("ReservedConcurrentExecutions must not be negative"))?;
    // An account has 1,000, of which 100 stay with nobody in particular.
    if wanted > 900 {
        return Err(invalid(
            "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
        ));
    }
    let function = find(world, call)?;
    function.reserved = Some(wanted);
    let name = function.name.clone();
    world.truth.note(world.now(), Some(&call.region), "lambda", &name, format!("reserved {wanted}"));
    Ok(doc! { "ReservedConcurrentExecutions": wanted }.into())
}

pub(super) fn delete_function_concurrency(world: &mut World, call: &Call) -> Answer {
    let function = find(world, call)?;
    function.reserved = None;
    let name = function.name.clone();
    world.truth.note(world.now(), Some(&call.region), "lambda", &name, "unreserved");
    Ok(Reply::default().status(204))
}

pub(super) fn invoke(world: &mut World, call: &Call) -> Answer {
    let function = find(world, call)?;
    let (name, held, memory) = (function.name.clone(), function.is_held(), function.memory);
    let kind = call.input.text("InvocationType")?.unwrap_or("RequestResponse");
    let largest = if kind == "Event" { LARGEST_EVENT } else { LARGEST };
    if call.payload.len() > largest {
        let message = format!("Request must be smaller than {largest} bytes for the InvokeFunction operation");
        return Err(ApiError::new("RequestTooLargeException", 413, message).member("Type", "User"));
    }
    let payload = if call.payload.is_empty() {
        doc! {}
    } else {
        std::str::from_utf8(&call.payload).ok().and_then(json::parse).ok_or_else(|| {
            ApiError::new("InvalidRequestContentException", 400, "Could not parse request body into json").member("Type", "User")
        })?
    };
    match kind {
        "DryRun" => Ok(Reply::default().status(204)),
        "Event" => {
            super::start(world, &call.region, &name, payload)?;
            Ok(Reply::payload("").status(202))
        }
        "RequestResponse" => {
            if held {
                find(world, call)?.counters.throttles += 1;
                return Err(ApiError::new("TooManyRequestsException", 429, "Rate Exceeded.")
                    .member("Reason", "ReservedFunctionConcurrentInvocationLimitExceeded")
                    .member("Type", "User"));
            }
            run_now(world, call, &name, memory, &payload)
        }
        other => Err(invalid(format!("Unknown invocation type {}", other.chars().take(40).collect::<String>()))),
    }
}

fn run_now(world: &mut World, call: &Call, name: &str, memory: u32, payload: &Document) -> Answer {
    let here = world.here_mut(&call.region)?;
    here.lambda.begun += 1;
    let nth = here.lambda.begun;
    let request = world.chance.uuid(("lambda", call.region.as_str(), name, nth));
    let before = world.here(&call.region)?.lambda.functions.get(name).map(|function| function.counters.busy).unwrap_or_default();
    let result = super::execute(world, &call.region, name, &request, payload);
    let after = world.here(&call.region)?.lambda.functions.get(name).map(|function| function.counters.busy).unwrap_or_default();
    let millis = after.saturating_sub(before).as_secs_f64() * 1000.0;
    let (body, said) = match &result {
        Ok(output) => (json::text(output), String::new()),
        Err(failure) => {
            let body = doc! { "errorMessage": &failure.cause, "errorType": &failure.error, "requestId": &request, "stackTrace": Document::list(Vec::<String>::new()) };
            (json::text(&body), format!("[ERROR] {}: {}\n", failure.error, failure.cause))
        }
    };
    let mut reply = Reply::payload(body).header("X-Amz-Executed-Version", "$LATEST");
    if result.is_err() {
        reply = reply.header("X-Amz-Function-Error", "Unhandled");
    }
    if call.input.text("LogType")? == Some("Tail") {
        let log = format!(
            "START RequestId: {request} Version: $LATEST\n{said}END RequestId: {request}\nREPORT RequestId: {request}\tDuration: {millis:.2} ms\t\
             Billed Duration: {} ms\tMemory Size: {memory} MB\tMax Memory Used: {} MB\t\n",
            millis.ceil(),
            memory.min(96),
        );
        reply = reply.header("X-Amz-Log-Result", base64::encode(log.as_bytes()));
    }
    Ok(reply)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::world::lambda::{Behaviour, NewFunction, PaymentPlan, add_function};
    use crate::world::testing::{ask, east, world};

    fn with_functions(names: &[&str]) -> World {
        let mut world = world();
        for name in names {
            add_function(&mut world, &east(), NewFunction::new(name, Behaviour::PaymentValidation(PaymentPlan::default())));
        }
        world
    }

    fn invoke(world: &mut World, kind: &str, payload: &'static str) -> Answer {
        world.call(&Call {
            region: east(),
            service: "lambda",
            operation: "Invoke".to_owned(),
            input: doc! { "FunctionName": "pay", "InvocationType": kind, "LogType": "Tail" },
            payload: Bytes::from_static(payload.as_bytes()),
            access_key: "AKIALAB".to_owned(),
        })
    }

    #[test]
    fn a_functions_error_is_an_answer_with_a_header() {
        let mut world = with_functions(&["pay"]);
        let reply = invoke(&mut world, "RequestResponse", r#"{"amount": 1}"#).unwrap();
        assert!(reply.headers.contains(&("X-Amz-Function-Error", "Unhandled".to_owned())));
        let body: serde_json::Value = serde_json::from_slice(reply.payload.as_ref().unwrap()).unwrap();
        assert_eq!(body["errorType"], "ValidationError");
        let log = reply.headers.iter().find(|(name, _)| *name == "X-Amz-Log-Result").unwrap();
        assert!(String::from_utf8(base64::decode(&log.1).unwrap()).unwrap().contains("[ERROR] ValidationError"));
        assert_eq!(invoke(&mut world, "Event", "{}").unwrap().status, Some(202));
        assert_eq!(invoke(&mut world, "RequestResponse", "{").unwrap_err().code, "InvalidRequestContentException");
    }

    #[test]
    fn no_concurrency_holds_a_function() {
        let mut world = with_functions(&["pay"]);
        let input = doc! { "FunctionName": "pay", "ReservedConcurrentExecutions": 0 };
        ask(&mut world, &east(), "lambda", "PutFunctionConcurrency", input).unwrap();
        let refused = invoke(&mut world, "RequestResponse", "{}").unwrap_err();
        assert_eq!((refused.code.as_ref(), refused.status), ("TooManyRequestsException", 429));
        let named = || doc! { "FunctionName": "pay" };
        let found = ask(&mut world, &east(), "lambda", "GetFunctionConcurrency", named()).unwrap().body;
        assert_eq!(found, doc! { "ReservedConcurrentExecutions": 0 });
        ask(&mut world, &east(), "lambda", "DeleteFunctionConcurrency", named()).unwrap();
        assert!(invoke(&mut world, "RequestResponse", "{}").is_ok());
    }

    #[test]
    fn functions_are_found_by_every_form_of_their_name() {
        let mut world = with_functions(&["pay"]);
        for name in ["pay", "pay:$LATEST", "123456789012:function:pay", "arn:aws:lambda:us-east-1:123456789012:function:pay"] {
            let answer = ask(&mut world, &east(), "lambda", "GetFunction", doc! { "FunctionName": name }).unwrap().body;
            assert_eq!(answer.get("Configuration").unwrap().need("FunctionName").unwrap(), "pay");
        }
        let missing = ask(&mut world, &east(), "lambda", "GetFunctionConfiguration", doc! { "FunctionName": "none" }).unwrap_err();
        assert_eq!((missing.code.as_ref(), missing.status), ("ResourceNotFoundException", 404));
    }

    #[test]
    fn a_list_is_paged() {
        let mut world = with_functions(&["a", "b", "c"]);
        let first = ask(&mut world, &east(), "lambda", "ListFunctions", doc! { "MaxItems": "2" }).unwrap().body;
        assert_eq!(first.items("Functions", "member").len(), 2);
        let marker = first.need("NextMarker").unwrap();
        let second = ask(&mut world, &east(), "lambda", "ListFunctions", doc! { "MaxItems": "2", "Marker": marker }).unwrap().body;
        assert_eq!(second.items("Functions", "member")[0].need("FunctionName").unwrap(), "c");
        assert_eq!(second.get("NextMarker"), None);
        assert_eq!(
            ask(&mut world, &east(), "lambda", "ListFunctions", doc! { "Marker": "!" }).unwrap_err().code,
            "InvalidParameterValueException"
        );
    }
}
