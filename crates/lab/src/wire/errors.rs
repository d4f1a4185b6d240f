//! Errors, in each service's own words and each protocol's own dress.

use std::borrow::Cow;

use super::services::Protocol;
use super::{HttpRequest, HttpResponse, Manner, cbor, json, log, xml};
use crate::document::Document;
use crate::world::ApiError;

/// What goes wrong before an operation is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    Unsigned,
    Incomplete(String),
    WrongRegion {
        given: String,
        expected: String,
    },
    WrongService {
        expected: String,
    },
    NoSuchRegion(String),
    UnknownOperation(String),
    /// What was sent cannot be read as what it claims to be.
    Malformed(String),
    TooLarge,
}

/// What all services have to say, each in its own words.
#[derive(Clone, Copy)]
enum Common {
    Unsigned,
    Incomplete,
    WrongScope,
    UnknownOperation,
    Malformed,
    TooLarge,
    Expired,
    Throttled,
}

/// Services that share their words.
#[derive(Clone, Copy)]
enum Family {
    Query,
    Json,
    Route53,
    S3,
    RestJson,
}

impl Trouble {
    pub(super) fn named(self, manner: Manner) -> ApiError {
        let say = |common, message: String| {
            let (code, status) = common_code(manner, common);
            ApiError::new(code, status, message)
        };
        match self {
            Self::Unsigned => match family(manner) {
                Family::S3 => say(Common::Unsigned, "Access Denied".to_owned()),
                Family::Query | Family::Route53 => say(Common::Unsigned, "Request is missing Authentication Token".to_owned()),
                Family::Json | Family::RestJson => say(Common::Unsigned, "Missing Authentication Token".to_owned()),
            },
            Self::Incomplete(message) => say(Common::Incomplete, message),
            Self::WrongRegion { given, expected } => match family(manner) {
                Family::S3 => {
                    let message = format!("The authorization header is malformed; the region '{given}' is wrong; expecting '{expected}'");
                    say(Common::WrongScope, message).member("Region", expected)
                }
                _ => say(Common::WrongScope, format!("Credential should be scoped to a valid region, not '{given}'; this is {expected}.")),
            },
            Self::WrongService { expected } => {
                say(Common::WrongScope, format!("Credential should be scoped to correct service: {expected}."))
            }
            Self::NoSuchRegion(region) => say(Common::WrongScope, format!("This lab has no region '{region}'.")),
            Self::UnknownOperation(message) => say(Common::UnknownOperation, message),
            Self::Malformed(message) => say(Common::Malformed, message),
            Self::TooLarge => say(Common::TooLarge, "Your request is larger than the lab takes in (16 MiB).".to_owned()),
        }
    }
}

/// Puts a service's own code in place of one that stands for all of them.
pub(super) fn localised(mut error: ApiError, manner: Manner) -> ApiError {
    let common = match error.code.as_ref() {
        ApiError::EXPIRED => Common::Expired,
        ApiError::UNKNOWN_OPERATION => Common::UnknownOperation,
        ApiError::THROTTLED => Common::Throttled,
        ApiError::VALIDATION => {
            let absent = error.message.starts_with("The request must contain the parameter");
            error.code = Cow::Borrowed(if absent { manner.dialect.missing } else { manner.dialect.invalid });
            return error;
        }
        _ => return error,
    };
    let (code, status) = common_code(manner, common);
    error.code = Cow::Borrowed(code);
    error.status = status;
    error
}

fn family(manner: Manner) -> Family {
    match (manner.dialect.service, manner.dialect.protocol, manner.protocol) {
        ("route53", ..) => Family::Route53,
        ("s3", ..) => Family::S3,
        (_, Protocol::RestJson, _) => Family::RestJson,
        (_, Protocol::Json, _) | ("", _, Protocol::Json | Protocol::Cbor) => Family::Json,
        _ => Family::Query,
    }
}

