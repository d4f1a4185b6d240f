//! What the answers of many services have in common: pages, instants, and refusals that mean "there is no such thing".

use std::collections::BTreeSet;
use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::DateTime;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use drlab_core::domain::{Cause, Timestamp, Trouble};

use super::Findings;
use crate::aws::trouble::trouble;

/// More pages than any list has that is watched; past them somebody is leading us on.
const MOST_PAGES: usize = 100;

/// One page of a list, and what the next one is asked for by.
pub(super) struct Page<T, K = String> {
    pub(super) items: Vec<T>,
    pub(super) next: Option<K>,
}

/// A list, as far as its pages led.
pub(super) struct Listed<T> {
    pub(super) items: Vec<T>,
    /// Whether it came to an end. What a list that did not holds is there; what it does not hold may be there too.
    pub(super) whole: bool,
}

/// Follows the pages of a list. There are servers that answer the same token again and again: that is where it stops.
pub(super) async fn pages<T, K, E, F, A>(mut ask: F) -> Result<Listed<T>, E>
where
    K: Clone + Ord,
    F: FnMut(Option<K>) -> A,
    A: Future<Output = Result<Page<T, K>, E>>,
{
    let (mut items, mut asked, mut token) = (Vec::new(), BTreeSet::new(), None);
    for _ in 0..MOST_PAGES {
        let page = ask(token).await?;
        items.extend(page.items);
        match page.next {
            None => return Ok(Listed { items, whole: true }),
            Some(next) if !asked.insert(next.clone()) => break,
            next => token = next,
        }
    }
    Ok(Listed { items, whole: false })
}

/// A token, unless it is there without saying anything.
pub(super) fn token(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// What was found, unless it is silent of something that a list without an end may still hold.
pub(super) fn settled(findings: Findings, whole: bool, asked: usize, what: &str) -> Result<Findings, Trouble> {
    if whole || findings.len() >= asked { Ok(findings) } else { Err(endless(what)) }
}

pub(super) fn endless(what: &str) -> Trouble {
    Trouble::new(Cause::Unintelligible, format!("the list of {what} does not end"))
}

/// The list of an answer in JSON. AWS writes an empty one out; without any, nobody has answered (an empty body parses, too).
pub(super) fn listed<T>(list: Option<Vec<T>>, what: &str) -> Result<Vec<T>, Trouble> {
    list.ok_or_else(|| Trouble::new(Cause::Unintelligible, format!("the answer holds no list of {what}")))
}

/// Whether AWS refused, and with one of these codes.
pub(super) fn refused_as<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>, codes: &[&str]) -> bool {
    error.as_service_error().and_then(ProvideErrorMetadata::code).is_some_and(|code| codes.contains(&code))
}

/// What kept a call from being answered; `None` where it was only that there is no such thing.
pub(super) fn serious<E: ProvideErrorMetadata + Error + 'static>(error: &SdkError<E, HttpResponse>, absent: &[&str]) -> Option<Trouble> {
    (!refused_as(error, absent)).then(|| trouble(error))
}

/// The other side of `serious`: what there is, if it is there.
pub(super) fn existing<T>(answer: Result<T, Option<Trouble>>) -> Result<Option<T>, Trouble> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(None) => Ok(None),
        Err(Some(trouble)) => Err(trouble),
    }
}

pub(super) fn instant(at: &DateTime) -> Option<Timestamp> {
    at.to_millis().ok().map(Timestamp::from_millis)
}

/// The same in the place where a fact has an optional one.
pub(super) fn when(at: Option<&DateTime>) -> Option<Timestamp> {
    at.and_then(instant)
}

/// A text that says something: some servers write an empty element where AWS writes none.
pub(super) fn said(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A text that a fact cannot do without.
pub(super) fn text(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}

/// What an ARN ends in, or the name that was given in its place.
pub(super) fn name_in(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
