use drlab_core::domain::Verdict;
use drlab_core::runbook::Certainty;
use ratatui::symbols::border;

/// The characters the screen is drawn with. Every shape means one thing, so that a state can be told without colour.
#[derive(Debug)]
pub(super) struct Glyphs {
    pub healthy: &'static str,
    pub degraded: &'static str,
    pub unknown: &'static str,
    pub critical: &'static str,
    pub pass: &'static str,
    /// Of what is done: it follows from figures; it was only said.
    pub inferred: &'static str,
    pub told: &'static str,
    pub fail: &'static str,
    pub active: &'static str,
    pub landing: &'static str,
    /// A task that runs, and one that is wanted.
    pub have: &'static str,
    pub want: &'static str,
    /// Of a bar: certain, possible, and what is left.
    pub full: &'static str,
    pub maybe: &'static str,
    pub rest: &'static str,
    pub towards_standby: &'static str,
    pub towards_primary: &'static str,
    pub ellipsis: &'static str,
    /// Where a list goes on.
    pub above: &'static str,
    pub below: &'static str,
    /// Between two things said on one line.
    pub dot: &'static str,
    pub times: &'static str,
    pub dash: &'static str,
    pub upright: &'static str,
    /// Eight heights, the lowest first.
    pub heights: [&'static str; 8],
    pub border: border::Set<'static>,
}

pub(super) static UNICODE: Glyphs = Glyphs {
    healthy: "●",
    degraded: "▲",
    unknown: "?",
    critical: "✖",
    pass: "✔",
    inferred: "≈",
    told: "◇",
    fail: "✖",
    active: "●",
    landing: "▣",
    have: "■",
    want: "□",
    full: "█",
    maybe: "▒",
    rest: "·",
    towards_standby: "▶",
    towards_primary: "◀",
    ellipsis: "…",
    above: "↑",
    below: "↓",
    dot: " · ",
    times: "×",
    dash: "─",
    upright: "│",
    heights: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    border: border::PLAIN,
};

pub(super) static ASCII: Glyphs = Glyphs {
    healthy: "*",
    degraded: "!",
    unknown: "?",
    critical: "X",
    pass: "v",
    inferred: "~",
    told: "\"",
    fail: "X",
    active: "@",
    landing: "#",
    have: "#",
    want: ".",
    full: "#",
    maybe: "=",
    rest: ".",
    towards_standby: ">",
    towards_primary: "<",
    ellipsis: "...",
    above: "above",
    below: "below",
    dot: " - ",
    times: "x",
    dash: "-",
    upright: "|",
    heights: ["_", ".", "-", "~", "=", "+", "*", "#"],
    border: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
};

impl Glyphs {
    pub(super) const fn mark(&self, verdict: Verdict) -> &'static str {
        match verdict {
            Verdict::Healthy => self.healthy,
            Verdict::Degraded => self.degraded,
            Verdict::Unknown => self.unknown,
            Verdict::Critical => self.critical,
        }
    }

    /// The mark of what is done: seen, inferred, or told.
    pub(super) const fn certainty(&self, certainty: Certainty) -> &'static str {
        match certainty {
            Certainty::Proven => self.pass,
            Certainty::Inferred => self.inferred,
            Certainty::Told => self.told,
        }
    }

    /// The mark of something that holds, does not hold, or cannot be told; what is only advised fails as a warning.
    pub(super) const fn check(&self, ok: Option<bool>, required: bool) -> &'static str {
        match (ok, required) {
            (Some(true), _) => self.pass,
            (Some(false), true) => self.fail,
            (Some(false), false) => self.degraded,
            (None, _) => self.unknown,
        }
    }

    pub(super) const fn is_ascii(&self) -> bool {
        self.dash.len() == 1
    }
}
