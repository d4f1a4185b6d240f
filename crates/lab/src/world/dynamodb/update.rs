//! Updates: `SET fence = fence + :one, holder = :me REMOVE expires ADD runs :one DELETE tags :old`.

use super::number::Number;
use super::syntax::{Path, Placeholders, Reader, Step, Token, apart};
use super::value;
use crate::doc;
use crate::document::Document;
use crate::world::ApiError;

const WHAT: &str = "UpdateExpression";

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Update {
    sets: Vec<(Path, Term)>,
    removes: Vec<Path>,
    adds: Vec<(Path, Document)>,
    deletes: Vec<(Path, Document)>,
}

/// The right side of a SET.
#[derive(Clone, Debug, PartialEq)]
enum Term {
    Path(Path),
    Value(Document),
    Plus(Box<Term>, Box<Term>),
    Minus(Box<Term>, Box<Term>),
    IfNotExists(Path, Box<Term>),
    ListAppend(Box<Term>, Box<Term>),
}

impl Update {
    pub(super) fn parse(text: &str, placeholders: &mut Placeholders<'_>) -> Result<Self, ApiError> {
        let mut reader = Reader::new(WHAT, text, placeholders)?;
        let mut update = Self::default();
        let mut seen = Vec::new();
        while *reader.peek() != Token::End {
            let Some(clause) = ["SET", "REMOVE", "ADD", "DELETE"].into_iter().find(|clause| reader.keyword(clause)) else {
                return reader.unexpected();
            };
            if seen.contains(&clause) {
                return reader.wrong(format!("The \"{clause}\" section can only be used once in an update expression;"));
            }
            seen.push(clause);
            update.clause(clause, &mut reader)?;
            while reader.take(",") {
                update.clause(clause, &mut reader)?;
            }
        }
        apart(&reader, &update.paths().cloned().collect::<Vec<_>>())?;
        Ok(update)
    }

    fn clause(&mut self, clause: &str, reader: &mut Reader<'_, '_>) -> Result<(), ApiError> {
        let path = reader.path()?;
        match clause {
            "SET" => {
                reader.expect("=")?;
                let term = sum(reader)?;
                self.sets.push((path, term));
            }
            "REMOVE" => self.removes.push(path),
            _ => {
                let operand = reader.value()?;
                let (kinds, into): (&[&str], _) =
                    if clause == "ADD" { (&["N", "SS", "NS", "BS"], &mut self.adds) } else { (&["SS", "NS", "BS"], &mut self.deletes) };
                let kind = value::parts(&operand).0;
                if !kinds.contains(&kind) {
                    return reader
                        .wrong(format!("Incorrect operand type for operator or function; operator: {clause}, operand type: {kind}"));
                }
                into.push((path, operand));
            }
        }
        Ok(())
    }

    /// Every path that is written to.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        let written = self.sets.iter().map(|(path, _)| path).chain(&self.removes);
        written.chain(self.adds.iter().map(|(path, _)| path)).chain(self.deletes.iter().map(|(path, _)| path))
    }

    /// The item as it is afterwards. Every right side sees the item as it was.
    pub(super) fn apply(&self, item: &Document) -> Result<Document, ApiError> {
        let mut after = item.clone();
        for (path, term) in &self.sets {
            put(&mut after, path, term.value(item)?)?;
        }
        for (path, operand) in &self.adds {
            let sum = match path.find(item) {
                Some(found) => added(found, operand)?,
                None => operand.clone(),
            };
            put(&mut after, path, sum)?;
        }
        for (path, operand) in &self.deletes {
            match path.find(item).map(|found| without(found, operand)).transpose()? {
                Some(Some(rest)) => put(&mut after, path, rest)?,
                Some(None) => remove(&mut after, path)?,
                None => {}
            }
        }
        // From the back, so that a removal does not move what is still to be removed.
        let mut removes: Vec<_> = self.removes.iter().collect();
        removes.sort_by(|left, right| right.0.cmp(&left.0));
        for path in removes {
            remove(&mut after, path)?;
        }
        Ok(after)
    }
}

fn sum(reader: &mut Reader<'_, '_>) -> Result<Term, ApiError> {
    let left = term(reader)?;
    let join: fn(Box<Term>, Box<Term>) -> Term = if reader.take("+") {
        Term::Plus
    } else if reader.take("-") {
        Term::Minus
    } else {
        return Ok(left);
    };
    Ok(join(Box::new(left), Box::new(term(reader)?)))
}

