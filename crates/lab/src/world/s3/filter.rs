//! Which objects a rule is about: replication and lifecycle rules say it in the same words.

use super::version::Object;
use crate::doc;
use crate::document::Document;
use crate::world::ApiError;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// The rule has its prefix beside it instead of a `Filter`: the schema of before 2019, with semantics of its own.
    pub old: bool,
    pub prefix: Option<String>,
    pub tags: Vec<(String, String)>,
    pub larger_than: Option<u64>,
    pub smaller_than: Option<u64>,
}

impl Filter {
    pub fn prefix(prefix: &str) -> Self {
        Self { prefix: Some(prefix.to_owned()), ..Self::default() }
    }

    /// Whether the object, or the delete marker, that `key` holds is meant. Markers have no tags and no size.
    pub(super) fn takes(&self, key: &str, object: Option<&Object>) -> bool {
        self.prefix.as_deref().is_none_or(|prefix| key.starts_with(prefix))
            && match object {
                None => self.tags.is_empty(),
                Some(object) => {
                    self.tags.iter().all(|tag| object.tags().contains(tag))
                        && self.larger_than.is_none_or(|size| object.body.size() > size)
                        && self.smaller_than.is_none_or(|size| object.body.size() < size)
                }
            }
    }

    /// Reads the `Filter` or the `Prefix` of a rule.
    pub(super) fn read(rule: &Document) -> Result<Self, ApiError> {
        let Some(filter) = rule.get("Filter") else {
            return Ok(Self { old: true, prefix: rule.text("Prefix")?.map(str::to_owned), ..Self::default() });
        };
        if rule.get("Prefix").is_some() {
            return Err(malformed());
        }
        let all = filter.get("And").unwrap_or(filter);
        let mut tags = Vec::new();
        for tag in all.items("Tag", "Tag") {
            tags.push((tag.need("Key")?.to_owned(), tag.need("Value")?.to_owned()));
        }
        let size = |name: &str| all.int(name).map(|size| size.and_then(|size| u64::try_from(size).ok()));
        let read = Self {
            old: false,
            prefix: all.text("Prefix")?.map(str::to_owned),
            tags,
            larger_than: size("ObjectSizeGreaterThan")?,
            smaller_than: size("ObjectSizeLessThan")?,
        };
        // More than one condition must stand in an `And`.
        if filter.get("And").is_none() && read.conditions() > 1 {
            return Err(malformed());
        }
        Ok(read)
    }

    /// Puts the filter into a rule's answer the way it was given.
    pub(super) fn tell(&self, rule: &mut Document) {
        if self.old {
            rule.set("Prefix", self.prefix.clone().unwrap_or_default());
            return;
        }
        let all = doc! {
            "Prefix": self.prefix.clone().or_else(|| (self.conditions() == 0).then(String::new)),
            "Tag": self.tags_told(),
            "ObjectSizeGreaterThan": self.larger_than,
            "ObjectSizeLessThan": self.smaller_than,
        };
        rule.set(
            "Filter",
            if self.conditions() > 1 {
                doc! { "And": all }
            } else {
                all
            },
        );
    }

    fn tags_told(&self) -> Option<Document> {
        (!self.tags.is_empty()).then(|| Document::flat(self.tags.iter().map(|(key, value)| doc! { "Key": key, "Value": value })))
    }

    fn conditions(&self) -> usize {
        usize::from(self.prefix.is_some())
            + self.tags.len()
            + usize::from(self.larger_than.is_some())
            + usize::from(self.smaller_than.is_some())
    }
}

/// What S3 says of XML whose elements are not where its schema wants them.
pub(super) fn malformed() -> ApiError {
    ApiError::new("MalformedXML", 400, "The XML you provided was not well-formed or did not validate against our published schema")
}

/// `Enabled` or `Disabled`, and nothing else.
pub(super) fn is_enabled(of: &Document, name: &str) -> Result<bool, ApiError> {
    match of.text(name)? {
        Some("Enabled") => Ok(true),
        Some("Disabled") => Ok(false),
        _ => Err(malformed()),
    }
}

pub(super) const fn enabled(yes: bool) -> &'static str {
    if yes { "Enabled" } else { "Disabled" }
}
