//! What a failed call means to a person, whatever service it was.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use drlab_core::domain::{Cause, Trouble};

/// Classifies by code where there is one and by HTTP status where there is none (an empty 503 has no code on several services).
pub(super) fn trouble<E: ProvideErrorMetadata + Error + 'static>(error: &SdkError<E, HttpResponse>) -> Trouble {
    match error {
        SdkError::TimeoutError(_) => Trouble::new(Cause::Silent, "no answer"),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => Trouble::new(Cause::Silent, "no answer"),
        SdkError::DispatchFailure(failure) if failure.is_io() => Trouble::new(Cause::Unreachable, "connection refused"),
        SdkError::ServiceError(refusal) => {
            let (code, status) = (refusal.err().code().unwrap_or_default(), refusal.raw().status().as_u16());
            let said = refusal.err().message().unwrap_or_default();
            match code {
                "Throttling" | "ThrottlingException" | "TooManyRequestsException" | "RequestLimitExceeded" | "SlowDown" => {
                    Trouble::new(Cause::Throttled, "throttled")
                }
                _ if status >= 500 => Trouble::new(Cause::Broken, format!("answers {status} {code} {said}").trim_end()),
                _ => Trouble::new(Cause::Unintelligible, format!("{code}: {said}")),
            }
        }
        other => Trouble::new(Cause::Unintelligible, other),
    }
}
