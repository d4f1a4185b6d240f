//! Domain names as Route 53 keeps them: lower case, ending in a dot, odd characters as `\ooo`, sorted with their labels reversed.

/// The one spelling of a name under which everything is stored and compared.
#[must_use]
pub fn canonical(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 1);
    for byte in name.trim().bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'\\' => text.push(char::from(byte)),
            b'A'..=b'Z' => text.push(char::from(byte.to_ascii_lowercase())),
            odd => text.push_str(&format!("\\{odd:03o}")),
        }
    }
    if !text.ends_with('.') {
        text.push('.');
    }
    text
}

/// A canonical name as people write it.
#[must_use]
pub(crate) fn plain(canonical: &str) -> &str {
    canonical.strip_suffix('.').unwrap_or(canonical)
}

/// What a canonical name sorts by: `app.example.com.` becomes `com.example.app.`.
pub(super) fn order(canonical: &str) -> String {
    let mut text = String::with_capacity(canonical.len());
    for label in plain(canonical).rsplit('.') {
        text.push_str(label);
        text.push('.');
    }
    text
}

/// Whether a canonical name is `zone` or lies below it.
pub(super) fn within(name: &str, zone: &str) -> bool {
    name.strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// The canonical name one label up; `None` at the root.
pub(super) fn parent(canonical: &str) -> Option<&str> {
    canonical.split_once('.').map(|(_, rest)| rest).filter(|rest| !rest.is_empty())
}

/// Why DNS could not carry this canonical name; `None` if it could.
pub(super) fn fault(canonical: &str) -> Option<&'static str> {
    if canonical.len() > 255 {
        Some("DomainNameTooLong (Domain name is too long)")
    } else if canonical == "." || plain(canonical).split('.').any(str::is_empty) {
        Some("DomainLabelEmpty (Domain label is empty)")
    } else if canonical.split('.').any(|label| label.len() > 63) {
        Some("DomainLabelTooLong (Domain label is too long)")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_one_spelling() {
        assert_eq!(canonical("App.Example.COM"), "app.example.com.");
        assert_eq!(canonical("*.example.com."), "\\052.example.com.");
        assert_eq!(canonical("\\052.example.com"), canonical("*.example.com"));
    }

    #[test]
    fn they_sort_from_the_root_and_lie_within_their_zone() {
        assert!(order("example.com.") < order("a.example.com."));
        assert!(order("z.a.example.com.") < order("b.example.com."));
        assert!(within("app.example.com.", "example.com.") && within("example.com.", "example.com."));
        assert!(!within("badexample.com.", "example.com."));
        assert_eq!(parent("app.example.com."), Some("example.com."));
        assert_eq!(parent("com."), None);
    }

    #[test]
    fn what_dns_cannot_carry_is_said() {
        assert!(fault("a..example.com.").is_some());
        assert!(fault(&canonical(&"a".repeat(64))).is_some());
        assert_eq!(fault("example.com."), None);
    }
}
