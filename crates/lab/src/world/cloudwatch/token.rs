//! Page tokens: opaque to the reader, and a made-up one is noticed.

use crate::world::Chance;

/// Digits of the seal in front of what a token says.
const SEAL: usize = 8;

pub(in crate::world) fn seal(kind: &str, says: &str) -> String {
    let mut token = Chance::new(0).hex((kind, says), SEAL);
    says.bytes().for_each(|byte| token.push_str(&format!("{byte:02x}")));
    token
}

/// What a token of this kind says, unless somebody else made it.
pub(in crate::world) fn open(kind: &str, token: &str) -> Option<String> {
    let digits = token.as_bytes().get(SEAL..)?;
    let bytes: Option<Vec<u8>> = digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect();
    let says = String::from_utf8(bytes?).ok()?;
    (seal(kind, &says) == token).then_some(says)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn tokens_open_for_their_own_kind_only(says in "\\PC{0,40}", forged in "\\PC{0,60}") {
            let token = seal("alarms", &says);
            prop_assert_eq!(open("alarms", &token), Some(says));
            prop_assert_eq!(open("metrics", &token), None);
            prop_assert_eq!(open("alarms", &forged), None);
        }
    }
}
