//! Conditions and filters: `attribute_not_exists(#o) OR expires < :now`.

use std::cmp::Ordering;

use super::number::Number;
use super::syntax::{Path, Placeholders, Reader, Token};
use super::value;
use crate::document::Document;
use crate::world::ApiError;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Compare(Operand, Comparison, Operand),
    Between(Operand, Operand, Operand),
    In(Operand, Vec<Operand>),
    Exists(Path),
    Missing(Path),
    HasType(Path, String),
    BeginsWith(Operand, Operand),
    Contains(Operand, Operand),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    Path(Path),
    Value(Document),
    Size(Path),
}

const COMPARISONS: &[(&str, Comparison)] = &[
    ("=", Comparison::Equal),
    ("<>", Comparison::Unequal),
    ("<", Comparison::Less),
    ("<=", Comparison::AtMost),
    (">", Comparison::Greater),
    (">=", Comparison::AtLeast),
];

const TYPES: &[&str] = &["S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"];

impl Condition {
    pub(super) fn parse(what: &'static str, text: &str, placeholders: &mut Placeholders<'_>) -> Result<Self, ApiError> {
        let mut reader = Reader::new(what, text, placeholders)?;
        let condition = any(&mut reader)?;
        reader.end()?;
        Ok(condition)
    }

    /// Whether the condition holds for an item; a condition on nothing sees an item without attributes.
    pub(super) fn holds(&self, item: &Document) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(item)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(item)),
            Self::Not(inner) => !inner.holds(item),
            Self::Compare(left, comparison, right) => match (left.value(item), right.value(item)) {
                (Some(left), Some(right)) => comparison.holds(&left, &right),
                _ => *comparison == Comparison::Unequal,
            },
            Self::Between(operand, low, high) => match (operand.value(item), low.value(item), high.value(item)) {
                (Some(found), Some(low), Some(high)) => Comparison::AtLeast.holds(&found, &low) && Comparison::AtMost.holds(&found, &high),
                _ => false,
            },
            Self::In(operand, options) => operand
                .value(item)
                .is_some_and(|found| options.iter().any(|option| option.value(item).is_some_and(|option| value::same(&found, &option)))),
            Self::Exists(path) => path.find(item).is_some(),
            Self::Missing(path) => path.find(item).is_none(),
            Self::HasType(path, kind) => path.find(item).is_some_and(|found| value::parts(found).0 == kind),
            Self::BeginsWith(operand, prefix) => both(operand, prefix, item, value::begins_with),
            Self::Contains(operand, sought) => both(operand, sought, item, value::contains),
        }
    }

    /// Every attribute the condition looks at.
    pub(super) fn attributes(&self) -> Vec<&str> {
        fn of<'c>(operand: &'c Operand, found: &mut Vec<&'c str>) {
            if let Operand::Path(path) | Operand::Size(path) = operand {
                found.push(path.attribute());
            }
        }
        let mut found = Vec::new();
        match self {
            Self::All(parts) | Self::Any(parts) => found.extend(parts.iter().flat_map(Self::attributes)),
            Self::Not(inner) => found.extend(inner.attributes()),
            Self::Compare(one, _, two) | Self::BeginsWith(one, two) | Self::Contains(one, two) => {
                [one, two].map(|o| of(o, &mut found)).into_iter().collect()
            }
            Self::Between(one, two, three) => [one, two, three].map(|o| of(o, &mut found)).into_iter().collect(),
            Self::In(one, options) => std::iter::once(one).chain(options).for_each(|o| of(o, &mut found)),
            Self::Exists(path) | Self::Missing(path) | Self::HasType(path, _) => found.push(path.attribute()),
        }
        found
    }
}

fn both(left: &Operand, right: &Operand, item: &Document, test: fn(&Document, &Document) -> bool) -> bool {
    left.value(item).zip(right.value(item)).is_some_and(|(left, right)| test(&left, &right))
}

impl Comparison {
    pub(super) fn holds(self, left: &Document, right: &Document) -> bool {
        let order = || value::order(left, right);
        match self {
            Self::Equal => value::same(left, right),
            Self::Unequal => !value::same(left, right),
            Self::Less => order() == Some(Ordering::Less),
            Self::AtMost => order().is_some_and(Ordering::is_le),
            Self::Greater => order() == Some(Ordering::Greater),
            Self::AtLeast => order().is_some_and(Ordering::is_ge),
        }
    }
}

