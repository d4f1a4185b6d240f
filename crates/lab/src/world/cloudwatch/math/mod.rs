//! Metric math: the part of CloudWatch's expression language that dashboards and alarms are made of.

mod eval;
mod parse;

pub(super) use eval::{Context, Line, Value, evaluate};
pub(super) use parse::parse;

/// A parsed expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    Number(f64),
    /// The id of another query.
    Id(String),
    /// A quoted string, such as the filter of `METRICS("errors")`.
    Text(String),
    Array(Vec<Expr>),
    Function(String, Vec<Expr>),
    Negative(Box<Expr>),
    Binary(Operator, Box<Expr>, Box<Expr>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

impl Expr {
    /// The ids an expression stands on, each as often as it is named.
    pub(super) fn ids<'e>(&'e self, found: &mut Vec<&'e str>) {
        match self {
            Self::Id(id) => found.push(id),
            Self::Array(items) | Self::Function(_, items) => items.iter().for_each(|item| item.ids(found)),
            Self::Negative(inner) => inner.ids(found),
            Self::Binary(_, left, right) => {
                left.ids(found);
                right.ids(found);
            }
            Self::Number(_) | Self::Text(_) => {}
        }
    }
}
