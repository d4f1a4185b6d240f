//! What all of DynamoDB's expressions share: words, placeholders, document paths.

use std::collections::BTreeSet;

use super::value;
use crate::document::Document;
use crate::world::ApiError;

/// Words that must not stand for an attribute in an expression, as AWS publishes them.
static RESERVED: &str = include_str!("reserved.txt");

const LONGEST: usize = 4096;
/// How deeply parentheses, NOTs and arithmetic may be nested; DynamoDB allows 300 operators in all.
const DEEPEST: usize = 100;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// An attribute, a function or a keyword.
    Word(String),
    /// `#name`, with its sign.
    Name(String),
    /// `:value`, with its sign.
    Value(String),
    Index(usize),
    Symbol(&'static str),
    End,
}

const SYMBOLS: &[&str] = &["<>", "<=", ">=", "(", ")", "[", "]", ",", ".", "=", "<", ">", "+", "-"];

/// One step of a document path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Member(String),
    Index(usize),
}

/// `a.b[3].c`; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path(pub(super) Vec<Step>);

impl Path {
    /// The attribute in which the path begins.
    pub(super) fn attribute(&self) -> &str {
        match self.0.first() {
            Some(Step::Member(name)) => name,
            _ => "",
        }
    }

    pub(super) fn find<'i>(&self, item: &'i Document) -> Option<&'i Document> {
        let (first, rest) = self.0.split_first()?;
        let Step::Member(name) = first else { return None };
        rest.iter().try_fold(item.get(name)?, |value, step| match (step, value::parts(value)) {
            (Step::Member(name), ("M", inner)) => inner.get(name),
            (Step::Index(at), ("L", Document::List { items, .. })) => items.get(*at),
            _ => None,
        })
    }

    /// Whether one path leads to the other or into it.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(mine, theirs)| mine == theirs)
    }

    /// Whether both step into one value by different kinds of steps.
    pub(super) fn conflicts(&self, other: &Self) -> bool {
        let parting = self.0.iter().zip(&other.0).find(|(mine, theirs)| mine != theirs);
        matches!(parting, Some((Step::Member(_), Step::Index(_)) | (Step::Index(_), Step::Member(_))))
    }

    /// `[a, b, [3]]`, as error messages show it.
    pub(super) fn shown(&self) -> String {
        let steps = self.0.iter().map(|step| match step {
            Step::Member(name) => name.clone(),
            Step::Index(at) => format!("[{at}]"),
        });
        format!("[{}]", steps.collect::<Vec<_>>().join(", "))
    }
}

/// `ExpressionAttributeNames` and `ExpressionAttributeValues` of a request, and which of them its expressions used.
#[derive(Debug)]
pub(super) struct Placeholders<'r> {
    request: &'r Document,
    used: BTreeSet<String>,
}

impl<'r> Placeholders<'r> {
    pub(super) fn new(request: &'r Document) -> Self {
        Self { request, used: BTreeSet::new() }
    }

    fn name(&mut self, sign: &str) -> Result<String, String> {
        let names = self.request.members("ExpressionAttributeNames");
        let found = names.iter().find(|(known, _)| known == sign).and_then(|(_, name)| name.as_text());
        let name = found
            .ok_or_else(|| format!("An expression attribute name used in the document path is not defined; attribute name: {sign}"))?;
        self.used.insert(sign.to_owned());
        Ok(name.to_owned())
    }

    fn value(&mut self, sign: &str) -> Result<Document, String> {
        let values = self.request.members("ExpressionAttributeValues");
        let (_, value) = values
            .iter()
            .find(|(known, _)| known == sign)
            .ok_or_else(|| format!("An expression attribute value used in expression is not defined; attribute value: {sign}"))?;
        self.used.insert(sign.to_owned());
        value::checked(value).map_err(|error| error.message)
    }

    /// Whatever was given must have been used.
    pub(super) fn finish(self) -> Result<(), ApiError> {
        for member in ["ExpressionAttributeNames", "ExpressionAttributeValues"] {
            let unused: Vec<_> =
                self.request.members(member).iter().map(|(sign, _)| sign.as_str()).filter(|sign| !self.used.contains(*sign)).collect();
            if !unused.is_empty() {
                return Err(ApiError::validation(format!(
                    "Value provided in {member} unused in expressions: keys: {{{}}}",
                    unused.join(", ")
                )));
            }
        }
        Ok(())
    }
}

/// Reads one expression, token by token.
#[derive(Debug)]
pub(super) struct Reader<'p, 'r> {
    /// `ConditionExpression` and so on, for messages.
    what: &'static str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    placeholders: &'p mut Placeholders<'r>,
}

