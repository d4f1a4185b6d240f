//! Listings: keys in order, pages that neither skip nor repeat, prefixes rolled up at a delimiter.

use std::ops::Bound;

use super::buckets::owner;
use super::http::encode;
use super::request::{invalid, open, version_named};
use super::version::{Object, Version};
use crate::doc;
use crate::document::Document;
use crate::world::{Answer, ApiError, Call, World, pages};

/// The largest page, whatever is asked for.
const PAGE: usize = 1000;

/// What both listings are asked alike.
struct Ask<'c> {
    prefix: &'c str,
    delimiter: Option<&'c str>,
    most: usize,
    encoding: Option<&'c str>,
}

impl<'c> Ask<'c> {
    fn read(call: &'c Call) -> Result<Self, ApiError> {
        let input = &call.input;
        let most = match input.int("MaxKeys")? {
            None => PAGE,
            Some(most) => usize::try_from(most)
                .map_err(|_| invalid("max-keys", &most.to_string(), "Argument max-keys must be an integer between 0 and 2147483647"))?
                .min(PAGE),
        };
        let encoding = input.text("EncodingType")?;
        if let Some(other) = encoding.filter(|encoding| *encoding != "url") {
            return Err(invalid("encoding-type", other, "Invalid Encoding Method specified in Request"));
        }
        let delimiter = input.text("Delimiter")?.filter(|delimiter| !delimiter.is_empty());
        Ok(Self { prefix: input.text("Prefix")?.unwrap_or(""), delimiter, most, encoding })
    }

    /// The common prefix a key disappears in, if it does.
    fn group<'k>(&self, key: &'k str) -> Option<&'k str> {
        let delimiter = self.delimiter?;
        let at = key.get(self.prefix.len()..)?.find(delimiter)?;
        key.get(..self.prefix.len() + at + delimiter.len())
    }

    fn text(&self, text: &str) -> String {
        if self.encoding.is_some() { encode(text) } else { text.to_owned() }
    }

    fn groups(&self, groups: &[String]) -> Option<Document> {
        (!groups.is_empty()).then(|| Document::flat(groups.iter().map(|group| doc! { "Prefix": self.text(group) })))
    }

    /// The range of keys that can follow `after`, or start where the prefix does.
    fn range<'a>(&'a self, after: Option<&'a str>) -> (Bound<&'a str>, Bound<&'a str>) {
        match after {
            Some(after) if after >= self.prefix => (Bound::Included(after), Bound::Unbounded),
            _ => (Bound::Included(self.prefix), Bound::Unbounded),
        }
    }
}

pub(super) fn list_objects_v2(world: &mut World, call: &Call) -> Answer {
    let bucket = open(world, call)?;
    let ask = Ask::read(call)?;
    let start_after = call.input.text("StartAfter")?;
    let continuation = call.input.text("ContinuationToken")?;
    let token = match continuation {
        None => None,
        Some(text) => Some(
            pages::open("objects", text)
                .ok_or_else(|| invalid("continuation-token", text, "The continuation token provided is incorrect"))?,
        ),
    };
    let after = token.as_deref().or(start_after);
    let (mut contents, mut groups, mut last, mut truncated) = (Vec::new(), Vec::<String>::new(), None, false);
    let owner = call.input.bool("FetchOwner")?.unwrap_or(false).then(|| owner(world));
    for (key, stack) in bucket.objects.range::<str, _>(ask.range(after)) {
        if !key.starts_with(ask.prefix) {
            break;
        }
        let Some((version, object)) = stack.current() else { continue };
        let group = ask.group(key);
        let told = group.is_some() && groups.last().map(String::as_str) == group;
        if told || after.is_some_and(|after| **key <= *after || group == Some(after)) {
            continue;
        }
        if contents.len() + groups.len() == ask.most {
            truncated = ask.most > 0;
            break;
        }
        last = Some(group.unwrap_or(key).to_owned());
        match group {
            Some(group) => groups.push(group.to_owned()),
            None => contents.push(doc! {
                "Key": ask.text(key),
                "LastModified": version.modified,
                "ETag": object.etag.to_string(),
                "Size": object.body.size(),
                "Owner": owner.clone(),
                "StorageClass": object.class.name(),
            }),
        }
    }
    Ok(doc! {
        "Name": &bucket.name,
        "Prefix": ask.text(ask.prefix),
        "Delimiter": ask.delimiter.map(|delimiter| ask.text(delimiter)),
        "StartAfter": start_after.map(|after| ask.text(after)),
        "ContinuationToken": continuation,
        "NextContinuationToken": last.filter(|_| truncated).map(|last| pages::seal("objects", &last)),
        "KeyCount": contents.len() + groups.len(),
        "MaxKeys": ask.most,
        "EncodingType": ask.encoding,
        "IsTruncated": truncated,
        "Contents": (!contents.is_empty()).then(|| Document::flat(contents)),
        "CommonPrefixes": ask.groups(&groups),
    }
    .into())
}

