//! A lab in this process, watched the way the console does it, on a paused clock.

use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use drlab_core::app::{Look, Model, Theme};
use drlab_core::config::Config;
use drlab_core::domain::{Region, Snapshot, Timestamp};
use drlab_core::keymap::Keymap;
use drlab_lab::control::Stage;
use drlab_lab::inproc::InProcess;
use drlab_lab::serve::Lab;
use drlab_tui::aws::{self, Endpoints, Meter, Place, Timeouts};
use drlab_tui::clock::WorldClock;
use drlab_tui::probe::Wire;
use drlab_tui::watch::{Eyes, News, Order, Watch};
use tokio::time::timeout;

/// Outside every topology's backup window.
pub(crate) const START: Timestamp = Timestamp::from_secs(1_795_165_200);

/// A lab, somebody who watches it the way the console does, and what they have been told.
pub(crate) struct Post {
    pub(crate) way: InProcess,
    pub(crate) config: Arc<Config>,
    pub(crate) clock: WorldClock,
    pub(crate) meter: Meter,
    pub(crate) news: Arc<News>,
    pub(crate) known: Snapshot,
}

impl Post {
    pub(crate) fn at(config: Config, story: impl AsyncFnOnce(&mut Self)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let stage = Stage { config, scenario: None };
            let way = InProcess::new(Lab::new(stage.open(START).unwrap(), 1.0, "in process")).round_trip(InProcess::FAR);
            let config = Arc::new(stage.config);
            let clock = WorldClock::new(START, 1.0);
            let meter = Meter::new(clock);
            let regions: Vec<Region> = config.regions().into_iter().collect();
            let place = Place {
                regions: &regions,
                endpoints: &Endpoints::default(),
                timeouts: Timeouts::default(),
                clock,
                http: Some(SharedHttpClient::new(way.clone())),
            };
            let credentials = SharedCredentialsProvider::new(Credentials::new("AKIALAB", "lab", None, None, "bench"));
            let aws = aws::connect(&place, credentials, &meter);
            let eyes = Eyes { aws, wire: Wire::lab(way.clone(), &config), clock };
            let (watch, orders, news) = Watch::new(eyes, Arc::clone(&config), 1);
            let attended = opened(&config).attended();
            orders.send(Order::Attend(attended)).await.unwrap();
            let mut post = Self { way, config, clock, meter, news, known: Snapshot::default() };
            tokio::select! {
                biased;
                () = story(&mut post) => {}
                tally = watch.run() => panic!("the watch has ended by itself: {tally:?}"),
            }
        });
    }

    pub(crate) async fn listen(&mut self, time: Duration) {
        let end = self.clock.now() + time;
        while self.clock.now() < end {
            let news = timeout(end.since(self.clock.now()), self.news.next()).await.unwrap_or_default();
            for observation in news {
                self.known.put(observation);
            }
        }
    }
}

/// The console as it opens.
pub(crate) fn opened(config: &Arc<Config>) -> Model {
    let look = Look { theme: Theme::Terminal, ascii: false };
    Model::new(Arc::clone(config), Arc::new(Keymap::default()), look, (200, 60), START)
}
