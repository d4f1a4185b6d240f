//! What the detail of a component and its copies say.

use std::sync::Arc;
use std::time::Duration;

use super::tests::{model, press};
use super::{Detail, Effect, Message, Model, Overlay, detail, own_name, shown_workloads, update};
use crate::config::{Actor, Automation, Named, Site};
use crate::domain::fact::{Point, Series, Target, Targets};
use crate::domain::{Kind, Measure, Observation, Reading, Subject, Timestamp, Value, Verdict};

fn open(model: &mut Model, component: &str) -> Vec<(String, Vec<String>)> {
    model.overlays = vec![Overlay::Detail(Detail { component: component.to_owned(), scroll: 0 })];
    let page = detail(model).unwrap_or_else(|| panic!("there is no {component}"));
    let told = |section: super::Section| {
        (section.title, section.lines.iter().map(|line| format!("{} {}", line.name, line.value).trim().to_owned()).collect())
    };
    page.sections.into_iter().map(told).collect()
}

fn like(model: &Model, change: impl FnOnce(&mut crate::config::Config)) -> Model {
    let mut config = (*model.config).clone();
    change(&mut config);
    Model::new(Arc::new(config), Arc::clone(&model.keymap), model.look, model.size, Timestamp::from_secs(1_000))
}

#[test]
fn of_many_targets_those_that_are_not_well_come_first_in_a_line_each() {
    let mut model = model(1);
    let workload = model.config.workloads[0].clone();
    let subject = workload.target_subject(Kind::Targets, &workload.services[0], Site::Primary).unwrap();
    let target = |n: u16| Target {
        id: format!("10.0.0.{n}"),
        port: Some(80),
        state: if n == 7 { "unhealthy" } else { "healthy" }.to_owned(),
        reason: (n == 7).then(|| "Target.Timeout".to_owned()),
        description: (n == 7).then(|| "Request timed out".to_owned()),
    };
    let fact = Targets { targets: (0..12).map(target).collect() };
    let at = Timestamp::from_secs(1_000);
    let outcome = Ok(Value::Found { fact: Arc::new(fact.into()), at: None });
    let seen = Observation::blank(subject.clone()).after(Reading { subject: subject.clone(), begun: at, read: at, outcome });
    update(&mut model, Message::Observed(vec![Arc::new(seen)]));
    let id = model.assessment().unwrap().components().find(|row| row.subjects.contains(&subject)).unwrap().id.clone();
    let (_, lines) = open(&mut model, &id).into_iter().find(|(title, _)| title.starts_with("targets ")).unwrap();
    assert_eq!(lines.len(), 12, "{lines:#?}");
    assert_eq!(lines[..2], ["10.0.0.7:80 unhealthy: Target.Timeout, Request timed out", "10.0.0.0:80 healthy"]);
    let page = detail(&model).unwrap();
    let lines = &page.sections.iter().find(|section| section.title.starts_with("targets ")).unwrap().lines;
    assert_eq!((lines[0].verdict, lines[1].verdict), (Some(Verdict::Critical), None));
}

#[test]
fn every_section_tells_its_age_and_silence_about_nothing_is_not_old() {
    let mut model = model(1);
    let workload = model.config.workloads[0].clone();
    let (at, point) = (Timestamp::from_secs(1_000), Timestamp::from_secs(100));
    let mut see = |measure| {
        let subject = workload.edge_metric(&workload.services[0], Site::Primary, measure).unwrap();
        let series = Series { unit: String::new(), points: vec![Point { at: point, value: 3.0 }] };
        let outcome = Ok(Value::Found { fact: Arc::new(series.into()), at: Some(point) });
        let seen = Observation::blank(subject.clone()).after(Reading { subject: subject.clone(), begun: at, read: at, outcome });
        update(&mut model, Message::Observed(vec![Arc::new(seen)]));
        subject
    };
    let (errors, time) = (see(Measure::ServerErrors), see(Measure::ResponseTime));
    open(&mut model, "primary/edge");
    let page = detail(&model).unwrap();
    let age = |subject: &Subject| {
        let index = page.component.subjects.iter().position(|known| known == subject).unwrap();
        (page.sections[index + 1].age, page.sections[index + 1].stale)
    };
    let old = Some(Duration::from_secs(900));
    assert_eq!((age(&errors), age(&time)), ((old, false), (old, true)));
}

