//! A tour of each service: every operation the lab claims, asked by the typed client, with its typed answers and typed refusals.

mod acm;
pub(crate) mod aurora;
mod autoscaling;
mod cloudwatch;
mod dynamodb;
mod ecr;
mod ecs;
mod elb;
mod events;
mod kms;
mod lambda;
mod rds;
mod rds_backups;
mod rds_promotion;
mod route53;
mod route53_checks;
mod s3;
mod s3_buckets;
mod secrets;
mod sns;
mod states;
mod sts;

use std::pin::Pin;
use std::sync::OnceLock;

use super::rig::{Asked, Rig, paused};

/// All of them. A tour that is missing here is missing in docs/OPERATIONS.md too, and its operations with it.
pub(crate) static TOURS: &[&Tour] = &[
    &acm::TOUR,
    &aurora::TOUR,
    &autoscaling::TOUR,
    &cloudwatch::TOUR,
    &dynamodb::TOUR,
    &ecr::TOUR,
    &ecs::TOUR,
    &elb::TOUR,
    &events::TOUR,
    &kms::TOUR,
    &lambda::TOUR,
    &rds::TOUR,
    &rds_backups::TOUR,
    &rds_promotion::TOUR,
    &route53::TOUR,
    &route53_checks::TOUR,
    &s3::TOUR,
    &s3_buckets::TOUR,
    &secrets::TOUR,
    &sns::TOUR,
    &states::TOUR,
    &sts::TOUR,
];

type Drive = fn(Rig) -> Pin<Box<dyn Future<Output = ()>>>;

/// A walk through a service on a lab of its own. Tests run in any order and at once; whoever needs a tour first takes it, the others wait
/// for it and share what was asked.
pub(crate) struct Tour {
    topology: &'static str,
    drive: Drive,
    asked: OnceLock<Asked>,
}

impl Tour {
    const fn new(topology: &'static str, drive: Drive) -> Self {
        Self { topology, drive, asked: OnceLock::new() }
    }

    pub(crate) const fn topology(&self) -> &'static str {
        self.topology
    }

    /// The walk itself, with whatever clients the rig has.
    pub(crate) async fn take(&self, rig: Rig) {
        (self.drive)(rig).await;
    }

    /// What the lab's log says it was asked.
    pub(crate) fn asked(&self) -> &Asked {
        self.asked.get_or_init(|| {
            paused(async {
                let rig = Rig::open(self.topology);
                self.take(rig.clone()).await;
                rig.asked()
            })
        })
    }
}

/// Makes a tour of an async function that takes a `Rig`, and a test that takes the tour.
macro_rules! tour {
    ($topology:literal, $drive:ident) => {
        pub(super) static TOUR: super::Tour = super::Tour::new($topology, |rig| Box::pin($drive(rig)));

        mod tour {
            #[test]
            fn $drive() {
                assert!(!super::TOUR.asked().is_empty());
            }
        }
    };
}
use tour;
