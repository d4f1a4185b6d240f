//! Who hears of a topic.

use aws_sdk_sns::types::Subscription;
use drlab_core::domain::fact::{Subscribed, Topic};
use drlab_core::domain::{Kind, Region, Subject, Trouble};

use super::Findings;
use super::answers::{Page, existing, pages, serious, text, token};
use crate::aws::RegionClients;

/// What stands in place of a subscription's ARN until somebody has clicked on the link in the mail.
const PENDING: &str = "PendingConfirmation";
/// A topic may have millions; nobody reads more than these.
const KEPT: usize = 100;

pub(super) async fn topic(region: &RegionClients, at: &Region, arn: &str) -> Result<Findings, Trouble> {
    let listed = pages(|next| {
        let request = region.sns.list_subscriptions_by_topic().topic_arn(arn).set_next_token(next);
        async move {
            let page = request.send().await.map_err(|error| serious(&error, &["NotFound", "NotFoundException"]))?;
            Ok(Page { items: page.subscriptions.unwrap_or_default(), next: token(page.next_token) })
        }
    });
    let Some(listed) = existing(listed.await)? else { return Ok(Findings::new()) };
    let subscriptions = listed.items.iter().take(KEPT).map(subscribed).collect();
    Ok(Findings::from([(Subject::new(Kind::Topic, at, arn), Topic { arn: arn.to_owned(), subscriptions }.into())]))
}

/// Whoever knows all of a webhook's address can speak for us there: where it leads is enough to be told.
fn reachable_at(endpoint: &str) -> String {
    match endpoint.split_once("://") {
        Some((scheme, rest)) => {
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            let host = host.rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}/…")
        }
        None => endpoint.to_owned(),
    }
}

fn subscribed(from: &Subscription) -> Subscribed {
    Subscribed {
        protocol: text(from.protocol()),
        endpoint: reachable_at(&text(from.endpoint())),
        confirmed: from.subscription_arn().is_some_and(|arn| arn != PENDING),
    }
}
