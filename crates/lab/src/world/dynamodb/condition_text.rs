//! Reading a condition: the grammar of DynamoDB's expressions, and its refusals.

use std::cmp::Ordering;

use super::condition::{Comparison, Condition, Operand};
use super::syntax::{Reader, Token};
use super::value;
use crate::world::ApiError;

pub(super) const COMPARISONS: &[(&str, Comparison)] = &[
    ("=", Comparison::Equal),
    ("<>", Comparison::Unequal),
    ("<", Comparison::Less),
    ("<=", Comparison::AtMost),
    (">", Comparison::Greater),
    (">=", Comparison::AtLeast),
];

const TYPES: &[&str] = &["S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"];

type Read<T> = Result<T, ApiError>;

pub(super) fn any(reader: &mut Reader<'_, '_>) -> Read<Condition> {
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
            return reader.wrong(format!("The IN operator is provided with too many operands; number of operands: {}", options.len()));
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
