//! What a failed call means to a person, whatever service it was.

use std::any::type_name;
use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use drlab_core::domain::{Cause, Read, Trouble, cut};

use super::credentials;
use super::readonly::Refused;

/// AWS's own words are cut here: a reason is a line, not a page.
const LONGEST: usize = 200;

/// Classifies by code where there is one and by HTTP status where there is none (an empty 503 has no code on several services).
pub(super) fn trouble<E: ProvideErrorMetadata + Error + 'static>(error: &SdkError<E, HttpResponse>) -> Trouble {
    let operation = operation(type_name::<E>());
    match error {
        SdkError::TimeoutError(_) => Trouble::new(Cause::Silent, "no answer"),
        SdkError::DispatchFailure(failure) => failure.as_connector_error().map_or_else(|| never_sent(error), not_reached),
        SdkError::ServiceError(refusal) => {
            let (raw, metadata) = (refusal.raw(), refusal.err());
            let code = metadata.code().unwrap_or_default();
            answered(operation, raw.status().as_u16(), code, metadata.message().unwrap_or_default(), body(raw))
        }
        SdkError::ResponseError(garbled) => {
            let raw = garbled.raw();
            answered(operation, raw.status().as_u16(), "", "", body(raw))
        }
        _ => never_sent(error),
    }
}

/// The operation that an error belongs to: the SDK's errors are named after them, and carry it nowhere else.
fn operation(error: &str) -> &str {
    let name = error.rsplit("::").next().unwrap_or(error);
    name.strip_suffix("Error").unwrap_or(name)
}

fn body(raw: &HttpResponse) -> &[u8] {
    raw.body().bytes().unwrap_or_default()
}

/// The line broke before an answer was there.
fn not_reached(error: &ConnectorError) -> Trouble {
    if let Some(trouble) = ours(error) {
        return trouble;
    }
    if error.is_timeout() {
        return Trouble::new(Cause::Silent, "no answer");
    }
    let told = chain(error).map(ToString::to_string).collect::<Vec<_>>().join(": ").to_lowercase();
    let words = [
        ("dns error", "its name does not resolve"),
        ("failed to lookup", "its name does not resolve"),
        ("certificate", "its certificate is not trusted"),
        ("refused", "connection refused"),
        ("reset", "connection reset"),
        ("unreachable", "no route to it"),
        ("closed", "connection closed before an answer"),
        ("broken pipe", "connection closed before an answer"),
        ("incomplete", "connection closed before an answer"),
    ];
    match words.iter().find(|(sign, _)| told.contains(sign)) {
        Some((_, words)) => Trouble::new(Cause::Unreachable, words),
        None if error.is_io() => Trouble::new(Cause::Unreachable, bounded(&format!("connection failed: {}", deepest(error)))),
        None => Trouble::new(Cause::Unintelligible, bounded(&format!("could not be asked: {}", deepest(error)))),
    }
}

