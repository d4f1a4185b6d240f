//! A catalogue for the tests of the format, the plan and the built-in runbooks: what the actions say of themselves, without doing anything.

use std::sync::LazyLock;
use std::time::Duration;

use super::*;
use crate::config::{DatabaseKind, Site, Workload};
use crate::domain::{Change, Subject, What};

struct Fake(Action);

pub(super) fn catalogue(action: Action) -> &'static dyn Deed {
    static FAKES: LazyLock<Vec<Fake>> = LazyLock::new(|| Action::ALL.iter().map(|action| Fake(*action)).collect());
    &FAKES[Action::ALL.iter().position(|known| *known == action).unwrap()]
}

const TASKS: &[(&str, &str)] = &[("tasks", "failover, usual, before, or a number")];
const SINCE: &[(&str, &str)] = &[("since", "an instant")];

impl Deed for Fake {
    fn about(&self) -> About {
        let (site, confirm) = match self.0 {
            Action::ServiceStop => (RunSite::Source, Confirm::Key),
            Action::DatabasePromote | Action::DatabaseFailover => (RunSite::Target, Confirm::Type),
            _ => (RunSite::Target, Confirm::None),
        };
        About {
            makes_true: "It is so.",
            turns: ("not so", "so"),
            proof: "It was seen.",
            undo: match self.0 {
                Action::DatabasePromote | Action::DatabaseFailover => Undo::Never("replication ends"),
                Action::SecretPromote => Undo::Never("it is replicated no longer"),
                Action::NotifyTopic | Action::NotifyWebhook => Undo::Never("what was said is said"),
                Action::ServiceScale | Action::ServiceStop | Action::DnsPin | Action::DnsFlip => Undo::By("the same the other way"),
                _ => Undo::Nothing,
            },
            guards: match self.0 {
                Action::DatabasePromote => &[Guard::TargetPromotable, Guard::TargetFollows],
                _ => &[],
            },
            site,
            confirm,
            expect: Duration::from_secs(10),
            timeout: Duration::from_secs(600),
            may_fail: matches!(self.0, Action::NotifyTopic | Action::NotifyWebhook | Action::StateRecord),
            parameters: match self.0 {
                Action::ServiceScale | Action::AutoscalingBounds => TASKS,
                Action::StorageUndelete | Action::StorageRestoreVersions => SINCE,
                Action::DatabaseRestorePointInTime => &[("at", "an instant")],
                Action::StorageReverseReplication => &[("direction", "back or none")],
                Action::CheckReadiness => &[("wait", "yes or no")],
                Action::StorageAwaitBacklog => &[("within", "how late")],
                Action::StorageCopyMissing => &[("pending", "leave or copy"), ("most", "how many thousands")],
                Action::StateRecord => &[("item", "name=value; …")],
                Action::SecretUpdateEndpoint => &[("ahead", "yes or no")],
                _ => &[],
            },
        }
    }

    fn parts(&self, workload: &Workload) -> Result<Vec<Part>, String> {
        let kind = workload.database.as_ref().map(|database| database.kind);
        let only = |wanted| if kind == Some(wanted) { Ok(vec![Part::Whole]) } else { Err("no such database".to_owned()) };
        let secret = workload.database.as_ref().and_then(|database| database.secret.as_ref());
        let when = |there: bool| if there { Ok(vec![Part::Whole]) } else { Err("there is none".to_owned()) };
        let each =
            |all: usize, part: fn(usize) -> Part| if all == 0 { Err("there is none".to_owned()) } else { Ok((0..all).map(part).collect()) };
        match self.0 {
            Action::DatabaseSwitchover | Action::DatabaseFailover => only(DatabaseKind::AuroraGlobal),
            Action::SecretPromote => when(secret.is_some_and(crate::config::Secret::is_replicated)),
            Action::SecretUpdateEndpoint => when(secret.is_some()),
            action if action.word().starts_with("database.") => only(DatabaseKind::RdsReplica),
            action if action.word().starts_with("service.") => each(workload.services.len(), Part::Service),
            action if action.word().starts_with("autoscaling.") => each(workload.services.len(), Part::Service),
            action if action.word().starts_with("storage.") => each(workload.buckets.len(), Part::Bucket),
            action if action.word().starts_with("automation.") => each(workload.automations.len(), Part::Automation),
            action if action.word().starts_with("dns.") => when(workload.dns.is_some()),
            Action::FunctionInvoke => each(workload.functions.len(), Part::Function),
            Action::StateRecord => each(workload.tables.len(), Part::Table),
            Action::NotifyTopic => when(workload.notify.topic.primary.is_some()),
            Action::NotifyWebhook => when(workload.notify.webhook.is_some()),
            _ => Ok(vec![Part::Whole]),
        }
    }

    fn subjects(&self, _: &Scene<'_>) -> Vec<Subject> {
        vec![Subject::credentials()]
    }

    fn stand(&self, scene: &Scene<'_>) -> Standing {
        let service = || match scene.stage.part {
            Part::Service(n) => scene.workload.services[n].sites.get(scene.site()).clone(),
            part => panic!("{part:?} is no service"),
        };
        match self.0 {
            Action::DatabasePromote => {
                let instance = scene.workload.database.as_ref().unwrap().sites.get(scene.site()).clone();
                Standing::needs([Change::new(scene.region(), What::PromoteReplica { instance })])
            }
            Action::ServiceScale => {
                let at = service();
                let what = What::ScaleService { cluster: at.cluster, service: at.service, desired: 2 };
                Standing::needs([Change::new(scene.region(), what)])
            }
            Action::DnsPin => {
                Standing::needs([Change::global(What::InvertHealthCheck { health_check: "hc`1".to_owned(), inverted: true })])
            }
            _ => Standing::proven("it is so"),
        }
    }

    fn before_after(&self, scene: &Scene<'_>) -> (String, String) {
        ("was | so\u{1b}[2J".to_owned(), format!("is so at the {}", scene.site()))
    }
}

pub(super) const TOPOLOGIES: [(&str, &str); 4] = [
    ("tier2", include_str!("../../../lab/src/topologies/tier2.toml")),
    ("pilot", include_str!("../../../lab/src/topologies/pilot.toml")),
    ("platform", include_str!("../../../lab/src/topologies/platform.toml")),
    ("payments", include_str!("../../../lab/src/topologies/payments.toml")),
];

pub(crate) fn workload(name: &str) -> Workload {
    let (_, text) = TOPOLOGIES.iter().find(|(known, _)| *known == name).unwrap();
    crate::config::Config::parse(name, text, &[]).unwrap_or_else(|error| panic!("{error}")).workloads.remove(0)
}

pub(super) fn built_in(name: &str) -> Runbook {
    let (_, text) = BUILT_IN.iter().find(|(known, _)| *known == name).unwrap();
    Runbook::parse(name, name, text, &catalogue).unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) fn planned(runbook: &str, name: &str) -> Plan {
    unfold(&built_in(runbook), &workload(name), Site::Primary, &catalogue)
}
