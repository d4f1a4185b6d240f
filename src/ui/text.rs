use std::borrow::Cow;

use drlab_core::domain::cut;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::glyphs::Glyphs;

/// More than this of one text is never looked at.
const LONGEST: usize = 2_000;

/// What may go to the terminal of a text that came from outside: no controls, nothing that turns or joins its neighbours, no pile of accents.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    if text.len() <= LONGEST && text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Cow::Borrowed(text);
    }
    let mut cleaned = String::with_capacity(text.len().min(LONGEST));
    let mut accents = 0;
    for letter in cut(text, LONGEST).chars() {
        match letter {
            '\t' | '\n' | '\r' => cleaned.push(' '),
            _ if letter.is_control() => cleaned.push('?'),
            _ if is_invisible(letter) => {}
            _ => {
                accents = if letter.width().unwrap_or(0) == 0 { accents + 1 } else { 0 };
                if accents <= 1 {
                    cleaned.push(letter);
                }
            }
        }
    }
    Cow::Owned(cleaned)
}

/// Joiners, marks of direction, variation selectors and tags: they change how others look, and are nothing themselves.
const fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}' | '\u{1f3fb}'..='\u{1f3ff}')
}

/// Hides all but the last four of every account number: twelve digits that stand alone.
pub(super) fn masked(text: &str) -> Cow<'_, str> {
    let mut hidden = String::new();
    let mut kept = 0;
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let run = bytes[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        if run == 12 && bytes[at..at + run].iter().all(u8::is_ascii_digit) {
            hidden.push_str(text.get(kept..at).unwrap_or_default());
            hidden.push('…');
            kept = at + 8;
        }
        at += run.max(1);
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    hidden.push_str(text.get(kept..).unwrap_or_default());
    Cow::Owned(hidden)
}

/// ARNs by what they name within their service and region: the rest of the line says where that is.
pub(super) fn short_arns(text: &str) -> String {
    let short = |word: &str| match word.strip_prefix("arn:") {
        Some(rest) => rest.splitn(5, ':').nth(4).unwrap_or(word).to_owned(),
        None => word.to_owned(),
    };
    text.split(' ').map(short).collect::<Vec<_>>().join(" ")
}

/// Instants of today by their time alone: who reads them knows the day. `today` is what they begin with, to the `T`.
pub(super) fn short_instants(text: &str, today: &str) -> String {
    let mut short = String::with_capacity(text.len());
    let mut left = text;
    while let Some((before, rest)) = left.split_once(today) {
        short.push_str(before);
        let time = rest
            .get(..8)
            .filter(|time| time.bytes().enumerate().all(|(at, byte)| if at % 3 == 2 { byte == b':' } else { byte.is_ascii_digit() }));
        let after = rest.get(8..).unwrap_or_default();
        let fraction = after.strip_prefix('.').map_or(0, |digits| 1 + digits.bytes().take_while(u8::is_ascii_digit).count());
        left = match (time, after.get(fraction..)) {
            (Some(time), Some(zone)) if zone.starts_with('Z') => {
                short.push_str(time);
                zone
            }
            _ => {
                short.push_str(today);
                rest
            }
        };
    }
    short.push_str(left);
    short
}

/// The same in ASCII; what has no likeness there becomes as many question marks as it is wide.
fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            ' '..='~' => folded.push(letter),
            '·' | '–' | '—' | '−' | '─' => folded.push('-'),
            '…' => folded.push_str("..."),
            '→' => folded.push_str("->"),
            '←' => folded.push_str("<-"),
            '×' => folded.push('x'),
            '≥' => folded.push_str(">="),
            '≤' => folded.push_str("<="),
            '“' | '”' => folded.push('"'),
            '‘' | '’' => folded.push('\''),
            _ => folded.extend(std::iter::repeat_n('?', letter.width().unwrap_or(0))),
        }
    }
    folded
}

/// A text from outside as it may be shown.
pub(super) fn said(text: &str, glyphs: &Glyphs) -> String {
    let cleaned = clean(text);
    let masked = masked(&cleaned);
    if glyphs.is_ascii() && !masked.is_ascii() { folded(&masked) } else { masked.into_owned() }
}

pub(super) fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.width() }
}

/// The longest beginning that fits, with an ellipsis where something is missing.
pub(super) fn fit<'t>(text: &'t str, room: usize, glyphs: &Glyphs) -> Cow<'t, str> {
    if width(text) <= room {
        return Cow::Borrowed(text);
    }
    let Some(room) = room.checked_sub(width(glyphs.ellipsis)) else { return Cow::Owned(".".repeat(room)) };
    Cow::Owned(format!("{}{}", words(text, room), glyphs.ellipsis))
}