fn common_code(manner: Manner, common: Common) -> (&'static str, u16) {
    match (family(manner), common) {
        (Family::S3, Common::Unsigned) => ("AccessDenied", 403),
        (Family::Query | Family::Route53, Common::Unsigned) => ("MissingAuthenticationToken", 403),
        (Family::Json | Family::RestJson, Common::Unsigned) => ("MissingAuthenticationTokenException", 403),

        (Family::S3, Common::Incomplete | Common::WrongScope) => ("AuthorizationHeaderMalformed", 400),
        (Family::Query | Family::Route53, Common::Incomplete) => ("IncompleteSignature", 400),
        (Family::Json, Common::Incomplete) => ("IncompleteSignatureException", 400),
        (Family::RestJson, Common::Incomplete) => ("IncompleteSignatureException", 403),
        (Family::Query | Family::Route53, Common::WrongScope) => ("SignatureDoesNotMatch", 403),
        (Family::Json, Common::WrongScope) => ("InvalidSignatureException", 400),
        (Family::RestJson, Common::WrongScope) => ("InvalidSignatureException", 403),

        (Family::S3, Common::UnknownOperation) => ("NotImplemented", 501),
        (Family::Query, Common::UnknownOperation) => ("InvalidAction", 400),
        (Family::Json, Common::UnknownOperation) => ("UnknownOperationException", 400),
        (Family::Route53 | Family::RestJson, Common::UnknownOperation) => ("UnknownOperationException", 404),

        (Family::S3, Common::Malformed) => ("MalformedXML", 400),
        (Family::Query, Common::Malformed) if manner.protocol == Protocol::Query => ("MalformedQueryString", 400),
        (Family::Route53, Common::Malformed) => ("InvalidInput", 400),
        (Family::RestJson, Common::Malformed) if manner.dialect.service == "lambda" => ("InvalidRequestContentException", 400),
        (_, Common::Malformed) => ("SerializationException", 400),

        (Family::S3, Common::TooLarge) => ("EntityTooLarge", 400),
        (Family::Query | Family::Route53, Common::TooLarge) => ("RequestEntityTooLarge", 413),
        (Family::Json, Common::TooLarge) => ("RequestEntityTooLargeException", 413),
        (Family::RestJson, Common::TooLarge) => ("RequestTooLargeException", 413),

        (Family::S3, Common::Expired) => ("ExpiredToken", 400),
        (Family::Query | Family::Route53, Common::Expired) => ("ExpiredToken", 403),
        (Family::Json, Common::Expired) => ("ExpiredTokenException", 400),
        (Family::RestJson, Common::Expired) => ("ExpiredTokenException", 403),

        (Family::S3, Common::Throttled) => ("SlowDown", 503),
        (Family::Query | Family::Route53, Common::Throttled) => ("Throttling", 400),
        (Family::Json, Common::Throttled) => ("ThrottlingException", 400),
        (Family::RestJson, Common::Throttled) => ("TooManyRequestsException", 429),
    }
}

/// Codes of the query protocol whose shapes are called otherwise; JSON and CBOR send the shape, and the code in a header.
const QUERY_CODES: &[(&str, &str)] = &[
    ("ExpiredToken", "ExpiredTokenException"),
    ("IncompleteSignature", "IncompleteSignatureException"),
    ("InternalServiceError", "InternalServiceFault"),
    ("InvalidAction", "UnknownOperationException"),
    ("InvalidFormat", "InvalidFormatFault"),
    ("InvalidParameterCombination", "InvalidParameterCombinationException"),
    ("InvalidParameterInput", "DashboardInvalidInputError"),
    ("InvalidParameterValue", "InvalidParameterValueException"),
    ("LimitExceeded", "LimitExceededFault"),
    ("MissingAuthenticationToken", "MissingAuthenticationTokenException"),
    ("MissingParameter", "MissingRequiredParameterException"),
    ("SignatureDoesNotMatch", "InvalidSignatureException"),
    ("Throttling", "ThrottlingException"),
];

/// Letters of any text in an error: more than a key may have, percent-encoded and with its bucket.
const LONGEST: usize = 4_000;

