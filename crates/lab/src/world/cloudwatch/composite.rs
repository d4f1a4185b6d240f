//! The rules of composite alarms: `ALARM("web 5xx") AND NOT (OK(db-lag) OR FALSE)`.

use std::fmt;

use super::alarm::AlarmState;

/// A composite alarm's rule, read.
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    Constant(bool),
    /// An alarm, by name or ARN, is in a state.
    Is(AlarmState, String),
    Not(Box<Rule>),
    And(Vec<Rule>),
    Or(Vec<Rule>),
}

const DEEPEST: usize = 100;

impl Rule {
    /// Reads a rule; the error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { rest: text, depth: 0 };
        let rule = parser.any()?;
        parser.skip_space();
        if parser.rest.is_empty() { Ok(rule) } else { Err(format!("unexpected '{}'", parser.shown())) }
    }

    /// Whether the rule holds, given how each alarm stands. An alarm that does not exist is in no state.
    pub(super) fn holds(&self, state: &impl Fn(&str) -> Option<AlarmState>) -> bool {
        match self {
            Self::Constant(constant) => *constant,
            Self::Is(wanted, alarm) => state(alarm) == Some(*wanted),
            Self::Not(inner) => !inner.holds(state),
            Self::And(parts) => parts.iter().all(|part| part.holds(state)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(state)),
        }
    }

    /// The alarms it names, in order, each once, without the region and account of an ARN.
    pub(super) fn children(&self) -> Vec<&str> {
        fn gather<'r>(rule: &'r Rule, found: &mut Vec<&'r str>) {
            match rule {
                Rule::Constant(_) => {}
                Rule::Is(_, alarm) => {
                    let name = alarm_name(alarm);
                    if !found.contains(&name) {
                        found.push(name);
                    }
                }
                Rule::Not(inner) => gather(inner, found),
                Rule::And(parts) | Rule::Or(parts) => parts.iter().for_each(|part| gather(part, found)),
            }
        }
        let mut found = Vec::new();
        gather(self, &mut found);
        found
    }
}

/// The name in `arn:aws:cloudwatch:us-east-1:123456789012:alarm:name`, or the text itself.
pub(super) fn alarm_name(text: &str) -> &str {
    let mut parts = text.splitn(7, ':');
    match (parts.next(), parts.nth(1), parts.nth(2), parts.next()) {
        (Some("arn"), Some("cloudwatch"), Some("alarm"), Some(name)) => name,
        _ => text,
    }
}

impl fmt::Display for Rule {
    /// The rule written out, with every name quoted and every pair of parentheses that is needed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |f: &mut fmt::Formatter<'_>, parts: &[Rule], word: &str| {
            for (nth, part) in parts.iter().enumerate() {
                if nth > 0 {
                    write!(f, " {word} ")?;
                }
                match part {
                    Self::And(_) | Self::Or(_) => write!(f, "({part})")?,
                    _ => write!(f, "{part}")?,
                }
            }
            Ok(())
        };
        match self {
            Self::Constant(constant) => f.write_str(if *constant { "TRUE" } else { "FALSE" }),
            Self::Is(state, alarm) => write!(f, "{}(\"{}\")", state.as_str(), alarm.replace('\\', "\\\\").replace('"', "\\\"")),
            Self::Not(inner) => match **inner {
                Self::And(_) | Self::Or(_) => write!(f, "NOT ({inner})"),
                _ => write!(f, "NOT {inner}"),
            },
            Self::And(parts) => joined(f, parts, "AND"),
            Self::Or(parts) => joined(f, parts, "OR"),
        }
    }
}

struct Parser<'t> {
    rest: &'t str,
    depth: usize,
}

