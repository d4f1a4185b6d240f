use aws_sdk_dynamodb::types::AttributeValue;
use drlab_core::domain::{Receipt, What};

use super::receipt::{accepted, failed, refused};
use crate::aws::RegionClients;

/// SNS takes no longer subject.
const SUBJECT: usize = 100;

pub(super) async fn apply(clients: &RegionClients, what: &What) -> Receipt {
    match what {
        What::Publish { topic, subject, message } => {
            // A subject is ASCII without line ends.
            let subject: String = subject.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).take(SUBJECT).collect();
            match clients.sns.publish().topic_arn(topic).subject(subject).message(message).send().await {
                Ok(published) => accepted([("message", published.message_id)]),
                Err(error) => failed(&error),
            }
        }
        What::PutItem { table, item } => {
            let item = item.iter().map(|(name, value)| (name.clone(), AttributeValue::S(value.clone()))).collect();
            let answer = clients.dynamodb.put_item().table_name(table).set_item(Some(item)).send().await;
            answer.map_or_else(|error| failed(&error), |_| accepted([]))
        }
        _ => refused("NotHere", "nobody can be told that"),
    }
}
