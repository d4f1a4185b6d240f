//! Services, tasks, bounds and images.

use drlab_core::config::Site;
use drlab_core::domain::fact::{Bounds, Repository, Service, Tasks};
use drlab_core::domain::{Kind, Region, Subject, Topic};
use drlab_lab::world::ecs::{NewService, add_service};
use tokio::time::{Duration, Instant, sleep};

use super::{Answer, SITES, SYSTEMS, ask_at, paused, workload};
use crate::lab::rig::{LOOK, Rig};

async fn services(rig: &Rig, site: Site, cluster: &str, names: &[&str]) -> Answer {
    let services = names.iter().map(|name| (*name).to_owned()).collect();
    ask_at(rig, site, Topic::Services { cluster: cluster.to_owned(), services }).await
}

async fn tasks(rig: &Rig, site: Site, cluster: &str, service: &str) -> Answer {
    ask_at(rig, site, Topic::Tasks { cluster: cluster.to_owned(), service: service.to_owned() }).await
}

#[test]
fn services_run_what_the_configuration_says() {
    for topology in SYSTEMS {
        paused(async {
            let rig = Rig::open(topology);
            for site in SITES {
                for service in &workload(&rig).services {
                    let at = service.sites.get(site);
                    let wanted = i32::try_from(at.tasks).unwrap();
                    let answer = services(&rig, site, &at.cluster, &[&at.service]).await;
                    let found: Service = answer.found(&workload(&rig).service_subject(Kind::Service, service, site));
                    assert_eq!((found.name.as_str(), found.cluster.as_str()), (at.service.as_str(), at.cluster.as_str()));
                    assert_eq!((found.status.as_str(), found.desired, found.running, found.pending), ("ACTIVE", wanted, wanted, 0));
                    let primary = &found.deployments[0];
                    assert_eq!((primary.status.as_str(), primary.rollout.as_deref()), ("PRIMARY", Some("COMPLETED")));
                    assert_eq!((primary.running, &primary.task_definition), (wanted, &found.task_definition));

                    let answer = tasks(&rig, site, &at.cluster, &at.service).await;
                    let found: Tasks = answer.found(&workload(&rig).service_subject(Kind::Tasks, service, site));
                    assert_eq!(found.tasks.len(), at.tasks as usize, "{topology} {site:?}");
                    for task in &found.tasks {
                        assert_eq!((task.status.as_str(), task.stopped_reason.as_ref()), ("RUNNING", None));
                        assert!(task.zone.as_deref().unwrap().starts_with(workload(&rig).region(site).as_str()));
                        assert!(task.started_at.is_some() && !task.images.is_empty());
                    }
                }
            }
        });
    }
}

#[test]
fn what_runs_at_the_primary_is_held_by_the_standby() {
    for topology in SYSTEMS {
        paused(async {
            let rig = Rig::open(topology);
            let service = &workload(&rig).services[0].sites.primary;
            let running: Tasks = tasks(&rig, Site::Primary, &service.cluster, &service.service).await.only();
            let digest = running.tasks[0].images[0].digest.clone().unwrap();
            let repositories = &workload(&rig).repositories;
            let mut holding = 0;
            for repository in repositories {
                let held: Repository = ask_at(&rig, Site::Standby, Topic::Repository(repository.name.clone())).await.only();
                assert!(held.images.iter().all(|image| image.digest.starts_with("sha256:") && image.pushed_at.is_some()));
                assert!(held.images.is_sorted_by(|one, other| one.pushed_at >= other.pushed_at), "the newest first");
                holding += usize::from(held.holds(&digest));
            }
            assert_eq!(holding, usize::from(!repositories.is_empty()), "{topology}");
        });
    }
}