pub(super) fn list_object_versions(world: &mut World, call: &Call) -> Answer {
    let bucket = open(world, call)?;
    let ask = Ask::read(call)?;
    let key_marker = call.input.text("KeyMarker")?.filter(|marker| !marker.is_empty());
    let version_marker = call.input.text("VersionIdMarker")?.filter(|marker| !marker.is_empty());
    if let (None, Some(marker)) = (key_marker, version_marker) {
        return Err(invalid("version-id-marker", marker, "A version-id marker cannot be specified without a key marker."));
    }
    let below = version_marker.map(version_named).transpose()?;
    let owner = owner(world);
    let (mut versions, mut markers, mut groups) = (Vec::new(), Vec::new(), Vec::<String>::new());
    let (mut last, mut truncated) = (None, false);
    'page: for (key, stack) in bucket.objects.range::<str, _>(ask.range(key_marker)) {
        if !key.starts_with(ask.prefix) {
            break;
        }
        let group = ask.group(key);
        let at_marker = key_marker == Some(key);
        if let Some(group) = group {
            let told = groups.last().is_some_and(|last| last == group) || key_marker.is_some_and(|marker| marker == group);
            if told || (at_marker && below.is_none()) {
                continue;
            }
            if versions.len() + markers.len() + groups.len() == ask.most {
                truncated = ask.most > 0;
                break;
            }
            groups.push(group.to_owned());
            last = Some((group.to_owned(), None));
            continue;
        }
        if at_marker && below.is_none() {
            continue;
        }
        // Behind the marker's version; one deleted meanwhile still has its place.
        let bound = below.filter(|_| at_marker).map(|name| match name {
            super::VersionName::Id(id) => Some(id),
            super::VersionName::Null => stack.find(name).map(|version| version.id),
        });
        for (version, superseded) in stack.newest_first() {
            if bound.is_some_and(|bound| bound.is_none_or(|bound| version.id >= bound)) {
                continue;
            }
            if versions.len() + markers.len() + groups.len() == ask.most {
                truncated = ask.most > 0;
                break 'page;
            }
            last = Some((key.to_string(), Some(version.name())));
            let told = entry(&ask.text(key), version, superseded.is_none(), &owner);
            if version.is_marker() { markers.push(told) } else { versions.push(told) }
        }
    }
    let (next_key, next_version) = last.filter(|_| truncated).unzip();
    Ok(doc! {
        "Name": &bucket.name,
        "Prefix": ask.text(ask.prefix),
        "KeyMarker": ask.text(key_marker.unwrap_or("")),
        "VersionIdMarker": version_marker.unwrap_or(""),
        "NextKeyMarker": next_key.map(|key| ask.text(&key)),
        "NextVersionIdMarker": next_version.flatten(),
        "MaxKeys": ask.most,
        "Delimiter": ask.delimiter.map(|delimiter| ask.text(delimiter)),
        "EncodingType": ask.encoding,
        "IsTruncated": truncated,
        "Version": (!versions.is_empty()).then(|| Document::flat(versions)),
        "DeleteMarker": (!markers.is_empty()).then(|| Document::flat(markers)),
        "CommonPrefixes": ask.groups(&groups),
    }
    .into())
}

fn entry(key: &str, version: &Version, latest: bool, owner: &Document) -> Document {
    let object = version.object.as_ref();
    doc! {
        "Key": key,
        "VersionId": version.name(),
        "IsLatest": latest,
        "LastModified": version.modified,
        "ETag": object.map(|object| object.etag.to_string()),
        "Size": object.map(|object: &Object| object.body.size()),
        "StorageClass": object.map(|object| object.class.name()),
        "Owner": owner.clone(),
    }
}
