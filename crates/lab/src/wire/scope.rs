//! Who signed a request, and for which region and service: the credential scope of Signature Version 4. Signatures are not checked;
//! the lab knows no secrets.

use super::HttpRequest;
use super::errors::Trouble;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scope {
    pub(super) access_key: String,
    pub(super) region: String,
    pub(super) service: String,
}

/// The scope of the Authorization header, or of a presigned address.
pub(super) fn of(request: &HttpRequest) -> Result<Scope, Trouble> {
    if let Some(header) = request.header("authorization") {
        return signed(header);
    }
    match request.parameter("X-Amz-Credential") {
        Some(credential) if request.parameter("X-Amz-Signature").is_some() => credential_scope(&credential),
        Some(_) => Err(Trouble::Incomplete("Authorization query parameters error: 'X-Amz-Signature' is missing.".to_owned())),
        None => Err(Trouble::Unsigned),
    }
}

fn signed(header: &str) -> Result<Scope, Trouble> {
    let incomplete = |what: &str| Trouble::Incomplete(format!("Authorization header requires '{what}' parameter."));
    let fields = header.strip_prefix("AWS4-HMAC-SHA256").ok_or_else(|| {
        Trouble::Incomplete("The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.".to_owned())
    })?;
    let field = |name: &str| {
        fields.split(',').find_map(|field| field.trim().strip_prefix(name)?.strip_prefix('=')).filter(|value| !value.is_empty())
    };
    let credential = field("Credential").ok_or_else(|| incomplete("Credential"))?;
    field("SignedHeaders").ok_or_else(|| incomplete("SignedHeaders"))?;
    field("Signature").ok_or_else(|| incomplete("Signature"))?;
    credential_scope(credential)
}

fn credential_scope(credential: &str) -> Result<Scope, Trouble> {
    let mut parts = credential.split('/');
    match (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(access_key), Some(_date), Some(region), Some(service), Some("aws4_request"), None)
            if !access_key.is_empty() && !region.is_empty() && !service.is_empty() =>
        {
            Ok(Scope { access_key: access_key.to_owned(), region: region.to_owned(), service: service.to_owned() })
        }
        _ => Err(Trouble::Incomplete(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term".to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn request(header: &str) -> HttpRequest {
        HttpRequest { headers: vec![("authorization".to_owned(), header.to_owned())], ..HttpRequest::default() }
    }

    #[test]
    fn scopes_are_read_from_headers_and_presigned_addresses() {
        let expected = Scope { access_key: "AKIALAB".to_owned(), region: "eu-west-1".to_owned(), service: "rds".to_owned() };
        let header = "AWS4-HMAC-SHA256 Credential=AKIALAB/20261120/eu-west-1/rds/aws4_request, SignedHeaders=host, Signature=1588";
        assert_eq!(of(&request(header)).unwrap(), expected);
        assert_eq!(of(&request(&header.replace(", ", ","))).unwrap(), expected);
        let query = "X-Amz-Credential=AKIALAB%2F20261120%2Feu-west-1%2Frds%2Faws4_request&X-Amz-Signature=1588";
        assert_eq!(of(&HttpRequest { query: query.to_owned(), ..HttpRequest::default() }).unwrap(), expected);
    }

    #[test]
    fn what_is_missing_is_told_from_what_is_broken() {
        assert!(matches!(of(&HttpRequest::default()), Err(Trouble::Unsigned)));
        for broken in [
            "AWS AKIALAB:signature",
            "AWS4-HMAC-SHA256 Credential=AKIALAB/20261120/eu-west-1/rds/aws4_request, SignedHeaders=host",
            "AWS4-HMAC-SHA256 Credential=AKIALAB/20261120/rds/aws4_request, SignedHeaders=host, Signature=1",
        ] {
            assert!(matches!(of(&request(broken)), Err(Trouble::Incomplete(_))), "{broken}");
        }
    }

    proptest! {
        #[test]
        fn any_header_is_a_scope_or_a_trouble(header in "(AWS4-HMAC-SHA256 )?.{0,120}") {
            let _ = of(&request(&header));
        }
    }
}
