use std::borrow::Cow;

use bytes::Bytes;
use drlab_core::domain::Region;

use super::World;
use crate::document::Document;

/// One request as the world sees it: who is asked where to do what, free of any protocol.
#[derive(Clone, Debug)]
pub struct Call {
    pub region: Region,
    pub service: &'static str,
    pub operation: String,
    pub input: Document,
    /// The body itself where the operation takes a stream (S3 PutObject, Lambda Invoke); empty elsewhere.
    pub payload: Bytes,
    /// The access key the request was signed with.
    pub access_key: String,
}

pub type Answer = Result<Reply, ApiError>;

/// What an operation answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reply {
    pub body: Document,
    /// Sent instead of `body` where the operation answers with a stream.
    pub payload: Option<Bytes>,
    pub headers: Vec<(&'static str, String)>,
    /// Headers whose names a client made up, such as `x-amz-meta-owner`.
    pub named_headers: Vec<(String, String)>,
    /// Where it is not 200.
    pub status: Option<u16>,
}

impl Reply {
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    #[must_use]
    pub fn payload(payload: impl Into<Bytes>) -> Self {
        Self { payload: Some(payload.into()), ..Self::default() }
    }
}

impl From<Document> for Reply {
    fn from(body: Document) -> Self {
        Self { body, ..Self::default() }
    }
}

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

    /// A member is there but cannot be what it is. Each protocol has its own code for it; the wire puts it in.
    pub fn validation(message: impl Into<String>) -> Self {
        Self::new(Self::VALIDATION, 400, message)
    }

    pub fn missing(member: &str) -> Self {
        Self::validation(format!("The request must contain the parameter {member}"))
    }

    /// Stands for `ValidationError`, `ValidationException`, `InvalidParameterException` … until a service's own name replaces it.
    pub const VALIDATION: &'static str = "ValidationError";
}

/// Whether an operation changes anything: the same mark feeds IAM policies, the monkey test and the table of operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Read,
    Write,
}

/// One AWS operation that the lab claims.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    pub name: &'static str,
    pub access: Access,
    pub run: fn(&mut World, &Call) -> Answer,
}

impl Operation {
    pub const fn read(name: &'static str, run: fn(&mut World, &Call) -> Answer) -> Self {
        Self { name, access: Access::Read, run }
    }

    pub const fn write(name: &'static str, run: fn(&mut World, &Call) -> Answer) -> Self {
        Self { name, access: Access::Write, run }
    }
}

/// One AWS service that the lab claims, named as requests are signed for it (`monitoring`, not `cloudwatch`).
#[derive(Clone, Copy, Debug)]
pub struct Service {
    pub name: &'static str,
    pub operations: &'static [Operation],
}