#[tokio::test(start_paused = true)]
async fn what_does_not_exist_is_missing_and_not_zero() {
    let rig = Rig::open("tier2");
    let region = &workload(&rig).primary;
    let answer = services(&rig, Site::Primary, "tier2-primary", &["app", "nobody"]).await;
    assert_eq!(answer.found::<Service>(&Subject::service(Kind::Service, region, "tier2-primary", "app")).running, 2);
    assert!(answer.is_missing(&Subject::service(Kind::Service, region, "tier2-primary", "nobody")));
    assert!(services(&rig, Site::Primary, "nowhere", &["app", "other"]).await.all_missing());
    assert!(tasks(&rig, Site::Primary, "tier2-primary", "nobody").await.all_missing());
    assert!(tasks(&rig, Site::Primary, "nowhere", "app").await.all_missing());
    assert!(ask_at(&rig, Site::Primary, Topic::Bounds(vec!["tier2-primary/app".to_owned()])).await.all_missing());
    assert!(ask_at(&rig, Site::Primary, Topic::Repository("nobody".to_owned())).await.all_missing());

    // The pilot light is a service that is there and runs nothing.
    let rig = Rig::open("pilot");
    let at = &workload(&rig).services[0].sites.standby;
    let dark: Service = services(&rig, Site::Standby, &at.cluster, &[&at.service]).await.only();
    assert_eq!((dark.desired, dark.running), (0, 0));
    let none: Tasks = tasks(&rig, Site::Standby, &at.cluster, &at.service).await.only();
    assert!(none.tasks.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_task_that_was_stopped_says_why() {
    let rig = Rig::open("tier2");
    let before: Tasks = tasks(&rig, Site::Primary, "tier2-primary", "app").await.only();
    let victim = before.tasks[0].id.clone();
    rig.primary().ecs.stop_task().cluster("tier2-primary").task(&victim).reason("drill").send().await.unwrap();
    let deadline = Instant::now() + Duration::from_secs(900);
    loop {
        let now: Tasks = tasks(&rig, Site::Primary, "tier2-primary", "app").await.only();
        let running = now.tasks.iter().filter(|task| task.status == "RUNNING").count();
        let stopped = now.tasks.iter().find(|task| task.status == "STOPPED");
        if let (2, Some(stopped)) = (running, stopped) {
            assert_eq!((stopped.id.as_str(), stopped.stopped_reason.as_deref()), (victim.as_str(), Some("drill")));
            assert_eq!(now.tasks.last(), Some(stopped), "those that run come first");
            break;
        }
        assert!(Instant::now() < deadline, "{now:?}");
        sleep(LOOK).await;
    }
    let service: Service = services(&rig, Site::Primary, "tier2-primary", &["app"]).await.only();
    assert!(!service.events.is_empty() && service.events.len() <= 10);
    assert!(service.events.is_sorted_by(|one, other| one.at >= other.at), "the newest first: {:?}", service.events);
}

#[tokio::test(start_paused = true)]
async fn a_deployment_is_seen_under_way() {
    let rig = Rig::open("tier2");
    rig.primary().ecs.update_service().cluster("tier2-primary").service("app").force_new_deployment(true).send().await.unwrap();
    let now: Service = services(&rig, Site::Primary, "tier2-primary", &["app"]).await.only();
    let states: Vec<_> = now.deployments.iter().map(|one| (one.status.as_str(), one.rollout.as_deref())).collect();
    assert_eq!(states, [("PRIMARY", Some("IN_PROGRESS")), ("ACTIVE", Some("COMPLETED"))]);
}

#[test]
fn bounds_are_those_of_the_configuration() {
    for topology in ["platform", "payments"] {
        paused(async {
            let rig = Rig::open(topology);
            for site in SITES {
                let scaled = workload(&rig).services.iter().filter(|service| service.autoscaled);
                let (subjects, wanted): (Vec<Subject>, Vec<_>) = scaled
                    .map(|service| {
                        let at = service.sites.get(site);
                        (workload(&rig).service_subject(Kind::Bounds, service, site), at.bounds.unwrap())
                    })
                    .unzip();
                let answer = ask_at(&rig, site, Topic::Bounds(subjects.iter().map(|subject| subject.name.clone()).collect())).await;
                for (subject, wanted) in subjects.iter().zip(wanted) {
                    let found: Bounds = answer.found(subject);
                    assert_eq!(
                        (found.min, found.max),
                        (i32::try_from(wanted.min).unwrap(), i32::try_from(wanted.max).unwrap()),
                        "{subject}"
                    );
                    assert!(!found.suspended_in && !found.suspended_out && !found.suspended_scheduled);
                }
            }
        });
    }
}

#[tokio::test(start_paused = true)]
async fn scaling_that_is_held_is_seen_to_be_held() {
    use aws_sdk_applicationautoscaling::types::{ScalableDimension, ServiceNamespace, SuspendedState};
    let rig = Rig::open("platform");
    let held = SuspendedState::builder().dynamic_scaling_in_suspended(true).scheduled_scaling_suspended(true).build();
    let register = rig.standby().autoscaling.register_scalable_target().service_namespace(ServiceNamespace::Ecs);
    let register = register.resource_id("service/platform-standby/frontend").scalable_dimension(ScalableDimension::EcsServiceDesiredCount);
    register.suspended_state(held).send().await.unwrap();
    let found: Bounds = ask_at(&rig, Site::Standby, Topic::Bounds(vec!["platform-standby/frontend".to_owned()])).await.only();
    assert_eq!((found.suspended_in, found.suspended_out, found.suspended_scheduled), (true, false, true));
}

#[tokio::test(start_paused = true)]
async fn more_services_than_one_call_takes_are_asked_for_in_several() {
    let rig = Rig::open("tier2");
    let region: &Region = &workload(&rig).primary;
    let names: Vec<String> = (0..25).map(|nth| format!("s{nth:02}")).collect();
    rig.truth(|world| {
        for name in &names {
            let new = NewService { cluster: "tier2-primary".to_owned(), name: name.clone(), desired: 1, ..NewService::default() };
            add_service(world, region, new).unwrap();
        }
    });
    let asked: Vec<&str> = names.iter().map(String::as_str).chain(["nobody"]).collect();
    let answer = services(&rig, Site::Primary, "tier2-primary", &asked).await;
    for name in &names {
        assert_eq!(answer.found::<Service>(&Subject::service(Kind::Service, region, "tier2-primary", name)).desired, 1);
    }
    assert!(answer.is_missing(&Subject::service(Kind::Service, region, "tier2-primary", "nobody")));
}
