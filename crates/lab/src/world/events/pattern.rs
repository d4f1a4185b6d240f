//! Event patterns: for every field a list of what it may be.

use serde_json::Value;

use crate::document::Document;
use crate::world::ApiError;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Pattern {
    /// Every member must fit.
    All(Vec<(String, Pattern)>),
    /// `$or`: one of them must.
    Any(Vec<Pattern>),
    /// One of the filters must take the value, or one of the values where there are several.
    Leaf(Vec<Filter>),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Filter {
    Exactly(Value),
    Prefix(String),
    Suffix(String),
    EqualsIgnoreCase(String),
    Wildcard(String),
    AnythingBut(Vec<Filter>),
    Numeric(Vec<(String, f64)>),
    Exists(bool),
}

const LARGEST: usize = 4096;

impl Pattern {
    pub(super) fn parse(text: &str) -> Result<Self, ApiError> {
        let invalid = |why: &str| ApiError::new("InvalidEventPatternException", 400, format!("Event pattern is not valid. Reason: {why}"));
        if text.len() > LARGEST {
            return Err(invalid("Event pattern is too long"));
        }
        let value: Value = serde_json::from_str(text).map_err(|_| invalid("Filter is not an object"))?;
        match &value {
            Value::Object(members) if !members.is_empty() => Self::of(&value).map_err(|why| invalid(&why)),
            Value::Object(_) => Err(invalid("Empty patterns are not allowed")),
            _ => Err(invalid("Filter is not an object")),
        }
    }

    fn of(value: &Value) -> Result<Self, String> {
        match value {
            Value::Object(members) => {
                let mut parts = Vec::new();
                for (name, inner) in members {
                    let part = match (name.as_str(), inner) {
                        ("$or", Value::Array(choices)) => Self::Any(choices.iter().map(Self::of).collect::<Result<_, _>>()?),
                        _ => Self::of(inner)?,
                    };
                    parts.push((name.clone(), part));
                }
                Ok(Self::All(parts))
            }
            Value::Array(filters) if filters.is_empty() => Err("Empty arrays are not allowed".to_owned()),
            Value::Array(filters) => filters.iter().map(Filter::of).collect::<Result<_, _>>().map(Self::Leaf),
            _ => Err("Match value must be an object or an array".to_owned()),
        }
    }

    pub(super) fn fits(&self, event: &Document) -> bool {
        self.fit(Some(event))
    }

    fn fit(&self, value: Option<&Document>) -> bool {
        match self {
            Self::All(members) => members.iter().all(|(name, part)| match part {
                Self::Any(_) => part.fit(value),
                _ => part.fit(value.and_then(|value| value.get(name))),
            }),
            Self::Any(choices) => choices.iter().any(|choice| choice.fit(value)),
            Self::Leaf(filters) => match value {
                Some(Document::List { items, .. }) => filters.iter().any(|filter| items.iter().any(|item| filter.takes(Some(item)))),
                value => filters.iter().any(|filter| filter.takes(value)),
            },
        }
    }
}

impl Filter {
    fn of(value: &Value) -> Result<Self, String> {
        let Value::Object(members) = value else {
            return match value {
                Value::Array(_) => Err("Arrays within arrays are not allowed".to_owned()),
                plain => Ok(Self::Exactly(plain.clone())),
            };
        };
        let mut members = members.iter();
        let (Some((name, operand)), None) = (members.next(), members.next()) else {
            return Err("Only one key allowed in match expression".to_owned());
        };
        let text = || operand.as_str().map(str::to_owned).ok_or_else(|| format!("{name} match pattern must be a string"));
        match name.as_str() {
            "prefix" => text().map(Self::Prefix),
            "suffix" => text().map(Self::Suffix),
            "equals-ignore-case" => text().map(Self::EqualsIgnoreCase),
            "wildcard" => text().map(Self::Wildcard),
            "exists" => operand.as_bool().map(Self::Exists).ok_or_else(|| "exists match pattern must be either true or false.".to_owned()),
            "anything-but" => {
                let filters = match operand {
                    Value::Array(values) => values.iter().map(Self::of).collect::<Result<Vec<_>, _>>()?,
                    one => vec![Self::of(one)?],
                };
                if filters.is_empty() { Err("Empty arrays are not allowed".to_owned()) } else { Ok(Self::AnythingBut(filters)) }
            }
            "numeric" => {
                let wrong = || "Invalid numeric match pattern".to_owned();
                let words = operand.as_array().ok_or_else(wrong)?;
                let pairs = words.chunks(2).map(|pair| match pair {
                    [Value::String(comparison), bound] if ["<", "<=", "=", ">", ">="].contains(&comparison.as_str()) => {
                        bound.as_f64().map(|bound| (comparison.clone(), bound)).ok_or_else(wrong)
                    }
                    _ => Err(wrong()),
                });
                let pairs = pairs.collect::<Result<Vec<_>, _>>()?;
                if (1..=2).contains(&pairs.len()) { Ok(Self::Numeric(pairs)) } else { Err(wrong()) }
            }
            other => Err(format!("Unrecognized match type {}", other.chars().take(60).collect::<String>())),
        }
    }

    fn takes(&self, value: Option<&Document>) -> bool {
        let Some(value) = value else { return *self == Self::Exists(false) };
        let text = value.as_text();
        match self {
            Self::Exists(wanted) => *wanted,
            Self::Exactly(expected) => match (expected, value) {
                (Value::String(expected), _) => text == Some(expected),
                (Value::Bool(expected), Document::Bool(found)) => expected == found,
                (Value::Null, Document::Null) => true,
                (Value::Number(expected), found) => text.is_none() && expected.as_f64() == found.as_float(),
                _ => false,
            },
            Self::Prefix(prefix) => text.is_some_and(|text| text.starts_with(prefix.as_str())),
            Self::Suffix(suffix) => text.is_some_and(|text| text.ends_with(suffix.as_str())),
            Self::EqualsIgnoreCase(expected) => text.is_some_and(|text| text.to_lowercase() == expected.to_lowercase()),
            Self::Wildcard(pattern) => text.is_some_and(|text| wildcard(pattern, text)),
            Self::AnythingBut(filters) => !filters.iter().any(|filter| filter.takes(Some(value))),
            Self::Numeric(bounds) => {
                text.is_none()
                    && value.as_float().is_some_and(|found| {
                        bounds.iter().all(|(comparison, bound)| match comparison.as_str() {
                            "<" => found < *bound,
                            "<=" => found <= *bound,
                            ">" => found > *bound,
                            ">=" => found >= *bound,
                            _ => (found - bound).abs() < f64::EPSILON,
                        })
                    })
            }
        }
    }
}

/// `*` stands for any run of characters: each piece between stars is sought after the one before, the first and last at the ends.
fn wildcard(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut pieces: Vec<&str> = rest.split('*').collect();
    let last = pieces.pop().unwrap_or("");
    for piece in pieces {
        match text.find(piece) {
            Some(at) => text = &text[at + piece.len()..],
            None => return false,
        }
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::doc;

    fn event() -> Document {
        doc! {
            "source": "aws.cloudwatch", "resources": Document::list(["arn:a", "arn:b"]),
            "detail": doc! { "alarmName": "tier2-5xx", "state": doc! { "value": "ALARM" }, "count": 7, "manual": false },
        }
    }

    #[test]
    fn patterns_mean_what_they_say() {
        for (pattern, expected) in [
            (r#"{"source":["aws.cloudwatch"]}"#, true),
            (r#"{"source":["aws.rds","aws.cloudwatch"],"detail":{"state":{"value":["ALARM"]}}}"#, true),
            (r#"{"detail":{"state":{"value":["OK"]}}}"#, false),
            (r#"{"resources":["arn:b"]}"#, true),
            (r#"{"detail":{"alarmName":[{"prefix":"tier2-"}]}}"#, true),
            (r#"{"detail":{"alarmName":[{"suffix":"-4xx"}]}}"#, false),
            (r#"{"detail":{"alarmName":[{"anything-but":["tier2-5xx"]}]}}"#, false),
            (r#"{"detail":{"alarmName":[{"anything-but":{"prefix":"pilot"}}]}}"#, true),
            (r#"{"detail":{"alarmName":[{"wildcard":"t*2-*x"}]}}"#, true),
            (r#"{"detail":{"alarmName":[{"wildcard":"t*3-*x"}]}}"#, false),
            (r#"{"detail":{"alarmName":[{"equals-ignore-case":"TIER2-5XX"}]}}"#, true),
            (r#"{"detail":{"count":[{"numeric":[">",5,"<=",7]}]}}"#, true),
            (r#"{"detail":{"count":[{"numeric":["<",5]}]}}"#, false),
            (r#"{"detail":{"count":[7]}}"#, true),
            (r#"{"detail":{"count":["7"]}}"#, false),
            (r#"{"detail":{"manual":[false]}}"#, true),
            (r#"{"detail":{"none":[{"exists":false}]}}"#, true),
            (r#"{"detail":{"none":[{"anything-but":"x"}]}}"#, false),
            (r#"{"$or":[{"source":["x"]},{"detail":{"count":[7]}}]}"#, true),
            (r#"{"none":{"deep":["x"]}}"#, false),
        ] {
            assert_eq!(Pattern::parse(pattern).unwrap().fits(&event()), expected, "{pattern}");
        }
    }

    #[test]
    fn what_aws_refuses_is_refused() {
        for wrong in
            ["", "[]", "{}", r#"{"a":"b"}"#, r#"{"a":[]}"#, r#"{"a":[[1]]}"#, r#"{"a":[{"like":"x"}]}"#, r#"{"a":[{"numeric":[">"]}]}"#]
        {
            assert_eq!(Pattern::parse(wrong).unwrap_err().code, "InvalidEventPatternException", "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "[{}\\[\\]\":,a-c$*0-9]{0,40}|\\{\"a\":\\[\\{\"(prefix|numeric|anything-but|wildcard)\":.{0,20}\\}\\]\\}") {
            if let Ok(pattern) = Pattern::parse(&text) {
                pattern.fits(&event());
            }
        }

        #[test]
        fn a_star_takes_anything(prefix in "[a-c]{0,3}", middle in "[a-c*]{0,5}", suffix in "[a-c]{0,3}") {
            let (pattern, text) = (format!("{prefix}*{suffix}"), format!("{prefix}{middle}{suffix}"));
            prop_assert!(wildcard(&pattern, &text));
        }
    }
}
