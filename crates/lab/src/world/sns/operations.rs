//! SNS's API.

use drlab_core::domain::Region;

use super::{Message, Subscription, Topic, parts};
use crate::doc;
use crate::document::Document;
use crate::world::{Answer, ApiError, Call, World, pages};

const PER_PAGE: usize = 100;

/// The most that one message may hold.
const MOST_BYTES: usize = 262_144;

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidParameter", 400, format!("Invalid parameter: {}", message.into()))
}

fn not_found(what: &str) -> ApiError {
    ApiError::new("NotFound", 404, format!("{what} does not exist"))
}

/// The name of a topic of this region.
fn topic_name<'c>(world: &World, call: &'c Call, member: &str) -> Result<&'c str, ApiError> {
    let arn = call.input.text(member)?.ok_or_else(|| invalid(member))?;
    let (region, name) = parts(arn)
        .ok_or_else(|| invalid(format!("{member} Reason: An ARN must have at least 6 elements, not {}", arn.split(':').count())))?;
    if region != call.region {
        return Err(invalid(member));
    }
    let exists = world.here(&call.region)?.sns.topics.get(name).is_some_and(|topic| topic.arn == arn);
    if exists { Ok(name) } else { Err(not_found("Topic")) }
}

fn topic<'w>(world: &'w World, region: &Region, name: &str) -> Result<&'w Topic, ApiError> {
    world.here(region)?.sns.topics.get(name).ok_or_else(|| not_found("Topic"))
}

/// A page of these, in the order of their keys.
fn page<T>(call: &Call, items: impl Iterator<Item = (String, T)>) -> Result<(Vec<T>, Option<String>), ApiError> {
    let mut items: Vec<(String, T)> = items.collect();
    items.sort_by(|(one, _), (other, _)| one.cmp(other));
    let page = pages::page(&call.operation, items, |(key, _)| key.clone(), call.input.text("NextToken")?, PER_PAGE);
    let (items, next) = page.ok_or_else(|| invalid("NextToken"))?;
    Ok((items.into_iter().map(|(_, item)| item).collect(), next))
}

pub(super) fn list_topics(world: &mut World, call: &Call) -> Answer {
    let topics = world.here(&call.region)?.sns.topics.iter();
    let (topics, next) = page(call, topics.map(|(name, topic)| (name.clone(), doc! { "TopicArn": &topic.arn })))?;
    Ok(doc! { "Topics": Document::list(topics), "NextToken": next }.into())
}

pub(super) fn get_topic_attributes(world: &mut World, call: &Call) -> Answer {
    let name = topic_name(world, call, "TopicArn")?;
    let topic = topic(world, &call.region, name)?;
    let pending = topic.subscriptions.iter().filter(|subscription| subscription.token.is_some()).count();
    let account = &world.account;
    let policy = serde_json::json!({
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [{
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": { "AWS": "*" },
            "Action": ["SNS:Publish", "SNS:Subscribe", "SNS:GetTopicAttributes", "SNS:ListSubscriptionsByTopic"],
            "Resource": topic.arn,
            "Condition": { "StringEquals": { "AWS:SourceOwner": account } },
        }],
    });
    let mut attributes = vec![
        ("TopicArn".to_owned(), topic.arn.clone()),
        ("Owner".to_owned(), account.clone()),
        ("DisplayName".to_owned(), String::new()),
        ("Policy".to_owned(), policy.to_string()),
        ("SubscriptionsConfirmed".to_owned(), (topic.subscriptions.len() - pending).to_string()),
        ("SubscriptionsPending".to_owned(), pending.to_string()),
        ("SubscriptionsDeleted".to_owned(), topic.subscriptions_deleted.to_string()),
    ];
    for (key, value) in &topic.attributes {
        attributes.retain(|(known, _)| known != key);
        attributes.push((key.clone(), value.clone()));
    }
    let entries = attributes.into_iter().map(|(key, value)| doc! { "key": key, "value": value });
    Ok(doc! { "Attributes": Document::list_of("entry", entries) }.into())
}

