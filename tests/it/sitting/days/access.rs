//! Who we are: somebody else, nobody, or no longer anybody.

use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use drlab_core::domain::{Timestamp, Verdict};
use drlab_tui::aws::Source;

use super::{MINUTE, Seat, misled};
use crate::lab::rig::{Rig, START, paused};
use crate::sitting::seat::Chair;

/// Lends what it is told to lend.
#[derive(Clone, Debug, Default)]
struct Lender(Arc<Mutex<Option<Credentials>>>);

impl Lender {
    fn lend(&self, name: &str, until: Option<Timestamp>) {
        let until = until.map(|until| UNIX_EPOCH + Duration::from_millis(until.millis().unsigned_abs()));
        *self.0.lock().unwrap() = Some(Credentials::new(name, "secret", None, until, "lender"));
    }
}

impl ProvideCredentials for Lender {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let held = self.0.lock().unwrap().clone();
        future::ProvideCredentials::ready(held.ok_or_else(|| CredentialsError::not_loaded("no profile, no environment, no instance")))
    }
}

fn borrowing(lender: &Lender, story: impl AsyncFnOnce(&mut Seat)) {
    let rig = Rig::open("tier2");
    let source = Source::Lent(SharedCredentialsProvider::new(lender.clone()));
    let chair = Chair { source, ..Chair::before(&rig) };
    paused(Seat::on(chair, rig, story));
}

#[test]
fn another_account_is_said_before_anything_else() {
    misled(
        "tier2",
        |workload| workload.account = "210987654321".to_owned(),
        async |seat| {
            seat.wait(Duration::from_secs(10)).await;
            assert!(seat.text().contains("WRONG ACCOUNT"), "{}", seat.text());
            let row = seat.row("identity");
            assert!(row.reason.as_ref().unwrap().contains("123456789012, the workload to 210987654321"), "{row:?}");
            seat.resize((200, 60));
            assert!(seat.reads(&["identity", "…9012"]) && !seat.text().contains("123456789012"), "{}", seat.text());
            assert_eq!(seat.text().matches("WRONG ACCOUNT").count(), 1, "{}", seat.text());
            let check = seat.check("identity.account");
            assert_eq!((check.ok, check.required), (Some(false), true), "{check:?}");
            assert_eq!(seat.assessment().readiness.ready(), Some(false));
            seat.press("3");
            assert!(seat.reads(&["NO", "account"]), "{}", seat.text());
            seat.press("1 P");
            assert!(seat.text().contains("WRONG ACCOUNT"), "{}", seat.text());
            seat.press("P");
            seat.stands_everywhere();
        },
    );
}

#[test]
fn without_credentials_nothing_is_known_and_that_is_what_is_said() {
    let lender = Lender::default();
    borrowing(&lender, async |seat| {
        seat.wait(MINUTE).await;
        assert!(seat.text().contains("CREDENTIALS"), "{}", seat.text());
        assert_eq!(seat.row("credentials").verdict, Verdict::Critical);
        for id in ["primary/service/app", "standby/database"] {
            assert_eq!((seat.row(id).verdict, seat.row(id).value.as_str()), (Verdict::Unknown, "unknown"), "{:?}", seat.row(id));
        }
        // Our own fault is no region's.
        let sites = &seat.assessment().sites;
        assert_eq!((sites.primary.dark_since, sites.standby.dark_since), (None, None));
        assert_ne!(seat.assessment().impairment.impaired, Some(true));
        assert_ne!(seat.assessment().readiness.ready(), Some(true));
        seat.stands_everywhere();
        lender.lend("AKIALATE", None);
        seat.wait(MINUTE).await;
        assert_eq!(seat.row("primary/service/app").verdict, Verdict::Healthy, "{:?}", seat.row("primary/service/app"));
        // The timeline remembers.
        assert!(!seat.screen()[1].contains("CREDENTIALS"), "{}", seat.text());
    });
}

#[test]
fn credentials_that_end_are_said_before_they_do_and_renewed_without_a_restart() {
    let lender = Lender::default();
    lender.lend("AKIASHORT", Some(START + MINUTE * 4));
    borrowing(&lender, async |seat| {
        seat.wait(MINUTE).await;
        let row = seat.row("credentials");
        assert_eq!(row.verdict, Verdict::Degraded, "{row:?}");
        assert!(row.reason.as_ref().unwrap().contains("expire in 3m"), "{row:?}");
        assert_eq!(seat.check("credentials.outlive").ok, Some(false));
        seat.wait_until(MINUTE * 6).await;
        assert!(seat.text().contains("CREDENTIALS EXPIRED"), "{}", seat.text());
        assert!(seat.row("credentials").reason.as_ref().unwrap().contains("expired 2m"), "{:?}", seat.row("credentials"));
        let old = seat.row("primary/service/app");
        assert!(old.stale && old.verdict == Verdict::Unknown, "{old:?}");
        assert_eq!(seat.assessment().sites.primary.dark_since, None);
        lender.lend("AKIANEW", None);
        seat.wait(MINUTE).await;
        assert_eq!(seat.row("credentials").verdict, Verdict::Healthy, "{:?}", seat.row("credentials"));
        assert_eq!(seat.row("primary/service/app").verdict, Verdict::Healthy, "{:?}", seat.row("primary/service/app"));
        // The timeline remembers.
        assert!(!seat.screen()[1].contains("CREDENTIALS"), "{}", seat.text());
    });
}

/// AWS says that they have expired, whatever they say themselves.
#[test]
fn credentials_that_aws_no_longer_takes_are_not_a_dark_region() {
    Seat::at("tier2", None, async |seat| {
        seat.wait(MINUTE).await;
        seat.rig.inject("credentials-expired", None, None);
        seat.wait(MINUTE * 2).await;
        assert!(seat.text().contains("xpired"), "{}", seat.text());
        let sites = &seat.assessment().sites;
        assert_eq!((sites.primary.dark_since, sites.standby.dark_since), (None, None));
        assert_ne!(seat.assessment().impairment.impaired, Some(true));
        seat.rig.truth(|world| world.faults.clear());
        seat.wait(MINUTE * 2).await;
        assert_eq!(seat.row("primary/service/app").verdict, Verdict::Healthy, "{:?}", seat.row("primary/service/app"));
    });
}

/// The API of a region is gone and nothing else: nobody reads of an outage, and it is said who is served.
#[test]
fn an_api_alone_that_is_silent_is_no_outage() {
    Seat::at("tier2", None, async |seat| {
        seat.wait(MINUTE).await;
        seat.rig.inject("api-silent:primary", None, None);
        seat.wait(MINUTE * 3).await;
        let banner = seat.screen()[1].clone();
        assert!(banner.contains("PRIMARY: ONLY AWS'S API DOES NOT ANSWER") && banner.contains("USERS ARE SERVED THERE"), "{banner}");
        assert!(banner.contains("active site unknown") && !seat.text().contains("DARK"), "{}", seat.text());
        assert_eq!(seat.assessment().verdict, Verdict::Unknown, "{}", seat.text());
        seat.resize((80, 24));
        assert!(seat.screen()[1].contains("USERS ARE SERVED THERE"), "{}", seat.text());
    });
}
