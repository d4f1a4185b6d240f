use std::borrow::Cow;

use drlab_core::domain::Region;

use super::Document;

/// An error as AWS would send it: its code is contract, its message is for people.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ApiError {
    pub code: Cow<'static, str>,
    pub message: String,
    pub status: u16,
    /// Further members of the error's shape, such as the `Item` of a failed condition.
    pub members: Vec<(String, Document)>,
    /// Headers sent with it, such as the region a bucket is really in.
    pub headers: Vec<(&'static str, String)>,
}

/// Codes that every protocol and many services have names of their own for: the wire puts those in.
impl ApiError {
    /// Stands for `ValidationError`, `ValidationException`, `InvalidParameterException`, ….
    pub const VALIDATION: &'static str = "ValidationError";
    /// Stands for `ExpiredToken`, `ExpiredTokenException`, ….
    pub const EXPIRED: &'static str = "ExpiredToken";
    /// Stands for `InvalidAction`, `UnknownOperationException`, ….
    pub const UNKNOWN_OPERATION: &'static str = "UnknownOperation";
    /// Stands for `Throttling`, `ThrottlingException`, `SlowDown`, ….
    pub const THROTTLED: &'static str = "Throttling";
    /// An empty 503: no code at all, as an overloaded front end sends it.
    pub const UNAVAILABLE: &'static str = "";
}

impl ApiError {
    /// The caller's fault.
    pub fn new(code: impl Into<Cow<'static, str>>, status: u16, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), status, members: Vec::new(), headers: Vec::new() }
    }

    #[must_use]
    pub fn member(mut self, name: &str, value: impl Into<Document>) -> Self {
        self.members.push((name.to_owned(), value.into()));
        self
    }

    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// A member is there but cannot be what it is.
    pub fn validation(message: impl Into<String>) -> Self {
        Self::new(Self::VALIDATION, 400, message)
    }

    pub fn missing(member: &str) -> Self {
        Self::validation(format!("The request must contain the parameter {member}"))
    }

    pub(crate) fn throttled() -> Self {
        Self::new(Self::THROTTLED, 400, "Rate exceeded")
    }

    pub(crate) fn unavailable() -> Self {
        Self::new(Self::UNAVAILABLE, 503, "")
    }

    pub(crate) fn unknown_operation(service: &str, name: &str) -> Self {
        let shown: String = name.chars().filter(|c| c.is_ascii_alphanumeric()).take(80).collect();
        Self::new(Self::UNKNOWN_OPERATION, 400, format!("The lab does not claim {service} {shown}"))
    }

    pub(crate) fn no_such_region(region: &Region) -> Self {
        Self::new("InvalidRegion", 400, format!("This lab has no region {region}"))
    }
}
