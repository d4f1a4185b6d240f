//! How each service speaks: its protocol, its names for itself, and its words for what every service has to say.

use super::http::pairs;
use super::{HttpRequest, Manner, scope};

/// How a request is written, and so its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    /// A form in, XML out.
    Query,
    /// `awsJson1_0` and `awsJson1_1`, told apart by the content type only.
    Json,
    /// Smithy RPC v2 CBOR.
    Cbor,
    RestXml,
    RestJson,
}

/// One service's manner of speaking.
#[derive(Debug)]
pub(super) struct Dialect {
    /// As requests are signed for it.
    pub(super) service: &'static str,
    /// What it speaks unless a request shows otherwise.
    pub(super) protocol: Protocol,
    /// The XML namespace of its answers, or the name space of its JSON errors.
    pub(super) namespace: &'static str,
    /// What `x-amz-target` begins with, and what a CBOR path calls the service.
    pub(super) target: &'static str,
    /// Its code for a member that cannot be what it is,
    pub(super) invalid: &'static str,
    /// and for one that is not there.
    pub(super) missing: &'static str,
}

impl Dialect {
    const fn query(service: &'static str, namespace: &'static str, invalid: &'static str, missing: &'static str) -> Self {
        Self { service, protocol: Protocol::Query, namespace, target: "", invalid, missing }
    }

    const fn json(service: &'static str, target: &'static str, namespace: &'static str, invalid: &'static str) -> Self {
        Self { service, protocol: Protocol::Json, namespace, target, invalid, missing: invalid }
    }

    const fn rest(service: &'static str, protocol: Protocol, namespace: &'static str, invalid: &'static str) -> Self {
        Self { service, protocol, namespace, target: "", invalid, missing: invalid }
    }

    /// The header a request's id is sent in.
    pub(super) fn id_header(&self) -> &'static str {
        if self.service == "s3" { "x-amz-request-id" } else { "x-amzn-requestid" }
    }

    /// Whether codes of the query protocol are what its clients go by, whatever the protocol.
    pub(super) fn is_query_compatible(&self) -> bool {
        self.protocol == Protocol::Query
    }

    /// The version of its query API.
    fn version(&self) -> Option<&'static str> {
        self.namespace.strip_suffix('/').and_then(|name| name.rsplit('/').next()).filter(|_| self.protocol == Protocol::Query)
    }
}

const DIALECTS: &[Dialect] = &[
    Dialect::query("rds", "http://rds.amazonaws.com/doc/2014-10-31/", "InvalidParameterValue", "MissingParameter"),
    Dialect::query(
        "elasticloadbalancing",
        "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
        "ValidationError",
        "ValidationError",
    ),
    Dialect::query("sns", "http://sns.amazonaws.com/doc/2010-03-31/", "InvalidParameter", "InvalidParameter"),
    Dialect::query("sts", "https://sts.amazonaws.com/doc/2011-06-15/", "ValidationError", "ValidationError"),
    Dialect {
        service: "monitoring",
        protocol: Protocol::Query,
        namespace: "http://monitoring.amazonaws.com/doc/2010-08-01/",
        target: "GraniteServiceVersion20100801",
        invalid: "InvalidParameterValue",
        missing: "MissingParameter",
    },
    Dialect::json("ecs", "AmazonEC2ContainerServiceV20141113", "", "InvalidParameterException"),
    Dialect::json("secretsmanager", "secretsmanager", "", "InvalidParameterException"),
    Dialect::json("application-autoscaling", "AnyScaleFrontendService", "", "ValidationException"),
    Dialect::json("dynamodb", "DynamoDB_20120810", "com.amazonaws.dynamodb.v20120810", "ValidationException"),
    Dialect::json("states", "AWSStepFunctions", "com.amazonaws.swf.service.v2.model", "ValidationException"),
    Dialect::json("events", "AWSEvents", "", "ValidationException"),
    Dialect::json("kms", "TrentService", "", "ValidationException"),
    Dialect::json("ecr", "AmazonEC2ContainerRegistry_V20150921", "", "InvalidParameterException"),
    Dialect::json("acm", "CertificateManager", "", "ValidationException"),
    Dialect::rest("route53", Protocol::RestXml, "https://route53.amazonaws.com/doc/2013-04-01/", "InvalidInput"),
    Dialect::rest("s3", Protocol::RestXml, "http://s3.amazonaws.com/doc/2006-03-01/", "InvalidArgument"),
    Dialect::rest("lambda", Protocol::RestJson, "", "InvalidParameterValueException"),
    Dialect::rest("apigateway", Protocol::RestJson, "", "BadRequestException"),
];

