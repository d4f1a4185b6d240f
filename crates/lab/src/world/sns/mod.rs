//! Topics, who listens to them, and what was delivered.

mod operations;

use std::collections::{BTreeMap, VecDeque};

use drlab_core::domain::{Region, Timestamp};

use super::{Gauges, Operation, Reading, Service, World};

/// SNS of one region.
#[derive(Clone, Debug, Default)]
pub struct Sns {
    /// By name.
    pub topics: BTreeMap<String, Topic>,
    /// The newest deliveries, oldest first.
    pub deliveries: VecDeque<Delivery>,
    /// How many deliveries there ever were.
    pub delivered: u64,
    /// How many messages were published through the API or by the world, ever: message ids are drawn by it.
    published: u64,
    /// How many subscriptions were ever made.
    subscribed: u64,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Topic {
    pub arn: String,
    /// Attributes that were set when it was created.
    pub attributes: BTreeMap<String, String>,
    pub subscriptions: Vec<Subscription>,
    pub subscriptions_deleted: usize,
    /// Messages since the last minute ended, and their bytes.
    published: u32,
    bytes: usize,
    /// Deliveries since the last minute ended.
    delivered: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Subscription {
    pub arn: String,
    pub protocol: String,
    pub endpoint: String,
    /// The token that was mailed and not yet returned; `None` once confirmed.
    pub token: Option<String>,
}

/// A message that reached somebody.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Delivery {
    pub topic: String,
    pub message_id: String,
    pub subject: String,
    pub message: String,
    pub protocol: String,
    pub endpoint: String,
    pub at: Timestamp,
}

/// Who is to listen to a topic that is installed; confirmed unless `pending`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewSubscription {
    pub protocol: String,
    pub endpoint: String,
    pub pending: bool,
}

const DELIVERIES_KEPT: usize = 1000;

pub const SERVICE: Service = Service {
    name: "sns",
    operations: &[
        Operation::read("ListTopics", operations::list_topics),
        Operation::read("GetTopicAttributes", operations::get_topic_attributes),
        Operation::write("CreateTopic", operations::create_topic),
        Operation::write("DeleteTopic", operations::delete_topic),
        Operation::read("ListSubscriptions", operations::list_subscriptions),
        Operation::read("ListSubscriptionsByTopic", operations::list_subscriptions_by_topic),
        Operation::write("Subscribe", operations::subscribe),
        Operation::write("ConfirmSubscription", operations::confirm_subscription),
        Operation::write("Unsubscribe", operations::unsubscribe),
        Operation::write("Publish", operations::publish),
    ],
};

pub fn measure(world: &mut World, gauges: &mut Gauges) {
    for (region, here) in &mut world.regional {
        for (name, topic) in &mut here.sns.topics {
            let (published, bytes, delivered) =
                (std::mem::take(&mut topic.published), std::mem::take(&mut topic.bytes), std::mem::take(&mut topic.delivered));
            if published == 0 {
                continue;
            }
            let dimensions = [("TopicName", name.as_str())];
            gauges.put(region, "AWS/SNS", "NumberOfMessagesPublished", &dimensions, Reading::count(published.into()));
            #[expect(clippy::cast_precision_loss, reason = "a minute's bytes")]
            let size = Reading { samples: published.into(), ..Reading::level(bytes as f64 / f64::from(published)) };
            gauges.put(region, "AWS/SNS", "PublishSize", &dimensions, Reading { sum: size.max * size.samples, ..size });
            gauges.put(region, "AWS/SNS", "NumberOfNotificationsDelivered", &dimensions, Reading::count(delivered.into()));
        }
    }
}

/// Installs a topic and returns its ARN.
pub fn add_topic(world: &mut World, region: &Region, name: &str, subscriptions: Vec<NewSubscription>) -> String {
    let arn = world.arn("sns", region, name);
    if let Some(here) = world.regional.get_mut(region) {
        here.sns.topics.entry(name.to_owned()).or_insert_with(|| Topic { arn: arn.clone(), ..Topic::default() });
    }
    for new in subscriptions {
        let pending = new.pending;
        let made = subscribe(world, region, name, &new.protocol, &new.endpoint);
        let topic = world.regional.get_mut(region).and_then(|here| here.sns.topics.get_mut(name));
        if let (false, Some(made), Some(topic)) = (pending, made, topic)
            && let Some(subscription) = topic.subscriptions.iter_mut().find(|subscription| subscription.arn == made.arn)
        {
            subscription.token = None;
        }
    }
    arn
}