/// The longest beginning of several figures, or of several things said on one line, that fits without leaving one of them half said. What
/// is left out is not marked: what comes first is what matters, and the rest is a key away. A single one is cut as any text is.
pub(super) fn fit_parts<'t>(text: &'t str, room: usize, glyphs: &Glyphs) -> Cow<'t, str> {
    whole_parts(text, room, &["  ", glyphs.dot, " ("]).map_or_else(|| fit(text, room, glyphs), Cow::Borrowed)
}

/// The longest beginning that fits and ends before one of the separators; none where not even the first part fits.
pub(super) fn whole_parts<'t>(text: &'t str, room: usize, separators: &[&str]) -> Option<&'t str> {
    if width(text) <= room {
        return Some(text);
    }
    let ends = separators.iter().flat_map(|separator| text.match_indices(separator)).map(|(at, _)| at);
    ends.filter_map(|at| text.get(..at))
        .map(str::trim_end)
        .filter(|part| !part.is_empty() && width(part) <= room)
        .max_by_key(|part| part.len())
}

/// A beginning of whole words, unless that leaves too little of the room used.
fn words(text: &str, room: usize) -> String {
    let mut kept = beginning(text, room);
    let next = text.get(kept.len()..).and_then(|rest| rest.chars().next());
    if next.is_some_and(|next| next != ' ')
        && let Some(blank) = kept.rfind(' ').filter(|blank| width(&kept[..*blank]) * 2 > room)
    {
        kept.truncate(blank);
    }
    kept.truncate(kept.trim_end_matches([' ', ',', '·', ':', '(']).len());
    kept
}

/// Whole graphemes only: half of a wide character cannot be shown.
fn beginning(text: &str, room: usize) -> String {
    let mut kept = String::new();
    let mut taken = 0;
    for grapheme in Span::raw(text).styled_graphemes(Style::new()) {
        taken += grapheme.symbol.width();
        if taken > room {
            break;
        }
        kept.push_str(grapheme.symbol);
    }
    kept
}

/// Fits, and fills up with blanks on the right.
pub(super) fn padded(text: &str, room: usize, glyphs: &Glyphs) -> String {
    let mut fitted = fit(text, room, glyphs).into_owned();
    let missing = room.saturating_sub(width(&fitted));
    fitted.extend(std::iter::repeat_n(' ', missing));
    fitted
}

/// Fits, and fills up with blanks on the left.
pub(super) fn ranged_right(text: &str, room: usize, glyphs: &Glyphs) -> String {
    let fitted = fit(text, room, glyphs);
    format!("{}{fitted}", " ".repeat(room.saturating_sub(width(&fitted))))
}

/// A line cut to what fits, with an ellipsis in the style of where it was cut.
pub(super) fn fit_line<'t>(line: Line<'t>, room: usize, glyphs: &Glyphs) -> Line<'t> {
    if line.width() <= room {
        return line;
    }
    let mut left = room;
    let mut spans = Vec::with_capacity(line.spans.len());
    for span in line.spans {
        let wide = width(&span.content);
        if wide < left {
            left -= wide;
            spans.push(span);
        } else {
            // What follows has no room, so that something is missing even where this span just fits.
            let short = words(&span.content, left.saturating_sub(width(glyphs.ellipsis)));
            let ellipsis = if width(glyphs.ellipsis) <= left { glyphs.ellipsis } else { "" };
            spans.push(Span::styled(format!("{short}{ellipsis}"), span.style));
            break;
        }
    }
    Line::from(spans)
}

