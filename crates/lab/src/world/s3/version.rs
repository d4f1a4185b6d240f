//! One version of an object: what it is called, what it holds, where it is kept.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use drlab_core::domain::Timestamp;
use md5::{Digest, Md5};

/// A version's name. It tells when the version was written, so that a listing can go on behind a version deleted meanwhile, and so that
/// two buckets that replicate each other agree on which version is the latest. To a client it is opaque, as AWS's is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VersionId {
    ordinal: u64,
    salt: u64,
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._";
/// How many low bits of an ordinal count the writes within a millisecond.
const COUNTED: u32 = 20;

impl VersionId {
    /// A name for what is written at `now`, after everything called `last`.
    pub(super) fn new(now: Timestamp, nth: u64, salt: u64, last: Option<Self>) -> Self {
        let millis = u64::try_from(now.millis()).unwrap_or(0);
        let ordinal = (millis << COUNTED) | (nth & ((1 << COUNTED) - 1));
        Self { ordinal: last.map_or(ordinal, |last| ordinal.max(last.ordinal + 1)), salt }
    }

    /// Reads what `Display` writes; anything else is not a version id.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits: Vec<u64> = text
            .bytes()
            .map(|byte| ALPHABET.iter().position(|digit| *digit == byte).and_then(|at| u64::try_from(at).ok()))
            .collect::<Option<_>>()?;
        let mut words = [0_u64; 3];
        for (at, digit) in digits.iter().enumerate() {
            let word = words.get_mut(at / 11)?;
            *word = (*word << 6) | digit;
        }
        let [hidden, salt, _] = words;
        let id = Self { ordinal: hidden ^ scramble(salt), salt };
        (id.to_string() == text).then_some(id)
    }
}

/// The first two words in eleven digits each, the rest is a checksum.
impl std::fmt::Display for VersionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words = [(self.ordinal ^ scramble(self.salt), 11), (self.salt, 11), (scramble(self.ordinal ^ self.salt.rotate_left(17)), 10)];
        for (word, digits) in words {
            for at in (0..digits).rev() {
                let digit = usize::try_from((word >> (6 * at)) & 63).unwrap_or(0);
                f.write_char(char::from(ALPHABET[digit]))?;
            }
        }
        Ok(())
    }
}

/// `SplitMix64`'s finaliser.
const fn scramble(word: u64) -> u64 {
    let word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// What a key holds since a certain write.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    pub id: VersionId,
    /// Written while versioning was off or suspended: its name is `null`.
    pub null: bool,
    pub modified: Timestamp,
    /// `None`: a delete marker.
    pub object: Option<Object>,
    pub replication: Option<ReplicationStatus>,
}

impl Version {
    pub fn is_marker(&self) -> bool {
        self.object.is_none()
    }

    /// The name as clients see it.
    pub fn name(&self) -> String {
        if self.null { "null".to_owned() } else { self.id.to_string() }
    }

    pub(super) fn size(&self) -> u64 {
        self.object.as_ref().map_or(0, |object| object.body.size())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplicationStatus {
    Pending,
    Completed,
    Failed,
    Replica,
}

impl ReplicationStatus {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
            Self::Replica => "REPLICA",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    pub etag: ETag,
    pub body: Body,
    pub class: StorageClass,
    pub restore: Option<Restore>,
    pub about: Option<Arc<About>>,
}

/// What a client said about an object; most of the lab's own objects say nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    pub content_type: Option<String>,
    pub metadata: Vec<(String, String)>,
    pub tags: Vec<(String, String)>,
}

impl Object {
    pub fn new(body: Body, class: StorageClass) -> Self {
        Self { etag: body.etag(), body, class, restore: None, about: None }
    }

    pub fn tags(&self) -> &[(String, String)] {
        self.about.as_ref().map_or(&[], |about| &about.tags)
    }

    /// Whether its bytes can be read just now.
    pub fn is_readable(&self, now: Timestamp) -> bool {
        !self.class.is_archive() || self.restore.is_some_and(|restore| restore.ready <= now && now < restore.expires)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ETag([u8; 16]);

impl std::fmt::Display for ETag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_char('"')?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_char('"')
    }
}

/// An object's bytes: held, or made when somebody reads them.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    Held(Bytes),
    Made { seed: u64, size: u64 },
}

impl Body {
    /// The largest object whose content is made on reading: one answer holds all of it.
    pub const LARGEST: u64 = 64 << 20;

    pub fn made(seed: u64, size: u64) -> Self {
        Self::Made { seed, size: size.min(Self::LARGEST) }
    }

    pub fn size(&self) -> u64 {
        match self {
            Self::Held(bytes) => bytes.len() as u64,
            Self::Made { size, .. } => *size,
        }
    }

