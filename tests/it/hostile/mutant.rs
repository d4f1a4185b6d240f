//! What becomes of honest bytes in bad hands: bits flipped, pieces cut, moved, repeated and put into others, words exchanged, numbers and
//! depths beyond all measure. It knows what a word, a number, a line and a bracket is, and nothing of any format.

use std::ops::Range;

use crate::luck::Luck;

/// No mutant is longer: what is merely long is tried on purpose (`monsters`), not by luck.
const LONGEST: usize = 48 * 1024;

/// What breaks readers: not text, no end, no sign, another direction.
const PIECES: &[&[u8]] = &[
    b"\0",
    b"\xff",
    b"\xc3\x28",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xef\xbb\xbf",
    "\u{202e}".as_bytes(),
    "\u{1b}[2J".as_bytes(),
    "e\u{301}\u{1f9e8}".as_bytes(),
    b"\r",
    b"\r\n",
    b"\"",
    b"'''",
    b"\\u0000",
    b"\\ud800",
    b"%00",
    b"%ff",
    b"%",
    b"..",
    b"/../",
    b"{}",
    b"[]",
    b"null",
    b"true",
    b"&a;",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
    b"*",
    b"",
];

const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "-1",
    "1",
    "00",
    "255",
    "65536",
    "2147483647",
    "2147483648",
    "-2147483648",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "99999999999999999999999999999999999999",
    "1e308",
    "1e999",
    "-1e999",
    "1e-999",
    "0.1",
    "nan",
    "inf",
    "NaN",
    "Infinity",
    "0x7fffffffffffffff",
    "1_000",
    "999999999d",
    "18446744073709551615ms",
    "9999-12-31T23:59:59Z",
    "-9999-01-01T00:00:00Z",
];

const BRACKETS: &[(&[u8], &[u8])] =
    &[(b"[", b"]"), (b"{", b"}"), (b"{\"a\":", b"}"), (b"<a>", b"</a>"), (b"(", b")"), (b"a.", b""), (b"\x81", b"")];

/// Makes mutants of what is known to be good.
pub(super) struct Mutator {
    luck: Luck,
    seeds: Vec<Vec<u8>>,
}

impl Mutator {
    pub(super) fn new(luck: Luck, seeds: Vec<Vec<u8>>) -> Self {
        assert!(seeds.iter().any(|seed| !seed.is_empty()), "there is nothing to begin with");
        Self { luck, seeds }
    }

    pub(super) fn next(&mut self) -> Vec<u8> {
        let mut bytes = self.luck.of(&self.seeds);
        // Mostly one thing is wrong: what is wrong all over is refused at the door.
        let times = if self.luck.once_in(3) { 2 + self.luck.below(6) } else { 1 };
        for _ in 0..times {
            self.change(&mut bytes);
            bytes.truncate(LONGEST);
        }
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        match self.luck.below(13) {
            0 => self.flip(bytes),
            1 => {
                let at = self.luck.index(bytes.len() + 1);
                bytes.truncate(at);
            }
            2 => drop(bytes.drain(self.stretch(bytes.len()))),
            3 => self.repeat(bytes),
            4 => self.graft(bytes),
            5 => {
                let piece = self.luck.of(PIECES);
                let at = self.luck.index(bytes.len() + 1);
                bytes.splice(at..at, piece.iter().copied());
            }
            6 | 7 => self.number(bytes),
            8 | 9 => self.word(bytes),
            10 => self.lines(bytes),
            11 => self.nest(bytes),
            _ => self.length(bytes),
        }
    }

    fn flip(&mut self, bytes: &mut [u8]) {
        if !bytes.is_empty() {
            let at = self.luck.index(bytes.len());
            bytes[at] ^= 1 << self.luck.below(8);
        }
    }

    /// A piece of something so long: mostly a short one.
    fn stretch(&mut self, length: usize) -> Range<usize> {
        let from = self.luck.index(length + 1);
        let longest = if self.luck.once_in(4) { length } else { 24 };
        from..(from + self.luck.index(longest + 1)).min(length)
    }

    fn repeat(&mut self, bytes: &mut Vec<u8>) {
        let stretch = self.stretch(bytes.len());
        let most = if self.luck.once_in(5) { 400 } else { 4 };
        let times = 1 + self.luck.index(most);
        let (at, piece) = (stretch.end, bytes[stretch].repeat(times));
        bytes.splice(at..at, piece);
    }

