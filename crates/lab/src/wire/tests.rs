//! The wire from end to end: requests as the SDK and the CLI send them, down to what they mean and what comes back.

use proptest::prelude::*;

use super::*;
use crate::doc;
use crate::world::testing::{east, west, world};
use crate::world::{ActiveFault, Fault};

/// Any input an operation could be given, of the kinds that all protocols share.
pub(super) fn documents() -> impl Strategy<Value = Document> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Document::Bool),
        any::<i64>().prop_map(Document::Int),
        any::<i32>().prop_map(|eighths| Document::Float(f64::from(eighths) / 8.0)),
        "[ -~äß€\n]{0,12}".prop_map(Document::Text),
    ];
    let value = leaf
        .prop_recursive(4, 40, 6, |inner| prop_oneof![prop::collection::vec(inner.clone(), 0..5).prop_map(Document::list), members(inner)]);
    members(value)
}

fn members(value: impl Strategy<Value = Document>) -> impl Strategy<Value = Document> {
    prop::collection::btree_map("[A-Za-z][A-Za-z0-9]{0,8}", value, 0..6).prop_map(|members| Document::Map(members.into_iter().collect()))
}

fn signed(service: &str, region: &str) -> (String, String) {
    let scope = format!("AKIALAB/20261120/{region}/{service}/aws4_request");
    ("authorization".to_owned(), format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00"))
}

fn request(service: &str, line: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> HttpRequest {
    let (method, target) = line.split_once(' ').unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut all = vec![signed(service, "us-east-1")];
    all.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    HttpRequest { method: method.to_owned(), path: path.to_owned(), query: query.to_owned(), headers: all, body: body.into() }
}

/// What a request is understood as.
fn meaning(request: &HttpRequest) -> (String, Document, Bytes) {
    let asked = understand(services::manner(request), request).unwrap();
    (asked.operation, asked.input, asked.payload)
}

fn operation(service: &str, line: &str) -> Option<String> {
    let request = request(service, line, &[], "");
    understand(services::manner(&request), &request).ok().map(|asked| asked.operation)
}

/// Asks at the door of us-east-1.
fn answer(world: &mut World, request: &HttpRequest) -> (u16, String, HttpResponse) {
    let response = handle(world, &mut Log::default(), Some(&Door::Region(east())), request);
    (response.status, String::from_utf8_lossy(&response.body).into_owned(), response)
}

fn caller() -> HttpRequest {
    request("sts", "POST /", &[("content-type", "application/x-www-form-urlencoded")], "Action=GetCallerIdentity&Version=2011-06-15")
}

#[test]
fn a_query_is_answered_in_its_envelope() {
    let (status, text, response) = answer(&mut world(), &caller());
    assert_eq!((status, response.headers[0].1.as_str()), (200, "text/xml"));
    let start = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>";
    assert!(text.contains(start), "{text}");
    let id = &response.headers.iter().find(|(name, _)| name == "x-amzn-requestid").unwrap().1;
    assert!(text.contains(&format!("</GetCallerIdentityResult><ResponseMetadata><RequestId>{id}</RequestId>")), "{text}");
    assert!(!response.headers.iter().any(|(name, _)| name == "date"));
}

#[test]
fn unsigned_and_misdirected_requests_are_refused_in_shape() {
    let mut world = world();
    let mut unsigned = caller();
    unsigned.headers.retain(|(name, _)| name != "authorization");
    let (status, text, _) = answer(&mut world, &unsigned);
    assert_eq!(status, 403);
    assert!(text.contains("<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>"), "{text}");
    assert!(text.contains("<Code>MissingAuthenticationToken</Code>"), "{text}");

    let mut elsewhere = caller();
    elsewhere.headers[0] = signed("sts", "us-west-2");
    let (status, text, _) = answer(&mut world, &elsewhere);
    assert_eq!((status, text.contains("<Code>SignatureDoesNotMatch</Code>")), (403, true));
    assert_eq!(door_of(&elsewhere), Some(Door::Region(west())));
    let response = handle(&mut world, &mut Log::default(), None, &elsewhere);
    assert_eq!(response.status, 200);

    let target = ("x-amz-target", "AmazonEC2ContainerServiceV20141113.ListClusters");
    let mut ecs = request("ecs", "POST /", &[target], "{}");
    ecs.headers[0] = ("authorization".to_owned(), "AWS4-HMAC-SHA256 nonsense".to_owned());
    let (status, text, _) = answer(&mut world, &ecs);
    assert_eq!(status, 400);
    assert!(text.starts_with("{\"__type\":\"IncompleteSignatureException\",\"message\":"), "{text}");

    let route53 = request("route53", "GET /2013-04-01/hostedzone", &[], "");
    assert_eq!(answer(&mut world, &route53).0, 403);
    assert_eq!(door_of(&route53), Some(Door::Route53));
    let mut log = Log::default();
    let response = handle(&mut world, &mut log, Some(&Door::Route53), &caller());
    assert_eq!((response.status, log.entries().next().unwrap().code.as_str()), (403, "SignatureDoesNotMatch"));
}

#[test]
fn every_call_is_in_the_log() {
    let (mut world, mut log) = (world(), Log::default());
    let mut first = caller();
    first.headers.push(("amz-sdk-invocation-id".to_owned(), "07399293".to_owned()));
    handle(&mut world, &mut log, None, &first);
    handle(&mut world, &mut log, None, &request("rds", "POST /", &[], "Action=MakeCoffee&Version=2014-10-31"));
    handle(&mut world, &mut log, None, &request("ec2", "POST /", &[], "Action=DescribeVpcs&Version=2016-11-15"));
    handle(&mut world, &mut log, None, &request("s3", "GET /logs?acl", &[], ""));
    let told: Vec<_> = log.entries().map(|e| (e.service.as_str(), e.operation.as_str(), e.status, e.code.as_str())).collect();
    let expected = [
        ("sts", "GetCallerIdentity", 200, ""),
        ("rds", "MakeCoffee", 400, "InvalidAction"),
        ("ec2", "DescribeVpcs", 400, "InvalidAction"),
        ("s3", "GET /logs?acl", 501, "NotImplemented"),
    ];
    assert_eq!(told, expected);
    let first = log.entries().next().unwrap();
    assert_eq!((first.region.as_str(), first.access_key.as_str(), first.invocation.as_str()), ("us-east-1", "AKIALAB", "07399293"));
    assert_eq!(log.answered(), 4);
}

#[test]
fn the_doors_own_errors_wear_the_services_words() {
    let mut world = world();
    let now = world.now();
    let cbor = request(
        "monitoring",
        "POST /service/GraniteServiceVersion20100801/operation/GetMetricData",
        &[("smithy-protocol", "rpc-v2-cbor"), ("x-amzn-query-mode", "true")],
        vec![0xbf, 0xff],
    );
    world.faults.inject(ActiveFault::on(Fault::CredentialsExpired, &east(), now, None));
    assert!(answer(&mut world, &caller()).1.contains("<Code>ExpiredToken</Code>"));
    world.faults.clear();
    world.faults.inject(ActiveFault::on(Fault::ApiErrors, &east(), now, None));
    let (status, text, _) = answer(&mut world, &caller());
    assert_eq!((status, text.as_str()), (503, ""));
    let unknown = request(
        "monitoring",
        "POST /service/GraniteServiceVersion20100801/operation/MakeCoffee",
        &[("smithy-protocol", "rpc-v2-cbor"), ("x-amzn-query-mode", "true")],
        vec![0xbf, 0xff],
    );
    let (_, _, response) = answer(&mut world, &unknown);
    assert_eq!(meaning(&cbor).0, "GetMetricData");
    assert!(response.headers.contains(&("smithy-protocol".to_owned(), "rpc-v2-cbor".to_owned())));
    assert!(response.headers.contains(&("x-amzn-query-error".to_owned(), "InvalidAction;Sender".to_owned())));
}

#[test]
fn three_protocols_of_cloudwatch_mean_the_same() {
    let expected = ("DescribeAlarms".to_owned(), doc! { "AlarmNamePrefix": "dr-" }, Bytes::new());
    let path = "POST /service/GraniteServiceVersion20100801/operation/DescribeAlarms";
    let cbor = b"\xbf\x6fAlarmNamePrefix\x63dr-\xff".as_slice();
    let json = [("x-amz-target", "GraniteServiceVersion20100801.DescribeAlarms"), ("content-type", "application/x-amz-json-1.0")];
    assert_eq!(meaning(&request("monitoring", path, &[("smithy-protocol", "rpc-v2-cbor")], cbor)), expected);
    assert_eq!(meaning(&request("monitoring", "POST /", &json, "{\"AlarmNamePrefix\":\"dr-\"}")), expected);
    let form = "Action=DescribeAlarms&Version=2010-08-01&AlarmNamePrefix=dr-";
    assert_eq!(meaning(&request("monitoring", "POST /", &[], form)), expected);
}

#[test]
fn json_goes_by_its_target() {
    let headers = [("x-amz-target", "AmazonEC2ContainerServiceV20141113.DescribeServices")];
    let (name, input, _) = meaning(&request("ecs", "POST /", &headers, "{\"cluster\":\"prod\",\"services\":[\"web\",\"api\"]}"));
    assert_eq!((name.as_str(), input.texts("services", "member")), ("DescribeServices", vec!["web", "api"]));
    let wrong = request("ecs", "POST /", &[("x-amz-target", "DynamoDB_20120810.PutItem")], "{}");
    let (status, text, _) = answer(&mut world(), &wrong);
    assert_eq!(status, 400);
    assert!(text.contains("UnknownOperationException"), "{text}");
}

#[test]
fn route53_reads_labels_queries_and_bodies() {
    let (name, input, _) = meaning(&request("route53", "GET /2013-04-01/hostedzone/Z1/rrset?name=a.example&type=A&maxitems=10", &[], ""));
    let expected = doc! { "HostedZoneId": "Z1", "StartRecordName": "a.example", "StartRecordType": "A", "MaxItems": "10" };
    assert_eq!((name.as_str(), input), ("ListResourceRecordSets", expected));
    let body = "<ChangeResourceRecordSetsRequest xmlns='u'><ChangeBatch><Changes><Change><Action>UPSERT</Action></Change></Changes>\
                </ChangeBatch></ChangeResourceRecordSetsRequest>";
    for line in ["POST /2013-04-01/hostedzone/Z1/rrset", "POST /2013-04-01/hostedzone/Z1/rrset/"] {
        let (name, input, _) = meaning(&request("route53", line, &[], body));
        assert_eq!((name.as_str(), input.text("HostedZoneId").unwrap()), ("ChangeResourceRecordSets", Some("Z1")));
        assert_eq!(input.get("ChangeBatch").unwrap().items("Changes", "Change")[0].text("Action").unwrap(), Some("UPSERT"));
    }
    let broken = request("route53", "POST /2013-04-01/healthcheck/hc-1", &[], "<UpdateHealthCheckRequest>");
    let response = handle(&mut world(), &mut Log::default(), Some(&Door::Route53), &broken);
    assert_eq!(response.status, 400);
    assert!(String::from_utf8_lossy(&response.body).contains("<Code>InvalidInput</Code>"));
}

#[test]
fn s3_tells_subresources_apart() {
    for (line, expected) in [
        ("GET /?x-id=ListBuckets", "ListBuckets"),
        ("HEAD /logs", "HeadBucket"),
        ("GET /logs?location", "GetBucketLocation"),
        ("GET /logs/?replication", "GetBucketReplication"),
        ("DELETE /logs?replication=", "DeleteBucketReplication"),
        ("GET /logs/?versions&prefix=p%2F", "ListObjectVersions"),
        ("GET /logs?list-type=2&prefix=a", "ListObjectsV2"),
        ("GET /logs/a/b%20c?x-id=GetObject&versionId=1", "GetObject"),
        ("HEAD /logs/a", "HeadObject"),
        ("PUT /logs/a?x-id=PutObject", "PutObject"),
        ("DELETE /logs/a", "DeleteObject"),
    ] {
        assert_eq!(operation("s3", line).as_deref(), Some(expected), "{line}");
    }
    for line in
        ["PUT /logs/a?tagging", "DELETE /logs/a?tagging", "GET /logs?acl", "PUT /logs/a?partNumber=1&uploadId=x", "GET /logs", "PUT /logs"]
    {
        assert_eq!(operation("s3", line), None, "{line}");
    }
    let copy = request("s3", "PUT /logs/b", &[("x-amz-copy-source", "/logs/a?versionId=1"), ("x-amz-meta-owner", "me")], "");
    let (name, input, _) = meaning(&copy);
    assert_eq!((name.as_str(), input.text("CopySource").unwrap()), ("CopyObject", Some("/logs/a?versionId=1")));
    assert_eq!(input.get("Metadata"), Some(&doc! { "owner": "me" }));
    let (_, input, payload) = meaning(&request("s3", "PUT /a%2Fb%20c/d%2Fe/f", &[("host", "logs.localhost:1")], "hello"));
    assert_eq!((input.text("Bucket").unwrap(), input.text("Key").unwrap()), (Some("logs"), Some("a/b c/d/e/f")));
    assert_eq!(payload, "hello");
}

#[test]
fn s3_bodies_are_members_by_their_root() {
    let body = "<Delete xmlns='u'><Object><Key>a</Key></Object><Object><Key>b</Key></Object><Quiet>true</Quiet></Delete>";
    let (name, input, _) = meaning(&request("s3", "POST /logs?delete", &[], body));
    assert_eq!((name.as_str(), input.get("Delete").unwrap().items("Object", "member").len()), ("DeleteObjects", 2));
    let (status, text, _) = answer(&mut world(), &request("s3", "POST /logs?delete", &[], "<Replace/>"));
    assert_eq!((status, text.contains("<Error><Code>MalformedXML</Code>")), (400, true));
    let (status, text, response) = answer(&mut world(), &request("s3", "HEAD /logs?acl", &[], ""));
    assert_eq!((status, text.as_str()), (501, ""));
    assert!(response.headers.iter().any(|(name, _)| name == "x-amz-request-id"));
}

#[test]
fn every_route_leads_to_an_operation_of_its_service() {
    for service in ["s3", "route53", "lambda", "apigateway"] {
        let claimed: Vec<_> = world_operations(service);
        let routed: Vec<_> = routes::of(service).routes.iter().map(|route| route.operation).collect();
        for name in claimed {
            assert!(routed.contains(&name), "{service} {name} has no route");
        }
    }
}

fn world_operations(service: &str) -> Vec<&'static str> {
    let found = crate::world::SERVICES.iter().find(|known| known.name == service).unwrap();
    found.operations.iter().map(|operation| operation.name).collect()
}

#[test]
fn lambda_and_api_gateway_go_by_path() {
    let invoke =
        request("lambda", "POST /2015-03-31/functions/dr%3Afn/invocations?Qualifier=1", &[("x-amz-invocation-type", "Event")], "{}");
    let (name, input, payload) = meaning(&invoke);
    assert_eq!((name.as_str(), payload.as_ref()), ("Invoke", b"{}".as_slice()));
    assert_eq!(input, doc! { "FunctionName": "dr:fn", "Qualifier": "1", "InvocationType": "Event" });
    let put = request("lambda", "PUT /2017-10-31/functions/f/concurrency", &[], "{\"ReservedConcurrentExecutions\":0}");
    assert_eq!(meaning(&put).1, doc! { "FunctionName": "f", "ReservedConcurrentExecutions": 0 });
    assert_eq!(operation("lambda", "GET /2015-03-31/functions/").as_deref(), Some("ListFunctions"));
    assert_eq!(operation("apigateway", "GET /restapis/a1/stages").as_deref(), Some("GetStages"));
    let (status, text, response) = answer(&mut world(), &request("lambda", "GET /2015-03-31/layers", &[], ""));
    assert_eq!((status, text.contains("\"Type\":\"User\"")), (404, true));
    assert!(response.headers.contains(&("x-amzn-errortype".to_owned(), "UnknownOperationException".to_owned())));
}

#[test]
fn rest_answers_are_unwrapped_dated_and_bound() {
    let dressed = |service: &str, line: &str, reply: Reply| {
        let request = request(service, line, &[], "<CreateHealthCheckRequest/>");
        let manner = services::manner(&request);
        let asked = understand(manner, &request).unwrap();
        rest::dressed(manner, &asked, reply)
    };
    let text = |response: &HttpResponse| String::from_utf8_lossy(&response.body).into_owned();
    let location = dressed("s3", "GET /logs?location", doc! { "LocationConstraint": "us-west-2" }.into());
    assert!(text(&location).ends_with("doc/2006-03-01/\">us-west-2</LocationConstraint>"), "{}", text(&location));
    let object = doc! { "ETag": "\"e\"", "LastModified": drlab_core::domain::Timestamp::from_secs(0), "Metadata": doc! { "a": "b" } };
    let head = dressed("s3", "HEAD /logs/a", object.into());
    assert!(head.headers.contains(&("last-modified".to_owned(), "Thu, 01 Jan 1970 00:00:00 GMT".to_owned())));
    assert!(head.headers.contains(&("x-amz-meta-a".to_owned(), "b".to_owned())) && head.body.is_empty());
    let created = dressed("route53", "POST /2013-04-01/healthcheck", doc! { "HealthCheck": doc! { "Id": "hc" } }.into());
    assert_eq!(created.status, 201);
    assert!(created.headers.contains(&("location".to_owned(), "https://route53.amazonaws.com/2013-04-01/healthcheck/hc".to_owned())));
    assert!(text(&created).contains("<CreateHealthCheckResponse xmlns="));
    let copying = request("s3", "PUT /logs/b", &[("x-amz-copy-source", "/logs/a")], "");
    let (manner, body) = (services::manner(&copying), doc! { "ETag": "\"e\"", "VersionId": "v" });
    let copied = rest::dressed(manner, &understand(manner, &copying).unwrap(), body.into());
    assert!(text(&copied).ends_with("<ETag>&quot;e&quot;</ETag></CopyObjectResult>"), "{}", text(&copied));
    assert!(copied.headers.contains(&("x-amz-version-id".to_owned(), "v".to_owned())));
    let deleted = dressed("s3", "DELETE /logs/a", doc! { "VersionId": "v" }.into());
    assert_eq!((deleted.status, deleted.body.len()), (204, 0));
}

#[test]
fn a_body_beyond_the_bound_is_refused_in_shape() {
    let (mut log, world) = (Log::default(), world());
    let response = too_large(&world, &mut log, &request("s3", "PUT /logs/a", &[], ""));
    assert!(String::from_utf8_lossy(&response.body).contains("<Code>EntityTooLarge</Code>"));
    let response = too_large(&world, &mut log, &request("rds", "POST /", &[], ""));
    assert_eq!(response.status, 413);
}

proptest! {
    #[test]
    fn any_request_is_answered(
        method in "(GET|PUT|POST|DELETE|HEAD)",
        service in "(rds|ecs|s3|route53|lambda|apigateway|monitoring|sts|other)",
        path in "(/|/service/GraniteServiceVersion20100801/operation/X|/2013-04-01/[a-z%/]{0,20}|/[ -~]{0,30})",
        query in "[ -~]{0,30}",
        target in prop::option::of("[A-Za-z0-9_.]{0,40}"),
        body in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        let mut asked = request(&service, "GET /", &[], body);
        asked.method = method;
        asked.path = path;
        asked.query = query;
        asked.headers.extend(target.map(|target| ("x-amz-target".to_owned(), target)));
        let mut log = Log::default();
        let response = handle(&mut world(), &mut log, None, &asked);
        prop_assert!((200..600).contains(&response.status));
        prop_assert_eq!(log.entries().count(), 1);
    }
}
