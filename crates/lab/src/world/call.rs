use bytes::Bytes;
use drlab_core::domain::Region;

use super::World;
use crate::document::{ApiError, Document};

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
