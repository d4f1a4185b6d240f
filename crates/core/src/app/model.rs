use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::assess::Assessment;
use crate::config::Config;
use crate::domain::{Observation, Snapshot, Timestamp};
use crate::keymap::Keymap;
use crate::runbook::{History, Runbook};

use super::arming::Arming;
use super::card::Card;
use super::chooser::Chooser;
use super::entry::Entry;
use super::index::Index;
use super::line::Line;
use super::message::Unfinished;
use super::past::{PastRun, Reading};
use super::running::Running;
use super::standing::Standing;
use super::successors::Successors;
use super::timeline::{Class, Timeline};
use super::trail::Trails;
use super::troubles::Troubles;

/// Everything that the screen shows. One owner, changed by `update` alone; views only read it.
#[derive(Clone, Debug)]
pub struct Model {
    pub config: Arc<Config>,
    pub keymap: Arc<Keymap>,
    pub session: Session,
    pub clock: Clock,
    /// What is shown: the present, or the moment at which it was frozen.
    pub picture: Picture,
    pub frozen: Option<Frozen>,
    /// Index into `config.workloads` of the one looked at.
    pub workload: usize,
    pub screen: Screen,
    /// What lies over the screen, the topmost last.
    pub overlays: Vec<Overlay>,
    pub cursors: Cursors,
    /// What events, workloads, readiness and palette show only what contains; one per screen, kept while one is elsewhere.
    pub filters: Filters,
    /// The filter of the present screen is being typed.
    pub typing_filter: bool,
    pub events: Timeline,
    pub notice: Option<Notice>,
    pub meter: Meter,
    /// How late this process comes to what it has to do itself: what it then calls silence may be its own.
    pub late: Option<std::time::Duration>,
    pub present: bool,
    pub look: Look,
    pub arming: Arming,
    pub runbooks: Arc<Vec<Runbook>>,
    /// The run that this console carries out, or has carried out last.
    pub running: Option<Running>,
    /// Runs that somebody has left.
    pub unfinished: Vec<Unfinished>,
    /// The runs there have been, the newest first.
    pub past: Arc<Vec<PastRun>>,
    /// How long things have taken in them, by workload: what a forecast believes before the runbook.
    pub histories: Arc<BTreeMap<String, History>>,
    /// Columns and rows.
    pub size: (u16, u16),
    /// How it keeps up; nothing to be shown.
    pub workings: Workings,
}

/// What `update` remembers from one message to the next.
#[derive(Clone, Debug, Default)]
pub struct Workings {
    /// Whose subject is whose.
    pub(super) index: Arc<Index>,
    /// What has been learnt and not been read yet, the oldest first.
    pub(super) unread: VecDeque<Arc<Observation>>,
    /// The next workload in turn, of those that nobody looks at.
    pub(super) turn: usize,
    /// The second of world time in which that was last done.
    pub(super) counted: Option<i64>,
    /// How many workloads that nobody looks at may still be assessed before the next second.
    pub(super) allowed: usize,
    /// What is being copied, where that is not what one sees.
    pub(super) copying: Option<String>,
    /// Who does not answer.
    pub(super) troubles: Troubles,
    /// What earlier runs have put in the place of what is configured.
    pub(super) successors: Successors,
    /// What has been told of how each workload stands.
    pub(super) standings: BTreeMap<usize, Standing>,
    /// When the last key was pressed, in world time: who is armed and away is disarmed.
    pub(super) touched: Timestamp,
}

/// The observations and what they mean.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    pub snapshot: Snapshot,
    /// Of each workload, in the configuration's order, what concerns it: whoever judges one of a fleet does not look through all that is known.
    pub of_each: Vec<Snapshot>,
    /// One per workload, in the configuration's order.
    pub assessments: Vec<Assessment>,
    /// Of each workload, in the same order, how its components have been.
    pub trails: Vec<Trails>,
    /// Workloads with news since they were last assessed.
    pub dirty: BTreeSet<usize>,
}

