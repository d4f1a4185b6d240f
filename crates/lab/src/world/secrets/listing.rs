//! ListSecrets.

use super::operations::{invalid_parameter, primary_region, stages, tags};
use super::store::Secret;
use crate::doc;
use crate::document::Document;
use crate::world::{Answer, ApiError, Call, World, pages};

const PAGE: i64 = 100;

/// One condition: any of its values, each against the part of a secret that its key names.
struct Filter<'c> {
    key: &'c str,
    values: Vec<&'c str>,
}

impl Filter<'_> {
    fn takes(&self, secret: &Secret, primary: Option<&str>) -> bool {
        let description = secret.description.as_deref().unwrap_or("");
        self.values.iter().any(|value| {
            let (no, value) = value.strip_prefix('!').map_or((false, *value), |value| (true, value));
            let prefixes = |text: &str| text.to_lowercase().starts_with(&value.to_lowercase());
            let tagged = |part: fn(&(String, String)) -> &str| secret.tags.iter().any(|tag| part(tag).starts_with(value));
            let found = match self.key {
                "name" => secret.name.starts_with(value),
                "description" => description.split_whitespace().any(prefixes) || prefixes(description),
                "tag-key" => tagged(|(key, _)| key),
                "tag-value" => tagged(|(_, value)| value),
                "primary-region" => primary.is_some_and(|region| region.starts_with(value)),
                "all" => {
                    let words = || secret.name.split(['/', '-', '_', '.', '@']).chain(description.split_whitespace());
                    words().any(prefixes) || tagged(|(key, _)| key) || tagged(|(_, value)| value)
                }
                _ => false,
            };
            found != no
        })
    }
}

pub(super) fn list_secrets(world: &mut World, call: &Call) -> Answer {
    let input = &call.input;
    let mut filters = Vec::new();
    for told in input.items("Filters", "member") {
        let key = told.need("Key")?;
        if !["description", "name", "tag-key", "tag-value", "primary-region", "owning-service", "all"].contains(&key) {
            return Err(ApiError::validation(format!("{key} is not a filter")));
        }
        filters.push(Filter { key, values: told.texts("Values", "member") });
    }
    let most = input.int("MaxResults")?.unwrap_or(PAGE);
    if !(1..=PAGE).contains(&most) {
        return Err(invalid_parameter("MaxResults must be between 1 and 100."));
    }
    let mut secrets: Vec<&Secret> = world
        .here(&call.region)?
        .secrets
        .by_name
        .values()
        .filter(|secret| filters.iter().all(|filter| filter.takes(secret, primary_region(secret, &call.region))))
        .collect();
    match input.text("SortBy")? {
        Some("name") => {}
        Some("last-changed-date") => secrets.sort_by_key(|secret| secret.changed),
        None | Some("created-date" | "last-accessed-date") => secrets.sort_by_key(|secret| secret.created),
        Some(other) => return Err(ApiError::validation(format!("{other} is not an order"))),
    }
    if input.text("SortOrder")? == Some("desc") {
        secrets.reverse();
    }
    let most = usize::try_from(most).unwrap_or(1);
    let page = pages::page(&call.operation, secrets, |secret| secret.arn.clone(), input.text("NextToken")?, most);
    let (page, next) = page.ok_or_else(|| ApiError::new("InvalidNextTokenException", 400, "The NextToken value is invalid."))?;
    let told = page.into_iter().map(|secret| {
        doc! {
            "ARN": &secret.arn,
            "Name": &secret.name,
            "Description": secret.description.as_deref(),
            "KmsKeyId": secret.kms_key.as_deref(),
            "LastChangedDate": secret.changed,
            "Tags": tags(secret),
            "SecretVersionsToStages": stages(secret),
            "CreatedDate": secret.created,
            "PrimaryRegion": primary_region(secret, &call.region),
        }
    });
    Ok(doc! { "SecretList": Document::list(told), "NextToken": next }.into())
}
