use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// Why a lab could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error("“{0}” is not a control URL: give what `lab serve` printed as \"control\", such as http://127.0.0.1:4567")]
    Url(String),
    #[error("no lab answers at {url}: {why}. Is `drlab-tui lab serve` still running?")]
    Silent { url: String, why: String },
    #[error("{0} answers, but not as a lab does")]
    NotALab(String),
}

const BIGGEST_ANSWER: usize = 64 << 20;

/// Asks a running lab's control port, whose answers are JSON.
pub async fn ask(url: &str, method: &str, path: &str, body: Option<&Value>) -> Result<Value, AskError> {
    let authority =
        url.strip_prefix("http://").map(|rest| rest.trim_end_matches('/')).filter(|rest| !rest.is_empty() && !rest.contains('/'));
    let authority = authority.ok_or_else(|| AskError::Url(url.to_owned()))?;
    let silent = |why: String| AskError::Silent { url: url.to_owned(), why };
    let stream = TcpStream::connect(authority).await.map_err(|error| silent(error.to_string()))?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| silent(error.to_string()))?;
    let request = hyper::Request::builder()
        .method(method)
        .uri(path)
        .header("host", authority)
        .header("content-type", "application/json")
        .body(Full::new(body.map_or_else(Bytes::new, |body| Bytes::from(body.to_string()))))
        .map_err(|_| AskError::Url(url.to_owned()))?;
    let exchange = async {
        let response = sender.send_request(request).await.map_err(|error| silent(error.to_string()))?;
        let body = Limited::new(response.into_body(), BIGGEST_ANSWER).collect().await.map_err(|error| silent(error.to_string()))?;
        serde_json::from_slice(&body.to_bytes()).map_err(|_| AskError::NotALab(url.to_owned()))
    };
    // The connection drives itself beside the exchange and ends with it.
    let mut exchange = std::pin::pin!(exchange);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        biased;
        answer = &mut exchange => answer,
        ended = &mut connection => match ended {
            Ok(()) => exchange.await,
            Err(error) => Err(silent(error.to_string())),
        },
    }
}
