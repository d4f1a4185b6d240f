use serde::Serialize;

/// What a resolver answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Resolution {
    pub name: String,
    pub resolver: String,
    /// Sorted.
    pub addresses: Vec<String>,
    /// The names on the way there, in order. A name server that does not keep the last one's zone ends with it.
    pub aliases: Vec<String>,
    pub ttl: Option<u32>,
    /// `NOERROR`, `NXDOMAIN`, `SERVFAIL` …
    pub code: String,
    pub authoritative: bool,
    pub millis: u32,
}

/// What a client gets that asks for the probe path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sight {
    pub url: String,
    /// The address it went to.
    pub address: Option<String>,
    /// `None`: no answer at all, and `problem` says why.
    pub status: Option<u16>,
    pub millis: u32,
    pub problem: Option<String>,
    /// The beginning of the answer's body.
    pub body: String,
}

impl Sight {
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.status.is_some_and(|status| (200..400).contains(&status))
    }
}
