use super::detail::{commands, detail, shell};
use super::logs::{log_groups, log_query, start_query};
use super::message::Effect;
use super::model::{Model, Overlay, Screen};
use super::panels::{shown_checks, shown_events, shown_workloads};
use super::past::shown_past;
use crate::assess::Component;
use crate::config::Named;
use crate::domain::change::Aim;
use crate::domain::{human_duration, mask_accounts, sanitise};

/// Only asked for here: whether it could be done is said when `Message::Copied` comes back.
pub(super) fn value(model: &mut Model, effects: &mut Vec<Effect>) {
    match text(model) {
        // It ends in a ticket or a chat: accounts are masked as on the screen.
        Some(text) => effects.push(Effect::Copy(mask_accounts(&text).into_owned())),
        None => model.say("there is nothing here to copy", true),
    }
}

fn commands_of(model: &Model) -> Vec<String> {
    pointed_at(model).map(|component| commands(model, component)).unwrap_or_default()
}

/// What the step that is pointed at has asked for, or would: so that nobody is stuck if the console dies.
fn commands_of_step(model: &Model) -> Vec<String> {
    let (Some(stage), Some(running)) = (model.pointed_step(), &model.running) else { return Vec::new() };
    let endpoints = &model.config.endpoints;
    let aim = Aim { profile: model.session.profile.as_deref(), regions: Some(&endpoints.regions), route53: endpoints.route53.as_deref() };
    let asked: Vec<_> = running.run.memory.past.iter().filter(|past| past.stage == stage).map(|past| past.change.cli(&aim)).collect();
    if asked.is_empty() { super::would_ask(model, stage).iter().map(|change| change.cli(&aim)).collect() } else { asked }
}

pub(super) fn command(model: &mut Model, effects: &mut Vec<Effect>) {
    let of_run = model.screen == Screen::Run && model.overlays.is_empty();
    let commands = if of_run { commands_of_step(model) } else { commands_of(model) };
    if commands.is_empty() {
        model.say("no command asks for this", true);
    } else {
        effects.push(Effect::Copy(commands.join("\n")));
    }
}

/// The query, and under it the command that runs it.
pub(super) fn query(model: &mut Model, effects: &mut Vec<Effect>) {
    match log_group(model) {
        Some(group) => {
            let text = format!("{}\n\n{}", log_query(&group), start_query(&group, shell(model)));
            model.workings.copying = Some(format!("the query of {} in {}", group.name, group.region));
            effects.push(Effect::Copy(text));
        }
        None => model.say("no log group belongs to this", true),
    }
}

/// The component that is open, or else the one under the cursor.
fn pointed_at(model: &Model) -> Option<&Component> {
    match model.overlays.last() {
        Some(Overlay::Detail(open)) => model.assessment()?.component(&open.component),
        Some(_) => None,
        None if model.screen == Screen::Dashboard => model.meant(),
        None => None,
    }
}

/// The log group of what is pointed at, or the first of its region: the detail of a service or a function has each of them.
fn log_group(model: &Model) -> Option<Named> {
    let workload = model.looked_at()?;
    let component = pointed_at(model);
    let own = component.and_then(|component| log_groups(model, component).first().copied());
    let here = |group: &&Named| component.is_none_or(|one| one.place.is_none() || one.place == workload.place_of(&group.region));
    own.or_else(|| workload.log_groups.iter().find(here)).cloned()
}

fn text(model: &Model) -> Option<String> {
    if let Some(page) = matches!(model.overlays.last(), Some(Overlay::Detail(_))).then(|| detail(model)).flatten() {
        let mut text = line(&page.component);
        for section in page.sections.iter().skip(1) {
            text.push_str(&format!("\n\n{}", section.title));
            for line in &section.lines {
                text.push_str(format!("\n  {} {}", line.name, line.value).trim_end());
            }
        }
        return Some(text);
    }
    if let Some(Overlay::Report(reading)) = model.overlays.last() {
        return Some(reading.report.markdown());
    }
    if !model.overlays.is_empty() {
        return None;
    }
    match model.screen {
        Screen::Workloads => {
            let number = *shown_workloads(model).get(model.cursors.workloads)?;
            let (workload, assessment) = (model.config.workloads.get(number)?, model.picture.assessments.get(number)?);
            let why = assessment.reasons.first().map(|why| format!(": {}", sanitise(why))).unwrap_or_default();
            Some(format!("{} {}{why}", workload.name, assessment.verdict))
        }
        Screen::Dashboard => model.meant().map(line),
        Screen::Run => model.run_here().map(|running| super::report::situation(model, running)),
        Screen::History => shown_past(model).nth(model.cursors.history).map(super::past::PastRun::line),
        Screen::Readiness => {
            let check = *shown_checks(model).get(model.cursors.readiness)?;
            let mark = match check.ok {
                Some(true) => "yes",
                Some(false) => "no",
                None => "unknown",
            };
            Some(format!("{}: {mark}: {}", check.title, sanitise(&check.why)))
        }
        Screen::Events => {
            let event = shown_events(model).nth(model.cursors.events)?;
            let names: Vec<&str> = event.workloads().filter_map(|number| Some(model.config.workloads.get(number)?.name.as_str())).collect();
            let whose = if names.is_empty() { String::new() } else { format!("{} ", names.join(", ")) };
            let place = event.place.map(|place| format!("{place} ")).unwrap_or_default();
            Some(format!("{} {whose}{place}{}: {}", event.at, event.what, event.text))
        }
    }
}

fn line(component: &Component) -> String {
    let place = component.place.map(|place| format!("{place} ")).unwrap_or_default();
    let why = component.reason.as_ref().map(|why| format!(" ({})", sanitise(why))).unwrap_or_default();
    let age = match (component.source_at, component.read_at) {
        (Some(source), Some(read)) => format!(", {} old when read", human_duration(read.since(source))),
        _ => String::new(),
    };
    format!("{place}{}: {}: {}{why}{age}", component.label, component.verdict, sanitise(&component.value))
}
