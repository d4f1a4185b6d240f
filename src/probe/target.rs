use std::net::IpAddr;

use hyper::Uri;

/// A URL, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) secure: bool,
    /// Without the brackets of an IPv6 address.
    pub(super) host: String,
    pub(super) port: u16,
    /// Path and query.
    pub(super) path: String,
}

impl Target {
    /// `None` where it is no http or https URL.
    pub(super) fn parse(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let secure = match uri.scheme_str()? {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let host = uri.host()?;
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        (!host.is_empty()).then(|| Self { secure, host: host.to_owned(), port, path: path.to_owned() })
    }

    /// The address, where the URL names one instead of a host.
    pub(super) fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }

    /// Where to connect to, for the URL of an endpoint or a proxy.
    pub(super) fn host_port(&self) -> String {
        format!("{}:{}", self.bracketed(), self.port)
    }

    /// Host and port as the `Host` header says them: without what goes without saying, and without anybody's password.
    pub(super) fn authority(&self) -> String {
        let host = self.bracketed();
        if self.port == if self.secure { 443 } else { 80 } { host } else { format!("{host}:{}", self.port) }
    }

    fn bracketed(&self) -> String {
        if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() }
    }

    /// The URL again, without what it should not have had.
    pub(super) fn url(&self) -> String {
        format!("{}://{}{}", if self.secure { "https" } else { "http" }, self.authority(), self.path)
    }

    /// The URL as a proxy is asked for it: with the address in the host's place.
    pub(super) fn url_at(&self, address: IpAddr) -> String {
        Self { host: address.to_string(), ..self.clone() }.url()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        let target = Target::parse("http://app.example.com/healthz?deep=1").unwrap();
        assert_eq!(
            (target.secure, target.host.as_str(), target.port, target.path.as_str()),
            (false, "app.example.com", 80, "/healthz?deep=1")
        );
        assert_eq!(target.authority(), "app.example.com");
        assert_eq!(target.url_at("203.0.113.7".parse().unwrap()), "http://203.0.113.7/healthz?deep=1");
        let target = Target::parse("https://someone:secret@[2001:db8::1]:8443").unwrap();
        assert_eq!((target.secure, target.port, target.path.as_str()), (true, 8443, "/"));
        assert_eq!(target.host_port(), "[2001:db8::1]:8443");
        assert_eq!(target.url(), "https://[2001:db8::1]:8443/");
        assert!(target.address().is_some());
    }

    #[test]
    fn what_is_no_url_is_none() {
        for text in ["", "app.example.com", "ftp://app.example.com/", "http://", "http:///x", "http://a b/", "http://ä.example/"] {
            assert_eq!(Target::parse(text), None, "{text}");
        }
    }
}
