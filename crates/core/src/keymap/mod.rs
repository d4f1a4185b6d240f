//! keymap.toml: which key does what, where, and what that is called. Help, footer and the table of keys come from here and from nowhere else.

mod chord;

pub use chord::{Chord, Key};

/// All keys, merged and free of conflicts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
        Detail = "detail",
        Help = "help",
        /// The command palette.
        Palette = "palette",
        /// The line in which a filter is typed.
        Filter = "filter",
        /// A question that must be answered.
        Question = "question",
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
    }
}
