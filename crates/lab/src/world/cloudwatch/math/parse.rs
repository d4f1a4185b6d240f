//! From text to an expression. Whatever is written, it ends with an expression or with words that say what is wrong.

use super::{Expr, Operator};

/// Nobody nests deeper by hand; a parser that recurses must stop somewhere.
const DEEPEST: usize = 40;

pub(in super::super) fn parse(text: &str) -> Result<Expr, String> {
    let mut parser = Parser { tokens: tokens(text)?, next: 0, depth: 0 };
    let expr = parser.binary(0)?;
    match parser.peek() {
        None => Ok(expr),
        Some(token) => Err(format!("Unexpected {}", token.shown())),
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Number(f64),
    Word(String),
    Text(String),
    Sign(&'static str),
}

impl Token {
    fn shown(&self) -> String {
        match self {
            Self::Number(number) => format!("number {number}"),
            Self::Word(word) => format!("'{word}'"),
            Self::Text(_) => "string".to_owned(),
            Self::Sign(sign) => format!("'{sign}'"),
        }
    }
}

/// Longest first, so that `<=` is not read as `<`.
const SIGNS: &[&str] = &["&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "^", "(", ")", "[", "]", ","];

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if first.is_ascii_digit() || first == '.' {
            let length = number_length(rest);
            let number = rest[..length].parse().map_err(|_| format!("'{}' is not a number", &rest[..length]))?;
            tokens.push(Token::Number(number));
            length
        } else if first.is_ascii_alphabetic() || first == '_' {
            let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..length].to_owned()));
            length
        } else if first == '"' || first == '\'' {
            let inner = &rest[1..];
            let length = inner.find(first).ok_or("A string is not closed")?;
            tokens.push(Token::Text(inner[..length].to_owned()));
            length + 2
        } else {
            let sign = SIGNS
                .iter()
                .find(|sign| rest.starts_with(**sign))
                .ok_or_else(|| format!("Unexpected character '{}'", first.escape_default()))?;
            tokens.push(Token::Sign(sign));
            sign.len()
        };
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

/// Digits, a point, and an exponent if digits follow it.
fn number_length(text: &str) -> usize {
    let mantissa = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let rest = &text[mantissa..];
    let Some(exponent) = rest.strip_prefix(['e', 'E']) else { return mantissa };
    let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let digits = unsigned.find(|c: char| !c.is_ascii_digit()).unwrap_or(unsigned.len());
    if digits == 0 { mantissa } else { text.len() - unsigned.len() + digits }
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
}

/// From the loosest to the tightest.
fn operator(token: &Token) -> Option<(u8, Operator)> {
    let sign = match token {
        Token::Sign(sign) => sign,
        Token::Word(word) => word.as_str(),
        _ => return None,
    };
    Some(match sign {
        "||" | "OR" => (1, Operator::Or),
        "&&" | "AND" => (2, Operator::And),
        "==" => (3, Operator::Equal),
        "!=" => (3, Operator::NotEqual),
        "<" => (4, Operator::Less),
        "<=" => (4, Operator::LessOrEqual),
        ">" => (4, Operator::Greater),
        ">=" => (4, Operator::GreaterOrEqual),
        "+" => (5, Operator::Add),
        "-" => (5, Operator::Subtract),
        "*" => (6, Operator::Multiply),
        "/" => (6, Operator::Divide),
        "^" => (8, Operator::Power),
        _ => return None,
    })
}

/// Between `*` and `^`: `-2^2` is -4.
const SIGN_BINDS: u8 = 7;

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn take(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.next).cloned();
        self.next += 1;
        token
    }

    fn takes(&mut self, sign: &str) -> bool {
        let there = matches!(self.peek(), Some(Token::Sign(found)) if *found == sign);
        self.next += usize::from(there);
        there
    }

    fn binary(&mut self, loosest: u8) -> Result<Expr, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("The expression is nested too deeply".to_owned());
        }
        let mut left = self.single()?;
        while let Some((binds, operator)) = self.peek().and_then(operator).filter(|(binds, _)| *binds > loosest) {
            self.next += 1;
            let right = self.binary(binds)?;
            left = Expr::Binary(operator, Box::new(left), Box::new(right));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn single(&mut self) -> Result<Expr, String> {
        match self.take() {
            Some(Token::Number(number)) => Ok(Expr::Number(number)),
            Some(Token::Text(text)) => Ok(Expr::Text(text)),
            Some(Token::Word(word)) if self.takes("(") => Ok(Expr::Function(word, self.list(")")?)),
            Some(Token::Word(word)) => Ok(Expr::Id(word)),
            Some(Token::Sign("-")) => Ok(Expr::Negative(Box::new(self.binary(SIGN_BINDS)?))),
            Some(Token::Sign("[")) => Ok(Expr::Array(self.list("]")?)),
            Some(Token::Sign("(")) => {
                let inner = self.binary(0)?;
                if self.takes(")") { Ok(inner) } else { Err("A ')' is missing".to_owned()) }
            }
            Some(token) => Err(format!("Unexpected {}", token.shown())),
            None => Err("The expression ends too early".to_owned()),
        }
    }

    fn list(&mut self, end: &str) -> Result<Vec<Expr>, String> {
        let mut items = Vec::new();
        if self.takes(end) {
            return Ok(items);
        }
        loop {
            items.push(self.binary(0)?);
            if self.takes(end) {
                return Ok(items);
            }
            if !self.takes(",") {
                return Err(format!("A '{end}' is missing"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(value: f64) -> Box<Expr> {
        Box::new(Expr::Number(value))
    }

    #[test]
    fn tighter_operators_bind_first_and_equals_from_the_left() {
        let one_minus_two = Expr::Binary(Operator::Subtract, number(1.0), number(2.0));
        assert_eq!(parse("1-2-3"), Ok(Expr::Binary(Operator::Subtract, Box::new(one_minus_two), number(3.0))));
        let product = Expr::Binary(Operator::Multiply, number(2.0), number(3.0));
        assert_eq!(parse("1 + 2*3"), Ok(Expr::Binary(Operator::Add, number(1.0), Box::new(product))));
        let square = Expr::Binary(Operator::Power, number(2.0), number(2.0));
        assert_eq!(parse("-2^2"), Ok(Expr::Negative(Box::new(square))));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, says) in [
            ("m1 +", "The expression ends too early"),
            ("(m1", "A ')' is missing"),
            ("SUM([m1)", "A ']' is missing"),
            ("m1 m2", "Unexpected 'm2'"),
            ("m1 ; 2", "Unexpected character ';'"),
            ("METRICS('a", "A string is not closed"),
        ] {
            assert_eq!(parse(text).unwrap_err(), says, "{text}");
        }
        assert!(parse(&"(".repeat(2000)).is_err());
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in "\\PC{0,80}") {
            let _ = parse(&text);
        }

        #[test]
        fn nothing_made_of_its_own_signs_is_too_strange(text in "[a-z0-9.e+*/^()\\[\\], <>=&|\"'-]{0,60}") {
            let _ = parse(&text);
        }
    }
}