    /// A piece of another one in the place of a piece of this.
    fn graft(&mut self, bytes: &mut Vec<u8>) {
        let other = self.luck.of(&self.seeds);
        let (from, to) = (self.stretch(other.len()), self.stretch(bytes.len()));
        bytes.splice(to, other[from].iter().copied());
    }

    /// A number is another; with whatever follows it, or without its unit.
    fn number(&mut self, bytes: &mut Vec<u8>) {
        let mut all: Vec<_> = words(bytes).into_iter().filter(|word| bytes[word.start].is_ascii_digit()).collect();
        if self.luck.once_in(2) {
            let digits = |at: usize| bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            all.iter_mut().for_each(|word| word.end = word.start + digits(word.start));
        }
        if !all.is_empty() {
            let (word, number) = (self.luck.of(&all), self.luck.of(NUMBERS));
            bytes.splice(word, number.bytes());
        }
    }

    /// A word is another, of this text or of any other; or two change places.
    fn word(&mut self, bytes: &mut Vec<u8>) {
        let own = words(bytes);
        if own.is_empty() {
            return;
        }
        let (to, other) = (self.luck.of(&own), self.luck.of(&self.seeds));
        let others = words(&other);
        let (from, theirs) = if self.luck.once_in(2) || others.is_empty() {
            (bytes[self.luck.of(&own)].to_vec(), false)
        } else {
            (other[self.luck.of(&others)].to_vec(), true)
        };
        if theirs || self.luck.once_in(2) {
            bytes.splice(to, from);
        } else {
            let place = self.luck.of(&own);
            let (first, second) = if place.start < to.start { (place, to) } else { (to, place) };
            if first.end <= second.start {
                let (one, two) = (bytes[first.clone()].to_vec(), bytes[second.clone()].to_vec());
                bytes.splice(second, one);
                bytes.splice(first, two);
            }
        }
    }

    /// A line is gone, is there twice, or stands elsewhere.
    fn lines(&mut self, bytes: &mut Vec<u8>) {
        let mut lines: Vec<Vec<u8>> = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        if lines.is_empty() {
            return;
        }
        let (at, to) = (self.luck.index(lines.len()), self.luck.index(lines.len()));
        match self.luck.below(3) {
            0 => drop(lines.remove(at)),
            1 => lines.insert(to, lines[at].clone()),
            _ => lines.swap(at, to),
        }
        *bytes = lines.concat();
    }

    /// A word in brackets, in brackets, in brackets …
    fn nest(&mut self, bytes: &mut Vec<u8>) {
        let (open, close) = self.luck.of(BRACKETS);
        let deepest = if self.luck.once_in(3) { 3000 } else { 100 };
        let depth = 1 + self.luck.index(deepest);
        let own = words(bytes);
        let place = if own.is_empty() { 0..0 } else { self.luck.of(&own) };
        let mut nested = open.repeat(depth);
        nested.extend_from_slice(&bytes[place.clone()]);
        nested.extend(close.repeat(depth));
        bytes.splice(place, nested);
    }

    /// Where a length may stand in something binary: all ones, all but the sign, or nothing.
    fn length(&mut self, bytes: &mut [u8]) {
        let at = self.luck.index(bytes.len() + 1);
        let (wide, filler) = (self.luck.of(&[1, 2, 4, 8]), self.luck.of(&[0x00, 0x7f, 0xff]));
        bytes.iter_mut().skip(at).take(wide).for_each(|byte| *byte = filler);
    }
}

/// Where there are words and numbers, as most languages have them.
fn words(bytes: &[u8]) -> Vec<Range<usize>> {
    let within = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let mut words = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let length = bytes[at..].iter().take_while(|byte| within(**byte)).count();
        if length > 0 {
            words.push(at..at + length);
        }
        at += length + 1;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_mutants_and_another_makes_others() {
        let made = |seed| {
            let mut mutator = Mutator::new(Luck::new(seed), vec![b"name = \"a\"\ncount = 12\n".to_vec()]);
            (0..200).map(|_| mutator.next()).collect::<Vec<_>>()
        };
        assert_eq!(made(1), made(1));
        assert_ne!(made(1), made(2));
        let honest = made(1).iter().filter(|mutant| mutant.as_slice() == b"name = \"a\"\ncount = 12\n").count();
        assert!(honest < 40, "{honest} of 200 have not been touched");
        assert!(made(1).iter().all(|mutant| mutant.len() <= LONGEST));
    }
}