fn term(reader: &mut Reader<'_, '_>) -> Result<Term, ApiError> {
    if reader.take("(") {
        let inner = reader.deeper(sum)?;
        reader.expect(")")?;
        return Ok(inner);
    }
    match reader.peek().clone() {
        Token::Value(_) => reader.value().map(Term::Value),
        Token::Word(name) if reader.next_is_open() => {
            reader.skip();
            reader.expect("(")?;
            let term = match name.as_str() {
                "if_not_exists" => {
                    let path = reader.path()?;
                    reader.expect(",")?;
                    Term::IfNotExists(path, Box::new(reader.deeper(term)?))
                }
                "list_append" => {
                    let left = reader.deeper(term)?;
                    reader.expect(",")?;
                    Term::ListAppend(Box::new(left), Box::new(reader.deeper(term)?))
                }
                _ => return reader.wrong(format!("Invalid function name; function: {name}")),
            };
            reader.expect(")")?;
            Ok(term)
        }
        _ => reader.path().map(Term::Path),
    }
}

impl Term {
    fn value(&self, item: &Document) -> Result<Document, ApiError> {
        match self {
            Self::Path(path) => path
                .find(item)
                .cloned()
                .ok_or_else(|| ApiError::validation("The provided expression refers to an attribute that does not exist in the item")),
            Self::Value(value) => Ok(value.clone()),
            Self::Plus(left, right) => arithmetic(&left.value(item)?, &right.value(item)?, Number::plus),
            Self::Minus(left, right) => arithmetic(&left.value(item)?, &right.value(item)?, Number::minus),
            Self::IfNotExists(path, otherwise) => path.find(item).map_or_else(|| otherwise.value(item), |found| Ok(found.clone())),
            Self::ListAppend(left, right) => {
                let (left, right) = (left.value(item)?, right.value(item)?);
                match (value::parts(&left), value::parts(&right)) {
                    (("L", Document::List { items: head, .. }), ("L", Document::List { items: tail, .. })) => {
                        Ok(doc! { "L": Document::list(head.iter().chain(tail).cloned()) })
                    }
                    _ => Err(wrong_operand()),
                }
            }
        }
    }
}

fn arithmetic(
    left: &Document,
    right: &Document,
    combine: fn(Number, Number) -> Result<Number, super::number::NotANumber>,
) -> Result<Document, ApiError> {
    let (left, right) = value::as_number(left).zip(value::as_number(right)).ok_or_else(wrong_operand)?;
    combine(left, right).map(value::number).map_err(|error| ApiError::validation(error.0))
}

/// `ADD`: a sum of numbers, a union of sets.
fn added(found: &Document, operand: &Document) -> Result<Document, ApiError> {
    match (value::parts(found), value::parts(operand)) {
        (("N", _), ("N", _)) => arithmetic(found, operand, Number::plus),
        ((left, Document::List { items: head, .. }), (right, Document::List { items: tail, .. })) if left == right && left != "L" => {
            let more = tail.iter().filter(|entry| !head.contains(entry));
            Ok(Document::Map(vec![(left.to_owned(), Document::list(head.iter().chain(more).cloned()))]))
        }
        _ => Err(wrong_operand()),
    }
}

/// `DELETE`: the difference of sets; nothing is left of an empty one.
fn without(found: &Document, operand: &Document) -> Result<Option<Document>, ApiError> {
    match (value::parts(found), value::parts(operand)) {
        ((left, Document::List { items, .. }), (right, Document::List { items: gone, .. })) if left == right && left != "L" => {
            let rest: Vec<_> = items.iter().filter(|entry| !gone.contains(entry)).cloned().collect();
            Ok((!rest.is_empty()).then(|| Document::Map(vec![(left.to_owned(), Document::list(rest))])))
        }
        _ => Err(wrong_operand()),
    }
}

fn wrong_operand() -> ApiError {
    ApiError::validation("An operand in the update expression has an incorrect data type")
}

fn invalid_path() -> ApiError {
    ApiError::validation("The document path provided in the update expression is invalid for update")
}

/// The container that the last step of a path leads out of.
fn parent<'i>(item: &'i mut Document, path: &'i Path) -> Option<(&'i mut Document, &'i Step)> {
    let (last, steps) = path.0.split_last()?;
    let mut here = item;
    for (depth, step) in steps.iter().enumerate() {
        let container = if depth == 0 { here } else { inside(here)? };
        here = match (step, container) {
            (Step::Member(name), Document::Map(members)) => &mut members.iter_mut().find(|(key, _)| key == name)?.1,
            (Step::Index(at), Document::List { items, .. }) => items.get_mut(*at)?,
            _ => return None,
        };
    }
    let container = if steps.is_empty() { here } else { inside(here)? };
    Some((container, last))
}

/// What a value of type M or L holds.
fn inside(value: &mut Document) -> Option<&mut Document> {
    match value {
        Document::Map(members) => members.first_mut().filter(|(kind, _)| kind == "M" || kind == "L").map(|(_, inner)| inner),
        _ => None,
    }
}

