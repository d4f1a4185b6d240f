use std::borrow::Cow;
use std::fmt::Write as _;

/// Longer than any line that is worth reading, short enough to be drawn without a thought.
const LONGEST: usize = 2_000;
/// Digits of an account's id.
const ACCOUNT: usize = 12;

/// What came from outside, made harmless for a terminal and bounded. Control characters could steer the terminal, bidirectional overrides
/// make a line read as something else, characters without width hide in a name: all are shown as what they are, a foreign body.
#[must_use]
pub fn sanitise(text: &str) -> Cow<'_, str> {
    if text.len() <= LONGEST && !text.chars().any(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut plain: String = cut(text, LONGEST).chars().map(harmless).collect();
    if text.chars().nth(LONGEST).is_some() {
        plain.push('…');
    }
    Cow::Owned(plain)
}

/// As `sanitise`, at most `most` characters long.
#[must_use]
pub fn excerpt(text: &str, most: usize) -> String {
    if text.chars().nth(most).is_none() {
        return text.chars().map(harmless).collect();
    }
    let mut short: String = cut(text, most.saturating_sub(1)).chars().map(harmless).collect();
    short.push('…');
    short
}

/// As `excerpt`, with accounts masked before anything is cut.
#[must_use]
pub fn masked_excerpt(text: &str, most: usize) -> String {
    // Bounded first: nobody's megabyte is searched for accounts. Masked, three times as much is never shorter than what is wanted.
    excerpt(&mask_accounts(&excerpt(text, 3 * most)), most)
}

/// The beginning of a text, of at most `most` characters. It ends before an account rather than within it: no mask knows half of one.
#[must_use]
pub fn cut(text: &str, most: usize) -> &str {
    let Some((end, _)) = text.char_indices().nth(most) else { return text };
    let (head, tail) = text.split_at(end);
    let before = digits(head.bytes().rev());
    let within = (1..ACCOUNT).contains(&before) && before + digits(tail.bytes()) == ACCOUNT;
    if within { &head[..end - before] } else { head }
}

/// How many digits come first; of more than an account has, the number does not matter.
fn digits(bytes: impl Iterator<Item = u8>) -> usize {
    bytes.take(ACCOUNT + 1).take_while(u8::is_ascii_digit).count()
}

/// What goes out on its own lines, with whatever could steer a terminal written as JSON writes it: whoever reads JSON gets it back as it was,
/// and a terminal gets letters.
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    let foreign = |c: char| is_hostile(c) && !matches!(c, '\n' | '\t');
    if !text.chars().any(foreign) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if foreign(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

/// An account's id as it may be seen by a room: `…9012`. The last four digits tell accounts apart and open nothing.
#[must_use]
pub fn mask_account(id: &str) -> String {
    let from = id.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
    format!("…{}", &id[from..])
}

/// Masks every account id in a text: any twelve digits that stand alone, as they do in ARNs, URLs of queues and names of registries.
#[must_use]
pub fn mask_accounts(text: &str) -> Cow<'_, str> {
    let mut masked = String::new();
    let mut copied = 0;
    let mut run = None;
    let mut before = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        if c.is_ascii_digit() {
            run = run.or(Some((at, before)));
        } else {
            if let Some((start, led_by)) = run.take() {
                let alone = !c.is_alphanumeric() && !led_by.is_some_and(char::is_alphanumeric);
                if at - start == ACCOUNT && alone {
                    masked.push_str(&text[copied..start]);
                    masked.push_str(&mask_account(&text[start..at]));
                    copied = at;
                }
            }
        }
        before = Some(c);
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    masked.push_str(&text[copied..]);
    Cow::Owned(masked)
}

pub(super) fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            // Soft hyphen, Arabic letter mark, Mongolian vowel separator, and the fillers that look like nothing.
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}'
            // Zero width and directional marks, line and paragraph separators, embeddings and overrides, isolates.
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            // Byte order mark, interlinear annotation, tags, variation selectors.
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}' | '\u{fe00}'..='\u{fe0f}'
        )
}

