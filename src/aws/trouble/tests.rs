use aws_sdk_rds::operation::describe_db_instances::DescribeDBInstancesError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;
use proptest::prelude::*;

use super::*;

type Failed = SdkError<DescribeDBInstancesError, HttpResponse>;

fn raw(status: u16, body: &str) -> HttpResponse {
    HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body))
}

fn refusal(status: u16, code: &str, said: &str) -> Failed {
    let mut metadata = ErrorMetadata::builder().message(said);
    if !code.is_empty() {
        metadata = metadata.code(code);
    }
    SdkError::service_error(DescribeDBInstancesError::generic(metadata.build()), raw(status, ""))
}

fn told(error: &Failed) -> (Cause, String) {
    let Trouble { cause, text } = trouble(error);
    (cause, text)
}

#[test]
fn a_line_that_breaks_says_how() {
    let io = |text: &str| SdkError::dispatch_failure(ConnectorError::io(text.to_owned().into()));
    let cases: Vec<(Failed, Cause, &str)> = vec![
        (SdkError::timeout_error("3 s"), Cause::Silent, "no answer"),
        (SdkError::dispatch_failure(ConnectorError::timeout("connect".into())), Cause::Silent, "no answer"),
        (io("Connection refused (os error 111)"), Cause::Unreachable, "connection refused"),
        (io("connection reset by peer"), Cause::Unreachable, "connection reset"),
        (io("dns error: failed to lookup address information"), Cause::Unreachable, "its name does not resolve"),
        (io("invalid peer certificate: UnknownIssuer"), Cause::Unreachable, "its certificate is not trusted"),
        (io("connection closed before message completed"), Cause::Unreachable, "connection closed before an answer"),
        (io("gremlins"), Cause::Unreachable, "connection failed: gremlins"),
        (SdkError::construction_failure("no region"), Cause::Unintelligible, "could not be asked: no region"),
        (SdkError::dispatch_failure(ConnectorError::other("odd".into(), None)), Cause::Unintelligible, "could not be asked: odd"),
    ];
    for (error, cause, text) in cases {
        assert_eq!(told(&error), (cause, text.to_owned()), "{error:?}");
    }
}

#[test]
fn the_real_io_error_beneath_is_found() {
    let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
    assert_eq!(told(&SdkError::dispatch_failure(ConnectorError::io(Box::new(refused)))).1, "connection refused");
}

#[test]
fn codes_are_known_in_every_protocols_words() {
    let expired = (Cause::Credentials, "credentials expired");
    let throttled = (Cause::Throttled, "throttled");
    let denied = (Cause::Denied, "not allowed: rds:DescribeDBInstances");
    let absent = (Cause::Unintelligible, "this endpoint does not have DescribeDBInstances");
    let cases = [
        ("ExpiredToken", 403, expired),
        ("ExpiredTokenException", 400, expired),
        ("UnrecognizedClientException", 400, (Cause::Credentials, "credentials not accepted: UnrecognizedClientException")),
        ("InvalidClientTokenId", 403, (Cause::Credentials, "credentials not accepted: InvalidClientTokenId")),
        ("SignatureDoesNotMatch", 403, (Cause::Credentials, "credentials not accepted: SignatureDoesNotMatch")),
        ("RequestTimeTooSkewed", 403, (Cause::Credentials, "credentials not accepted: this machine's clock is wrong")),
        ("AccessDenied", 403, denied),
        ("AccessDeniedException", 400, denied),
        ("UnauthorizedOperation", 403, denied),
        ("NotAuthorizedException", 400, denied),
        ("Throttling", 400, throttled),
        ("ThrottlingException", 400, throttled),
        ("ThrottledException", 400, throttled),
        ("TooManyRequestsException", 429, throttled),
        ("RequestLimitExceeded", 503, throttled),
        ("SlowDown", 503, throttled),
        ("PriorRequestNotComplete", 400, throttled),
        ("com.amazonaws.rds#ThrottlingException:http://internal.amazon.com/", 400, throttled),
        ("SomethingNew", 429, throttled),
        ("InvalidAction", 400, absent),
        ("UnknownOperationException", 404, absent),
        ("InternalFailure", 500, (Cause::Broken, "answers 500 InternalFailure: oh")),
        ("Strange", 400, (Cause::Unintelligible, "refused Strange: oh")),
    ];
    for (code, status, (cause, text)) in cases {
        assert_eq!(told(&refusal(status, code, "oh")), (cause, text.to_owned()), "{code}");
    }
}

#[test]
fn where_there_is_no_code_the_status_speaks() {
    let page = "<!DOCTYPE html><html><body>Bad gateway</body></html>";
    let cases = [
        (503, "", (Cause::Broken, "answers 503")),
        (502, page, (Cause::Broken, "answers 502 with a web page")),
        (429, "", (Cause::Throttled, "throttled")),
        (403, "", (Cause::Denied, "not allowed: rds:DescribeDBInstances")),
        (404, "", (Cause::Unintelligible, "this endpoint does not have DescribeDBInstances")),
        (200, page, (Cause::Unintelligible, "answers 200 with a web page")),
        (200, "{", (Cause::Unintelligible, "answers 200, and makes no sense")),
        (301, "", (Cause::Unintelligible, "answers 301: it is elsewhere")),
    ];
    for (status, body, (cause, text)) in cases {
        let garbled: Failed = SdkError::response_error("unparsable", raw(status, body));
        assert_eq!(told(&garbled), (cause, text.to_owned()), "{status}");
    }
    assert_eq!(told(&refusal(503, "", "")), (Cause::Broken, "answers 503".to_owned()));
}

#[test]
fn a_denial_names_what_aws_says_is_missing() {
    let said = "User: arn:aws:iam::123456789012:user/eve is not authorized to perform: rds:DescribeEverything on resource: *";
    assert_eq!(told(&refusal(403, "AccessDenied", said)).1, "not allowed: rds:DescribeEverything");
}

#[test]
fn our_own_ends_are_told_apart_from_aws() {
    let refused = Refused { service: "RDS".to_owned(), operation: "PromoteReadReplica".to_owned(), allowed: "the reads of watch mode" };
    let (cause, text) = told(&SdkError::construction_failure(refused));
    assert_eq!((cause, text.as_str()), (Cause::Denied, "not sent: RDS PromoteReadReplica is not among the reads of watch mode"));
    let lacking = ConnectorError::other(Box::new(CredentialsError::not_loaded_no_source()), None);
    assert_eq!(told(&SdkError::dispatch_failure(lacking)).0, Cause::Credentials);
    let slow = ConnectorError::other("identity resolver timed out after 5s".into(), None);
    assert_eq!(told(&SdkError::dispatch_failure(slow)), (Cause::Credentials, "credentials: no answer".to_owned()));
}

proptest! {
    #[test]
    fn whatever_aws_says_stays_one_tame_line(said in "(?s).{0,600}", code in "[A-Za-z#:\u{1b}\u{202e}]{0,300}", status in 200u16..600) {
        let text = told(&refusal(status, &code, &said)).1;
        prop_assert!(text.chars().count() <= 220, "{text}");
        prop_assert!(!text.chars().any(|c| c.is_control() || is_format(c)), "{text:?}");
    }
}
