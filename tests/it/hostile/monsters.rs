//! What is bad on purpose and too large to be kept: no end, no bottom, no measure.

use std::fmt::Write as _;

pub(super) type Monster = (String, Vec<u8>);

const DEEP: usize = 100_000;
const LINE: usize = 10 << 20;
/// As much as is still read of a file, less a little.
const WHOLE: usize = (1 << 20) - 200;

fn named(called: &str, bytes: impl Into<Vec<u8>>) -> Monster {
    (called.to_owned(), bytes.into())
}

/// What no reader of text likes.
pub(super) fn of_text() -> Vec<Monster> {
    vec![
        named("nothing", ""),
        named("white", " \t\r\n".repeat(1000)),
        named("nuls", vec![0; 1000]),
        named("ones", vec![0xff; 1000]),
        named("mark-alone", "\u{feff}"),
        named("line-of-10-mb", "a".repeat(LINE)),
        named("digits-of-1-mb", "9".repeat(WHOLE)),
        named("brackets", "[".repeat(DEEP)),
        named("braces", "{".repeat(DEEP)),
        named("quotes", "\"".repeat(DEEP)),
        named("surrogates", "\\ud800".repeat(1000)),
        named("half-a-letter", b"name = \"\xe6\x9d\"".to_vec()),
    ]
}

/// Files as people write them; `row` is one of the format's own.
pub(super) fn of_toml(row: &str) -> Vec<Monster> {
    let mut numbered = String::new();
    for nth in 0.. {
        if numbered.len() > WHOLE - 40 {
            break;
        }
        let _ = writeln!(numbered, "key{nth} = {nth}");
    }
    let full = |row: &str| row.repeat(WHOLE / row.len());
    let mut all = of_text();
    all.extend([
        named("deep-array", format!("a = {}{}", "[".repeat(DEEP), "]".repeat(DEEP))),
        named("deep-table", format!("a = {}1{}", "{a=".repeat(DEEP), "}".repeat(DEEP))),
        named("deep-key", format!("{}a = 1", "a.".repeat(DEEP))),
        named("deep-header", format!("[{}a]\nb = 1", "a.".repeat(DEEP))),
        named("deep-mixed", format!("a = {}", "[{a=".repeat(DEEP / 2))),
        named("unknown-keys", numbered),
        named("rows", full(row)),
        named("same-key", full("a = 1\n")),
        named("headers", full("[[a]]\n")),
        named("long-text", format!("title = \"{}\"", "x".repeat(WHOLE - 20))),
        named("long-list", format!("a = [{}]", "1,".repeat(WHOLE / 2 - 10))),
        named("whole-number", format!("a = {}", "9".repeat(100_000))),
        named("fraction", format!("a = 1.{}e{}", "9".repeat(50_000), "9".repeat(50_000))),
        named("date", "a = 9999-99-99T99:99:99.999999999999999999Z".to_owned()),
        named("too-large", "#".repeat(2 << 20)),
    ]);
    all
}

pub(super) fn of_json() -> Vec<Monster> {
    let mut all = of_text();
    all.extend([
        named("deep-object", "{\"a\":".repeat(DEEP)),
        named("deep-closed", format!("{{\"a\":{}{}}}", "[".repeat(DEEP), "]".repeat(DEEP))),
        named("same-member", format!("{{{}\"a\":1}}", "\"a\":1,".repeat(DEEP))),
        named("list", format!("{{\"a\":[{}1]}}", "1,".repeat(DEEP))),
        named("number", format!("{{\"a\":{}}}", "9".repeat(DEEP))),
        named("exponent", "{\"a\":1e999999999999}".to_owned()),
    ]);
    all
}

pub(super) fn of_xml() -> Vec<Monster> {
    let mut laughs = String::from("<!DOCTYPE a [<!ENTITY l0 \"ha\">");
    for nth in 1..20 {
        let _ = write!(laughs, "<!ENTITY l{nth} \"{}\">", format!("&l{};", nth - 1).repeat(10));
    }
    laughs.push_str("]><a>&l19;</a>");
    let mut all = of_text();
    all.extend([
        named("laughs", laughs),
        named("outside", "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>".to_owned()),
        named("deep", "<a>".repeat(DEEP)),
        named("deep-closed", format!("{}{}", "<a>".repeat(DEEP), "</a>".repeat(DEEP))),
        named("siblings", format!("<a>{}</a>", "<b/>".repeat(DEEP))),
        named("attributes", format!("<a {}/>", "b=\"c\" ".repeat(DEEP))),
        named("comment", format!("<!--{}", "-".repeat(DEEP))),
        named("characters", format!("<a>{}</a>", "&#65;".repeat(DEEP))),
        named("cdata", format!("<a>{}</a>", "<![CDATA[x]]>".repeat(DEEP / 10))),
    ]);
    all
}

pub(super) fn of_cbor() -> Vec<Monster> {
    let long = |start: &[u8]| [start, &[0xff; 8]].concat();
    let half = |start: &[u8]| [start, &[0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]].concat();
    vec![
        named("nothing", ""),
        named("endless-list", long(b"\xa1\x61a\x9b")),
        named("endless-map", long(b"\xbb")),
        named("endless-text", long(b"\xa1\x61a\x7b")),
        named("endless-bytes", long(b"\xa1\x61a\x5b")),
        named("half-endless-list", half(b"\xa1\x61a\x9b")),
        named("half-endless-map", half(b"\xbb")),
        named("half-endless-text", half(b"\xa1\x61a\x7b")),
        named("large-text", b"\xa1\x61a\x7a\x7f\xff\xff\xff".to_vec()),
        named("large-list", b"\xa1\x61a\x9a\x7f\xff\xff\xff".to_vec()),
        named("deep", [b"\xa1\x61a".as_slice(), &[0x81; DEEP]].concat()),
        named("deep-maps", b"\xa1\x61a".repeat(DEEP)),
        named("deep-tags", [b"\xa1\x61a".as_slice(), &[0xc1; DEEP]].concat()),
        named("pieces", [b"\xbf\x61a\x7f".as_slice(), &[0x60; DEEP], b"\xff\xff"].concat()),
        named("indefinite", [0xbf; DEEP].to_vec()),
    ]
}