pub(super) fn create_topic(world: &mut World, call: &Call) -> Answer {
    let name = call.input.need("Name")?;
    let bare = name.strip_suffix(".fifo").unwrap_or(name);
    let fits = !bare.is_empty() && name.len() <= 256 && bare.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if !fits {
        return Err(invalid("Topic Name"));
    }
    let mut attributes = std::collections::BTreeMap::new();
    for entry in call.input.items("Attributes", "entry") {
        attributes.insert(entry.need("key")?.to_owned(), entry.text("value")?.unwrap_or_default().to_owned());
    }
    let arn = world.arn("sns", &call.region, name);
    let topics = &mut world.here_mut(&call.region)?.sns.topics;
    match topics.get(name) {
        Some(known) if attributes.iter().any(|(key, value)| known.attributes.get(key) != Some(value)) => {
            return Err(invalid("Attributes Reason: Topic already exists with different attributes"));
        }
        Some(_) => {}
        None => {
            topics.insert(name.to_owned(), Topic { arn: arn.clone(), attributes, ..Topic::default() });
        }
    }
    Ok(doc! { "TopicArn": arn }.into())
}

/// Deleting what is gone already is no error.
pub(super) fn delete_topic(world: &mut World, call: &Call) -> Answer {
    match topic_name(world, call, "TopicArn") {
        Ok(name) => {
            world.here_mut(&call.region)?.sns.topics.remove(name);
        }
        Err(gone) if gone.code == "NotFound" => {}
        Err(wrong) => return Err(wrong),
    }
    Ok(doc! {}.into())
}

fn shown(world: &World, topic: &Topic, subscription: &Subscription) -> Document {
    doc! {
        "SubscriptionArn": if subscription.token.is_some() { "PendingConfirmation" } else { subscription.arn.as_str() },
        "Owner": world.account.clone(),
        "Protocol": &subscription.protocol,
        "Endpoint": &subscription.endpoint,
        "TopicArn": &topic.arn,
    }
}

fn listed<'t>(world: &World, call: &Call, topics: impl Iterator<Item = &'t Topic>) -> Answer {
    let all = topics.flat_map(|topic| topic.subscriptions.iter().map(move |subscription| (topic, subscription)));
    let (subscriptions, next) = page(call, all.map(|(topic, one)| (one.arn.clone(), shown(world, topic, one))))?;
    Ok(doc! { "Subscriptions": Document::list(subscriptions), "NextToken": next }.into())
}

pub(super) fn list_subscriptions(world: &mut World, call: &Call) -> Answer {
    listed(world, call, world.here(&call.region)?.sns.topics.values())
}

pub(super) fn list_subscriptions_by_topic(world: &mut World, call: &Call) -> Answer {
    let name = topic_name(world, call, "TopicArn")?;
    listed(world, call, std::iter::once(topic(world, &call.region, name)?))
}

/// Whether an endpoint is what its protocol needs; the error is the reason AWS gives.
fn checked_endpoint(protocol: &str, endpoint: &str) -> Result<(), ApiError> {
    let arn_of = |service: &str| endpoint.starts_with(&format!("arn:aws:{service}:"));
    let (fits, wanted) = match protocol {
        "email" | "email-json" => (endpoint.contains('@') && !endpoint.starts_with('@'), "Email address"),
        "http" => (endpoint.starts_with("http://"), "Endpoint must match the specified protocol"),
        "https" => (endpoint.starts_with("https://"), "Endpoint must match the specified protocol"),
        "sqs" => (arn_of("sqs"), "SQS endpoint ARN"),
        "lambda" => (arn_of("lambda"), "Lambda endpoint ARN"),
        "firehose" => (arn_of("firehose"), "Firehose endpoint ARN"),
        "sms" => (endpoint.len() > 5 && endpoint.chars().all(|c| c.is_ascii_digit() || c == '+' || c == '-'), "SMS endpoint"),
        other => return Err(invalid(format!("Does not support this protocol string: {other}"))),
    };
    if fits { Ok(()) } else { Err(invalid(wanted)) }
}

pub(super) fn subscribe(world: &mut World, call: &Call) -> Answer {
    let name = topic_name(world, call, "TopicArn")?;
    let (protocol, endpoint) = (call.input.need("Protocol")?, call.input.text("Endpoint")?.unwrap_or_default());
    checked_endpoint(protocol, endpoint)?;
    let tell = call.input.bool("ReturnSubscriptionArn")?.unwrap_or(false);
    let made = super::subscribe(world, &call.region, name, protocol, endpoint).ok_or_else(|| not_found("Topic"))?;
    let arn = if made.token.is_some() && !tell { "pending confirmation".to_owned() } else { made.arn };
    Ok(doc! { "SubscriptionArn": arn }.into())
}

