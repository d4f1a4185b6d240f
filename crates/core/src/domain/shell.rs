use std::fmt::Write as _;

use super::hostile::is_hostile;

/// A word as a shell takes it for one word and nothing else. What could steer a terminal or hide in it is written as its bytes (`$'\033'`, as
/// bash, zsh and POSIX of 2024 read it): the name stays the name, and the line stays a line.
#[must_use]
pub fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    if !word.chars().any(is_hostile) {
        return format!("'{}'", word.replace('\'', r"'\''"));
    }
    let mut quoted = String::from("$'");
    for c in word.chars() {
        match c {
            '\'' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if is_hostile(c) => {
                let mut bytes = [0; 4];
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    // Writing into a String cannot fail.
                    let _ = write!(quoted, "\\{byte:03o}");
                }
            }
            c => quoted.push(c),
        }
    }
    quoted.push('\'');
    quoted
}

/// The words of a line as a shell splits them; a panic where a shell would do more than that.
#[cfg(test)]
pub(crate) fn split(line: &str) -> Vec<String> {
    let (mut words, mut word, mut open) = (Vec::new(), Vec::new(), false);
    let mut rest = line.chars().peekable();
    let push = |word: &mut Vec<u8>, c: char| word.extend(c.encode_utf8(&mut [0; 4]).bytes());
    while let Some(c) = rest.next() {
        match c {
            '\'' => {
                open = true;
                loop {
                    match rest.next().unwrap_or_else(|| panic!("{line:?} is not closed")) {
                        '\'' => break,
                        c => push(&mut word, c),
                    }
                }
            }
            '$' => {
                assert_eq!(rest.next(), Some('\''), "a shell would act on “$” in {line:?}");
                open = true;
                loop {
                    match rest.next().unwrap_or_else(|| panic!("{line:?} is not closed")) {
                        '\'' => break,
                        '\\' => match rest.next().unwrap() {
                            'n' => word.push(b'\n'),
                            't' => word.push(b'\t'),
                            c @ ('\'' | '\\') => push(&mut word, c),
                            first => {
                                let octal: String = [first, rest.next().unwrap(), rest.next().unwrap()].into_iter().collect();
                                word.push(u8::from_str_radix(&octal, 8).unwrap());
                            }
                        },
                        c => push(&mut word, c),
                    }
                }
            }
            '\\' => {
                push(&mut word, rest.next().unwrap());
                open = true;
            }
            ' ' => {
                if open {
                    words.push(String::from_utf8(std::mem::take(&mut word)).unwrap());
                }
                open = false;
            }
            _ => {
                assert!(!"`\"&|;<>()*?[]#~!{}\n\t".contains(c), "a shell would act on {c:?} in {line:?}");
                push(&mut word, c);
                open = true;
            }
        }
    }
    if open {
        words.push(String::from_utf8(word).unwrap());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_what_needs_it_is_quoted() {
        assert_eq!(quote("arn:aws:rds:us-west-2:123456789012:db:x"), "arn:aws:rds:us-west-2:123456789012:db:x");
        assert_eq!(quote(""), "''");
        assert_eq!(quote("it's"), r"'it'\''s'");
        assert_eq!(quote("a\u{1b}[2J\n"), r"$'a\033[2J\n'");
        assert_eq!(quote("a\u{202e}b"), r"$'a\342\200\256b'");
    }

    proptest! {
        #[test]
        fn a_quoted_word_is_one_word(words in proptest::collection::vec("(\\PC|\\p{Cc}|\\p{Cf}|[\n'\"$`\\\\ ]){0,12}|[a-z0-9:/.-]{1,12}", 1..6)) {
            let line = words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ");
            prop_assert!(!line.chars().any(is_hostile), "{line:?}");
            prop_assert_eq!(split(&line), words);
        }
    }

    /// What we hold for a shell's way of splitting is one's.
    #[cfg(unix)]
    #[test]
    fn a_real_shell_agrees() {
        let words = ["a b", "it's", "$HOME `id`", "back\\slash", "*", "new\nline\n", "\u{1b}[31m", "é\u{202e}x", "", "--", "~", "a;b|c&d"];
        let line = words.map(quote).join(" ");
        let said = std::process::Command::new("bash").args(["-c", &format!("printf '%s\\0' {line}")]).env("LC_ALL", "C.UTF-8").output();
        // Without bash there is nobody to ask.
        if let Ok(said) = said {
            let heard: Vec<_> = said.stdout.split(|byte| *byte == 0).map(|word| String::from_utf8(word.to_vec()).unwrap()).collect();
            assert_eq!(heard[..words.len()], words.map(str::to_owned));
        }
    }
}
