//! A rule of EventBridge: whether it is on, when it acts, and what it starts.

use aws_sdk_eventbridge::types::RuleState;
use drlab_core::domain::fact::Rule;
use drlab_core::domain::{Kind, Region, Subject, Trouble};

use super::Findings;
use super::answers::{Page, existing, listed, pages, said, serious, text, token};
use crate::aws::RegionClients;

const ABSENT: &[&str] = &["ResourceNotFoundException"];

pub(super) async fn rule(region: &RegionClients, at: &Region, name: &str) -> Result<Findings, Trouble> {
    let (bus, own) = on_bus(name);
    let targets = pages(|next| {
        let request = region.events.list_targets_by_rule().rule(own).set_event_bus_name(bus.map(str::to_owned)).set_next_token(next);
        async move {
            let page = request.send().await.map_err(|error| serious(&error, ABSENT))?;
            Ok(Page { items: listed(page.targets, "targets")?, next: token(page.next_token) })
        }
    });
    let described = region.events.describe_rule().name(own).set_event_bus_name(bus.map(str::to_owned)).send();
    let (described, targets) = tokio::join!(described, targets);
    let Some(found) = existing(described.map_err(|error| serious(&error, ABSENT)))? else { return Ok(Findings::new()) };
    let targets = existing(targets)?.map(|listed| listed.items).unwrap_or_default();
    let rule = Rule {
        name: text(found.name()),
        arn: text(found.arn()),
        enabled: found.state().is_some_and(|state| *state != RuleState::Disabled),
        schedule: said(found.schedule_expression()),
        pattern: said(found.event_pattern()),
        targets: targets.iter().map(|target| target.arn().to_owned()).collect(),
    };
    Ok(Findings::from([(Subject::new(Kind::Rule, at, name), rule.into())]))
}

/// A rule may be given by its ARN, in which its bus stands before it unless that is the default one.
fn on_bus(name: &str) -> (Option<&str>, &str) {
    let path = if name.starts_with("arn:") { name.split_once(":rule/").map_or(name, |(_, path)| path) } else { name };
    path.rsplit_once('/').map_or((None, path), |(bus, rule)| (Some(bus), rule))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_found_by_name_and_by_arn() {
        assert_eq!(on_bus("nightly"), (None, "nightly"));
        assert_eq!(on_bus("arn:aws:events:us-east-1:123456789012:rule/nightly"), (None, "nightly"));
        assert_eq!(on_bus("arn:aws:events:us-east-1:123456789012:rule/orders/nightly"), (Some("orders"), "nightly"));
    }
}
