//! Long answers in pages: an opaque token says where the next page begins, and a made-up one is refused.

use super::Chance;

/// Digits of the seal in front of what a token says.
const SEAL: usize = 8;

/// A token that only `open` with the same `kind` can read; the kind is the operation, or what its pages are pages of.
pub(super) fn seal(kind: &str, says: &str) -> String {
    let mut token = Chance::new(0).hex((kind, says), SEAL);
    says.bytes().for_each(|byte| token.push_str(&format!("{byte:02x}")));
    token
}

/// What a token of this kind says, unless somebody else made it.
pub(super) fn open(kind: &str, token: &str) -> Option<String> {
    let digits = token.as_bytes().get(SEAL..)?;
    let bytes: Option<Vec<u8>> = digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect();
    let says = String::from_utf8(bytes?).ok()?;
    (seal(kind, &says) == token).then_some(says)
}

/// One page of `items`, and the token of the next page if there is one; `None` when `token` was never given out for this kind.
///
/// `key` names an item for as long as it lives. Should the item a token points at be gone by then, the page begins with the next key, which
/// holds for lists in ascending order of their keys.
pub(super) fn page<T>(
    kind: &str,
    mut items: Vec<T>,
    key: impl Fn(&T) -> String,
    token: Option<&str>,
    limit: usize,
) -> Option<(Vec<T>, Option<String>)> {
    if let Some(token) = token {
        let last = open(kind, token)?;
        let start = match items.iter().position(|item| key(item) == last) {
            Some(at) => at + 1,
            None => items.iter().position(|item| key(item) > last).unwrap_or(items.len()),
        };
        items.drain(..start);
    }
    if items.len() <= limit {
        return Some((items, None));
    }
    items.truncate(limit);
    let next = items.last().map(|item| seal(kind, &key(item)));
    Some((items, next))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn items(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    proptest! {
        #[test]
        fn pages_hold_every_item_once_and_in_order(count in 0usize..60, limit in 1usize..20) {
            let all: Vec<String> = (0..count).map(|n| format!("item-{n:03}")).collect();
            let (mut seen, mut token) = (Vec::new(), None);
            loop {
                let (items, next) = page("items", all.clone(), String::clone, token.as_deref(), limit).unwrap();
                prop_assert!(items.len() <= limit);
                seen.extend(items);
                token = next;
                if token.is_none() {
                    break;
                }
            }
            prop_assert_eq!(seen, all);
        }

        #[test]
        fn tokens_open_for_their_own_kind_only(says in "\\PC{0,40}", forged in "\\PC{0,60}") {
            let token = seal("alarms", &says);
            prop_assert_eq!(open("alarms", &token), Some(says));
            prop_assert_eq!(open("metrics", &token), None);
            prop_assert_eq!(open("alarms", &forged), None);
        }
    }

    #[test]
    fn a_page_goes_on_after_an_item_that_is_gone() {
        let (_, token) = page("items", items(&["a", "b", "c"]), String::clone, None, 2).unwrap();
        assert_eq!(page("items", items(&["a", "c"]), String::clone, token.as_deref(), 2).unwrap().0, ["c"]);
    }

    #[test]
    fn invented_tokens_are_refused() {
        for token in ["", "zz", "deadbeef", "616200000000", "é0000000"] {
            assert_eq!(page("items", items(&["a"]), String::clone, Some(token), 1), None, "{token}");
        }
    }
}