impl Operand {
    fn value<'o>(&'o self, item: &'o Document) -> Option<std::borrow::Cow<'o, Document>> {
        use std::borrow::Cow;
        match self {
            Self::Path(path) => path.find(item).map(Cow::Borrowed),
            Self::Value(value) => Some(Cow::Borrowed(value)),
            Self::Size(path) => path.find(item).and_then(value::size).map(|size| Cow::Owned(value::number(Number::whole(size)))),
        }
    }

    /// The type, where it is known before any item is seen.
    fn kind(&self) -> Option<&str> {
        match self {
            Self::Value(value) => Some(value::parts(value).0),
            Self::Size(_) => Some("N"),
            Self::Path(_) => None,
        }
    }
}

type Read<T> = Result<T, ApiError>;

fn any(reader: &mut Reader<'_, '_>) -> Read<Condition> {
    reader.deeper(|reader| {
        let mut parts = vec![all(reader)?];
        while reader.keyword("OR") {
            parts.push(all(reader)?);
        }
        Ok(one_or(parts, Condition::Any))
    })
}

fn all(reader: &mut Reader<'_, '_>) -> Read<Condition> {
    let mut parts = vec![negated(reader)?];
    while reader.keyword("AND") {
        parts.push(negated(reader)?);
    }
    Ok(one_or(parts, Condition::All))
}

fn one_or(mut parts: Vec<Condition>, join: fn(Vec<Condition>) -> Condition) -> Condition {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            parts.extend(last);
            join(parts)
        }
    }
}

fn negated(reader: &mut Reader<'_, '_>) -> Read<Condition> {
    if reader.keyword("NOT") {
        return reader.deeper(|reader| Ok(Condition::Not(Box::new(negated(reader)?))));
    }
    if reader.take("(") {
        let inner = any(reader)?;
        reader.expect(")")?;
        return Ok(inner);
    }
    test(reader)
}

fn test(reader: &mut Reader<'_, '_>) -> Read<Condition> {
    if let Token::Word(name) = reader.peek().clone()
        && reader.next_is_open()
        && name != "size"
    {
        return function(reader, &name);
    }
    let left = operand(reader)?;
    if reader.keyword("BETWEEN") {
        let low = operand(reader)?;
        if !reader.keyword("AND") {
            return reader.unexpected();
        }
        let high = operand(reader)?;
        bounds(reader, &low, &high)?;
        return Ok(Condition::Between(left, low, high));
    }
    if reader.keyword("IN") {
        reader.expect("(")?;
        let mut options = vec![operand(reader)?];
        while reader.take(",") {
            options.push(operand(reader)?);
        }
        reader.expect(")")?;
        if options.len() > 100 {
            return reader.wrong("The IN operator is provided with too many operands; number of operands: 100");
        }
        return Ok(Condition::In(left, options));
    }
    let Some((symbol, comparison)) = COMPARISONS.iter().find(|(symbol, _)| *reader.peek() == Token::Symbol(symbol)) else {
        return reader.unexpected();
    };
    reader.skip();
    let right = operand(reader)?;
    if !matches!(comparison, Comparison::Equal | Comparison::Unequal) {
        for side in [&left, &right] {
            typed(reader, symbol, side, &["S", "N", "B"])?;
        }
    }
    Ok(Condition::Compare(left, *comparison, right))
}

fn operand(reader: &mut Reader<'_, '_>) -> Read<Operand> {
    match reader.peek() {
        Token::Value(_) => Ok(Operand::Value(reader.value()?)),
        Token::Word(name) if reader.next_is_open() => {
            if name != "size" {
                let name = name.clone();
                return reader.wrong(format!("Invalid function name; function: {name}"));
            }
            reader.skip();
            reader.expect("(")?;
            let path = reader.path()?;
            reader.expect(")")?;
            Ok(Operand::Size(path))
        }
        _ => Ok(Operand::Path(reader.path()?)),
    }
}

