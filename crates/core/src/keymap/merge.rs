use std::collections::BTreeMap;
use std::fmt;

use super::{Action, Binding, Chord, Context, Keymap, KeymapFile, Origin, Row};

/// The keymap that is built in.
const BUILT_IN: &str = include_str!("../../../../keymap.toml");

/// Two rows that want the same key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    pub chord: Chord,
    pub context: Context,
    pub first: (Action, Origin),
    pub second: (Action, Origin),
}

/// A user's keymap does not go together with the rest of the keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Conflict {
    /// Never empty.
    pub clashes: Vec<Clash>,
}

impl Default for Keymap {
    fn default() -> Self {
        let nothing = Self { bindings: Vec::new() };
        // The file is ours, and a test reads it: what is wrong with it never leaves the house.
        let Ok(file) = KeymapFile::parse("keymap.toml", BUILT_IN) else { return nothing };
        Self::merged(&nothing, &file).unwrap_or(nothing)
    }
}

impl Keymap {
    /// The default with a user's file over it. His rows for an action in a context replace that action's keys there; a conflict with what is
    /// left is refused, because the key that quietly stopped working is found during an outage.
    pub fn merged(default: &Self, user: &KeymapFile) -> Result<Self, Conflict> {
        let replaced = |action: Action, context: Context| user.rows.iter().any(|row| row.action == Some(action) && row.context == context);
        let unbound = |chord: Chord, context: Context| {
            user.rows.iter().any(|row| row.action.is_none() && row.context == context && row.on.contains(&chord))
        };
        let mut bindings = Vec::new();
        for binding in &default.bindings {
            if replaced(binding.action, binding.context) {
                // At the same place in help, as whatever the user's rows make of it.
                let rows = user.rows.iter().filter(|row| row.action == Some(binding.action) && row.context == binding.context);
                let told = bindings.iter().any(|other: &Binding| (other.action, other.context) == (binding.action, binding.context));
                bindings.extend(rows.filter(|_| !told).map(|row| bind(row, binding.action, Some(binding))));
            } else {
                let on: Vec<_> = binding.on.iter().copied().filter(|chord| !unbound(*chord, binding.context)).collect();
                if !on.is_empty() {
                    bindings.push(Binding { on, ..binding.clone() });
                }
            }
        }
        for row in &user.rows {
            let Some(action) = row.action else { continue };
            if !default.bindings.iter().any(|binding| (binding.action, binding.context) == (action, row.context)) {
                let kin = default.bindings.iter().find(|binding| binding.action == action);
                let words = Binding { footer: None, ..bind(row, action, kin) };
                bindings.push(Binding { footer: row.footer, ..words });
            }
        }
        let clashes = clashes(&bindings);
        if clashes.is_empty() { Ok(Self { bindings }) } else { Err(Conflict { clashes }) }
    }
}

/// A row as a binding; what it does not say is as in `model`.
fn bind(row: &Row, action: Action, model: Option<&Binding>) -> Binding {
    let says = row.says.clone().or_else(|| model.map(|model| model.says.clone()));
    Binding {
        on: row.on.clone(),
        action,
        context: row.context,
        says: says.unwrap_or_else(|| action.word().replace('-', " ")),
        footer: row.footer.or_else(|| model.and_then(|model| model.footer)),
        origin: row.origin.clone(),
    }
}

fn clashes(bindings: &[Binding]) -> Vec<Clash> {
    let mut seen: BTreeMap<(Context, Chord), &Binding> = BTreeMap::new();
    let mut clashes = Vec::new();
    for binding in bindings {
        for chord in &binding.on {
            match seen.get(&(binding.context, *chord)) {
                Some(first) if first.action != binding.action => clashes.push(Clash {
                    chord: *chord,
                    context: binding.context,
                    first: (first.action, first.origin.clone()),
                    second: (binding.action, binding.origin.clone()),
                }),
                Some(_) => {}
                None => {
                    seen.insert((binding.context, *chord), binding);
                }
            }
        }
    }
    clashes
}

/// Beyond this many, the rest is only counted.
const SHOWN: usize = 20;

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, clash) in self.clashes.iter().take(SHOWN).enumerate() {
            if n > 0 {
                f.write_str("\n\n")?;
            }
            let Clash { chord, context, first, second } = clash;
            writeln!(f, "“{chord}” in “{}” would mean both “{}” and “{}”", context.word(), first.0.word(), second.0.word())?;
            for (_, origin) in [first, second] {
                writeln!(f, "  {}:{} | {}", origin.file, origin.line, origin.text)?;
            }
            write!(f, "  = give one of the two another key, or take this one away first: on = [\"{chord}\"], do = \"none\"")?;
            if *context != Context::Global {
                write!(f, ", when = \"{}\"", context.word())?;
            }
        }
        if self.clashes.len() > SHOWN {
            write!(f, "\n\n… and {} more", self.clashes.len() - SHOWN)?;
        }
        Ok(())
    }
}