/// What stands for a character that came from outside.
#[must_use]
pub fn harmless(c: char) -> char {
    match c {
        // White space is no attack, but a line must stay one.
        '\t' | '\n' | '\r' => ' ',
        c if is_hostile(c) => '�',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_message_cannot_clear_the_screen_or_run_backwards() {
        assert_eq!(sanitise("a\u{1b}[2Jb"), "a�[2Jb");
        assert_eq!(sanitise("two\nlines\tand a tab"), "two lines and a tab");
        assert_eq!(sanitise("safe\u{202e}gnp.exe\u{200b}"), "safe�gnp.exe�");
        assert!(matches!(sanitise("Prüfung ●"), Cow::Borrowed("Prüfung ●")));
    }

    #[test]
    fn an_account_is_masked_where_it_stands_alone() {
        assert_eq!(mask_account("123456789012"), "…9012");
        assert_eq!(mask_account("12"), "…12");
        assert_eq!(mask_accounts("arn:aws:rds:us-west-2:123456789012:db:x"), "arn:aws:rds:us-west-2:…9012:db:x");
        assert_eq!(mask_accounts("123456789012.dkr.ecr, 210987654321"), "…9012.dkr.ecr, …4321");
        for kept in ["1234567890123", "12345678901", "a123456789012", "123456789012b", ""] {
            assert_eq!(mask_accounts(kept), kept);
        }
    }

    #[test]
    fn what_goes_out_can_be_read_back_and_steers_nothing() {
        let hostile = "a\u{1b}[2J\u{9b}31m\u{202e}b\u{200b}\u{e0041}\n";
        let line = serde_json::to_string(hostile).unwrap();
        let told = escape(&line);
        assert!(!told.chars().any(is_hostile), "{told:?}");
        assert_eq!(serde_json::from_str::<String>(&told).unwrap(), hostile);
        assert!(matches!(escape("two\nlines ●"), Cow::Borrowed(_)));
    }

    #[test]
    fn no_cut_goes_through_an_account() {
        let arn = "arn:aws:sns:us-west-2:123456789012:topic";
        for most in 0..arn.len() + 2 {
            assert!(!mask_accounts(&excerpt(arn, most)).contains(":1"), "{most}: {}", excerpt(arn, most));
            assert!(arn.starts_with(cut(arn, most)));
        }
        assert_eq!((excerpt(arn, 30), cut(arn, 34)), ("arn:aws:sns:us-west-2:…".to_owned(), "arn:aws:sns:us-west-2:123456789012"));
        assert_eq!(masked_excerpt(arn, 30), "arn:aws:sns:us-west-2:…9012:t…");
        assert_eq!((cut("1234567890123", 5), cut("12345 no", 3), cut("né", 1)), ("12345", "123", "n"));
    }

    proptest! {
        #[test]
        fn nothing_that_steers_a_terminal_gets_through(text in "(\\PC|\\p{Cc}|\\p{Cf}|[\u{1b}\u{9b}\u{202e}\u{2066}\n\r]){0,80}") {
            for plain in [sanitise(&text).into_owned(), excerpt(&text, 20)] {
                prop_assert!(!plain.chars().any(|c| c.is_control() || is_hostile(c)), "{plain:?}");
            }
            prop_assert!(excerpt(&text, 20).chars().count() <= 20);
        }

        #[test]
        fn what_is_endless_is_cut(length in 0usize..5_000) {
            prop_assert!(sanitise(&"é".repeat(length)).chars().count() <= LONGEST + 1);
        }

        #[test]
        fn no_account_survives_masking(before in "[ :/.\"]{0,3}", id in "[0-9]{12}", after in "[ :/.\"]{0,3}") {
            let text = format!("{before}{id}{after}");
            prop_assert!(!mask_accounts(&text).contains(&id));
        }
    }
}