fn function(reader: &mut Reader<'_, '_>, name: &str) -> Read<Condition> {
    reader.skip();
    reader.expect("(")?;
    let condition = match name {
        "attribute_exists" => Condition::Exists(reader.path()?),
        "attribute_not_exists" => Condition::Missing(reader.path()?),
        "attribute_type" => {
            let path = reader.path()?;
            reader.expect(",")?;
            let kind = reader.value()?;
            match value::as_str(&kind) {
                Some(kind) if TYPES.contains(&kind) => Condition::HasType(path, kind.to_owned()),
                Some(kind) => {
                    return reader
                        .wrong(format!("Invalid attribute type name found; type: {kind}, valid types: {{B,NULL,SS,BOOL,L,BS,N,NS,S,M}}"));
                }
                None => return reader.wrong("Incorrect operand type for operator or function; operator or function: attribute_type"),
            }
        }
        "begins_with" | "contains" => {
            let (one, two) = (operand(reader)?, {
                reader.expect(",")?;
                operand(reader)?
            });
            if name == "begins_with" {
                typed(reader, name, &one, &["S", "B"])?;
                typed(reader, name, &two, &["S", "B"])?;
                Condition::BeginsWith(one, two)
            } else {
                Condition::Contains(one, two)
            }
        }
        _ => return reader.wrong(format!("Invalid function name; function: {name}")),
    };
    if reader.take(",") {
        return reader.wrong(format!("Incorrect number of operands for operator or function; operator or function: {name}"));
    }
    reader.expect(")")?;
    Ok(condition)
}

/// Refuses an operand whose type the operator cannot take.
fn typed(reader: &Reader<'_, '_>, operator: &str, operand: &Operand, kinds: &[&str]) -> Read<()> {
    match operand.kind() {
        Some(kind) if !kinds.contains(&kind) => {
            reader.wrong(format!("Incorrect operand type for operator or function; operator or function: {operator}, operand type: {kind}"))
        }
        _ => Ok(()),
    }
}