fn put(item: &mut Document, path: &Path, value: Document) -> Result<(), ApiError> {
    match parent(item, path) {
        Some((container @ Document::Map(_), Step::Member(name))) => container.set(name, value),
        Some((Document::List { items, .. }, Step::Index(at))) => match items.get_mut(*at) {
            Some(old) => *old = value,
            None => items.push(value),
        },
        _ => return Err(invalid_path()),
    }
    Ok(())
}

/// Removing what is not there is no mistake, as long as there is something it could be in.
fn remove(item: &mut Document, path: &Path) -> Result<(), ApiError> {
    match parent(item, path) {
        Some((Document::Map(members), Step::Member(name))) => members.retain(|(key, _)| key != name),
        Some((Document::List { items, .. }, Step::Index(at))) if *at < items.len() => {
            items.remove(*at);
        }
        Some((Document::List { .. }, Step::Index(_))) => {}
        _ => return Err(invalid_path()),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::world::dynamodb::value::text;

    fn n(value: i64) -> Document {
        doc! { "N": value.to_string() }
    }

    fn list(values: impl IntoIterator<Item = i64>) -> Document {
        doc! { "L": Document::list(values.into_iter().map(n)) }
    }

    fn update(expression: &str, item: &Document) -> Result<Document, ApiError> {
        let request = doc! {
            "ExpressionAttributeNames": doc! { "#s": "state" },
            "ExpressionAttributeValues": doc! {
                ":one": n(1), ":me": text("me"), ":list": list([7]), ":set": doc! { "SS": Document::list(["a", "b"]) },
            },
        };
        Update::parse(expression, &mut Placeholders::new(&request))?.apply(item)
    }

    #[test]
    fn every_clause_does_its_work_on_the_item_as_it_was() {
        let item = doc! {
            "id": text("x"), "fence": n(41), "gone": text("soon"), "l": list([1, 2, 3, 4]), "tags": doc! { "SS": Document::list(["a", "c"]) },
            "m": doc! { "M": doc! { "k": n(5) } },
        };
        let after = update(
            "SET fence = fence + :one, earlier = fence, #s = if_not_exists(#s, :me), m.k = m.k - :one, more = list_append(:list, l) \
             REMOVE gone, l[1], l[0] ADD runs :one DELETE tags :set",
            &item,
        )
        .unwrap();
        assert_eq!(after.get("fence"), Some(&n(42)));
        assert_eq!(after.get("earlier"), Some(&n(41)));
        assert_eq!(after.get("state"), Some(&text("me")));
        assert_eq!(after.get("m"), Some(&doc! { "M": doc! { "k": n(4) } }));
        assert_eq!(after.get("more"), Some(&list([7, 1, 2, 3, 4])));
        assert_eq!(after.get("gone"), None);
        assert_eq!(after.get("l"), Some(&list([3, 4])));
        assert_eq!(after.get("runs"), Some(&n(1)));
        assert_eq!(after.get("tags"), Some(&doc! { "SS": Document::list(["c"]) }));
        assert_eq!(update("DELETE t :set", &doc! { "t": doc! { "SS": Document::list(["a"]) } }).unwrap(), doc! {});
        assert_eq!(update("SET l[9] = :one", &doc! { "l": list([1]) }).unwrap(), doc! { "l": list([1, 1]) });
    }

    #[test]
    fn mistakes_are_said() {
        let item = doc! { "s": text("x"), "n": n(1) };
        for (expression, says) in [
            ("SET n = s + :one", "incorrect data type"),
            ("SET n = gone + :one", "does not exist in the item"),
            ("SET a.b = :one", "invalid for update"),
            ("SET n = :one, n = :me", "overlap"),
            ("SET n = :one SET s = :me", "only be used once"),
            ("ADD n :me", "operand type: S"),
            ("SET n :one", "Syntax error"),
            ("SET n = :one,", "Syntax error"),
            ("PUT n = :one", "Syntax error"),
        ] {
            let message = update(expression, &item).unwrap_err().message;
            assert!(message.contains(says), "{expression}: {message}");
        }
        assert!(update(&format!("SET n = {}:one{}", "(".repeat(900), ")".repeat(900)), &item).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(expression in "(SET|REMOVE|ADD|DELETE|l|m|:one|:list|:set|#s|=|\\+|-|,|\\.|\\[[0-9]\\]|\\(|\\)|if_not_exists|list_append|ß| ){0,30}") {
            let item = doc! { "l": list([1, 2]), "m": doc! { "M": doc! { "l": list([3]) } } };
            let _ = update(&expression, &item);
        }
    }
}
