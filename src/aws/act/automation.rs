use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use drlab_core::domain::{Receipt, What};

use super::receipt::{accepted, failed, refused};
use crate::aws::RegionClients;

/// The beginning of what a function answers.
const ANSWER: usize = 400;

pub(super) async fn apply(clients: &RegionClients, what: &What) -> Receipt {
    match what {
        What::SetRule { rule, enabled: true } => {
            clients.events.enable_rule().name(rule).send().await.map_or_else(|error| failed(&error), |_| accepted([]))
        }
        What::SetRule { rule, enabled: false } => {
            clients.events.disable_rule().name(rule).send().await.map_or_else(|error| failed(&error), |_| accepted([]))
        }
        What::SetConcurrency { function, reserved: Some(reserved) } => {
            let request = clients.lambda.put_function_concurrency().function_name(function).reserved_concurrent_executions(*reserved);
            request.send().await.map_or_else(|error| failed(&error), |_| accepted([]))
        }
        What::SetConcurrency { function, reserved: None } => {
            let request = clients.lambda.delete_function_concurrency().function_name(function);
            request.send().await.map_or_else(|error| failed(&error), |_| accepted([]))
        }
        What::InvokeFunction { function, payload } => invoke(clients, function, payload).await,
        What::StartExecution { machine, name, input } => {
            match clients.states.start_execution().state_machine_arn(machine).name(name).input(input).send().await {
                Ok(started) => accepted([("execution", Some(started.execution_arn))]),
                Err(error) => failed(&error),
            }
        }
        What::StopExecution { execution, cause } => {
            let request = clients.states.stop_execution().execution_arn(execution).cause(cause);
            request.send().await.map_or_else(|error| failed(&error), |_| accepted([]))
        }
        _ => refused("NotHere", "no automation does that"),
    }
}

async fn invoke(clients: &RegionClients, function: &str, payload: &str) -> Receipt {
    let request = clients.lambda.invoke().function_name(function).invocation_type(InvocationType::RequestResponse);
    match request.payload(Blob::new(payload.as_bytes())).send().await {
        Ok(answered) => {
            let body = answered.payload.map(|body| drlab_core::domain::excerpt(&String::from_utf8_lossy(body.as_ref()), ANSWER));
            // It ran, and says that it failed: that has happened, and is no refusal.
            accepted([("body", body), ("error", answered.function_error), ("status", Some(answered.status_code.to_string()))])
        }
        Err(error) => failed(&error),
    }
}
