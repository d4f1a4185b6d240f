use std::error::Error;
use std::io::{self, ErrorKind};

use bytes::Bytes;
use drlab_core::domain::{Cause, Trouble};
use http_body_util::BodyExt;
use hyper::body::Body;
use tokio::time::{Instant, timeout_at};

/// What is kept of a body, and what is read of it at most.
const KEPT: usize = 512;
const READ: usize = 64 * 1024;

/// What came of asking an address for a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Got {
    Answered {
        status: u16,
        /// The beginning.
        body: Vec<u8>,
    },
    /// No whole answer, and why; with what there was of it.
    Nothing { problem: String, body: Vec<u8> },
}

impl Got {
    /// A whole answer.
    pub(super) fn of(status: u16, body: &[u8]) -> Self {
        Self::Answered { status, body: body.iter().take(KEPT).copied().collect() }
    }

    pub(super) fn nothing(problem: impl Into<String>) -> Self {
        Self::Nothing { problem: problem.into(), body: Vec::new() }
    }

    pub(super) fn silence() -> Self {
        Self::nothing("no answer")
    }
}

/// Reads as much of an answer as anybody needs. One that stops half-way is none: no user would see the page.
pub(super) async fn read<B>(status: u16, body: B, deadline: Instant) -> Got
where
    B: Body<Data = Bytes>,
{
    let mut body = std::pin::pin!(body);
    let (mut kept, mut seen) = (Vec::new(), 0);
    while seen < READ {
        let problem = match timeout_at(deadline, body.frame()).await {
            Ok(Some(Ok(frame))) => {
                let data = frame.into_data().unwrap_or_default();
                seen += data.len();
                kept.extend(data.iter().take(KEPT - kept.len()));
                continue;
            }
            Ok(None) => break,
            Ok(Some(Err(_))) => format!("answers {status}, but its body breaks off"),
            Err(_) => format!("answers {status}, but its body does not end"),
        };
        return Got::Nothing { problem, body: kept };
    }
    Got::Answered { status, body: kept }
}

/// What a failed exchange means: an observation where the other side or the way there is at fault, trouble where we are.
pub(super) fn failed(error: &(dyn Error + 'static)) -> Result<Got, Trouble> {
    let mut last = String::new();
    for error in chain(error) {
        last = error.to_string();
        if let Some(why) = last.strip_prefix("invalid peer certificate: ") {
            return Ok(Got::nothing(format!("certificate: {why}")));
        }
        if let Some(error) = error.downcast_ref::<io::Error>() {
            match error.kind() {
                ErrorKind::ConnectionRefused => return Ok(Got::nothing("connection refused")),
                ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
                    return Ok(Got::nothing("connection reset"));
                }
                ErrorKind::TimedOut => return Ok(Got::silence()),
                ErrorKind::HostUnreachable => return Ok(Got::nothing("no route to the host")),
                // Whatever else the system itself says is said of this machine: no network, no file descriptors.
                _ if error.raw_os_error().is_some() => {
                    return Err(Trouble::new(Cause::NotYet, format!("this machine cannot ask: {error}")));
                }
                _ => {}
            }
        }
    }
    Ok(Got::nothing(last))
}

/// An error and what is behind it. An `io::Error` hides its payload from `source`, which asks the payload for *its* source.
fn chain<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>() {
        Some(error) => error.get_ref().map(|inner| inner as &(dyn Error + 'static)),
        None => error.source(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(inner: impl Into<Box<dyn Error + Send + Sync>>) -> io::Error {
        io::Error::other(io::Error::new(ErrorKind::InvalidData, inner))
    }

    #[test]
    fn causes_are_found_however_deep_they_lie() {
        let problem = |error: io::Error| match failed(&error) {
            Ok(Got::Nothing { problem, .. }) => problem,
            other => panic!("{other:?}"),
        };
        assert_eq!(problem(nested("invalid peer certificate: UnknownIssuer")), "certificate: UnknownIssuer");
        assert_eq!(problem(nested("received corrupt message")), "received corrupt message");
        assert_eq!(problem(nested(io::Error::from(ErrorKind::ConnectionRefused))), "connection refused");
        assert_eq!(problem(ErrorKind::ConnectionReset.into()), "connection reset");
        assert_eq!(problem(ErrorKind::TimedOut.into()), "no answer");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_wrong_here_is_no_evidence_of_what_is_wrong_there() {
        const NETWORK_UNREACHABLE: i32 = 101;
        let trouble = failed(&io::Error::from_raw_os_error(NETWORK_UNREACHABLE)).unwrap_err();
        assert!(!trouble.cause.is_theirs(), "{trouble:?}");
    }
}