impl<'p, 'r> Reader<'p, 'r> {
    pub(super) fn new(what: &'static str, text: &str, placeholders: &'p mut Placeholders<'r>) -> Result<Self, ApiError> {
        let wrong = |why: String| Err(ApiError::validation(format!("Invalid {what}: {why}")));
        if text.trim().is_empty() {
            return wrong("The expression can not be empty;".to_owned());
        }
        if text.len() > LONGEST {
            return wrong(format!("Expression size has exceeded the maximum allowed size; expression size: {}", text.len()));
        }
        match tokens(text) {
            Ok(tokens) => Ok(Self { what, tokens, at: 0, depth: 0, placeholders }),
            Err(token) => wrong(format!("Syntax error; token: \"{token}\", near: \"{token}\"")),
        }
    }

    pub(super) fn wrong<T>(&self, why: impl std::fmt::Display) -> Result<T, ApiError> {
        Err(ApiError::validation(format!("Invalid {}: {why}", self.what)))
    }

    /// The token here does not belong.
    pub(super) fn unexpected<T>(&self) -> Result<T, ApiError> {
        let from = self.at.saturating_sub(1);
        let near: Vec<_> = self.tokens.iter().skip(from).take(3).map(shown).collect();
        self.wrong(format!("Syntax error; token: \"{}\", near: \"{}\"", shown(self.peek()), near.join(" ").trim()))
    }

    pub(super) fn peek(&self) -> &Token {
        self.tokens.get(self.at).unwrap_or(&Token::End)
    }

    pub(super) fn next_is_open(&self) -> bool {
        self.tokens.get(self.at + 1) == Some(&Token::Symbol("("))
    }

    pub(super) fn skip(&mut self) {
        self.at += 1;
    }

    /// Takes the symbol if it is here.
    pub(super) fn take(&mut self, symbol: &str) -> bool {
        let here = matches!(self.peek(), Token::Symbol(found) if *found == symbol);
        if here {
            self.at += 1;
        }
        here
    }

    pub(super) fn expect(&mut self, symbol: &str) -> Result<(), ApiError> {
        if self.take(symbol) { Ok(()) } else { self.unexpected() }
    }

    /// Takes the keyword, in any case, if it is here.
    pub(super) fn keyword(&mut self, word: &str) -> bool {
        let here = matches!(self.peek(), Token::Word(found) if found.eq_ignore_ascii_case(word));
        if here {
            self.at += 1;
        }
        here
    }

    pub(super) fn end(&self) -> Result<(), ApiError> {
        if *self.peek() == Token::End { Ok(()) } else { self.unexpected() }
    }

    /// Goes one level deeper, if there is room.
    pub(super) fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, ApiError>) -> Result<T, ApiError> {
        if self.depth == DEEPEST {
            return self.wrong("The expression has too many nested levels");
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    pub(super) fn value(&mut self) -> Result<Document, ApiError> {
        let Token::Value(sign) = self.peek().clone() else { return self.unexpected() };
        self.at += 1;
        self.placeholders.value(&sign).or_else(|why| self.wrong(why))
    }

    pub(super) fn path(&mut self) -> Result<Path, ApiError> {
        let mut steps = vec![Step::Member(self.attribute()?)];
        loop {
            if self.take(".") {
                steps.push(Step::Member(self.attribute()?));
            } else if self.take("[") {
                let Token::Index(at) = *self.peek() else { return self.unexpected() };
                self.at += 1;
                self.expect("]")?;
                steps.push(Step::Index(at));
            } else {
                return Ok(Path(steps));
            }
        }
    }

    fn attribute(&mut self) -> Result<String, ApiError> {
        match self.peek().clone() {
            Token::Name(sign) => {
                self.at += 1;
                self.placeholders.name(&sign).or_else(|why| self.wrong(why))
            }
            Token::Word(word) if is_reserved(&word) => {
                self.wrong(format!("Attribute name is a reserved keyword; reserved keyword: {word}"))
            }
            Token::Word(word) => {
                self.at += 1;
                Ok(word)
            }
            _ => self.unexpected(),
        }
    }
}

fn is_reserved(word: &str) -> bool {
    RESERVED.lines().any(|reserved| reserved.eq_ignore_ascii_case(word))
}

fn shown(token: &Token) -> String {
    match token {
        Token::Word(text) | Token::Name(text) | Token::Value(text) => text.clone(),
        Token::Index(number) => number.to_string(),
        Token::Symbol(symbol) => (*symbol).to_owned(),
        Token::End => "<EOF>".to_owned(),
    }
}

/// The tokens of a text, or the piece that is none.
fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let word_end =
            |from: usize| rest[from..].find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).map_or(rest.len(), |len| from + len);
        let length = match first {
            'a'..='z' | 'A'..='Z' | '_' => {
                let end = word_end(0);
                tokens.push(Token::Word(rest[..end].to_owned()));
                end
            }
            '#' | ':' => {
                let end = word_end(1);
                if end == 1 {
                    return Err(first.to_string());
                }
                let sign = rest[..end].to_owned();
                tokens.push(if first == '#' { Token::Name(sign) } else { Token::Value(sign) });
                end
            }
            '0'..='9' => {
                let end = word_end(0);
                tokens.push(Token::Index(rest[..end].parse().map_err(|_| rest[..end].to_owned())?));
                end
            }
            other => {
                let symbol = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)).ok_or_else(|| other.to_string())?;
                tokens.push(Token::Symbol(symbol));
                symbol.len()
            }
        };
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

