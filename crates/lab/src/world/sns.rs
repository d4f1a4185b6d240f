//! Topics and what was delivered.

use super::{Gauges, Service, World};

#[derive(Clone, Debug, Default)]
pub struct Sns {}

pub const SERVICE: Service = Service { name: "sns", operations: &[] };

pub fn pulse(_world: &mut World) {}

pub fn measure(_world: &mut World, _gauges: &mut Gauges) {}

/// Delivers a message to everybody who confirmed a subscription of the topic. A topic in a dark region delivers nothing.
pub fn publish(_world: &mut World, _topic_arn: &str, _subject: &str, _message: &str) {}
