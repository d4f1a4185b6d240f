//! Long answers in pages: an opaque token says where the next page begins, and a made-up one is refused.

/// One page of `items`, and the token of the next page if there is one; `None` when `token` was never given out.
///
/// `key` names an item for as long as it lives. Should the item a token points at be gone by then, the page begins with the next key, which
/// holds for lists in ascending order of their keys.
pub(crate) fn page<T>(
    mut items: Vec<T>,
    key: impl Fn(&T) -> String,
    token: Option<&str>,
    limit: usize,
) -> Option<(Vec<T>, Option<String>)> {
    if let Some(token) = token {
        let last = decode(token)?;
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
    let next = items.last().map(|item| encode(&key(item)));
    Some((items, next))
}

fn encode(key: &str) -> String {
    let mut token: String = key.bytes().map(|byte| format!("{byte:02x}")).collect();
    token.push_str(&format!("{:08x}", sum(key)));
    token
}

fn decode(token: &str) -> Option<String> {
    if !token.is_ascii() || token.len() < 8 || !token.len().is_multiple_of(2) {
        return None;
    }
    let (body, check) = token.split_at(token.len() - 8);
    let bytes = (0..body.len()).step_by(2).map(|at| u8::from_str_radix(body.get(at..at + 2)?, 16).ok());
    let key = String::from_utf8(bytes.collect::<Option<Vec<u8>>>()?).ok()?;
    (format!("{:08x}", sum(&key)) == check).then_some(key)
}

/// FNV-1a: enough to tell a token from a guess.
fn sum(key: &str) -> u32 {
    key.bytes().fold(0x811c_9dc5, |sum, byte| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193))
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
                let (items, next) = page(all.clone(), String::clone, token.as_deref(), limit).unwrap();
                prop_assert!(items.len() <= limit);
                seen.extend(items);
                token = next;
                if token.is_none() {
                    break;
                }
            }
            prop_assert_eq!(seen, all);
        }
    }

    #[test]
    fn a_page_goes_on_after_an_item_that_is_gone() {
        let (_, token) = page(items(&["a", "b", "c"]), String::clone, None, 2).unwrap();
        assert_eq!(page(items(&["a", "c"]), String::clone, token.as_deref(), 2).unwrap().0, ["c"]);
    }

    #[test]
    fn invented_tokens_are_refused() {
        for token in ["", "zz", "deadbeef", "616200000000", "é0000000"] {
            assert_eq!(page(items(&["a"]), String::clone, Some(token), 1), None, "{token}");
        }
    }
}
