//! What a broken way to AWS looks like through the SDK, and how long it takes to know: exactly, because the clock is paused.

use std::time::Duration;

use aws_sdk_lambda::error::ProvideErrorMetadata;
use aws_smithy_runtime_api::client::result::SdkError;
use tokio::time::{Instant, sleep};

use super::rig::{Rig, refused};

const SECOND: Duration = Duration::from_secs(1);

/// How the call ended, and when.
async fn ends<T, E, R>(call: impl Future<Output = Result<T, SdkError<E, R>>>) -> (&'static str, Duration) {
    let began = Instant::now();
    let how = match call.await {
        Ok(_) => "answered",
        Err(SdkError::TimeoutError(_)) => "attempt timed out",
        Err(SdkError::DispatchFailure(failure)) if failure.is_timeout() => "connect timed out",
        Err(SdkError::DispatchFailure(failure)) if failure.is_io() => "refused",
        Err(SdkError::ServiceError(_)) => "answered with an error",
        Err(_) => "something else",
    };
    (how, began.elapsed())
}

#[tokio::test(start_paused = true)]
async fn each_way_of_being_gone_costs_its_own_time() {
    let faults = [
        ("region-dark", ("connect timed out", SECOND)),
        ("api-silent", ("attempt timed out", 3 * SECOND)),
        ("api-refused", ("refused", Duration::ZERO)),
    ];
    for (fault, expected) in faults {
        let rig = Rig::open("tier2");
        let describe = |rig: &Rig| rig.primary().rds.describe_db_instances().send();
        assert_eq!(ends(describe(&rig)).await, ("answered", Duration::from_millis(150)));
        rig.inject(&format!("{fault}:primary"), None, Some("60s"));
        assert_eq!(ends(describe(&rig)).await, expected, "{fault}");
        // The other region knows nothing of it; afterwards everything is as it was.
        assert_eq!(ends(rig.standby().rds.describe_db_instances().send()).await.0, "answered", "{fault}");
        // The world moves in whole seconds.
        sleep(61 * SECOND).await;
        assert_eq!(ends(describe(&rig)).await.0, "answered", "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_region_is_slow_until_patience_ends() {
    let rig = Rig::open("tier2");
    rig.inject("api-slow:primary", Some(1000.0), Some("30s"));
    let list = || rig.primary().ecs.list_clusters().send();
    assert_eq!(ends(list()).await, ("answered", Duration::from_millis(1150)));
    sleep(30 * SECOND).await;
    rig.inject("api-slow:primary", Some(5000.0), None);
    assert_eq!(ends(list()).await, ("attempt timed out", 3 * SECOND));
}

#[tokio::test(start_paused = true)]
async fn route_53s_control_plane_goes_alone_and_dns_goes_on() {
    let rig = Rig::open("tier2");
    rig.inject("control-plane-down", None, None);
    assert_eq!(ends(rig.aws.route53.list_hosted_zones().send()).await, ("connect timed out", SECOND));
    assert_eq!(ends(rig.primary().sts.get_caller_identity().send()).await.0, "answered");
    assert_eq!(rig.workload()["landing"], "primary");
}

#[tokio::test(start_paused = true)]
async fn expired_credentials_are_told_in_each_protocols_words() {
    let rig = Rig::open("payments");
    rig.inject("credentials-expired:primary", None, None);
    let here = rig.primary();
    let codes = [
        code(here.sts.get_caller_identity().send().await),
        code(here.rds.describe_db_instances().send().await),
        code(here.cloudwatch.describe_alarms().send().await),
        code(here.s3.list_objects_v2().bucket("payments-transaction-log").send().await),
        code(here.ecs.list_clusters().send().await),
        code(here.lambda.list_functions().send().await),
        code(rig.aws.route53.list_hosted_zones().send().await),
    ];
    let [query, json] = ["ExpiredToken", "ExpiredTokenException"];
    assert_eq!(codes, [query, query, query, query, json, json, query]);
    assert!(rig.standby().sts.get_caller_identity().send().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn throttling_is_told_in_each_services_words() {
    let rig = Rig::open("payments");
    rig.inject("api-throttled:primary", Some(1.0), None);
    let here = rig.primary();
    let codes = [
        code(here.rds.describe_db_instances().send().await),
        code(here.cloudwatch.describe_alarms().send().await),
        code(here.s3.list_objects_v2().bucket("payments-transaction-log").send().await),
        code(here.ecs.list_clusters().send().await),
        code(here.lambda.list_functions().send().await),
        code(rig.aws.route53.list_hosted_zones().send().await),
    ];
    assert_eq!(codes, ["Throttling", "Throttling", "SlowDown", "ThrottlingException", "TooManyRequestsException", "Throttling"]);
    assert!(refused(here.lambda.list_functions().send().await).is_too_many_requests_exception());
}

#[tokio::test(start_paused = true)]
async fn buckets_of_calls_run_dry_and_fill_again() {
    let rig = Rig::open("tier2");
    let check = rig.stage.config.workloads[0].dns.as_ref().unwrap().sites.primary.health_check.clone().unwrap();
    let ask = || rig.aws.route53.get_health_check_status().health_check_id(&check).send();
    // Four at once and one a second is what AWS allows here.
    let (a, b, c, d, e) = tokio::join!(ask(), ask(), ask(), ask(), ask());
    let (answered, mut throttled): (Vec<_>, Vec<_>) = [a, b, c, d, e].into_iter().partition(Result::is_ok);
    assert_eq!((answered.len(), throttled.len()), (4, 1));
    assert_eq!(code(throttled.remove(0)), "Throttling");
    sleep(SECOND).await;
    assert!(ask().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn an_empty_503_has_no_code() {
    let rig = Rig::open("tier2");
    rig.inject("api-errors:primary", None, None);
    let error = rig.primary().rds.describe_db_instances().send().await.unwrap_err();
    assert_eq!(error.raw_response().unwrap().status().as_u16(), 503);
    assert_eq!(error.code(), None);
    let error = rig.primary().ecs.list_clusters().send().await.unwrap_err();
    assert_eq!((error.raw_response().unwrap().status().as_u16(), error.code()), (503, None));
}

fn code<T: std::fmt::Debug, E: ProvideErrorMetadata + std::fmt::Debug, R: std::fmt::Debug>(answer: Result<T, SdkError<E, R>>) -> String {
    refused(answer).code().unwrap_or_default().to_owned()
}