/// Adds a subscription to a topic, pending where a person must confirm it; one that exists already is returned as it is.
fn subscribe(world: &mut World, region: &Region, topic: &str, protocol: &str, endpoint: &str) -> Option<Subscription> {
    let chance = world.chance;
    let here = &mut world.regional.get_mut(region)?.sns;
    let found = here.topics.get_mut(topic)?;
    let same = |known: &&Subscription| known.protocol == protocol && known.endpoint == endpoint;
    if let Some(known) = found.subscriptions.iter().find(same) {
        return Some(known.clone());
    }
    let nth = here.subscribed;
    here.subscribed += 1;
    let pending = ["email", "email-json"].contains(&protocol);
    let subscription = Subscription {
        arn: format!("{}:{}", found.arn, chance.uuid(("subscription", region, topic, nth))),
        protocol: protocol.to_owned(),
        endpoint: endpoint.to_owned(),
        token: pending.then(|| chance.hex(("confirmation", region, topic, nth), 64)),
    };
    found.subscriptions.push(subscription.clone());
    Some(subscription)
}

/// Everything that was delivered and is still remembered, region by region, oldest first.
pub fn deliveries(world: &World) -> impl Iterator<Item = &Delivery> {
    world.regional.values().flat_map(|here| &here.sns.deliveries)
}

/// A mail that asks somebody to confirm a subscription; its link holds the token.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Confirmation {
    pub topic: String,
    pub endpoint: String,
    pub token: String,
}

/// The mails nobody has acted on yet.
#[must_use]
pub fn confirmations(world: &World) -> Vec<Confirmation> {
    let topics = world.regional.values().flat_map(|here| here.sns.topics.values());
    let pending = topics.flat_map(|topic| topic.subscriptions.iter().map(move |subscription| (topic, subscription)));
    let asked = pending.filter_map(|(topic, Subscription { endpoint, token, .. })| {
        Some(Confirmation { topic: topic.arn.clone(), endpoint: endpoint.clone(), token: token.clone()? })
    });
    asked.collect()
}

/// How many deliveries there ever were.
#[must_use]
pub fn delivered(world: &World) -> u64 {
    world.regional.values().map(|here| here.sns.delivered).sum()
}

/// The region and name in a topic's ARN, if it is one.
fn parts(arn: &str) -> Option<(Region, &str)> {
    let mut parts = arn.split(':');
    let (region, name) = (parts.nth(3)?, parts.nth(1)?);
    (arn.starts_with("arn:aws:sns:") && parts.next().is_none() && !name.is_empty()).then(|| (Region::new(region), name))
}

/// Whether somebody in region `from` can publish to the topic: it exists, and no darkness lies between them.
/// Inside a dark region things go on, so a topic there is reached by its neighbours.
#[must_use]
pub fn is_reachable(world: &World, from: &Region, topic_arn: &str) -> bool {
    let Some((region, name)) = parts(topic_arn) else { return false };
    let exists = world.regional.get(&region).is_some_and(|here| here.sns.topics.get(name).is_some_and(|topic| topic.arn == topic_arn));
    exists && (*from == region || !(world.faults.is_dark(from) || world.faults.is_dark(&region)))
}

/// Delivers a message to everybody who confirmed a subscription of the topic. A topic in a dark region delivers nothing.
pub fn publish(world: &mut World, topic_arn: &str, subject: &str, message: &str) {
    let _ = deliver(world, topic_arn, subject, &Message::plain(message));
}

/// What is said, to some protocols in words of their own.
#[derive(Clone, Debug)]
struct Message {
    default: String,
    own: BTreeMap<String, String>,
}

impl Message {
    fn plain(text: &str) -> Self {
        Self { default: text.to_owned(), own: BTreeMap::new() }
    }

    /// Reads `{"default": "…", "email": "…"}`; the error is the reason SNS gives.
    fn per_protocol(text: &str) -> Result<Self, &'static str> {
        let parsed: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(text).map_err(|_| "JSON message body failed to parse")?;
        let words = parsed.into_iter().filter_map(|(protocol, said)| Some((protocol, said.as_str()?.to_owned())));
        let mut own: BTreeMap<String, String> = words.collect();
        let default = own.remove("default").ok_or("No default entry in JSON message body")?;
        Ok(Self { default, own })
    }

    fn to(&self, protocol: &str) -> &str {
        self.own.get(protocol).unwrap_or(&self.default)
    }
}

