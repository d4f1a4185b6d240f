use std::fmt::Write as _;

use super::{Action, Binding, Context, Keymap};

/// One entry of the footer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// `Y`, `esc`; only the first of several keys.
    pub key: String,
    pub says: String,
    pub action: Action,
    /// The higher, the longer it stays.
    pub priority: u8,
}

impl Keymap {
    /// All bindings by where they hold, in the order in which the contexts are listed and the rows were written.
    #[must_use]
    pub fn help(&self) -> Vec<(Context, Vec<&Binding>)> {
        let of = |context: Context| -> Vec<&Binding> { self.bindings.iter().filter(|binding| binding.context == context).collect() };
        Context::ALL.iter().map(|context| (*context, of(*context))).filter(|(_, rows)| !rows.is_empty()).collect()
    }

    /// What the footer says where one is, the most useful first; a key that an inner context has taken is not promised.
    #[must_use]
    pub fn footer(&self, contexts: &[Context]) -> Vec<Hint> {
        let mut hints: Vec<Hint> = Vec::new();
        for context in contexts {
            for binding in self.bindings.iter().filter(|binding| binding.context == *context) {
                let live = binding.on.iter().find(|chord| self.look_up(contexts, **chord) == Some(binding.action));
                let said = hints.iter().any(|hint| hint.action == binding.action);
                if let (Some(priority), Some(chord), false) = (binding.footer, live, said) {
                    hints.push(Hint { key: chord.to_string(), says: binding.says.clone(), action: binding.action, priority });
                }
            }
        }
        hints.sort_by_key(|hint| std::cmp::Reverse(hint.priority));
        hints
    }

    /// A table for every context, as documents show it.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        for (context, rows) in self.help() {
            if !text.is_empty() {
                text.push('\n');
            }
            // Writing into a String cannot fail.
            let _ = write!(text, "### {}\n\n| key | does | action |\n|---|---|---|\n", capital(context.title()));
            for row in rows {
                let keys: Vec<_> = row.on.iter().map(|chord| code(&chord.to_string())).collect();
                let _ = writeln!(text, "| {} | {} | `{}` |", keys.join(" "), row.says.replace('|', "\\|"), row.action.word());
            }
        }
        text
    }
}

/// Inside a table even code has its bars escaped; a backtick needs a longer fence.
fn code(key: &str) -> String {
    if key.contains('`') { format!("`` {key} ``") } else { format!("`{}`", key.replace('|', "\\|")) }
}

fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}
