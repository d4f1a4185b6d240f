//! A dry run to be read: on a terminal, and in the binder that lies beside it when there is none.

use std::fmt::{self, Write as _};
use std::time::Duration;

use super::dry::{DryGuard, DryRun, DryStage};
use super::forecast::Span;
use crate::domain::{Timestamp, human_duration, sanitise};
use crate::runbook::action::Action;
use crate::runbook::model::{Confirm, Kind};

/// Words of the same width: they survive pipes, mail and screen readers.
const fn mark(guard: &DryGuard) -> &'static str {
    match guard.holds {
        Some(true) => "ok     ",
        _ if !guard.after.is_empty() => "later  ",
        Some(false) => "NOT OK ",
        None => "unknown",
    }
}

fn why(guard: &DryGuard) -> String {
    match guard.after.as_slice() {
        [] => guard.why.clone(),
        after => format!("{} (after {})", guard.why, after.join(", ")),
    }
}

const fn verdict(ok: Option<bool>) -> &'static str {
    match ok {
        Some(true) => "every guard holds now, or will be seen to by a step before it",
        Some(false) => "it would be stopped: not every guard holds",
        None => "whether every guard holds cannot be told now",
    }
}

fn seconds(seconds: f64) -> String {
    human_duration(Duration::try_from_secs_f64(seconds.round()).unwrap_or_default())
}

/// From the beginning, in whole seconds.
fn from(at: Timestamp, then: Timestamp) -> String {
    seconds(then.since(at).as_secs_f64())
}

fn span(at: Timestamp, span: Span) -> String {
    format!("~{} (p90 {})", from(at, span.p50), from(at, span.p90))
}

const fn confirms(confirm: Confirm) -> &'static str {
    match confirm {
        Confirm::None => "goes by itself",
        Confirm::Key => "waits for a key",
        Confirm::Type => "waits for the workload's name, typed",
    }
}

fn begins(run: &DryRun, stage: &DryStage) -> (String, String) {
    let of = run.forecast.stages.iter().find(|forecast| forecast.id == stage.id);
    of.map_or_else(Default::default, |of| (from(run.at, of.begins.p50), from(run.at, of.ends.p50)))
}

impl fmt::Display for DryRun {
    /// Every line is harmless for a terminal; a command of several lines is shown as such.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} for {} at {}: nothing is changed", self.title, self.workload, self.at)?;
        writeln!(f, "  from {} ({}) to {} ({})", self.source.site, self.source.region, self.target.site, self.target.region)?;
        writeln!(f, "  {}", verdict(self.ok))?;
        writeln!(f, "  {}", self.in_time())?;
        writeln!(f, "  over   after {}", span(self.at, self.forecast.over))?;
        writeln!(f, "  critical {}", self.forecast.critical.join(" > "))?;
        for stage in &self.steps {
            let (begins, ends) = begins(self, stage);
            writeln!(f)?;
            writeln!(f, "{}  {}  [{begins} to {ends}]", stage.id, stage.title)?;
            writeln!(f, "    {} in {}; {}", stage.action, stage.region, confirms(stage.confirm))?;
            if !stage.before.is_empty() || !stage.after.is_empty() {
                writeln!(f, "    {} -> {}", sanitise(&stage.before), sanitise(&stage.after))?;
            }
            for guard in &stage.guards {
                writeln!(f, "    {}  {}: {}", mark(guard), guard.guard, sanitise(&why(guard)))?;
            }
            writeln!(f, "    now      {}", sanitise(&stage.stands))?;
            for line in stage.commands.iter().flat_map(|command| command.lines()) {
                writeln!(f, "    $ {}", sanitise(line))?;
            }
            if !stage.later.is_empty() {
                writeln!(f, "    then     when its turn comes")?;
            }
            for line in stage.later.iter().flat_map(|command| command.lines()) {
                writeln!(f, "    $ {}", sanitise(line))?;
            }
            if let Some(undo) = &stage.undo {
                writeln!(f, "    undo     {undo}")?;
            }
            for plane in &stage.control_planes {
                writeln!(f, "    needs    the control plane of {plane}")?;
            }
            if let Some(note) = &stage.note {
                writeln!(f, "    note     {note}")?;
            }
        }
        if let Some(refused) = &self.refused {
            writeln!(f, "\nREFUSED: {}", sanitise(refused))?;
        }
        if !self.omitted.is_empty() {
            writeln!(f, "\nleft out, with nothing to do here:")?;
        }
        for omitted in &self.omitted {
            writeln!(f, "  {}: {}", omitted.step, sanitise(&omitted.why))?;
        }
        Ok(())
    }
}