/// A list of paths, none leading into another.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Projection(Vec<Path>);

impl Projection {
    pub(super) fn parse(text: &str, placeholders: &mut Placeholders<'_>) -> Result<Self, ApiError> {
        let mut reader = Reader::new("ProjectionExpression", text, placeholders)?;
        let mut paths = vec![reader.path()?];
        while reader.take(",") {
            paths.push(reader.path()?);
        }
        reader.end()?;
        apart(&reader, &paths)?;
        Ok(Self(paths))
    }

    /// The item, reduced to what the paths lead to. List entries close up, as DynamoDB answers them.
    pub(super) fn of(&self, item: &Document) -> Document {
        let mut kept = Document::Map(Vec::new());
        let mut paths: Vec<_> = self.0.iter().filter_map(|path| path.find(item).map(|value| (path.0.as_slice(), value))).collect();
        paths.sort_by_key(|(steps, _)| *steps);
        for (path, value) in paths {
            if let Some((Step::Member(name), rest)) = path.split_first() {
                let inner = graft(kept.get(name).cloned(), rest, value);
                kept.set(name, inner);
            }
        }
        kept
    }
}

/// Puts `value` at the end of `path` into what is already there.
fn graft(there: Option<Document>, path: &[Step], value: &Document) -> Document {
    match path.split_first() {
        None => value.clone(),
        Some((Step::Member(name), rest)) => {
            let mut map = there.as_ref().and_then(|there| there.get("M")).cloned().unwrap_or_else(|| Document::Map(Vec::new()));
            let inner = graft(map.get(name).cloned(), rest, value);
            map.set(name, inner);
            Document::Map(vec![("M".to_owned(), map)])
        }
        Some((Step::Index(_), rest)) => {
            let mut items = match there.as_ref().and_then(|there| there.get("L")) {
                Some(Document::List { items, .. }) => items.clone(),
                _ => Vec::new(),
            };
            items.push(graft(None, rest, value));
            Document::Map(vec![("L".to_owned(), Document::list(items))])
        }
    }
}

/// Refuses paths of which one leads to or into another.
pub(super) fn apart(reader: &Reader<'_, '_>, paths: &[Path]) -> Result<(), ApiError> {
    for (nth, one) in paths.iter().enumerate() {
        for two in &paths[nth + 1..] {
            let why = match (one.overlaps(two), one.conflicts(two)) {
                (true, _) => "overlap with each other; must remove or rewrite one of these paths",
                (_, true) => "conflict with each other",
                _ => continue,
            };
            return reader.wrong(format!("Two document paths {why}; path one: {}, path two: {}", one.shown(), two.shown()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::doc;

    fn project(text: &str, item: &Document) -> Result<Document, ApiError> {
        let request = doc! { "ExpressionAttributeNames": doc! { "#n": "name" } };
        Projection::parse(text, &mut Placeholders::new(&request)).map(|projection| projection.of(item))
    }

    #[test]
    fn a_projection_keeps_what_was_asked_for() {
        let list = doc! { "L": Document::list([value::text("x"), value::text("y"), value::text("z")]) };
        let item = doc! { "name": value::text("n"), "a": doc! { "M": doc! { "b": value::text("1"), "c": list } }, "d": value::text("4") };
        let kept = project("#n, a.c[2], a.c[0], absent", &item).unwrap();
        let list = doc! { "L": Document::list([value::text("x"), value::text("z")]) };
        assert_eq!(kept.get("a"), Some(&doc! { "M": doc! { "c": list } }));
        assert_eq!(kept.get("name"), Some(&value::text("n")));
        assert_eq!(kept.get("d"), None);
    }

    #[test]
    fn overlapping_paths_reserved_words_and_unknown_names_are_refused() {
        let item = doc! {};
        assert!(project("a, a.b", &item).unwrap_err().message.contains("overlap"));
        assert!(project("a.b, a[1]", &item).unwrap_err().message.contains("conflict"));
        assert!(project("a, status", &item).unwrap_err().message.contains("reserved keyword: status"));
        assert!(project("#x", &item).unwrap_err().message.contains("not defined; attribute name: #x"));
        assert!(project("a b", &item).unwrap_err().message.contains("Syntax error"));
    }

    #[test]
    fn what_is_not_used_is_refused() {
        let request = doc! { "ExpressionAttributeValues": doc! { ":v": value::text("1") } };
        let error = Placeholders::new(&request).finish().unwrap_err();
        assert_eq!(error.message, "Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "([a-c#:.,\\[\\]()<>=+-]|[0-9]| |é|size){0,60}") {
            let _ = project(&text, &doc! {});
        }
    }
}
