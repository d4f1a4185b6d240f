//! Answers that make no sense are no answers; answers that leave things out, or know words that we do not, are.

use drlab_core::config::Site;
use drlab_core::domain::fact::{GlobalCluster, Instance, Service, TargetGroup};
use drlab_core::domain::{Cause, Question, Topic};

use super::{ask, meddler, workload};
use crate::lab::rig::Rig;
use crate::lab::services::aurora::GLOBAL;

/// One question for each thing that can be observed here, about things that exist.
pub(super) fn questions(rig: &Rig) -> Vec<Question> {
    let workload = workload(rig);
    let (service, dns) = (&workload.services[0].sites.primary, workload.dns.as_ref().unwrap());
    let (cluster, name) = (service.cluster.clone(), service.service.clone());
    let database = workload.database.as_ref().unwrap().sites.get(Site::Primary).clone();
    let group = service.target_group.clone().unwrap();
    let check = dns.sites.get(Site::Primary).health_check.clone().unwrap();
    let regional = [
        Topic::Instances(vec![database.clone()]),
        Topic::Clusters(vec![database.clone()]),
        Topic::GlobalClusters(vec![GLOBAL.to_owned()]),
        Topic::RestorePoints(vec![database]),
        Topic::Services { cluster: cluster.clone(), services: vec![name.clone()] },
        Topic::Bounds(vec![format!("{cluster}/{name}")]),
        Topic::Tasks { cluster, service: name },
        Topic::TargetGroups(vec![group.clone()]),
        Topic::Targets(group),
        Topic::Certificates(vec![dns.record.clone()]),
        Topic::Repository(workload.repositories[0].name.clone()),
    ];
    let global = [
        Topic::Zone(dns.zone.clone()),
        Topic::Records { zone: dns.zone.clone(), names: vec![dns.record.clone()] },
        Topic::HealthChecks(vec![check.clone()]),
        Topic::HealthChecks((0..6).map(|nth| format!("{check}{nth}")).collect()),
        Topic::Checkers(check),
    ];
    let regional = regional.into_iter().map(|topic| Question::new(&workload.primary, topic));
    regional.chain(global.into_iter().map(Question::global)).collect()
}

#[tokio::test(start_paused = true)]
async fn pages_of_html_and_bodies_that_break_off_are_no_answers() {
    let rig = Rig::open("payments");
    let html = meddler::answering(&rig, |_, _| (200, "<!DOCTYPE html><html><body>Sign in to continue</body></html>".to_owned()));
    let half = meddler::answering(&rig, |status, body| (status, body[..body.len() / 2].to_owned()));
    let nothing = meddler::answering(&rig, |status, _| (status, String::new()));
    for (how, aws) in [("HTML", html), ("half", half), ("nothing", nothing)] {
        for question in questions(&rig) {
            let trouble = ask(&aws, question.clone()).await.trouble();
            assert_eq!(trouble.cause, Cause::Unintelligible, "{how}: {question:?}: {}", trouble.text);
            assert!(!trouble.text.is_empty());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_page_is_a_broken_service_and_not_a_missing_thing() {
    let rig = Rig::open("payments");
    let broken = meddler::answering(&rig, |_, _| (502, "<html><body>Bad gateway</body></html>".to_owned()));
    for question in questions(&rig) {
        let trouble = ask(&broken, question.clone()).await.trouble();
        assert_eq!(trouble.cause, Cause::Broken, "{question:?}: {}", trouble.text);
    }
}

/// What lies between two marks of a text, gone.
fn without(body: &str, from: &str, to: &str) -> String {
    let Some((before, rest)) = body.split_once(from) else { return body.to_owned() };
    format!("{before}{}", rest.split_once(to).unwrap().1)
}

#[tokio::test(start_paused = true)]
async fn what_an_answer_leaves_out_is_taken_for_the_worse() {
    let rig = Rig::open("pilot");
    let region = workload(&rig).primary.clone();
    let bare = meddler::answering(&rig, |status, body| {
        let told = ["MultiAZ", "BackupRetentionPeriod", "DBInstanceStatus", "Endpoint", "DBParameterGroups"];
        (status, told.iter().fold(body, |body, name| without(&body, &format!("<{name}>"), &format!("</{name}>"))))
    });
    let database = workload(&rig).database.as_ref().unwrap().sites.get(Site::Primary).clone();
    let found: Instance = ask(&bare, Question::new(&region, Topic::Instances(vec![database.clone()]))).await.only();
    assert_eq!((found.id.as_str(), found.status.as_str()), (database.as_str(), ""));
    assert!(!found.multi_az && !found.is_writable() && found.backup_retention_days == 0);
    assert_eq!((found.endpoint, found.port, found.parameter_group), (None, None, None));
}

#[tokio::test(start_paused = true)]
async fn words_that_nobody_knew_when_this_was_written_come_through() {
    let rig = Rig::open("payments");
    let region = workload(&rig).primary.clone();
    let service = &workload(&rig).services[0].sites.primary;
    let modern = meddler::answering(&rig, |status, body| {
        let body = body.replace("<SynchronizationStatus>connected<", "<SynchronizationStatus>entangled<");
        let body = body.replace("<TargetType>ip<", "<TargetType>qubit<");
        (status, body.replace("\"rolloutState\":\"COMPLETED\"", "\"rolloutState\":\"SUPERPOSED\""))
    });
    let global: GlobalCluster = ask(&modern, Question::new(&region, Topic::GlobalClusters(vec![GLOBAL.to_owned()]))).await.only();
    assert!(global.members.iter().any(|member| member.synchronization.as_deref() == Some("entangled")), "{global:?}");
    let group = service.target_group.clone().unwrap();
    let group: TargetGroup = ask(&modern, Question::new(&region, Topic::TargetGroups(vec![group]))).await.only();
    assert_eq!(group.target_type.as_deref(), Some("qubit"));
    let asked = Topic::Services { cluster: service.cluster.clone(), services: vec![service.service.clone()] };
    let found: Service = ask(&modern, Question::new(&region, asked)).await.only();
    assert_eq!(found.deployments[0].rollout.as_deref(), Some("SUPERPOSED"));
}

#[tokio::test(start_paused = true)]
async fn a_service_that_was_deleted_is_missing_and_a_failure_that_says_so_little_is_not() {
    let rig = Rig::open("tier2");
    let region = workload(&rig).primary.clone();
    let asked =
        |name: &str| Question::new(&region, Topic::Services { cluster: "tier2-primary".to_owned(), services: vec![name.to_owned()] });
    // AWS remembers deleted services for a while.
    let inactive = meddler::answering(&rig, |status, body| (status, body.replace("\"status\":\"ACTIVE\"", "\"status\":\"INACTIVE\"")));
    assert!(ask(&inactive, asked("app")).await.all_missing());
    let odd = meddler::answering(&rig, |status, body| (status, body.replace("\"MISSING\"", "\"THROTTLED_BY_PARTNER\"")));
    let trouble = ask(&odd, asked("nobody")).await.trouble();
    assert_eq!(trouble.cause, Cause::Unintelligible);
    assert!(trouble.text.contains("nobody: THROTTLED_BY_PARTNER"), "{}", trouble.text);
}