pub(super) fn confirm_subscription(world: &mut World, call: &Call) -> Answer {
    let name = topic_name(world, call, "TopicArn")?;
    let token = call.input.need("Token")?;
    let topic = world.here_mut(&call.region)?.sns.topics.get_mut(name).ok_or_else(|| not_found("Topic"))?;
    let found = topic.subscriptions.iter_mut().find(|subscription| subscription.token.as_deref() == Some(token));
    let subscription = found.ok_or_else(|| invalid("Token"))?;
    subscription.token = None;
    Ok(doc! { "SubscriptionArn": &subscription.arn }.into())
}

/// Ending what has ended already is no error.
pub(super) fn unsubscribe(world: &mut World, call: &Call) -> Answer {
    let arn = call.input.need("SubscriptionArn")?;
    if arn.split(':').count() != 7 || !arn.starts_with("arn:aws:sns:") {
        return Err(invalid(format!("SubscriptionArn Reason: An ARN must have at least 6 elements, not {}", arn.split(':').count())));
    }
    for topic in world.here_mut(&call.region)?.sns.topics.values_mut() {
        let before = topic.subscriptions.len();
        topic.subscriptions.retain(|subscription| subscription.arn != arn);
        topic.subscriptions_deleted += before - topic.subscriptions.len();
    }
    Ok(doc! {}.into())
}

pub(super) fn publish(world: &mut World, call: &Call) -> Answer {
    let input = &call.input;
    if input.text("PhoneNumber")?.is_some() {
        return Err(invalid("PhoneNumber Reason: text messages are not sent from here"));
    }
    let member = if input.text("TopicArn")?.is_some() { "TopicArn" } else { "TargetArn" };
    if input.text(member)?.is_none() {
        return Err(invalid("TopicArn or TargetArn Reason: no value for required parameter"));
    }
    let name = topic_name(world, call, member)?;
    let (message, subject) = (input.need("Message")?, input.text("Subject")?.unwrap_or_default());
    if message.is_empty() {
        return Err(invalid("Empty message"));
    }
    if message.len() > MOST_BYTES {
        return Err(invalid("Message too long"));
    }
    if subject.chars().count() > 100 || subject.chars().any(char::is_control) || subject.starts_with(char::is_whitespace) {
        return Err(invalid("Subject"));
    }
    let message = match input.text("MessageStructure")? {
        None => Message::plain(message),
        Some("json") => Message::per_protocol(message).map_err(|why| invalid(format!("Message Structure - {why}")))?,
        Some(_) => return Err(invalid("MessageStructure")),
    };
    let arn = topic(world, &call.region, name)?.arn.clone();
    let id = super::deliver(world, &arn, subject, &message).ok_or_else(|| not_found("Topic"))?;
    Ok(doc! { "MessageId": id }.into())
}

#[cfg(test)]
mod tests {
    use super::super::{NewSubscription, add_topic, confirmations, deliveries};
    use super::*;
    use crate::world::testing::{ask, east, world};

    fn sns(world: &mut World, operation: &str, input: Document) -> Answer {
        ask(world, &east(), "sns", operation, input)
    }

    fn attribute(world: &mut World, topic: &str, key: &str) -> String {
        let body = sns(world, "GetTopicAttributes", doc! { "TopicArn": topic }).unwrap().body;
        let entries = body.items("Attributes", "entry");
        let entry = entries.into_iter().find(|entry| entry.get("key") == Some(&key.into())).unwrap();
        entry.need("value").unwrap().to_owned()
    }

