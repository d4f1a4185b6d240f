//! Carrying an event to a rule's targets.

use drlab_core::domain::Region;

use super::{Payload, Target, emit};
use crate::document::Document;
use crate::world::json;
use crate::world::{ApiError, World, lambda, states};

/// Invokes every target of a rule.
pub(super) fn fire(world: &mut World, region: &Region, rule: &str, event: &Document) {
    let Some(found) = world.regional.get_mut(region).and_then(|here| here.events.rules.get_mut(rule)) else { return };
    found.counters.triggered += 1;
    let targets = found.targets.clone();
    for target in targets {
        let result = invoke(world, region, &target, event);
        if let Err(error) = &result {
            world.truth.note(world.now(), Some(region), "events", rule, format!("{} failed: {}", target.arn, error.code));
        }
        if let Some(found) = world.regional.get_mut(region).and_then(|here| here.events.rules.get_mut(rule)) {
            found.counters.invocations += 1;
            found.counters.failed += u32::from(result.is_err());
        }
    }
}

fn invoke(world: &mut World, home: &Region, target: &Target, event: &Document) -> Result<(), ApiError> {
    let input = target.payload.given(event);
    let parts: Vec<&str> = target.arn.splitn(7, ':').collect();
    let away = |world: &World, region: &Region| world.faults.is_dark(region);
    match parts.as_slice() {
        ["arn", "aws", service, region, _, kind, name]
            if (*service, *kind) == ("lambda", "function") || (*service, *kind) == ("states", "stateMachine") =>
        {
            let region = Region::new(region);
            if away(world, &region) {
                return Err(ApiError::new("RequestTimeout", 504, format!("no answer from {region}")));
            }
            if *service == "lambda" {
                let name = name.split(':').next().unwrap_or(name);
                lambda::start(world, &region, name, input).map(drop)
            } else {
                states::start(world, &region, name, None, &json::text(&input)).map(drop)
            }
        }
        ["arn", "aws", "sns", region, ..] => {
            let message = match &input {
                Document::Text(text) => text.clone(),
                other => json::text(other),
            };
            let input = crate::doc! { "TopicArn": &target.arn, "Message": message };
            world.act(home, &Region::new(region), "sns", "Publish", input).map(drop)
        }
        ["arn", "aws", "events", region, _, bus] if bus.starts_with("event-bus/") => {
            let region = Region::new(region);
            if away(world, &region) {
                return Err(ApiError::new("RequestTimeout", 504, format!("no answer from {region}")));
            }
            emit(world, &region, event.clone());
            Ok(())
        }
        _ => Err(ApiError::new("UnsupportedTarget", 400, format!("the lab delivers nothing to {}", target.arn))),
    }
}

/// What `$.a.b` leads to.
fn at<'e>(event: &'e Document, path: &str) -> Option<&'e Document> {
    let rest = path.strip_prefix('$')?;
    rest.split('.').filter(|part| !part.is_empty()).try_fold(event, |here, member| here.get(member))
}

impl Payload {
    fn given(&self, event: &Document) -> Document {
        match self {
            Self::Event => event.clone(),
            Self::Constant(text) => json::parse(text).unwrap_or_else(|| Document::Text(text.clone())),
            Self::Path(path) => at(event, path).cloned().unwrap_or_default(),
            Self::Template { paths, template } => {
                let mut text = template.clone();
                for (name, path) in paths {
                    let mark = format!("<{name}>");
                    let value = at(event, path);
                    // Within quotation marks a text goes in bare, elsewhere as JSON.
                    let bare = value.map(|value| value.as_text().map_or_else(|| json::text(value), str::to_owned)).unwrap_or_default();
                    let whole = value.map_or_else(|| "\"\"".to_owned(), json::text);
                    let quoted = format!("\"{mark}\"");
                    text = text.replace(&quoted, &format!("\"{}\"", bare.replace('\\', "\\\\").replace('"', "\\\"")));
                    text = text.replace(&mark, if text.trim_start().starts_with('{') { &whole } else { &bare });
                }
                json::parse(&text).unwrap_or(Document::Text(text))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doc;

    #[test]
    fn a_target_is_given_what_it_asked_for() {
        let event = doc! { "id": "1", "detail": doc! { "state": doc! { "value": "ALARM" }, "count": 3 } };
        assert_eq!(Payload::Event.given(&event), event);
        assert_eq!(Payload::Constant(r#"{"force":true}"#.to_owned()).given(&event), doc! { "force": true });
        assert_eq!(Payload::Path("$.detail.state".to_owned()).given(&event), doc! { "value": "ALARM" });
        let paths = vec![("state".to_owned(), "$.detail.state.value".to_owned()), ("count".to_owned(), "$.detail.count".to_owned())];
        let template = |template: &str| Payload::Template { paths: paths.clone(), template: template.to_owned() };
        assert_eq!(template(r#"{"s": <state>, "n": <count>}"#).given(&event), doc! { "n": 3, "s": "ALARM" });
        assert_eq!(template(r#"{"s": "<state>"}"#).given(&event), doc! { "s": "ALARM" });
        assert_eq!(template("it is <state> now").given(&event), Document::from("it is ALARM now"));
    }
}
