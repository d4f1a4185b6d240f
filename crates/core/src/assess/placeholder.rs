//! Stands in for the assessment until it is merged; dropped then.

use super::{Assessment, Component, Forecast, Impairment, Loss, Readiness, SiteView, Whereabouts};
use crate::config::{Place, Site, Sites, Workload};
use crate::domain::{Kind, Snapshot, Subject, Timestamp, Verdict};

#[must_use]
pub fn assess(workload: &Workload, snapshot: &Snapshot, now: Timestamp) -> Assessment {
    let component = |site: Site, label: &str, subject: Subject| {
        let observation = snapshot.get(&subject);
        Component {
            id: format!("{}/{label}", site.word()),
            place: Some(Place::from(site)),
            label: label.to_owned(),
            verdict: Verdict::Unknown,
            value: observation.and_then(|seen| seen.fact()).map_or_else(|| "unknown".to_owned(), |_| "known".to_owned()),
            number: None,
            unit: None,
            reason: None,
            source_at: observation.and_then(|seen| seen.known.as_ref()).map(|known| known.source_at),
            read_at: None,
            stale: observation.is_none_or(|seen| seen.is_stale(now)),
            gauge: None,
            series: None,
            subjects: vec![subject],
        }
    };
    let view = |site: Site| {
        let mut components: Vec<_> = workload
            .services
            .iter()
            .map(|service| component(site, &service.name, workload.service_subject(Kind::Service, service, site)))
            .collect();
        components.extend(workload.database.iter().map(|database| component(site, "db", workload.database_subject(database, site))));
        SiteView { verdict: Verdict::Unknown, components, dark_since: None }
    };
    let unknown = || Whereabouts::Unknown("not looked at yet".to_owned());
    Assessment {
        at: now,
        verdict: Verdict::Unknown,
        reasons: Vec::new(),
        active: unknown(),
        landing: unknown(),
        headline: None,
        sites: Sites::new(view(Site::Primary), view(Site::Standby)),
        between: Vec::new(),
        around: Vec::new(),
        impairment: Impairment { site: None, impaired: None, why: String::new(), evidence: Vec::new(), since: None },
        readiness: Readiness {
            target: None,
            checks: Vec::new(),
            loss: Loss::default(),
            forecast: Forecast::default(),
            rto: workload.objectives.rto,
            rpo: workload.objectives.rpo,
        },
    }
}
