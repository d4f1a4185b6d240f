use crate::domain::{mask_accounts, sanitise};

/// What came from outside, fit to be shown to anybody: one line, harmless, bounded, accounts masked. A URL is cut down to its scheme: it may be
/// a webhook's, and whoever has that can post to it.
pub(super) fn plain(text: &str) -> String {
    without_urls(&mask_accounts(&sanitise(text)))
}

fn without_urls(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        kept.push_str(before);
        let end = after
            .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | ')' | ']' | '}' | ',' | ';'))
            .unwrap_or(after.len());
        if end > 0 {
            kept.push('…');
        }
        rest = &after[end..];
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn urls_and_accounts_are_cut() {
        assert_eq!(plain("posted to https://hooks.example/T0/B0/secret, 200"), "posted to https://…, 200");
        assert_eq!(plain("arn:aws:rds:us-west-2:123456789012:db:x"), "arn:aws:rds:us-west-2:…9012:db:x");
        assert_eq!(plain("two: http://a/b http://c"), "two: http://… http://…");
        assert_eq!(plain("nothing:// here"), "nothing:// here");
    }

    proptest! {
        #[test]
        fn no_secret_in_a_url_survives(before in "[a-z ]{0,5}", secret in "[A-Z]{8}", after in "[a-z ]{0,5}") {
            let told = plain(&format!("{before}https://h/{secret}{after}"));
            prop_assert!(!told.contains(&secret), "{told}");
        }
    }
}
