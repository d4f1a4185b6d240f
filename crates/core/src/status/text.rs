use std::fmt::{self, Formatter};

use super::{CheckLine, CheckReport, Session, StatusReport};
use crate::domain::{Timestamp, human_duration, mask_accounts, sanitise};

/// Marks are words of the same width: they survive pipes, mail and screen readers.
const fn mark(ok: Option<bool>) -> &'static str {
    match ok {
        Some(true) => "ok     ",
        Some(false) => "NOT OK ",
        None => "unknown",
    }
}

fn age(at: Timestamp, then: Option<Timestamp>) -> String {
    then.map_or_else(|| "–".to_owned(), |then| human_duration(at.since(then)))
}

/// One line, as harmless for a terminal as the screen's, and with accounts masked: text is what people paste.
fn say(f: &mut Formatter<'_>, line: fmt::Arguments<'_>) -> fmt::Result {
    writeln!(f, "{}", mask_accounts(&sanitise(&line.to_string())))
}

const fn ready(ready: Option<bool>) -> &'static str {
    match ready {
        Some(true) => "a failover would succeed now",
        Some(false) => "a failover would NOT succeed now",
        None => "whether a failover would succeed cannot be told now",
    }
}

/// What must not be taken for the real thing, or for a lab, says so.
const fn place(session: Session) -> &'static str {
    match session {
        Session::Live => "",
        Session::Lab => ", LAB",
        Session::Elsewhere => ", neither AWS nor proven to be a lab",
    }
}

fn passed(checks: &[CheckLine]) -> String {
    format!("{} of {} checks pass", checks.iter().filter(|check| check.ok == Some(true)).count(), checks.len())
}

impl fmt::Display for StatusReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        say(f, format_args!("{}: {} at {}{}", self.workload, self.verdict.word().to_uppercase(), self.at, place(self.session)))?;
        if let Some(headline) = &self.headline {
            say(f, format_args!("  {headline}"))?;
        }
        for reason in &self.reasons {
            say(f, format_args!("  - {reason}"))?;
        }
        for (name, at, why) in [("active", self.active, &self.active_why), ("landing", self.landing, &self.landing_why)] {
            match why {
                Some(why) => say(f, format_args!("  {name:<8} {at}: {why}"))?,
                None => say(f, format_args!("  {name:<8} {at}"))?,
            }
        }
        let width = self.components.iter().map(|component| component.id.chars().count()).max().unwrap_or(0);
        for component in &self.components {
            let age = age(self.at, component.source_at);
            let reason = component.reason.as_ref().map_or_else(String::new, |reason| format!("  ({reason})"));
            say(f, format_args!("  {:<width$}  {:<8}  {:>6}  {}{reason}", component.id, component.verdict, age, component.value))?;
        }
        say(f, format_args!("  ready    {}: {}", ready(self.ready), passed(&self.readiness)))?;
        for check in self.readiness.iter().filter(|check| check.ok != Some(true)) {
            say(f, format_args!("    {}  {}: {}", mark(check.ok), check.id, check.why))?;
        }
        say(f, format_args!("  loss     {}", self.loss.told))?;
        let seconds = |seconds: f64| human_duration(std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default());
        let forecast = &self.forecast;
        let unreachable = forecast.unreachable.as_ref().map_or_else(String::new, |why| format!("; {why}"));
        let [likely, at_most, allowed] = [forecast.p50_s, forecast.p90_s, forecast.rto_s].map(seconds);
        let once = if self.ready == Some(true) { "" } else { " once ready" };
        say(f, format_args!("  would take ~{likely} (p90 {at_most}) of {allowed}{once}{unreachable}"))
    }
}

impl fmt::Display for CheckReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        say(f, format_args!("{}: {} ({}{})", self.workload, ready(self.ready), self.at, place(self.session)))?;
        say(f, format_args!("  readiness: {}", passed(&self.readiness)))?;
        for check in &self.readiness {
            let advisory = if check.required { "" } else { " (advisory)" };
            say(f, format_args!("  {}  {}{advisory}: {}", mark(check.ok), check.id, check.why))?;
        }
        say(f, format_args!("  access"))?;
        say(f, format_args!("  {}  credentials: {}", mark(self.credentials.ok), self.credentials.why))?;
        say(f, format_args!("  {}  identity: {}", mark(self.identity.ok), self.identity.why))?;
        for permission in &self.permissions {
            say(f, format_args!("  {}  reading: {} in {}: {}", mark(permission.ok), permission.reads, permission.region, permission.why))?;
        }
        say(f, format_args!("  {}  writing: {}", mark(self.writing.ok), self.writing.why))
    }
}