#[test]
fn every_log_group_is_in_the_detail_of_somebody() {
    let mut model = model(1);
    let region = model.config.workloads[0].primary.clone();
    let named = |name: &str| Named { name: name.to_owned(), region: region.clone() };
    let groups = ["/ecs/shop/web", "/aws/lambda/guard", "audit"].map(named);
    model = like(&model, |config| {
        config.workloads[0].log_groups = groups.to_vec();
        config.workloads[0].functions = vec![Named { name: "guard".to_owned(), region: region.clone() }];
    });
    let rows: Vec<_> = model.assessment().unwrap().components().map(|row| row.id.clone()).collect();
    let mut found = Vec::new();
    for id in rows {
        let logs = open(&mut model, &id).into_iter().find(|(title, _)| title == "its logs");
        for line in logs.into_iter().flat_map(|(_, lines)| lines) {
            assert!(line.contains("aws logs start-query --log-group-name "), "{line}");
            found.push((id.clone(), line.split(' ').next().unwrap().to_owned()));
        }
    }
    let pair = |id: &str, group: &str| (id.to_owned(), group.to_owned());
    let service = model.assessment().unwrap().components().find(|row| row.id.starts_with("primary/service/")).unwrap().id.clone();
    assert!(found.contains(&pair(&service, "/ecs/shop/web")) && found.contains(&pair(&service, "audit")), "{found:#?}");
    let of_guard: Vec<_> = found.iter().filter(|(_, group)| group == "/aws/lambda/guard").map(|(id, _)| id.as_str()).collect();
    assert!(of_guard.len() == 1 && of_guard[0].contains("guard"), "{found:#?}");
    // The one that is copied is named where one looks.
    model.overlays = vec![Overlay::Detail(Detail { component: of_guard[0].to_owned(), scroll: 0 })];
    let effects = press(&mut model, "L");
    assert!(matches!(effects.as_slice(), [Effect::Copy(text)] if text.starts_with("# /aws/lambda/guard in ")), "{effects:?}");
    update(&mut model, Message::Copied(Ok("copied".to_owned())));
    assert!(model.notice.as_ref().unwrap().text.starts_with("the query of /aws/lambda/guard in "), "{:?}", model.notice);
}

#[test]
fn a_tables_items_have_their_command() {
    let model = model(1);
    let region = model.config.workloads[0].primary.clone();
    let mut model = like(&model, |config| config.workloads[0].tables = vec![Named { name: "dr-state".to_owned(), region }]);
    let subject = |subject: &Subject| subject.kind == Kind::Table && subject.name == "dr-state";
    let id = model.assessment().unwrap().components().find(|row| row.subjects.iter().any(subject)).unwrap().id.clone();
    let (_, lines) = open(&mut model, &id).pop().unwrap();
    assert!(lines.iter().any(|line| line.starts_with("aws dynamodb describe-table --table-name dr-state")), "{lines:#?}");
    assert!(lines.iter().any(|line| line.starts_with("aws dynamodb scan --table-name dr-state --max-items 20 ")), "{lines:#?}");
}

#[test]
fn those_that_are_called_the_same_have_names_of_their_own() {
    let model = model(1);
    let region = model.config.workloads[0].standby.clone();
    let rule = |name: &str| Automation { region: region.clone(), what: Actor::Rule(name.to_owned()) };
    let mut model = like(&model, |config| config.workloads[0].automations = vec![rule("shop-dr-test"), rule("shop-dr-trigger")]);
    let assessment = model.assessment().unwrap();
    let names: Vec<_> = assessment.components().filter(|row| row.label == "rule").map(|row| own_name(assessment, row)).collect();
    assert_eq!(names, [Some("test".to_owned()), Some("trigger".to_owned())]);
    let database = assessment.component("primary/database").unwrap();
    assert_eq!(own_name(assessment, database), None);
    press(&mut model, ": r u l e");
    let Some(Overlay::Palette(palette)) = model.overlays.last() else { panic!("no palette") };
    let offers: Vec<_> = palette.offers.iter().map(|offer| offer.says.as_str()).filter(|says| says.contains("rule")).collect();
    assert_eq!(offers, ["standby rule test", "standby rule trigger"]);
}

#[test]
fn from_the_list_of_all_it_is_the_one_under_the_cursor_that_is_meant() {
    for keys in ["P", "1", "2", "3", "4", "5"] {
        let mut model = model(3);
        press(&mut model, "j j");
        let under = shown_workloads(&model)[2];
        press(&mut model, keys);
        assert_eq!(model.workload, under, "{keys}");
        press(&mut model, "esc 3");
        assert_eq!(model.workload, under, "{keys}");
    }
}
