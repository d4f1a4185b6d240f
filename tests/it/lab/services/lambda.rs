use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{InvocationType, State};
use serde_json::{Value, json};

use super::Rig;
use crate::lab::rig::refused;

super::tour!("payments", invoke_hold_and_release_a_function);

const NAME: &str = "payments-validation";

async fn invoke_hold_and_release_a_function(rig: Rig) {
    let lambda = &rig.primary().lambda;
    let listed = lambda.list_functions().send().await.unwrap();
    assert!(listed.functions().iter().any(|function| function.function_name() == Some(NAME)));
    let function = lambda.get_function().function_name(NAME).send().await.unwrap();
    assert_eq!(function.configuration().unwrap().function_name(), Some(NAME));
    let configuration = lambda.get_function_configuration().function_name(NAME).send().await.unwrap();
    assert_eq!(configuration.state(), Some(&State::Active));

    let payment = json!({ "payment_id": "p-1", "amount": 12.5, "currency": "EUR" });
    let answered = lambda.invoke().function_name(NAME).payload(blob(&payment)).send().await.unwrap();
    assert_eq!((answered.status_code(), answered.function_error()), (200, None));
    let body: Value = serde_json::from_slice(answered.payload().unwrap().as_ref()).unwrap();
    assert_eq!(body, json!({ "valid": true, "payment_id": "p-1" }));
    // What the function throws is a 200 with a header: an error of the function, not of Lambda.
    let thrown = lambda.invoke().function_name(NAME).payload(blob(&json!({}))).send().await.unwrap();
    assert_eq!((thrown.status_code(), thrown.function_error()), (200, Some("Unhandled")));
    let body: Value = serde_json::from_slice(thrown.payload().unwrap().as_ref()).unwrap();
    assert_eq!(body["errorType"], "ValidationError");
    // The standby's function meets a database that takes no writes.
    let away = rig.standby().lambda.invoke().function_name(NAME).payload(blob(&payment)).send().await.unwrap();
    assert_eq!(away.function_error(), Some("Unhandled"));
    let later = lambda.invoke().function_name(NAME).invocation_type(InvocationType::Event).payload(blob(&payment)).send().await.unwrap();
    assert_eq!(later.status_code(), 202);

    // Held: no concurrency, no invocations.
    lambda.put_function_concurrency().function_name(NAME).reserved_concurrent_executions(0).send().await.unwrap();
    let held = lambda.get_function_concurrency().function_name(NAME).send().await.unwrap();
    assert_eq!(held.reserved_concurrent_executions(), Some(0));
    let refusal = refused(lambda.invoke().function_name(NAME).payload(blob(&payment)).send().await);
    assert!(refusal.is_too_many_requests_exception(), "{refusal:?}");
    lambda.delete_function_concurrency().function_name(NAME).send().await.unwrap();
    assert_eq!(lambda.get_function_concurrency().function_name(NAME).send().await.unwrap().reserved_concurrent_executions(), None);
    lambda.invoke().function_name(NAME).payload(blob(&payment)).send().await.unwrap();

    assert!(refused(lambda.get_function().function_name("nobody").send().await).is_resource_not_found_exception());
    assert!(refused(lambda.invoke().function_name("nobody").send().await).is_resource_not_found_exception());
    let refusal = refused(lambda.invoke().function_name(NAME).payload(Blob::new("not json")).send().await);
    assert!(refusal.is_invalid_request_content_exception());
}

fn blob(value: &Value) -> Blob {
    Blob::new(value.to_string())
}
