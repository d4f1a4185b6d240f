//! A configuration of one's own, rehearsed: the lab takes its shape from it.

use drlab_core::config::EXAMPLE;
use drlab_core::domain::Verdict;
use drlab_lab::topologies;

use super::{MINUTE, Seat, built};
use drlab_core::app::Class;

/// The example that is shipped names a URL for each site, HTTPS and all.
#[test]
fn the_example_is_well_within_a_minute() {
    built(topologies::parse("drlab.toml", EXAMPLE).unwrap(), async |seat: &mut Seat| {
        seat.wait(MINUTE).await;
        let seen = seat.assessment();
        let rows: Vec<_> = seen.components().filter(|row| row.verdict != Verdict::Healthy).collect();
        assert_eq!(seen.verdict, Verdict::Healthy, "{:#?}\n{rows:#?}", seen.reasons);
        for site in ["primary", "standby"] {
            let workload = &seat.model.config.workloads[0];
            let subject = workload.site_sight(drlab_core::config::Site::ALL.iter().copied().find(|one| one.word() == site).unwrap());
            let seen = format!("{:?}", seat.model.picture.snapshot.get(&subject).unwrap());
            assert!(seen.contains("status: Some(200)") && !seen.contains("NXDOMAIN"), "{site}: {seen}");
        }
        let told: Vec<_> = seat.model.events.events.iter().filter(|event| event.class != Class::Figure).collect();
        assert!(told.is_empty(), "{told:#?}");
    });
}
