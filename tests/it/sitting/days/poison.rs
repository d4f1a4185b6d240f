//! A way to AWS on which somebody rewrites what is said.

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use drlab_lab::inproc::InProcess;

/// Words of AWS and what is said in their place; with how often each was met.
#[derive(Clone, Debug)]
pub(super) struct Poisoner {
    pub(super) way: InProcess,
    pub(super) words: Arc<Mutex<Vec<Word>>>,
}

#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) honest: &'static str,
    /// As JSON and as XML must write it.
    pub(super) json: String,
    pub(super) xml: String,
    pub(super) met: usize,
}

impl Word {
    pub(super) fn new(honest: &'static str, hostile: &str) -> Self {
        let json = serde_json::Value::from(hostile).to_string();
        let json = json.trim_matches('"').to_owned();
        // What XML cannot say at all is left out there.
        let sayable = hostile.chars().filter(|letter| !matches!(letter, '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}'));
        let xml = sayable.map(|letter| format!("&#x{:x};", u32::from(letter))).collect();
        Self { honest, json, xml, met: 0 }
    }
}

impl HttpClient for Poisoner {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Line { line: self.way.http_connector(settings, components), words: Arc::clone(&self.words) })
    }
}

#[derive(Debug)]
struct Line {
    line: SharedHttpConnector,
    words: Arc<Mutex<Vec<Word>>>,
}

impl HttpConnector for Line {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (exchange, words) = (self.line.call(request), Arc::clone(&self.words));
        HttpConnectorFuture::new(async move {
            let mut response = exchange.await?;
            rewrite(&mut response, &mut words.lock().unwrap());
            Ok(response)
        })
    }
}

fn rewrite(response: &mut HttpResponse, words: &mut [Word]) {
    let Some(text) = response.body().bytes().and_then(|body| std::str::from_utf8(body).ok()) else { return };
    let is_xml = text.trim_start().starts_with('<');
    if !is_xml && !text.trim_start().starts_with('{') {
        return;
    }
    let mut text = text.to_owned();
    for word in words {
        let met = text.matches(word.honest).count();
        if met > 0 {
            word.met += met;
            text = text.replace(word.honest, if is_xml { &word.xml } else { &word.json });
        }
    }
    let length = text.len().to_string();
    *response.body_mut() = text.into();
    if response.headers().get("content-length").is_some() {
        response.headers_mut().insert("content-length", length);
    }
}