/// The present goes on behind a frozen picture.
#[derive(Clone, Debug)]
pub struct Frozen {
    pub since: Timestamp,
    pub behind: Picture,
    /// How many events have happened since, but for figures.
    pub missed: usize,
    /// Those events, to be told when the picture moves again.
    pub held: Timeline,
}

/// Which AWS this is, as far as has been proven.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Session {
    pub kind: SessionKind,
    /// What to try, on the first screen of a demo; gone at the first key that does something.
    pub hint: Option<String>,
    /// The profile that was asked for by name: copied commands ask for it too.
    pub profile: Option<String>,
    /// Where runs are kept, if that is not the usual place: commands about them say so.
    pub state_dir: Option<String>,
    /// The lab is a part of this console, and ends with it.
    pub lab_within: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum SessionKind {
    /// The handshake has not come back yet.
    #[default]
    Asking,
    Live,
    /// Every endpoint in use has said that it is the lab.
    Lab {
        speed: f64,
    },
    /// Endpoints of our own choosing, none of which is the lab: a mock or a proxy.
    Elsewhere,
}

/// World time, which ages and windows are counted in, and how to tell it where the operator is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clock {
    pub now: Timestamp,
    pub utc_offset_seconds: i32,
    /// `CET`, `AEDT` … or `local`.
    pub zone: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Screen {
    /// All workloads, a row each; the first screen where there are several.
    Workloads,
    #[default]
    Dashboard,
    /// The run, or what could be run.
    Run,
    Readiness,
    Events,
    /// The runs there have been.
    History,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Overlay {
    Help {
        scroll: usize,
    },
    Palette(Palette),
    Detail(Detail),
    /// Is one sure to leave?
    Quit,
    Chooser(Chooser),
    Entry(Entry),
    Card(Card),
    /// What happened in a run that is over.
    Report(Box<Reading>),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Palette {
    pub line: Line,
    /// What matches what has been typed, the best first.
    pub offers: Vec<Offer>,
    pub selected: usize,
}

/// Something that the palette can do.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    pub says: String,
    /// The key that does the same, if any.
    pub key: Option<String>,
    pub deed: Deed,
    /// Indices into the characters of `says` that were matched.
    pub matched: Vec<u32>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    Do(crate::keymap::Action),
    Theme(Theme),
    Workload(usize),
    Component(String),
}

/// One component with everything that is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Detail {
    /// A component's id in the workload looked at.
    pub component: String,
    pub scroll: usize,
}

/// Where the cursor is on each screen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cursors {
    /// Of the workloads shown, the worst first; 0 follows the worst.
    pub workloads: usize,
    /// The id of the component under the cursor, so that rows may come and go.
    pub dashboard: Option<String>,
    pub readiness: usize,
    /// The id of the step under the cursor; `None` follows the one that matters.
    pub run: Option<String>,
    /// Of the events shown, the newest first; 0 follows the newest.
    pub events: usize,
    /// Of the runs shown, the newest first.
    pub history: usize,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filters {
    pub workloads: Line,
    pub readiness: Line,
    pub events: Line,
    pub history: Line,
    /// `None`: all classes.
    pub class: Option<Class>,
}

/// One line at the bottom, for a few seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub text: String,
    pub bad: bool,
    pub until: Timestamp,
}

/// What watching costs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Meter {
    pub calls: u64,
    pub calls_per_minute: f64,
    pub dollars_per_hour: f64,
    /// Calls that brought nothing.
    pub failed: u64,
}

/// How it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub theme: Theme,
    /// No character beyond ASCII.
    pub ascii: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Theme {
    /// The terminal's own 16 colours: right on any background.
    Terminal,
    Dark,
    Light,
    /// For the projector: nothing dim.
    Contrast,
    /// `NO_COLOR`: bold, dim, underline and reverse only.
    Mono,
}

impl Theme {
    pub const ALL: &[Self] = &[Self::Terminal, Self::Dark, Self::Light, Self::Contrast, Self::Mono];

    /// As `--theme` takes it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Contrast => "contrast",
            Self::Mono => "mono",
        }
    }
}
