use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use drlab_core::domain::Region;

use super::*;

const START: Timestamp = Timestamp::from_secs(1_795_165_200);

/// Lends for ten minutes a time, until it has lent `times`; then its login has ended.
#[derive(Debug)]
struct Lender {
    clock: WorldClock,
    lent: AtomicUsize,
    times: usize,
}

impl ProvideCredentials for Lender {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let nth = self.lent.fetch_add(1, Ordering::SeqCst);
        let until = UNIX_EPOCH + Duration::from_millis((self.clock.now() + Duration::from_secs(600)).millis().unsigned_abs());
        future::ProvideCredentials::ready(if nth < self.times {
            Ok(aws_credential_types::Credentials::new(format!("KEY{nth}"), "secret", None, Some(until), "lender"))
        } else {
            Err(CredentialsError::provider_error("the SSO session has expired"))
        })
    }
}

fn lent(times: usize) -> (Keeper, SharedCredentialsProvider, WorldClock) {
    let clock = WorldClock::new(START, 1.0);
    let lender = SharedCredentialsProvider::new(Lender { clock, lent: AtomicUsize::new(0), times });
    let (keeper, provider) = Keeper::new(Source::Lent(lender), clock);
    (keeper, provider, clock)
}

async fn key(provider: &SharedCredentialsProvider) -> Result<String, Trouble> {
    provider.provide_credentials().await.map(|held| held.access_key_id().to_owned()).map_err(|error| trouble(&error))
}

#[tokio::test(start_paused = true)]
async fn they_are_renewed_well_before_they_end() {
    let (mut keeper, provider, clock) = lent(2);
    assert_eq!(key(&provider).await.unwrap_err().cause, Cause::NotYet);
    let first = keeper.next().await;
    let Ok(Value::Found { fact, .. }) = &first[0].outcome else { panic!("{first:?}") };
    let AnyFact::Credentials(fact) = fact.as_ref() else { panic!("{fact:?}") };
    assert_eq!(fact.expires_at, Some(START + Duration::from_secs(600)));
    assert_eq!((first[0].subject.clone(), first.len()), (Subject::credentials(), 1));
    while clock.now().since(START) < Duration::from_secs(330) {
        assert_eq!(key(&provider).await.unwrap(), if clock.now().since(START) < Duration::from_secs(300) { "KEY0" } else { "KEY1" });
        assert!(keeper.next().await.iter().all(|reading| reading.outcome.is_ok()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_renewal_is_told_while_the_old_ones_still_work_and_the_end_when_it_comes() {
    let (mut keeper, provider, clock) = lent(1);
    keeper.next().await;
    while clock.now().since(START) < Duration::from_secs(300) {
        keeper.next().await;
    }
    let told = keeper.next().await;
    assert!(told[0].outcome.is_ok());
    let trouble = told[1].outcome.clone().unwrap_err();
    assert_eq!((trouble.cause, trouble.text.as_str()), (Cause::Credentials, "credentials: the SSO session has expired"));
    assert_eq!(key(&provider).await.unwrap(), "KEY0");
    let end = loop {
        let told = keeper.next().await;
        if told[0].outcome.is_err() {
            break told;
        }
    };
    assert_eq!(clock.now(), START + Duration::from_secs(600));
    let says = "credentials expired and not renewed: the SSO session has expired";
    assert_eq!(end[0].outcome.clone().unwrap_err().text, says);
    assert_eq!(key(&provider).await.unwrap_err().text, "credentials expired");
}

#[tokio::test(start_paused = true)]
async fn a_lab_has_its_own_at_once_and_for_ever() {
    let clock = WorldClock::new(START, 20.0);
    let (mut keeper, provider) = Keeper::new(Source::Lab, clock);
    assert!(keeper.next().await[0].outcome.is_ok());
    assert!(key(&provider).await.unwrap().starts_with("AKIALAB"));
    let again = &keeper.next().await[0];
    assert_eq!((again.begun.since(START), again.outcome.is_ok()), (Kind::Credentials.every(), true));
}

#[test]
fn real_credentials_go_to_aws_alone() {
    let at = |url: &str| Endpoints { regions: BTreeMap::from([(Region::new("us-east-1"), url.to_owned())]), route53: None };
    let profile = || Some("ops".to_owned());
    assert!(matches!(Source::choose(&Endpoints::default(), None, false), Source::Chain));
    assert!(matches!(Source::choose(&Endpoints::default(), profile(), false), Source::Profile(name) if name == "ops"));
    assert!(matches!(Source::choose(&at("https://rds.us-east-1.amazonaws.com"), None, false), Source::Chain));
    for elsewhere in [
        "http://127.0.0.1:4101",
        "http://rds.us-east-1.amazonaws.com",
        "https://amazonaws.com.evil.example",
        "https://a1b2c3d4.execute-api.us-east-1.amazonaws.com",
        "https://evil-1234.us-east-1.elb.amazonaws.com",
        "https://rds.amazonaws.com@evil.example/",
        "https://evil.example/.amazonaws.com",
        "https://evil.example#.amazonaws.com",
        "https://evil.example\\.amazonaws.com",
    ] {
        assert!(matches!(Source::choose(&at(elsewhere), profile(), false), Source::Lab), "{elsewhere}");
        assert!(matches!(Source::choose(&at(elsewhere), profile(), true), Source::Profile(_)), "{elsewhere}");
    }
}

#[test]
fn failures_say_what_to_do() {
    let missing = CredentialsError::not_loaded("profile `x` was not defined: nope");
    assert_eq!(
        trouble_of(&missing, &Source::Profile("x".to_owned())).text,
        "credentials: no profile 'x' in ~/.aws/config or ~/.aws/credentials"
    );
    let none = CredentialsError::not_loaded_no_source();
    assert!(trouble_of(&none, &Source::Chain).text.contains("--profile"));
    let broken = CredentialsError::provider_error("process exited with 1\u{1b}[2J");
    let says = "credentials: none could be had: process exited with 1 [2J; log in, or name a profile of ~/.aws/config with --profile";
    assert_eq!(trouble_of(&broken, &Source::Chain).text, says);
    // As the metadata service of a machine says it that lends nobody anything.
    let forbidden = CredentialsError::provider_error("request forbidden: IMDS is disabled or the caller has insufficient permissions.");
    let says = trouble_of(&forbidden, &Source::Chain).text;
    assert!(says.contains("permissions; ") && says.ends_with("with --profile"), "{says}");
    let says = trouble_of(&forbidden, &Source::Profile("ops".to_owned())).text;
    assert!(says.starts_with("credentials: profile 'ops' gives none: ") && says.ends_with("aws sso login --profile ops"), "{says}");
}

#[test]
fn where_they_came_from_is_told_and_nothing_else_of_them() {
    let held = aws_credential_types::Credentials::new("AKIA", "hidden", None, None, "EnvironmentVariable");
    assert_eq!(provider_of(&held), "environment");
    assert!(!format!("{held:?}").contains("hidden"));
}