fn bounds(reader: &Reader<'_, '_>, low: &Operand, high: &Operand) -> Read<()> {
    for side in [low, high] {
        typed(reader, "BETWEEN", side, &["S", "N", "B"])?;
    }
    let (Operand::Value(low), Operand::Value(high)) = (low, high) else { return Ok(()) };
    if value::parts(low).0 != value::parts(high).0 {
        return reader.wrong("The BETWEEN operator requires same data type for lower and upper bounds");
    }
    if value::order(low, high) == Some(Ordering::Greater) {
        return reader.wrong("The BETWEEN operator requires upper bound to be greater than or equal to lower bound");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::doc;

    fn parse(text: &str, values: Document) -> Result<Condition, ApiError> {
        let request = doc! { "ExpressionAttributeNames": doc! { "#s": "status" }, "ExpressionAttributeValues": values };
        Condition::parse("ConditionExpression", text, &mut Placeholders::new(&request))
    }

    fn n(value: i64) -> Document {
        doc! { "N": value.to_string() }
    }

    fn item() -> Document {
        doc! {
            "status": value::text("ACTIVE"), "delay": n(12), "tags": doc! { "SS": Document::list(["a", "b"]) },
            "nested": doc! { "M": doc! { "entries": doc! { "L": Document::list([n(1), n(2)]) } } },
        }
    }

    #[test]
    fn conditions_mean_what_they_say() {
        let values =
            doc! { ":a": value::text("ACT"), ":n": n(12), ":big": n(100), ":b": value::text("b"), ":k": value::text("SS"), ":two": n(2) };
        for (text, expected) in [
            ("#s = :a", false),
            ("begins_with(#s, :a)", true),
            ("delay BETWEEN :n AND :big", true),
            ("delay in (:big, :n)", true),
            ("NOT delay < :big", false),
            ("contains(tags, :b) AND attribute_type(tags, :k)", true),
            ("nested.entries[1] = :two", true),
            ("size(nested.entries) = :two", true),
            ("size(#s) > :n", false),
            ("attribute_exists(nested.entries[2])", false),
            ("attribute_not_exists(gone) AND (delay = :two OR delay = :n)", true),
            ("attribute_exists(gone) OR delay = :n AND delay = :two", false),
            ("gone = :n", false),
            ("gone <> :n", true),
            ("delay > :a", false),
        ] {
            assert_eq!(parse(text, values.clone()).unwrap().holds(&item()), expected, "{text}");
        }
    }

    #[test]
    fn mistakes_are_said() {
        let values = doc! { ":n": n(5), ":low": n(1), ":flag": doc! { "BOOL": true } };
        for (text, says) in [
            ("", "can not be empty"),
            ("delay =", "Syntax error"),
            ("delay = :x", "attribute value: :x"),
            ("begins_with(delay, :n)", "operand type: N"),
            ("delay < :flag", "operand type: BOOL"),
            ("delay BETWEEN :n AND :low", "upper bound to be greater"),
            ("exists(delay)", "Invalid function name; function: exists"),
            ("delay = :n AND", "<EOF>"),
            ("(delay = :n", "<EOF>"),
            ("delay ! :n", "token: \"!\""),
        ] {
            let message = parse(text, values.clone()).unwrap_err().message;
            assert!(message.contains(says), "{text}: {message}");
        }
        assert!(parse(&format!("{}delay = :n{}", "(".repeat(500), ")".repeat(500)), values.clone()).is_err());
        assert!(parse(&format!("{}delay = :n", "NOT ".repeat(500)), values).is_err());
    }

    /// A condition over three numeric attributes, in two languages.
    #[derive(Clone, Debug)]
    enum Model {
        Compare(usize, usize, i64),
        Between(usize, i64, i64),
        Exists(usize),
        Not(Box<Model>),
        And(Box<Model>, Box<Model>),
        Or(Box<Model>, Box<Model>),
    }

    impl Model {
        fn text(&self, values: &mut Vec<(String, Document)>) -> String {
            let mut value = |number: i64| {
                let sign = format!(":v{}", values.len());
                values.push((sign.clone(), n(number)));
                sign
            };
            match self {
                Self::Compare(attribute, comparison, number) => format!("a{attribute} {} {}", COMPARISONS[*comparison].0, value(*number)),
                Self::Between(attribute, low, high) => format!("a{attribute} BETWEEN {} AND {}", value(*low), value(*high)),
                Self::Exists(attribute) => format!("attribute_exists(a{attribute})"),
                Self::Not(inner) => format!("NOT ({})", inner.text(values)),
                Self::And(one, two) => format!("({}) AND ({})", one.text(values), two.text(values)),
                Self::Or(one, two) => format!("({}) or ({})", one.text(values), two.text(values)),
            }
        }

        fn holds(&self, item: &[Option<i64>; 3]) -> bool {
            match self {
                Self::Compare(attribute, comparison, number) => match (item[*attribute], comparison) {
                    (None, 1) => true,
                    (None, _) => false,
                    (Some(found), 0) => found == *number,
                    (Some(found), 1) => found != *number,
                    (Some(found), 2) => found < *number,
                    (Some(found), 3) => found <= *number,
                    (Some(found), 4) => found > *number,
                    (Some(found), _) => found >= *number,
                },
                Self::Between(attribute, low, high) => item[*attribute].is_some_and(|found| (*low..=*high).contains(&found)),
                Self::Exists(attribute) => item[*attribute].is_some(),
                Self::Not(inner) => !inner.holds(item),
                Self::And(one, two) => one.holds(item) && two.holds(item),
                Self::Or(one, two) => one.holds(item) || two.holds(item),
            }
        }
    }

    fn models() -> impl Strategy<Value = Model> {
        let leaf = prop_oneof![
            (0..3_usize, 0..6_usize, -3..4_i64).prop_map(|(a, c, v)| Model::Compare(a, c, v)),
            (0..3_usize, -3..4_i64, 0..4_i64).prop_map(|(a, low, width)| Model::Between(a, low, low + width)),
            (0..3_usize).prop_map(Model::Exists),
        ];
        leaf.prop_recursive(4, 24, 2, |inner| {
            prop_oneof![
                inner.clone().prop_map(|m| Model::Not(Box::new(m))),
                (inner.clone(), inner.clone()).prop_map(|(a, b)| Model::And(Box::new(a), Box::new(b))),
                (inner.clone(), inner).prop_map(|(a, b)| Model::Or(Box::new(a), Box::new(b))),
            ]
        })
    }

    proptest! {
        #[test]
        fn evaluation_agrees_with_a_naive_model(model in models(), item in prop::array::uniform3(prop::option::of(-3..4_i64))) {
            let mut values = Vec::new();
            let text = model.text(&mut values);
            let members = item.iter().enumerate().filter_map(|(nth, value)| Some((format!("a{nth}"), n((*value)?)))).collect();
            let condition = parse(&text, Document::Map(values)).unwrap();
            prop_assert_eq!(condition.holds(&Document::Map(members)), model.holds(&item), "{}", text);
        }

        #[test]
        fn no_text_makes_it_panic(text in "(a|:n|#s|\\(|\\)|AND|OR|NOT|BETWEEN|IN|size|contains|=|<|>|,|\\.|\\[|\\]|[0-9]|ü| ){0,40}") {
            let _ = parse(&text, doc! { ":n": n(1) }).map(|condition| condition.holds(&item()));
        }
    }
}
