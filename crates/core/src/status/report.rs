use std::time::Duration;

use serde::Serialize;

use crate::assess::{Assessment, Check, Component, Evidence, Whereabouts};
use crate::config::{Place, Site, Workload};
use crate::domain::{Region, Timestamp, Verdict};

/// Whose AWS was asked. Only what has shown itself to be a lab at every endpoint is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Session {
    Live,
    Lab,
    /// Neither AWS itself nor proven to be a lab: to be treated as live.
    Elsewhere,
}

/// One workload at one instant.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StatusReport {
    pub schema: &'static str,
    pub at: Timestamp,
    pub workload: String,
    pub session: Session,
    pub verdict: Verdict,
    pub headline: Option<String>,
    pub reasons: Vec<String>,
    /// `primary`, `standby`, `both`, `neither` or `unknown`; why, where it is none of the sites.
    pub active: &'static str,
    pub active_why: Option<String>,
    pub landing: &'static str,
    pub landing_why: Option<String>,
    pub sites: Vec<SiteReport>,
    pub components: Vec<ComponentReport>,
    pub impairment: ImpairmentReport,
    /// `null`: cannot be told now.
    pub ready: Option<bool>,
    pub readiness: Vec<CheckLine>,
    pub loss: LossReport,
    pub forecast: ForecastReport,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SiteReport {
    pub site: Site,
    pub region: Region,
    pub verdict: Verdict,
    pub dark_since: Option<Timestamp>,
    /// Since when its API alone does not answer.
    pub silent_since: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ComponentReport {
    pub id: String,
    /// `null`: belongs to both sites or to none.
    pub site: Option<Place>,
    pub verdict: Verdict,
    /// The figure as a person reads it.
    pub value: String,
    /// The one number in it, in `unit`; `null` where there is none, or where it is not known.
    pub number: Option<f64>,
    pub unit: Option<&'static str>,
    pub source_at: Option<Timestamp>,
    pub read_at: Option<Timestamp>,
    pub stale: bool,
    pub reason: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ImpairmentReport {
    pub site: Option<Site>,
    pub impaired: Option<bool>,
    pub why: String,
    pub since: Option<Timestamp>,
    pub evidence: Vec<Evidence>,
}

/// A check of readiness, as `status` and `check` tell it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckLine {
    pub id: String,
    pub title: String,
    pub ok: Option<bool>,
    pub required: bool,
    pub why: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LossReport {
    /// What is probably lost; `null`: nobody can tell.
    pub about_s: Option<f64>,
    /// An upper bound; `null`: unbounded.
    pub database_s: Option<f64>,
    pub objects: Option<u64>,
    pub bytes: Option<u64>,
    pub told: String,
    pub rpo_s: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ForecastReport {
    pub p50_s: f64,
    pub p90_s: f64,
    pub rto_s: f64,
    pub latest_safe_start: Option<Timestamp>,
    pub unreachable: Option<String>,
}

impl StatusReport {
    pub const SCHEMA: &str = "drlab-tui/status/1";

    #[must_use]
    pub fn new(workload: &Workload, seen: &Assessment, session: Session) -> Self {
        let (active, active_why) = whereabouts(&seen.active);
        let (landing, landing_why) = whereabouts(&seen.landing);
        let readiness = &seen.readiness;
        Self {
            schema: Self::SCHEMA,
            at: seen.at,
            workload: workload.name.clone(),
            session,
            verdict: seen.verdict,
            headline: seen.headline.as_ref().map(|headline| headline.text.clone()),
            reasons: seen.reasons.clone(),
            active,
            active_why,
            landing,
            landing_why,
            sites: seen
                .sites
                .iter()
                .map(|(site, view)| SiteReport {
                    site,
                    region: workload.region(site).clone(),
                    verdict: view.verdict,
                    dark_since: view.dark_since,
                    silent_since: view.silent_since,
                })
                .collect(),
            components: seen.components().map(ComponentReport::from).collect(),
            impairment: ImpairmentReport {
                site: seen.impairment.site,
                impaired: seen.impairment.impaired,
                why: seen.impairment.why.clone(),
                since: seen.impairment.since,
                evidence: seen.impairment.evidence.clone(),
            },
            ready: readiness.ready(),
            readiness: readiness.checks.iter().map(CheckLine::from).collect(),
            loss: LossReport {
                about_s: readiness.loss.about.map(seconds),
                database_s: readiness.loss.database.map(seconds),
                objects: readiness.loss.objects,
                bytes: readiness.loss.bytes,
                told: readiness.loss.told.clone(),
                rpo_s: seconds(readiness.rpo),
            },
            forecast: ForecastReport {
                p50_s: seconds(readiness.forecast.p50),
                p90_s: seconds(readiness.forecast.p90),
                rto_s: seconds(readiness.rto),
                latest_safe_start: readiness.forecast.latest_safe_start,
                unreachable: readiness.forecast.unreachable.clone(),
            },
        }
    }

    /// What `status` exits with for all workloads together: the worst of them, and critical > unknown > degraded.
    #[must_use]
    pub fn exit_code(reports: &[Self]) -> u8 {
        match Verdict::worst(reports.iter().map(|report| report.verdict)) {
            Verdict::Healthy => 0,
            Verdict::Degraded => 1,
            Verdict::Critical => 2,
            Verdict::Unknown => 3,
        }
    }
}

/// To the millisecond: the rest of it nobody has measured.
fn seconds(time: Duration) -> f64 {
    Duration::from_millis(u64::try_from(time.as_millis()).unwrap_or(u64::MAX)).as_secs_f64()
}

fn whereabouts(at: &Whereabouts) -> (&'static str, Option<String>) {
    match at {
        Whereabouts::Primary => ("primary", None),
        Whereabouts::Standby => ("standby", None),
        Whereabouts::Both => ("both", None),
        Whereabouts::Neither(why) => ("neither", Some(why.clone())),
        Whereabouts::Unknown(why) => ("unknown", Some(why.clone())),
    }
}

impl From<&Component> for ComponentReport {
    fn from(component: &Component) -> Self {
        Self {
            id: component.id.clone(),
            site: component.place,
            verdict: component.verdict,
            value: component.value.clone(),
            number: component.number,
            unit: component.unit,
            source_at: component.source_at,
            read_at: component.read_at,
            stale: component.stale,
            reason: component.reason.clone(),
        }
    }
}

impl From<&Check> for CheckLine {
    fn from(check: &Check) -> Self {
        Self {
            id: check.id.clone().into_owned(),
            title: check.title.clone().into_owned(),
            ok: check.ok,
            required: check.required,
            why: check.why.clone(),
        }
    }
}