    #[test]
    fn people_confirm_before_they_are_mailed() {
        let mut world = world();
        let made = sns(&mut world, "CreateTopic", doc! { "Name": "dr" }).unwrap().body;
        let topic = made.need("TopicArn").unwrap();
        assert_eq!(topic, "arn:aws:sns:us-east-1:123456789012:dr");
        let mail = doc! { "TopicArn": topic, "Protocol": "email", "Endpoint": "oncall@example.com" };
        let pending = sns(&mut world, "Subscribe", mail.clone()).unwrap().body;
        assert_eq!(pending.need("SubscriptionArn").unwrap(), "pending confirmation");
        sns(&mut world, "Subscribe", mail).unwrap();
        assert_eq!(
            (attribute(&mut world, topic, "SubscriptionsPending"), attribute(&mut world, topic, "SubscriptionsConfirmed")),
            ("1".into(), "0".into())
        );
        sns(&mut world, "Publish", doc! { "TopicArn": topic, "Message": "too early" }).unwrap();
        let listed = sns(&mut world, "ListSubscriptionsByTopic", doc! { "TopicArn": topic }).unwrap().body;
        assert_eq!(listed.items("Subscriptions", "member")[0].get("SubscriptionArn"), Some(&"PendingConfirmation".into()));

        let asked = confirmations(&world);
        assert_eq!((asked.len(), asked[0].topic.as_str(), asked[0].endpoint.as_str()), (1, topic, "oncall@example.com"));
        let token = asked[0].token.clone();
        let wrong = sns(&mut world, "ConfirmSubscription", doc! { "TopicArn": topic, "Token": "guess" }).unwrap_err();
        assert_eq!(wrong.code, "InvalidParameter");
        let confirmed = sns(&mut world, "ConfirmSubscription", doc! { "TopicArn": topic, "Token": token }).unwrap().body;
        sns(&mut world, "Publish", doc! { "TopicArn": topic, "Message": "now", "Subject": "DR" }).unwrap();
        assert_eq!(deliveries(&world).map(|told| told.message.as_str()).collect::<Vec<_>>(), vec!["now"]);

        sns(&mut world, "Unsubscribe", confirmed).unwrap();
        assert_eq!(attribute(&mut world, topic, "SubscriptionsDeleted"), "1");
    }

    #[test]
    fn what_cannot_be_published_is_refused_in_the_words_of_sns() {
        let mut world = world();
        let topic = add_topic(&mut world, &east(), "dr", vec![]);
        let long = "x".repeat(MOST_BYTES + 1);
        for (topic, message, subject, structure, code, status) in [
            ("arn:aws:sns:us-east-1:123456789012:nope", "m", None, None, "NotFound", 404),
            ("arn:aws:sns:us-west-2:123456789012:dr", "m", None, None, "InvalidParameter", 400),
            ("dr", "m", None, None, "InvalidParameter", 400),
            (&topic, "", None, None, "InvalidParameter", 400),
            (&topic, &long, None, None, "InvalidParameter", 400),
            (&topic, "m", Some("two\nlines"), None, "InvalidParameter", 400),
            (&topic, "{}", None, Some("json"), "InvalidParameter", 400),
            (&topic, "not json", None, Some("json"), "InvalidParameter", 400),
        ] {
            let input = doc! { "TopicArn": topic, "Message": message, "Subject": subject, "MessageStructure": structure };
            let error = sns(&mut world, "Publish", input).unwrap_err();
            assert_eq!((error.code.as_ref(), error.status), (code, status), "{topic} {}", error.message);
        }
    }

    #[test]
    fn each_protocol_hears_its_own_words() {
        let mut world = world();
        let listeners =
            ["email", "https"].map(|protocol| NewSubscription { protocol: protocol.into(), endpoint: protocol.into(), pending: false });
        let topic = add_topic(&mut world, &east(), "dr", listeners.to_vec());
        let message = r#"{"default": "all", "email": "dear all"}"#;
        sns(&mut world, "Publish", doc! { "TopicArn": topic, "Message": message, "MessageStructure": "json" }).unwrap();
        let heard: Vec<_> = deliveries(&world).map(|told| (told.protocol.as_str(), told.message.as_str())).collect();
        assert_eq!(heard, vec![("email", "dear all"), ("https", "all")]);
    }

    #[test]
    fn listings_have_pages_of_a_hundred() {
        let mut world = world();
        for nth in 0..250 {
            add_topic(&mut world, &east(), &format!("topic-{nth}"), vec![]);
        }
        let (mut found, mut sizes, mut next) = (Vec::new(), Vec::new(), None::<String>);
        loop {
            let body = sns(&mut world, "ListTopics", doc! { "NextToken": next }).unwrap().body;
            let page: Vec<_> = body
                .items("Topics", "member")
                .into_iter()
                .filter_map(|topic| topic.get("TopicArn")?.as_text().map(str::to_owned))
                .collect();
            sizes.push(page.len());
            found.extend(page);
            next = body.text("NextToken").unwrap().map(str::to_owned);
            if next.is_none() {
                break;
            }
        }
        found.sort();
        found.dedup();
        assert_eq!((sizes, found.len()), (vec![100, 100, 50], 250));
        assert_eq!(sns(&mut world, "ListTopics", doc! { "NextToken": "made up" }).unwrap_err().code, "InvalidParameter");
    }
}