    /// The bytes from `from` (included) to `until` (excluded).
    pub fn read(&self, from: u64, until: u64) -> Bytes {
        let until = until.min(self.size());
        let from = from.min(until);
        match self {
            Self::Held(bytes) => bytes.slice(index(from)..index(until)),
            Self::Made { seed, .. } => {
                let first = from / 8;
                let mut made = Vec::with_capacity(index(until - first * 8) + 8);
                for block in first..until.div_ceil(8) {
                    made.extend_from_slice(&scramble(seed ^ scramble(block)).to_le_bytes());
                }
                Bytes::from(made).slice(index(from - first * 8)..index(until - first * 8))
            }
        }
    }

    /// MD5 of what is held; what is made has a name of its own, as a multipart upload's is not its MD5 either.
    fn etag(&self) -> ETag {
        match self {
            Self::Held(bytes) => ETag(Md5::digest(bytes).into()),
            Self::Made { seed, size } => {
                let (high, low) = (scramble(seed ^ size.rotate_left(32)), scramble(*seed));
                ETag(((u128::from(high) << 64) | u128::from(low)).to_be_bytes())
            }
        }
    }
}

/// Sizes here are below `Body::LARGEST` or those of bytes in memory.
fn index(size: u64) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX)
}

/// A temporary copy of an archived object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restore {
    pub ready: Timestamp,
    pub expires: Timestamp,
}

macro_rules! classes {
    ($($class:ident = $name:literal / $metric:literal),* $(,)?) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum StorageClass { $($class),* }

        impl StorageClass {
            pub const ALL: &'static [Self] = &[$(Self::$class),*];

            pub const fn name(self) -> &'static str {
                match self { $(Self::$class => $name),* }
            }

            /// What CloudWatch calls it in the dimension `StorageType`.
            pub const fn metric(self) -> &'static str {
                match self { $(Self::$class => $metric),* }
            }

            pub fn parse(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$class),)* _ => None }
            }
        }
    };
}

classes! {
    Standard = "STANDARD" / "StandardStorage",
    ReducedRedundancy = "REDUCED_REDUNDANCY" / "ReducedRedundancyStorage",
    StandardIa = "STANDARD_IA" / "StandardIAStorage",
    OneZoneIa = "ONEZONE_IA" / "OneZoneIAStorage",
    IntelligentTiering = "INTELLIGENT_TIERING" / "IntelligentTieringFAStorage",
    GlacierInstant = "GLACIER_IR" / "GlacierInstantRetrievalStorage",
    Glacier = "GLACIER" / "GlacierStorage",
    DeepArchive = "DEEP_ARCHIVE" / "DeepArchiveStorage",
}

impl StorageClass {
    /// Whether an object must be restored before it can be read.
    pub const fn is_archive(self) -> bool {
        matches!(self, Self::Glacier | Self::DeepArchive)
    }
}

/// A day, as lifecycle rules count them.
pub(super) fn days(count: u32) -> Duration {
    Duration::from_secs(u64::from(count) * 86_400)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_version_id_is_read_back_and_keeps_its_order(millis in 0_i64..2_000_000_000_000, nth in any::<u64>(), salt in any::<u64>()) {
            let id = VersionId::new(Timestamp::from_millis(millis), nth, salt, None);
            let text = id.to_string();
            prop_assert_eq!(text.len(), 32);
            prop_assert_eq!(VersionId::parse(&text), Some(id));
            let later = VersionId::new(Timestamp::from_millis(millis), nth, salt ^ 1, Some(id));
            prop_assert!(later > id && later.to_string() != text);
        }

        #[test]
        fn any_part_of_a_made_body_is_that_part_of_the_whole(
            seed in any::<u64>(), size in 0_u64..200, from in 0_u64..220, length in 0_u64..220,
        ) {
            let body = Body::made(seed, size);
            let whole = body.read(0, size);
            prop_assert_eq!(whole.len() as u64, size);
            let held = Body::Held(whole);
            prop_assert_eq!(body.read(from, from + length), held.read(from, from + length));
        }
    }

    #[test]
    fn what_is_no_version_id_is_not_taken_for_one() {
        let id = VersionId::new(Timestamp::from_secs(1), 0, 7, None).to_string();
        let forged = format!("{}A", &id[..31]);
        for bad in ["", "null", "short", &forged, &format!("{id}A"), "ä"] {
            assert!(bad == id || VersionId::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn the_etag_of_held_bytes_is_their_md5() {
        assert_eq!(Body::Held("hello".into()).etag().to_string(), "\"5d41402abc4b2a76b9719d911017c592\"");
        assert_ne!(Body::made(1, 10).etag(), Body::made(2, 10).etag());
    }
}