/// A query error's code and the name of its shape, whichever of the two is known.
fn code_and_shape(known: &str) -> (&str, &str) {
    QUERY_CODES.iter().find(|(code, shape)| *code == known || *shape == known).map_or((known, known), |(code, shape)| (*code, *shape))
}

pub(super) fn dressed(manner: Manner, error: &ApiError, id: &str, request: &HttpRequest) -> HttpResponse {
    let error = &bounded(error);
    if error.code == ApiError::UNAVAILABLE {
        return HttpResponse::empty(error.status);
    }
    let mut response = match manner.protocol {
        Protocol::RestXml if manner.dialect.service == "s3" => bare(error, id, request),
        Protocol::Query | Protocol::RestXml => in_envelope(manner, error, id),
        Protocol::Json | Protocol::Cbor => with_type(manner, error, request),
        Protocol::RestJson => with_header(manner, error),
    };
    response.headers_of(&error.headers, &[]);
    response
}

/// What an error repeats of a request is not as long as the request.
fn bounded(error: &ApiError) -> ApiError {
    let mut bounded = error.clone();
    bounded.message = short(&error.message).to_owned();
    for (_, value) in &mut bounded.members {
        if let Document::Text(text) = value {
            *text = short(text).to_owned();
        }
    }
    bounded
}

fn short(text: &str) -> &str {
    text.char_indices().nth(LONGEST).map_or(text, |(end, _)| &text[..end])
}

fn fault(error: &ApiError) -> &'static str {
    if error.status < 500 { "Sender" } else { "Receiver" }
}

fn in_envelope(manner: Manner, error: &ApiError, id: &str) -> HttpResponse {
    let code = if manner.dialect.is_query_compatible() { code_and_shape(&error.code).0 } else { &error.code };
    let mut members: Vec<(String, Document)> =
        vec![("Type".into(), fault(error).into()), ("Code".into(), code.into()), ("Message".into(), (&error.message).into())];
    members.extend(error.members.iter().cloned());
    let body = Document::Map(vec![("Error".into(), Document::Map(members)), ("RequestId".into(), id.into())]);
    HttpResponse::new(error.status, "text/xml", xml::write("ErrorResponse", manner.dialect.namespace, &body))
}

/// S3's: no envelope.
fn bare(error: &ApiError, id: &str, request: &HttpRequest) -> HttpResponse {
    let mut members: Vec<(String, Document)> =
        vec![("Code".into(), error.code.as_ref().into()), ("Message".into(), (&error.message).into())];
    members.extend(error.members.iter().cloned());
    members.push(("Resource".into(), short(&request.path).into()));
    members.push(("RequestId".into(), id.into()));
    members.push(("HostId".into(), log::host_id(id).into()));
    if error.status == 304 {
        return HttpResponse::empty(304);
    }
    HttpResponse::new(error.status, "application/xml", xml::write("Error", "", &Document::Map(members)))
}

fn with_type(manner: Manner, error: &ApiError, request: &HttpRequest) -> HttpResponse {
    let compatible = manner.dialect.is_query_compatible();
    let (code, shape) = if compatible { code_and_shape(&error.code) } else { (error.code.as_ref(), error.code.as_ref()) };
    let space = match manner.dialect.service {
        "monitoring" => "com.amazonaws.cloudwatch",
        _ if compatible => "",
        _ => manner.dialect.namespace,
    };
    let kind = if space.is_empty() { shape.to_owned() } else { format!("{space}#{shape}") };
    let mut members: Vec<(String, Document)> = vec![("__type".into(), kind.into()), ("message".into(), (&error.message).into())];
    members.extend(error.members.iter().cloned());
    let body = Document::Map(members);
    let mut response = if manner.protocol == Protocol::Cbor {
        cbor::response(error.status, &body)
    } else {
        HttpResponse::new(error.status, json::content_type(request), json::write(&body))
    };
    if compatible && request.header("x-amzn-query-mode") == Some("true") {
        response.header("x-amzn-query-error", &format!("{code};{}", fault(error)));
    }
    response
}

