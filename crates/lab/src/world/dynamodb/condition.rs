//! Conditions and filters: `attribute_not_exists(#o) OR expires < :now`.

use std::cmp::Ordering;

use super::condition_text;
use super::number::Number;
use super::syntax::{Path, Placeholders, Reader};
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

impl Condition {
    pub(super) fn parse(what: &'static str, text: &str, placeholders: &mut Placeholders<'_>) -> Result<Self, ApiError> {
        let mut reader = Reader::new(what, text, placeholders)?;
        let condition = condition_text::any(&mut reader)?;
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
    pub(super) fn kind(&self) -> Option<&str> {
        match self {
            Self::Value(value) => Some(value::parts(value).0),
            Self::Size(_) => Some("N"),
            Self::Path(_) => None,
        }
    }
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
                Self::Compare(attribute, comparison, number) => {
                    format!("a{attribute} {} {}", condition_text::COMPARISONS[*comparison].0, value(*number))
                }
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
