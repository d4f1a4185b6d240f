//! HTTP as the wire sees it: whole messages, and nothing of the sockets they came over.

use std::borrow::Cow;

use bytes::Bytes;

/// A request with its body. Header names are in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpRequest {
    pub method: String,
    /// As sent, percent-encoded.
    pub path: String,
    /// As sent, without the question mark.
    pub query: String,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

/// An answer with its body. There is no `Date`: an accelerated clock would make the SDK believe in clock skew.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpResponse {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

impl HttpRequest {
    /// The value of a header, by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The decoded value of a query parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        pairs(&self.query).flatten().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }
}

impl HttpResponse {
    #[must_use]
    pub fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self { status, headers: vec![("content-type".to_owned(), content_type.to_owned())], body: body.into() }
    }

    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// Sets a header, replacing one of that name.
    pub fn header(&mut self, name: &str, value: &str) {
        match self.headers.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, old)) => value.clone_into(old),
            None => self.headers.push((name.to_owned(), value.to_owned())),
        }
    }

    /// Sets the headers an operation has answered with.
    pub(super) fn headers_of(&mut self, known: &[(&'static str, String)], named: &[(String, String)]) {
        let named = named.iter().map(|(name, value)| (name.as_str(), value));
        for (name, value) in known.iter().map(|(name, value)| (*name, value)).chain(named) {
            self.header(name, value);
        }
    }

    /// What HEAD gets: the length of the body, but not the body.
    pub(super) fn without_body(&mut self) {
        if !self.body.is_empty() && !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-length")) {
            let length = self.body.len().to_string();
            self.header("content-length", &length);
        }
        self.body = Bytes::new();
    }
}

/// The decoded pairs of a query or a form; `None` for one that cannot be decoded.
pub(super) fn pairs(text: &str) -> impl Iterator<Item = Option<(Cow<'_, str>, Cow<'_, str>)>> {
    text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((decoded(name, true)?, decoded(value, true)?))
    })
}

/// Undoes percent-encoding, strictly: a broken escape or a broken character is no text.
pub(super) fn decoded(text: &str, plus_is_space: bool) -> Option<Cow<'_, str>> {
    if !text.bytes().any(|byte| byte == b'%' || (plus_is_space && byte == b'+')) {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => (nibble(rest.next()?)? << 4) | nibble(rest.next()?)?,
            b'+' if plus_is_space => b' ',
            other => other,
        });
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes_are_undone_strictly() {
        assert_eq!(decoded("a%3Ab+c", true).unwrap(), "a:b c");
        assert_eq!(decoded("a+b%2F", false).unwrap(), "a+b/");
        for broken in ["%", "%4", "%zz", "%ff"] {
            assert_eq!(decoded(broken, true), None, "{broken}");
        }
    }

    proptest! {
        #[test]
        fn any_text_decodes_or_does_not(text in ".{0,200}") {
            let _ = decoded(&text, true);
            prop_assert!(pairs(&text).count() <= 200);
        }

        #[test]
        fn what_is_encoded_is_decoded(text in ".{0,60}") {
            let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
            prop_assert_eq!(decoded(&encoded, true).unwrap(), text);
        }
    }
}
