use std::collections::BTreeMap;
use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use drlab_core::domain::{Cause, Receipt, excerpt};

use crate::aws::trouble::trouble;

/// AWS's own words are cut here.
const LONGEST: usize = 400;

/// What the engine needs of an answer, by name.
pub(super) fn accepted<const N: usize>(told: [(&str, Option<String>); N]) -> Receipt {
    let told: BTreeMap<_, _> = told.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    Receipt::Accepted { told }
}

pub(super) fn refused(code: &str, text: &str) -> Receipt {
    Receipt::Refused { code: code.to_owned(), text: excerpt(text, LONGEST) }
}

/// Whether it has happened: a refusal says no; silence, a broken line and a service's own failure say nothing.
pub(super) fn failed<E: ProvideErrorMetadata + Error + 'static>(error: &SdkError<E, HttpResponse>) -> Receipt {
    let trouble = trouble(error);
    if let SdkError::ServiceError(refusal) = error {
        let code = refusal.err().code().unwrap_or_default();
        // AWS explains a signature that it does not accept by the whole of what was signed, with the session token in it.
        let said = refusal.err().message().filter(|_| trouble.cause != Cause::Credentials);
        let text = said.unwrap_or(&trouble.text);
        let theirs = refusal.raw().status().as_u16() >= 500 && trouble.cause != Cause::Throttled;
        return if code.is_empty() || theirs { unknown(&format!("{code} {text}")) } else { refused(code, text) };
    }
    match trouble.cause {
        Cause::Credentials => refused("NoCredentials", &trouble.text),
        // No connection was made, so nothing was asked.
        Cause::Unreachable if trouble.text.contains("refused") || trouble.text.contains("resolve") || trouble.text.contains("route") => {
            refused("NotReached", &trouble.text)
        }
        _ => unknown(&trouble.text),
    }
}

pub(super) fn unknown(text: &str) -> Receipt {
    Receipt::Unknown { text: excerpt(text.trim(), LONGEST) }
}

#[cfg(test)]
mod tests {
    use aws_sdk_rds::operation::promote_read_replica::PromoteReadReplicaError;
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;

    fn refusal(code: &str, said: &str) -> Receipt {
        let metadata = ErrorMetadata::builder().code(code).message(said).build();
        let raw = HttpResponse::new(StatusCode::try_from(403).unwrap(), SdkBody::empty());
        failed(&SdkError::service_error(PromoteReadReplicaError::generic(metadata), raw))
    }

    #[test]
    fn what_was_signed_is_not_written_down() {
        let said = "The Canonical String for this request should have been 'POST\n/\n\nx-amz-security-token:canary-token'";
        for code in ["SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature", "InvalidClientTokenId"] {
            let receipt = refusal(code, said);
            assert!(matches!(&receipt, Receipt::Refused { code: kept, .. } if kept == code), "{receipt:?}");
            assert!(!format!("{receipt:?}").contains("canary-token"), "{receipt:?}");
        }
        let Receipt::Refused { text, .. } = refusal("InvalidDBInstanceState", "it is backing-up") else { panic!() };
        assert_eq!(text, "it is backing-up");
    }
}