/// Broken into lines at blanks, and inside words that are longer than a line; at most `most` lines, the last of which says if there was more.
pub(super) fn wrapped(text: &str, room: usize, most: usize, glyphs: &Glyphs) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    if room == 0 || most == 0 {
        return lines;
    }
    let mut line = String::new();
    for word in text.split_whitespace() {
        let needed = width(&line) + usize::from(!line.is_empty()) + width(word);
        if needed > room && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        let mut word = word;
        while width(word) > room {
            let head = beginning(word, room);
            if head.is_empty() {
                // Not even one character of it fits.
                word = "";
                break;
            }
            word = word.get(head.len()..).unwrap_or_default();
            lines.push(head);
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            *last = match room.checked_sub(width(glyphs.ellipsis)) {
                Some(room) if width(last) > room => format!("{}{}", words(last, room), glyphs.ellipsis),
                Some(_) => format!("{last}{}", glyphs.ellipsis),
                None => ".".repeat(room),
            };
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::super::glyphs::{ASCII, UNICODE};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_comes_from_outside_cannot_steer_the_terminal() {
        assert_eq!(clean("a\x1b[31mb\u{9b}c\nd"), "a?[31mb?c d");
        assert_eq!(clean("abc\u{202e}def\u{200b}"), "abcdef");
        assert_eq!(clean("e\u{301}\u{301}\u{301}"), "e\u{301}");
        assert_eq!(clean("東京"), "東京");
    }

    #[test]
    fn accounts_are_masked_wherever_they_stand() {
        assert_eq!(masked("arn:aws:sns:us-west-2:123456789012:t"), "arn:aws:sns:us-west-2:…9012:t");
        assert_eq!(masked("123456789012"), "…9012");
        assert_eq!(masked("targetgroup/a1234567890123/1234567890123"), "targetgroup/a1234567890123/1234567890123");
        assert_eq!(said("123456789012 → x", &ASCII), "...9012 -> x");
    }

    #[test]
    fn wide_characters_are_cut_whole() {
        assert_eq!(fit("東京東京", 5, &UNICODE), "東京…");
        assert_eq!(padded("東京東京", 6, &UNICODE), "東京… ");
        assert_eq!(ranged_right("東", 4, &UNICODE), "  東");
    }

    #[test]
    fn what_does_not_fit_is_left_out_by_meaning() {
        assert_eq!(fit_parts("2/2 healthy  p95 84ms  5xx 0.0%", 23, &UNICODE), "2/2 healthy  p95 84ms");
        assert_eq!(fit_parts("1/1 running  (2 on failover)", 20, &UNICODE), "1/1 running");
        assert_eq!(fit_parts("tier2-app-data-replica", 12, &UNICODE), "tier2-app-d…");
        assert_eq!(fit("replica keeps no backups", 16, &UNICODE), "replica keeps…");
        assert_eq!(fit("a replicationstatus", 16, &UNICODE), "a replicationst…");
        assert_eq!(whole_parts("1, 2 (3)", 4, &[", ", " ("]), Some("1, 2"));
        assert_eq!(whole_parts("東京 · x", 3, &[" · "]), None);
    }

    #[test]
    fn instants_of_today_are_told_by_their_time() {
        for (text, told) in [
            ("at 2026-11-22T16:57:00.000Z the lag was 1.2s", "at 16:57:00Z the lag was 1.2s"),
            ("2026-11-22T16:57:00Z, 2026-11-22T16:58:46.731Z", "16:57:00Z, 16:58:46Z"),
            ("at 2026-11-21T16:57:00.000Z", "at 2026-11-21T16:57:00.000Z"),
            ("made-2026-11-22T16-57", "made-2026-11-22T16-57"),
            ("2026-11-22T16:57:00+01:00", "2026-11-22T16:57:00+01:00"),
            ("2026-11-22T16:5…", "2026-11-22T16:5…"),
            ("", ""),
        ] {
            assert_eq!(short_instants(text, "2026-11-22T"), told);
        }
    }

    #[test]
    fn an_arn_is_what_it_names() {
        assert_eq!(
            short_arns("targets arn:aws:elb:us-west-2:…9012:targetgroup/app/6d (us-west-2)"),
            "targets targetgroup/app/6d (us-west-2)"
        );
        assert_eq!(short_arns("topic arn:aws:sns:x"), "topic arn:aws:sns:x");
    }

    #[test]
    fn lines_break_at_blanks() {
        assert_eq!(wrapped("one two three", 8, 9, &UNICODE), ["one two", "three"]);
        assert_eq!(wrapped("abcdefghij kl", 4, 9, &UNICODE), ["abcd", "efgh", "ij", "kl"]);
        assert_eq!(wrapped("one two three", 5, 2, &UNICODE), ["one", "two…"]);
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_its_room(text in ".{0,40}", room in 0usize..30) {
            for glyphs in [&UNICODE, &ASCII] {
                let text = said(&text, glyphs);
                prop_assert!(width(&fit(&text, room, glyphs)) <= room);
                prop_assert!(width(&fit_parts(&text, room, glyphs)) <= room);
                prop_assert_eq!(width(&padded(&text, room, glyphs)), room);
                prop_assert!(text.chars().all(|letter| !letter.is_control()));
                for line in wrapped(&text, room, 3, glyphs) {
                    prop_assert!(width(&line) <= room, "{line:?} in {room}");
                }
            }
        }
    }
}
