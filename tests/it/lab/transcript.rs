//! Everything that came back, to the byte: what two runs of one drill are compared by.

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use drlab_lab::inproc::InProcess;

/// One line for each exchange, in the order in which they ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transcript(Arc<Mutex<Vec<String>>>);

impl Transcript {
    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

/// The way to the lab, with somebody who takes the minutes.
#[derive(Clone, Debug)]
pub(crate) struct Recorder {
    pub(crate) inner: InProcess,
    pub(crate) transcript: Transcript,
}

impl HttpClient for Recorder {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let (line, recorder) = (self.inner.http_connector(settings, components), self.clone());
        SharedHttpConnector::new(Line { line, recorder })
    }
}

#[derive(Debug)]
struct Line {
    line: SharedHttpConnector,
    recorder: Recorder,
}

impl HttpConnector for Line {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let recorder = self.recorder.clone();
        let asked = format!("{} {}", request.method(), request.uri());
        let exchange = self.line.call(request);
        HttpConnectorFuture::new(async move {
            let answer = exchange.await;
            let said = match &answer {
                Ok(response) => {
                    let body = response.body().bytes().map(|body| body.escape_ascii().to_string());
                    let mut headers: Vec<_> = response.headers().iter().collect();
                    headers.sort();
                    format!("{} {headers:?} {}", response.status().as_u16(), body.unwrap_or_default())
                }
                Err(error) => format!("{error:?}"),
            };
            let line = format!("{} {asked}: {said}", recorder.inner.lab().clock().now());
            recorder.transcript.0.lock().unwrap().push(line);
            answer
        })
    }
}
