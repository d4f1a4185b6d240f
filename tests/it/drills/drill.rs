//! What a seed decides: the whole of a drill, before anything of it happens.

use std::time::Duration;

use super::mischief::Mischance;

/// One drill.
#[derive(Clone, Debug)]
pub(super) struct Drill {
    pub(super) seed: u64,
    pub(super) sort: Sort,
    pub(super) topology: &'static str,
    /// Whether databases and tasks take less time than AWS takes, so that there is time for more drills.
    pub(super) brisk: bool,
    /// Whether all who write go through the services: else stopping those stops nobody.
    pub(super) stoppable: bool,
    /// What makes the day a bad one.
    pub(super) outage: Outage,
    /// After the lab's start.
    pub(super) outage_at: Duration,
    /// How long it lasts, where it passes.
    pub(super) outage_for: Option<Duration>,
    /// Whatever else goes wrong.
    pub(super) troubles: Vec<Trouble>,
    /// What befalls single calls.
    pub(super) mischief: Vec<Mischance>,
    pub(super) runbook: &'static str,
    /// Its text, where it is one of their own.
    pub(super) own: Option<&'static str>,
    /// Whether somebody destroys objects before.
    pub(super) destroyed: bool,
    /// Whether they have watched all the while and declare as soon as the console says so; else they open it after so long.
    pub(super) declared: Declared,
    pub(super) people: People,
    pub(super) crashes: Vec<Crash>,
    /// After so long somebody else takes the run over from whoever is before it.
    pub(super) taken_over: Option<Duration>,
    /// A stage after which nobody is interested any more, so that there is time for other drills.
    pub(super) until: Option<&'static str>,
    /// How long after the declaration it is cut off, if it has not ended.
    pub(super) patience: Duration,
}

/// What a drill is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// An outage, and nothing else goes wrong: it must succeed, and its times are held against the forecast.
    Plain,
    /// The same with crashes and nothing else: it must end as if there had been none.
    Crashing,
    /// Nobody arms anything.
    Watching,
    /// Whatever comes.
    Troubled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outage {
    None,
    /// The application and its database.
    Site,
    /// The application alone.
    Application,
    /// The region.
    Dark,
}

impl Outage {
    pub(super) const fn faults(self) -> &'static [&'static str] {
        match self {
            Self::None => &[],
            Self::Site => &["app-down:primary", "database-down:primary"],
            Self::Application => &["app-down:primary"],
            Self::Dark => &["region-dark:primary"],
        }
    }
}

/// A fault of the world.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Trouble {
    /// As it is typed at a running lab.
    pub(super) fault: String,
    pub(super) level: Option<f64>,
    /// After the lab's start.
    pub(super) from: Duration,
    pub(super) lasting: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Declared {
    /// As soon as the console calls the primary impaired.
    Watched,
    /// So long after the lab's start, whatever there is to be seen.
    After(Duration),
}

/// Whoever sits before the console.
#[derive(Clone, Debug)]
pub(super) struct People {
    /// Guards that they go past when they do not hold.
    pub(super) overrides: &'static [&'static str],
    /// How long they take to look up again.
    pub(super) pace: Duration,
    pub(super) asks_again: bool,
    /// How often they try again what has failed, before they leave it out, if they do.
    pub(super) tries: u32,
    pub(super) leaves_out: bool,
    /// What they do besides, after so long from the declaration.
    pub(super) deeds: Vec<(Duration, Deed)>,
    pub(super) waits_for_the_owed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    /// Until so long after it.
    Pause(Duration),
    /// It is taken up again after so long.
    Abort(Duration),
    /// Whichever step of those whose turn it is.
    Skip(u64),
    /// From planned to unplanned.
    Switch,
}

/// The process is killed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Crash {
    pub(super) when: When,
    /// That much later.
    pub(super) after: Duration,
    /// How long it takes until somebody starts it again.
    pub(super) away: Duration,
    /// A record was being written.
    pub(super) torn: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// So many records were written in this sitting.
    Records(usize),
    /// So many changes were asked for in all.
    Asked(usize),
    /// So long after the declaration.
    Elapsed(Duration),
}