impl DryRun {
    /// The runbook for the binder: real names, and the commands that do the same without the console.
    #[must_use]
    pub fn markdown(&self, when: &str) -> String {
        let mut text = String::new();
        // Writing into a String cannot fail.
        let _ = self.write_markdown(&mut text, when);
        text
    }

    /// Until users are proven to be served, and how long they wait for it: those of a planned move from the fence on.
    fn in_time(&self) -> String {
        let proven = span(self.at, self.forecast.proven);
        let objective = seconds(self.rto_s);
        if !self.kind.moves_users() {
            return format!("done after {proven}; nobody is moved by it");
        }
        let fences = self.steps.iter().filter(|stage| stage.action == Action::ServiceStop && stage.region == self.source.region);
        let fenced = fences
            .filter_map(|stage| self.forecast.stages.iter().find(|forecast| forecast.id == stage.id))
            .map(|forecast| forecast.begins.p50);
        match fenced.min().filter(|_| matches!(self.kind, Kind::Planned | Kind::Failback)) {
            Some(fenced) => {
                let waits = from(fenced, self.forecast.proven.p50);
                format!("proven after {proven}; users wait for ~{waits} of it, from the fence on, and {objective} are allowed")
            }
            None => format!("proven after {proven} of {objective}"),
        }
    }

    fn write_markdown(&self, text: &mut String, when: &str) -> fmt::Result {
        writeln!(text, "# {}: {}\n", md(&self.workload), md(&self.title))?;
        writeln!(text, "{}\n", md(when))?;
        writeln!(text, "| | site | region |\n|---|---|---|")?;
        for (name, role) in [("source", &self.source), ("target", &self.target)] {
            writeln!(text, "| {name} | {} | {} |", role.site, role.region)?;
        }
        writeln!(
            text,
            "\nAs of {}: {}; over after {}. What decides how long it takes: {}.\n",
            self.at,
            self.in_time(),
            span(self.at, self.forecast.over),
            self.forecast.critical.iter().map(|id| code(id)).collect::<Vec<_>>().join(" → ")
        )?;
        for (n, stage) in self.steps.iter().enumerate() {
            self.stage_markdown(text, n + 1, stage)?;
        }
        if !self.omitted.is_empty() {
            writeln!(text, "## Left out\n")?;
            for omitted in &self.omitted {
                writeln!(text, "- {}: {}", code(&omitted.step), md(&omitted.why))?;
            }
        }
        Ok(())
    }

    fn stage_markdown(&self, text: &mut String, number: usize, stage: &DryStage) -> fmt::Result {
        let (begins, ends) = begins(self, stage);
        writeln!(text, "## {number}. {} ({})\n", md(&stage.title), code(&stage.id))?;
        writeln!(text, "- [ ] {} Proof: {}", md(&stage.makes_true), md(&stage.proof))?;
        if !stage.needs.is_empty() {
            writeln!(text, "- after {}", stage.needs.iter().map(|id| code(id)).collect::<Vec<_>>().join(", "))?;
        }
        writeln!(text, "- in {}, from {begins} to {ends}; given up after {}", stage.region, seconds(stage.timeout_s))?;
        writeln!(text, "- {}", confirms(stage.confirm))?;
        if !stage.before.is_empty() || !stage.after.is_empty() {
            writeln!(text, "- {} → {}", md(&stage.before), md(&stage.after))?;
        }
        if let Some(undo) = &stage.undo {
            writeln!(text, "- undo: {}", md(undo))?;
        }
        for plane in &stage.control_planes {
            writeln!(text, "- needs the control plane of {}", md(plane))?;
        }
        for guard in &stage.guards {
            writeln!(text, "- guard {}: {}", code(guard.guard.word()), md(&why(guard)))?;
        }
        if let Some(note) = &stage.note {
            writeln!(text, "- {}", md(note))?;
        }
        if stage.commands.is_empty() {
            writeln!(text, "\nNow: {}\n", md(&stage.stands))?;
        } else {
            block(text, &stage.commands)?;
        }
        if !stage.later.is_empty() {
            writeln!(text, "When its turn comes:")?;
            block(text, &stage.later)?;
        }
        Ok(())
    }
}

fn block(text: &mut String, commands: &[String]) -> fmt::Result {
    let commands = commands.join("\n");
    let fence = fence(&commands);
    writeln!(text, "\n{fence}sh\n{commands}\n{fence}\n")
}

/// Text from outside stays text: no markup of its own, no line of its own.
pub(crate) fn md(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in sanitise(text).chars() {
        if "\\`*_[]<>|#".contains(c) {
            plain.push('\\');
        }
        plain.push(c);
    }
    plain
}

pub(crate) fn code(text: &str) -> String {
    format!("`{}`", sanitise(text).replace('`', "'"))
}

/// Longer than any run of backticks within.
fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}