/// Services the lab does not have; they are refused in the protocol they were asked in.
const STRANGER: Dialect = Dialect::query("", "", "ValidationError", "ValidationError");
static UNKNOWN: Dialect = STRANGER;

pub(super) fn named(service: &str) -> Option<&'static Dialect> {
    DIALECTS.iter().find(|dialect| dialect.service == service)
}

/// Who is asked, and how. Unsigned requests are told by what they look like, so that even the refusal has the right shape.
pub(super) fn manner(request: &HttpRequest) -> Manner {
    let dialect = match scope::of(request) {
        Ok(scope) => named(&scope.service).unwrap_or(&UNKNOWN),
        Err(_) => guessed(request),
    };
    let protocol = if request.header("smithy-protocol") == Some("rpc-v2-cbor") || rpc_path(&request.path).is_some() {
        Protocol::Cbor
    } else if request.header("x-amz-target").is_some() {
        Protocol::Json
    } else {
        dialect.protocol
    };
    Manner { dialect, protocol }
}

/// Service and operation of `/service/{service}/operation/{operation}`.
pub(super) fn rpc_path(path: &str) -> Option<(&str, &str)> {
    let (service, operation) = path.strip_prefix("/service/")?.split_once("/operation/")?;
    (!service.contains('/') && !operation.contains('/')).then_some((service, operation))
}

fn guessed(request: &HttpRequest) -> &'static Dialect {
    let target = request.header("x-amz-target").and_then(|target| target.split_once('.')).map(|(target, _)| target);
    if let Some(target) = target.or_else(|| rpc_path(&request.path).map(|(service, _)| service)) {
        return DIALECTS.iter().find(|dialect| dialect.target == target).unwrap_or(&UNKNOWN);
    }
    let form = std::str::from_utf8(&request.body).ok().filter(|_| request.path == "/").unwrap_or_default();
    let version = pairs(form).chain(pairs(&request.query)).flatten().find(|(name, _)| name == "Version").map(|(_, value)| value);
    if let Some(version) = version {
        return DIALECTS.iter().find(|dialect| dialect.version() == Some(&version)).unwrap_or(&UNKNOWN);
    }
    let known = [("/2013-04-01/", "route53"), ("/restapis", "apigateway")];
    let service = known.iter().find(|(start, _)| request.path.starts_with(start)).map_or_else(
        || if request.path.get(11..).is_some_and(|rest| rest.starts_with("/functions")) { "lambda" } else { "s3" },
        |(_, service)| service,
    );
    named(service).unwrap_or(&UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::SERVICES;

    #[test]
    fn every_service_of_the_world_has_a_dialect() {
        for service in SERVICES {
            assert!(named(service.name).is_some(), "{}", service.name);
        }
        assert_eq!(DIALECTS.len(), SERVICES.len());
    }

    #[test]
    fn unsigned_requests_are_told_by_what_they_look_like() {
        let plain = |path: &str| HttpRequest { path: path.to_owned(), ..HttpRequest::default() };
        let form = HttpRequest { body: "Action=X&Version=2014-10-31".into(), ..plain("/") };
        let target = HttpRequest { headers: vec![("x-amz-target".into(), "TrentService.DescribeKey".into())], ..plain("/") };
        for (request, service) in [
            (form, "rds"),
            (target, "kms"),
            (plain("/service/GraniteServiceVersion20100801/operation/DescribeAlarms"), "monitoring"),
            (plain("/2013-04-01/change/C1"), "route53"),
            (plain("/2015-03-31/functions"), "lambda"),
            (plain("/restapis"), "apigateway"),
            (plain("/bucket/key"), "s3"),
        ] {
            assert_eq!(manner(&request).dialect.service, service);
        }
    }
}
