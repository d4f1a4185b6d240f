//! Credentials have a keeper of their own: loaded before any call and renewed before they end, so that "credentials" is never mistaken for
//! "dark", and no time that they take counts against a region.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, Result as Provided, SharedCredentialsProvider, future};
use drlab_core::domain::fact::{Credentials as Fact, Fact as AnyFact};
use drlab_core::domain::{Cause, Kind, Reading, Subject, Timestamp, Trouble, Value};

use super::Endpoints;
use super::trouble::{bounded, chain};
use crate::clock::WorldClock;

/// Looked for anew from this long before their end on.
const AHEAD: Duration = Duration::from_secs(300);
/// What has no end may still be replaced, by whoever rewrites the file it is in.
const LOOK_AGAIN: Duration = Duration::from_secs(300);
/// Of the wall: a chain that asks the metadata of a machine that has none takes some seconds, a process may take for ever.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where credentials come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// Made up: good for the lab, and worth nothing anywhere else.
    Lab,
    /// The SDK's own order: environment, profile, SSO, web identity, container, instance.
    Chain,
    /// This profile and no other, whatever the environment holds.
    Profile(String),
    /// Somebody else's, whose ends are told in world time.
    Lent(SharedCredentialsProvider),
}

impl Source {
    /// Real credentials go to AWS alone, unless it is said that they may be sent to an endpoint of one's own choosing.
    #[must_use]
    pub fn choose(endpoints: &Endpoints, profile: Option<String>, send_credentials: bool) -> Self {
        let all_aws = endpoints.regions.values().chain(&endpoints.route53).all(|url| is_aws(url));
        match profile {
            _ if !all_aws && !send_credentials => Self::Lab,
            Some(profile) => Self::Profile(profile),
            None => Self::Chain,
        }
    }

    async fn load(&self) -> Provided {
        match self {
            Self::Lab => Ok(aws_credential_types::Credentials::new("AKIALABLABLABLABLAB0", "lab", None, None, "lab")),
            // Built anew each time, so that an edited file or a fresh login counts without a restart.
            Self::Chain => DefaultCredentialsChain::builder().build().await.provide_credentials().await,
            Self::Profile(name) => ProfileFileCredentialsProvider::builder().profile_name(name).build().provide_credentials().await,
            Self::Lent(provider) => provider.provide_credentials().await,
        }
    }

    /// When they end, by the world's clock.
    fn ends(&self, expiry: SystemTime, now: Timestamp, clock: &WorldClock) -> Timestamp {
        let since_epoch = |at: SystemTime| at.duration_since(UNIX_EPOCH).unwrap_or_default();
        match self {
            Self::Chain | Self::Profile(_) => {
                let left = expiry.duration_since(SystemTime::now()).unwrap_or_default();
                now + left.mul_f64(clock.speed())
            }
            Self::Lab | Self::Lent(_) => Timestamp::from_secs(0) + since_epoch(expiry),
        }
    }
}

