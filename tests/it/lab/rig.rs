//! A lab in this process and the SDK's clients for it. Time is tokio's, paused: what takes an hour there takes a moment here.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::result::SdkError;
use drlab_core::config::Config;
use drlab_core::domain::{Region, Timestamp};
use drlab_lab::control::Stage;
use drlab_lab::inproc::InProcess;
use drlab_lab::scenarios::BuiltIn;
use drlab_lab::serve::Lab;
use drlab_lab::topologies::Topology;
use drlab_lab::world::World;
use drlab_tui::aws::{Clients, Endpoints, Meter, RegionClients, Timeouts};
use drlab_tui::clock::WorldClock;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::transcript::{Recorder, Transcript};

/// Services, as requests are signed for them, each with one of its operations.
pub(crate) type Asked = BTreeSet<(String, String)>;

/// Friday, 20 November 2026, 09:00 UTC: outside every topology's backup window, and before no weekly schedule.
pub(crate) const START: Timestamp = Timestamp::from_secs(1_795_165_200);

/// How often somebody who waits looks again.
pub(crate) const LOOK: Duration = Duration::from_secs(5);

/// A lab, the way to it, and clients that believe it is AWS.
#[derive(Clone, Debug)]
pub(crate) struct Rig {
    pub(crate) stage: Stage,
    pub(crate) way: InProcess,
    /// The SDK's side of that way, with whoever stands on it.
    pub(crate) http: SharedHttpClient,
    pub(crate) aws: Clients,
    pub(crate) transcript: Transcript,
}

impl Rig {
    /// A topology as it comes.
    pub(crate) fn open(topology: &str) -> Self {
        Self::of(config(topology))
    }

    pub(crate) fn of(config: Config) -> Self {
        Self::on(Stage { config, scenario: None })
    }

    /// A topology as it comes, with a scenario that is played from the start, if any.
    pub(crate) fn playing(topology: &str, scenario: Option<&str>) -> Self {
        let config = config(topology);
        let scenario = scenario.map(|name| BuiltIn::named(name).unwrap().script().unwrap().cast(&config, None).unwrap());
        Self::on(Stage { config, scenario })
    }

    pub(crate) fn on(stage: Stage) -> Self {
        let way = Self::way_to(&stage);
        let transcript = Transcript::default();
        let http = SharedHttpClient::new(Recorder { inner: way.clone(), transcript: transcript.clone() });
        let aws = Clients::unguarded(&shared(&way, &http), &stage.config.regions(), &Endpoints::default(), Timeouts::default());
        Self { stage, way, http, aws, transcript }
    }

    /// With the console's own clients, which can only read, and somebody on the way to AWS who does as he likes.
    pub(crate) fn watched_past(stage: Stage, somebody: impl FnOnce(InProcess) -> SharedHttpClient) -> Self {
        let way = Self::way_to(&stage);
        let http = somebody(way.clone());
        let meter = Meter::new(WorldClock::new(START, 1.0));
        let aws = Clients::watching(&shared(&way, &http), &stage.config.regions(), &Endpoints::default(), Timeouts::default(), &meter);
        Self { stage, way, http, aws, transcript: Transcript::default() }
    }

    fn way_to(stage: &Stage) -> InProcess {
        let lab = Lab::new(stage.open(START).unwrap(), 1.0, "in process");
        InProcess::new(lab).round_trip(InProcess::FAR)
    }

    /// The world's clock, by which everything goes.
    pub(crate) fn clock(&self) -> WorldClock {
        WorldClock::new(self.way.lab().clock().now(), 1.0)
    }

    /// What every client of this lab is made with.
    pub(crate) fn shared(&self) -> SdkConfig {
        shared(&self.way, &self.http)
    }

    pub(crate) fn at(&self, region: &Region) -> &RegionClients {
        &self.aws.regions[region]
    }

    /// The clients where the first workload lives.
    pub(crate) fn primary(&self) -> &RegionClients {
        self.at(&self.stage.config.workloads[0].primary)
    }

    /// The clients where the first workload would go.
    pub(crate) fn standby(&self) -> &RegionClients {
        self.at(&self.stage.config.workloads[0].standby)
    }

    /// The clients where the first workload is steered from.
    pub(crate) fn control(&self) -> &RegionClients {
        self.at(self.stage.config.workloads[0].control.as_ref().unwrap())
    }

    /// Behind the curtain.
    pub(crate) fn truth<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        self.way.lab().with(look)
    }

    pub(crate) fn state(&self) -> Value {
        self.truth(|world| world.state())
    }

    /// The first workload's ground truth.
    pub(crate) fn workload(&self) -> Value {
        self.state()["workloads"][0].clone()
    }

    /// A site of the first workload: `primary` or `standby`.
    pub(crate) fn site(&self, name: &str) -> Value {
        self.workload()["sites"].as_array().unwrap().iter().find(|site| site["name"] == name).unwrap().clone()
    }

    /// Breaks something the way a facilitator does: `region-dark:primary`, with how hard and how long where that matters.
    pub(crate) fn inject(&self, fault: &str, level: Option<f64>, lasting: Option<&str>) {
        let body = json!({ "fault": fault, "level": level, "for": lasting }).to_string();
        let answered = self.way.lab().with_log(|world, log| self.stage.answer(world, log, "POST", "/_lab/inject", body.as_bytes()));
        assert_eq!(answered.unwrap().status, 200, "{fault}");
    }

    /// What the lab was asked and did so far.
    pub(crate) fn asked(&self) -> Asked {
        self.way.lab().log(|log| {
            assert!(log.answered() <= drlab_lab::wire::Log::KEPT as u64, "the log has forgotten the beginning");
            log.entries().filter(|entry| entry.status < 400).map(|entry| (entry.service.clone(), entry.operation.clone())).collect()
        })
    }
}

fn shared(way: &InProcess, http: &SharedHttpClient) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(credentials())
        .http_client(http.clone())
        .time_source(way.clone())
        .build()
}

pub(crate) fn config(topology: &str) -> Config {
    Topology::named(topology).unwrap().config().unwrap()
}

pub(crate) fn credentials() -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Credentials::new("AKIALAB", "secret", None, None, "tests"))
}

/// Runs on a clock that stands still while there is work and jumps while there is none. No sockets here: they would let it run away.
pub(crate) fn paused<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(work)
}

/// Asks until the answer is acceptable, and gives it back; not for longer than `within` seconds.
pub(crate) async fn until<T: Debug>(within: u64, mut ask: impl AsyncFnMut() -> T, accept: impl Fn(&T) -> bool) -> T {
    let deadline = Instant::now() + Duration::from_secs(within);
    loop {
        let answer = ask().await;
        if accept(&answer) {
            return answer;
        }
        assert!(Instant::now() < deadline, "not true within {within} s; the last answer: {answer:#?}");
        sleep(LOOK).await;
    }
}

/// The service's own error of a call that must be refused.
pub(crate) fn refused<T: Debug, E: Debug, R: Debug>(answer: Result<T, SdkError<E, R>>) -> E {
    match answer.unwrap_err() {
        SdkError::ServiceError(refusal) => refusal.into_err(),
        other => panic!("AWS did not refuse, the way there failed: {other:?}"),
    }
}