impl Parser<'_> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn shown(&self) -> String {
        self.rest.chars().take(20).collect()
    }

    /// Takes the word if it comes next and ends there.
    fn takes(&mut self, word: &str) -> bool {
        self.skip_space();
        let Some(after) = self.rest.strip_prefix(word) else { return false };
        if after.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
            return false;
        }
        self.rest = after;
        true
    }

    fn takes_sign(&mut self, sign: char) -> bool {
        self.skip_space();
        let after = self.rest.strip_prefix(sign);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn any(&mut self) -> Result<Rule, String> {
        let mut parts = vec![self.all()?];
        while self.takes("OR") {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Rule::Or(parts) })
    }

    fn all(&mut self) -> Result<Rule, String> {
        let mut parts = vec![self.one()?];
        while self.takes("AND") {
            parts.push(self.one()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Rule::And(parts) })
    }

    fn one(&mut self) -> Result<Rule, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("nested too deeply".to_owned());
        }
        let rule = if self.takes("NOT") {
            Rule::Not(Box::new(self.one()?))
        } else if self.takes("TRUE") {
            Rule::Constant(true)
        } else if self.takes("FALSE") {
            Rule::Constant(false)
        } else if self.takes_sign('(') {
            let inner = self.any()?;
            if !self.takes_sign(')') {
                return Err("a ')' is missing".to_owned());
            }
            inner
        } else {
            let state =
                [AlarmState::Alarm, AlarmState::Ok, AlarmState::InsufficientData].into_iter().find(|state| self.takes(state.as_str()));
            let state = state.ok_or_else(|| format!("unexpected '{}'", self.shown()))?;
            Rule::Is(state, self.alarm()?)
        };
        self.depth -= 1;
        Ok(rule)
    }

    /// `("name")` or `(name)`
    fn alarm(&mut self) -> Result<String, String> {
        if !self.takes_sign('(') {
            return Err("a '(' is missing".to_owned());
        }
        self.skip_space();
        let name = if self.takes_sign('"') { self.quoted()? } else { self.bare()? };
        if name.is_empty() {
            return Err("an alarm's name is missing".to_owned());
        }
        if self.takes_sign(')') { Ok(name) } else { Err("a ')' is missing".to_owned()) }
    }

    fn quoted(&mut self) -> Result<String, String> {
        let mut name = String::new();
        let mut chars = self.rest.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.rest = &self.rest[at + 1..];
                    return Ok(name);
                }
                '\\' => name.push(chars.next().ok_or("a quote is not closed")?.1),
                _ => name.push(c),
            }
        }
        Err("a quote is not closed".to_owned())
    }

    fn bare(&mut self) -> Result<String, String> {
        let end = self.rest.find(')').ok_or("a ')' is missing")?;
        let name = self.rest[..end].trim_end();
        if name.contains(|c: char| c.is_whitespace() || c == '(' || c == '"') {
            return Err(format!("the name '{name}' needs quotes"));
        }
        self.rest = &self.rest[end..];
        Ok(name.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn alarm(name: &str) -> Rule {
        Rule::Is(AlarmState::Alarm, name.to_owned())
    }

    #[test]
    fn and_binds_before_or_and_not_before_both() {
        assert_eq!(
            Rule::parse("ALARM(a) OR NOT ALARM(\"b c\") AND OK(d)").unwrap(),
            Rule::Or(vec![alarm("a"), Rule::And(vec![Rule::Not(Box::new(alarm("b c"))), Rule::Is(AlarmState::Ok, "d".into())])])
        );
    }

    #[test]
    fn an_arn_names_its_alarm() {
        let rule = Rule::parse("ALARM(arn:aws:cloudwatch:us-east-1:123456789012:alarm:web:5xx) OR ALARM(web:5xx)").unwrap();
        assert_eq!(rule.children(), vec!["web:5xx"]);
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for text in
            ["", "ALARM", "ALARM()", "ALARM(a b)", "ALARM(\"a)", "ALARM(a) ALARM(b)", "ALARMS(a)", "(TRUE", "NOT", "true", "TRUE AND"]
        {
            assert!(Rule::parse(text).is_err(), "{text}");
        }
        assert!(Rule::parse(&"NOT ".repeat(3000)).is_err());
    }

    fn rules() -> impl Strategy<Value = Rule> {
        let states = prop_oneof![Just(AlarmState::Ok), Just(AlarmState::Alarm), Just(AlarmState::InsufficientData)];
        let leaf =
            prop_oneof![any::<bool>().prop_map(Rule::Constant), (states, "\\PC{1,12}").prop_map(|(state, name)| Rule::Is(state, name))];
        leaf.prop_recursive(4, 24, 3, |inner| {
            prop_oneof![
                inner.clone().prop_map(|rule| Rule::Not(Box::new(rule))),
                prop::collection::vec(inner.clone(), 2..4).prop_map(Rule::And),
                prop::collection::vec(inner, 2..4).prop_map(Rule::Or),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_rule_written_out_reads_as_itself(rule in rules()) {
            prop_assert_eq!(Rule::parse(&rule.to_string()), Ok(rule));
        }

        #[test]
        fn no_text_is_too_strange(text in "\\PC{0,60}") {
            let _ = Rule::parse(&text);
        }

        #[test]
        fn nothing_made_of_its_own_words_is_too_strange(words in prop::collection::vec(
            prop::sample::select(vec!["ALARM", "OK", "NOT", "AND", "OR", "(", ")", "\"", "\\", "a", "TRUE", " "]), 0..30)) {
            let _ = Rule::parse(&words.concat());
        }
    }
}