/// The message's id, unless there is no such topic.
fn deliver(world: &mut World, topic_arn: &str, subject: &str, message: &Message) -> Option<String> {
    let (region, name) = parts(topic_arn)?;
    let (now, chance, dark) = (world.now(), world.chance, world.faults.is_dark(&region));
    let here = &mut world.regional.get_mut(&region)?.sns;
    let topic = here.topics.get_mut(name).filter(|topic| topic.arn == topic_arn)?;
    here.published += 1;
    let id = chance.uuid(("message", &region, here.published));
    topic.published += 1;
    topic.bytes += message.default.len();
    if dark {
        return Some(id);
    }
    for listener in topic.subscriptions.iter().filter(|listener| listener.token.is_none()) {
        topic.delivered += 1;
        here.delivered += 1;
        if here.deliveries.len() >= DELIVERIES_KEPT {
            here.deliveries.pop_front();
        }
        here.deliveries.push_back(Delivery {
            topic: topic_arn.to_owned(),
            message_id: id.clone(),
            subject: subject.to_owned(),
            message: message.to(&listener.protocol).to_owned(),
            protocol: listener.protocol.clone(),
            endpoint: listener.endpoint.clone(),
            at: now,
        });
    }
    Some(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doc;
    use crate::world::testing::{ask, east, live, west, world};
    use crate::world::{ActiveFault, Fault};

    fn listener(protocol: &str, endpoint: &str, pending: bool) -> NewSubscription {
        NewSubscription { protocol: protocol.into(), endpoint: endpoint.into(), pending }
    }

    #[test]
    fn installed_listeners_hear_what_is_published_unless_they_are_pending_or_in_the_dark() {
        let mut world = world();
        let listeners = vec![
            listener("email", "a@example.com", false),
            listener("email", "b@example.com", true),
            listener("https", "https://x", false),
        ];
        let topic = add_topic(&mut world, &east(), "dr", listeners);
        publish(&mut world, &topic, "s", "m");
        assert_eq!(deliveries(&world).map(|told| told.endpoint.as_str()).collect::<Vec<_>>(), vec!["a@example.com", "https://x"]);
        world.faults.inject(ActiveFault::on(Fault::RegionDark, &east(), world.now(), None));
        publish(&mut world, &topic, "s", "m");
        assert_eq!(delivered(&world), 2);
        assert!(!is_reachable(&world, &west(), &topic) && is_reachable(&world, &east(), &topic));
    }

    #[test]
    fn what_was_published_is_measured_once() {
        let mut world = world();
        let topic = add_topic(&mut world, &east(), "dr", vec![listener("https", "https://x", false)]);
        publish(&mut world, &topic, "", "12345");
        publish(&mut world, &topic, "", "123");
        let mut gauges = Gauges::default();
        measure(&mut world, &mut gauges);
        measure(&mut world, &mut gauges);
        let readings: Vec<_> =
            gauges.into_readings().into_iter().map(|(_, name, reading)| (name.metric, reading.sum, reading.samples)).collect();
        let expected = [("NumberOfMessagesPublished", 2.0, 2.0), ("PublishSize", 8.0, 2.0), ("NumberOfNotificationsDelivered", 2.0, 2.0)];
        assert_eq!(readings, expected.map(|(name, sum, samples)| (name.to_owned(), sum, samples)));
    }

    #[test]
    fn deliveries_are_counted_for_ever_and_kept_for_a_while() {
        let mut world = world();
        let topic = add_topic(&mut world, &east(), "dr", vec![listener("https", "https://x", false)]);
        for nth in 0..1500 {
            publish(&mut world, &topic, "", &nth.to_string());
        }
        assert_eq!((deliveries(&world).count(), delivered(&world)), (DELIVERIES_KEPT, 1500));
        assert_eq!(deliveries(&world).last().map(|told| told.message.as_str()), Some("1499"));
    }

    #[test]
    fn messages_are_measured_by_cloudwatch_too() {
        let mut world = world();
        let topic = add_topic(&mut world, &east(), "dr", vec![]);
        let input = doc! { "TopicArn": topic, "Message": "hello" };
        ask(&mut world, &east(), "sns", "Publish", input).unwrap();
        live(&mut world, 300);
        let listed =
            ask(&mut world, &east(), "monitoring", "ListMetrics", doc! { "MetricName": "NumberOfMessagesPublished" }).unwrap().body;
        assert_eq!(listed.items("Metrics", "member").len(), 1);
    }
}