/// Whether a URL is one of AWS's own, and over TLS.
fn is_aws(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.split(':').next().unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-' || c == ':';
    // Under these AWS lets anybody answer.
    let anybodys = ["execute-api", "elb", "lambda-url", "s3-website"];
    let theirs = host.split('.').any(|label| anybodys.iter().any(|name| label == *name || label.starts_with(&format!("{name}-"))));
    authority.chars().all(plain) && !theirs && [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"].iter().any(|end| host.ends_with(end))
}

/// Loads credentials, lends them to every client, and tells what has become of them.
#[derive(Debug)]
pub struct Keeper {
    source: Source,
    clock: WorldClock,
    vault: Vault,
    /// When they were loaded last.
    loaded: Option<Timestamp>,
    /// Nothing was told yet.
    fresh: bool,
}

/// Where the newest credentials are. Asking it takes no time.
#[derive(Clone, Debug)]
struct Vault {
    clock: WorldClock,
    held: Arc<Mutex<Held>>,
}

#[derive(Clone, Debug)]
enum Held {
    Loading,
    Good { credentials: aws_credential_types::Credentials, until: Option<Timestamp> },
    None(Trouble),
}

/// Why there are no credentials to lend.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", .0.text)]
struct Lacking(Trouble);

impl Keeper {
    /// The provider is for `connect`; it lends what the keeper holds, and refuses at once while there is nothing.
    #[must_use]
    pub fn new(source: Source, clock: WorldClock) -> (Self, SharedCredentialsProvider) {
        let vault = Vault { clock, held: Arc::new(Mutex::new(Held::Loading)) };
        let provider = SharedCredentialsProvider::new(vault.clone());
        (Self { source, clock, vault, loaded: None, fresh: true }, provider)
    }

    /// Waits until it is time to look, looks, and tells how things stand. The first look is at once. Call it in a loop, in a task of its own.
    pub async fn next(&mut self) -> Vec<Reading> {
        if !std::mem::take(&mut self.fresh) {
            self.clock.sleep(self.pause()).await;
        }
        let begun = self.clock.now();
        let failure = if self.is_due(begun) { self.renew().await.err() } else { None };
        let read = self.clock.now();
        let told = |outcome| Reading { subject: Subject::credentials(), begun, read, outcome };
        match self.vault.look() {
            Held::Good { credentials, until } if until.is_none_or(|until| until > read) => {
                let provider = bounded(provider_of(&credentials));
                let fact = AnyFact::from(Fact { provider, expires_at: until });
                // What could not be renewed is still good, and both are worth knowing.
                [Some(told(Ok(Value::Found { fact: Arc::new(fact), at: None }))), failure.map(|trouble| told(Err(trouble)))]
                    .into_iter()
                    .flatten()
                    .collect()
            }
            Held::Good { .. } => vec![told(Err(expired(failure.as_ref())))],
            Held::None(trouble) => vec![told(Err(trouble))],
            Held::Loading => vec![told(Err(loading()))],
        }
    }

    /// Until the next look, or the end of what is held if that comes first.
    fn pause(&self) -> Duration {
        let usual = Kind::Credentials.every();
        match self.vault.look() {
            Held::Good { until: Some(until), .. } => match until.since(self.clock.now()) {
                Duration::ZERO => usual,
                left => usual.min(left),
            },
            _ => usual,
        }
    }

    fn is_due(&self, now: Timestamp) -> bool {
        match (self.vault.look(), self.loaded) {
            (Held::Good { until: Some(until), .. }, _) => until.since(now) <= AHEAD,
            (Held::Good { until: None, .. }, Some(loaded)) => !matches!(self.source, Source::Lab) && now.since(loaded) >= LOOK_AGAIN,
            _ => true,
        }
    }

    async fn renew(&mut self) -> Result<(), Trouble> {
        let result = match tokio::time::timeout(PATIENCE, self.source.load()).await {
            Ok(Ok(credentials)) => Ok(credentials),
            Ok(Err(error)) => Err(trouble_of(&error, &self.source)),
            Err(_) => Err(Trouble::new(Cause::Credentials, "credentials: their provider does not answer")),
        };
        let now = self.clock.now();
        self.loaded = Some(now);
        match result {
            Ok(credentials) => {
                let until = credentials.expiry().map(|expiry| self.source.ends(expiry, now, &self.clock));
                self.vault.put(Held::Good { credentials, until });
                Ok(())
            }
            Err(trouble) => {
                if !matches!(self.vault.look(), Held::Good { .. }) {
                    self.vault.put(Held::None(trouble.clone()));
                }
                Err(trouble)
            }
        }
    }
}

impl Vault {
    fn look(&self) -> Held {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn put(&self, held: Held) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = held;
    }
}

impl ProvideCredentials for Vault {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let lacking = |trouble| Err(CredentialsError::provider_error(Lacking(trouble)));
        future::ProvideCredentials::ready(match self.look() {
            Held::Good { credentials, until } if until.is_none_or(|until| until > self.clock.now()) => Ok(credentials),
            Held::Good { .. } => lacking(expired(None)),
            Held::None(trouble) => lacking(trouble),
            Held::Loading => lacking(loading()),
        })
    }
}

fn loading() -> Trouble {
    Trouble::new(Cause::NotYet, "credentials are being loaded")
}

fn expired(why_not_renewed: Option<&Trouble>) -> Trouble {
    let why = why_not_renewed.map(|trouble| format!(" and not renewed: {}", trouble.text.trim_start_matches("credentials: ")));
    Trouble::new(Cause::Credentials, bounded(&format!("credentials expired{}", why.unwrap_or_default())))
}

/// What a failed load means to whoever's call needed it.
pub(super) fn trouble(error: &CredentialsError) -> Trouble {
    let own = chain(error).find_map(|cause| cause.downcast_ref::<Lacking>());
    own.map_or_else(|| trouble_of(error, &Source::Chain), |lacking| lacking.0.clone())
}

fn trouble_of(error: &CredentialsError, source: &Source) -> Trouble {
    let said = chain(error).last().map(ToString::to_string).unwrap_or_default();
    let said = said.trim_end_matches(['.', ' ']);
    let text = match (error, source) {
        // Where there is no file, or nothing in it, the SDK gives no reason at all.
        (CredentialsError::CredentialsNotLoaded(_), Source::Profile(name))
            if said.contains("was not defined") || error.source().is_none() =>
        {
            format!("no profile '{name}' in ~/.aws/config or ~/.aws/credentials")
        }
        (CredentialsError::CredentialsNotLoaded(_), Source::Profile(name)) => format!("nothing to be had from profile '{name}': {said}"),
        (CredentialsError::CredentialsNotLoaded(_), _) => {
            "none found in the environment, ~/.aws, SSO, container or instance; name a profile with --profile".to_owned()
        }
        (CredentialsError::ProviderTimedOut(_), _) => "their provider does not answer".to_owned(),
        // Whatever went wrong on the way: who was asked, and what can be done.
        (_, Source::Profile(name)) => {
            format!("profile '{name}' gives none: {said}; renew its login, such as aws sso login --profile {name}")
        }
        (_, Source::Chain) => {
            format!("none could be had: {said}; log in, or name a profile of ~/.aws/config with --profile")
        }
        _ => said.to_owned(),
    };
    Trouble::new(Cause::Credentials, bounded(&format!("credentials: {text}")))
}

/// The SDK tells which provider made them only in their debug form, which keeps what is secret to itself.
fn provider_of(credentials: &aws_credential_types::Credentials) -> &'static str {
    let told = format!("{credentials:?}");
    let name = told.split("provider_name: \"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    match name {
        "lab" => "lab",
        "EnvironmentVariable" => "environment",
        "ProfileFile" => "profile",
        "SSO" => "SSO",
        "CredentialProcess" => "process",
        "AssumeRoleProvider" => "assumed role",
        "WebIdentityToken" => "web identity",
        "EcsContainer" => "container",
        "IMDSv2" => "instance",
        _ => "other",
    }
}

#[cfg(test)]
mod tests;