fn with_header(manner: Manner, error: &ApiError) -> HttpResponse {
    let mut members: Vec<(String, Document)> = if manner.dialect.service == "lambda" {
        let kind = if error.status < 500 { "User" } else { "Service" };
        vec![("Type".into(), kind.into()), ("Message".into(), (&error.message).into())]
    } else {
        vec![("message".into(), (&error.message).into())]
    };
    members.extend(error.members.iter().cloned());
    let mut response = HttpResponse::new(error.status, "application/json", json::write(&Document::Map(members)));
    response.header("x-amzn-errortype", &error.code);
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::services;

    fn manner(service: &str) -> Manner {
        let dialect = services::named(service).unwrap();
        Manner { dialect, protocol: dialect.protocol }
    }

    fn text(response: &HttpResponse) -> &str {
        std::str::from_utf8(&response.body).unwrap()
    }

    #[test]
    fn every_service_has_its_own_word_for_what_all_say() {
        let said = |service, code: &'static str| localised(ApiError::new(code, 400, "x"), manner(service)).code.into_owned();
        assert_eq!(said("rds", ApiError::VALIDATION), "InvalidParameterValue");
        assert_eq!(said("route53", ApiError::VALIDATION), "InvalidInput");
        assert_eq!(said("dynamodb", ApiError::VALIDATION), "ValidationException");
        assert_eq!(said("ecs", ApiError::THROTTLED), "ThrottlingException");
        assert_eq!(said("s3", ApiError::THROTTLED), "SlowDown");
        assert_eq!(said("kms", ApiError::EXPIRED), "ExpiredTokenException");
        assert_eq!(said("sns", ApiError::UNKNOWN_OPERATION), "InvalidAction");
        assert_eq!(said("rds", "DBInstanceNotFound"), "DBInstanceNotFound");
        assert_eq!(localised(ApiError::missing("A"), manner("rds")).code, "MissingParameter");
    }

    #[test]
    fn an_overloaded_front_end_says_nothing() {
        let response = dressed(manner("rds"), &ApiError::new(ApiError::UNAVAILABLE, 503, ""), "id", &HttpRequest::default());
        assert_eq!((response.status, response.body.len(), response.headers.len()), (503, 0, 0));
    }

    #[test]
    fn errors_wear_their_protocols_dress() {
        let error = ApiError::new("ConditionalCheckFailedException", 400, "no").member("Item", 7);
        let json = dressed(manner("dynamodb"), &error, "id", &HttpRequest::default());
        let expected = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"no","Item":7}"#;
        assert_eq!(text(&json), expected);
        let s3 = dressed(manner("s3"), &ApiError::new("NoSuchKey", 404, "gone"), "ID", &HttpRequest::default());
        assert!(text(&s3).contains("<Error><Code>NoSuchKey</Code><Message>gone</Message>"), "{}", text(&s3));
        let lambda = dressed(manner("lambda"), &ApiError::new("ResourceNotFoundException", 404, "gone"), "id", &HttpRequest::default());
        assert!(lambda.headers.contains(&("x-amzn-errortype".to_owned(), "ResourceNotFoundException".to_owned())));
    }

    #[test]
    fn clients_in_query_mode_get_the_query_code() {
        let request = HttpRequest { headers: vec![("x-amzn-query-mode".into(), "true".into())], ..HttpRequest::default() };
        let cbor = Manner { protocol: Protocol::Cbor, ..manner("monitoring") };
        for known in ["InvalidParameterValue", "InvalidParameterValueException"] {
            let response = dressed(cbor, &ApiError::new(known, 400, "no"), "id", &request);
            assert!(response.headers.contains(&("x-amzn-query-error".to_owned(), "InvalidParameterValue;Sender".to_owned())));
            let shape = b"com.amazonaws.cloudwatch#InvalidParameterValueException";
            assert!(response.body.windows(shape.len()).any(|window| window == shape));
        }
    }
}