/// It never left this machine, or the line does not say what became of it.
fn never_sent(error: &(dyn Error + 'static)) -> Trouble {
    ours(error).unwrap_or_else(|| Trouble::new(Cause::Unintelligible, bounded(&format!("could not be asked: {}", deepest(error)))))
}

/// What lies with us and says nothing of AWS: our own wall, and credentials that cannot be had.
fn ours(error: &(dyn Error + 'static)) -> Option<Trouble> {
    chain(error).find_map(|cause| {
        if let Some(refused) = cause.downcast_ref::<Refused>() {
            return Some(Trouble::new(Cause::Denied, refused));
        }
        if let Some(failed) = cause.downcast_ref::<CredentialsError>() {
            return Some(credentials::trouble(failed));
        }
        // The SDK's cache gave up waiting for them; its error has no name outside.
        cause.to_string().starts_with("identity resolver timed out").then(|| Trouble::new(Cause::Credentials, "credentials: no answer"))
    })
}

/// An answer, but no result.
fn answered(operation: &str, status: u16, code: &str, said: &str, body: &[u8]) -> Trouble {
    // `com.amazonaws.rds#Code:http://…` on some protocols.
    let code = code.rsplit('#').next().unwrap_or(code).split(':').next().unwrap_or(code);
    match code {
        "" => without_code(operation, status, body),
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" | "TokenRefreshRequired" => {
            Trouble::new(Cause::Credentials, "credentials expired")
        }
        "RequestTimeTooSkewed" => Trouble::new(Cause::Credentials, "credentials not accepted: this machine's clock is wrong"),
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidAccessKeyId"
        | "InvalidToken"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException"
        | "IncompleteSignature"
        | "IncompleteSignatureException"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "AuthFailure" => Trouble::new(Cause::Credentials, bounded(&format!("credentials not accepted: {code}"))),
        "OptInRequired" => Trouble::new(Cause::Denied, "the account has not opted in to this"),
        _ if is_denial(code) => Trouble::new(Cause::Denied, format!("not allowed: {}", action(operation, said))),
        _ if is_throttling(code) => Trouble::new(Cause::Throttled, "throttled"),
        "InvalidAction" | "UnknownOperationException" | "UnknownOperation" | "NotImplemented" => absent(operation),
        _ if status >= 500 => Trouble::new(Cause::Broken, with_words(&format!("answers {status}"), code, said)),
        _ if status == 429 => Trouble::new(Cause::Throttled, "throttled"),
        _ => Trouble::new(Cause::Unintelligible, with_words("refused", code, said)),
    }
}

/// An empty body, a proxy's page, or something that is no answer at all.
fn without_code(operation: &str, status: u16, body: &[u8]) -> Trouble {
    let start = String::from_utf8_lossy(body.get(..512).unwrap_or(body)).to_lowercase();
    let page = if start.contains("<html") || start.contains("<!doctype html") { " with a web page" } else { "" };
    match status {
        429 => Trouble::new(Cause::Throttled, "throttled"),
        // Nothing between us and AWS answers like this for AWS: it is the service, or what stands before it.
        500.. => Trouble::new(Cause::Broken, format!("answers {status}{page}")),
        401 | 403 => Trouble::new(Cause::Denied, format!("not allowed: {}", action(operation, ""))),
        404 | 405 if page.is_empty() => absent(operation),
        300..=399 => Trouble::new(Cause::Unintelligible, format!("answers {status}: it is elsewhere")),
        _ if page.is_empty() => Trouble::new(Cause::Unintelligible, format!("answers {status}, and makes no sense")),
        _ => Trouble::new(Cause::Unintelligible, format!("answers {status}{page}")),
    }
}

fn is_denial(code: &str) -> bool {
    code.starts_with("AccessDenied")
        || code.starts_with("NotAuthorized")
        || matches!(code, "UnauthorizedOperation" | "UnauthorizedException" | "AuthorizationError" | "AuthorizationErrorException")
        || matches!(code, "AllAccessDisabled" | "Forbidden" | "ForbiddenException")
}

fn is_throttling(code: &str) -> bool {
    code.starts_with("Throttl")
        || code.starts_with("RequestThrottled")
        || code.starts_with("TooManyRequests")
        || code.starts_with("ProvisionedThroughputExceeded")
        || matches!(code, "RequestLimitExceeded" | "SlowDown" | "PriorRequestNotComplete" | "BandwidthLimitExceeded")
}

fn absent(operation: &str) -> Trouble {
    Trouble::new(Cause::Unintelligible, format!("this endpoint does not have {operation}"))
}

/// What a policy would have to allow: AWS's message names it; else it follows from the operation.
fn action(operation: &str, said: &str) -> String {
    let named = said.split("perform: ").nth(1).and_then(|rest| rest.split_whitespace().next());
    let named = named.filter(|action| action.contains(':') && action.len() <= 100);
    bounded(named.or_else(|| Read::named(operation).map(|read| read.action)).unwrap_or(operation))
}

fn with_words(what: &str, code: &str, said: &str) -> String {
    let said = if said.is_empty() { String::new() } else { format!(": {said}") };
    bounded(&format!("{what} {code}{said}"))
}

fn deepest<'e>(error: &'e (dyn Error + 'static)) -> &'e (dyn Error + 'static) {
    chain(error).last().unwrap_or(error)
}

/// An error and what lies behind it. Twenty deep is deeper than any honest one.
pub(super) fn chain<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |cause: &&'e (dyn Error + 'static)| (*cause).source()).take(20)
}

/// One line, of at most `LONGEST` characters, that moves no cursor and turns no text round.
pub(super) fn bounded(text: &str) -> String {
    let plain = cut(text, 4 * LONGEST).chars().filter(|c| !is_format(*c)).map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
    let line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= LONGEST {
        return line;
    }
    format!("{}…", cut(&line, LONGEST - 1))
}

/// Invisible, and able to make a text look like another.
const fn is_format(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests;
