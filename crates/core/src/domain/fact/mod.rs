//! What can be known of a subject: one type per kind, as plain data. Everything here came from outside; text is sanitised before it is shown.

mod automation;
mod balance;
mod client;
mod compute;
mod data;
mod database;
mod metric;
mod record;

pub use automation::*;
pub use balance::*;
pub use client::*;
pub use compute::*;
pub use data::*;
pub use database::*;
pub use metric::*;
pub use record::*;

use serde::Serialize;

macro_rules! facts {
    ($($fact:ident)*) => {
        #[derive(Clone, Debug, PartialEq, Serialize)]
        #[serde(untagged)]
        pub enum Fact { $($fact($fact),)* }

        /// What a fact is known as, so that `snapshot.see::<Instance>(&subject)` finds the right one.
        pub trait Observable: Sized {
            fn of(fact: &Fact) -> Option<&Self>;
        }

        $(
            impl From<$fact> for Fact {
                fn from(fact: $fact) -> Self {
                    Self::$fact(fact)
                }
            }

            impl Observable for $fact {
                fn of(fact: &Fact) -> Option<&Self> {
                    match fact { Fact::$fact(found) => Some(found), _ => None }
                }
            }
        )*
    };
}

facts! {
    Credentials Identity
    Instance Cluster GlobalCluster RestorePoint
    Service Tasks Bounds
    TargetGroup Targets Certificate
    Zone Record HealthCheck Checkers
    Series Alarm
    Replication Key Secret Table Repository
    Topic Machine Function Rule
    Resolution Sight
}

/// One line of everything that is known: a path into the fact and the value there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    pub value: String,
}

impl Fact {
    /// Everything that is known, flat, by name: `deployments[0].rollout`, `COMPLETED`.
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        let mut fields = Vec::new();
        // Plain data always has a JSON form; without one there would be nothing to list.
        flatten("", &serde_json::to_value(self).unwrap_or_default(), &mut fields);
        fields
    }
}

fn flatten(name: &str, value: &serde_json::Value, into: &mut Vec<Field>) {
    use serde_json::Value;
    let told = match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                let inner = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                flatten(&inner, value, into);
            }
            return;
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                flatten(&format!("{name}[{index}]"), item, into);
            }
            return;
        }
        Value::Array(_) => "none".to_owned(),
        Value::Null => "–".to_owned(),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
    };
    into.push(Field { name: name.to_owned(), value: told });
}
