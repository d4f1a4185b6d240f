//! keymap.toml: which key does what, where, and what that is called. Help, footer and the table of keys come from here and from nowhere else.

mod chord;
mod merge;
mod read;
mod table;

use std::sync::Arc;

pub use chord::{BadChord, Chord, Key};
pub use merge::{Clash, Conflict};
pub use read::{KeymapFile, Row};
pub use table::Hint;

/// All keys, merged and free of conflicts. Its default is the keymap.toml that is built in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    pub bindings: Vec<Binding>,
}

/// One row of keymap.toml.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    pub on: Vec<Chord>,
    pub action: Action,
    pub context: Context,
    /// What help and footer call it.
    pub says: String,
    /// The higher, the longer it stays in a footer that grows narrow; `None`: never in the footer.
    pub footer: Option<u8>,
    /// Which row said so, so that a conflict can show it.
    pub origin: Origin,
}

/// A line of a keymap file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub file: Arc<str>,
    /// From 1.
    pub line: usize,
    /// The line itself, fit for a terminal.
    pub text: String,
}

impl Keymap {
    /// What a chord does where one is: `contexts` from the innermost outwards, as `app::contexts` tells them.
    #[must_use]
    pub fn look_up(&self, contexts: &[Context], chord: Chord) -> Option<Action> {
        contexts.iter().find_map(|context| self.bound(*context, chord)).map(|binding| binding.action)
    }

    fn bound(&self, context: Context, chord: Chord) -> Option<&Binding> {
        self.bindings.iter().find(|binding| binding.context == context && binding.on.contains(&chord))
    }

    /// The first key that does it where one is, and that no inner context has taken for something else.
    #[must_use]
    pub fn key_for(&self, contexts: &[Context], action: Action) -> Option<Chord> {
        let bindings = contexts.iter().flat_map(|context| self.bindings.iter().filter(move |binding| binding.context == *context));
        bindings
            .filter(|binding| binding.action == action)
            .flat_map(|binding| &binding.on)
            .copied()
            .find(|chord| self.look_up(contexts, *chord) == Some(action))
    }
}

impl Context {
    /// Text fields: letters are typed there, and no other context reaches in.
    #[must_use]
    pub const fn takes_text(self) -> bool {
        matches!(self, Self::Palette | Self::Filter | Self::Entry | Self::Card)
    }

    /// What help calls it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Global => "everywhere",
            Self::Workloads => "workloads",
            Self::Dashboard => "dashboard",
            Self::Readiness => "readiness",
            Self::Events => "events",
            Self::History => "history",
            Self::Detail => "a component's details",
            Self::Help => "help",
            Self::Palette => "command palette",
            Self::Filter => "filter line",
            Self::Question => "a question",
            Self::Run => "a run",
            Self::Chooser => "choosing a runbook",
            Self::Entry => "a reason or a name",
            Self::Card => "the card before a step",
        }
    }
}

macro_rules! named {
    ($(#[$about:meta])* $kind:ident { $($(#[$says:meta])* $value:ident = $word:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $kind { $($(#[$says])* $value,)* }

        impl $kind {
            pub const ALL: &[Self] = &[$(Self::$value,)*];

            /// As keymap.toml writes it.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$value => $word,)* }
            }

            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$value),)* _ => None }
            }
        }
    };
}

named! {
    /// Where a binding holds. The innermost context that knows a chord decides; text fields take letters before any of them.
    Context {
        /// Everywhere but in text fields.
        Global = "global",
        Workloads = "workloads",
        Dashboard = "dashboard",
        Readiness = "readiness",
        Events = "events",
        /// The runs there have been.
        History = "history",
        Detail = "detail",
        Help = "help",
        /// The command palette.
        Palette = "palette",
        /// The line in which a filter is typed.
        Filter = "filter",
        /// A question that must be answered.
        Question = "question",
        /// The run, on its own screen.
        Run = "run",
        /// The runbooks there are.
        Chooser = "chooser",
        /// The line in which a reason or a name is typed.
        Entry = "entry",
        /// The card before a step that waits for consent.
        Card = "card",
    }
}

named! {
    /// What a key can do.
    Action {
        Quit = "quit",
        Back = "back",
        Suspend = "suspend",
        Help = "help",
        Palette = "palette",
        Filter = "filter",
        Freeze = "freeze",
        Present = "present",
        NextTheme = "next-theme",
        Refresh = "refresh",
        GoWorkloads = "go-workloads",
        GoDashboard = "go-dashboard",
        GoReadiness = "go-readiness",
        GoEvents = "go-events",
        GoHistory = "go-history",
        NextWorkload = "next-workload",
        PreviousWorkload = "previous-workload",
        Up = "up",
        Down = "down",
        Left = "left",
        Right = "right",
        PageUp = "page-up",
        PageDown = "page-down",
        First = "first",
        Last = "last",
        /// Looks into what the cursor is on; chooses what is selected in a list.
        Open = "open",
        /// Copies the figure or line under the cursor.
        Copy = "copy",
        /// Copies the equivalent `aws` command.
        CopyCommand = "copy-command",
        /// Copies the ready Logs Insights query.
        CopyQuery = "copy-query",
        /// Shows events of one class after another: all, alarms, changes, errors.
        NextClass = "next-class",
        /// In a text field.
        Submit = "submit",
        EraseBack = "erase-back",
        EraseWord = "erase-word",
        EraseAll = "erase-all",
        /// Leave to change things: asked for, or given back.
        Arm = "arm",
        Runbooks = "runbooks",
        GoRun = "go-run",
        /// Says that it is meant, where Enter does not.
        Confirm = "confirm",
        Pause = "pause",
        Resume = "resume",
        Abort = "abort",
        Approve = "approve",
        Retry = "retry",
        Skip = "skip",
        Override = "override",
        Acknowledge = "acknowledge",
        /// From the planned runbook to the unplanned one, while it runs.
        Switch = "switch",
        /// Says from which site a runbook is to lead: the one it does not lead from now.
        OtherWay = "other-way",
        /// Where a runbook leaves a choice: the next of its steps.
        NextChoice = "next-choice",
        /// Since when, or as of when.
        SayInstant = "say-instant",
    }
}

#[cfg(test)]
mod tests;
